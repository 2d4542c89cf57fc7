/* SPDX-License-Identifier: MIT */
/*
 * lift.c: makes the decision graph of a program.
 *
 * A run of tests on one term (all the comparisons of the number, say) is walked with the set of
 * values that are possible there, and becomes one switch. Where the run ends, at a test of another
 * term or at a return, another graph begins, which is remembered by position and live state.
 */
#include "cordon/lift.h"

#include <string.h>

#include "arrivals.h"
#include "state.h"

#define MAX_DEPTH   2500u
#define MAX_VISITS  (UINT64_C(1) << 24) /* instructions executed symbolically */
#define MAX_ENTRIES (1u << 21)          /* graphs remembered */

/* A cached graph. Scratch words are stored separately, because they are seldom used. */
struct entry {
    uint32_t hash;
    uint32_t insn; /* + 1; 0: free */
    cordon_term a, x;
    bool has_scratch; /* some are live: */
    uint32_t row;     /* their position */
    cordon_node node;
};

struct lifter {
    struct cordon_model *model;
    const struct cordon_program *program;
    const struct cordon_allocator *allocator;
    enum cordon_error error;
    uint32_t *live;
    uint64_t visits;
    struct entry *entries;
    size_t entry_count, entry_room; /* capacity: a power of two */
    cordon_term (*rows)[CORDON_SCRATCH];
    size_t row_count, row_room;
    struct cordon_interval *values; /* a stack of sets */
    size_t value_room;
    struct arrival *arrivals; /* a stack of switches under construction */
    size_t arrival_count, arrival_room;
};

static bool fail(struct lifter *lifter, enum cordon_error why)
{
    if (!lifter->error)
        lifter->error = why;
    return false;
}

static bool grow(struct lifter *lifter, void **array, size_t *room, size_t size, size_t need)
{
    return cordon_array_grow(lifter->allocator, array, room, size, need) ||
           fail(lifter, CORDON_E_NO_MEMORY);
}

/* ---- remembered results ---- */

static struct entry make_key(const struct lifter *lifter, uint32_t at, const struct state *state)
{
    bool scratch = lifter->live[at] & LIVE_M;
    uint32_t hash = (at + 1) * 0x9e3779b1u ^ state->a * 0x85ebca6bu ^ state->x * 0xc2b2ae35u;
    for (uint32_t i = 0; scratch && i < CORDON_SCRATCH; i++)
        hash = (hash ^ state->m[i]) * 0x27d4eb2fu + (hash >> 15);
    return (struct entry){.hash = hash ^ hash >> 15,
                          .insn = at + 1,
                          .a = state->a,
                          .x = state->x,
                          .has_scratch = scratch};
}

/* The slot with the graph of a state, or a free slot for it. */
static struct entry *find_entry(const struct lifter *lifter, const struct entry *key,
                                const struct state *state)
{
    for (size_t at = key->hash;; at++) {
        struct entry *entry = &lifter->entries[at & (lifter->entry_room - 1)];
        if (!entry->insn)
            return entry;
        if (entry->hash == key->hash && entry->insn == key->insn && entry->a == key->a &&
            entry->x == key->x &&
            (!key->has_scratch || !memcmp(lifter->rows[entry->row], state->m, sizeof state->m)))
            return entry;
    }
}

static bool make_entries(struct lifter *lifter, size_t room)
{
    struct entry *old = lifter->entries;
    size_t old_room = lifter->entry_room, size = room * sizeof *old;
    struct entry *entries = lifter->allocator->resize(lifter->allocator->context, NULL, 0, size);
    if (!entries)
        return fail(lifter, CORDON_E_NO_MEMORY);
    memset(entries, 0, size);
    lifter->entries = entries;
    lifter->entry_room = room;
    for (size_t i = 0; i < old_room; i++) {
        size_t at = old[i].hash & (room - 1);
        while (old[i].insn && entries[at].insn)
            at = (at + 1) & (room - 1);
        if (old[i].insn)
            entries[at] = old[i];
    }
    if (old)
        lifter->allocator->resize(lifter->allocator->context, old, old_room * sizeof *old, 0);
    return true;
}

