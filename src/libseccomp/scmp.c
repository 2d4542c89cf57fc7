/* SPDX-License-Identifier: MIT */
/* scmp.c: how libseccomp combines rules. */
#include "scmp.h"

#include <string.h>

/* A rule as it was added. `selector`: it is about a multiplexer, whose argument 0 must have this
 * value. */
struct scmp_entry {
    struct scmp_entry *next;
    const struct scmp_arg *args;
    uint8_t count;
    bool multiplexed;
    uint32_t selector;
    uint32_t abis;
    uint32_t action;
    struct cordon_place place;
    bool reported; /* sorted out: it never decides */
};

/* A multiplexer that can make a call, on one ABI. */
struct scmp_way {
    enum cordon_abi_id abi;
    uint16_t id, through;
    uint32_t selector;
};

/* Comparisons of one level, tried in turn. One that holds leads to the level below it, or to its
 * action. */
struct level {
    struct scmp_arg arg;
    bool decides;
    uint32_t action;
    struct cordon_place place;
    struct level *below, *next;
};

struct joiner {
    struct scmp *scmp;
    const struct cordon_abi *abi;
    uint16_t id;
    bool wide;  /* 64-bit comparisons */
    bool whole; /* a rule without comparisons was added: */
    uint32_t action;
    struct cordon_place place;
    struct level *top;
    uint32_t count; /* of rules with comparisons */
};

static void *take(struct scmp *scmp, size_t size)
{
    struct cordon_tree *tree = scmp->tree;
    void *memory = tree->policy ? cordon_arena_alloc(&tree->policy->arena, size) : NULL;
    if (!memory && !tree->error)
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
    return memory;
}

/* Their ids are looked up once, because their names are searched for. */
static void find_ways(struct scmp *scmp)
{
    uint32_t most = 0;
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++)
        most += scmp->abis >> abi & 1 ? cordon_subcall_count(cordon_abi(abi)) : 0;
    scmp->ways = take(scmp, most * sizeof *scmp->ways);
    for (int abi = 0; abi < CORDON_ABI_COUNT && scmp->ways && scmp->reached; abi++) {
        uint32_t count = scmp->abis >> abi & 1 ? cordon_subcall_count(cordon_abi(abi)) : 0;
        for (uint32_t i = 0; i < count; i++) {
            struct cordon_subcall call = cordon_subcall_nth(cordon_abi(abi), i);
            if (call.id == CORDON_NO_ID)
                continue;
            scmp->reached[call.id] |= UINT32_C(1) << abi;
            scmp->ways[scmp->way_count++] = (struct scmp_way){(enum cordon_abi_id)abi, call.id,
                                                              call.multiplexer, call.selector};
        }
    }
}

void scmp_begin(struct scmp *scmp, struct cordon_tree *tree, uint32_t abis, scmp_report *report)
{
    size_t ids = cordon_syscall_id_count();
    abis |= UINT32_C(1) << tree->host->id;
    *scmp = (struct scmp){.tree = tree, .report = report, .abis = abis};
    scmp->first = take(scmp, ids * sizeof *scmp->first);
    scmp->last = take(scmp, ids * sizeof *scmp->last);
    scmp->order = take(scmp, ids * sizeof *scmp->order);
    scmp->reached = take(scmp, ids * sizeof *scmp->reached);
    find_ways(scmp);
    cordon_tree_abi(tree, tree->host->id); /* the first one is the one that questions are about */
    for (int id = 0, i = 0; id < CORDON_ABI_COUNT; id++)
        if (abis >> id & 1) {
            cordon_tree_abi(tree, (enum cordon_abi_id)id);
            scmp->numbers[i++] = cordon_syscall_numbers(cordon_abi(id));
        }
    cordon_tree_bad_arch(tree, (uint32_t)CORDON_KILL_THREAD, (struct cordon_place){0});
}

bool scmp_is_multiplexed(const struct cordon_abi *abi, uint16_t id)
{
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++)
        if (cordon_subcall_nth(abi, i).id == id)
            return true;
    return false;
}

/* ---- adding ---- */

