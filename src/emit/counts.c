/* SPDX-License-Identifier: MIT */
/* counts.c: parses a text of calls and their counts. */
#include "cordon/counts.h"

#include <string.h>

#include "cordon/call.h"

struct reader {
    struct cordon_counts counts;
    const struct cordon_abi *abi; /* the ABI of calls without one */
    const char *name;
    struct cordon_reporter *reporter;
    const char *line, *end; /* without the comment */
    uint32_t number;
    const char *at;
    enum cordon_error error; /* the first one */
};

struct word {
    const char *text;
    size_t length;
};

/* Reports an error at a place of the line. */
static void report(struct reader *reader, const char *where, enum cordon_error error,
                   const char *what)
{
    struct cordon_message message = {
        .severity = CORDON_ERROR,
        .code = error,
        .place = {.file = reader->name,
                  .line = reader->number,
                  .column = where ? (uint32_t)(where - reader->line) + 1 : 0}};
    reader->error = reader->error ? reader->error : error;
    cordon_reporter_tell(reader->reporter, &message, "%s", what);
}

static struct word next_word(struct reader *reader)
{
    static const char between[] = " \t:\r";
    while (reader->at < reader->end && strchr(between, *reader->at))
        reader->at++;
    struct word word = {.text = reader->at};
    while (reader->at < reader->end && !strchr(between, *reader->at))
        reader->at++;
    word.length = (size_t)(reader->at - word.text);
    return word;
}

/* Is the ABI in a list `NAME,…` that ends at `;` or `]`? */
static bool lists_abi(const char *at, const char *end, const struct cordon_abi *abi)
{
    while (at < end) {
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

/* CALL[key=VALUE,…;arch=ARCH,…]: cuts the brackets off. Returns whether the call is for this
 * ABI. */
static bool is_meant(struct word *word, const struct cordon_abi *abi)
{
    static const char key[] = "arch=";
    const char *at = memchr(word->text, '[', word->length), *end = word->text + word->length;
    if (!at || end[-1] != ']')
        return true;
    word->length = (size_t)(at - word->text);
    do
        at++;
    while ((size_t)(end - at) >= sizeof key && memcmp(at, key, sizeof key - 1) != 0 &&
           (at = memchr(at, ';', (size_t)(end - at))));
    if (!at || (size_t)(end - at) < sizeof key)
        return true; /* no architecture is named */
    return lists_abi(at + sizeof key - 1, end, abi);
}

static void add(struct reader *reader, const struct cordon_abi *abi, uint32_t nr, uint64_t count)
{
    struct cordon_counts *counts = &reader->counts;
    if (!cordon_array_grow(counts->allocator, (void **)&counts->calls, &counts->room,
                           sizeof *counts->calls, counts->count + 1u))
        report(reader, NULL, CORDON_E_NO_MEMORY, cordon_error_text(CORDON_E_NO_MEMORY));
    else
        counts->calls[counts->count++] = (struct cordon_call_count){abi->token, nr, (double)count};
}

static void read_line(struct reader *reader)
{
    const struct cordon_abi *abi = reader->abi, *named;
    uint64_t count;
    uint32_t nr;
    reader->at = reader->line;
    struct word call = next_word(reader);
    if (!call.length)
        return;
    named = cordon_abi_by_name(call.text, (uint32_t)call.length);
    if (named) {
        abi = named;
        call = next_word(reader);
    }
    bool meant = is_meant(&call, abi);
    struct word number = next_word(reader), more = next_word(reader);
    if (meant && !cordon_nr_parse(abi, call.text, call.length, &nr))
        report(reader, call.text, CORDON_E_NAME, "no such system call");
    else if (!cordon_number_parse(number.text, number.length, &count) || count > INT64_MAX)
        report(reader, number.text, CORDON_E_SYNTAX, "no count after the call");
    else if (more.length)
        report(reader, more.text, CORDON_E_SYNTAX, "unexpected text after the count");
    else if (meant)
        add(reader, abi, nr, count);
}

enum cordon_error cordon_counts_read(struct cordon_counts *counts, const char *text, size_t length,
                                     const char *name, const struct cordon_abi *abi,
                                     const struct cordon_allocator *allocator,
                                     struct cordon_reporter *reporter)
{
    struct reader reader = {.counts = {.allocator = allocator ? allocator : &cordon_allocator_libc},
                            .abi = abi,
                            .name = name,
                            .reporter = reporter,
                            .line = text};
    const char *end = text + length;
    while (reader.line < end && reader.error != CORDON_E_NO_MEMORY) {
        const char *newline = memchr(reader.line, '\n', (size_t)(end - reader.line));
        const char *stop = newline ? newline : end;
        const char *comment = memchr(reader.line, '#', (size_t)(stop - reader.line));
        reader.end = comment ? comment : stop;
        reader.number++;
        read_line(&reader);
        reader.line = stop + 1;
    }
    reader.number = 0;
    if (!reader.error && reader.counts.count == 0)
        report(&reader, NULL, CORDON_E_FORMAT, "no call has a count");
    if (reader.error)
        cordon_counts_free(&reader.counts);
    else
        *counts = reader.counts;
    return reader.error;
}

void cordon_counts_free(struct cordon_counts *counts)
{
    if (counts->calls)
        counts->allocator->resize(counts->allocator->context, counts->calls,
                                  counts->room * sizeof *counts->calls, 0);
    *counts = (struct cordon_counts){0};
}
