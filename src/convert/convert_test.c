/* SPDX-License-Identifier: MIT */
/* convert_test.c: tests conversions by the library: equal, refused, stricter, looser, out of
 * memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/convert.h"
#include "failing.h"

/* ---- running ---- */

struct collected {
    char first[512], last[512];
    uint32_t count;
};

static void collect(void *context, const struct cordon_diag *diag, const char *line,
                    uint32_t length)
{
    struct collected *collected = context;
    (void)line, (void)length;
    snprintf(collected->last, sizeof collected->last, "%s:%u:%u: %s",
             diag->place.file ? diag->place.file : "-", diag->place.line, diag->place.column,
             diag->text);
    if (collected->count++ == 0)
        memcpy(collected->first, collected->last, sizeof collected->first);
}

struct run {
    struct cordon_input input;
    struct cordon_conversion conversion;
    struct collected collected;
    uint32_t warnings, errors;
};

static const struct cordon_format *format(const char *name)
{
    return cordon_format_by_name(name, strlen(name));
}

static enum cordon_error convert(struct run *run, const char *text, const char *to,
                                 enum cordon_approximation side,
                                 const struct cordon_allocator *allocator)
{
    struct cordon_reporter reporter = {.report = collect, .context = &run->collected};
    struct cordon_format_options options = {.policy.allocator = allocator,
                                            .kernel = CORDON_LINUX(6, 1)};
    struct cordon_input_options reading = {.format = options, .uncompiled = true};
    struct cordon_convert_options how = {
        .to = format(to), .approximation = side, .format = options};
    *run = (struct run){0};
    enum cordon_error error =
        cordon_input_read(&run->input, text, strlen(text), "text", &reading, &reporter);
    if (!error)
        error = cordon_convert(&run->conversion, &run->input, &how, &reporter);
    run->warnings = reporter.warnings;
    run->errors = reporter.errors;
    return error;
}

static void run_free(struct run *run)
{
    cordon_conversion_free(&run->conversion);
    cordon_input_free(&run->input);
}

/* ---- answers ---- */

static const char plain_policy[] = "arch x86_64, i386, x32\nbad_arch allow\ndefault allow\n"
                                   "errno(EPERM) reboot\n"
                                   "# cordon: ignore-file any-architecture\n";
static const char hard_policy[] = "arch x86_64, i386, x32\nbad_arch allow\ndefault allow\n"
                                  "trap reboot\nerrno(EPERM) mprotect(prot & PROT_EXEC)\n"
                                  "# cordon: ignore-file any-architecture\n";

static void exact_conversions_are_equal(void **state)
{
    (void)state;
    struct run run;
    assert_int_equal(convert(&run, plain_policy, "systemd", CORDON_EXACTLY, NULL), CORDON_OK);
    assert_int_equal(run.conversion.answer, CORDON_CONVERTED_EQUAL);
    assert_string_equal(run.conversion.text.text, "[Service]\nSystemCallFilter=~reboot:EPERM\n");
    assert_int_equal(run.conversion.refusal_count, 0);
    assert_true(cordon_node_same(run.conversion.original, run.conversion.converted));
    assert_ptr_equal(run.conversion.source, run.input.policy);
    assert_int_equal(run.collected.count, 0);
    run_free(&run);
}

static void refusals_name_their_lines(void **state)
{
    (void)state;
    struct run run;
    assert_int_equal(convert(&run, hard_policy, "systemd", CORDON_EXACTLY, NULL), CORDON_OK);
    const struct cordon_conversion *conversion = &run.conversion;
    assert_int_equal(conversion->answer, CORDON_CONVERSION_REFUSED);
    assert_null(conversion->text.text);
    assert_int_equal(conversion->refusal_count, 2);
    assert_int_equal(conversion->refusals[0].kind, CORDON_REFUSED);
    assert_false(conversion->refusals[0].by_comparison);
    assert_int_equal(conversion->refusals[0].what.kind, CORDON_AT_ACTION);
    assert_int_equal(conversion->refusals[0].what.place.line, 4);
    assert_string_equal(conversion->refusals[0].what.place.file, "text");
    assert_int_equal(conversion->refusals[1].what.place.line, 5);
    assert_int_equal(conversion->refusals[1].call_count, 1);
    assert_string_equal(cordon_syscall_name(conversion->refusals[1].calls[0]), "mprotect");
    assert_int_equal(run.errors, 2);
    assert_non_null(
        strstr(run.collected.first, "text:4:6: systemd cannot express this: trap(0): "));
    run_free(&run);
}

