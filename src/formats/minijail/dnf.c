/* SPDX-License-Identifier: MIT */
/*
 * dnf.c: converts conditions to minijail's form: a disjunction of clauses, each a conjunction of
 * comparisons of whole registers.
 *
 * It has no comparison under a mask, but it has "no bit outside of" and "any bit of", so single
 * bits can be tested: (arg & 0xff) == 0x41 is `arg in ~0xbe && arg & 0x40 && arg & 0x1`. Ranges
 * under a mask are cut into blocks of which only the upper bits are tested.
 */
#include "write.h"

#define MAX_ATOMS  100000u /* of one expression */
#define MAX_BITS   4u      /* comparisons of single bits, where there is a choice */
#define MAX_BLOCKS 6u      /* of one comparison: more would be neither readable nor provable */

/* Reports once per condition, which is then abandoned. */
static void refuse_here(struct dnf_builder *builder, struct cordon_place place, const char *why)
{
    struct cordon_obstacle what = at_call(builder->id, UINT32_C(1) << builder->abi->id);
    what.wants_whole = true;
    if (!builder->refused)
        plain_refuse(builder->plain, what, place, "%s", why);
    builder->refused = true;
}

static bool stopped(const struct dnf_builder *builder)
{
    return builder->refused || plain_stops(builder->plain);
}

static void grow(struct dnf_builder *builder, struct dnf *dnf)
{
    uint32_t room = dnf->room ? dnf->room * 2 : 4;
    struct dnf_clause *bigger = cordon_arena_array(&builder->plain->arena, room, sizeof *bigger);
    if (!bigger) {
        plain_no_memory(builder->plain);
        return;
    }
    for (uint32_t i = 0; i < dnf->count; i++)
        bigger[i] = dnf->clauses[i];
    dnf->clauses = bigger;
    dnf->room = room;
}

static void add_clause(struct dnf_builder *builder, struct dnf *dnf, struct dnf_clause clause)
{
    builder->atoms += clause.count + 1;
    if (builder->atoms > MAX_ATOMS)
        refuse_here(builder, builder->place, "a condition with too many alternatives");
    if (dnf->count == dnf->room)
        grow(builder, dnf);
    if (!stopped(builder))
        dnf->clauses[dnf->count++] = clause;
}

/* A clause of the atoms of `first` and those of `more`. */
static struct dnf_clause extend(struct dnf_builder *builder, struct dnf_clause first,
                                const struct dnf_atom *more, uint32_t count)
{
    struct dnf_clause clause = {0};
    if (first.count + count == 0)
        return clause;
    clause.atoms =
        cordon_arena_array(&builder->plain->arena, first.count + count, sizeof *clause.atoms);
    if (!clause.atoms) {
        plain_no_memory(builder->plain);
        return clause;
    }
    for (uint32_t i = 0; i < first.count + count; i++)
        clause.atoms[i] = i < first.count ? first.atoms[i] : more[i - first.count];
    clause.count = first.count + count;
    return clause;
}

static void add_atoms(struct dnf_builder *builder, struct dnf *dnf, const struct dnf_atom *atoms,
                      uint32_t count)
{
    add_clause(builder, dnf, extend(builder, (struct dnf_clause){0}, atoms, count));
}

/* ---- whole registers ---- */

static void add_whole(struct dnf_builder *builder, struct dnf *dnf, const struct plain_test *test)
{
    uint64_t unequal;
    if (plain_is_unequal(test, &unequal)) {
        add_atoms(builder, dnf, &(struct dnf_atom){test->argument, DNF_NE, unequal}, 1);
        return;
    }
    for (uint32_t i = 0; i < test->count && !stopped(builder); i++) {
        struct cordon_wide_interval span = test->spans[i];
        struct dnf_atom atoms[2];
        uint32_t count = 0;
        if (span.first == span.last) {
            atoms[count++] = (struct dnf_atom){test->argument, DNF_EQ, span.first};
        } else {
            if (span.first > 0)
                atoms[count++] = (struct dnf_atom){test->argument, DNF_GE, span.first};
            if (span.last < test->all)
                atoms[count++] = (struct dnf_atom){test->argument, DNF_LE, span.last};
        }
        add_atoms(builder, dnf, atoms, count);
    }
}

/* ---- under a mask ---- */

/* (register & mask) == value, value within mask */
static void add_equal(struct dnf_builder *builder, struct dnf *dnf, const struct plain_test *test,
                      uint64_t mask, uint64_t value)
{
    struct dnf_atom atoms[65];
    uint32_t count = 0;
    if (mask == test->all) {
        atoms[count++] = (struct dnf_atom){test->argument, DNF_EQ, value};
    } else {
        if (mask & ~value)
            atoms[count++] =
                (struct dnf_atom){test->argument, DNF_IN, test->all & ~(mask & ~value)};
        for (unsigned bit = 64; bit-- > 0;)
            if (value >> bit & 1)
                atoms[count++] = (struct dnf_atom){test->argument, DNF_BITS, UINT64_C(1) << bit};
    }
    add_atoms(builder, dnf, atoms, count);
}

