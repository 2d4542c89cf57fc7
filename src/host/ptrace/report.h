/* SPDX-License-Identifier: MIT */
/* report.h: evidence and log. */
#ifndef REPORT_H
#define REPORT_H

#include "next.h"
#include "task.h"

void report_verdict(struct task *task, const struct cordon_data *data,
                    const struct cordon_decision *decision);
void report_installed(struct task *task, uint32_t flags, int64_t result);
void report_log(struct cordon_task *task, const struct cordon_log_record *record);

#endif
