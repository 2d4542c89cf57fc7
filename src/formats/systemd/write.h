/* SPDX-License-Identifier: MIT */
/* write.h: the state of a policy being written as a drop-in. */
#ifndef FORMATS_SYSTEMD_WRITE_H
#define FORMATS_SYSTEMD_WRITE_H

#include "systemd.h"
#include "written.h"

/* The verdict of a call, without its conditions. */
struct verdict {
    uint32_t action;
    struct cordon_place place;
    bool told;        /* the refusal was reported */
    bool exists;      /* on some ABI */
    bool conditional; /* the same */
    bool differs;     /* between ABIs */
    bool covered;     /* a written directive is about it */
};

struct writer {
    struct written written;
    struct verdict *verdicts; /* by id */
    uint32_t fallback;
};

/* lists.c: what lists of calls can express: first finds the verdicts, then prints the lists. */
void systemd_verdicts(struct writer *writer);
void systemd_lists(struct writer *writer);

#endif
