/* SPDX-License-Identifier: MIT */
/* engine_test.c: tests each refusal of the verifier with its place, each opcode's meaning, and
 * that printed programs are read back unchanged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "random_program.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* A program as text, one instruction per line. */
static uint32_t assemble(const char *text, struct cordon_insn *insns)
{
    uint32_t count = 0;
    for (; *text; text += *text == '\n') {
        uint32_t length = (uint32_t)strcspn(text, "\n"), at = 0;
        if (!cordon_insn_parse(&insns[count], text, length, count, &at))
            fail_msg("not read at %u: %.*s", at, (int)length, text);
        count++;
        text += length;
    }
    return count;
}

static void refusals_name_reason_and_place(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum cordon_reason reason;
        uint32_t insn;
    } cases[] = {
        {"ret #0", CORDON_REASON_NONE, 0},
        {"ld [0]\nraw 0x94, 0, 0, 3\nret a", CORDON_REASON_OPCODE, 1},
        {"raw 0x120, 0, 0, 0\nret a", CORDON_REASON_OPCODE, 0},
        {"ld [2]\nret a", CORDON_REASON_LOAD_ALIGN, 0},
        {"ld [64]\nret a", CORDON_REASON_LOAD_RANGE, 0},
        {"ld [60]\nret a", CORDON_REASON_NONE, 0},
        {"st M[16]\nret a", CORDON_REASON_SCRATCH_RANGE, 0},
        {"ld M[3]\nret a", CORDON_REASON_SCRATCH_UNSET, 0},
        {"st M[3]\nld M[3]\nret a", CORDON_REASON_NONE, 0},
        {"jeq #1, 2, 1\nst M[3]\nld M[3]\nret a", CORDON_REASON_SCRATCH_UNSET, 2},
        {"st M[3]\nret #0\nld M[3]\nret a", CORDON_REASON_NONE, 0}, /* past a return */
        {"div #0\nret a", CORDON_REASON_DIVISION, 0},
        {"lsh #32\nret a", CORDON_REASON_SHIFT, 0},
        {"rsh #31\nret a", CORDON_REASON_NONE, 0},
        {"ja 2\nret #0", CORDON_REASON_JUMP_RANGE, 0},
        {"jeq #0, 2, 1\nret #0", CORDON_REASON_JUMP_RANGE, 0},
        {"jeq x, 1, 9\nret #0", CORDON_REASON_JUMP_RANGE, 0},
        {"ret #0\nld [0]", CORDON_REASON_NO_RETURN, 1},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_insn insns[8];
        struct cordon_program program;
        struct cordon_fault fault = {0};
        uint32_t length = assemble(cases[i].text, insns);
        bool accepted = cordon_program_verify(&program, insns, length, &fault);
        assert_int_equal(accepted, cases[i].reason == CORDON_REASON_NONE);
        assert_int_equal(fault.reason, cases[i].reason);
        assert_int_equal(fault.insn, cases[i].insn);
    }
}

static void refused_programs_leave_the_output_alone(void **state)
{
    (void)state;
    struct cordon_program program = {NULL, 77};
    struct cordon_fault fault;
    struct cordon_insn ld = {CORDON_OP_LD_WORD, 0, 0, 0};
    assert_false(cordon_program_verify(&program, &ld, 0, &fault));
    assert_int_equal(fault.reason, CORDON_REASON_EMPTY);
    assert_false(cordon_program_verify(&program, &ld, CORDON_MAX_INSNS + 1, &fault));
    assert_int_equal(fault.reason, CORDON_REASON_TOO_LONG);
    assert_false(cordon_program_verify(&program, &ld, 1, NULL));
    assert_int_equal(program.length, 77);
}

/* Each opcode on A = 100 (word 0), X = 7, M[2] = 9. */
static void opcodes_mean_what_the_kernel_means(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t value;
    } cases[] = {
        {"ld [4]", 0xc000003e},
        {"ld #5", 5},
        {"ldx #5\ntxa", 5},
        {"ld M[2]", 9},
        {"ldx M[2]\ntxa", 9},
        {"ld #len", 64},
        {"ldx #len\ntxa", 64},
        {"st M[5]\nld #0\nld M[5]", 100},
        {"stx M[5]\nld M[5]", 7},
        {"tax\nld #0\ntxa", 100},
        {"add #0xffffffff", 99},
        {"add x", 107},
        {"sub #101", 0xffffffff},
        {"sub x", 93},
        {"mul #0x80000001", 100},
        {"mul x", 700},
        {"div #7", 14},
        {"div x", 14},
        {"ldx #0\ndiv x", 0},
        {"or #3", 103},
        {"or x", 103},
        {"and #0x44", 0x44},
        {"and x", 4},
        {"xor #0xff", 155},
        {"xor x", 99},
        {"lsh #28", 0x40000000},
        {"lsh x", 12800},
        {"ldx #33\nlsh x", 200},
        {"rsh #2", 25},
        {"rsh x", 0},
        {"ldx #34\nrsh x", 25},
        {"neg", 0xffffff9c},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_insn insns[16];
        uint32_t length = assemble("ld #9\nst M[2]\nldx #7\nld [0]", insns);
        length += assemble(cases[i].text, insns + length);
        insns[length++] = (struct cordon_insn){CORDON_OP_RET_A, 0, 0, 0};
        struct cordon_program program;
        struct cordon_fault fault;
        assert_true(cordon_program_verify(&program, insns, length, &fault));
        struct cordon_data data = {.word = {100, 0xc000003e}};
        struct cordon_run run = cordon_program_run(&program, &data);
        assert_int_equal(run.value, cases[i].value);
        /* a division by zero ends the program before its return instruction */
        assert_int_equal(run.steps, strstr(cases[i].text, "#0\ndiv") ? length - 1 : length);
    }
}