static void approximations_are_on_their_side(void **state)
{
    (void)state;
    static const struct {
        enum cordon_approximation side;
        enum cordon_conversion_answer answer;
    } rows[] = {{CORDON_STRICTER, CORDON_CONVERTED_STRICTER},
                {CORDON_LOOSER, CORDON_CONVERTED_LOOSER}};
    for (size_t i = 0; i < 2; i++) {
        struct run run;
        assert_int_equal(convert(&run, hard_policy, "systemd", rows[i].side, NULL), CORDON_OK);
        struct cordon_conversion *conversion = &run.conversion;
        bool strict = rows[i].side == CORDON_STRICTER;
        assert_int_equal(conversion->answer, rows[i].answer);
        assert_int_equal(cordon_model_subset(conversion->model,
                                             strict ? conversion->converted : conversion->original,
                                             strict ? conversion->original : conversion->converted,
                                             NULL),
                         CORDON_YES);
        assert_int_equal(conversion->refusal_count, 2);
        assert_int_equal(conversion->refusals[0].kind, CORDON_REFUSED_MOVED);
        assert_int_equal(run.warnings, 2);
        assert_int_equal(run.errors, 0);
        run_free(&run);
    }
}

/* ---- the nearest ---- */

#define NEWER_POLICY                                                                               \
    "default kill_process\nnewer_than 6.12 errno(ENOSYS)\n"                                        \
    "allow read, socket(domain in {AF_UNIX, AF_INET} and type & 0xf == SOCK_STREAM)\n"             \
    "errno(EPERM) unshare\nallow clone(flags & CLONE_NEWUSER == 0)\n"

static uint32_t answer(const struct cordon_conversion *conversion, cordon_node node,
                       const struct cordon_data *call)
{
    return cordon_model_evaluate(conversion->model, node, call);
}

/* Named calls have the same answers, with all kinds of arguments. */
static void check_named(const struct cordon_conversion *conversion, const struct cordon_abi *abi)
{
    static const uint32_t values[] = {0, 1, 2, 10, 0x801, 0x10000000, 0xffffffff};
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        for (uint32_t k = 0; k < 49; k++) {
            struct cordon_data call = {.word = {nr, abi->token}};
            for (unsigned word = CORDON_WORD_ARGS; word < CORDON_WORDS; word++)
                call.word[word] = word & 2 ? values[k / 7] : values[k % 7];
            assert_int_equal(answer(conversion, conversion->converted, &call),
                             answer(conversion, conversion->original, &call));
        }
    }
}

/* What is denied elsewhere stays denied. */
static void check_others(const struct cordon_conversion *conversion)
{
    static const uint32_t first[] = {0, 0x151, 0x1d9, 0x40000000, 0x7ffffff0, 0xfffffff0};
    for (int id = 0; id <= CORDON_ABI_COUNT; id++)
        for (size_t i = 0; i < sizeof first / sizeof *first; i++)
            for (uint32_t k = 0; k < 16; k++) {
                uint32_t token = id < CORDON_ABI_COUNT ? cordon_abi(id)->token : 77;
                struct cordon_data call = {.word = {first[i] + k, token}};
                assert_true(cordon_permission(answer(conversion, conversion->converted, &call)) <=
                            cordon_permission(answer(conversion, conversion->original, &call)));
            }
}

