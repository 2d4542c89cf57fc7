/* SPDX-License-Identifier: MIT */
/* failing.c: an allocator for tests that fails on demand. */
#include "failing.h"

static void *failing_resize(void *context, void *old, size_t old_size, size_t new_size)
{
    int *left = context;
    if (new_size && (*left)-- == 0)
        return NULL;
    return cordon_allocator_libc.resize(NULL, old, old_size, new_size);
}

struct cordon_allocator failing_allocator(int *left)
{
    return (struct cordon_allocator){failing_resize, left};
}
