/* SPDX-License-Identifier: MIT */
/*
 * refusals.c: turns obstacles into refusals of the rules responsible. An obstacle is about some
 * calls; the refused rules are those that judge these calls, as `cordon explain` names them for one
 * call. Calls with the same reason and the same rule share a refusal.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "converter.h"

#define NOT_HERE    (UINT32_MAX - 1) /* no decider */
#define SHOWN_RULES 6u               /* rules that judge a whole ABI */
#define SHOWN_LINES CORDON_POLICY_MAX_ERRORS
#define MAX_LINES   (4 * SHOWN_LINES) /* lines, of which the first ones in the text are kept */

struct lines {
    struct converter *converter;
    enum cordon_refusal_kind kind;
    const struct cordon_obstacle *obstacle; /* the current one */
    struct cordon_refusal *list;
    size_t room;
    uint32_t count;
    uint32_t first;   /* line of the current obstacle */
    bool rules;       /* a rule decides some of its calls */
    bool known;       /* the current obstacle has a line */
    uint32_t omitted; /* further lines */
    bool failed;
};

/* ---- gathering ---- */

static bool same_place(struct cordon_place a, struct cordon_place b)
{
    return a.line == b.line && a.column == b.column &&
           (a.file == b.file || (a.file && b.file && !strcmp(a.file, b.file)));
}

/* The key of a refusal: calls on one line share it, verdicts don't. */
static bool is_alike(const struct cordon_obstacle *a, const struct cordon_obstacle *b)
{
    if (a->kind == CORDON_AT_ACTION && b->kind == CORDON_AT_ACTION)
        return a->action == b->action;
    return (a->kind == CORDON_AT_CALL) == (b->kind == CORDON_AT_CALL);
}

static struct cordon_refusal *find_line(struct lines *lines, struct cordon_place place)
{
    const struct cordon_obstacle *obstacle = lines->obstacle;
    for (uint32_t i = 0; i < lines->count; i++) {
        struct cordon_refusal *line = &lines->list[i];
        if (is_alike(&line->what, obstacle) && same_place(line->what.place, place) &&
            !strcmp(line->what.text, obstacle->text))
            return line;
    }
    if (lines->count == MAX_LINES) {
        lines->omitted++;
        return NULL;
    }
    if (!cordon_array_grow(lines->converter->allocator, (void **)&lines->list, &lines->room,
                           sizeof *lines->list, lines->count + 1u)) {
        lines->failed = true;
        return NULL;
    }
    struct cordon_refusal *line = &lines->list[lines->count++];
    *line = (struct cordon_refusal){
        .kind = lines->kind, .what = *obstacle, .by_comparison = lines->converter->compared};
    line->what.place = place;
    return line;
}

/* Calls of each ABI come in the order of their ids; a repeated id is that of another ABI. */
static void add_call(struct cordon_refusal *line, uint16_t id)
{
    uint32_t count = line->call_count;
    if (count && line->last_call == id)
        return;
    line->last_call = id;
    if (count < CORDON_REFUSAL_CALLS)
        line->calls[count] = id;
    line->call_count++;
}

static void add_line(struct lines *lines, struct cordon_place place)
{
    const struct cordon_obstacle *obstacle = lines->obstacle;
    if (!place.line)
        place = (struct cordon_place){.file = lines->converter->name};
    lines->known = true;
    if (obstacle->kind == CORDON_AT_NUMBERS && lines->count - lines->first >= SHOWN_RULES) {
        lines->list[lines->count - 1].more_rules++;
        return;
    }
    struct cordon_refusal *line = find_line(lines, place);
    if (line && obstacle->kind == CORDON_AT_CALL)
        add_call(line, obstacle->id);
    if (line && obstacle->is_gap)
        line->gap_count++;
}

/* ---- deciders ---- */

static void add_decider(struct lines *lines, uint32_t decider)
{
    add_line(lines, cordon_policy_decider(lines->converter->result.source, decider).place);
}

static void note_rule(void *context, uint32_t decider)
{
    struct lines *lines = context;
    lines->rules |= decider < CORDON_BY_DEFAULT; /* NOT_HERE is above */
}

