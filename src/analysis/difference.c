/* SPDX-License-Identifier: MIT */
/*
 * difference.c: reports the graph of differences by region and pair of verdicts. Regions of one ABI
 * that differ in the same way are reported together.
 */
#include "cordon/difference.h"

#include "cordon/action.h"
#include "cordon/describe.h"
#include "regions.h"

#define SHOWN_WAYS  4u   /* conditions listed for one pair of verdicts … */
#define SHOWN_TEXT  400u /* … and the length of their text after which no more are listed */
#define SHOWN_PAIRS 64u  /* pairs of verdicts for one call */

struct differ {
    struct cordon_model *model;
    const struct cordon_difference_options *options;
    const struct cordon_difference_listener *listener;
    cordon_node a, b;
    struct cordon_difference_graph graph;
    struct cordon_arena arena; /* length of the arrays below */
    struct regions regions;
    bool *reported;               /* by region: part of the current difference */
    bool *pairs;                  /* by leaf of the graph: the current region has it */
    struct cordon_region *shared; /* the regions of the current difference */
    uint32_t shared_count;
    const struct cordon_abi *abi; /* of the last difference */
    bool any_abi;                 /* there is a last difference */
    uint32_t listed, omitted;     /* reported for this ABI */
    bool no_memory;
    struct cordon_difference_summary summary;
};

/* ---- one pair of answers ---- */

static uint32_t is_pair(void *context, uint32_t value)
{
    return value == *(uint32_t *)context;
}

/* The calls of a region that have one pair of verdicts: leaf 1, all others 0. */
static cordon_node calls_of_pair(struct differ *differ, const struct region *region, uint32_t leaf)
{
    struct cordon_model *model = differ->model;
    const struct cordon_region *in = &region->calls;
    cordon_node no = cordon_model_leaf(model, 0);
    cordon_node calls = cordon_model_map(model, region->part, is_pair, &leaf);
    uint32_t words = cordon_model_words(model, calls);
    if (words & 1u << CORDON_WORD_NR) /* it is tested under masks, or used in arithmetic */
        calls =
            cordon_model_range(model, CORDON_WORD_NR, UINT32_MAX, in->first, in->last, calls, no);
    if (!(words & 1u << CORDON_WORD_ARCH))
        return calls;
    calls =
        cordon_model_range(model, CORDON_WORD_ARCH, UINT32_MAX, in->arch, in->last_arch, calls, no);
    for (int id = 0; id < CORDON_ABI_COUNT && !in->abi; id++) {
        uint32_t token = cordon_abi(id)->token;
        calls = cordon_model_range(model, CORDON_WORD_ARCH, UINT32_MAX, token, token, no, calls);
    }
    return calls;
}

/* The conditions that lead to one pair of verdicts, as text. */
struct ways {
    uint32_t count, shown;
    struct cordon_string text;
};

static bool add_way(void *context, const struct cordon_way *way)
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

static struct cordon_string condition_of(struct differ *differ, const struct cordon_region *in,
                                         cordon_node calls)
{
    struct ways ways = {.text.allocator = differ->options->allocator};
    enum cordon_error error =
        cordon_describe(differ->model, calls, in->abi ? in->abi : cordon_abi_native(), in->id,
                        CORDON_DESCRIBE_NOT_0, SHOWN_WAYS + 1, add_way, &ways);
    struct cordon_sink sink = cordon_string_sink(&ways.text);
    if (error || ways.count > ways.shown)
        cordon_sink_text(&sink, ways.shown ? ", or …" : "…");
    differ->no_memory |= ways.text.failed;
    return ways.text;
}

