/* SPDX-License-Identifier: MIT */
/* formats.c: the table of formats, and detection of a text's format. */
#include "cordon/formats.h"

#include <string.h>

#include "room.h"

static const struct cordon_format formats[] = {
#define READ_ONLY(stem, name, suffix, summary)                                                     \
    {name, summary, suffix, stem##_detect, stem##_read, NULL},
#define WRITE_ONLY(stem, name, suffix, summary) {name, summary, suffix, NULL, NULL, stem##_write},
#define READ_WRITE(stem, name, suffix, summary)                                                    \
    {name, summary, suffix, stem##_detect, stem##_read, stem##_write},
#include "formats.def"
#undef READ_ONLY
#undef WRITE_ONLY
#undef READ_WRITE
};

const char *cordon_like_name(enum cordon_like like)
{
    static const char *const names[] = {[CORDON_LIKE_CRUN] = "crun",
                                        [CORDON_LIKE_RUNC] = "runc",
                                        [CORDON_LIKE_RUNC_1_1_5] = "runc-1.1.5",
                                        [CORDON_LIKE_DOCKER] = "docker",
                                        [CORDON_LIKE_PODMAN] = "podman",
                                        [CORDON_LIKE_SYSTEMD_252] = "systemd-252",
                                        [CORDON_LIKE_SYSTEMD_257] = "systemd-257",
                                        [CORDON_LIKE_SYSTEMD_262] = "systemd-262"};
    return (size_t)like < sizeof names / sizeof *names ? names[like] : NULL;
}

bool cordon_like_by_name(const char *name, enum cordon_like *like)
{
    for (int i = 0; cordon_like_name((enum cordon_like)i); i++)
        if (!strcmp(name, cordon_like_name((enum cordon_like)i))) {
            *like = (enum cordon_like)i;
            return true;
        }
    return false;
}

const struct cordon_format *cordon_formats(size_t *count)
{
    *count = sizeof formats / sizeof *formats;
    return formats;
}

const struct cordon_format *cordon_format_by_name(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (strlen(formats[i].name) == length && !memcmp(formats[i].name, name, length))
            return &formats[i];
    return NULL;
}

const struct cordon_format *cordon_format_of_file(const char *name,
                                                  const struct cordon_format **rival)
{
    const struct cordon_format *found = NULL, *second = NULL;
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < sizeof formats / sizeof *formats; i++) {
        if (!formats[i].suffix || strcmp(dot, formats[i].suffix))
            continue;
        second = found ? &formats[i] : NULL;
        found = found ? found : &formats[i];
    }
    if (rival)
        *rival = second;
    return found;
}

#define CLAIM   40  /* at this confidence and above, a format claims the text */
#define CERTAIN 100 /* confidence from the file's name */

/* Some readers skip what they don't know, so a text that two formats claim is given to neither. */
const struct cordon_format *cordon_format_detect(const char *text, size_t length, const char *name,
                                                 const struct cordon_format **rival)
{
    const struct cordon_format *best = NULL, *second = NULL;
    int most = 0, next = 0;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        int sure = formats[i].detect ? formats[i].detect(text, length, name) : 0;
        bool better = sure > most;
        if (better || sure > next) {
            next = better ? most : sure;
            second = better ? best : &formats[i];
        }
        if (better) {
            most = sure;
            best = &formats[i];
        }
    }
    bool doubt = most < CERTAIN && next >= CLAIM;
    if (rival)
        *rival = doubt ? second : NULL;
    return best;
}
