/* SPDX-License-Identifier: MIT */
/*
 * cmd_diff.c: cordon diff: do two filters mean the same? If not: for each call that they answer
 * differently, both answers, under what condition, and one call of that kind in full.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/compare.h"
#include "cordon/describe.h"

#define MAX_WAYS    200u
#define SHOWN_WAYS  4u
#define SHOWN_NAMES 24u /* JSON has them all */

struct own {
    bool subset;
};

/* Numbers of an ABI on which the difference is the same; id CORDON_NO_ID: they have no names. */
struct region {
    const struct cordon_abi *abi; /* NULL: an architecture that we don't know */
    uint32_t arch, first, last;
    uint16_t id;
    cordon_node part;
};

struct differ {
    struct cordon_model *model;
    const struct options *options;
    bool subset;
    struct cordon_difference difference;
    struct region *regions;
    size_t count, room;
    uint32_t found, undecided; /* differences, and those of which we don't know */
    json_t *list;
    const struct cordon_abi *headed; /* the ABI whose heading was printed */
    bool any_headed;
};

/* ---- where --------------------------------------------------------------------------------- */

static bool same_answers(const struct differ *differ, cordon_node part)
{
    struct cordon_view view = cordon_model_view(differ->model, part);
    return view.is_leaf && !view.is_computed && view.value == 0;
}

static bool add_region(struct differ *differ, struct region region)
{
    if (same_answers(differ, region.part))
        return true;
    if (!cordon_array_grow(&cordon_allocator_libc, (void **)&differ->regions, &differ->room,
                           sizeof *differ->regions, differ->count + 1)) {
        fail("out of memory");
        return false;
    }
    differ->regions[differ->count++] = region;
    return true;
}

/* Numbers first … last of an ABI, answered alike, cut where names begin and end. */
static bool add_numbers(struct differ *differ, const struct cordon_abi *abi, uint32_t first,
                        uint32_t last, cordon_node part)
{
    struct region region = {abi, abi->token, first, last, CORDON_NO_ID, part};
    if (same_answers(differ, part))
        return true;
    for (uint32_t i = 0; i < cordon_syscall_count(abi) && first <= last; i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr < first)
            continue;
        if (nr > last)
            break;
        region.first = first;
        region.last = nr - 1;
        region.id = CORDON_NO_ID;
        if (nr > first && !add_region(differ, region))
            return false;
        region = (struct region){abi, abi->token, nr, nr, id, part};
        if (!add_region(differ, region))
            return false;
        first = nr + 1;
    }
    region = (struct region){abi, abi->token, first, last, CORDON_NO_ID, part};
    return first > last || add_region(differ, region);
}

/* The part of one architecture, from the ABI's first number to its last. */
static bool add_abi(struct differ *differ, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(differ->model, differ->difference.graph, abi->token);
    struct cordon_view view = cordon_model_view(differ->model, part);
    struct region all = {abi, abi->token, abi->nr_first, abi->nr_last, CORDON_NO_ID, part};
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX)
        return add_region(differ, all);
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct cordon_edge edge = cordon_model_view(differ->model, part).edges[i];
        uint32_t first = from > abi->nr_first ? from : abi->nr_first;
        uint32_t last = edge.last < abi->nr_last ? edge.last : abi->nr_last;
        if (first <= last && !add_numbers(differ, abi, first, last, edge.to))
            return false;
        from = edge.last + 1;
    }
    return true;
}

/* Numbers that are no ABI's: the negative ones. */
static bool add_negative(struct differ *differ, const struct cordon_abi *abi)
{
    cordon_node part = cordon_part_of_arch(differ->model, differ->difference.graph, abi->token);
    struct cordon_view view = cordon_model_view(differ->model, part);
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX)
        return true; /* said with the ABI's own */
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct region region = {abi,
                                abi->token,
                                from > 0x80000000u ? from : 0x80000000u,
                                view.edges[i].last,
                                CORDON_NO_ID,
                                view.edges[i].to};
        if (region.first <= region.last && !add_region(differ, region))
            return false;
        from = view.edges[i].last + 1;
    }
    return true;
}

static bool is_known_token(uint32_t token)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == token)
            return true;
    return false;
}

/* Architectures of which we know no ABI: one of each interval. */
static bool add_unknown(struct differ *differ)
{
    cordon_node root = differ->difference.graph;
    struct cordon_view view = cordon_model_view(differ->model, root);
    struct region region = {.last = UINT32_MAX, .id = CORDON_NO_ID, .part = root};
    if (view.is_leaf || view.term != CORDON_WORD_ARCH || view.mask != UINT32_MAX)
        return add_region(differ, region);
    uint32_t from = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        struct cordon_edge edge = cordon_model_view(differ->model, root).edges[i];
        for (region.arch = from; region.arch < edge.last && is_known_token(region.arch);)
            region.arch++;
        region.part = edge.to;
        if (!is_known_token(region.arch) && !add_region(differ, region))
            return false;
        from = edge.last + 1;
    }
    return true;
}

