/* SPDX-License-Identifier: MIT */
/* call_test.c: tests the parser of calls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/call.h"

static void test_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"010", true, 8},
        {"0xff", true, 255},
        {"-1", true, UINT64_MAX},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"-9223372036854775809", false, 0},
        {"", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"12x", false, 0},
        {"00000000000000000000000000000000000000001", false, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = 77;
        assert_int_equal(cordon_number_parse(rows[i].text, strlen(rows[i].text), &value),
                         rows[i].good);
        assert_true(!rows[i].good || value == rows[i].value);
    }
    uint64_t value;
    assert_false(cordon_number_parse("1\0", 2, &value));
}

static enum cordon_error parse(struct cordon_data *data, enum cordon_abi_id abi,
                               struct cordon_diag *diag, size_t count, const char *const *words)
{
    return cordon_call_parse(data, cordon_abi(abi), words, count, diag);
}

static void test_arguments(void **state)
{
    (void)state;
    static const char *const words[] = {"openat", "AT_FDCWD", "0x123456789", "O_WRONLY|O_CLOEXEC"};
    struct cordon_data data;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        uint64_t flags;
        assert_int_equal(parse(&data, id, NULL, 4, words), CORDON_OK);
        assert_true(cordon_argument_parse(abi, "O_CLOEXEC", 9, &flags));
        assert_int_equal(data.word[CORDON_WORD_ARCH], abi->token);
        assert_true((uint32_t)cordon_data_argument(abi, &data, 0) == (uint32_t)-100);
        assert_true(cordon_data_argument(abi, &data, 1) ==
                    (abi->bits == 64 ? 0x123456789 : 0x23456789));
        assert_true(cordon_data_argument(abi, &data, 2) == (flags | 1));
        assert_true(cordon_data_argument(abi, &data, 3) == 0);
        cordon_data_set_argument(abi, &data, CORDON_ARGS, 0x700000001);
        assert_true(cordon_data_argument(abi, &data, CORDON_ARGS) == 0x700000001);
    }
}

static void test_errors(void **state)
{
    (void)state;
    static const char *const misspelt[] = {"opnat"}, *const foreign[] = {"socketcall"},
                             *const constant[] = {"read", "O_ZORK"}, *const many[] = {"read", "1",
                                                                                      "2",    "3",
                                                                                      "4",    "5",
                                                                                      "6",    "7"};
    struct cordon_data data = {.word = {77}};
    struct cordon_diag diag;
    assert_int_equal(parse(&data, CORDON_ABI_X86_64, &diag, 1, misspelt), CORDON_E_NAME);
    assert_string_equal(diag.hint, "did you mean openat?");
    assert_int_equal(parse(&data, CORDON_ABI_X86_64, &diag, 1, foreign), CORDON_E_NAME);
    assert_int_equal(parse(&data, CORDON_ABI_X86_64, &diag, 2, constant), CORDON_E_NAME);
    assert_string_equal(diag.text,
                        "argument 0: \"O_ZORK\" is neither a number nor a constant of x86_64");
    assert_int_equal(parse(&data, CORDON_ABI_X86_64, &diag, 8, many), CORDON_E_RANGE);
    assert_int_equal(data.word[0], 77);
    const struct cordon_abi *abi = NULL;
    char unknown[] = " z80 read\n", lonely[] = "i386\n", good[] = " x86_64\t0xffffffff 3 \n";
    assert_int_equal(cordon_call_parse_line(&data, &abi, unknown, NULL), CORDON_E_NAME);
    assert_int_equal(cordon_call_parse_line(&data, &abi, lonely, NULL), CORDON_E_SYNTAX);
    assert_int_equal(data.word[0], 77);
    assert_int_equal(cordon_call_parse_line(&data, &abi, good, NULL), CORDON_OK);
    assert_ptr_equal(abi, cordon_abi(CORDON_ABI_X86_64)); /* whatever the number */
    assert_int_equal(cordon_data_argument(abi, &data, 0), 3);
    assert_int_equal(parse(&data, CORDON_ABI_I386, NULL, 1, foreign), CORDON_OK);
    assert_int_equal(data.word[0], 102);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
