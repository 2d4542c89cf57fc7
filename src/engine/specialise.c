/* SPDX-License-Identifier: MIT */
/*
 * specialise.c: plans: intervals of numbers, each with a cell that says the verdict or what to run.
 *
 * Making one walks the newest program (walk.c) and lays what it finds over the older plan's
 * intervals. A cell holds the best constant that any filter returns, and of the others, newest
 * first, only those that may still beat it. The older plan's cells are made again in the same way:
 * what a newer constant beats, and what a newer filter of the same bytes answers too, is left out.
 *
 * Everything is bounded: where a limit is reached, numbers get cell 0, which runs every filter from
 * its start.
 */
#include "cordon/specialise.h"

#include <string.h>

#include "interpret.h"
#include "walk.h"

/* Limits; tests build with less. */
#ifndef PLAN_INTERVALS
#define PLAN_INTERVALS 2048u /* of one architecture */
#endif
#ifndef PLAN_RESTS
#define PLAN_RESTS 16384u /* beside those of cell 0 */
#endif
#ifndef PLAN_WORK
#define PLAN_WORK 262144u /* rests looked at when one plan is made */
#endif

#define HOT     512u /* numbers that are looked up in a table, */
#define FEW     4u   /* if there are more intervals than this */
#define BUCKETS 256u

/* Architectures whose numbers are walked; of all others every filter runs. */
static const uint32_t tokens[] = {0xc000003eu, 0x40000003u, 0xc00000b7u, 0x40000028u, 0xc00000f3u};
#define SPACES (sizeof tokens / sizeof *tokens)

/* uretprobe and uprobe of x86_64 */
#define PROBE_TOKEN 0xc000003eu
#define PROBE_FIRST 335u
#define PROBE_LAST  336u

/* What is left of one filter. */
struct rest {
    uint32_t filter;            /* whose answer it is, */
    uint32_t program;           /* and the oldest program of the same bytes, which is run */
    uint32_t start, mask, a, x; /* as in struct finding */
    int32_t least;              /* the least action that it may return */
};

struct cell {
    struct cordon_outcome constant; /* the best of all constants */
    uint32_t first, count;          /* its rests, newest first */
};

struct interval {
    uint32_t first; /* number; the last is before the next interval's first */
    uint32_t cell;
};

struct space {
    const struct interval *intervals;
    uint32_t count;
    const uint16_t *table; /* cells of the numbers below HOT, or NULL */
};

struct cordon_plan {
    size_t size;
    uint32_t filters, steps;
    const struct cordon_program *programs;
    const struct rest *rests;
    const struct cell *cells;
    struct space spaces[SPACES];
};

static bool beats(int32_t rank, uint32_t filter, const struct cordon_outcome *best)
{
    int32_t best_rank = action_rank(best->value);
    return rank < best_rank || (rank == best_rank && filter > best->filter);
}

static const struct cordon_outcome nobody = {0x7fff0000u, CORDON_NO_FILTER};

/* ---- running ----------------------------------------------------------------------------------
 */

static uint32_t interval_of(const struct space *space, uint32_t nr)
{
    uint32_t low = 0, high = space->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (space->intervals[middle].first <= nr)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static const struct cell *find(const struct cordon_plan *plan, const struct cordon_data *data)
{
    uint32_t nr = data->word[CORDON_WORD_NR], arch = data->word[CORDON_WORD_ARCH];
    for (size_t i = 0; i < SPACES; i++) {
        const struct space *space = &plan->spaces[i];
        if (tokens[i] != arch)
            continue;
        if (nr < HOT && space->table)
            return &plan->cells[space->table[nr]];
        return &plan->cells[space->intervals[interval_of(space, nr)].cell];
    }
    return &plan->cells[0];
}

struct cordon_outcome cordon_plan_run(const struct cordon_plan *plan,
                                      const struct cordon_data *data)
{
    const struct cell *cell = find(plan, data);
    struct cordon_outcome best = cell->constant;
    for (uint32_t i = 0; i < cell->count; i++) {
        const struct rest *rest = &plan->rests[cell->first + i];
        if (!beats(rest->least, rest->filter, &best))
            continue;
        uint32_t a = (data->word[CORDON_WORD_NR] & rest->mask) ^ rest->a;
        uint32_t value =
            interpret_from(&plan->programs[rest->program], data, rest->start, a, rest->x);
        if (beats(action_rank(value), rest->filter, &best))
            best = (struct cordon_outcome){value, rest->filter};
    }
    return best;
}

uint32_t cordon_plan_filters(const struct cordon_plan *plan)
{
    return plan->filters;
}

size_t cordon_plan_size(const struct cordon_plan *plan)
{
    return plan->size;
}

uint32_t cordon_plan_steps(const struct cordon_plan *plan)
{
    return plan->steps;
}

/* ---- making: memory that grows ----------------------------------------------------------------
 */

struct array {
    void *items;
    uint32_t count, room;
};

struct build {
    void *(*allocate)(size_t size);
    void (*release)(void *memory);
    const struct cordon_plan *older;
    struct cordon_program newest;
    uint32_t filter, program; /* as in struct rest */
    const int32_t *least;
    bool out_of_memory;
    struct array rests, cells, cell_links, intervals;
    uint32_t buckets[BUCKETS]; /* cells by hash: index + 1, linked by cell_links */
    uint32_t work;
    /* the space that is walked */
    size_t space;
    uint32_t space_first[SPACES + 1]; /* its intervals in the array */
    uint32_t next;                    /* the first number without an interval */
    uint32_t older_at;                /* the older plan's interval there */
};

/* Room for `more` items of `size` bytes. */
static void *grow(struct build *build, struct array *array, uint32_t more, size_t size)
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

/* ---- making: cells ----------------------------------------------------------------------------
 */

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

/* The cell with this constant and the `count` rests that stand behind the array's last. */
static uint32_t intern(struct build *build, struct cordon_outcome constant, uint32_t count)
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
    struct cell *cell = grow(build, &build->cells, 1, sizeof *cell);
    uint32_t *link = grow(build, &build->cell_links, 1, sizeof *link);
    if (!cell || !link)
        return 0;
    *cell = (struct cell){constant, build->rests.count, count};
    *link = *bucket;
    build->rests.count += count;
    build->cell_links.count++;
    *bucket = ++build->cells.count;
    return build->cells.count - 1;
}

