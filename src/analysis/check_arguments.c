/* SPDX-License-Identifier: MIT */
/* check_arguments.c: tests of other bits of an argument than the kernel uses, and comparisons that
 * take a negative number for a large one. */
#include "checker.h"

#include <inttypes.h>
#include <string.h>

#include "cordon/compare.h"

/* The argument of a call that is looked at. */
struct tested {
    const struct cordon_syscall *call;
    const struct cordon_arg *arg;
    unsigned low, high; /* its words */
    cordon_node verdicts;
};

/* ---- more bits than the kernel uses ---- */

/* A call that `a` answers more permissively than `b`, which differ in the upper half alone. */
static bool find_looser(const struct checker *checker, cordon_node a, cordon_node b,
                        const struct tested *tested, struct cordon_data *call)
{
    if (cordon_model_subset(checker->input->model, a, b, call) != CORDON_NO)
        return false;
    call->word[CORDON_WORD_ARCH] = checker->abi->token;
    call->word[CORDON_WORD_NR] = tested->call->nr;
    return true;
}

static struct cordon_place place_of_call(const struct checker *checker, const struct tested *tested,
                                         const struct cordon_data *call)
{
    const struct cordon_check_input *input = checker->input;
    struct cordon_place place = place_of(checker, tested->call->id, true);
    if (!input->policy || cordon_node_same(input->meaning.deciders, CORDON_NODE_NONE))
        return place;
    uint32_t decider = cordon_model_evaluate(input->model, input->meaning.deciders, call);
    struct cordon_fallback by = cordon_policy_decider(input->policy, decider);
    return decider < input->policy->rule_count ? by.place : place;
}

/*
 * A caller can set the upper half as it likes: what is denied without it must be denied with it.
 * The rule to repair is the one that decides without it, or that allows with it.
 */
static bool check_evasion(const struct checker *checker, const struct tested *tested,
                          cordon_node zero)
{
    struct cordon_model *model = checker->input->model;
    cordon_node one = cordon_model_restrict(model, tested->verdicts, tested->high, 1, 1);
    struct cordon_data call = {{0}};
    char hint[160];
    if (!find_looser(checker, one, zero, tested, &call))
        return false;
    uint32_t value = call.word[tested->low];
    call.word[tested->high] = 1;
    struct cordon_place allowing = place_of_call(checker, tested, &call);
    call.word[tested->high] = 0;
    struct cordon_place denying = place_of_call(checker, tested, &call);
    repair_by_masking(checker, tested->arg->name, value, hint, sizeof hint);
    tell(checker, CORDON_LINT_WIDE_COMPARISON,
         checker->input->policy && allows_unknown(checker) ? denying : allowing, hint,
         "%s: 64 bits of %s are compared, the kernel uses %u: 0x1%08" PRIx32
         " is let through where %#" PRIx32 " isn't",
         tested->call->name, tested->arg->name, cordon_arg_bits(checker->abi, tested->arg), value,
         value);
    return true;
}

/* A negative int reaches the filter sign-extended, or not: that is up to the caller. So does what
 * musl's ioctl passes, whose request is an int. */
static bool check_sign_extension(const struct checker *checker, const struct tested *tested,
                                 cordon_node zero)
{
    struct cordon_model *model = checker->input->model;
    bool request = !strcmp(tested->call->name, "ioctl") && tested->arg == &tested->call->args[1];
    struct cordon_data call = {{0}};
    char hint[160];
    if (!cordon_arg_signed(tested->arg) && !request)
        return false;
    cordon_node ones =
        cordon_model_restrict(model, tested->verdicts, tested->high, UINT32_MAX, UINT32_MAX);
    zero = cordon_model_range(model, tested->low, UINT32_MAX, 0x80000000u, UINT32_MAX, zero, ones);
    if (!find_looser(checker, zero, ones, tested, &call))
        return false;
    uint32_t value = call.word[tested->low];
    repair_by_masking(checker, tested->arg->name, value, hint, sizeof hint);
    tell(checker, CORDON_LINT_SIGN_EXTENSION, place_of_call(checker, tested, &call), hint,
         "%s: %#" PRIx32
         " is allowed for %s, but not sign-extended, as %s it: 0xffffffff%08" PRIx32,
         tested->call->name, value, tested->arg->name,
         request ? "musl's ioctl passes" : "some callers pass", value);
    return true;
}