static void the_nearest_differs_where_no_call_is(void **state)
{
    (void)state;
    static const struct {
        const char *policy, *to, *difference; /* the first line */
    } rows[] = {
        {"arch x86_64\n" NEWER_POLICY, "oci",
         "x86_64: numbers 0x151 to 0x1a7, number 4294967295: errno(ENOSYS) instead of "
         "kill_process\n"},
        {"arch x86_64\n" NEWER_POLICY, "kafel",
         "x86_64: numbers 0x80000000 to 0xffffffff: errno(ENOSYS) instead of kill_process\n"},
        /* the default of a list of denied calls would also be x32's: the allowed calls are listed
         */
        {"arch x86_64\ndefault allow\nerrno(EPERM) mount\n", "kafel",
         "x86_64: numbers 0x151 to 0x1a7, numbers 0x1d9 to 0x3fffffff and 1 more: kill_process "
         "instead of allow\n"},
        {"arch x86_64\n" NEWER_POLICY, "k8s",
         "x86_64: numbers 0x151 to 0x1a7, number 4294967295: errno(EPERM) instead of "
         "kill_process\n"},
        {"arch x86_64\ndefault errno(EPERM)\nnewer_than 6.12 errno(ENOSYS)\nallow read\n",
         "systemd", NULL},
        {"arch x86_64\ndefault errno(EPERM)\nallow read, write\n", "minijail",
         "x86_64: numbers 0x151 to 0x1a7"},
        /* errno(ENOSYS) must not be the default: rules about socket would apply to socketcall */
        {"arch x86_64, i386\non i386 { errno(ENOSYS) socketcall }\n" NEWER_POLICY, "oci", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run run;
        struct cordon_string lines = {0};
        struct cordon_sink sink = cordon_string_sink(&lines);
        const struct cordon_conversion *conversion = &run.conversion;
        assert_int_equal(convert(&run, rows[i].policy, rows[i].to, CORDON_NEAREST, NULL),
                         CORDON_OK);
        assert_int_equal(conversion->answer, CORDON_CONVERTED_NEAREST);
        assert_int_equal(run.errors, 0);
        check_named(conversion, cordon_abi(CORDON_ABI_X86_64));
        check_others(conversion);
        assert_int_equal(cordon_conversion_print_differences(&sink, conversion), CORDON_OK);
        if (rows[i].difference &&
            strncmp(lines.text, rows[i].difference, strlen(rows[i].difference)) != 0)
            fail_msg("%s: %s", rows[i].to, lines.text);
        cordon_string_free(&lines);
        run_free(&run);
    }
}

/* Conditions are about calls; and x32 must not become open. */
static void the_nearest_opens_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *policy, *to;
    } rows[] = {
        {"arch x86_64\ndefault errno(EPERM)\nallow ioctl(request == 1)\n", "systemd"},
        {"arch x86_64\ndefault allow\nerrno(EPERM) mount\n", "seccompiler"},
        {"arch x86_64\ndefault kill_process\nallow read\n", "firejail"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct run run;
        assert_int_equal(convert(&run, rows[i].policy, rows[i].to, CORDON_NEAREST, NULL),
                         CORDON_OK);
        assert_int_equal(run.conversion.answer, CORDON_CONVERSION_REFUSED);
        assert_int_equal(run.conversion.refusals[0].kind, CORDON_REFUSED_NEAREST);
        run_free(&run);
    }
}

static void an_exact_text_is_no_approximation(void **state)
{
    (void)state;
    struct run run;
    assert_int_equal(convert(&run, plain_policy, "systemd", CORDON_LOOSER, NULL), CORDON_OK);
    assert_int_equal(run.conversion.answer, CORDON_CONVERTED_EQUAL);
    run_free(&run);
}