static void append(struct scmp *scmp, uint16_t id, const struct scmp_entry *entry)
{
    struct scmp_entry *own = take(scmp, sizeof *own);
    if (!own || !scmp->order)
        return;
    *own = *entry;
    if (scmp->last[id]) {
        scmp->last[id]->next = own;
    } else {
        scmp->first[id] = own;
        scmp->order[scmp->order_count++] = id;
    }
    scmp->last[id] = own;
}

/* On the ABIs where a multiplexer can make the call, the rule also applies to the multiplexer. */
static void append_ways(struct scmp *scmp, uint16_t id, struct scmp_entry entry)
{
    for (uint32_t i = 0; i < scmp->way_count; i++) {
        const struct scmp_way *way = &scmp->ways[i];
        if (way->id != id)
            continue;
        entry.multiplexed = true;
        entry.selector = way->selector;
        entry.abis = UINT32_C(1) << way->abi;
        append(scmp, way->through, &entry);
    }
}

static struct scmp_arg *sorted(struct scmp *scmp, const struct scmp_arg *args, unsigned count)
{
    struct scmp_arg *own = take(scmp, count * sizeof *own);
    for (unsigned i = 0; own && i < count; i++) {
        unsigned at = i;
        for (; at > 0 && own[at - 1].index > args[i].index; at--)
            own[at] = own[at - 1];
        own[at] = args[i];
    }
    return own;
}

void scmp_add(struct scmp *scmp, uint16_t id, const struct scmp_arg *args, unsigned count,
              uint32_t action, struct cordon_place place)
{
    const struct scmp_arg *own = count ? sorted(scmp, args, count) : NULL;
    if (scmp->tree->error)
        return;
    struct scmp_entry entry = {
        .args = own, .count = (uint8_t)count, .abis = scmp->abis, .action = action, .place = place};
    if (scmp->direct)
        entry.abis &= ~scmp->reached[id];
    append(scmp, id, &entry);
    if (scmp->reached[id] && !scmp->direct)
        append_ways(scmp, id, entry);
}

/* ---- joining: the rules of one call on one ABI ---- */

/* 3: tried first. */
static int rank_of_op(unsigned op)
{
    return op == SCMP_LT || op == SCMP_LE ? 2 : op == SCMP_GT || op == SCMP_GE ? 1 : 3;
}

/* Words are compared one by one, the upper first; a mask can make that one superfluous. */
static bool has_upper(const struct joiner *joiner, const struct scmp_arg *arg)
{
    return joiner->wide && (arg->op != SCMP_MASKED_EQ || arg->mask >> 32);
}

static bool is_same(const struct scmp_arg *a, const struct scmp_arg *b)
{
    return a->index == b->index && a->op == b->op && a->value == b->value && a->mask == b->mask;
}

/* The value that the first compared word is compared with. */
static uint64_t first_value(const struct joiner *joiner, const struct scmp_arg *arg)
{
    return has_upper(joiner, arg) ? arg->value >> 32 : (uint32_t)arg->value;
}

/* Is `a` tried after `b`? In the order of libseccomp 2.5; 2.6 compares all upper words first,
 * then the lower ones. */
static bool comes_after(const struct joiner *joiner, const struct scmp_arg *a,
                        const struct scmp_arg *b)
{
    int a_rank = rank_of_op(a->op), b_rank = rank_of_op(b->op);
    if (a->index != b->index)
        return a->index < b->index;
    if (a_rank != b_rank)
        return a_rank < b_rank;
    /* if the first words are equal, the second ones decide */
    uint64_t a_value = first_value(joiner, a), b_value = first_value(joiner, b);
    if (a_value == b_value && a->mask == b->mask) {
        a_value = a->value;
        b_value = b->value;
    }
    return a_rank == 2 ? a_value > b_value : a_value < b_value;
}

static bool all_decide(const struct level *level, uint32_t action)
{
    for (; level; level = level->next)
        if (level->decides ? level->action != action : !all_decide(level->below, action))
            return false;
    return true;
}