/* The default and the like are only named if no rule decides any of the calls. */
static void take_rule(void *context, uint32_t decider)
{
    struct lines *lines = context;
    if (decider != NOT_HERE && (decider < CORDON_BY_DEFAULT || !lines->rules))
        add_decider(lines, decider);
}

static void take_answer(void *context, uint32_t decider)
{
    struct lines *lines = context;
    const struct cordon_policy *policy = lines->converter->result.source;
    if (decider != NOT_HERE &&
        cordon_policy_decider(policy, decider).action == lines->obstacle->action)
        add_decider(lines, decider);
}

static void add_decider_of(struct lines *lines, uint32_t arch, uint32_t nr)
{
    const struct converter *converter = lines->converter;
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = arch}};
    data.word[CORDON_WORD_NR] = nr;
    add_decider(lines, cordon_model_evaluate(converter->result.model, converter->deciders, &data));
}

static void add_deciders(struct lines *lines)
{
    const struct converter *converter = lines->converter;
    const struct cordon_obstacle *obstacle = lines->obstacle;
    struct cordon_model *model = converter->result.model;
    if (obstacle->kind == CORDON_AT_BAD_ARCH) {
        add_decider_of(lines, 0, 0); /* a token of no architecture */
        return;
    }
    for (uint32_t i = 0; i < converter->plain->abi_count && obstacle->kind == CORDON_AT_DEFAULT;
         i++) {
        const struct cordon_abi *abi = cordon_abi(converter->plain->abis[i]);
        add_decider_of(lines, abi->token, abi->nr_last);
    }
    if (obstacle->kind != CORDON_AT_CALL && obstacle->kind != CORDON_AT_NUMBERS &&
        obstacle->kind != CORDON_AT_ACTION)
        return;
    cordon_node part =
        cordon_obstacle_part(model, converter->deciders, converter->plain, obstacle, NOT_HERE);
    bool action = obstacle->kind == CORDON_AT_ACTION;
    lines->rules = false;
    if (cordon_model_leaves(model, part, note_rule, lines) ||
        cordon_model_leaves(model, part, action ? take_answer : take_rule, lines))
        lines->failed = true;
}

static void add_obstacle(struct lines *lines, const struct cordon_obstacle *obstacle)
{
    bool whole = obstacle->kind == CORDON_AT_ALL || obstacle->kind == CORDON_AT_ABI;
    lines->obstacle = obstacle;
    lines->known = false;
    lines->first = lines->count;
    add_deciders(lines);
    if (!lines->known)
        add_line(lines,
                 whole ? lines->converter->result.source->abi_place : (struct cordon_place){0});
}

/* ---- reporting ---- */

/* Prints "the numbers 0x151 to 0x1a7 and 3 more ranges ". */
static void print_gaps(struct cordon_sink *sink, const struct cordon_refusal *refusal)
{
    cordon_sink_text(sink, "the numbers ");
    cordon_sink_hex(sink, refusal->what.first, 1);
    if (refusal->what.last != refusal->what.first) {
        cordon_sink_text(sink, " to ");
        cordon_sink_hex(sink, refusal->what.last, 1);
    }
    if (refusal->gap_count > 1) {
        cordon_sink_text(sink, " and ");
        cordon_sink_decimal(sink, refusal->gap_count - 1);
        cordon_sink_text(sink, refusal->gap_count == 2 ? " more range" : " more ranges");
    }
    cordon_sink_text(sink, " ");
}

/* Prints "kill, mount and 3 more: ", "trap(0): " or nothing. */
static void print_subject(struct cordon_sink *sink, const struct cordon_refusal *refusal)
{
    uint32_t count = refusal->call_count;
    if (refusal->what.is_gap)
        print_gaps(sink, refusal);
    for (uint32_t i = 0; i < count && i < CORDON_REFUSAL_CALLS; i++) {
        cordon_sink_text(sink, i ? ", " : "");
        cordon_sink_text(sink, cordon_syscall_name(refusal->calls[i]));
    }
    if (count > CORDON_REFUSAL_CALLS) {
        cordon_sink_text(sink, " and ");
        cordon_sink_decimal(sink, count - CORDON_REFUSAL_CALLS);
        cordon_sink_text(sink, " more");
    }
    if (refusal->what.kind == CORDON_AT_ACTION)
        cordon_action_print(sink, refusal->what.action);
    cordon_sink_text(sink, count || refusal->what.kind == CORDON_AT_ACTION ? ": " : "");
}

