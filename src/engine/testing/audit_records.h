/* SPDX-License-Identifier: MIT */
/* audit_records.h: the records of seccomp that the running kernel's audit sends to its listeners.
 */
#ifndef ENGINE_TESTING_AUDIT_RECORDS_H
#define ENGINE_TESTING_AUDIT_RECORDS_H

#include <stdbool.h>

/* Begins to listen; false: not allowed, or no audit, then comparing does nothing. */
bool audit_listen(void);
/* The records of these processes since it was called last must be those of the plain host. */
void audit_compare(const int *processes, unsigned count);

#endif
