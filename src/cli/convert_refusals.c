/* SPDX-License-Identifier: MIT */
/*
 * convert_refusals.c: an obstacle is some calls; the rules that judge them, as `cordon explain`
 * names them for one call, are what is told. Calls for which the same is said of the same rule
 * share a line.
 */
#include <stdlib.h>
#include <string.h>

#include "convert_refusals.h"

#define NOT_HERE    (UINT32_MAX - 1) /* no decider */
#define SHOWN_NAMES 6u
#define SHOWN_RULES 6u /* of those that judge a whole ABI */
#define SHOWN_LINES CORDON_POLICY_MAX_ERRORS
#define MAX_LINES   (4 * SHOWN_LINES) /* of which the first of the text are shown */

struct line {
    struct cordon_place place;
    const struct cordon_obstacle *obstacle; /* the first one */
    struct cordon_string names;
    uint32_t count; /* of names */
    uint32_t more;  /* rules that aren't shown */
    uint16_t last;
};

struct lines {
    const struct refusal_teller *teller;
    const struct cordon_obstacle *obstacle; /* at hand */
    struct line *list;
    size_t room;
    uint32_t count;
    uint32_t first;  /* line of the obstacle at hand */
    bool rules;      /* a rule decides some of its calls */
    bool known;      /* the obstacle at hand has a line */
    uint32_t unsaid; /* lines beyond */
    bool failed;
};

/* ---- gathering ---- */

static bool same_place(struct cordon_place a, struct cordon_place b)
{
    return a.line == b.line && a.column == b.column &&
           (a.file == b.file || (a.file && b.file && !strcmp(a.file, b.file)));
}

/* Calls share a line, answers don't. */
static bool is_alike(const struct cordon_obstacle *a, const struct cordon_obstacle *b)
{
    if (a->kind == CORDON_AT_ACTION && b->kind == CORDON_AT_ACTION)
        return a->action == b->action;
    return (a->kind == CORDON_AT_CALL) == (b->kind == CORDON_AT_CALL);
}

static struct line *find_line(struct lines *lines, struct cordon_place place)
{
    const struct cordon_obstacle *obstacle = lines->obstacle;
    for (uint32_t i = 0; i < lines->count; i++) {
        struct line *line = &lines->list[i];
        if (is_alike(line->obstacle, obstacle) && same_place(line->place, place) &&
            !strcmp(line->obstacle->text, obstacle->text))
            return line;
    }
    if (lines->count == MAX_LINES) {
        lines->unsaid++;
        return NULL;
    }
    if (!cordon_array_grow(&cordon_allocator_libc, (void **)&lines->list, &lines->room,
                           sizeof *lines->list, lines->count + 1u)) {
        lines->failed = true;
        return NULL;
    }
    lines->list[lines->count] = (struct line){.place = place, .obstacle = obstacle};
    return &lines->list[lines->count++];
}

static void add_line(struct lines *lines, struct cordon_place place)
{
    const struct cordon_obstacle *obstacle = lines->obstacle;
    if (!place.line)
        place = (struct cordon_place){.file = lines->teller->input->name};
    lines->known = true;
    if (obstacle->kind == CORDON_AT_NUMBERS && lines->count - lines->first >= SHOWN_RULES) {
        lines->list[lines->count - 1].more++;
        return;
    }
    struct line *line = find_line(lines, place);
    if (!line || obstacle->kind != CORDON_AT_CALL)
        return;
    if (line->count && line->last == obstacle->id)
        return; /* on another ABI */
    struct cordon_sink sink = cordon_string_sink(&line->names);
    line->last = obstacle->id;
    if (line->count++ >= SHOWN_NAMES)
        return;
    cordon_sink_text(&sink, line->names.length ? ", " : "");
    cordon_sink_text(&sink, cordon_syscall_name(obstacle->id));
}

/* ---- who decides ---- */

static void add_decider(struct lines *lines, uint32_t decider)
{
    add_line(lines, cordon_policy_decider(lines->teller->input->policy, decider).place);
}

static void see_rule(void *context, uint32_t decider)
{
    struct lines *lines = context;
    lines->rules |= decider < CORDON_BY_DEFAULT; /* NOT_HERE is above */
}

/* What no rule decides is named only where no rule decides anything. */
static void take_rule(void *context, uint32_t decider)
{
    struct lines *lines = context;
    if (decider != NOT_HERE && (decider < CORDON_BY_DEFAULT || !lines->rules))
        add_decider(lines, decider);
}

static void take_answer(void *context, uint32_t decider)
{
    struct lines *lines = context;
    const struct cordon_policy *policy = lines->teller->input->policy;
    if (decider != NOT_HERE &&
        cordon_policy_decider(policy, decider).action == lines->obstacle->action)
        add_decider(lines, decider);
}

