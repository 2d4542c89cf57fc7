/* SPDX-License-Identifier: MIT */
/* base_test.c: tests that arenas stop at their cap and at a failing allocation, edit distances
 * of names, and truncation by sinks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/alloc.h"
#include "cordon/diag.h"
#include "cordon/sink.h"
#include "cordon/version.h"
#include "failing.h"

static void arena_gives_zeroed_memory_up_to_its_cap(void **state)
{
    (void)state;
    struct cordon_arena arena;
    cordon_arena_init(&arena, NULL, 1 << 20);
    unsigned char *first = cordon_arena_alloc(&arena, 100);
    assert_non_null(first);
    for (int i = 0; i < 100; i++)
        assert_int_equal(first[i], 0);
    assert_null(cordon_arena_alloc(&arena, 2 << 20));
    assert_null(cordon_arena_array(&arena, SIZE_MAX / 2, 16));
    assert_string_equal(cordon_arena_copy(&arena, "abcdef", 3), "abc");
    cordon_arena_free(&arena);
    assert_int_equal(arena.used, 0);
}

static void arena_reports_a_failing_allocator(void **state)
{
    (void)state;
    int left = 1;
    struct cordon_allocator failing = failing_allocator(&left);
    struct cordon_arena arena;
    cordon_arena_init(&arena, &failing, 0);
    assert_non_null(cordon_arena_alloc(&arena, 1));
    assert_null(cordon_arena_alloc(&arena, 1 << 20));
    cordon_arena_free(&arena);
}

static void array_grows_or_stays(void **state)
{
    (void)state;
    void *array = NULL;
    size_t room = 0;
    assert_true(cordon_array_grow(&cordon_allocator_libc, &array, &room, 8, 17));
    assert_int_equal(room, 32);
    assert_false(cordon_array_grow(&cordon_allocator_libc, &array, &room, 8, SIZE_MAX / 4));
    assert_int_equal(room, 32);
    free(array);
}

static void distance_counts_edits(void **state)
{
    (void)state;
    assert_int_equal(cordon_name_distance("openat", 6, "openat", 6, 9), 0);
    assert_int_equal(cordon_name_distance("opneat", 6, "openat", 6, 9), 1);
    assert_int_equal(cordon_name_distance("open", 4, "openat", 6, 9), 2);
    assert_int_equal(cordon_name_distance("read", 4, "write", 5, 2), 2);
    assert_int_equal(cordon_name_distance("", 0, "abc", 3, 9), 3);
}

/* Pairs that end early have the limit, others their distance, whatever the limit is. */
static void distance_is_cut_at_the_limit(void **state)
{
    (void)state;
    char a[8], b[8];
    uint32_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint32_t lengths[2], limit;
        for (int i = 0; i < 2; i++) {
            seed = seed * 1664525u + 1013904223u;
            lengths[i] = seed >> 29;
            for (uint32_t at = 0; at < lengths[i]; at++)
                (i ? b : a)[at] = (char)('a' + (seed >> (2 * at) & 3));
        }
        limit = seed >> 20 & 7;
        uint32_t whole = cordon_name_distance(a, lengths[0], b, lengths[1], 99);
        assert_int_equal(cordon_name_distance(a, lengths[0], b, lengths[1], limit),
                         whole < limit ? whole : limit);
    }
}

static void buffer_is_cut_and_terminated(void **state)
{
    (void)state;
    char text[8];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_sink_signed(&sink, INT64_MIN);
    assert_string_equal(text, "-922337");
    assert_int_equal(buffer.length, 20);
    sink = cordon_buffer_sink(&buffer);
    cordon_sink_hex(&sink, 0xab, 4);
    assert_string_equal(text, "0x00ab");
}

static void names_of_others_are_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *name, *shown;
    } rows[] = {
        {"plain name", "plain name"},
        {"\033[31m", "\\x1b[31m"},
        {"two\nlines\t", "two\\nlines\\t"},
        {"Grün ✓", "Grün ✓"},
        {"\x9b"
         "1m",
         "\\x9b1m"},
        {"\xc2\x9b"
         "1m",
         "\\xc2\\x9b1m"},
        {"cut \xe2\x9c", "cut \\xe2\\x9c"},
        {"\177", "\\x7f"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[64];
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct cordon_sink sink = cordon_buffer_sink(&buffer);
        cordon_sink_escaped(&sink, rows[i].name);
        assert_string_equal(text, rows[i].shown);
    }
}

