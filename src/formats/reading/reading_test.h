/* SPDX-License-Identifier: MIT */
/* reading_test.h: shared by the tests of readers and writers. */
#ifndef FORMATS_READING_TEST_H
#define FORMATS_READING_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/obstacles.h"
#include "failing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct collected {
    char first[512], warning[512];
    unsigned errors, warnings;
};

static void collect(void *context, const struct cordon_diag *diag, const char *line,
                    uint32_t length)
{
    struct collected *collected = context;
    (void)line, (void)length;
    bool error = diag->severity == CORDON_ERROR;
    char *message = error ? collected->first : collected->warning;
    if ((error ? collected->errors++ : collected->warnings++) == 0)
        snprintf(message, sizeof collected->first, "%s%s%u:%u: %s%s%s",
                 diag->place.file && strcmp(diag->place.file, "test") ? diag->place.file : "",
                 diag->place.file && strcmp(diag->place.file, "test") ? ":" : "", diag->place.line,
                 diag->place.column, diag->text, diag->hint[0] ? " | " : "", diag->hint);
}

/* The texts that may be included. */
struct included {
    const char *name, *text;
};

static const char *open_included(void *context, const char *name, char **text, size_t *length)
{
    for (const struct included *at = context; at && at->name; at++)
        if (!strcmp(at->name, name)) {
            *text = strdup(at->text);
            *length = strlen(at->text);
            return *text ? NULL : "out of memory";
        }
    return "there is none";
}

static void close_included(void *context, char *text)
{
    (void)context;
    free(text);
}

static struct cordon_format_options options_for(const struct included *texts, const char *part)
{
    return (struct cordon_format_options){
        .part = part, .policy.loader = {open_included, close_included, (void *)(uintptr_t)texts}};
}

static struct cordon_policy *read_format(const char *format, const char *text,
                                         const struct included *texts, const char *part,
                                         struct collected *collected)
{
    struct cordon_policy *policy = NULL;
    struct cordon_format_options options = options_for(texts, part);
    struct cordon_reporter reporter = {.report = collect, .context = collected};
    *collected = (struct collected){0};
    enum cordon_error error = cordon_format_by_name(format, strlen(format))
                                  ->read(&policy, text, strlen(text), "test", &options, &reporter);
    assert_int_equal(error == CORDON_OK, collected->errors == 0);
    assert_int_equal(error == CORDON_OK, policy != NULL);
    return policy;
}

/* Builds for one ABI; the test fails if that fails. */
static cordon_node build_for(struct cordon_model *model, const struct cordon_policy *policy,
                             enum cordon_abi_id abi, const char *text)
{
    struct collected collected = {0};
    struct cordon_reporter reporter = {.report = collect, .context = &collected};
    struct cordon_meaning meaning;
    if (cordon_policy_build(policy, model, &abi, 1, &meaning, &reporter))
        fail_msg("%s\n%s", collected.first, text);
    return meaning.verdicts;
}

static uint32_t verdict_of(struct cordon_model *model, cordon_node node, enum cordon_abi_id id,
                           const char *call, const uint64_t args[6])
{
    const struct cordon_abi *abi = cordon_abi(id);
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    uint16_t number = cordon_syscall_id(call, (uint32_t)strlen(call));
    data.word[0] =
        number == CORDON_NO_ID ? (uint32_t)strtoul(call, NULL, 0) : cordon_syscall_nr(abi, number);
    for (unsigned i = 0; i < 6; i++) {
        data.word[cordon_abi_low(abi, i)] = (uint32_t)args[i];
        data.word[cordon_abi_high(abi, i)] = (uint32_t)(args[i] >> 32);
    }
    return cordon_model_evaluate(model, node, &data);
}

/* A text, a call, and the expected verdict. */
struct answer {
    const char *text;
    enum cordon_abi_id abi;
    const char *call;
    uint64_t args[6];
    uint32_t verdict;
};