static void report(struct joiner *joiner, enum scmp_fault fault, struct cordon_place place)
{
    joiner->scmp->report(joiner->scmp->tree, fault, joiner->id, place);
}

static struct level *new_level(struct joiner *joiner, const struct scmp_arg *args, unsigned count,
                               const struct scmp_entry *entry)
{
    struct level *top = NULL;
    for (unsigned i = count; i-- > 0;) {
        struct level *level = take(joiner->scmp, sizeof *level);
        if (!level)
            return NULL;
        *level = (struct level){.arg = args[i], .below = top, .place = entry->place};
        level->decides = !top;
        level->action = entry->action;
        top = level;
    }
    return top;
}

/* Adds comparisons below a level. */
static void insert(struct joiner *joiner, struct level **level, const struct scmp_arg *args,
                   unsigned count, const struct scmp_entry *entry)
{
    while (*level && !is_same(&(*level)->arg, &args[0]) &&
           !comes_after(joiner, &(*level)->arg, &args[0]))
        level = &(*level)->next;
    struct level *here = *level;
    if (!here || !is_same(&here->arg, &args[0])) {
        struct level *made = new_level(joiner, args, count, entry);
        if (made) {
            made->next = here;
            *level = made;
        }
    } else if (count > 1) {
        if (!here->decides) /* otherwise the shorter rule decides already */
            insert(joiner, &here->below, args + 1, count - 1, entry);
    } else if (here->decides ? here->action != entry->action
                             : !all_decide(here->below, entry->action)) {
        report(joiner, SCMP_CONTRADICTION, entry->place);
    } else if (!here->decides) {
        here->decides = true;
        here->action = entry->action;
        here->place = entry->place;
        here->below = NULL;
    }
}

/* The comparisons as this ABI makes them; returns how many remain. */
static unsigned narrow(const struct joiner *joiner, const struct scmp_entry *entry,
                       struct scmp_arg args[CORDON_ARGS + 1])
{
    unsigned count = 0;
    if (entry->multiplexed)
        args[count++] = (struct scmp_arg){0, SCMP_EQ, entry->selector, 0};
    for (unsigned i = 0; i < entry->count; i++) {
        struct scmp_arg arg = entry->args[i];
        uint64_t bits = joiner->wide ? UINT64_MAX : UINT32_MAX;
        if (entry->multiplexed && arg.index == 0)
            continue;
        arg.mask &= bits;
        arg.value &= arg.op == SCMP_MASKED_EQ ? arg.mask : bits;
        if (arg.op == SCMP_MASKED_EQ && !arg.mask)
            continue;
        args[count++] = arg;
    }
    return count;
}

static void join(struct joiner *joiner, struct scmp_entry *entry)
{
    struct scmp_arg args[CORDON_ARGS + 1];
    unsigned count = narrow(joiner, entry, args);
    if (joiner->whole) {
        if (joiner->action != entry->action && !entry->multiplexed && !entry->reported)
            report(joiner, SCMP_NEVER_DECIDES, entry->place);
        entry->reported = true;
    } else if (count && joiner->count++ == SCMP_MAX_RULES) {
        report(joiner, SCMP_TOO_MANY_RULES, entry->place);
    } else if (count) {
        insert(joiner, &joiner->top, args, count, entry);
    } else {
        joiner->whole = true;
        joiner->action = entry->action;
        joiner->place = entry->place;
        joiner->top = NULL;
    }
}

/* ---- into the tree ---- */

/* By number where a name would include calls through the multiplexer: libseccomp has its own
 * rules for these. */
static void put(struct joiner *joiner, const struct cordon_cond *cond, uint32_t action,
                struct cordon_place place)
{
    uint32_t bit = UINT32_C(1) << joiner->abi->id;
    uint32_t nr = cordon_syscall_nr(joiner->abi, joiner->id);
    if (joiner->scmp->reached[joiner->id] & bit)
        cordon_tree_numbers(joiner->scmp->tree, bit, nr, nr, cond, action, place);
    else
        cordon_tree_call(joiner->scmp->tree, bit, joiner->id, cond, action, place);
}

