/* SPDX-License-Identifier: MIT */
/*
 * sarif.h: diagnostics as a log in SARIF 2.1.0, which CI systems show beside the text.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_SARIF_H
#define CORDON_SARIF_H

#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* A log: begin, any number of diagnostics, end. */
struct cordon_sarif {
    struct cordon_sink *sink;
    uint32_t results; /* so far */
};
void cordon_sarif_begin(struct cordon_sarif *sarif, struct cordon_sink *sink);
void cordon_sarif_add(struct cordon_sarif *sarif, const struct cordon_diag *diag);
void cordon_sarif_end(struct cordon_sarif *sarif);

CORDON_END

#endif
