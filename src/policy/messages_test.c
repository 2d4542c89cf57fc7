/* SPDX-License-Identifier: MIT */
/*
 * messages_test.c: tests what is refused and warned of: errors are listed with their places next to
 * the texts, and hostile texts cost little.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "messages.h"

/* ---- memory ---- */

struct peak {
    size_t now, most;
};

static void *resize_and_count(void *context, void *old, size_t old_size, size_t new_size)
{
    struct peak *peak = context;
    peak->now += new_size - old_size;
    peak->most = peak->now > peak->most ? peak->now : peak->most;
    return cordon_allocator_libc.resize(cordon_allocator_libc.context, old, old_size, new_size);
}

/* ---- errors ---- */

/* Texts that are refused, each with its first message. */
static void errors_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "0:0: the policy is empty | add one, for example: default kill_process"},
        {"allow read\n",
         "0:0: the policy has no default | add one, for example: default kill_process"},
        {"default kill_process\nallow opnat\n",
         "2:7: unknown system call \"opnat\" | did you mean openat?"},
        {"default deny\n", "1:9: expected an action (allow, errno, kill_process …) | errno(EPERM) "
                           "makes the call fail"},
        {"default allow\npermit read\n",
         "2:1: expected an action (allow, errno, kill_process …) | allow"},
        {"default errno\n", "1:9: errno requires an error | errno(EPERM)"},
        {"default errno(EPREM)\n", "1:15: unknown error \"EPREM\""},
        {"default errno(4096)\n", "1:15: errno takes numbers up to 4095"},
        {"default allow\ndefault allow\n", "2:1: duplicate \"default\""},
        {"default allow\narch x86_65\n",
         "2:6: unknown architecture \"x86_65\" | did you mean x86_64?"},
        {"default allow\nallow @basic-oi\n",
         "2:7: unknown group \"@basic-oi\" | did you mean @basic-io?"},
        {"default allow\nlog read(fd == )\n", "2:16: expected a number or the name of a constant, "
                                              "found \")\""},
        {"default allow\nlog read(fd = 1)\n", "2:13: unexpected character"},
        {"default allow\nlog read(fd == 1\n",
         "3:1: expected \"and\", \"or\" or \")\", found the end of "
         "the text"},
        {"default allow\nlog open(flags == O_RDNLY)\n",
         "2:19: unknown constant \"O_RDNLY\" | did you mean O_RDONLY?"},
        {"default allow\nlog syscall 5..3\n", "2:16: the range ends before it begins"},
        {"default allow\nlog syscall 4294967296\n", "2:13: system call numbers have 32 bits"},
        {"default allow\nlog read(fd == 99999999999999999999)\n",
         "2:16: the number does not fit in 64 bits"},
        {"default allow\nlog read(fd == 0x)\n", "2:16: not a number"},
        {"default allow\ninclude \"/nonexistent\"\n",
         "2:9: /nonexistent: No such file or directory"},
        {"default allow\ninclude \"huge\"\n",
         "2:9: huge: too large for a policy (more than 16 MiB)"},
        {"default allow\ninclude \"@nothing\"\n",
         "2:9: @nothing: no built-in policy of this name (see cordon policies)"},
        {"default allow\nallow read write\n", "2:12: expected the end of the statement, found "
                                              "\"write\""},
        {"default allow\non i386 {\nlog read\n", "2:1: the block has no closing \"}\""},
        {"default allow\nnewer_than six allow\n",
         "2:12: expected a version of Linux like 6.12, found \"six\""},
        {"default allow\nlog \001\n", "2:5: not a policy: unexpected control character 0x01"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct collected collected;
        struct cordon_policy *policy = read_text(cases[i].text, &collected);
        assert_string_equal(collected.first, cases[i].message);
        assert_null(policy);
    }
}

static void all_errors_come_in_one_pass(void **state)
{
    (void)state;
    struct collected collected;
    read_text(
        "default allow\nlog opnat\nfrob x\nlog read(\nlog wirte, read\nlog kill(sig == SIGFOO)\n",
        &collected);
    assert_true(collected.errors >= 4);
}

static void hostile_texts_end_in_errors(void **state)
{
    (void)state;
    char *text = malloc(1 << 20);
    struct collected collected;
    assert_non_null(text);
    size_t length = (size_t)sprintf(text, "default allow\nlog read(");
    memset(text + length, '(', 100000);
    text[length + 100000] = '\0';
    read_text(text, &collected);
    assert_int_equal(collected.errors, 1);
    memset(text, '@', 1000000);
    text[1000000] = '\0';
    read_text(text, &collected);
    char *at = text;
    for (int i = 0; i < 50000; i++)
        at += sprintf(at, "frob\n");
    read_text(text, &collected);
    assert_int_equal(collected.errors, CORDON_POLICY_MAX_ERRORS + 1);
    free(text);
}

/* Conditions whose graph grows exponentially, with `masks` of each word. */
static void write_masks(char *text, unsigned masks)
{
    text += sprintf(text, "default allow\nlog ioctl(");
    for (unsigned i = 1; i <= masks; i++)
        text += sprintf(text, "%s(request & 0x%x == 0 and arg2 & 0x%x == 0)", i > 1 ? " or " : "",
                        i * 0x9e37, i * 0x4d);
    sprintf(text, ")\n");
}

