/* SPDX-License-Identifier: MIT */
/*
 * specialise.c: makes plans: intervals of numbers, each with a cell that has the verdict or what
 * must be run.
 *
 * It walks the newest program (walk.c) and merges the findings with the older plan's intervals; a
 * finding and an older cell give a new cell (cells.c).
 *
 * Everything is bounded: when a limit is reached, numbers get cell 0, which runs every filter from
 * its start.
 */
#include "plan.h"

#include <string.h>

#include "interpret.h"

#define HOT 512u /* this many of the lowest numbers have a table, */
#define FEW 4u   /* if there are more intervals than this */

static const uint32_t tokens[SPACES] = {0xc000003eu, 0x40000003u, 0xc00000b7u, 0x40000028u,
                                        0xc00000f3u};

/* uretprobe and uprobe of x86_64 */
#define PROBE_TOKEN 0xc000003eu
#define PROBE_FIRST 335u
#define PROBE_LAST  336u

/* ---- running ---- */

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

static const struct cell *find(const struct cordon_plan *plan, uint32_t nr, uint32_t arch)
{
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

/* Not inlined: most calls have a constant verdict, and then needn't save registers. */
__attribute__((noinline)) static struct cordon_outcome
run_rests(const struct cordon_plan *plan, const struct cell *cell, const struct cordon_data *data)
{
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

struct cordon_outcome cordon_plan_run(const struct cordon_plan *plan,
                                      const struct cordon_data *data)
{
    const struct cell *cell = find(plan, data->word[CORDON_WORD_NR], data->word[CORDON_WORD_ARCH]);
    return cell->count ? run_rests(plan, cell, data) : cell->constant;
}

bool cordon_plan_constant(const struct cordon_plan *plan, uint32_t arch, uint32_t nr,
                          struct cordon_outcome *outcome)
{
    const struct cell *cell = find(plan, nr, arch);
    if (cell->count)
        return false;
    *outcome = cell->constant;
    return true;
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

/* ---- making: intervals ---- */

static void append(struct build *build, uint32_t first, uint32_t cell)
{
    uint32_t begin = build->space_first[build->space];
    const struct interval *made = build->intervals.items;
    if (build->intervals.count > begin && made[build->intervals.count - 1].cell == cell)
        return;
    struct interval *interval = build_grow(build, &build->intervals, 1, sizeof *interval);
    if (!interval)
        return;
    *interval = (struct interval){first, cell};
    build->intervals.count++;
}

/* The older plan's cell for the next number, and the last number that has it. */
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

/* The probes' numbers have intervals of their own. true: the next number is one of them. */
static bool probes(const struct build *build, uint32_t *last)
{
    if (tokens[build->space] != PROBE_TOKEN || build->next > PROBE_LAST)
        return false;
    uint32_t end = build->next < PROBE_FIRST ? PROBE_FIRST - 1 : PROBE_LAST;
    if (*last > end)
        *last = end;
    return build->next >= PROBE_FIRST;
}

/* Merges an interval of the newest program with those of the older plan. */
static bool lay(void *context, uint32_t end, const struct finding *finding)
{
    struct build *build = context;
    for (;;) {
        uint32_t last = end, cell;
        const struct cell *older = older_cell(build, &last);
        if (probes(build, &last))
            cell = cell_intern(build, (struct cordon_outcome){0x7fff0000u, CORDON_NO_FILTER}, 0);
        else
            cell = cell_compose(build, older, finding);
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

/* ---- making: the plan ---- */

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

/* One allocation: the plan, then the arrays, the widest items first. */
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

/* The oldest filter with the same program, or the newest itself. */
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
    cell_compose(&build, older ? &older->cells[0] : NULL, &nowhere);
    uint32_t steps = walk_spaces(&build, turns);
    struct cordon_plan *plan = build.out_of_memory ? NULL : pack(&build, steps);
    release(turns);
    release_array(&build, &build.rests);
    release_array(&build, &build.cells);
    release_array(&build, &build.cell_links);
    release_array(&build, &build.intervals);
    return plan;
}