/* (register & mask) != value: a bit outside of value is 1, or one of value's is 0. */
static void add_unequal(struct dnf_builder *builder, struct dnf *dnf, const struct plain_test *test,
                        uint64_t value)
{
    if (test->mask & ~value)
        add_atoms(builder, dnf, &(struct dnf_atom){test->argument, DNF_BITS, test->mask & ~value},
                  1);
    for (unsigned bit = 64; bit-- > 0;)
        if (value >> bit & 1)
            add_atoms(builder, dnf,
                      &(struct dnf_atom){test->argument, DNF_IN, test->all & ~(UINT64_C(1) << bit)},
                      1);
}

/* The highest value of mask's bits that isn't above `limit`. */
static uint64_t highest_within(uint64_t mask, uint64_t limit)
{
    uint64_t value = 0;
    for (unsigned bit = 64; bit-- > 0;) {
        uint64_t one = UINT64_C(1) << bit;
        if (!(limit & one))
            continue;
        if (!(mask & one))
            return value | (mask & (one - 1));
        value |= one;
    }
    return value;
}

/* Values first … last of the masked register; both are values that the mask can give. */
static void add_blocks(struct dnf_builder *builder, struct dnf *dnf, const struct plain_test *test,
                       uint64_t first, uint64_t last)
{
    while (!stopped(builder)) {
        if (dnf->count == MAX_BLOCKS) {
            refuse_here(builder, builder->place,
                        "a range within part of a register; minijail compares whole registers");
            return;
        }
        uint64_t low = 0; /* bits of the mask that are free in this block */
        for (;;) {
            uint64_t rest = test->mask & ~low, next = low | (rest & (0 - rest));
            if (next == low || (first & next) || (first | next) > last)
                break;
            low = next;
        }
        add_equal(builder, dnf, test, test->mask & ~low, first);
        if ((first | low) >= last)
            return;
        first = ((first | low) - test->mask) & test->mask; /* the mask's next value */
    }
}

static void add_masked(struct dnf_builder *builder, struct dnf *dnf, const struct plain_test *test)
{
    uint64_t unequal;
    if (plain_is_unequal(test, &unequal) && !(unequal & ~test->mask)) {
        add_unequal(builder, dnf, test, unequal);
        return;
    }
    for (uint32_t i = 0; i < test->count && !stopped(builder); i++) {
        uint64_t first = test->spans[i].first;
        uint64_t last = highest_within(test->mask, test->spans[i].last);
        if (first > 0) {
            uint64_t below = highest_within(test->mask, first - 1);
            if (below == test->mask)
                continue;
            first = (below - test->mask) & test->mask;
        }
        if (first <= last)
            add_blocks(builder, dnf, test, first, last);
    }
}

/* An approximation should at least be readable. */
static bool is_long(const struct dnf_builder *builder, const struct dnf *dnf)
{
    uint32_t atoms = 0;
    for (uint32_t i = 0; i < dnf->count; i++)
        atoms += dnf->clauses[i].count;
    return builder->plain->options->approximation != CORDON_EXACTLY && atoms > MAX_BITS;
}

/* ---- and, or, not ---- */

static struct dnf leaf(struct dnf_builder *builder, const struct cordon_cond *cond, bool negated)
{
    struct dnf dnf = {0};
    struct plain_test test;
    if (!plain_test(builder->plain, builder->abi, builder->id, cond, negated, &test))
        return dnf;
    if (test.argument == CORDON_ARGS) {
        refuse_here(builder, cond->place, "the instruction pointer");
        return dnf;
    }
    if (plain_is_always(&test)) {
        add_clause(builder, &dnf, (struct dnf_clause){0});
        return dnf;
    }
    if (test.mask == test.all)
        add_whole(builder, &dnf, &test);
    else
        add_masked(builder, &dnf, &test);
    if (test.mask == UINT32_MAX && test.mask != test.all && is_long(builder, &dnf))
        refuse_here(builder, cond->place,
                    "a test of all bits of a register of which the kernel reads half");
    return dnf;
}

struct dnf dnf_of(struct dnf_builder *builder, const struct cordon_cond *cond, bool negated)
{
    struct dnf dnf = {0};
    if (stopped(builder))
        return dnf;
    if (cond->form == CORDON_COND_NOT)
        return dnf_of(builder, cond->left, !negated);
    if (cond->form != CORDON_COND_AND && cond->form != CORDON_COND_OR)
        return leaf(builder, cond, negated);
    struct dnf left = dnf_of(builder, cond->left, negated);
    struct dnf right = dnf_of(builder, cond->right, negated);
    if ((cond->form == CORDON_COND_OR) != negated) {
        for (uint32_t i = 0; i < right.count && !stopped(builder); i++)
            add_clause(builder, &left, right.clauses[i]);
        return left;
    }
    for (uint32_t i = 0; i < left.count; i++)
        for (uint32_t j = 0; j < right.count && !stopped(builder); j++)
            add_clause(
                builder, &dnf,
                extend(builder, left.clauses[i], right.clauses[j].atoms, right.clauses[j].count));
    return dnf;
}
