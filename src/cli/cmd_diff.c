/* SPDX-License-Identifier: MIT */
/*
 * cmd_diff.c: cordon diff: do two filters mean the same? If not: for each call that they answer
 * differently, both answers, under what condition, and one call of that kind in full.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/action.h"
#include "cordon/compare.h"
#include "cordon/describe.h"
#include "diff_regions.h"

#define SHOWN_WAYS  4u    /* conditions that lead to one pair of answers, and … */
#define SHOWN_TEXT  400u  /* … from so many letters on no more */
#define SHOWN_PAIRS 64u   /* of answers to one call */
#define SHOWN_NAMES 24u   /* JSON has them all */
#define SHOWN_LINES 200u  /* of one ABI */
#define NOTED_LINES 2000u /* in JSON */

struct differ {
    struct cordon_model *model;
    const struct options *options;
    bool subset;
    cordon_node a, b;
    struct cordon_difference difference;
    struct regions regions;
    uint32_t found, undecided; /* differences, and those of which we don't know */
    bool spent;                /* a limit was reached, and said */
    json_t *list;
    struct cordon_string heading;    /* of the ABIs at hand */
    const struct cordon_abi *headed; /* the ABI whose heading was printed */
    bool any_headed;
    uint32_t lines, unsaid; /* below it; calls for which there was no line left */
};

/* ---- what ---- */

/* The conditions under which one pair of answers is given, as text. */
struct ways {
    uint32_t count, shown;
    struct cordon_string text;
};

static bool note_way(void *context, const struct cordon_way *way)
{
    struct ways *ways = context;
    struct cordon_sink sink = cordon_string_sink(&ways->text);
    if (!way->condition[0])
        return true;
    ways->count++;
    if (ways->shown == SHOWN_WAYS || ways->text.length > SHOWN_TEXT)
        return false;
    cordon_sink_text(&sink, ways->shown++ ? ", or " : "");
    cordon_sink_text(&sink, way->condition);
    return true;
}

static void region_name(struct differ *differ, const struct region *region, char *text, size_t room)
{
    if (region->id != CORDON_NO_ID)
        snprintf(text, room, "%s", cordon_syscall_name(region->id));
    else if (!region->abi)
        snprintf(text, room, "any call");
    else if (region->first == region->abi->nr_first && region->last == region->abi->nr_last)
        snprintf(text, room,
                 regions_look_at(&differ->regions, region->part, CORDON_WORD_NR) ? "other numbers"
                                                                                 : "any call");
    else if (region->first == region->last)
        snprintf(text, room, "number %u", region->first);
    else
        snprintf(text, room, "numbers %#x to %#x", region->first, region->last);
}

static void print_words(FILE *file, const struct cordon_data *call)
{
    fprintf(file, "nr=%#x arch=%#x", call->word[CORDON_WORD_NR], call->word[CORDON_WORD_ARCH]);
    for (int i = CORDON_WORD_IP; i < CORDON_WORDS; i++)
        fprintf(file, "%s%#x",
                i == CORDON_WORD_IP     ? " ip="
                : i == CORDON_WORD_ARGS ? " args="
                                        : ",",
                call->word[i]);
}

static void tell_rest(struct differ *differ)
{
    const char *abi = differ->headed ? differ->headed->name : "other";
    if (differ->unsaid && differ->list)
        json_array_append_new(differ->list,
                              json_pack("{ss si}", "abi", abi, "more", (int)differ->unsaid));
    else if (differ->unsaid)
        printf("  and %u more calls or ranges of numbers\n", differ->unsaid);
    differ->lines = differ->unsaid = 0;
}

static void begin_abi(struct differ *differ, const struct region *region)
{
    if (differ->any_headed && differ->headed == region->abi)
        return;
    tell_rest(differ);
    if (!differ->list)
        printf("%s:\n", differ->heading.text);
    differ->headed = region->abi;
    differ->any_headed = true;
}

/* One kind of difference at one or more calls. */
struct finding {
    const struct region *region;
    const char *names, *condition;
    const struct cordon_data
        *witness; /* NULL: none was found, and it isn't sure that there is one */
    char a[64], b[64];
    bool others; /* these answers stand for many */
};

static void print_finding(const struct finding *finding)
{
    if (!finding->witness) {
        printf("  %s: undecided%s%s\n", finding->names, finding->condition[0] ? " for " : "",
               finding->condition);
        return;
    }
    printf("  %s: A answers %s, B answers %s%s%s%s\n      ", finding->names, finding->a, finding->b,
           finding->others ? " (for instance)" : "", finding->condition[0] ? ", if " : "",
           finding->condition);
    print_words(stdout, finding->witness);
    putchar('\n');
}

