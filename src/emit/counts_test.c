/* SPDX-License-Identifier: MIT */
/* counts_test.c: tests the parser of calls and their counts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/counts.h"
#include "failing.h"

static enum cordon_error read_text(struct cordon_counts *counts, const char *text,
                                   const struct cordon_allocator *allocator,
                                   struct cordon_reporter *reporter)
{
    return cordon_counts_read(counts, text, strlen(text), "counts", cordon_abi(CORDON_ABI_X86_64),
                              allocator, reporter);
}

static const char text[] = "# a comment\n\n"
                           "read 10\n"
                           "i386 write 0x10 # another\n"
                           "openat: 7\r\n"
                           "close[arch=arm,x86_64]: 3\n"
                           "old_call[arch=arm]: 9\n"
                           "39 1";

static void test_forms(void **state)
{
    (void)state;
    static const struct cordon_call_count expected[] = {{0xc000003e, 0, 10},
                                                        {0x40000003, 4, 16},
                                                        {0xc000003e, 257, 7},
                                                        {0xc000003e, 3, 3},
                                                        {0xc000003e, 39, 1}};
    struct cordon_counts counts;
    assert_int_equal(read_text(&counts, text, NULL, NULL), CORDON_OK);
    assert_int_equal(counts.count, sizeof expected / sizeof *expected);
    for (uint32_t i = 0; i < counts.count; i++) {
        assert_int_equal(counts.calls[i].arch, expected[i].arch);
        assert_int_equal(counts.calls[i].nr, expected[i].nr);
        assert_true(counts.calls[i].count == expected[i].count);
    }
    cordon_counts_free(&counts);
    cordon_counts_free(&counts);
}

struct places {
    uint32_t count, lines[4], columns[4];
};

static void note(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct places *places = context;
    (void)line, (void)length;
    assert_true(places->count < 4);
    places->lines[places->count] = diag->place.line;
    places->columns[places->count++] = diag->place.column;
}

static void test_errors(void **state)
{
    (void)state;
    struct places places = {0};
    struct cordon_reporter reporter = {.report = note, .context = &places};
    struct cordon_counts counts = {.count = 77};
    assert_int_equal(
        read_text(&counts, "read 1\n zork 1\nread\nread 1 x\nread -1", NULL, &reporter),
        CORDON_E_NAME);
    assert_int_equal(counts.count, 77);
    assert_int_equal(places.count, 4);
    static const uint32_t columns[] = {2, 5, 8, 6};
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(places.lines[i], i + 2);
        assert_int_equal(places.columns[i], columns[i]);
    }
    assert_int_equal(read_text(&counts, "# nothing\n", NULL, NULL), CORDON_E_FORMAT);
    assert_int_equal(read_text(&counts, "close[]", NULL, NULL), CORDON_E_SYNTAX);
    assert_int_equal(read_text(&counts, "close[arch=", NULL, NULL), CORDON_E_NAME);
}

static void test_failing_allocations(void **state)
{
    (void)state;
    enum cordon_error error = CORDON_E_NO_MEMORY;
    for (int n = 0; error; n++) {
        int left = n;
        struct cordon_allocator allocator = failing_allocator(&left);
        struct cordon_counts counts = {.count = 77};
        error = read_text(&counts, text, &allocator, NULL);
        assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
        assert_int_equal(counts.count, error ? 77 : 5);
        if (!error)
            cordon_counts_free(&counts);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_failing_allocations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
