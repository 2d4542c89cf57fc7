/* SPDX-License-Identifier: MIT */
/*
 * policy_test.c: tests the meaning of policies. Verdicts are compared with the expected ones and,
 * for random policies, with a plain evaluation of the tree, which shares no code with the builder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/policy.h"
#include "cordon/tree.h"
#include "failing.h"
#include "messages.h"

/* ---- verdicts ---- */

static struct cordon_data call_of(const char *abi_name, const char *call, const uint64_t args[6])
{
    const struct cordon_abi *abi = cordon_abi_by_name(abi_name, (uint32_t)strlen(abi_name));
    assert_non_null(abi);
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    uint16_t id = cordon_syscall_id(call, (uint32_t)strlen(call));
    data.word[0] =
        id == CORDON_NO_ID ? (uint32_t)strtoul(call, NULL, 0) : cordon_syscall_nr(abi, id);
    for (unsigned i = 0; i < 6; i++) {
        data.word[cordon_abi_low(abi, i)] = (uint32_t)args[i];
        data.word[cordon_abi_high(abi, i)] = (uint32_t)(args[i] >> 32);
    }
    return data;
}

static void verdicts_follow_the_manual(void **state)
{
    (void)state;
    static const char policy_text[] =
        "arch x86_64, i386\n"
        "default kill_process\n"
        "bad_arch kill_thread\n"
        "newer_than 6.8 errno(ENOSYS)\n"
        "errno(ENOSYS) socketcall(call == 2)\n"
        "allow @basic-io, exit_group, mseal\n"
        "errno(EPERM) clone(flags & CLONE_NEWUSER), unshare\n"
        "allow ioctl(request in {TCGETS, 0x5410..0x541f} and fd < 3)\n"
        "allow openat(flags & O_ACCMODE == O_RDONLY)\n"
        "trap(7) kill(pid == -1 or sig > 9 and not pid < 0)\n"
        "on i386 { \n log time \n }\n"
        "allow chmod(mode == 0644)\n"
        "allow listen\n";
    static const struct {
        const char *abi, *call;
        uint64_t args[6];
        uint32_t verdict;
    } cases[] = {
        {"x86_64", "read", {0}, 0x7fff0000},
        {"x86_64", "socket", {0}, 0x80000000},
        {"x86_64", "statmount", {0}, 0x80000000},  /* 6.8 is not newer than 6.8 */
        {"x86_64", "setxattrat", {0}, 0x00050026}, /* 6.13 is */
        {"x86_64", "mseal", {0}, 0x7fff0000},      /* a rule decides it */
        {"x86_64", "9999", {0}, 0x00050026},       /* above all known numbers */
        {"x86_64", "400", {0}, 0x80000000},        /* a gap below */
        {"x86_64", "0x40000000", {0}, 0},          /* x32 isn't named: bad_arch */
        {"x86_64", "0xffffffff", {0}, 0x80000000}, /* a number of no ABI: the default */
        {"aarch64", "read", {0}, 0},               /* bad_arch */
        {"x86_64", "clone", {0x10000011}, 0x00050001},
        {"x86_64", "clone", {0xf00000000 | 0x10000000}, 0x00050001},
        {"x86_64", "clone", {0x11}, 0x80000000},
        {"x86_64", "ioctl", {1, 0x5401}, 0x7fff0000},
        {"x86_64", "ioctl", {1, 0xffffffff00005401}, 0x7fff0000}, /* the kernel reads 32 bits */
        {"x86_64",
         "ioctl",
         {UINT64_MAX, 0x541f},
         0x80000000}, /* fd is unsigned: -1 is the largest value */
        {"x86_64", "ioctl", {1, 0x5420}, 0x80000000},
        {"x86_64", "openat", {0, 0, 0x80000}, 0x7fff0000},
        {"x86_64", "openat", {0, 0, 0x80001}, 0x80000000},
        {"x86_64", "kill", {(uint64_t)-1, 1}, 0x00030007},
        {"x86_64", "kill", {0xffffffff, 1}, 0x00030007}, /* int: the upper half is ignored */
        {"x86_64", "kill", {5, 15}, 0x00030007},
        {"x86_64", "kill", {(uint64_t)-5, 15}, 0x80000000},
        {"i386", "time", {0}, 0x7ffc0000},
        {"x86_64", "time", {0}, 0x80000000},
        {"x86_64", "chmod", {0, 0644}, 0x7fff0000},
        {"x86_64", "chmod", {0, 0x10000 | 0644}, 0x7fff0000}, /* umode_t: 16 bits */
        {"i386", "socketcall", {2}, 0x00050026},
        {"i386", "socketcall", {4}, 0x7fff0000}, /* listen through socketcall */
        {"i386", "socketcall", {1}, 0x80000000},
    };
    struct collected collected;
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_policy *policy = read_text(policy_text, &collected);
    if (!policy)
        fail_msg("%s", collected.first);
    assert_int_equal(build(policy, &model, &meaning, &collected), CORDON_OK);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_data data = call_of(cases[i].abi, cases[i].call, cases[i].args);
        uint32_t verdict = cordon_model_evaluate(model, meaning.verdicts, &data);
        uint32_t expected = cases[i].verdict;
        if (verdict != expected)
            fail_msg("case %zu, %s %s: 0x%08x, expected 0x%08x", i, cases[i].abi, cases[i].call,
                     verdict, expected);
    }
    cordon_model_free(model);
    cordon_policy_free(policy);
}