/* A call of the region that shows the difference, and both verdicts; *call is set if YES. */
static enum cordon_answer find_witness(struct differ *differ, const struct cordon_region *in,
                                       cordon_node calls, struct cordon_difference *difference,
                                       struct cordon_data *call)
{
    enum cordon_answer answer = cordon_model_find(differ->model, calls, 1, call);
    if (answer != CORDON_YES)
        return answer;
    /* an untested word can have any value: the least one of the region is shown */
    uint32_t *nr = &call->word[CORDON_WORD_NR];
    *nr = *nr < in->first || *nr > in->last ? in->first : *nr;
    if (in->abi || !regions_look_at(&differ->regions, calls, CORDON_WORD_ARCH))
        call->word[CORDON_WORD_ARCH] = in->arch;
    difference->a = cordon_model_evaluate(differ->model, differ->a, call);
    difference->b = cordon_model_evaluate(differ->model, differ->b, call);
    bool shows = differ->options->subset ? cordon_action_compare(difference->a, difference->b) > 0
                                         : difference->a != difference->b;
    difference->witness = shows ? call : NULL;
    return shows ? CORDON_YES : CORDON_UNDECIDED;
}

static void end_abi(struct differ *differ)
{
    if (differ->omitted && differ->listener->omitted)
        differ->listener->omitted(differ->listener->context, differ->abi, differ->omitted);
    differ->summary.omitted += differ->omitted;
    differ->listed = differ->omitted = 0;
}

static void begin_abi(struct differ *differ, const struct cordon_abi *abi)
{
    if (differ->any_abi && differ->abi == abi)
        return;
    end_abi(differ);
    differ->abi = abi;
    differ->any_abi = true;
}

static void report_pair(struct differ *differ, const struct region *region, uint32_t abis,
                        uint32_t pair)
{
    struct cordon_data call;
    struct cordon_difference difference = {
        .regions = differ->shared,
        .region_count = differ->shared_count,
        .abis = abis,
        .example = cordon_node_same(differ->graph.pairs[pair].a, CORDON_NODE_NONE)};
    cordon_node calls = calls_of_pair(differ, region, pair + 1);
    enum cordon_answer answer = find_witness(differ, &region->calls, calls, &difference, &call);
    if (answer == CORDON_NO)
        return;
    struct cordon_string condition = condition_of(differ, &region->calls, calls);
    difference.condition = condition.text ? condition.text : "";
    differ->summary.found += answer == CORDON_YES;
    differ->summary.undecided += answer == CORDON_UNDECIDED;
    begin_abi(differ, region->calls.abi);
    differ->listed++;
    if (!differ->no_memory)
        differ->listener->difference(differ->listener->context, &difference);
    cordon_string_free(&condition);
}

/* ---- regions with the same difference ---- */

static bool is_leaf(const struct differ *differ, const struct region *region)
{
    return cordon_model_view(differ->model, region->part).is_leaf;
}

static bool covers_abi(const struct cordon_region *calls)
{
    return calls->abi && calls->first == calls->abi->nr_first && calls->last == calls->abi->nr_last;
}

static void gather_regions(struct differ *differ, size_t at)
{
    const struct region *region = &differ->regions.list[at];
    bool leaf = is_leaf(differ, region);
    bool tests_nr = region->calls.id == CORDON_NO_ID &&
                    regions_look_at(&differ->regions, region->part, CORDON_WORD_NR);
    differ->shared_count = 0;
    for (size_t i = at; i < differ->regions.count; i++) {
        const struct region *other = &differ->regions.list[i];
        if (other->calls.abi != region->calls.abi)
            break; /* the regions of an ABI are adjacent */
        bool named = region->calls.id != CORDON_NO_ID || other->calls.id != CORDON_NO_ID;
        bool alone = !leaf && (named || tests_nr); /* its conditions belong to one call */
        bool alike =
            other->calls.arch == region->calls.arch && cordon_node_same(other->part, region->part);
        if (differ->reported[i] || (i > at && (alone || !alike)))
            continue;
        differ->reported[i] = true;
        differ->shared[differ->shared_count] = other->calls;
        differ->shared[differ->shared_count++].rest =
            other->calls.id == CORDON_NO_ID && covers_abi(&other->calls) && tests_nr;
    }
}

/* Have all calls of an ABI the same pair of verdicts? */
static bool is_uniform(const struct differ *differ, const struct region *region)
{
    return covers_abi(&region->calls) && is_leaf(differ, region);
}