static void note_finding(struct differ *differ, const struct finding *finding)
{
    json_t *object =
        json_pack("{ss ss ss}", "abi", finding->region->abi ? finding->region->abi->name : "other",
                  "calls", finding->names, "condition", finding->condition);
    if (finding->witness) {
        json_t *words = json_array();
        for (int i = 0; i < CORDON_WORDS; i++)
            json_array_append_new(words, json_integer(finding->witness->word[i]));
        json_object_update_new(
            object, json_pack("{ss ss so}", "a", finding->a, "b", finding->b, "witness", words));
    }
    json_object_set_new(object, "decided", json_boolean(finding->witness));
    json_array_append_new(differ->list, object);
}

static uint32_t is_pair(void *context, uint32_t value)
{
    return value == *(uint32_t *)context;
}

/* The calls of a region that are answered by one pair (+ 1), as a graph: 1, else 0. */
static cordon_node calls_of_pair(struct differ *differ, const struct region *region, uint32_t pair)
{
    struct cordon_model *model = differ->model;
    cordon_node no = cordon_model_leaf(model, 0);
    cordon_node calls = cordon_model_map(model, region->part, is_pair, &pair);
    uint32_t words = cordon_model_words(model, calls);
    if (words & 1u << CORDON_WORD_NR) /* by masks, or in arithmetic */
        calls = cordon_model_range(model, CORDON_WORD_NR, UINT32_MAX, region->first, region->last,
                                   calls, no);
    if (words & 1u << CORDON_WORD_ARCH)
        calls = cordon_model_range(model, CORDON_WORD_ARCH, UINT32_MAX, region->arch,
                                   region->last_arch, calls, no);
    for (int id = 0; id < CORDON_ABI_COUNT && !region->abi && words & 1u << CORDON_WORD_ARCH; id++)
        calls = cordon_model_range(model, CORDON_WORD_ARCH, UINT32_MAX, cordon_abi(id)->token,
                                   cordon_abi(id)->token, no, calls);
    return calls;
}

static void condition_of(struct differ *differ, const struct region *region, cordon_node calls,
                         struct cordon_string *text)
{
    struct ways ways = {0};
    const struct cordon_abi *abi = region->abi ? region->abi : cordon_abi_native();
    enum cordon_error error =
        cordon_describe(differ->model, calls, abi, region->id, CORDON_DESCRIBE_NOT_0,
                        SHOWN_WAYS + 1, note_way, &ways);
    struct cordon_sink sink = cordon_string_sink(&ways.text);
    if (error || ways.count > ways.shown)
        cordon_sink_text(&sink, ways.shown ? ", or …" : "…");
    *text = ways.text;
}

/* A call of the region that shows the difference; one that doesn't is none. */
static enum cordon_answer find_witness(struct differ *differ, const struct region *region,
                                       cordon_node calls, struct finding *finding,
                                       struct cordon_data *call)
{
    enum cordon_answer answer = cordon_model_find(differ->model, calls, 1, call);
    if (answer != CORDON_YES)
        return answer;
    /* where they aren't asked about, they are any: then the least of the region */
    uint32_t *nr = &call->word[CORDON_WORD_NR], *arch = &call->word[CORDON_WORD_ARCH];
    *nr = *nr < region->first || *nr > region->last ? region->first : *nr;
    if (region->abi || !regions_look_at(&differ->regions, calls, CORDON_WORD_ARCH))
        *arch = region->arch;
    uint32_t a = cordon_model_evaluate(differ->model, differ->a, call);
    uint32_t b = cordon_model_evaluate(differ->model, differ->b, call);
    action_text(a, finding->a, sizeof finding->a);
    action_text(b, finding->b, sizeof finding->b);
    bool shows = differ->subset ? cordon_action_compare(a, b) > 0 : a != b;
    finding->witness = shows ? call : NULL;
    return shows ? CORDON_YES : CORDON_UNDECIDED;
}