static void check_wide(const struct checker *checker, const struct tested *tested)
{
    cordon_node zero =
        cordon_model_restrict(checker->input->model, tested->verdicts, tested->high, 0, 0);
    bool told = check_evasion(checker, tested, zero);
    told = check_sign_extension(checker, tested, zero) || told;
    if (!told)
        tell(checker, CORDON_LINT_UPPER_HALF, place_of(checker, tested->call->id, true), NULL,
             "%s: the upper half of %s must be 0 for the rule to match, the kernel ignores it",
             tested->call->name, tested->arg->name);
}

/* ---- fewer bits than the kernel uses ---- */

/* Is there a test of all 32 bits of a word? Gives up after some nodes. */
static bool tests_whole(const struct cordon_model *model, cordon_node node, unsigned word,
                        uint32_t *budget)
{
    struct cordon_view view = cordon_model_view(model, node);
    if (view.is_leaf || *budget == 0)
        return false;
    --*budget;
    if (view.term == word && view.mask == UINT32_MAX)
        return true;
    for (uint32_t i = 0; i < view.edge_count; i++)
        if (tests_whole(model, view.edges[i].to, word, budget))
            return true;
    return false;
}

static void check_narrow(const struct checker *checker, const struct tested *tested)
{
    uint32_t budget = 2000;
    if (tests_whole(checker->input->model, tested->verdicts, tested->low, &budget))
        tell(checker, CORDON_LINT_HALF_ARGUMENT, place_of(checker, tested->call->id, true), NULL,
             "%s: only the lower half of %s is tested, the kernel uses all of it",
             tested->call->name, tested->arg->name);
}

static void check_argument(const struct checker *checker, const struct cordon_syscall *call,
                           unsigned arg, uint32_t words)
{
    const struct cordon_abi *abi = checker->abi;
    struct tested tested = {.call = call,
                            .arg = &call->args[arg],
                            .low = cordon_abi_low(abi, arg),
                            .high = cordon_abi_high(abi, arg),
                            .verdicts = verdicts_of(checker, abi, call->nr)};
    bool low = words >> tested.low & 1, high = words >> tested.high & 1;
    bool wide = cordon_arg_bits(abi, tested.arg) == 64;
    if (wide && tested.arg->kind != CORDON_KIND_FLAGS && low && !high)
        check_narrow(checker, &tested);
    else if (!wide && high)
        check_wide(checker, &tested);
}

void check_arguments(struct checker *checker)
{
    const struct cordon_abi *abi = checker->abi;
    for (uint32_t i = 0; abi->bits == 64 && i < cordon_syscall_count(abi); i++) {
        struct cordon_syscall call = cordon_syscall(abi, cordon_syscall_nth(abi, i));
        uint32_t words =
            cordon_model_words(checker->input->model, verdicts_of(checker, abi, call.nr));
        for (unsigned arg = 0; arg < call.arg_count; arg++)
            check_argument(checker, &call, arg, words);
    }
}

/* ---- order ---- */

static bool is_ordered(const struct cordon_cond *cond)
{
    return cond->whole && !cond->mask && cond->span_count == 1 && cond->form >= CORDON_COND_LT &&
           cond->form <= CORDON_COND_GE && cond->operand < CORDON_ARGS &&
           cond->spans[0].first->form == CORDON_EXPR_NUMBER &&
           cond->spans[0].first->number < 0x80000000u;
}

/* Descriptors are left out: a negative one is of no use. */
static void check_order(const struct checker *checker, const struct cordon_rule *rule,
                        const struct cordon_cond *cond)
{
    if (cond->form <= CORDON_COND_NOT) {
        check_order(checker, rule, cond->left);
        if (cond->form != CORDON_COND_NOT)
            check_order(checker, rule, cond->right);
        return;
    }
    struct cordon_syscall call = cordon_syscall(checker->abi, rule->id);
    if (!is_ordered(cond) || call.nr == CORDON_NO_NR || cond->operand >= call.arg_count)
        return;
    const struct cordon_arg *arg = &call.args[cond->operand];
    if (cordon_arg_signed(arg) && cordon_arg_bits(checker->abi, arg) == 32 &&
        arg->kind != CORDON_KIND_FD)
        tell(checker, CORDON_LINT_SIGNED_COMPARISON, cond->place,
             "decide negative numbers in a rule of their own",
             "%s: %s is signed, this comparison isn't: -1 counts as a large number", call.name,
             arg->name);
}

void check_orders(struct checker *checker)
{
    const struct cordon_policy *policy = checker->input->policy;
    if (!policy)
        return;
    checker->abi = cordon_abi(policy->abis[0]);
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if (policy->rules[i].cond && policy->rules[i].form == CORDON_CALL_NAME)
            check_order(checker, &policy->rules[i], policy->rules[i].cond);
    checker->abi = NULL;
}
