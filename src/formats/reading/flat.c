/* SPDX-License-Identifier: MIT */
/* flat.c: turns rules about numbers and registers into rules of a policy. */
#include "flat.h"

void flat_begin(struct flat *flat, struct cordon_tree *tree)
{
    *flat = (struct flat){.tree = tree};
}

void flat_add(struct flat *flat, const struct flat_rule *rule)
{
    if (flat->tree->error)
        return;
    if (cordon_array_grow(flat->tree->allocator, (void **)&flat->rules, &flat->room,
                          sizeof *flat->rules, flat->count + 1u))
        flat->rules[flat->count++] = *rule;
    else
        cordon_tree_error(flat->tree, CORDON_E_NO_MEMORY, rule->place, NULL, "out of memory");
}

/* ---- registers beyond the arguments ---- */

static unsigned last_argument(const struct cordon_cond *cond)
{
    if (!cond)
        return 0;
    if (cond->form == CORDON_COND_NOT)
        return last_argument(cond->left);
    if (cond->form != CORDON_COND_AND && cond->form != CORDON_COND_OR)
        return cond->operand;
    unsigned left = last_argument(cond->left), right = last_argument(cond->right);
    return left > right ? left : right;
}

/* The ABIs of a rule on which it tests more registers than the call has arguments. */
static uint32_t beyond_arguments(const struct flat_rule *rule)
{
    uint32_t abis = 0;
    unsigned last = last_argument(rule->cond);
    for (int id = 0; rule->cond && id < CORDON_ABI_COUNT; id++) {
        struct cordon_syscall call = cordon_syscall(cordon_abi(id), rule->id);
        bool has = call.nr != CORDON_NO_NR && rule->abis >> id & 1;
        if (has && last < CORDON_ARGS && last >= call.arg_count)
            abis |= UINT32_C(1) << id;
    }
    return abis;
}

/* On ABIs where it tests more registers than the call has arguments, a rule is written by number.
 * A rule for all ABIs without such ones keeps its 0. */
static void add_call(struct cordon_tree *tree, struct flat_rule rule)
{
    uint32_t requested = rule.abis;
    rule.abis = requested ? requested : FLAT_ALL_ABIS;
    uint32_t beyond = beyond_arguments(&rule);
    if (beyond >> tree->host->id & 1)
        cordon_tree_warn(tree, CORDON_LINT_UNUSED_ARGUMENT, rule.place, NULL,
                         "%s has fewer arguments: this compares an unused register",
                         cordon_syscall_name(rule.id));
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (beyond >> id & 1) {
            uint32_t nr = cordon_syscall_nr(cordon_abi(id), rule.id);
            cordon_tree_numbers(tree, UINT32_C(1) << id, nr, nr, rule.cond, rule.action,
                                rule.place);
        }
    if (rule.abis & ~beyond)
        cordon_tree_call(tree, beyond ? rule.abis & ~beyond : requested, rule.id, rule.cond,
                         rule.action, rule.place);
}

/* ---- multiplexers ---- */

static uint32_t abis_with(uint16_t id)
{
    uint32_t abis = 0;
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++)
        if (cordon_syscall_nr(cordon_abi(abi), id) != CORDON_NO_NR)
            abis |= UINT32_C(1) << abi;
    return abis;
}

/* The ABIs among `abis` on which this rule is about the multiplexer. */
static uint32_t is_about_multiplexer(const struct flat_rule *rule, uint16_t multiplexer,
                                     uint32_t abis)
{
    abis &= rule->abis ? rule->abis : abis;
    if (rule->id != CORDON_NO_ID)
        return rule->id == multiplexer ? abis : 0;
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++) {
        uint32_t nr = cordon_syscall_nr(cordon_abi(abi), multiplexer);
        if (nr < rule->first || nr > rule->last)
            abis &= ~(UINT32_C(1) << abi);
    }
    return abis;
}

/* All rules about a multiplexer come first, up to its default, so that no rule about other calls
 * applies to it. */