static void remember(struct lifter *lifter, struct entry entry, const struct state *state,
                     cordon_node node)
{
    if (lifter->entry_count == MAX_ENTRIES)
        fail(lifter, CORDON_E_BUDGET);
    if (lifter->error || (lifter->entry_count * 2 >= lifter->entry_room &&
                          !make_entries(lifter, lifter->entry_room * 2)))
        return;
    struct entry *slot = find_entry(lifter, &entry, state);
    if (entry.has_scratch) {
        if (!grow(lifter, (void **)&lifter->rows, &lifter->row_room, sizeof *lifter->rows,
                  lifter->row_count + 1))
            return;
        memcpy(lifter->rows[lifter->row_count], state->m, sizeof state->m);
        entry.row = (uint32_t)lifter->row_count++;
    }
    entry.node = node;
    *slot = entry;
    lifter->entry_count++;
}

/* ---- one path ---- */

/* What ends a straight run of instructions. */
enum stop { STOP_RETURN, STOP_TEST, STOP_DIVISION };

struct halt {
    enum stop stop;
    struct cordon_test test;    /* TEST: the term that is tested, and the number of intervals */
    struct condition condition; /* if there is one interval: its ends */
};

static bool in_intervals(const struct cordon_test *test, uint32_t value)
{
    for (uint32_t i = 0; i < test->count; i++)
        if (test->intervals[i].first <= value && value <= test->intervals[i].last)
            return true;
    return false;
}

/* Is the outcome the same for every call? Then *yes is set to it. */
static bool depends(const struct cordon_model *model, const struct cordon_test *test, bool *yes)
{
    struct cordon_term_view view = cordon_model_term_view(model, test->base);
    bool all =
        test->count == 1 && test->intervals[0].first == 0 && test->intervals[0].last == UINT32_MAX;
    bool constant = view.op == CORDON_TERM_CONSTANT;
    *yes = all || (constant && in_intervals(test, view.value & test->mask));
    return test->count > 0 && !all && !constant;
}

/* A conditional jump: taken at once if its outcome is known. */
static bool settle_branch(struct lifter *lifter, struct state *state, uint32_t *at,
                          struct halt *halt)
{
    const struct cordon_insn *insn = &lifter->program->insns[*at];
    if (insn->jt == insn->jf) {
        *at += 1u + insn->jt;
        return true;
    }
    struct condition condition = ask(lifter->model, state, insn);
    struct cordon_interval interval = {condition.first, condition.last};
    struct cordon_test test = {condition.term, UINT32_MAX, &interval, 1};
    if (condition.term >= CORDON_WORDS)
        test = cordon_model_test(lifter->model, condition.term, condition.first, condition.last);
    if (test.base == CORDON_TERM_NONE)
        return fail(lifter, CORDON_E_BUDGET);
    bool yes;
    if (!depends(lifter->model, &test, &yes)) {
        *at += 1u + (yes ? insn->jt : insn->jf);
        return true;
    }
    if (test.count == 1) {
        condition.first = test.intervals[0].first;
        condition.last = test.intervals[0].last;
    }
    test.intervals = NULL; /* borrowed until the next operation on the graph */
    *halt = (struct halt){STOP_TEST, test, condition};
    return false;
}

static bool divides_by_term(const struct lifter *lifter, const struct state *state,
                            const struct cordon_insn *insn)
{
    return insn->code == CORDON_OP_DIV_X &&
           cordon_model_term_view(lifter->model, state->x).op != CORDON_TERM_CONSTANT;
}