static void stuck_obstacles_are_refused(void **state)
{
    (void)state;
    static const char text[] = "arch x86_64\ndefault kill_process\nbad_arch kill_process\n"
                               "allow kill(sig <= 15)\n";
    struct run run;
    assert_int_equal(convert(&run, text, "oci", CORDON_STRICTER, NULL), CORDON_OK);
    const struct cordon_conversion *conversion = &run.conversion;
    assert_int_equal(conversion->answer, CORDON_CONVERSION_REFUSED);
    assert_true(conversion->refusal_count > 0);
    assert_int_equal(conversion->refusals[conversion->refusal_count - 1].kind,
                     CORDON_REFUSED_STRICTER);
    run_free(&run);
}

static void a_program_is_refused_by_its_plain_form(void **state)
{
    (void)state;
    static const char text[] = "0: ld [4]\n1: jeq #0xc000003e, 2, 7\n2: ld [0]\n"
                               "3: jeq #62, 4, 6\n4: ld [24]\n5: jeq #9, 7, 6\n"
                               "6: ret #0x80000000\n7: ret #0x7fff0000\n";
    struct run run;
    enum cordon_error error = convert(&run, text, "systemd", CORDON_EXACTLY, NULL);
    if (error)
        fail_msg("%s", run.collected.first);
    assert_int_equal(run.conversion.answer, CORDON_CONVERSION_REFUSED);
    assert_non_null(run.conversion.plain_source);
    assert_ptr_equal(run.conversion.source, run.conversion.plain_source);
    assert_string_equal(run.conversion.refusals[0].what.place.file, "text, as a policy");
    run_free(&run);
}

static void errors_of_the_source_are_returned(void **state)
{
    (void)state;
    struct run run;
    assert_int_equal(
        convert(&run, "default allow\nlog read(buffer == 1)\n", "systemd", CORDON_EXACTLY, NULL),
        CORDON_E_NAME);
    assert_int_equal(run.errors, 1);
    assert_null(run.conversion.model);
    run_free(&run);
}

static void a_format_that_is_only_read_is_an_error(void **state)
{
    (void)state;
    struct run run;
    assert_int_equal(convert(&run, plain_policy, "strace", CORDON_EXACTLY, NULL), CORDON_E_FORMAT);
    assert_string_equal(run.collected.first, "text:0:0: strace can only be read, not written");
    assert_null(run.conversion.model);
    run_free(&run);
}

/* ---- memory ---- */

static void fail_every_allocation(const char *text, const char *to, enum cordon_approximation side)
{
    for (int n = 0;; n++) {
        int left = n;
        struct cordon_allocator failing = failing_allocator(&left);
        struct run run;
        enum cordon_error error = convert(&run, text, to, side, &failing);
        if (error) {
            /* a comparison that runs out of memory is undecided */
            if (error != CORDON_E_NO_MEMORY && !strstr(run.collected.last, "cannot decide whether"))
                fail_msg("allocation %d: error %d: %s", n, error, run.collected.last);
            if (!run.errors)
                fail_msg("allocation %d isn't reported", n);
        }
        bool survived = left >= 0;
        run_free(&run);
        if (survived)
            return;
        assert_true(n < 100000);
    }
}

static void every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    fail_every_allocation(plain_policy, "systemd", CORDON_EXACTLY);
    fail_every_allocation(hard_policy, "systemd", CORDON_EXACTLY);
    fail_every_allocation(hard_policy, "systemd", CORDON_STRICTER);
    fail_every_allocation(hard_policy, "minijail", CORDON_LOOSER);
    fail_every_allocation("arch x86_64\n" NEWER_POLICY, "oci", CORDON_NEAREST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_conversions_are_equal),
        cmocka_unit_test(refusals_name_their_lines),
        cmocka_unit_test(approximations_are_on_their_side),
        cmocka_unit_test(the_nearest_differs_where_no_call_is),
        cmocka_unit_test(the_nearest_opens_nothing),
        cmocka_unit_test(an_exact_text_is_no_approximation),
        cmocka_unit_test(stuck_obstacles_are_refused),
        cmocka_unit_test(a_program_is_refused_by_its_plain_form),
        cmocka_unit_test(errors_of_the_source_are_returned),
        cmocka_unit_test(a_format_that_is_only_read_is_an_error),
        cmocka_unit_test(every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