/* ---- random policies against plain evaluation ---- */

static uint64_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % bound;
}

static uint64_t random_value(void)
{
    static const uint64_t values[] = {0,
                                      1,
                                      2,
                                      3,
                                      7,
                                      8,
                                      0x10,
                                      0x7fff,
                                      0x8000,
                                      0xffff,
                                      0x10000,
                                      0x7fffffff,
                                      0x80000000,
                                      0xffffffff,
                                      0x100000000,
                                      0x7fffffffffffffff,
                                      0x8000000000000000,
                                      0xffffffffffffffff,
                                      0x1234567800000003};
    return values[random_below(COUNT(values))];
}

static size_t random_condition(char *text, int depth)
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    if (depth > 0 && random_below(3) == 0) {
        char left[2048], right[2048];
        random_condition(left, depth - 1);
        random_condition(right, depth - 1);
        return (size_t)sprintf(text, "(%s) %s (%s)", left, random_below(2) ? "and" : "or", right);
    }
    if (depth > 0 && random_below(5) == 0) {
        char inner[2048];
        random_condition(inner, depth - 1);
        return (size_t)sprintf(text, "not (%s)", inner);
    }
    const char *whole = random_below(4) ? "" : "whole ";
    unsigned arg = random_below(4), small = random_below(20);
    switch (random_below(5)) {
    case 0:
        return (size_t)sprintf(text, "%sarg%u & 0x%x", whole, arg, 1 + random_below(300));
    case 1:
        return (size_t)sprintf(text, "%sarg%u & 0x%x %s %u", whole, arg, random_below(300),
                               ops[random_below(6)], small);
    case 2:
        return (size_t)sprintf(text, "%sarg%u in {%u, %u..%u, 0x7fff}", whole, arg, small,
                               small + 2, small + 9);
    case 3:
        return (size_t)sprintf(text, "%sarg%u %s -%u", whole, arg, ops[random_below(6)],
                               1 + random_below(3));
    default:
        return (size_t)sprintf(text, "%sarg%u %s 0x%x", whole, arg, ops[random_below(6)],
                               random_below(2) ? 0x7fff : small);
    }
}

/* Evaluates a constant expression of numbers, as the random texts have them. */
static uint64_t plain_expr(const struct cordon_expr *expr)
{
    return expr->form == CORDON_EXPR_NUMBER ? expr->number : 0 - plain_expr(expr->left);
}

struct plain {
    const struct cordon_abi *abi;
    struct cordon_syscall call;
    const uint64_t *args;
};