static bool find_regions(struct differ *differ)
{
    const struct options *options = differ->options;
    for (uint32_t i = 0; i < options->abi_count; i++)
        if (!add_abi(differ, cordon_abi(options->abis[i])))
            return false;
    if (options->abi_count)
        return true;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!add_abi(differ, abi) || (abi->id != CORDON_ABI_X32 && !add_negative(differ, abi)))
            return false;
    }
    return add_unknown(differ);
}

/* ---- what ---------------------------------------------------------------------------------- */

static void verdict_text(struct differ *differ, cordon_node leaf, const struct cordon_data *call,
                         char *text, size_t room)
{
    action_text(cordon_model_evaluate(differ->model, leaf, call), text, room);
}

/* The conditions under which one pair of answers is given. */
struct ways {
    struct differ *differ;
    uint32_t pair; /* + 1 */
    uint32_t count;
    struct cordon_string text;
};

static bool note_way(void *context, const struct cordon_way *way)
{
    struct ways *ways = context;
    struct cordon_view view = cordon_model_view(ways->differ->model, way->leaf);
    if (view.value != ways->pair || !way->condition[0])
        return true;
    struct cordon_sink sink = cordon_string_sink(&ways->text);
    if (ways->count++ < SHOWN_WAYS) {
        cordon_sink_text(&sink, ways->count > 1 ? ", or " : "");
        cordon_sink_text(&sink, way->condition);
    }
    return true;
}