static void every_error_has_a_text_and_an_errno(void **state)
{
    (void)state;
    for (int code = CORDON_OK + 1; code <= CORDON_E_INTERNAL; code++) {
        assert_non_null(cordon_error_text(code));
        assert_int_not_equal(cordon_error_errno(code), 0);
    }
    struct cordon_diag diag;
    assert_int_equal(cordon_diag_set(&diag, CORDON_E_NAME, "no call \"%s\"", "opne"),
                     CORDON_E_NAME);
    assert_string_equal(diag.text, "no call \"opne\"");
}

struct kept {
    struct cordon_diag diag;
    char line[64];
    int count;
};

static void keep(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct kept *kept = context;
    kept->diag = *diag;
    kept->count++;
    snprintf(kept->line, sizeof kept->line, "%.*s", (int)length, line ? line : "");
}

static void reporter_tells_a_message_with_its_line(void **state)
{
    (void)state;
    static const char name[] = "a";
    struct cordon_text texts[] = {{.name = "other", .text = "zero\n", .length = 5},
                                  {.name = name, .text = "one\ntwo\nthree", .length = 13}};
    struct kept kept = {0};
    struct cordon_reporter reporter = {.report = keep, .context = &kept};
    struct cordon_message message = {.severity = CORDON_WARNING,
                                     .place = {name, 2, 1, 3},
                                     .hint = "a hint",
                                     .texts = texts,
                                     .text_count = 2};
    cordon_reporter_tell(&reporter, &message, "%d is %s", 2, "even");
    assert_int_equal(kept.count, 1);
    assert_string_equal(kept.diag.text, "2 is even");
    assert_string_equal(kept.diag.hint, "a hint");
    assert_string_equal(kept.line, "two");
    assert_int_equal(kept.diag.place.line, 2);
    assert_int_equal(reporter.warnings, 1);
    message.place.line = 4; /* beyond the text */
    cordon_reporter_tell(&reporter, &message, "x");
    assert_string_equal(kept.line, "");
}

static void a_diagnostic_is_printed_with_its_line(void **state)
{
    (void)state;
    static const char line[] = "\tallow opne";
    struct cordon_diag diag;
    char text[256];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_diag_set(&diag, CORDON_E_NAME, "no call \"opne\"");
    cordon_diag_print(&sink, &diag, line, sizeof line - 1, false);
    assert_string_equal(text, "cordon: error: no call \"opne\"\n"); /* no place: no line */
    diag.severity = CORDON_WARNING;
    diag.place = (struct cordon_place){"a.policy", 3, 8, 4};
    strcpy(diag.hint, "did you mean open?");
    buffer.length = 0;
    cordon_diag_print(&sink, &diag, line, sizeof line - 1, true);
    assert_string_equal(text, "a.policy:3:8: \033[1;35mwarning:\033[0m no call \"opne\"\n"
                              "    \tallow opne\n"
                              "    \t      ^~~~\n"
                              "    did you mean open?\n");
    diag.place = (struct cordon_place){"a.bpf", 0, 0, 0};
    diag.insn = 7;
    buffer.length = 0;
    cordon_diag_print_head(&sink, &diag, false);
    assert_string_equal(text, "a.bpf: instruction 7: warning: ");
}

