/* SPDX-License-Identifier: MIT */
/* audit_records.h: the seccomp records that the running kernel's audit sends to its listeners. */
#ifndef ENGINE_TESTING_AUDIT_RECORDS_H
#define ENGINE_TESTING_AUDIT_RECORDS_H

#include <stdbool.h>

/* Starts listening; false: not permitted, or no audit. Then comparing does nothing. */
bool audit_listen(void);
/* The records of these processes since the last call must equal those of the plain host. */
void audit_compare(const int *processes, unsigned count);

#endif
