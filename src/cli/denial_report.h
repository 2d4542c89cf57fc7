/* SPDX-License-Identifier: MIT */
/* denial_report.h: the report to the user on why a program was stopped. */
#ifndef CLI_DENIAL_REPORT_H
#define CLI_DENIAL_REPORT_H

#include "cli.h"
#include "cordon/launch.h"

/* Prints to standard error, as text or as one JSON object per line. */
void denial_report(const struct cordon_input *input, const struct cordon_stop *stop, bool json);

#endif
