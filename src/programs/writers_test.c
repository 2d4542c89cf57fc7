/* SPDX-License-Identifier: MIT */
/* writers_test.c: tests the text of writers, and that the readers read it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/programs.h"
#include "failing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One instruction of each opcode, and comments of every kind. */
static const char sample[] =
    "ld [4]\n"
    "jeq #0x40000003, 2, 4\n"
    "ld [0]\n"
    "jeq #4, 47, 4\n"
    "ld [0]\n"
    "and #0xff\n"
    "jeq #1, 47, 7\n"
    "ld [16]\nld [20]\nld [8]\nld [12]\nld #5\nldx #6\nst M[0]\nstx M[1]\n"
    "ld M[0]\nldx M[1]\nld #len\nldx #len\ntax\ntxa\n"
    "add #1\nadd x\nsub #1\nsub x\nmul #1\nmul x\ndiv #1\ndiv x\nor #1\n"
    "or x\nand #1\nand x\nxor #1\nxor x\nlsh #1\nlsh x\nrsh #1\nrsh x\nneg\n"
    "ja 41\njeq x, 42, 42\njgt #1, 43, 43\njgt x, 44, 44\n"
    "jge #1, 45, 45\njge x, 46, 46\njset #1, 47, 47\njset x, 48, 49\n"
    "ret #0x50001\nret a\n";

static struct cordon_owned_program read_text(const char *text, size_t length)
{
    struct cordon_owned_program read;
    assert_int_equal(cordon_program_read(&read, NULL, text, length, "text", NULL, NULL), CORDON_OK);
    return read;
}

static struct cordon_string write_with(const char *name, const struct cordon_program_source *source)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    const struct cordon_program_writer *writer = cordon_program_writer_by_name(name);
    assert_non_null(writer);
    assert_int_equal(writer->write(&sink, source, NULL), CORDON_OK);
    assert_false(text.failed);
    return text;
}

static void assert_same(const struct cordon_program *a, const struct cordon_program *b)
{
    assert_int_equal(a->length, b->length);
    assert_memory_equal(a->insns, b->insns, a->length * sizeof *a->insns);
}

static void written_programs_are_read_back(void **state)
{
    (void)state;
    static const char *const names[] = {"asm", "bpf"};
    struct cordon_owned_program first = read_text(sample, sizeof sample - 1);
    for (int big = 0; big < 2; big++)
        for (size_t i = 0; i < COUNT(names); i++) {
            struct cordon_program_source source = {&first.program, big, "sample"};
            struct cordon_string text = write_with(names[i], &source);
            struct cordon_owned_program again = read_text(text.text, text.length);
            assert_same(&first.program, &again.program);
            assert_int_equal(again.big_endian, big && i == 1);
            cordon_owned_program_free(&again);
            cordon_string_free(&text);
        }
    cordon_owned_program_free(&first);
}

static void lines_have_comments(void **state)
{
    (void)state;
    static const struct {
        uint32_t index;
        const char *line;
    } cases[] = {
        {0, "   0: ld [4]                         ; arch\n"},
        {1, "   1: jeq #0x40000003, 2, 4          ; i386\n"},
        {3, "   3: jeq #0x4, 47, 4                ; write\n"}, /* the one of i386 */
        {5, "   5: and #0xff\n"},
        {7, "   7: ld [16]                        ; arg0 low\n"},
        {8, "   8: ld [20]                        ; arg0 high\n"},
        {9, "   9: ld [8]                         ; ip low\n"},
        {12, "  12: ldx #0x6\n"},
        {42, "  42: jgt #0x1, 43, 43\n"},
        {48, "  48: ret #0x50001                   ; errno(EPERM)\n"},
        {49, "  49: ret a\n"},
    };
    struct cordon_owned_program read = read_text(sample, sizeof sample - 1);
    struct cordon_listing *listing;
    assert_int_equal(cordon_listing_create(&listing, &read.program, NULL, NULL), CORDON_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_listing_line line = cordon_listing_line(listing, cases[i].index);
        struct cordon_string text = {0};
        struct cordon_sink sink = cordon_string_sink(&text);
        assert_int_equal(line.index, cases[i].index);
        assert_int_equal(line.insn.code, read.insns[line.index].code);
        cordon_listing_line_print(&sink, &line);
        assert_string_equal(text.text, cases[i].line);
        cordon_string_free(&text);
    }
    cordon_listing_free(listing);
    cordon_listing_free(NULL);
    cordon_owned_program_free(&read);
}