static void branches_compare_unsigned(void **state)
{
    (void)state;
    static const struct {
        const char *jump;
        uint32_t a, x;
        bool taken;
    } cases[] = {
        {"jeq #5, 3, 4", 5, 0, true},          {"jeq #5, 3, 4", 6, 0, false},
        {"jgt #5, 3, 4", 0x80000000, 0, true}, {"jgt #5, 3, 4", 5, 0, false},
        {"jge #5, 3, 4", 5, 0, true},          {"jge #0x80000000, 3, 4", 1, 0, false},
        {"jset #6, 3, 4", 8, 0, false},        {"jset #6, 3, 4", 2, 0, true},
        {"jeq x, 3, 4", 5, 5, true},           {"jgt x, 3, 4", 5, 5, false},
        {"jge x, 3, 4", 5, 0xffffffff, false}, {"jset x, 3, 4", 5, 4, true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_insn insns[5] = {{CORDON_OP_LDX_IMM, 0, 0, cases[i].x},
                                       {CORDON_OP_LD_WORD, 0, 0, 0}};
        uint32_t at;
        assert_true(
            cordon_insn_parse(&insns[2], cases[i].jump, (uint32_t)strlen(cases[i].jump), 2, &at));
        insns[3] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 1};
        insns[4] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 0};
        struct cordon_program program;
        struct cordon_fault fault;
        assert_true(cordon_program_verify(&program, insns, 5, &fault));
        struct cordon_data data = {.word = {cases[i].a}};
        assert_int_equal(cordon_program_run(&program, &data).value, cases[i].taken);
    }
}

static void every_instruction_survives_text(void **state)
{
    (void)state;
    struct random random = {3};
    for (int i = 0; i < 20000; i++) {
        struct cordon_insn insns[40];
        uint32_t length = random_program(&random, insns, 40);
        if (i % 3 == 0)
            length = random_mutation(&random, insns, length, 40);
        for (uint32_t j = 0; j < length; j++) {
            char text[64], again[64];
            struct cordon_buffer buffer = {text, sizeof text, 0};
            struct cordon_sink sink = cordon_buffer_sink(&buffer);
            cordon_insn_print(&sink, &insns[j], j);
            if (strstr(text, "ja ") && (uint64_t)j + 1 + insns[j].k > UINT32_MAX)
                continue; /* a jump past the end of every program has no absolute target */
            struct cordon_insn read;
            uint32_t at = 0;
            if (!cordon_insn_parse(&read, text, (uint32_t)buffer.length, j, &at))
                fail_msg("%s at %u", text, at);
            struct cordon_buffer second = {again, sizeof again, 0};
            sink = cordon_buffer_sink(&second);
            cordon_insn_print(&sink, &read, j);
            assert_string_equal(text, again);
            assert_int_equal(read.code, insns[j].code);
        }
    }
}

static void nonsense_is_refused_with_its_offset(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t at;
    } cases[] = {
        {"", 0},         {"frob #1", 0},        {"ld", 2},           {"ld [0", 5},
        {"ld [0] x", 7}, {"jeq #1, 9", 9},      {"jeq #1, 0, 3", 8}, {"ret #0x100000000", 5},
        {"ja 3", 3},     {"jeq #1, 999, 2", 8}, {"ldz #1", 0},       {"raw 0x10000, 0, 0, 0", 4},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_insn insn;
        uint32_t at = 99;
        assert_false(
            cordon_insn_parse(&insn, cases[i].text, (uint32_t)strlen(cases[i].text), 3, &at));
        assert_int_equal(at, cases[i].at);
    }
    struct cordon_insn insn;
    uint32_t at;
    const char *commented = "  ld\t[8] ; low half of ip // and more";
    assert_true(cordon_insn_parse(&insn, commented, (uint32_t)strlen(commented), 0, &at));
    assert_int_equal(insn.k, 8);
}

static void byte_order_is_swapped_by_field(void **state)
{
    (void)state;
    struct cordon_insn swapped = cordon_insn_swap((struct cordon_insn){0x0015, 1, 2, 0x01020304});
    assert_int_equal(swapped.code, 0x1500);
    assert_int_equal(swapped.jt, 1);
    assert_int_equal(swapped.k, 0x04030201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals_name_reason_and_place),
        cmocka_unit_test(refused_programs_leave_the_output_alone),
        cmocka_unit_test(opcodes_mean_what_the_kernel_means),
        cmocka_unit_test(branches_compare_unsigned),
        cmocka_unit_test(every_instruction_survives_text),
        cmocka_unit_test(nonsense_is_refused_with_its_offset),
        cmocka_unit_test(byte_order_is_swapped_by_field),
    };
    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
