/* SPDX-License-Identifier: MIT */
/*
 * cells.c: the cells of a plan under construction: each stored once, as short as possible.
 *
 * A cell holds the best constant that any filter returns and, newest first, the filters that may
 * still win over it. Filters that a newer constant beats are left out. If a newer filter continues
 * in the same way as an older one, the older one is left out.
 */
#include "plan.h"

#include <string.h>

#include "isa.h"

void *build_grow(struct build *build, struct array *array, uint32_t more, size_t size)
{
    if (array->room - array->count < more) {
        uint32_t room = 2 * array->room + more + 16;
        void *items = build->allocate(room * size);
        if (!items) {
            build->out_of_memory = true;
            return NULL;
        }
        if (array->items) {
            memcpy(items, array->items, array->count * size);
            build->release(array->items);
        }
        array->items = items;
        array->room = room;
    }
    return (char *)array->items + array->count * size;
}

static uint32_t hash_words(uint32_t hash, const void *words, size_t size)
{
    const unsigned char *at = words;
    for (uint32_t word; size >= sizeof word; size -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * 0x9e3779b1u;
        hash ^= hash >> 15;
    }
    return hash;
}

uint32_t cell_intern(struct build *build, struct cordon_outcome constant, uint32_t count)
{
    const struct rest *rests = (const struct rest *)build->rests.items + build->rests.count;
    uint32_t hash = hash_words(count, &constant, sizeof constant);
    if (count > 0)
        hash = hash_words(hash, rests, count * sizeof *rests);
    uint32_t *bucket = &build->buckets[hash % BUCKETS];
    const uint32_t *links = build->cell_links.items;
    for (uint32_t i = *bucket; i > 0; i = links[i - 1]) {
        const struct cell *cell = (const struct cell *)build->cells.items + (i - 1);
        if (cell->count == count && !memcmp(&cell->constant, &constant, sizeof constant) &&
            (count == 0 || !memcmp((const struct rest *)build->rests.items + cell->first, rests,
                                   count * sizeof *rests)))
            return i - 1;
    }
    struct cell *cell = build_grow(build, &build->cells, 1, sizeof *cell);
    uint32_t *link = build_grow(build, &build->cell_links, 1, sizeof *link);
    if (!cell || !link)
        return 0;
    *cell = (struct cell){constant, build->rests.count, count};
    *link = *bucket;
    build->rests.count += count;
    build->cell_links.count++;
    *bucket = ++build->cells.count;
    return build->cells.count - 1;
}

static uint32_t skip_jumps(const struct cordon_insn *insns, uint32_t at)
{
    while (insns[at].code == CORDON_OP_JA)
        at += 1 + insns[at].k;
    return at;
}

/*
 * Do two programs continue in the same way from here, with the same instructions at any position?
 * Also false if the comparison takes too long.
 */
static bool same_code(struct build *build, const struct cordon_insn *a, uint32_t a_at,
                      const struct cordon_insn *b, uint32_t b_at)
{
    struct {
        uint32_t a, b;
    } pairs[PLAN_PAIRS] = {{a_at, b_at}}; /* the others follow from it */
    for (uint32_t done = 0, count = 1; done < count; done++, build->work++) {
        uint32_t i = skip_jumps(a, pairs[done].a), j = skip_jumps(b, pairs[done].b);
        if (a[i].code != b[j].code || a[i].k != b[j].k)
            return false;
        enum check check = (enum check)isa_find(a[i].code)->check;
        if (check == CHECK_RETURN)
            continue;
        bool branches = check == CHECK_BRANCH;
        uint32_t skips[2][2] = {{a[i].jt, b[j].jt}, {a[i].jf, b[j].jf}};
        for (uint32_t way = 0; way <= branches; way++) {
            uint32_t next_a = i + 1 + (branches ? skips[way][0] : 0);
            uint32_t next_b = j + 1 + (branches ? skips[way][1] : 0);
            uint32_t known = 0;
            while (known < count && (pairs[known].a != next_a || pairs[known].b != next_b))
                known++;
            if (known < count)
                continue;
            if (count == PLAN_PAIRS)
                return false;
            pairs[count].a = next_a;
            pairs[count++].b = next_b;
        }
    }
    return true;
}

/* Do two filters return the same for the numbers of a cell? One program does, wherever it
 * starts. */
static bool same_rest(struct build *build, const struct rest *older, const struct rest *newest)
{
    return older->program == newest->program ||
           (older->mask == newest->mask && older->a == newest->a && older->x == newest->x &&
            same_code(build, build->older->programs[older->program].insns, older->start,
                      build->newest.insns, newest->start));
}

uint32_t cell_compose(struct build *build, const struct cell *older, const struct finding *finding)
{
    static const struct cell empty = {{0x7fff0000u, CORDON_NO_FILTER}, 0, 0};
    const struct rest *older_rests = NULL;
    if (older)
        older_rests = build->older->rests + older->first;
    else
        older = &empty;
    build->work += older->count + 1;
    if (build->cells.count > 0 && (build->work > PLAN_WORK ||
                                   build->rests.count + older->count >= PLAN_RESTS + build->filter))
        return 0;
    struct cordon_outcome constant = older->constant;
    if (finding->constant && beats(action_rank(finding->value), build->filter, &constant))
        constant = (struct cordon_outcome){finding->value, build->filter};
    struct rest *rests = build_grow(build, &build->rests, older->count + 1, sizeof *rests);
    if (!rests)
        return 0;
    uint32_t count = 0;
    struct rest newest = {
        build->filter, build->program, finding->start, finding->mask, finding->a, finding->x, 0};
    if (!finding->constant) {
        newest.least = build->least[finding->start];
        if (beats(newest.least, newest.filter, &constant))
            rests[count++] = newest;
    }
    for (uint32_t i = 0; i < older->count; i++) {
        const struct rest *rest = &older_rests[i];
        if (beats(rest->least, rest->filter, &constant) &&
            (finding->constant || !same_rest(build, rest, &newest)))
            rests[count++] = *rest;
    }
    return cell_intern(build, constant, count);
}