static void add_decider_of(struct lines *lines, uint32_t arch, uint32_t nr)
{
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = arch}};
    data.word[CORDON_WORD_NR] = nr;
    add_decider(lines, cordon_model_evaluate(lines->teller->model, lines->teller->deciders, &data));
}

static void add_deciders(struct lines *lines)
{
    const struct refusal_teller *teller = lines->teller;
    const struct cordon_obstacle *obstacle = lines->obstacle;
    if (obstacle->kind == CORDON_AT_BAD_ARCH) {
        add_decider_of(lines, 0, 0); /* no architecture's token */
        return;
    }
    for (uint32_t i = 0; i < teller->plain->abi_count && obstacle->kind == CORDON_AT_DEFAULT; i++) {
        const struct cordon_abi *abi = cordon_abi(teller->plain->abis[i]);
        add_decider_of(lines, abi->token, abi->nr_last);
    }
    if (obstacle->kind != CORDON_AT_CALL && obstacle->kind != CORDON_AT_NUMBERS &&
        obstacle->kind != CORDON_AT_ACTION)
        return;
    cordon_node part =
        cordon_obstacle_part(teller->model, teller->deciders, teller->plain, obstacle, NOT_HERE);
    lines->rules = false;
    bool action = obstacle->kind == CORDON_AT_ACTION;
    if (cordon_model_leaves(teller->model, part, see_rule, lines) ||
        cordon_model_leaves(teller->model, part, action ? take_answer : take_rule, lines))
        lines->failed = true;
}

static void add_obstacle(struct lines *lines, const struct cordon_obstacle *obstacle)
{
    lines->obstacle = obstacle;
    lines->known = false;
    lines->first = lines->count;
    add_deciders(lines);
    bool whole = obstacle->kind == CORDON_AT_ALL || obstacle->kind == CORDON_AT_ABI;
    if (!lines->known)
        add_line(lines, whole ? lines->teller->input->policy->abi_place : (struct cordon_place){0});
}

/* ---- telling ---- */

static void tell_line(const struct lines *lines, const struct line *line, enum refusal_kind kind)
{
    static const char *const says[] = {
        [REFUSED] = "can't say it",
        [REFUSED_MOVED] = "can't say it, only nearly",
        [REFUSED_STRICTER] = "can't say it, nor anything stricter",
        [REFUSED_LOOSER] = "can't say it, nor anything looser",
    };
    const struct refusal_teller *teller = lines->teller;
    struct cordon_diag diag;
    char more[32] = "", others[48] = "";
    uint32_t length = 0;
    if (line->count > SHOWN_NAMES)
        snprintf(more, sizeof more, " and %u more", line->count - SHOWN_NAMES);
    if (line->more)
        snprintf(others, sizeof others, " (and %u more rules)", line->more);
    char action[64];
    const char *names = line->names.text ? line->names.text : "";
    action_text(line->obstacle->action, action, sizeof action);
    if (line->obstacle->kind == CORDON_AT_ACTION)
        names = action;
    cordon_diag_set(&diag, CORDON_E_MEANING, "%s %s: %s%s%s%s%s", teller->format, says[kind], names,
                    more, names[0] ? ": " : "", line->obstacle->text, others);
    snprintf(diag.hint, sizeof diag.hint, "%s", line->obstacle->hint);
    diag.severity = kind == REFUSED_MOVED ? CORDON_WARNING : CORDON_ERROR;
    diag.place = line->place;
    const char *text = cordon_policy_line(teller->input->policy, line->place, &length);
    cordon_reporter_add(teller->reporter, &diag, text, length);
}

/* In the order of the text. */
static int compare_lines(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    if (x->place.line != y->place.line)
        return x->place.line < y->place.line ? -1 : 1;
    return (x->place.column > y->place.column) - (x->place.column < y->place.column);
}

bool refusals_tell(const struct refusal_teller *teller, const struct cordon_obstacles *obstacles,
                   enum refusal_kind kind)
{
    struct lines lines = {.teller = teller};
    bool stuck = false;
    for (uint32_t i = 0; i < obstacles->count; i++)
        stuck |= kind >= REFUSED_STRICTER && obstacles->list[i].is_stuck;
    for (uint32_t i = 0; i < obstacles->count; i++)
        if (!stuck || obstacles->list[i].is_stuck)
            add_obstacle(&lines, &obstacles->list[i]);
    if (lines.count)
        qsort(lines.list, lines.count, sizeof *lines.list, compare_lines);
    for (uint32_t i = 0; i < lines.count && i < SHOWN_LINES; i++)
        tell_line(&lines, &lines.list[i], kind);
    if (lines.count > SHOWN_LINES)
        fail("and %u more like these", lines.count - SHOWN_LINES + lines.unsaid);
    for (uint32_t i = 0; i < lines.count; i++)
        cordon_string_free(&lines.list[i].names);
    free(lines.list);
    if (lines.failed || cordon_model_status(teller->model))
        fail("out of memory");
    return !lines.failed;
}