/* The ABI of a region, and those whose calls all differ in the same way. */
static uint32_t gather_abis(struct differ *differ, size_t at)
{
    const struct region *region = &differ->regions.list[at];
    if (!region->calls.abi)
        return 0;
    uint32_t abis = UINT32_C(1) << region->calls.abi->id;
    if (!differ->options->join_abis || !is_uniform(differ, region))
        return abis;
    for (size_t i = at + 1; i < differ->regions.count; i++) {
        const struct region *other = &differ->regions.list[i];
        if (!is_uniform(differ, other) || !cordon_node_same(other->part, region->part))
            continue;
        differ->reported[i] = true;
        abis |= UINT32_C(1) << other->calls.abi->id;
    }
    return abis;
}

static void mark_pair(void *context, uint32_t leaf)
{
    ((bool *)context)[leaf] = true;
}

static void report_region(struct differ *differ, size_t at)
{
    const struct region *region = &differ->regions.list[at];
    uint32_t per_abi = differ->options->per_abi, shown = 0;
    gather_regions(differ, at);
    if (per_abi && differ->abi == region->calls.abi && differ->listed >= per_abi) {
        differ->omitted += differ->shared_count;
        return;
    }
    uint32_t abis = gather_abis(differ, at);
    for (uint32_t leaf = 0; leaf <= differ->graph.count; leaf++)
        differ->pairs[leaf] = false;
    if (cordon_model_leaves(differ->model, region->part, mark_pair, differ->pairs))
        return; /* the graph's status has the reason */
    for (uint32_t pair = 0; pair < differ->graph.count && !differ->no_memory; pair++)
        if (differ->pairs[pair + 1] && (shown++ < SHOWN_PAIRS || !differ->summary.found))
            report_pair(differ, region, abis, pair);
}

/* ---- all ---- */

static bool report_regions(struct differ *differ)
{
    size_t count = differ->regions.count;
    differ->reported = cordon_arena_array(&differ->arena, count + 1, sizeof *differ->reported);
    differ->shared = cordon_arena_array(&differ->arena, count + 1, sizeof *differ->shared);
    differ->pairs =
        cordon_arena_array(&differ->arena, differ->graph.count + (size_t)1, sizeof *differ->pairs);
    if (!differ->reported || !differ->shared || !differ->pairs)
        return false;
    for (size_t i = 0; i < count && !differ->no_memory; i++)
        if (!differ->reported[i])
            report_region(differ, i);
    end_abi(differ);
    return !differ->no_memory;
}

/* The graph could not grow: the differences found so far count, the rest is undecided. */
static void reach_limit(struct differ *differ, enum cordon_error error)
{
    differ->summary.undecided++;
    differ->summary.limit = error;
}

/* No region has a difference: then there is none at all, or it is undecided. */
static void make_sure(struct differ *differ)
{
    enum cordon_answer answer = differ->options->subset
                                    ? cordon_model_subset(differ->model, differ->a, differ->b, NULL)
                                    : cordon_model_equal(differ->model, differ->a, differ->b, NULL);
    differ->summary.found += answer == CORDON_NO;
    differ->summary.undecided += answer == CORDON_UNDECIDED;
}

static bool find_differences(struct differ *differ)
{
    const struct cordon_difference_options *options = differ->options;
    enum cordon_error error =
        cordon_model_difference(&differ->graph, differ->model, differ->a, differ->b,
                                options->subset ? CORDON_DIFFER_LOOSER : CORDON_DIFFER_AT_ALL);
    if (error) {
        reach_limit(differ, error);
        return true;
    }
    differ->regions.root = differ->graph.graph;
    if (!regions_find(&differ->regions, options->abis, options->abi_count) ||
        !report_regions(differ))
        return false;
    error = cordon_model_status(differ->model);
    if (error)
        reach_limit(differ, error);
    else if (!differ->summary.found && !differ->summary.undecided && !options->abi_count)
        make_sure(differ);
    return true;
}