static void check_answers(const char *format, const struct answer *cases, size_t count,
                          const struct included *texts)
{
    for (size_t i = 0; i < count; i++) {
        struct collected collected;
        struct cordon_model *model;
        struct cordon_policy *policy = read_format(format, cases[i].text, texts, NULL, &collected);
        if (!policy)
            fail_msg("%s\n%s", collected.first, cases[i].text);
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        cordon_node node = build_for(model, policy, cases[i].abi, cases[i].text);
        uint32_t verdict = verdict_of(model, node, cases[i].abi, cases[i].call, cases[i].args);
        if (verdict != cases[i].verdict)
            fail_msg("case %zu, %s: 0x%08x, expected 0x%08x\n%s", i, cases[i].call, verdict,
                     cases[i].verdict, cases[i].text);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
}

/* Texts that are refused, and the first message of each. */
struct refusal {
    const char *text, *message;
};

static void check_refusals(const char *format, const struct refusal *cases, size_t count,
                           const struct included *texts)
{
    for (size_t i = 0; i < count; i++) {
        struct collected collected;
        assert_null(read_format(format, cases[i].text, texts, NULL, &collected));
        assert_string_equal(collected.first, cases[i].message);
    }
}

/* Makes every allocation fail once; sanitizers report what isn't freed. */
static void check_failing_allocations(const char *format, const char *text,
                                      const struct included *texts)
{
    for (int nth = 0;; nth++) {
        int left = nth;
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_format_options options = options_for(texts, NULL);
        struct cordon_policy *policy = NULL;
        options.policy.allocator = &failing;
        assert_true(nth < 2000);
        enum cordon_error error = cordon_format_by_name(format, strlen(format))
                                      ->read(&policy, text, strlen(text), "test", &options, NULL);
        assert_int_equal(error == CORDON_OK, policy != NULL);
        bool done = error == CORDON_OK && left >= 0;
        cordon_policy_free(policy);
        if (done)
            return;
    }
}

/* ---- writing ---- */

/* Writes a policy; NULL: refused. The caller frees the text. */
static char *write_format(const char *format, const struct cordon_policy *policy,
                          enum cordon_approximation approximation, struct collected *collected)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    struct cordon_format_options options = options_for(NULL, NULL);
    struct cordon_reporter reporter = {.report = collect, .context = collected};
    *collected = (struct collected){0};
    options.approximation = approximation;
    enum cordon_error error =
        cordon_format_by_name(format, strlen(format))->write(&sink, policy, &options, &reporter);
    assert_int_equal(error == CORDON_OK, collected->errors == 0);
    char *copy = error ? NULL : strdup(text.text ? text.text : "");
    cordon_string_free(&text);
    return copy;
}

/* Can the verdicts at all obstacles of a text be moved? */
static bool can_move(const char *format, const struct cordon_policy *policy,
                     enum cordon_approximation way)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    struct cordon_obstacles obstacles = {0};
    struct cordon_format_options options = options_for(NULL, NULL);
    struct cordon_model *model;
    struct cordon_meaning meaning;
    bool can = true;
    options.obstacles = &obstacles;
    assert_int_equal(
        cordon_format_by_name(format, strlen(format))->write(&sink, policy, &options, NULL),
        CORDON_E_MEANING);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    assert_int_equal(cordon_policy_build(policy, model, NULL, 0, &meaning, NULL), CORDON_OK);
    cordon_node moved =
        cordon_approximate(model, meaning.verdicts, meaning.verdicts, policy, &obstacles, way,
                           CORDON_NODE_NONE);
    assert_int_equal(cordon_model_status(model), CORDON_OK);
    for (uint32_t i = 0; i < obstacles.count; i++)
        can = can && !obstacles.list[i].is_stuck;
    bool stricter = way == CORDON_STRICTER;
    assert_int_equal(cordon_model_subset(model, stricter ? moved : meaning.verdicts,
                                         stricter ? meaning.verdicts : moved, NULL),
                     CORDON_YES);
    cordon_obstacles_free(&obstacles);
    cordon_string_free(&text);
    cordon_model_free(model);
    return can;
}