/* A program that doesn't test the architecture is for the one that is given. */
static void words_and_calls_are_named_for_an_abi(void **state)
{
    (void)state;
    static const char text[] = "ld [16]\nld [0]\njeq #4, 3, 4\nret #0\nret #1";
    static const struct {
        enum cordon_abi_id abi;
        const char *word, *call;
    } cases[] = {{CORDON_ABI_X86_64, "arg0 low", "stat"}, {CORDON_ABI_S390X, "arg0 high", "write"}};
    struct cordon_owned_program read = read_text(text, sizeof text - 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_listing *listing;
        assert_int_equal(
            cordon_listing_create(&listing, &read.program, cordon_abi(cases[i].abi), NULL),
            CORDON_OK);
        assert_string_equal(cordon_listing_line(listing, 0).comment, cases[i].word);
        assert_string_equal(cordon_listing_line(listing, 2).comment, cases[i].call);
        cordon_listing_free(listing);
    }
    cordon_owned_program_free(&read);
}

static void joining_paths_forget_state(void **state)
{
    (void)state;
    static const char text[] =
        "ld [4]\njeq #0x40000003, 2, 3\nld [0]\njeq #5, 4, 5\nret #0\nret #1";
    struct cordon_owned_program read = read_text(text, sizeof text - 1);
    struct cordon_listing *listing;
    assert_int_equal(cordon_listing_create(&listing, &read.program, NULL, NULL), CORDON_OK);
    assert_string_equal(cordon_listing_line(listing, 3).comment, "");
    cordon_listing_free(listing);
    cordon_owned_program_free(&read);
}

static void sources_hold_every_instruction_and_no_control_characters(void **state)
{
    (void)state;
    struct cordon_owned_program read = read_text(sample, sizeof sample - 1);
    const struct cordon_program_writer *writer;
    for (size_t i = 0; (writer = cordon_program_writer(i)); i++) {
        struct cordon_program_source source = {&read.program, i & 1, "a*/\n\\name"};
        struct cordon_string text = write_with(writer->name, &source);
        uint32_t lines = 0;
        for (const char *at = text.text; !writer->is_binary && (at = strstr(at, "jset x, 48, 49"));)
            at++, lines++;
        if (!writer->is_binary) {
            assert_int_equal(lines, 1);
            assert_null(strstr(text.text, "a*/"));
            assert_int_equal(strstr(text.text, "from a?/??name") != NULL,
                             strcmp(writer->name, "asm") != 0);
        }
        cordon_string_free(&text);
    }
    assert_null(cordon_program_writer_by_name("oci"));
    cordon_owned_program_free(&read);
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    struct cordon_owned_program read = read_text(sample, sizeof sample - 1);
    struct cordon_program_source source = {&read.program, false, "sample"};
    const struct cordon_program_writer *writer;
    for (size_t i = 0; (writer = cordon_program_writer(i)); i++) {
        enum cordon_error error = CORDON_E_NO_MEMORY;
        for (int n = 0; error; n++) {
            int left = n;
            struct cordon_allocator allocator = failing_allocator(&left);
            struct cordon_string text = {0};
            struct cordon_sink sink = cordon_string_sink(&text);
            error = writer->write(&sink, &source, &allocator);
            assert_true(!error || error == CORDON_E_NO_MEMORY);
            assert_true(n < 5);
            cordon_string_free(&text);
        }
    }
    cordon_owned_program_free(&read);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_programs_are_read_back),
        cmocka_unit_test(lines_have_comments),
        cmocka_unit_test(words_and_calls_are_named_for_an_abi),
        cmocka_unit_test(joining_paths_forget_state),
        cmocka_unit_test(sources_hold_every_instruction_and_no_control_characters),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