static bool plain_compare(const struct plain *plain, const struct cordon_cond *cond)
{
    const struct cordon_arg *arg = &plain->call.args[cond->operand];
    unsigned bits = cond->whole ? plain->abi->bits : cordon_arg_bits(plain->abi, arg);
    bool is_signed = !cond->whole && !cond->mask && cordon_arg_signed(arg);
    uint64_t all = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    uint64_t value = plain->args[cond->operand] & all;
    if (cond->mask)
        value &= plain_expr(cond->mask);
    if (cond->form == CORDON_COND_BITS)
        return value != 0;
    for (uint32_t i = 0; i < cond->span_count; i++) {
        uint64_t first = plain_expr(cond->spans[i].first) & all;
        uint64_t last = cond->spans[i].last ? plain_expr(cond->spans[i].last) & all : first;
        uint64_t flip = is_signed ? UINT64_C(1) << (bits - 1) : 0;
        uint64_t v = value ^ flip, f = first ^ flip, l = last ^ flip;
        switch (cond->form) {
        case CORDON_COND_EQ:
            return v == f;
        case CORDON_COND_NE:
            return v != f;
        case CORDON_COND_LT:
            return v < f;
        case CORDON_COND_LE:
            return v <= f;
        case CORDON_COND_GT:
            return v > f;
        case CORDON_COND_GE:
            return v >= f;
        default:
            if (f <= v && v <= l)
                return true;
        }
    }
    return false;
}

static bool plain_condition(const struct plain *plain, const struct cordon_cond *cond)
{
    switch (cond->form) {
    case CORDON_COND_AND:
        return plain_condition(plain, cond->left) && plain_condition(plain, cond->right);
    case CORDON_COND_OR:
        return plain_condition(plain, cond->left) || plain_condition(plain, cond->right);
    case CORDON_COND_NOT:
        return !plain_condition(plain, cond->left);
    default:
        return plain_compare(plain, cond);
    }
}

static uint32_t plain_verdict(const struct cordon_policy *policy, const struct plain *plain)
{
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->id == plain->call.id && (!rule->cond || plain_condition(plain, rule->cond)))
            return rule->action;
    }
    return policy->fallback.action;
}

static const char *const calls[] = {"openat", "mremap", "prctl", "splice", "mknodat", "msgrcv"};

static void make_random_policy(char *text, const char *abi)
{
    text += sprintf(text, "arch %s\ndefault kill_process\n", abi);
    for (int rule = 0; rule < 12; rule++) {
        text += sprintf(text, "errno(%d) %s(", rule + 1, calls[random_below(COUNT(calls))]);
        text += random_condition(text, 2);
        text += sprintf(text, ")\n");
    }
}