enum cordon_error cordon_differences(struct cordon_model *model, cordon_node a, cordon_node b,
                                     const struct cordon_difference_options *options,
                                     const struct cordon_difference_listener *listener,
                                     struct cordon_difference_summary *summary)
{
    const struct cordon_allocator *allocator =
        options->allocator ? options->allocator : &cordon_allocator_libc;
    struct differ differ = {.model = model,
                            .options = options,
                            .listener = listener,
                            .a = a,
                            .b = b,
                            .regions = {.model = model, .allocator = allocator}};
    cordon_arena_init(&differ.arena, allocator, 0);
    bool good = find_differences(&differ);
    cordon_difference_graph_free(&differ.graph);
    regions_free(&differ.regions);
    cordon_arena_free(&differ.arena);
    if (!good)
        return CORDON_E_NO_MEMORY;
    differ.summary.answer = differ.summary.found       ? CORDON_NO
                            : differ.summary.undecided ? CORDON_UNDECIDED
                                                       : CORDON_YES;
    *summary = differ.summary;
    return CORDON_OK;
}

void cordon_region_print(struct cordon_sink *sink, const struct cordon_region *region)
{
    const struct cordon_abi *abi = region->abi;
    if (region->id != CORDON_NO_ID) {
        cordon_sink_text(sink, cordon_syscall_name(region->id));
    } else if (!abi || (region->first == abi->nr_first && region->last == abi->nr_last)) {
        cordon_sink_text(sink, region->rest ? "other numbers" : "any call");
    } else if (region->first == region->last) {
        cordon_sink_text(sink, "number ");
        cordon_sink_decimal(sink, region->first);
    } else {
        cordon_sink_text(sink, "numbers ");
        if (region->first)
            cordon_sink_hex(sink, region->first, 1);
        else
            cordon_sink_text(sink, "0");
        cordon_sink_text(sink, " to ");
        cordon_sink_hex(sink, region->last, 1);
    }
}

void cordon_difference_print_regions(struct cordon_sink *sink,
                                     const struct cordon_difference *difference, uint32_t most)
{
    for (uint32_t i = 0; i < difference->region_count && i < most; i++) {
        cordon_sink_text(sink, i ? ", " : "");
        cordon_region_print(sink, &difference->regions[i]);
    }
    if (difference->region_count <= most)
        return;
    cordon_sink_text(sink, " and ");
    cordon_sink_decimal(sink, difference->region_count - most);
    cordon_sink_text(sink, " more");
}

static void print_word(struct cordon_sink *sink, const char *before, uint32_t word)
{
    cordon_sink_text(sink, before);
    if (word)
        cordon_sink_hex(sink, word, 1);
    else
        cordon_sink_text(sink, "0");
}

static void print_words(struct cordon_sink *sink, const struct cordon_data *call)
{
    print_word(sink, "nr=", call->word[CORDON_WORD_NR]);
    print_word(sink, " arch=", call->word[CORDON_WORD_ARCH]);
    for (int i = CORDON_WORD_IP; i < CORDON_WORDS; i++)
        print_word(sink,
                   i == CORDON_WORD_IP     ? " ip="
                   : i == CORDON_WORD_ARGS ? " args="
                                           : ",",
                   call->word[i]);
}

void cordon_difference_print(struct cordon_sink *sink, const struct cordon_difference *difference,
                             uint32_t most)
{
    cordon_sink_text(sink, "  ");
    cordon_difference_print_regions(sink, difference, most);
    if (difference->witness) {
        cordon_sink_text(sink, ": A answers ");
        cordon_action_print(sink, difference->a);
        cordon_sink_text(sink, ", B answers ");
        cordon_action_print(sink, difference->b);
        cordon_sink_text(sink, difference->example ? " (for instance)" : "");
    }
    if (difference->condition[0] || !difference->witness)
        cordon_sink_text(sink, difference->witness        ? ", if "
                               : difference->condition[0] ? ": undecided for "
                                                          : ": undecided");
    cordon_sink_text(sink, difference->condition);
    if (difference->witness) {
        cordon_sink_text(sink, "\n      ");
        print_words(sink, difference->witness);
    }
    cordon_sink_text(sink, "\n");
}