/* One pair of answers within a region's part, which `names` share. */
static void tell_pair(struct differ *differ, const struct region *region, const char *names,
                      uint32_t pair)
{
    struct cordon_data call;
    struct cordon_string condition;
    cordon_node leaf = differ->difference.pairs[pair].a;
    struct finding finding = {
        .region = region, .names = names, .others = cordon_node_same(leaf, CORDON_NODE_NONE)};
    cordon_node calls = calls_of_pair(differ, region, pair + 1);
    enum cordon_answer answer = find_witness(differ, region, calls, &finding, &call);
    if (answer == CORDON_NO)
        return;
    condition_of(differ, region, calls, &condition);
    finding.condition = condition.text ? condition.text : "";
    differ->found += answer == CORDON_YES;
    differ->undecided += answer == CORDON_UNDECIDED;
    begin_abi(differ, region);
    differ->lines++;
    if (differ->list)
        note_finding(differ, &finding);
    else
        print_finding(&finding);
    cordon_string_free(&condition);
}

/* Which pairs hang below a part. */
static void mark_pair(void *context, uint32_t value)
{
    ((bool *)context)[value] = true;
}

/* Are all calls of an ABI answered by one pair? */
static bool is_uniform(const struct differ *differ, const struct region *region)
{
    return region->abi && region->first == region->abi->nr_first &&
           region->last == region->abi->nr_last &&
           cordon_model_view(differ->model, region->part).is_leaf;
}

/* The heading of a region's ABI; ABIs that are as uniform come under one. */
static void head(struct differ *differ, size_t at, bool *told)
{
    const struct region *region = &differ->regions.list[at];
    struct cordon_sink sink = cordon_string_sink(&differ->heading);
    differ->heading.length = 0;
    cordon_sink_text(&sink, region->abi ? region->abi->name : "other architectures");
    for (size_t i = at + 1; i < differ->regions.count && is_uniform(differ, region); i++) {
        const struct region *other = &differ->regions.list[i];
        if (differ->list || !is_uniform(differ, other) ||
            !cordon_node_same(other->part, region->part))
            continue;
        told[i] = true;
        cordon_sink_text(&sink, ", ");
        cordon_sink_text(&sink, other->abi->name);
    }
}

static void tell_region(struct differ *differ, size_t at, bool *told)
{
    const struct region *region = &differ->regions.list[at];
    struct cordon_string names = {0};
    struct cordon_sink sink = cordon_string_sink(&names);
    bool whole = cordon_model_view(differ->model, region->part).is_leaf;
    bool named = region->id != CORDON_NO_ID ||
                 regions_look_at(&differ->regions, region->part, CORDON_WORD_NR);
    uint32_t count = 0;
    for (size_t i = at; i < differ->regions.count; i++) {
        const struct region *other = &differ->regions.list[i];
        char name[64];
        if (told[i] || other->abi != region->abi || other->arch != region->arch ||
            !cordon_node_same(other->part, region->part) ||
            (i > at && !whole && (named || other->id != CORDON_NO_ID)))
            continue;
        told[i] = true;
        if (count++ >= SHOWN_NAMES && !differ->list)
            continue;
        region_name(differ, other, name, sizeof name);
        cordon_sink_text(&sink, i > at ? ", " : "");
        cordon_sink_text(&sink, name);
    }
    if (count > SHOWN_NAMES && !differ->list) {
        cordon_sink_text(&sink, " and ");
        cordon_sink_decimal(&sink, count - SHOWN_NAMES);
        cordon_sink_text(&sink, " more");
    }
    if (differ->headed == region->abi &&
        differ->lines >= (differ->list ? NOTED_LINES : SHOWN_LINES)) {
        differ->unsaid += count; /* more than enough was found */
        cordon_string_free(&names);
        return;
    }
    head(differ, at, told);
    bool *pairs = calloc(differ->difference.count + 1u, sizeof *pairs);
    if (pairs && names.text && differ->heading.text &&
        !cordon_model_leaves(differ->model, region->part, mark_pair, pairs))
        for (uint32_t pair = 0, shown = 0; pair < differ->difference.count; pair++)
            if (pairs[pair + 1] && (shown++ < SHOWN_PAIRS || !differ->found))
                tell_pair(differ, region, names.text, pair);
    free(pairs);
    cordon_string_free(&names);
}

static bool tell_all(struct differ *differ)
{
    bool *told = calloc(differ->regions.count + 1, sizeof *told);
    if (!told) {
        fail("out of memory");
        return false;
    }
    for (size_t i = 0; i < differ->regions.count; i++)
        if (!told[i])
            tell_region(differ, i, told);
    free(told);
    return true;
}

/* ---- the command ---- */

