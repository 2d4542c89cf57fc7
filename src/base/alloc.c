/* SPDX-License-Identifier: MIT */
/* alloc.c: arenas and growing arrays, both on one allocator callback. */
#include "cordon/alloc.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)64 * 1024)
#define ALIGNMENT  alignof(max_align_t)

struct cordon_arena_block {
    struct cordon_arena_block *next;
    size_t size; /* of `bytes` */
    size_t used;
    alignas(max_align_t) unsigned char bytes[];
};

static void *libc_resize(void *context, void *old, size_t old_size, size_t new_size)
{
    (void)context;
    (void)old_size;
    if (new_size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, new_size);
}

const struct cordon_allocator cordon_allocator_libc = {libc_resize, NULL};

void cordon_arena_init(struct cordon_arena *arena, const struct cordon_allocator *allocator,
                       size_t cap)
{
    *arena = (struct cordon_arena){.allocator = allocator ? allocator : &cordon_allocator_libc,
                                   .cap = cap ? cap : SIZE_MAX};
}

static struct cordon_arena_block *add_block(struct cordon_arena *arena, size_t need)
{
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    size_t total = sizeof(struct cordon_arena_block) + size;
    if (total > arena->cap - arena->used)
        return NULL;
    struct cordon_arena_block *block =
        arena->allocator->resize(arena->allocator->context, NULL, 0, total);
    if (!block)
        return NULL;
    *block = (struct cordon_arena_block){.next = arena->blocks, .size = size};
    arena->blocks = block;
    arena->used += total;
    return block;
}

static void *reserve(struct cordon_arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct cordon_arena_block *block = arena->blocks;
    if (!block || block->size - block->used < size)
        block = add_block(arena, size);
    if (!block)
        return NULL;
    void *memory = block->bytes + block->used;
    block->used += size;
    return memory;
}

void *cordon_arena_alloc(struct cordon_arena *arena, size_t size)
{
    void *memory = reserve(arena, size);
    return memory ? memset(memory, 0, size) : NULL;
}

void *cordon_arena_array(struct cordon_arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return cordon_arena_alloc(arena, count * size);
}

char *cordon_arena_copy(struct cordon_arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? reserve(arena, length + 1) : NULL;
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void cordon_arena_free(struct cordon_arena *arena)
{
    while (arena->blocks) {
        struct cordon_arena_block *block = arena->blocks;
        arena->blocks = block->next;
        arena->allocator->resize(arena->allocator->context, block, sizeof *block + block->size, 0);
    }
    arena->used = 0;
}

int cordon_array_grow(const struct cordon_allocator *allocator, void **array, size_t *room,
                      size_t element_size, size_t need)
{
    if (need <= *room)
        return 1;
    size_t grown = *room ? *room : 16;
    while (grown < need) {
        if (grown > SIZE_MAX / 2)
            return 0;
        grown *= 2;
    }
    if (grown > SIZE_MAX / element_size)
        return 0;
    void *bigger =
        allocator->resize(allocator->context, *array, *room * element_size, grown * element_size);
    if (!bigger)
        return 0;
    *array = bigger;
    *room = grown;
    return 1;
}