/* Runs until a result depends on the call. false: an error was recorded. */
static bool run_straight(struct lifter *lifter, struct state *state, uint32_t *at,
                         struct halt *halt)
{
    for (;;) {
        const struct cordon_insn *insn = &lifter->program->insns[*at];
        if (lifter->error || cordon_model_status(lifter->model))
            return fail(lifter, CORDON_E_BUDGET);
        if (++lifter->visits > MAX_VISITS)
            return fail(lifter, CORDON_E_BUDGET);
        if (cordon_opcode_is_branch(insn->code)) {
            if (!settle_branch(lifter, state, at, halt))
                return !lifter->error;
        } else if (insn->code == CORDON_OP_JA) {
            *at += 1 + insn->k;
        } else if (insn->code == CORDON_OP_RET_K || insn->code == CORDON_OP_RET_A) {
            halt->stop = STOP_RETURN;
            return true;
        } else if (insn->code == CORDON_OP_DIV_X && divides_by_term(lifter, state, insn)) {
            halt->stop = STOP_DIVISION;
            return true;
        } else if (insn->code == CORDON_OP_DIV_X &&
                   cordon_model_term_view(lifter->model, state->x).value == 0) {
            halt->stop = STOP_RETURN; /* of 0 */
            return true;
        } else {
            execute(lifter->model, state, insn);
            ++*at;
        }
    }
}

static cordon_node lift_at(struct lifter *lifter, uint32_t at, struct state state, uint32_t depth);

/* ---- a run of tests on one term ---- */

/* Values on the stack from `start` on: ascending intervals. */
struct set {
    size_t start;
    uint32_t count;
};

/*
 * Cuts first … last out of a set: `inside` is a new set after it, `set` keeps the rest. The stack
 * has room for one more interval between them, since a hole splits one interval into two.
 */