static void report_refusal(struct converter *converter, const struct cordon_refusal *refusal)
{
    static const char *const says[] = {
        [CORDON_REFUSED] = "cannot express this",
        [CORDON_REFUSED_MOVED] = "cannot express this, approximated",
        [CORDON_REFUSED_STRICTER] = "cannot express this or anything stricter",
        [CORDON_REFUSED_LOOSER] = "cannot express this or anything looser",
        [CORDON_REFUSED_NEAREST] = "cannot express this",
    };
    char subject[256] = "", others[48] = "";
    struct cordon_buffer buffer = {.text = subject, .room = sizeof subject};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    enum cordon_severity severity =
        refusal->kind == CORDON_REFUSED_MOVED ? CORDON_WARNING : CORDON_ERROR;
    struct cordon_message message =
        cordon_policy_message(converter->result.source, severity, CORDON_E_MEANING,
                              refusal->what.place, refusal->what.hint);
    print_subject(&sink, refusal);
    if (refusal->more_rules)
        snprintf(others, sizeof others, " (and %u more rules)", refusal->more_rules);
    cordon_reporter_tell(converter->reporter, &message, "%s %s: %s%s%s",
                         converter->options->to->name, says[refusal->kind], subject,
                         refusal->what.text, others);
}

/* Sorts in the order of the text. */
static int compare_lines(const void *a, const void *b)
{
    struct cordon_place x = ((const struct cordon_refusal *)a)->what.place;
    struct cordon_place y = ((const struct cordon_refusal *)b)->what.place;
    if (x.line != y.line)
        return x.line < y.line ? -1 : 1;
    return (x.column > y.column) - (x.column < y.column);
}

/* Reports a refusal and keeps it in the result. */
static void finish(struct lines *lines)
{
    struct converter *converter = lines->converter;
    struct cordon_conversion *result = &converter->result;
    uint32_t kept = lines->count < SHOWN_LINES ? lines->count : SHOWN_LINES;
    if (!cordon_array_grow(converter->allocator, (void **)&result->refusals, &result->refusal_room,
                           sizeof *result->refusals, result->refusal_count + kept)) {
        lines->failed = true;
        return;
    }
    for (uint32_t i = 0; i < kept; i++) {
        report_refusal(converter, &lines->list[i]);
        result->refusals[result->refusal_count++] = lines->list[i];
    }
    if (lines->count == kept)
        return;
    uint32_t omitted = lines->count - kept + lines->omitted;
    struct cordon_message message = {.severity = CORDON_NOTE};
    cordon_reporter_tell(converter->reporter, &message, "and %u more like these", omitted);
    result->refusals_omitted += omitted;
}

void refuse_obstacles(struct converter *converter, enum cordon_refusal_kind kind)
{
    struct lines lines = {.converter = converter, .kind = kind};
    const struct cordon_obstacles *obstacles = &converter->obstacles;
    const struct cordon_allocator *allocator = converter->allocator;
    bool stuck = false;
    for (uint32_t i = 0; i < obstacles->count; i++)
        stuck |= kind >= CORDON_REFUSED_STRICTER && obstacles->list[i].is_stuck;
    for (uint32_t i = 0; i < obstacles->count; i++)
        if (!stuck || obstacles->list[i].is_stuck)
            add_obstacle(&lines, &obstacles->list[i]);
    if (lines.count)
        qsort(lines.list, lines.count, sizeof *lines.list, compare_lines);
    finish(&lines);
    if (lines.list)
        allocator->resize(allocator->context, lines.list, lines.room * sizeof *lines.list, 0);
    enum cordon_error status = cordon_model_status(converter->result.model);
    if (lines.failed || status)
        converter_error(converter, status ? status : CORDON_E_NO_MEMORY, "%s",
                        cordon_error_text(status ? status : CORDON_E_NO_MEMORY));
}