static void complex_conditions_are_refused_in_little_memory(void **state)
{
    (void)state;
    static char text[32 * 1024];
    struct peak peak = {0, 0};
    struct cordon_allocator allocator = {resize_and_count, &peak};
    struct collected collected;
    struct cordon_model *model;
    struct cordon_meaning meaning;
    write_masks(text, 200);
    struct cordon_policy *policy = read_text(text, &collected);
    struct cordon_reporter reporter = {.report = collect, .context = &collected};
    assert_non_null(policy);
    assert_int_equal(cordon_model_create(&model, &allocator, 0), CORDON_OK);
    assert_int_equal(cordon_policy_build(policy, model, NULL, 0, &meaning, &reporter),
                     CORDON_E_BUDGET);
    assert_string_equal(collected.first,
                        "2:5: the policy is too complex: a work or memory limit was reached | "
                        "different masks or ranges of several arguments, joined by \"or\", "
                        "multiply");
    assert_int_equal(collected.errors, 1);
    cordon_model_free(model);
    cordon_policy_free(policy);
    assert_true(peak.most <= 64u << 20);
    assert_int_equal(peak.now, 0);
}

/* Builds a text that parses; the first message must be this one. */
static void check_first_message(const char *text, bool builds, const char *message)
{
    struct collected collected;
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_policy *policy = read_text(text, &collected);
    assert_non_null(policy);
    assert_int_equal(build(policy, &model, &meaning, &collected) == CORDON_OK, builds);
    assert_string_equal(collected.first, message);
    cordon_model_free(model);
    cordon_policy_free(policy);
}

/* Errors that are only found when the policy is built for its ABIs. */
static void build_errors_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"default allow\nlog read(flags == 1)\n",
         "2:10: read has no argument \"flags\" on x86_64 | it has fd, buf, count"},
        {"default allow\nlog read(arg4 == 1)\n", "2:10: read has 3 arguments on x86_64"},
        {"default allow\nlog socket(domain == 0x100000000)\n",
         "2:22: 0x100000000 does not fit: the kernel reads 32 bits of this argument on x86_64 | "
         "whole ARG compares the whole register"},
        {"arch aarch64\ndefault allow\nlog mmap(flags & MAP_32BIT)\n",
         "3:18: MAP_32BIT doesn't exist on aarch64 | put the rule in a block: on ARCH { … }"},
        {"arch i386\ndefault errno(EPERM)\nallow socket(domain == AF_UNIX)\n",
         "3:7: socket can also be made through socketcall on i386, with its arguments in memory: "
         "this condition cannot be tested there | decide socketcall in an earlier rule: "
         "errno(ENOSYS) socketcall"},
        {"default allow\nlog socket(domain in {5..3})\n", "2:23: the range ends before it begins"},
        {"arch x86_64\ndefault allow\nlog syscall 5000(fd == 1)\n",
         "3:18: unnamed calls have no argument \"fd\" | use arg0 … arg5"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_first_message(cases[i].text, false, cases[i].message);
}

static void probable_mistakes_are_warnings(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"default allow\nerrno(EPERM) @io-uring, socket\nlog socket\n",
         "3:5: this rule can never match | earlier rules match all these calls"},
        {"arch x86_64\ndefault kill_process\nallow socketcall\n",
         "3:7: x86_64 has no system call socketcall: the rule has no effect there"},
        {"default kill_process\nallow read(fd & 1 == 2)\n", "2:12: this condition is never true"},
        {"default kill_process\nallow read(count >= 0)\n", "2:12: this condition is always true"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        check_first_message(cases[i].text, true, cases[i].message);
}

/* ---- files ---- */

static void files_are_opened_by_the_loader_alone(void **state)
{
    (void)state;
    static const char text[] = "default allow\ninclude \"file\"\n";
    const char *closed = NULL;
    struct cordon_policy *policy = NULL;
    struct cordon_policy_options options = {.loader = {open_text, close_text, &closed}};
    assert_int_equal(cordon_policy_read(&policy, text, strlen(text), "test", NULL, NULL),
                     CORDON_E_IO);
    assert_int_equal(cordon_policy_read_file(&policy, "file", NULL, NULL), CORDON_E_IO);
    assert_int_equal(cordon_policy_read(&policy, text, strlen(text), "test", &options, NULL),
                     CORDON_OK);
    assert_non_null(closed);
    assert_int_equal(policy->rule_count, 1);
    assert_int_equal(policy->rules[0].action, CORDON_ERRNO | 1);
    assert_string_equal(policy->rules[0].place.file, "file");
    cordon_policy_free(policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(all_errors_come_in_one_pass),
        cmocka_unit_test(hostile_texts_end_in_errors),
        cmocka_unit_test(complex_conditions_are_refused_in_little_memory),
        cmocka_unit_test(build_errors_name_their_place),
        cmocka_unit_test(probable_mistakes_are_warnings),
        cmocka_unit_test(files_are_opened_by_the_loader_alone),
    };
    return cmocka_run_group_tests_name("messages", tests, NULL, NULL);
}
