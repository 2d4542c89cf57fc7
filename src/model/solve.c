/* SPDX-License-Identifier: MIT */
/*
 * solve.c: one value for several facts about one term: first <= (x & mask) <= last for some masks.
 *
 * Bits are chosen from the highest down. The state of a fact is whether the bits so far equal those
 * of its first value, of its last, or are strictly between; nothing else about them matters to it.
 * A bit may have to be tried both ways, so a budget limits the time. Facts that share no bits are
 * solved separately.
 */
#include "graph.h"

#define MAX_FACTS     64u /* that share bits */
#define MAX_ALL_FACTS 128u
#define MAX_TRIES     20000u
#define WORK_OF_STEP  16u /* examinations of a fact that cost as much as one step of the graph */

struct search {
    const struct known *known;
    uint32_t count;
    uint32_t wanted;
    uint32_t tries;
};

/* Facts whose bits so far equal those of `first` and of `last`. */
struct tight {
    uint64_t first, last;
};

/* The state after the bit is set to `set`; false: this violates a fact. */
static bool choose_bit(const struct search *search, uint32_t bit, bool set, struct tight *tight)
{
    for (uint32_t i = 0; i < search->count; i++) {
        const struct known *fact = &search->known[i];
        uint64_t flag = UINT64_C(1) << i;
        bool seen = set && fact->mask & bit;
        if (tight->first & flag) {
            if (!seen && fact->interval.first & bit)
                return false;
            if (seen && !(fact->interval.first & bit))
                tight->first &= ~flag;
        }
        if (tight->last & flag) {
            if (seen && !(fact->interval.last & bit))
                return false;
            if (!seen && fact->interval.last & bit)
                tight->last &= ~flag;
        }
    }
    return true;
}

static enum cordon_answer descend(struct search *search, uint32_t bit, struct tight tight,
                                  uint32_t *value)
{
    if (bit == 0 || (tight.first | tight.last) == 0) {
        uint32_t rest = bit ? bit | (bit - 1) : 0; /* the bits not chosen yet are free */
        *value |= search->wanted & rest;
        return CORDON_YES;
    }
    if (++search->tries > MAX_TRIES)
        return CORDON_UNDECIDED;
    bool first = search->wanted & bit;
    struct tight tried = {0, 0};
    bool was_tried = false;
    for (int turn = 0; turn < 2; turn++) {
        bool set = turn ? !first : first;
        struct tight next = tight;
        if (!choose_bit(search, bit, set, &next))
            continue;
        if (was_tried && next.first == tried.first && next.last == tried.last)
            break; /* no fact depends on this bit: the other value ends the same way */
        tried = next;
        was_tried = true;
        uint32_t made = *value | (set ? bit : 0);
        enum cordon_answer answer = descend(search, bit >> 1, next, &made);
        if (answer != CORDON_NO) {
            *value = made;
            return answer;
        }
    }
    return CORDON_NO;
}

uint32_t graph_gather(struct known *known, uint32_t count, uint32_t masks)
{
    uint32_t gathered = 0;
    for (uint32_t i = 0; i < count;) {
        struct known fact = known[i];
        if (fact.mask & masks) {
            known[i] = known[gathered];
            known[gathered] = fact;
            masks |= fact.mask;
            i = ++gathered; /* more facts may share bits with it now */
        } else {
            i++;
        }
    }
    return gathered;
}

/* Solves facts that are connected by shared bits; keeps the other bits of *value. */
static enum cordon_answer solve_group(struct cordon_model *model, const struct known *known,
                                      uint32_t count, uint32_t *value)
{
    if (count > MAX_FACTS)
        return CORDON_UNDECIDED;
    uint64_t all = count == 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
    struct search search = {known, count, *value, 0};
    uint32_t made = 0;
    enum cordon_answer answer = descend(&search, 0x80000000u, (struct tight){all, all}, &made);
    model->steps += (uint64_t)search.tries * count / WORK_OF_STEP;
    if (answer == CORDON_YES)
        *value = made;
    return answer;
}

enum cordon_answer graph_solve(struct cordon_model *model, const struct known *known,
                               uint32_t count, uint32_t wanted, uint32_t *value)
{
    if (count > MAX_ALL_FACTS)
        return CORDON_UNDECIDED;
    struct known trimmed[MAX_ALL_FACTS];
    for (uint32_t i = 0; i < count; i++) {
        trimmed[i] = known[i];
        if (!graph_trim(known[i].mask, &trimmed[i].interval))
            return CORDON_NO;
        graph_narrow(&trimmed[i]);
    }
    for (uint32_t at = 0, size; at < count; at += size) {
        size = graph_gather(trimmed + at, count - at, trimmed[at].mask);
        if (size == 0) { /* it restricts nothing */
            size = 1;
            continue;
        }
        enum cordon_answer answer = solve_group(model, trimmed + at, size, &wanted);
        if (answer != CORDON_YES)
            return answer;
    }
    *value = wanted;
    return CORDON_YES;
}
