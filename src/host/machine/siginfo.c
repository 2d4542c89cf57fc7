/* SPDX-License-Identifier: MIT */
/*
 * siginfo.c: siginfo_t as a 32-bit program has it. Common to all architectures.
 *
 * Everything after the first three fields moves up, and pointers shrink.
 */
#include "layouts.h"

#include <string.h>
#include <sys/resource.h>

#define COMMON_SIZE 12 /* signal, errno and code */

enum layout { LAYOUT_KILL, LAYOUT_VALUE, LAYOUT_CHILD, LAYOUT_FAULT, LAYOUT_POLL, LAYOUT_SYS };

/* siginfo_layout() in kernel/signal.c */
static enum layout layout_of(int signal, int code)
{
    if (code <= SI_USER || code >= SI_KERNEL)
        return code == SI_SIGIO               ? LAYOUT_POLL
               : code < 0 && code != SI_TKILL ? LAYOUT_VALUE
                                              : LAYOUT_KILL;
    switch (signal) {
    case SIGCHLD:
        return LAYOUT_CHILD;
    case SIGILL:
    case SIGFPE:
    case SIGSEGV:
    case SIGBUS:
    case SIGTRAP:
        return LAYOUT_FAULT;
    case SIGPOLL:
        return LAYOUT_POLL;
    case SIGSYS:
        return LAYOUT_SYS;
    default:
        return LAYOUT_KILL;
    }
}

/* A field of 4 bytes here and there; where it has 8 bytes here, the low half. */
struct field {
    uint8_t native, compat;
};
static const struct field fields[][6] = {
    [LAYOUT_KILL] = {{16, 12}, {20, 16}},
    [LAYOUT_VALUE] = {{16, 12}, {20, 16}, {24, 20}},
    [LAYOUT_CHILD] = {{16, 12}, {20, 16}, {24, 20}, {32, 24}, {40, 28}},
    [LAYOUT_FAULT] = {{16, 12}, {24, 16}},
    [LAYOUT_POLL] = {{16, 12}, {24, 16}},
    [LAYOUT_SYS] = {{16, 12}, {24, 16}, {28, 20}},
};

void machine_siginfo_to_compat(const siginfo_t *info, char image[MACHINE_SIGINFO_SIZE])
{
    memset(image, 0, MACHINE_SIGINFO_SIZE);
    memcpy(image, info, COMMON_SIZE);
    const struct field *field = fields[layout_of(info->si_signo, info->si_code)];
    for (; field->native; field++)
        memcpy(image + field->compat, (const char *)info + field->native, 4);
}

void machine_siginfo_from_compat(const char image[MACHINE_SIGINFO_SIZE], siginfo_t *info)
{
    memset(info, 0, sizeof *info);
    memcpy(info, image, COMMON_SIZE);
    const struct field *field = fields[layout_of(info->si_signo, info->si_code)];
    for (; field->native; field++)
        memcpy((char *)info + field->native, image + field->compat, 4);
}

size_t machine_rusage_size(bool compat)
{
    _Static_assert(sizeof(struct rusage) == MACHINE_RUSAGE_MOST, "as large as announced");
    return compat ? sizeof(struct rusage) / 2 : sizeof(struct rusage);
}
