/* SPDX-License-Identifier: MIT */
/* formats.c: the table of formats, and which one a text is in. */
#include "cordon/formats.h"

#include <string.h>

#include "room.h"

static const struct cordon_format formats[] = {
#define FORMAT(name, summary, detect, read, write) {name, summary, detect, read, write},
#include "formats.def"
#undef FORMAT
};

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

#define CLAIM   40  /* from here on a format says that the text is its own */
#define CERTAIN 100 /* so its name says */

/* Some readers pass over what they don't know: no text that two formats claim is left to one. */
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
