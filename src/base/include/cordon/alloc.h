/* SPDX-License-Identifier: MIT */
/*
 * alloc.h: memory: one allocator callback that knows the old size, and arenas on top of it.
 *
 * An arena owns everything built for one purpose (a policy, a graph) and frees it at once. It has a
 * cap in bytes, so hostile input costs bounded memory. Tests fail the n-th call through the
 * callback.
 *
 * Thread safety: an arena belongs to one thread at a time.
 */
#ifndef CORDON_ALLOC_H
#define CORDON_ALLOC_H

#include "cordon/api.h"
#include <stddef.h>
#include <stdint.h>

CORDON_BEGIN

/*
 * new_size 0 frees (and returns NULL); old NULL with old_size 0 allocates. NULL for new_size > 0
 * means failure and leaves `old` as it was. Memory is aligned for any type.
 */
struct cordon_allocator {
    void *(*resize)(void *context, void *old, size_t old_size, size_t new_size);
    void *context;
};

/* realloc(3) and free(3). */
extern const struct cordon_allocator cordon_allocator_libc;

struct cordon_arena {
    const struct cordon_allocator *allocator;
    struct cordon_arena_block *blocks;
    size_t used; /* bytes obtained from the allocator */
    size_t cap;  /* and their upper bound */
};

/* allocator NULL: libc. cap 0: no cap. Allocates nothing yet. */
void cordon_arena_init(struct cordon_arena *arena, const struct cordon_allocator *allocator,
                       size_t cap);
/* Zeroed memory, aligned for any type; NULL if the cap is reached or the allocator fails. */
void *cordon_arena_alloc(struct cordon_arena *arena, size_t size);
/* count * size with overflow checked. */
void *cordon_arena_array(struct cordon_arena *arena, size_t count, size_t size);
/* A NUL-terminated copy of `length` bytes. */
char *cordon_arena_copy(struct cordon_arena *arena, const char *text, size_t length);
/* Frees everything; the arena is as after init. */
void cordon_arena_free(struct cordon_arena *arena);

/*
 * Grows a plain array to hold at least `need` elements (doubling); *array and *room change
 * together. Returns 0 on failure and leaves both untouched.
 */
int cordon_array_grow(const struct cordon_allocator *allocator, void **array, size_t *room,
                      size_t element_size, size_t need);

CORDON_END

#endif
