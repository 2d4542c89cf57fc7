/* SPDX-License-Identifier: MIT */
/* failing.h: an allocator for tests that fails on demand. */
#ifndef BASE_TESTING_FAILING_H
#define BASE_TESTING_FAILING_H

#include "cordon/alloc.h"

/* Serves *left requests for memory, fails the next one, then serves all others (*left is then
 * negative). */
struct cordon_allocator failing_allocator(int *left);

#endif