static const struct cordon_cond *compare(struct joiner *joiner, const struct level *level)
{
    static const enum cordon_cond_form forms[] = {
        [SCMP_NE] = CORDON_COND_NE,       [SCMP_LT] = CORDON_COND_LT, [SCMP_LE] = CORDON_COND_LE,
        [SCMP_EQ] = CORDON_COND_EQ,       [SCMP_GE] = CORDON_COND_GE, [SCMP_GT] = CORDON_COND_GT,
        [SCMP_MASKED_EQ] = CORDON_COND_EQ};
    struct cordon_tree *tree = joiner->scmp->tree;
    const struct scmp_arg *arg = &level->arg;
    bool masked = arg->op == SCMP_MASKED_EQ;
    const struct cordon_expr *mask = NULL;
    if (masked || !joiner->wide)
        mask = cordon_tree_number(tree, masked ? arg->mask : UINT32_MAX, level->place);
    return cordon_tree_compare(tree, forms[arg->op], arg->index, true, mask,
                               cordon_tree_number(tree, arg->value, level->place), level->place);
}

static void put_levels(struct joiner *joiner, const struct level *level,
                       const struct cordon_cond *above)
{
    for (; level && !joiner->scmp->tree->error; level = level->next) {
        const struct cordon_cond *cond =
            cordon_tree_and(joiner->scmp->tree, above, compare(joiner, level));
        if (level->decides)
            put(joiner, cond, level->action, level->place);
        else
            put_levels(joiner, level->below, cond);
    }
}

static void join_on(struct scmp *scmp, uint16_t id, const struct cordon_abi *abi)
{
    /* x32 passes 64-bit registers, but libseccomp treats it as a 32-bit ABI */
    bool wide = abi->bits == 64 && abi->id != CORDON_ABI_X32 && abi->id != CORDON_ABI_MIPS64N32 &&
                abi->id != CORDON_ABI_MIPSEL64N32;
    struct joiner joiner = {.scmp = scmp, .abi = abi, .id = id, .wide = wide};
    for (struct scmp_entry *entry = scmp->first[id]; entry && !scmp->tree->error;
         entry = entry->next)
        if (entry->abis >> abi->id & 1)
            join(&joiner, entry);
    if (joiner.whole)
        put(&joiner, NULL, joiner.action, joiner.place);
    else
        put_levels(&joiner, joiner.top, NULL);
}

/* The ABIs that have the call. */
static uint32_t abis_with(const struct scmp *scmp, uint16_t id)
{
    uint32_t abis = 0;
    for (uint32_t left = scmp->abis, i = 0; left; left &= left - 1)
        if (scmp->numbers[i++][id] != CORDON_NO_NR)
            abis |= left & -left;
    return abis;
}

static void end_call(struct scmp *scmp, uint16_t id)
{
    const struct scmp_entry *first = scmp->first[id];
    uint32_t abis = abis_with(scmp, id);
    if (!first->next && !first->count && first->abis == scmp->abis && !scmp->reached[id]) {
        if (abis) /* one rule for all, as most are */
            cordon_tree_call(scmp->tree, abis, id, NULL, first->action, first->place);
        return;
    }
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++)
        if (abis >> abi & 1)
            join_on(scmp, id, cordon_abi(abi));
}

void scmp_end(struct scmp *scmp)
{
    uint32_t x86_64 = UINT32_C(1) << CORDON_ABI_X86_64, x32 = UINT32_C(1) << CORDON_ABI_X32;
    for (uint32_t i = 0; i < scmp->order_count && !scmp->tree->error; i++)
        end_call(scmp, scmp->order[i]);
    /* its guard against x32 is "not below bit 30", except -1, the number with which tracers skip
     * calls */
    scmp->tree->origin = "libseccomp's guard against x32";
    if (scmp->abis & x86_64 && !(scmp->abis & x32))
        cordon_tree_numbers(scmp->tree, x86_64, 0x80000000u, UINT32_MAX - 1, NULL,
                            (uint32_t)CORDON_KILL_THREAD, (struct cordon_place){0});
    scmp->tree->origin = NULL;
}
