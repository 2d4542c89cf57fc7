/* SPDX-License-Identifier: MIT */
/*
 * weights.c: --weights: how often calls are made. A file has a line a call: `[ARCH] CALL COUNT`, or
 * `CALL: COUNT`, as minijail's frequency files, which also have `CALL[arch=ARCH,…]: COUNT`; #
 * begins a comment.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/call.h"

/* One of a process; freed at its end. */
static struct cordon_weights weights;
static struct cordon_call_count *calls;
static size_t room;

static bool add(const struct cordon_abi *abi, uint32_t nr, double count)
{
    if (!cordon_array_grow(&cordon_allocator_libc, (void **)&calls, &room, sizeof *calls,
                           weights.count + 1u)) {
        fail("out of memory");
        return false;
    }
    calls[weights.count++] = (struct cordon_call_count){abi->token, nr, count};
    weights.calls = calls;
    return true;
}

static const char *word(const char **at, const char *end, size_t *length)
{
    static const char between[] = " \t:\r";
    while (*at < end && strchr(between, **at))
        ++*at;
    const char *start = *at;
    while (*at < end && !strchr(between, **at))
        ++*at;
    *length = (size_t)(*at - start);
    return start;
}

/* CALL[key=VALUE,…;arch=ARCH,…]: cuts off what stands in brackets; is the ABI among those? */
static bool is_meant(const char *name, size_t *length, const struct cordon_abi *abi)
{
    static const char key[] = "arch=";
    const char *at = memchr(name, '[', *length), *end = name + *length;
    if (!at || end[-1] != ']')
        return true;
    *length = (size_t)(at - name);
    do
        at++;
    while ((size_t)(end - at) >= sizeof key && memcmp(at, key, sizeof key - 1) != 0 &&
           (at = memchr(at, ';', (size_t)(end - at))));
    if (!at || (size_t)(end - at) < sizeof key)
        return true; /* no architecture is named */
    for (at += sizeof key - 1; at < end;) {
        const char *start = at;
        while (*at != ',' && *at != ';' && *at != ']')
            at++;
        if (cordon_abi_by_name(start, (uint32_t)(at - start)) == abi)
            return true;
        if (*at++ != ',')
            break;
    }
    return false;
}

/* Why a line can't be used, from *where on, or NULL. */
static const char *read_line(const char *line, const char *end, const struct cordon_abi *abi,
                             const char **where)
{
    size_t length, digits;
    uint64_t count;
    uint32_t nr;
    const char *at = line, *name = word(&at, end, &length);
    *where = name;
    if (length == 0)
        return NULL;
    const struct cordon_abi *said = cordon_abi_by_name(name, (uint32_t)length);
    if (said) {
        abi = said;
        *where = name = word(&at, end, &length);
    }
    bool meant = is_meant(name, &length, abi);
    if (meant && !cordon_nr_parse(abi, name, length, &nr))
        return "no such system call";
    const char *number = *where = word(&at, end, &digits);
    if (!cordon_number_parse(number, digits, &count) || count > INT64_MAX)
        return "no count after the call";
    *where = word(&at, end, &digits);
    if (digits && *where < end)
        return "more than a call and its count";
    return !meant || add(abi, nr, (double)count) ? NULL : "out of memory";
}

static bool read_file(const char *path, const struct cordon_abi *abi)
{
    struct text_file file;
    if (!slurp_file(&file, path))
        return false;
    const char *line = file.bytes, *end = file.bytes + file.length;
    bool good = true;
    for (unsigned long number = 1; line < end; number++) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        const char *comment = memchr(line, '#', (size_t)(stop - line));
        const char *where, *problem = read_line(line, comment ? comment : stop, abi, &where);
        if (problem) {
            fail("%s:%lu:%zu: %s", path, number, (size_t)(where - line) + 1, problem);
            good = false;
        }
        line = stop + 1;
    }
    free(file.bytes);
    if (good && weights.count == 0) {
        fail("%s: no call has a count", path);
        return false;
    }
    return good;
}

static void free_calls(void)
{
    free(calls);
}

bool weights_read(const char *text, struct options *options)
{
    weights = (struct cordon_weights){.kind = CORDON_WEIGHTS_KERNEL_CACHE};
    options->weights = &weights;
    if (!strcmp(text, "kernel-cache"))
        return true;
    weights.kind = CORDON_WEIGHTS_EQUAL;
    if (!strcmp(text, "equal"))
        return true;
    weights.kind = CORDON_WEIGHTS_COUNTS;
    atexit(free_calls);
    return read_file(text, options->abi_count ? cordon_abi(options->abis[0]) : cordon_abi_native());
}