static int verdict_of(const struct differ *differ)
{
    return differ->found ? EXIT_NO : differ->undecided ? EXIT_UNDECIDED : EXIT_YES;
}

static int conclude(struct differ *differ, const char *a, const char *b)
{
    int status = verdict_of(differ);
    tell_rest(differ);
    if (differ->list) {
        static const char *const words[] = {"yes", "no", "", "undecided"};
        return print_json(json_pack("{ss so}", differ->subset ? "subset" : "equal", words[status],
                                    "differences", differ->list),
                          status);
    }
    if (status == EXIT_YES)
        printf(differ->subset ? "%s is nowhere more permissive than %s\n" : "%s and %s are equal\n",
               a, b);
    else if (status == EXIT_UNDECIDED && !differ->spent)
        puts("undecided: they compute with arguments, and no call that tells them apart was found");
    return finish_output(status);
}

/* A limit was reached: what was found stands, what wasn't is open. */
static void give_up(struct differ *differ, enum cordon_error why)
{
    differ->undecided++;
    differ->spent = true;
    fail("undecided: %s", cordon_error_text(why));
}

/* Nothing was found call by call: then there is nothing, or it isn't known. */
static void make_sure(struct differ *differ)
{
    enum cordon_answer answer = differ->subset
                                    ? cordon_model_subset(differ->model, differ->a, differ->b, NULL)
                                    : cordon_model_equal(differ->model, differ->a, differ->b, NULL);
    differ->found += answer == CORDON_NO;
    differ->undecided += answer == CORDON_UNDECIDED;
}

static bool compare(struct differ *differ)
{
    enum cordon_difference_kind kind = differ->subset ? CORDON_DIFFER_LOOSER : CORDON_DIFFER_AT_ALL;
    enum cordon_error error =
        cordon_model_difference(&differ->difference, differ->model, differ->a, differ->b, kind);
    if (error) {
        give_up(differ, error);
        return true;
    }
    differ->regions.model = differ->model;
    differ->regions.root = differ->difference.graph;
    bool good = regions_find(&differ->regions, differ->options) && tell_all(differ);
    error = cordon_model_status(differ->model);
    if (good && error)
        give_up(differ, error);
    else if (good && verdict_of(differ) == EXIT_YES && !differ->options->abi_count)
        make_sure(differ);
    cordon_difference_free(&differ->difference);
    free(differ->regions.list);
    cordon_string_free(&differ->heading);
    return good;
}

/* The same instructions mean the same, whatever it is. */
static bool same_program(const struct input *a, const struct input *b)
{
    return a->kind == INPUT_FILTER && b->kind == INPUT_FILTER &&
           a->program.length == b->program.length &&
           !memcmp(a->program.insns, b->program.insns, a->program.length * sizeof *a->insns);
}

static bool compare_inputs(struct differ *differ, const struct input inputs[2])
{
    struct options whole = {0};
    if (same_program(&inputs[0], &inputs[1]))
        return true;
    enum cordon_error error = input_graph(&inputs[0], differ->model, &whole, &differ->a);
    if (!error)
        error = input_graph(&inputs[1], differ->model, &whole, &differ->b);
    if (!error)
        return compare(differ);
    if (error == CORDON_E_BUDGET)
        give_up(differ, error);
    return error == CORDON_E_BUDGET;
}

int diff_inputs(const struct input inputs[2], const struct options *options, bool subset)
{
    struct differ differ = {.options = options, .subset = subset};
    int status = EXIT_BAD;
    differ.model = new_model();
    if (!differ.model)
        return EXIT_BAD;
    if (options->json)
        differ.list = json_array();
    if (inputs[0].big_endian != inputs[1].big_endian && inputs[0].kind != inputs[1].kind)
        fail("the two are for machines of different byte order");
    else if (compare_inputs(&differ, inputs))
        status = conclude(&differ, inputs[0].name, inputs[1].name);
    cordon_model_free(differ.model);
    return status;
}

int command_diff(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct options reading = options;
    reading.abi_count = 0; /* -a says which calls are compared, not what the policies are for */
    struct input inputs[2] = {{0}};
    status = EXIT_BAD;
    if (input_read(&inputs[0], argv[first], &reading, &reporter) &&
        input_read(&inputs[1], argv[first + 1], &reading, &reporter))
        status = diff_inputs(inputs, &options, options.value[OPTION_SUBSET] != NULL);
    input_free(&inputs[0]);
    input_free(&inputs[1]);
    return status;
}