/* Writes, reads again, and compares both in one model. */
static bool survives(const char *format, const struct cordon_policy *policy, enum cordon_abi_id abi,
                     const char *original)
{
    struct collected collected;
    struct cordon_model *model;
    char *text = write_format(format, policy, CORDON_EXACTLY, &collected);
    if (!text && getenv("SHOW_REFUSED"))
        print_message("# refused: %s\n", collected.first);
    if (!text)
        return false;
    struct cordon_policy *again = read_format(format, text, NULL, NULL, &collected);
    if (!again)
        fail_msg("%s\n%s\n%s", collected.first, original, text);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    cordon_node one = build_for(model, policy, abi, original);
    cordon_node other = build_for(model, again, abi, text);
    enum cordon_answer answer = cordon_model_equal(model, one, other, NULL);
    if (answer != CORDON_YES)
        fail_msg("%s:\n%s\n%s", answer == CORDON_NO ? "not the same" : "undecided", original, text);
    cordon_model_free(model);
    cordon_policy_free(again);
    free(text);
    return true;
}

static struct cordon_policy *read_ours(const char *text)
{
    struct collected collected;
    struct cordon_policy *policy = read_format("cordon", text, NULL, NULL, &collected);
    if (!policy)
        fail_msg("%s\n%s", collected.first, text);
    return policy;
}

/* Makes every allocation of the writer fail once. */
static void check_failing_writer(const char *format, const char *ours)
{
    struct cordon_policy *policy = read_ours(ours);
    for (int nth = 0;; nth++) {
        int left = nth;
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_format_options options = options_for(NULL, NULL);
        struct cordon_string text = {0};
        struct cordon_sink sink = cordon_string_sink(&text);
        options.policy.allocator = &failing;
        assert_true(nth < 2000);
        enum cordon_error error =
            cordon_format_by_name(format, strlen(format))->write(&sink, policy, &options, NULL);
        assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
        assert_int_equal(error == CORDON_OK, text.text != NULL);
        cordon_string_free(&text);
        if (error == CORDON_OK && left >= 0)
            break;
    }
    cordon_policy_free(policy);
}

/* ---- written text ---- */

struct written {
    const char *ours, *written; /* a policy in cordon's language, and in the format */
};

static void check_written(const char *format, const struct written *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct collected collected;
        struct cordon_policy *policy = read_ours(cases[i].ours);
        char *text = write_format(format, policy, CORDON_EXACTLY, &collected);
        if (!text)
            fail_msg("%s\n%s", collected.first, cases[i].ours);
        assert_string_equal(text, cases[i].written);
        free(text);
        cordon_policy_free(policy);
    }
}

struct inexpressible {
    const char *ours, *message;
    bool stricter, looser; /* can it be approximated? */
};

static void check_inexpressible(const char *format, const struct inexpressible *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct collected collected;
        struct cordon_policy *policy = read_ours(cases[i].ours);
        char *exact = write_format(format, policy, CORDON_EXACTLY, &collected);
        bool stricter = can_move(format, policy, CORDON_STRICTER);
        bool looser = can_move(format, policy, CORDON_LOOSER);
        assert_null(exact);
        assert_string_equal(collected.first, cases[i].message);
        if (stricter != cases[i].stricter || looser != cases[i].looser)
            fail_msg("%s: stricter %d, looser %d", cases[i].ours, stricter, looser);
        cordon_policy_free(policy);
    }
}

/* ---- examples in files ---- */

static const char *open_file(void *context, const char *path, char **text, size_t *length)
{
    (void)context;
    FILE *file = fopen(path, "re");
    if (!file)
        return "no such file";
    *text = calloc(1, 65536);
    *length = *text ? fread(*text, 1, 65535, file) : 0;
    fclose(file);
    return *text ? NULL : "out of memory";
}