static bool cut(struct lifter *lifter, struct set *set, uint32_t first, uint32_t last,
                struct set *inside)
{
    size_t need = set->start + 2 * (size_t)set->count + 2;
    if (!grow(lifter, (void **)&lifter->values, &lifter->value_room, sizeof *lifter->values, need))
        return false;
    struct cordon_interval *values = lifter->values + set->start;
    struct cordon_interval *to = values + set->count + 1;
    uint32_t low = 0, high = set->count;
    while (low < high) { /* the first interval that doesn't end before `first` */
        uint32_t middle = (low + high) / 2;
        if (values[middle].last < first)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t from = low, count = 0;
    for (; low < set->count && values[low].first <= last; low++)
        to[count++] = values[low];
    *inside = (struct set){set->start + set->count + 1, count};
    if (count == 0)
        return true;
    struct cordon_interval left = {to[0].first, first - 1};
    struct cordon_interval right = {last + 1, to[count - 1].last};
    bool has_left = to[0].first<first, has_right = to[count - 1].last> last;
    if (has_left)
        to[0].first = first;
    if (has_right)
        to[count - 1].last = last;
    uint32_t kept = (uint32_t)has_left + has_right;
    /* `to` begins one slot after the set, so growing by one doesn't reach it */
    memmove(values + from + kept, values + low, (set->count - low) * sizeof *values);
    if (has_left)
        values[from] = left;
    if (has_right)
        values[from + has_left] = right;
    set->count = set->count - count + kept;
    return true;
}

static bool arrive(struct lifter *lifter, struct set set, cordon_node to)
{
    if (!grow(lifter, (void **)&lifter->arrivals, &lifter->arrival_room, sizeof *lifter->arrivals,
              lifter->arrival_count + set.count))
        return false;
    for (uint32_t i = 0; i < set.count; i++) {
        struct cordon_interval value = lifter->values[set.start + i];
        lifter->arrivals[lifter->arrival_count++] = (struct arrival){value.first, value.last, to};
    }
    return true;
}

/* Does the path stop at another one-interval test of the same term? */
static bool goes_on(const struct halt *halt, const struct cordon_test *run)
{
    return halt->stop == STOP_TEST && halt->test.count == 1 && halt->test.base == run->base &&
           halt->test.mask == run->mask;
}

static bool follow(struct lifter *lifter, uint32_t at, struct state state,
                   const struct cordon_test *run, struct set set, uint32_t depth)
{
    struct halt halt;
    if (depth > MAX_DEPTH)
        return fail(lifter, CORDON_E_BUDGET);
    for (;;) {
        if (!run_straight(lifter, &state, &at, &halt))
            return false;
        if (!goes_on(&halt, run))
            return arrive(lifter, set, lift_at(lifter, at, state, depth + 1));
        const struct cordon_insn *insn = &lifter->program->insns[at];
        struct set inside;
        if (!cut(lifter, &set, halt.condition.first, halt.condition.last, &inside))
            return false;
        if (inside.count > 0 && set.count > 0 &&
            !follow(lifter, at + 1 + insn->jt, state, run, inside, depth + 1))
            return false;
        if (set.count == 0) { /* all values are inside: they follow the empty set */
            set = inside;
            at += 1u + insn->jt;
        } else {
            at += 1u + insn->jf;
        }
    }
}

/* Makes a switch of the arrivals since `start`. */
static cordon_node join(struct lifter *lifter, const struct cordon_test *run, size_t start)
{
    uint32_t count = (uint32_t)(lifter->arrival_count - start), kept = 0;
    struct arrival *arrivals = lifter->arrivals + start;
    arrivals_sort(arrivals, count);
    size_t size = count * sizeof(struct cordon_edge);
    struct cordon_edge *edges =
        lifter->allocator->resize(lifter->allocator->context, NULL, 0, size);
    lifter->arrival_count = start;
    if (!edges) {
        fail(lifter, CORDON_E_NO_MEMORY);
        return CORDON_NODE_NONE;
    }
    for (uint32_t i = 0; i < count; i++) {
        bool same = kept > 0 && cordon_node_same(edges[kept - 1].to, arrivals[i].to);
        kept += !same;
        edges[kept - 1] = (struct cordon_edge){arrivals[i].last, arrivals[i].to};
    }
    cordon_node made = cordon_model_switch(lifter->model, run->base, run->mask, edges, kept);
    lifter->allocator->resize(lifter->allocator->context, edges, size, 0);
    return made;
}

/* ---- graphs ---- */

/* Follows all values of the term from here on. Runs nest; each has its own part of the stack. */
static cordon_node lift_run(struct lifter *lifter, uint32_t at, struct state state,
                            const struct cordon_test *run, uint32_t depth)
{
    struct cordon_interval *outer = lifter->values;
    size_t outer_room = lifter->value_room, start = lifter->arrival_count;
    struct cordon_interval *values = NULL;
    cordon_node node = CORDON_NODE_NONE;
    lifter->values = NULL;
    lifter->value_room = 0;
    if (grow(lifter, (void **)&lifter->values, &lifter->value_room, sizeof *lifter->values, 64)) {
        lifter->values[0] = (struct cordon_interval){0, UINT32_MAX};
        if (follow(lifter, at, state, run, (struct set){0, 1}, depth))
            node = join(lifter, run, start);
    }
    values = lifter->values;
    if (values)
        lifter->allocator->resize(lifter->allocator->context, values,
                                  lifter->value_room * sizeof *values, 0);
    lifter->values = outer;
    lifter->value_room = outer_room;
    return node;
}

/* A test for several intervals, or a division by a term that may be 0. */
static cordon_node lift_choice(struct lifter *lifter, uint32_t at, struct state state,
                               const struct halt *halt, uint32_t depth)
{
    const struct cordon_insn *insn = &lifter->program->insns[at];
    if (halt->stop == STOP_DIVISION) {
        cordon_term by = state.x;
        state.a = cordon_model_term(lifter->model, CORDON_TERM_DIV, state.a, by);
        cordon_node rest = lift_at(lifter, at + 1, state, depth + 1);
        return cordon_model_term_range(lifter->model, by, 0, 0, cordon_model_leaf(lifter->model, 0),
                                       rest);
    }
    cordon_node yes = lift_at(lifter, at + 1 + insn->jt, state, depth + 1);
    cordon_node no = lift_at(lifter, at + 1 + insn->jf, state, depth + 1);
    return cordon_model_term_range(lifter->model, halt->condition.term, halt->condition.first,
                                   halt->condition.last, yes, no);
}

static cordon_node lift_return(struct lifter *lifter, uint32_t at, const struct state *state)
{
    const struct cordon_insn *insn = &lifter->program->insns[at];
    if (insn->code == CORDON_OP_RET_A)
        return cordon_model_computed(lifter->model, state->a);
    return cordon_model_leaf(lifter->model, insn->code == CORDON_OP_RET_K ? insn->k : 0);
}

static cordon_node lift_at(struct lifter *lifter, uint32_t at, struct state state, uint32_t depth)
{
    struct halt halt;
    if (depth > MAX_DEPTH)
        fail(lifter, CORDON_E_BUDGET);
    if (lifter->error || !run_straight(lifter, &state, &at, &halt))
        return CORDON_NODE_NONE;
    if (halt.stop == STOP_RETURN)
        return lift_return(lifter, at, &state);
    forget_dead(&state, lifter->live[at]);
    struct entry key = make_key(lifter, at, &state);
    const struct entry *known = find_entry(lifter, &key, &state);
    if (known->insn)
        return known->node;
    cordon_node node = halt.stop == STOP_TEST && halt.test.count == 1
                           ? lift_run(lifter, at, state, &halt.test, depth)
                           : lift_choice(lifter, at, state, &halt, depth);
    remember(lifter, key, &state, node);
    return node;
}

/* ---- the whole ---- */

static void release(struct lifter *lifter, void *memory, size_t size)
{
    if (memory)
        lifter->allocator->resize(lifter->allocator->context, memory, size, 0);
}

static cordon_node lift_program(struct lifter *lifter)
{
    size_t size = lifter->program->length * sizeof *lifter->live;
    struct state state = {.a = cordon_model_constant(lifter->model, 0)};
    cordon_node node = CORDON_NODE_NONE;
    state.x = state.a;
    for (uint32_t i = 0; i < CORDON_SCRATCH; i++)
        state.m[i] = CORDON_TERM_NONE;
    lifter->live = lifter->allocator->resize(lifter->allocator->context, NULL, 0, size);
    if (!lifter->live) {
        fail(lifter, CORDON_E_NO_MEMORY);
    } else if (make_entries(lifter, 64)) {
        find_live(lifter->program, lifter->live);
        node = lift_at(lifter, 0, state, 0);
    }
    release(lifter, lifter->live, size);
    release(lifter, lifter->entries, lifter->entry_room * sizeof *lifter->entries);
    release(lifter, lifter->rows, lifter->row_room * sizeof *lifter->rows);
    release(lifter, lifter->arrivals, lifter->arrival_room * sizeof *lifter->arrivals);
    return node;
}

enum cordon_error cordon_lift(cordon_node *node, struct cordon_model *model,
                              const struct cordon_program *program,
                              const struct cordon_allocator *allocator, struct cordon_diag *diag)
{
    struct lifter lifter = {.model = model,
                            .program = program,
                            .allocator = allocator ? allocator : &cordon_allocator_libc};
    cordon_node made = lift_program(&lifter);
    enum cordon_error status = cordon_model_status(model);
    if (status && !lifter.error) /* after giving up, the graph has received invalid nodes */
        lifter.error = status;
    if (lifter.error)
        return cordon_diag_set(diag, lifter.error, "the filter's graph: %s",
                               cordon_error_text(lifter.error));
    *node = made;
    return CORDON_OK;
}
