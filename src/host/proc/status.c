/* SPDX-License-Identifier: MIT */
/* status.c: the fields of /proc/TID/status. */
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "proc.h"

static const struct {
    const char *key;
    uint8_t base, size;
    uint16_t at;
} fields[] = {
#define FIELD(key, base, name)                                                                     \
    {                                                                                              \
        key ":\t", base, sizeof((struct proc_status *)0)->name, offsetof(struct proc_status, name) \
    }
    FIELD("Tgid", 10, tgid),
    FIELD("PPid", 10, ppid),
    FIELD("SigPnd", 16, pending),
    FIELD("SigBlk", 16, blocked),
    FIELD("SigIgn", 16, ignored),
    FIELD("SigCgt", 16, caught),
    FIELD("CapEff", 16, capabilities),
    FIELD("CapPrm", 16, permitted),
    FIELD("NoNewPrivs", 10, no_new_privs),
    FIELD("Seccomp", 10, seccomp),
    FIELD("Seccomp_filters", 10, seccomp_filters),
#undef FIELD
};

static void read_ids(struct proc_status *status, const char *text)
{
    char *end;
    for (status->id_count = 0; status->id_count < PROC_NESTING; status->id_count++, text = end) {
        long id = strtol(text, &end, 10);
        if (end == text)
            break;
        status->ids[status->id_count] = (pid_t)id;
    }
}

/* Three ids: real, effective, saved. */
static void read_three(uint32_t ids[3], const char *text)
{
    char *end;
    for (unsigned i = 0; i < 3; i++, text = end)
        ids[i] = (uint32_t)strtoul(text, &end, 10);
}

/* If the line begins with the key, what follows it; else NULL. */
static const char *value_of(const char *line, const char *key)
{
    size_t length = strlen(key);
    return strncmp(line, key, length) ? NULL : line + length;
}

static void read_field(struct proc_status *status, const char *line)
{
    const char *value;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if ((value = value_of(line, fields[i].key))) {
            uint64_t wide = strtoull(value, NULL, fields[i].base);
            uint32_t narrow = (uint32_t)wide;
            memcpy((char *)status + fields[i].at,
                   fields[i].size == sizeof wide ? (void *)&wide : &narrow, fields[i].size);
            return;
        }
    if ((value = value_of(line, "State:\t"))) {
        status->state = *value;
    } else if ((value = value_of(line, "Uid:\t"))) {
        read_three(status->uids, value);
        status->uid = status->uids[0];
    } else if ((value = value_of(line, "Gid:\t"))) {
        read_three(status->gids, value);
        status->gid = status->gids[0];
    } else if ((value = value_of(line, "NSpid:\t"))) {
        read_ids(status, value);
    }
}

struct proc_status proc_status_parse(FILE *file)
{
    struct proc_status status = {.seccomp_filters = -1};
    char line[512];
    /* A list of groups can be longer than our line: what follows its beginning is no field. */
    for (bool begins = true; fgets(line, sizeof line, file); begins = strchr(line, '\n') != NULL)
        if (begins)
            read_field(&status, line);
    return status;
}

struct proc_status proc_status(pid_t tid)
{
    struct proc_status status = {.seccomp_filters = -1};
    FILE *file = proc_file(tid, "status");
    if (file) {
        status = proc_status_parse(file);
        fclose(file);
    }
    return status;
}

bool proc_is_dead(pid_t tid)
{
    char state = proc_status(tid).state;
    return state == '\0' || state == 'Z' || state == 'X';
}

bool proc_has_capability(pid_t tid, unsigned capability)
{
    return proc_status(tid).capabilities >> capability & 1;
}