static bool same_rest(const struct rest *a, const struct rest *b)
{
    return a->program == b->program && a->start == b->start && a->mask == b->mask && a->a == b->a &&
           a->x == b->x;
}

/* The newest filter's finding in front of an older cell; limits lead to cell 0. */
static uint32_t compose(struct build *build, const struct cell *older,
                        const struct finding *finding)
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
    struct rest *rests = grow(build, &build->rests, older->count + 1, sizeof *rests);
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
            (finding->constant || !same_rest(rest, &newest)))
            rests[count++] = *rest;
    }
    return intern(build, constant, count);
}

/* ---- making: intervals ------------------------------------------------------------------------
 */

static void append(struct build *build, uint32_t first, uint32_t cell)
{
    uint32_t begin = build->space_first[build->space];
    const struct interval *last =
        (const struct interval *)build->intervals.items + build->intervals.count;
    if (build->intervals.count > begin && last[-1].cell == cell)
        return;
    struct interval *interval = grow(build, &build->intervals, 1, sizeof *interval);
    if (!interval)
        return;
    *interval = (struct interval){first, cell};
    build->intervals.count++;
}

/* The older plan's cell at the next number, and the last number that has it. */
static const struct cell *older_cell(struct build *build, uint32_t *last)
{
    if (!build->older)
        return NULL;
    const struct space *space = &build->older->spaces[build->space];
    if (build->older_at + 1 < space->count &&
        space->intervals[build->older_at + 1].first <= build->next)
        build->older_at++;
    if (build->older_at + 1 < space->count && space->intervals[build->older_at + 1].first <= *last)
        *last = space->intervals[build->older_at + 1].first - 1;
    return &build->older->cells[space->intervals[build->older_at].cell];
}

/* The probes' numbers have intervals of their own: true, the next number is one of them. */
static bool probes(const struct build *build, uint32_t *last)
{
    if (tokens[build->space] != PROBE_TOKEN || build->next > PROBE_LAST)
        return false;
    uint32_t end = build->next < PROBE_FIRST ? PROBE_FIRST - 1 : PROBE_LAST;
    if (*last > end)
        *last = end;
    return build->next >= PROBE_FIRST;
}

/* An interval of the newest program is laid over those of the older plan. */
static bool lay(void *context, uint32_t end, const struct finding *finding)
{
    struct build *build = context;
    for (;;) {
        uint32_t last = end, cell;
        const struct cell *older = older_cell(build, &last);
        if (probes(build, &last))
            cell = intern(build, nobody, 0);
        else
            cell = compose(build, older, finding);
        append(build, build->next, cell);
        build->next = last + 1;
        if (build->out_of_memory)
            return false;
        if (build->intervals.count - build->space_first[build->space] >= PLAN_INTERVALS &&
            build->next > PROBE_LAST) {
            append(build, build->next, 0);
            return false;
        }
        if (last == end)
            return true;
    }
}