static void random_policies_mean_what_their_tree_says(void **state)
{
    (void)state;
    static const char *const abis[] = {"x86_64", "i386", "s390x", "ppc", "x32"};
    random_state = 7;
    unsigned compared = 0, refused = 0;
    for (int round = 0; round < 400; round++) {
        static char text[65536];
        struct collected collected;
        struct cordon_model *model;
        struct cordon_meaning meaning;
        const char *abi_name = abis[round % COUNT(abis)];
        make_random_policy(text, abi_name);
        struct cordon_policy *policy = read_text(text, &collected);
        if (!policy)
            fail_msg("%s\n%s", collected.first, text);
        /* ipc hides arguments of msgrcv on some ABIs: such a policy must be refused */
        bool built = build(policy, &model, &meaning, &collected) == CORDON_OK;
        refused += !built;
        struct plain plain = {.abi = cordon_abi_by_name(abi_name, (uint32_t)strlen(abi_name))};
        for (int i = 0; i < 300 && built; i++) {
            uint64_t args[6];
            for (int arg = 0; arg < 6; arg++)
                args[arg] = plain.abi->bits == 64 ? random_value() : (uint32_t)random_value();
            const char *call = calls[random_below(COUNT(calls))];
            plain.call = cordon_syscall(plain.abi, cordon_syscall_id(call, (uint32_t)strlen(call)));
            plain.args = args;
            if (plain.call.nr == CORDON_NO_NR)
                continue;
            struct cordon_data data = call_of(abi_name, call, args);
            uint32_t verdict = cordon_model_evaluate(model, meaning.verdicts, &data);
            compared++;
            if (verdict != plain_verdict(policy, &plain))
                fail_msg("%s(%llx, %llx, %llx, %llx): 0x%x, tree says 0x%x\n%s", call,
                         (unsigned long long)args[0], (unsigned long long)args[1],
                         (unsigned long long)args[2], (unsigned long long)args[3], verdict,
                         plain_verdict(policy, &plain), text);
        }
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
    print_message("# %u verdicts compared, %u policies refused\n", compared, refused);
    assert_true(compared > 60000);
    assert_true(refused < 300);
}

/* ---- the rest ---- */

static void built_in_policies_build_without_errors(void **state)
{
    (void)state;
    size_t count;
    const struct cordon_builtin *builtins = cordon_builtins(&count);
    assert_true(count >= 7);
    for (size_t i = 0; i < count; i++) {
        struct cordon_policy *policy = NULL;
        struct collected collected = {0};
        struct cordon_model *model;
        struct cordon_meaning meaning;
        struct cordon_reporter reporter = {.report = collect, .context = &collected};
        assert_true(strlen(builtins[i].description) > 20);
        if (cordon_policy_read_file(&policy, builtins[i].name, NULL, &reporter) != CORDON_OK)
            fail_msg("%s: %s", builtins[i].name, collected.first);
        if (build(policy, &model, &meaning, &collected) != CORDON_OK)
            fail_msg("%s: %s", builtins[i].name, collected.first);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
}

static void every_failing_allocation_is_said(void **state)
{
    (void)state;
    static const char text[] = "default allow\nlog @basic-io, openat(flags in {O_RDWR, 1..3})\n"
                               "errno(1) ioctl(request == TCGETS or arg2 > 5), syscall 999\n";
    int done = 0;
    for (int nth = 0; done < 3; nth++) { /* 1: deciders too, 2: verdicts only */
        int left = nth;
        assert_true(nth < 500);
        struct cordon_allocator failing = failing_allocator(&left);
        struct cordon_policy_options options = {.allocator = &failing};
        struct cordon_policy *policy = NULL;
        struct cordon_model *model;
        struct cordon_meaning meaning = {.verdicts = CORDON_NODE_NONE};
        if (cordon_policy_read(&policy, text, strlen(text), "test", &options, NULL) != CORDON_OK) {
            assert_null(policy);
            continue;
        }
        int before = left;
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        if (!cordon_policy_build(policy, model, NULL, 0, &meaning, NULL) && left >= 0)
            done |= 1;
        left = before;
        meaning.verdicts = CORDON_NODE_NONE;
        if (!cordon_policy_verdicts(policy, model, NULL, 0, &meaning.verdicts, NULL) && left >= 0)
            done |= 2;
        else
            assert_true(left < 0);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
}

/* The same policy as text and as a tree made by calls. */
static void a_tree_means_what_its_text_means(void **state)
{
    (void)state;
    static const char text[] = "arch x86_64\ndefault kill_process\nnewer_than 6.8 errno(38)\n"
                               "allow read\nerrno(1) *\n";
    static const char *const some[] = {"read", "write", "mseal", "0x7000"};
    static const uint64_t args[6] = {0};
    struct cordon_policy *policies[2] = {NULL, NULL};
    struct cordon_tree tree;
    struct cordon_place place = {.file = "tree"};
    cordon_tree_begin(&tree, "", 0, "tree", NULL, NULL);
    cordon_tree_abi(&tree, CORDON_ABI_X86_64);
    cordon_tree_default(&tree, CORDON_KILL_PROCESS, place);
    cordon_tree_newer(&tree, 6 << 8 | 8, CORDON_ERRNO | 38, place);
    cordon_tree_call(&tree, 0, cordon_syscall_id("read", 4), NULL, CORDON_ALLOW, place);
    cordon_tree_any(&tree, 0, NULL, CORDON_ERRNO | 1, place);
    assert_int_equal(cordon_tree_end(&tree, &policies[0]), CORDON_OK);
    assert_int_equal(cordon_policy_read(&policies[1], text, strlen(text), "text", NULL, NULL),
                     CORDON_OK);
    struct cordon_model *models[2];
    struct cordon_meaning meanings[2];
    struct collected collected;
    for (int i = 0; i < 2; i++)
        assert_int_equal(build(policies[i], &models[i], &meanings[i], &collected), CORDON_OK);
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        struct cordon_data data = call_of("x86_64", some[i], args);
        assert_int_equal(cordon_model_evaluate(models[0], meanings[0].verdicts, &data),
                         cordon_model_evaluate(models[1], meanings[1].verdicts, &data));
    }
    for (int i = 0; i < 2; i++) {
        cordon_model_free(models[i]);
        cordon_policy_free(policies[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_means_what_its_text_means),
        cmocka_unit_test(verdicts_follow_the_manual),
        cmocka_unit_test(random_policies_mean_what_their_tree_says),
        cmocka_unit_test(built_in_policies_build_without_errors),
        cmocka_unit_test(every_failing_allocation_is_said),
    };
    return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
