/* SPDX-License-Identifier: MIT */
/* both_memory.c: the record of a sequence, and memory that must be equal except for ids. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "both_inside.h"

static bool differs;
static char story[1 << 16];
static size_t story_length;

#define LISTENERS 512 /* more than the calls of a sequence */
static struct {
    bool is_known;
    uint64_t offset; /* the kernel's ids minus the engine's */
} listeners[LISTENERS];
static uint64_t call_count;

/* ---- reporting ---- */

static void tell(const char *format, va_list arguments)
{
    size_t room = sizeof story - story_length;
    int length = vsnprintf(story + story_length, room, format, arguments);
    if (length > 0)
        story_length += (size_t)length < room ? (size_t)length : room - 1;
}

void both_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    tell(format, arguments);
    va_end(arguments);
}

bool both_differ(const char *format, ...)
{
    if (differs)
        return false;
    differs = true;
    va_list arguments;
    va_start(arguments, format);
    both_say("\n#   DIFFERS: ");
    tell(format, arguments);
    va_end(arguments);
    return false;
}

const uint64_t both_bad_pointers[] = {0, PLAIN_NOWHERE, PLAIN_CONSTANT};

bool both_is_ok(void)
{
    return !differs;
}

void both_begin_story(void)
{
    memset(listeners, 0, sizeof listeners);
    call_count = story_length = 0;
    differs = false;
}

void both_print_story(void)
{
    printf("#%s\n", story);
}

/* ---- memory ---- */

void both_write(unsigned slot, uint64_t to, const void *from, size_t size)
{
    plain_write(both_threads[slot].plain->process, to, from, size);
    memcpy((void *)(uintptr_t)to, from, size);
}

bool both_write_id(unsigned slot, uint64_t to, uint64_t id)
{
    uint64_t which = id >> 32;
    if (which >= LISTENERS || !listeners[which].is_known)
        return false;
    uint64_t theirs = id + listeners[which].offset;
    plain_write(both_threads[slot].plain->process, to, &id, sizeof id);
    memcpy((void *)(uintptr_t)to, &theirs, sizeof theirs);
    both_threads[slot].id_at = to;
    return true;
}

void both_expect_id(unsigned slot, uint64_t at)
{
    both_threads[slot].id_at = at;
}

/* Converts the kernel's id to the engine's: the first id of a new listener gives the difference. */
static void translate_id(const unsigned char *ours, unsigned char *theirs)
{
    uint64_t id, kernel_id;
    memcpy(&id, ours, sizeof id);
    memcpy(&kernel_id, theirs, sizeof kernel_id);
    uint64_t which = id >> 32;
    if (which == 0 || which >= LISTENERS || kernel_id == 0)
        return;
    if (!listeners[which].is_known) {
        listeners[which].is_known = true;
        listeners[which].offset = kernel_id - id;
    }
    kernel_id -= listeners[which].offset;
    memcpy(theirs, &kernel_id, sizeof kernel_id);
}

/* Copies the memory, because the ids differ. */
bool both_has_same_memory(unsigned slot)
{
    static unsigned char ours[BOTH_WINDOW_SIZE], theirs[BOTH_WINDOW_SIZE];
    uint64_t window = BOTH_WINDOW(slot), id_at = both_threads[slot].id_at - window;
    plain_read(both_threads[slot].plain->process, ours, window, sizeof ours);
    memcpy(theirs, (const void *)(uintptr_t)window, sizeof theirs);
    if (id_at < BOTH_WINDOW_SIZE - 8)
        translate_id(ours + id_at, theirs + id_at);
    for (size_t i = 0; i < sizeof ours; i++)
        if (ours[i] != theirs[i])
            return both_differ("memory of thread %u at %zu: 0x%02x, kernel 0x%02x", slot, i,
                               ours[i], theirs[i]);
    both_threads[slot].id_at = BOTH_NO_ID;
    memcpy((void *)(uintptr_t)window, ours, sizeof ours);
    return true;
}

void both_choose_first_id(void)
{
    plain_world.next_random = ++call_count << 32 | 0x1000;
}