/* An example file, which must be detected as its format; NULL: refused. */
static struct cordon_policy *read_example(const char *format, const char *name, char **text,
                                          struct collected *collected)
{
    char path[4096];
    size_t length;
    struct cordon_policy *policy = NULL;
    struct cordon_reporter reporter = {.report = collect, .context = collected};
    struct cordon_format_options options = {.policy.loader = {open_file, close_included, NULL}};
    snprintf(path, sizeof path, "%s/%s/%s", getenv("CORDON_SEEDS"), format, name);
    *collected = (struct collected){0};
    if (open_file(NULL, path, text, &length))
        fail_msg("%s can't be read", path);
    assert_string_equal(cordon_format_detect(*text, length, "text", NULL)->name, format);
    (void)!cordon_format_by_name(format, strlen(format))
        ->read(&policy, *text, length, path, &options, &reporter);
    return policy;
}

/* Reads each example of a format, writes it in the format, reads that and compares. */
static void check_examples(const char *format, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = NULL, *written;
        struct collected collected;
        struct cordon_model *model;
        struct cordon_policy *policy = read_example(format, names[i], &text, &collected);
        if (!policy)
            fail_msg("%s: %s", names[i], collected.first);
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        build_for(model, policy, CORDON_ABI_X86_64, text);
        cordon_model_free(model);
        if (cordon_abi_native()->id != CORDON_ABI_X86_64) {
            policy->abi_count = 1;
            policy->abis[0] = CORDON_ABI_X86_64;
        }
        if ((written = write_format(format, policy, CORDON_EXACTLY, &collected)))
            assert_true(survives(format, policy, CORDON_ABI_X86_64, text));
        else
            print_message("# %s: %s\n", names[i], collected.first);
        free(written);
        cordon_policy_free(policy);
        free(text);
    }
}

/* ---- random policies ---- */

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static char *random_condition(char *text, int depth, bool wide)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    if (depth > 0 && random_below(3) == 0) {
        text += sprintf(text, "%s(", random_below(4) ? "" : "not ");
        text = random_condition(text, depth - 1, wide);
        text += sprintf(text, ") %s (", random_below(2) ? "and" : "or");
        text = random_condition(text, depth - 1, wide);
        return text + sprintf(text, ")");
    }
    unsigned small = random_below(20), arg = random_below(3);
    if (wide && random_below(6) == 0)
        return text + sprintf(text, "whole arg%u & 0xff000000ff %s 0x%x00000000", arg,
                              ops[random_below(6)], random_below(3));
    text += sprintf(text, "%sarg%u ", random_below(4) ? "" : "whole ", arg);
    switch (random_below(5)) {
    case 0:
        return text + sprintf(text, "& 0x%x", 1 + random_below(300));
    case 1:
        return text + sprintf(text, "& 0x%x %s %u", random_below(300), ops[random_below(6)], small);
    case 2:
        return text + sprintf(text, "in {%u, %u..%u, 0x7fff}", small, small + 2, small + 9);
    case 3:
        return text + sprintf(text, "%s -%u", ops[random_below(6)], 1 + random_below(3));
    default:
        return text +
               sprintf(text, "%s 0x%x", ops[random_below(6)], random_below(2) ? 0x7fff : small);
    }
}

static void random_policy(char *text, const char *arch, const char *frame, int depth, bool wide)
{
    static const char *const calls[] = {"openat", "mremap", "prctl", "splice", "mknodat", "read"};
    static const char *const actions[] = {"allow", "errno(5)",    "trap",
                                          "log",   "kill_thread", "kill_process"};
    text += sprintf(text, "arch %s\n%serrno(ENOSYS) ipc, socketcall\nallow write\n", arch, frame);
    for (unsigned rule = 0; rule < 8; rule++) {
        text += sprintf(text, "%s %s", actions[random_below(COUNT(actions))],
                        calls[random_below(COUNT(calls))]);
        if (random_below(8)) {
            text += sprintf(text, "(");
            text = random_condition(text, depth, wide);
            text += sprintf(text, ")");
        }
        text += sprintf(text, "\n");
    }
}

#endif