static uint32_t walk_spaces(struct build *build, struct turn *turns)
{
    uint32_t steps = 0;
    for (build->space = 0; build->space < SPACES && !build->out_of_memory; build->space++) {
        build->space_first[build->space] = build->intervals.count;
        build->next = 0;
        build->older_at = 0;
        steps += walk_numbers(&build->newest, tokens[build->space], turns, lay, build);
    }
    build->space_first[SPACES] = build->intervals.count;
    return steps;
}

/* ---- making: the plan -------------------------------------------------------------------------
 */

static bool has_table(const struct interval *intervals, uint32_t count)
{
    return count > FEW && intervals[FEW].first < HOT;
}

static void fill_table(uint16_t *table, const struct interval *intervals, uint32_t count)
{
    for (uint32_t nr = 0, at = 0; nr < HOT; nr++) {
        if (at + 1 < count && intervals[at + 1].first <= nr)
            at++;
        table[nr] = (uint16_t)intervals[at].cell;
    }
}

/* One piece of memory: the plan, and behind it the arrays, the widest items first. */
static struct cordon_plan *pack(struct build *build, uint32_t steps)
{
    const struct interval *intervals = build->intervals.items;
    size_t tables = 0;
    for (size_t i = 0; i < SPACES; i++)
        tables += has_table(intervals + build->space_first[i],
                            build->space_first[i + 1] - build->space_first[i]);
    size_t programs_size = (build->filter + (size_t)1) * sizeof(struct cordon_program);
    size_t rests_size = build->rests.count * sizeof(struct rest);
    size_t cells_size = build->cells.count * sizeof(struct cell);
    size_t intervals_size = build->intervals.count * sizeof(struct interval);
    size_t size = sizeof(struct cordon_plan) + programs_size + rests_size + cells_size +
                  intervals_size + tables * HOT * sizeof(uint16_t);
    struct cordon_plan *plan = build->allocate(size);
    if (!plan)
        return NULL;
    struct cordon_program *programs = (struct cordon_program *)(plan + 1);
    struct rest *rests = (struct rest *)(programs + build->filter + 1);
    struct cell *cells = (struct cell *)(rests + build->rests.count);
    struct interval *places = (struct interval *)(cells + build->cells.count);
    uint16_t *table = (uint16_t *)(places + build->intervals.count);
    *plan = (struct cordon_plan){size, build->filter + 1, steps, programs, rests, cells, {{0}}};
    if (build->older)
        memcpy(programs, build->older->programs, programs_size - sizeof *programs);
    programs[build->filter] = build->newest;
    if (rests_size)
        memcpy(rests, build->rests.items, rests_size);
    memcpy(cells, build->cells.items, cells_size);
    memcpy(places, intervals, intervals_size);
    for (size_t i = 0; i < SPACES; i++) {
        struct space *space = &plan->spaces[i];
        space->intervals = places + build->space_first[i];
        space->count = build->space_first[i + 1] - build->space_first[i];
        if (has_table(space->intervals, space->count)) {
            fill_table(table, space->intervals, space->count);
            space->table = table;
            table += HOT;
        }
    }
    return plan;
}

/* The oldest program of the same bytes, or the newest itself. */
static uint32_t find_program(const struct cordon_plan *older, const struct cordon_program *newest)
{
    uint32_t i = 0, count = older ? older->filters : 0;
    for (; i < count; i++) {
        const struct cordon_program *program = &older->programs[i];
        if (program->length == newest->length &&
            !memcmp(program->insns, newest->insns, newest->length * sizeof *newest->insns))
            break;
    }
    return i;
}

static void release_array(struct build *build, struct array *array)
{
    if (array->items)
        build->release(array->items);
}

struct cordon_plan *cordon_plan_make(const struct cordon_plan *older,
                                     const struct cordon_program *newest,
                                     void *(*allocate)(size_t size), void (*release)(void *memory))
{
    struct build build = {.allocate = allocate,
                          .release = release,
                          .older = older,
                          .newest = *newest,
                          .filter = older ? older->filters : 0,
                          .program = find_program(older, newest)};
    struct turn *turns = allocate(newest->length * (sizeof(struct turn) + sizeof(int32_t)));
    if (!turns)
        return NULL;
    int32_t *least = (int32_t *)(turns + newest->length);
    walk_least(newest, least);
    build.least = least;
    const struct finding nowhere = WALK_NOWHERE;
    compose(&build, older ? &older->cells[0] : NULL, &nowhere);
    uint32_t steps = walk_spaces(&build, turns);
    struct cordon_plan *plan = build.out_of_memory ? NULL : pack(&build, steps);
    release(turns);
    release_array(&build, &build.rests);
    release_array(&build, &build.cells);
    release_array(&build, &build.cell_links);
    release_array(&build, &build.intervals);
    return plan;
}