static void region_name(const struct region *region, char *text, size_t room)
{
    if (region->id != CORDON_NO_ID)
        snprintf(text, room, "%s", cordon_syscall_name(region->id));
    else if (!region->abi)
        snprintf(text, room, "any call");
    else if (region->first == region->abi->nr_first && region->last == region->abi->nr_last)
        snprintf(text, room, "any call");
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

static void print_heading(struct differ *differ, const struct region *region)
{
    if (differ->any_headed && differ->headed == region->abi)
        return;
    printf("%s:\n", region->abi ? region->abi->name : "other architectures");
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
};

static void print_finding(struct differ *differ, const struct finding *finding)
{
    print_heading(differ, finding->region);
    if (!finding->witness) {
        printf("  %s: undecided%s%s\n", finding->names, finding->condition[0] ? " for " : "",
               finding->condition);
        return;
    }
    printf("  %s: A answers %s, B answers %s%s%s\n      ", finding->names, finding->a, finding->b,
           finding->condition[0] ? ", if " : "", finding->condition);
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

/* One pair of answers within a region's part, which `names` share. */
static void tell_pair(struct differ *differ, const struct region *region, const char *names,
                      uint32_t pair)
{
    struct cordon_data call;
    enum cordon_answer answer = cordon_model_find(differ->model, region->part, pair + 1, &call);
    if (answer == CORDON_NO)
        return;
    struct ways ways = {.differ = differ, .pair = pair + 1};
    const struct cordon_abi *abi = region->abi ? region->abi : cordon_abi_native();
    enum cordon_error error =
        cordon_describe(differ->model, region->part, abi, region->id, 0, MAX_WAYS, note_way, &ways);
    struct cordon_sink sink = cordon_string_sink(&ways.text);
    if (error || ways.count > SHOWN_WAYS)
        cordon_sink_text(&sink, ", or …");
    struct finding finding = {
        .region = region, .names = names, .condition = ways.text.text ? ways.text.text : ""};
    if (answer == CORDON_YES) {
        struct cordon_pair leaves = differ->difference.pairs[pair];
        call.word[CORDON_WORD_ARCH] = region->arch;
        if (region->id != CORDON_NO_ID || region->first > 0 || region->last != UINT32_MAX)
            call.word[CORDON_WORD_NR] = call.word[CORDON_WORD_NR] < region->first ||
                                                call.word[CORDON_WORD_NR] > region->last
                                            ? region->first
                                            : call.word[CORDON_WORD_NR];
        finding.witness = &call;
        verdict_text(differ, leaves.a, &call, finding.a, sizeof finding.a);
        verdict_text(differ, leaves.b, &call, finding.b, sizeof finding.b);
    }
    differ->found += answer == CORDON_YES;
    differ->undecided += answer == CORDON_UNDECIDED;
    if (differ->list)
        note_finding(differ, &finding);
    else
        print_finding(differ, &finding);
    cordon_string_free(&ways.text);
}

/* Which pairs hang below a part. */
static void mark_pair(void *context, uint32_t value)
{
    ((bool *)context)[value] = true;
}

static void tell_region(struct differ *differ, size_t at, bool *told)
{
    const struct region *region = &differ->regions[at];
    struct cordon_string names = {0};
    struct cordon_sink sink = cordon_string_sink(&names);
    bool whole = cordon_model_view(differ->model, region->part).is_leaf;
    uint32_t count = 0;
    for (size_t i = at; i < differ->count; i++) {
        const struct region *other = &differ->regions[i];
        char name[64];
        if (told[i] || other->abi != region->abi || other->arch != region->arch ||
            !cordon_node_same(other->part, region->part) || (i > at && !whole))
            continue;
        told[i] = true;
        if (count++ >= SHOWN_NAMES && !differ->list)
            continue;
        region_name(other, name, sizeof name);
        cordon_sink_text(&sink, i > at ? ", " : "");
        cordon_sink_text(&sink, name);
    }
    if (count > SHOWN_NAMES && !differ->list) {
        cordon_sink_text(&sink, " and ");
        cordon_sink_decimal(&sink, count - SHOWN_NAMES);
        cordon_sink_text(&sink, " more");
    }
    bool *pairs = calloc(differ->difference.count + 1u, sizeof *pairs);
    if (pairs && names.text && !cordon_model_leaves(differ->model, region->part, mark_pair, pairs))
        for (uint32_t pair = 0; pair < differ->difference.count; pair++)
            if (pairs[pair + 1])
                tell_pair(differ, region, names.text, pair);
    free(pairs);
    cordon_string_free(&names);
}

static bool tell_all(struct differ *differ)
{
    bool *told = calloc(differ->count + 1, sizeof *told);
    if (!told) {
        fail("out of memory");
        return false;
    }
    for (size_t i = 0; i < differ->count; i++)
        if (!told[i])
            tell_region(differ, i, told);
    free(told);
    return true;
}

/* ---- the command ---------------------------------------------------------------------------- */

static int verdict_of(const struct differ *differ)
{
    return differ->found ? EXIT_NO : differ->undecided ? EXIT_UNDECIDED : EXIT_YES;
}

static int conclude(struct differ *differ, const char *a, const char *b)
{
    int status = verdict_of(differ);
    if (differ->list) {
        static const char *const words[] = {"yes", "no", "", "undecided"};
        return print_json(json_pack("{ss so}", differ->subset ? "subset" : "equal", words[status],
                                    "differences", differ->list),
                          status);
    }
    if (status == EXIT_YES)
        printf(differ->subset ? "%s is nowhere more permissive than %s\n" : "%s and %s are equal\n",
               a, b);
    else if (status == EXIT_UNDECIDED)
        puts("undecided: they compute with arguments, and no call that tells them apart was found");
    return finish_output(status);
}

static int compare(struct differ *differ, cordon_node a, cordon_node b, const char *a_name,
                   const char *b_name)
{
    enum cordon_difference_kind kind = differ->subset ? CORDON_DIFFER_LOOSER : CORDON_DIFFER_AT_ALL;
    if (cordon_model_difference(&differ->difference, differ->model, a, b, kind)) {
        fail("undecided: %s", cordon_error_text(cordon_model_status(differ->model)));
        return EXIT_UNDECIDED;
    }
    int status = EXIT_BAD;
    if (find_regions(differ) && tell_all(differ)) {
        if (cordon_model_status(differ->model)) {
            fail("undecided: %s", cordon_error_text(cordon_model_status(differ->model)));
            status = differ->found ? EXIT_NO : EXIT_UNDECIDED;
        } else {
            status = conclude(differ, a_name, b_name);
        }
    }
    cordon_difference_free(&differ->difference);
    free(differ->regions);
    return status;
}

static int diff_inputs(const struct input inputs[2], const struct options *options, bool subset)
{
    struct differ differ = {.options = options, .subset = subset};
    struct options whole = {0};
    cordon_node nodes[2];
    int status = EXIT_BAD;
    differ.model = new_model();
    if (!differ.model)
        return EXIT_BAD;
    if (options->json)
        differ.list = json_array();
    if (inputs[0].big_endian != inputs[1].big_endian && inputs[0].kind != inputs[1].kind)
        fail("the two are for machines of different byte order");
    else if (input_graph(&inputs[0], differ.model, &whole, &nodes[0]) &&
             input_graph(&inputs[1], differ.model, &whole, &nodes[1]))
        status = compare(&differ, nodes[0], nodes[1], inputs[0].name, inputs[1].name);
    cordon_model_free(differ.model);
    return status;
}

static bool take(void *context, int option, const char *value)
{
    (void)option, (void)value;
    ((struct own *)context)->subset = true;
    return true;
}

int command_diff(int argc, char **argv)
{
    static const struct option own_options[] = {{"subset", no_argument, NULL, 's'}, {0}};
    struct own own = {0};
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, "s", own_options, take, &own, &status);
    if (first < 0)
        return status;
    if (argc - first != 2)
        return usage_error("diff", "which two filters or policies?");
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct options reading = options;
    reading.abi_count = 0; /* -a says which calls are compared, not what the policies are for */
    struct input inputs[2] = {{0}};
    status = EXIT_BAD;
    if (input_read(&inputs[0], argv[first], &reading, &reporter) &&
        input_read(&inputs[1], argv[first + 1], &reading, &reporter))
        status = diff_inputs(inputs, &options, own.subset);
    input_free(&inputs[0]);
    input_free(&inputs[1]);
    return status;
}