/* The column and the length; the first and the last words that are shown, "…" where it is cut. */
static void a_long_line_is_cut_around_its_column(void **state)
{
    (void)state;
    static const struct {
        uint32_t words, column, length; /* the line has words of ten bytes: "äb000cde " */
        const char *begins, *ends;
        unsigned under, tildes; /* where the caret is */
    } cases[] = {
        {16, 151, 3, "äb000", "äb015cde ", 135, 1},
        {17, 1, 4, "äb000", "äb011cde …", 0, 2},
        {17, 41, 3, "…b000", "äb011cde …", 36, 1},
        {100, 701, 9, "…b066cde äb067", "äb077cde …", 36, 7},
        {100, 700, 3, "…äb066cde äb067", "äb077cde …", 36, 1},
        {100, 996, 90, "…äb088", "äb099cde ", 104, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[1001], text[1600];
        struct cordon_diag diag;
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct cordon_sink sink = cordon_buffer_sink(&buffer);
        for (uint32_t word = 0; word < cases[i].words; word++)
            sprintf(line + (size_t)10 * word, "äb%03ucde ", (unsigned)word);
        cordon_diag_set(&diag, CORDON_E_NAME, "x");
        diag.place = (struct cordon_place){"a", 1, cases[i].column, cases[i].length};
        cordon_diag_print(&sink, &diag, line, (uint32_t)strlen(line), false);
        const char *shown = strchr(text, '\n') + 5, *end = strchr(shown, '\n'),
                   *caret = strchr(end, '^');
        assert_memory_equal(shown, cases[i].begins, strlen(cases[i].begins));
        assert_memory_equal(end - strlen(cases[i].ends), cases[i].ends, strlen(cases[i].ends));
        assert_int_equal(caret - end - 5, cases[i].under);
        assert_int_equal(strspn(caret + 1, "~"), cases[i].tildes);
    }
}

static void a_repeated_diagnostic_is_found(void **state)
{
    (void)state;
    struct cordon_diag_history history = {0};
    struct cordon_diag diag;
    cordon_diag_set(&diag, CORDON_E_NAME, "no call");
    assert_false(cordon_diag_is_repeated(&history, &diag));
    assert_false(cordon_diag_is_repeated(&history, &diag)); /* it has no line */
    for (diag.place.line = 1; diag.place.line <= 200; diag.place.line++)
        assert_false(cordon_diag_is_repeated(&history, &diag));
    diag.place.line = 200;
    assert_true(cordon_diag_is_repeated(&history, &diag));
    diag.place.line = 1; /* two more recent ones took the places of those without a line */
    assert_true(cordon_diag_is_repeated(&history, &diag));
    diag.place.line = 201;
    assert_false(cordon_diag_is_repeated(&history, &diag)); /* it replaces the one of line 1 */
    diag.place.line = 1;
    assert_false(cordon_diag_is_repeated(&history, &diag));
}

static void reporter_without_a_reader_counts(void **state)
{
    (void)state;
    struct cordon_reporter reporter = {0};
    struct cordon_message message = {.severity = CORDON_ERROR, .code = CORDON_E_NAME};
    cordon_reporter_tell(&reporter, &message, "x");
    assert_int_equal(reporter.errors, 1);
    cordon_reporter_tell(NULL, &message, "x");
}

static void the_version_matches_the_project(void **state)
{
    (void)state;
    assert_string_equal(CORDON_VERSION, PROJECT_VERSION);
    assert_string_equal(cordon_version(), PROJECT_VERSION);
    assert_true(CORDON_VERSION_CODE >= CORDON_VERSION_NUMBER(0, 1, 0));
    assert_true(CORDON_VERSION_CODE < CORDON_VERSION_NUMBER(CORDON_VERSION_MAJOR + 1, 0, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_others_are_escaped),
        cmocka_unit_test(arena_gives_zeroed_memory_up_to_its_cap),
        cmocka_unit_test(arena_reports_a_failing_allocator),
        cmocka_unit_test(array_grows_or_stays),
        cmocka_unit_test(distance_counts_edits),
        cmocka_unit_test(distance_is_cut_at_the_limit),
        cmocka_unit_test(reporter_tells_a_message_with_its_line),
        cmocka_unit_test(a_diagnostic_is_printed_with_its_line),
        cmocka_unit_test(a_long_line_is_cut_around_its_column),
        cmocka_unit_test(a_repeated_diagnostic_is_found),
        cmocka_unit_test(reporter_without_a_reader_counts),
        cmocka_unit_test(buffer_is_cut_and_terminated),
        cmocka_unit_test(every_error_has_a_text_and_an_errno),
        cmocka_unit_test(the_version_matches_the_project),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
