/* SPDX-License-Identifier: MIT */
/* caps.c: the names of capabilities, and lists of them. */
#include <string.h>

#include "room.h"

/* In the order of their numbers (linux/capability.h). */
static const char *const names[] = {"CHOWN",
                                    "DAC_OVERRIDE",
                                    "DAC_READ_SEARCH",
                                    "FOWNER",
                                    "FSETID",
                                    "KILL",
                                    "SETGID",
                                    "SETUID",
                                    "SETPCAP",
                                    "LINUX_IMMUTABLE",
                                    "NET_BIND_SERVICE",
                                    "NET_BROADCAST",
                                    "NET_ADMIN",
                                    "NET_RAW",
                                    "IPC_LOCK",
                                    "IPC_OWNER",
                                    "SYS_MODULE",
                                    "SYS_RAWIO",
                                    "SYS_CHROOT",
                                    "SYS_PTRACE",
                                    "SYS_PACCT",
                                    "SYS_ADMIN",
                                    "SYS_BOOT",
                                    "SYS_NICE",
                                    "SYS_RESOURCE",
                                    "SYS_TIME",
                                    "SYS_TTY_CONFIG",
                                    "MKNOD",
                                    "LEASE",
                                    "AUDIT_WRITE",
                                    "AUDIT_CONTROL",
                                    "SETFCAP",
                                    "MAC_OVERRIDE",
                                    "MAC_ADMIN",
                                    "SYSLOG",
                                    "WAKE_ALARM",
                                    "BLOCK_SUSPEND",
                                    "AUDIT_READ",
                                    "PERFMON",
                                    "BPF",
                                    "CHECKPOINT_RESTORE"};

#define COUNT (sizeof names / sizeof *names)

const char *cordon_cap_name(unsigned cap)
{
    return cap < COUNT ? names[cap] : NULL;
}

bool cap_by_name(const char *name, size_t length, uint64_t *cap)
{
    if (length > 4 && !memcmp(name, "CAP_", 4)) {
        name += 4;
        length -= 4;
    }
    for (size_t i = 0; i < COUNT; i++)
        if (names[i][0] == name[0] && strlen(names[i]) == length &&
            !memcmp(names[i], name, length)) {
            *cap = UINT64_C(1) << i;
            return true;
        }
    return false;
}

static bool set_by_name(const char *name, size_t length, uint64_t *caps)
{
    static const struct {
        const char *name;
        uint64_t caps;
    } sets[] = {{"none", 0},
                {"default", CORDON_DOCKER_CAPS},
                {"podman", CORDON_PODMAN_CAPS},
                {"all", (UINT64_C(1) << COUNT) - 1}};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strlen(sets[i].name) == length && !memcmp(name, sets[i].name, length)) {
            *caps = sets[i].caps;
            return true;
        }
    return false;
}

bool cordon_caps_parse(const char *text, uint64_t *caps)
{
    uint64_t sum = 0;
    for (;;) {
        size_t length = strcspn(text, ",");
        uint64_t some;
        if (!set_by_name(text, length, &some) && !cap_by_name(text, length, &some))
            return false;
        sum |= some;
        if (!text[length])
            break;
        text += length + 1;
    }
    *caps = sum;
    return true;
}