static void decide_multiplexer(struct flat *flat, uint16_t multiplexer, uint32_t limit)
{
    uint32_t abis = abis_with(multiplexer) & limit, open = abis;
    for (uint32_t i = 0; i < flat->count; i++) {
        struct flat_rule rule = flat->rules[i];
        rule.abis = is_about_multiplexer(&rule, multiplexer, open);
        if (!rule.abis)
            continue;
        rule.id = multiplexer;
        add_call(flat->tree, rule);
        if (!rule.cond)
            open &= ~rule.abis;
    }
    struct cordon_fallback fallback = flat->tree->policy->fallback;
    if (open)
        cordon_tree_call(flat->tree, open, multiplexer, NULL, fallback.action, fallback.place);
}

static bool is_multiplexer(uint16_t id)
{
    return id == cordon_syscall_id("socketcall", 10) || id == cordon_syscall_id("ipc", 3);
}

/* ---- the whole ---- */

static bool has_x32_numbers(const struct flat *flat)
{
    for (uint32_t i = 0; i < flat->count; i++)
        if (flat->rules[i].id == CORDON_NO_ID && flat->rules[i].last >= CORDON_X32_BIT &&
            flat->rules[i].first <= INT32_MAX)
            return true;
    return false;
}

/* The filter sees x32's calls as numbers that no rule names; this matters if bad_arch has
 * another action. */
static uint32_t name_x32(const struct flat *flat)
{
    struct cordon_tree *tree = flat->tree;
    const struct cordon_policy *policy = tree->policy;
    bool alike = policy->fallback.action == policy->bad_arch.action && !has_x32_numbers(flat);
    if (alike || tree->has_abis || tree->host->id != CORDON_ABI_X86_64)
        return FLAT_ALL_ABIS;
    cordon_tree_abi(tree, CORDON_ABI_X86_64);
    cordon_tree_abi(tree, CORDON_ABI_X32);
    return FLAT_ALL_ABIS & ~(UINT32_C(1) << CORDON_ABI_X32);
}

/* For a tool that compares numbers, x32's numbers and the negative ones above them belong to
 * x86_64. */
static void add_numbers(struct cordon_tree *tree, struct flat_rule rule, uint32_t limit)
{
    const uint32_t x86_64 = UINT32_C(1) << CORDON_ABI_X86_64, x32 = UINT32_C(1) << CORDON_ABI_X32;
    if (limit != FLAT_ALL_ABIS && rule.abis & x86_64 && rule.last >= CORDON_X32_BIT) {
        uint32_t first = rule.first > CORDON_X32_BIT ? rule.first : CORDON_X32_BIT;
        cordon_tree_numbers(tree, x32, first, rule.last, rule.cond, rule.action, rule.place);
        if (rule.first >= CORDON_X32_BIT && rule.last <= INT32_MAX)
            rule.abis &= ~x86_64; /* the negative ones belong to x86_64 if x32 isn't requested */
    }
    if (rule.abis || limit == FLAT_ALL_ABIS)
        cordon_tree_numbers(tree, rule.abis, rule.first, rule.last, rule.cond, rule.action,
                            rule.place);
}

static void write_rules(struct flat *flat)
{
    uint32_t limit = name_x32(flat);
    decide_multiplexer(flat, cordon_syscall_id("socketcall", 10), limit);
    decide_multiplexer(flat, cordon_syscall_id("ipc", 3), limit);
    for (uint32_t i = 0; i < flat->count; i++) {
        struct flat_rule rule = flat->rules[i];
        if (limit != FLAT_ALL_ABIS)
            rule.abis = rule.abis ? rule.abis & limit : limit;
        if (!rule.abis && flat->rules[i].abis)
            continue;
        if (rule.id == CORDON_NO_ID)
            add_numbers(flat->tree, rule, limit);
        else if (!is_multiplexer(rule.id))
            add_call(flat->tree, rule);
    }
}

void flat_free(struct flat *flat)
{
    const struct cordon_allocator *allocator = flat->tree->allocator;
    if (flat->rules)
        allocator->resize(allocator->context, flat->rules, flat->room * sizeof *flat->rules, 0);
}

void flat_end(struct flat *flat)
{
    if (!flat->tree->error)
        write_rules(flat);
    flat_free(flat);
}
