/* SPDX-License-Identifier: MIT */
/* write.h: a policy on its way into a drop-in. */
#ifndef FORMATS_SYSTEMD_WRITE_H
#define FORMATS_SYSTEMD_WRITE_H

#include "systemd.h"
#include "written.h"

/* What is answered to a call, its conditions apart. */
struct verdict {
    uint32_t action;
    struct cordon_place place;
    bool told;        /* the refusal was reported */
    bool exists;      /* on some ABI */
    bool conditional; /* the same */
    bool differs;     /* between ABIs */
    bool covered;     /* a directive that is written is about it */
};

struct writer {
    struct written written;
    struct verdict *verdicts; /* by id */
    uint32_t fallback;
};

/* lists.c: what lists of calls can express: first the answers, then the text. */
void systemd_verdicts(struct writer *writer);
void systemd_lists(struct writer *writer);

#endif
