/* SPDX-License-Identifier: MIT */
/*
 * findings.h: likely mistakes in a filter: ways around it, and tests of bits that the kernel does
 * not use.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_FINDINGS_H
#define CORDON_FINDINGS_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/model.h"

CORDON_BEGIN

struct cordon_finding {
    const char *id;               /* of this kind of finding, and stable: "clone3" */
    const struct cordon_abi *abi; /* NULL: the filter as a whole */
    uint16_t call;                /* CORDON_NO_ID: none in particular */
    unsigned arg;                 /* of the call; CORDON_ARGS: none in particular */
    char text[256];               /* one line */
};

/* Calls finding() for each. Leaves are filter return values. */
void cordon_findings(struct cordon_model *model, cordon_node node,
                     void (*finding)(void *context, const struct cordon_finding *finding),
                     void *context);

CORDON_END

#endif
