/* SPDX-License-Identifier: MIT */
/*
 * decompile.c: prints a graph as a policy. Calls with the same verdict share a rule. A call whose
 * arguments are tested gets one rule per path to a verdict, and one without condition for the rest.
 * The printed policy is read again and compared, so a mistake here is never printed.
 */
#include <string.h>

#include "cordon/action.h"
#include "cordon/compare.h"
#include "cordon/describe.h"
#include "cordon/policy.h"
#include "decompiler.h"

#define MAX_WAYS 20000u /* rules with conditions: more of them would not be readable */
#define MAX_MOST 32u    /* verdicts that are tried as that of the last rule */
#define COLUMNS  100u
#define INDENT   4u

/* ---- rules ---- */

static void print_action(struct decompiler *decompiler, uint32_t value)
{
    const struct cordon_action *action = cordon_action_of(value);
    uint32_t data = value & CORDON_ACTION_DATA;
    bool plain = action && (action->has_data || data == 0);
    if (!plain || (action->value == CORDON_ERRNO && data > CORDON_MAX_ERRNO))
        decompile_refuse(decompiler, CORDON_E_MEANING,
                         "the filter returns a value that no action of the policy language has");
    else
        cordon_action_print(&decompiler->sink, value);
}

static void begin_rule(struct decompiler *decompiler, uint32_t value)
{
    cordon_sink_text(&decompiler->sink, decompiler->indented ? "    " : "");
    print_action(decompiler, value);
}

static void print_call(struct decompiler *decompiler)
{
    struct cordon_sink *sink = &decompiler->sink;
    if (decompiler->id != CORDON_NO_ID) {
        cordon_sink_text(sink, cordon_syscall_name(decompiler->id));
        return;
    }
    cordon_sink_text(sink, "syscall ");
    cordon_sink_hex(sink, decompiler->nr_first, 1);
    if (decompiler->nr_last != decompiler->nr_first) {
        cordon_sink_text(sink, "..");
        cordon_sink_hex(sink, decompiler->nr_last, 1);
    }
}

static bool print_way(void *context, const struct cordon_way *way)
{
    struct decompiler *decompiler = context;
    uint32_t value;
    if (is_verdict(decompiler->model, way->leaf, &value) && value == decompiler->rest)
        return true;
    if (!way->is_expressible)
        return decompile_refuse(
            decompiler, CORDON_E_MEANING,
            "the filter computes with arguments in a way that the policy language cannot express");
    if (decompiler->ways++ == MAX_WAYS)
        return decompile_refuse(decompiler, CORDON_E_BUDGET,
                                "the filter has too many paths to be written as rules");
    begin_rule(decompiler, value);
    cordon_sink_text(&decompiler->sink, " ");
    print_call(decompiler);
    cordon_sink_text(&decompiler->sink, "(");
    cordon_sink_text(&decompiler->sink, way->condition);
    cordon_sink_text(&decompiler->sink, ")\n");
    return !decompiler->error;
}

struct most {
    struct cordon_model *model;
    cordon_node node;
    double share;
    uint32_t value, tried;
};

static void find_most(void *context, uint32_t value)
{
    struct most *most = context;
    if (most->tried++ >= MAX_MOST)
        return;
    double share = cordon_model_share(most->model, most->node, value);
    if (share > most->share) {
        most->share = share;
        most->value = value;
    }
}

/* The verdict of the current call or numbers without a rule. */
static uint32_t default_here(const struct decompiler *decompiler)
{
    return decompiler->id != CORDON_NO_ID
               ? default_of_call(decompiler, decompiler->abi, decompiler->id)
               : default_of_numbers(decompiler, decompiler->nr_first);
}

/* Prints the rules of one call whose arguments are tested. `always`: also when the rest has the
 * default. */
static void print_conditions(struct decompiler *decompiler, cordon_node node, bool always)
{
    struct most most = {decompiler->model, node, -1, decompiler->local, 0};
    if (decompiler->error)
        return;
    if (cordon_model_leaves(decompiler->model, node, find_most, &most)) {
        decompile_refuse(decompiler, CORDON_E_NO_MEMORY, "out of memory");
        return;
    }
    decompiler->rest = most.value;
    enum cordon_error error =
        cordon_describe(decompiler->model, node, decompiler->abi, decompiler->id, decompiler->flags,
                        MAX_WAYS, print_way, decompiler);
    if (error)
        decompile_refuse(decompiler, error, "the filter has too many paths to be written as rules");
    if (decompiler->rest == default_here(decompiler) && !always)
        return;
    begin_rule(decompiler, decompiler->rest);
    cordon_sink_text(&decompiler->sink, " ");
    print_call(decompiler);
    cordon_sink_text(&decompiler->sink, "\n");
}

/* ---- calls with the same verdict ---- */

/* An ABI with a default of its own lists all its calls, and ends with a rule for any call. */
static bool has_own_default(const struct decompiler *decompiler, int abi)
{
    return decompiler->own_default[abi] != decompiler->by_default;
}

/* Is a call a leaf, the same on all named ABIs that have it? */
static bool is_common(struct decompiler *decompiler, uint16_t id, uint32_t *value)
{
    bool found = false;
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++) {
        uint32_t here;
        if (!(decompiler->abis >> abi & 1) || has_own_default(decompiler, abi) ||
            cordon_syscall_nr(cordon_abi(abi), id) == CORDON_NO_NR)
            continue;
        if (!is_verdict(decompiler->model, node_of_call(decompiler, cordon_abi(abi), id), &here) ||
            (found && here != *value))
            return false;
        *value = here;
        found = true;
    }
    return found;
}

/* Is a list for this ABI? */
static bool is_meant(const struct decompiler *decompiler, int abi)
{
    return decompiler->abi ? decompiler->abi->id == (enum cordon_abi_id)abi
                           : decompiler->abis >> abi & 1 && !has_own_default(decompiler, abi);
}

static void print_item(struct decompiler *decompiler, const char *name, uint32_t *column)
{
    cordon_sink_text(&decompiler->sink, *column ? "," : "");
    if (*column + strlen(name) + 2 > COLUMNS) {
        cordon_sink_text(&decompiler->sink, decompiler->indented ? "\n       " : "\n   ");
        *column = (decompiler->indented ? 2 : 1) * INDENT - 1;
    }
    cordon_sink_text(&decompiler->sink, " ");
    cordon_sink_text(&decompiler->sink, name);
    *column += (uint32_t)strlen(name) + 2;
}

/* ---- groups ---- */

#define LEAST_MEMBERS 4u /* in a list, so that the group's name says more than they do */

/* On an ABI that a list is for. */
static bool exists(const struct decompiler *decompiler, uint16_t id)
{
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++)
        if (is_meant(decompiler, abi) && cordon_syscall_nr(cordon_abi(abi), id) != CORDON_NO_NR)
            return true;
    return false;
}

#define MAX_CALLS 1024u

struct list {
    const uint16_t *ids;
    uint32_t count;
    bool is_named[MAX_CALLS]; /* a printed group stands for it */
};

/* How many more calls of a list the group stands for; 0: it has others, too. */
static uint32_t covered(const struct decompiler *decompiler, const struct cordon_group *group,
                        const struct list *list)
{
    uint32_t found = 0, at = 0;
    for (uint32_t i = 0; i < group->member_count; i++) {
        if (!exists(decompiler, group->members[i]))
            continue;
        while (at < list->count && list->ids[at] < group->members[i])
            at++;
        if (at == list->count || list->ids[at] != group->members[i])
            return 0;
        found += !list->is_named[at];
    }
    return found;
}

/* Prints the group that stands for most calls that have no other; false: there is none. */
static bool print_largest_group(struct decompiler *decompiler, struct list *list, uint32_t *column)
{
    struct cordon_group best = {0};
    uint32_t most = LEAST_MEMBERS - 1;
    for (uint32_t i = 0; i < cordon_group_count(); i++) {
        struct cordon_group group = cordon_group_nth(i);
        uint32_t found = covered(decompiler, &group, list);
        if (found > most) {
            most = found;
            best = group;
        }
    }
    if (!best.name)
        return false;
    print_item(decompiler, best.name, column);
    for (uint32_t i = 0; i < list->count; i++)
        list->is_named[i] |= cordon_group_has(&best, list->ids[i]);
    return true;
}

static void print_list(struct decompiler *decompiler, uint32_t value, const uint16_t *ids,
                       uint32_t count)
{
    struct list list = {.ids = ids, .count = count};
    uint32_t column = 0;
    begin_rule(decompiler, value);
    while (decompiler->has_groups && print_largest_group(decompiler, &list, &column))
        ;
    for (uint32_t i = 0; i < count; i++)
        if (!list.is_named[i])
            print_item(decompiler, cordon_syscall_name(ids[i]), &column);
    cordon_sink_text(&decompiler->sink, "\n");
}

/* Multiplexers have been printed before all lists. */
static bool makes_others(const struct cordon_abi *abi, uint16_t id)
{
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++)
        if (cordon_subcall_nth(abi, i).multiplexer == id)
            return true;
    return false;
}

/* Have all ABIs that a list is for this verdict without a rule? */
static bool is_default(const struct decompiler *decompiler, uint16_t id, uint32_t value)
{
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++) {
        if (is_meant(decompiler, abi) && cordon_syscall_nr(cordon_abi(abi), id) != CORDON_NO_NR &&
            default_of_call(decompiler, cordon_abi(abi), id) != value &&
            !makes_others(cordon_abi(abi), id))
            return false;
    }
    return true;
}

/* Prints a rule for each verdict in `answer`; the default needs none. */
static void print_lists(struct decompiler *decompiler,
                        bool (*answer)(struct decompiler *decompiler, uint16_t id, uint32_t *value))
{
    uint16_t ids[MAX_CALLS], listed[MAX_CALLS];
    uint32_t values[MAX_CALLS], count = 0;
    for (uint16_t id = 0; id < cordon_syscall_id_count() && count < MAX_CALLS; id++)
        if (answer(decompiler, id, &values[count]) && !is_default(decompiler, id, values[count]))
            ids[count++] = id;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t same = 0;
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = values[j] == values[i];
        for (uint32_t j = i; j < count && !seen; j++)
            if (values[j] == values[i])
                listed[same++] = ids[j];
        if (!seen)
            print_list(decompiler, values[i], listed, same);
    }
}

/* ---- what differs between ABIs ---- */

static bool is_multiplexer(const struct decompiler *decompiler, uint16_t id)
{
    for (uint32_t i = 0; i < decompiler->multiplexer_count; i++)
        if (decompiler->multiplexers[i] == id)
            return true;
    return false;
}

/* Looked up once per ABI, because every call of the ABI is compared with them. */
static void find_multiplexers(struct decompiler *decompiler)
{
    decompiler->multiplexer_count = 0;
    for (uint32_t i = 0; i < cordon_subcall_count(decompiler->abi); i++) {
        uint16_t multiplexer = cordon_subcall_nth(decompiler->abi, i).multiplexer;
        if (!is_multiplexer(decompiler, multiplexer) &&
            decompiler->multiplexer_count < MAX_MULTIPLEXERS &&
            cordon_syscall_nr(decompiler->abi, multiplexer) != CORDON_NO_NR)
            decompiler->multiplexers[decompiler->multiplexer_count++] = multiplexer;
    }
}

/* Is it a leaf on the current ABI that must be printed there, as neither a common rule nor a
 * multiplexer does? */
static bool is_own(struct decompiler *decompiler, uint16_t id, uint32_t *value)
{
    uint32_t common;
    return cordon_syscall_nr(decompiler->abi, id) != CORDON_NO_NR &&
           !is_multiplexer(decompiler, id) &&
           (has_own_default(decompiler, decompiler->abi->id) ||
            !is_common(decompiler, id, &common)) &&
           is_verdict(decompiler->model, node_of_call(decompiler, decompiler->abi, id), value);
}

/* Prints multiplexers first and completely, because rules about their sub-calls apply to them,
 * too. */
static void print_multiplexers(struct decompiler *decompiler)
{
    for (uint32_t i = 0; i < decompiler->multiplexer_count; i++) {
        decompiler->id = decompiler->multiplexers[i];
        print_conditions(decompiler,
                         node_of_call(decompiler, decompiler->abi, decompiler->multiplexers[i]),
                         true);
    }
}

/* Prints numbers first … last, which have no names. */
static void print_gap(struct decompiler *decompiler, uint32_t first, uint32_t last,
                      cordon_node node)
{
    uint32_t value;
    decompiler->id = CORDON_NO_ID;
    decompiler->nr_first = first;
    decompiler->nr_last = last;
    if (is_verdict(decompiler->model, node, &value) && value == default_here(decompiler))
        return;
    print_conditions(decompiler, node, false);
}

/* Prints the gaps within numbers first … last, which have one verdict. */
static void print_gaps(struct decompiler *decompiler, uint32_t first, uint32_t last,
                       cordon_node node)
{
    const struct cordon_abi *abi = decompiler->abi;
    uint32_t count = cordon_syscall_count(abi);
    for (uint32_t i = cordon_syscall_index_from(abi, first); i < count && first <= last; i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        if (nr > last)
            break;
        if (nr > first)
            print_gap(decompiler, first, nr - 1, node);
        if (nr == UINT32_MAX)
            return;
        first = nr + 1;
    }
    if (first <= last)
        print_gap(decompiler, first, last, node);
}

static void print_numbers(struct decompiler *decompiler)
{
    const struct cordon_abi *abi = decompiler->abi;
    cordon_node part = decompiler->parts[abi->id];
    struct cordon_view view = cordon_model_view(decompiler->model, part);
    bool last_of_token = true; /* negative numbers belong to the last ABI of a token */
    for (int id = abi->id + 1; id < CORDON_ABI_COUNT; id++)
        if (decompiler->abis >> id & 1 && cordon_abi(id)->token == abi->token)
            last_of_token = false;
    uint32_t from = 0;
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX) {
        print_gaps(decompiler, abi->nr_first, abi->nr_last, part);
        if (last_of_token)
            print_gap(decompiler, 0x80000000u, UINT32_MAX, part);
        return;
    }
    for (uint32_t i = 0; i < view.edge_count && !decompiler->error; i++) {
        /* edges move when nodes are made */
        struct cordon_edge edge = cordon_model_view(decompiler->model, part).edges[i];
        uint32_t first = from > abi->nr_first ? from : abi->nr_first;
        uint32_t last = edge.last < abi->nr_last ? edge.last : abi->nr_last;
        if (first <= last)
            print_gaps(decompiler, first, last, edge.to);
        if (last_of_token && edge.last >= 0x80000000u)
            print_gap(decompiler, from > 0x80000000u ? from : 0x80000000u, edge.last, edge.to);
        from = edge.last + 1;
    }
}

static void print_abi(struct decompiler *decompiler, int id)
{
    const struct cordon_abi *abi = decompiler->abi = cordon_abi(id);
    decompiler->local = decompiler->own_default[id];
    find_multiplexers(decompiler);
    print_multiplexers(decompiler);
    print_lists(decompiler, is_own);
    for (uint32_t i = 0; i < cordon_syscall_count(abi) && !decompiler->error; i++) {
        uint16_t call = cordon_syscall_nth(abi, i);
        cordon_node node = node_of_call(decompiler, abi, call);
        uint32_t value;
        decompiler->id = call;
        if (!is_multiplexer(decompiler, call) && !is_verdict(decompiler->model, node, &value))
            print_conditions(decompiler, node, false);
    }
    print_numbers(decompiler);
    if (has_own_default(decompiler, abi->id)) {
        begin_rule(decompiler, decompiler->local);
        cordon_sink_text(&decompiler->sink, " *\n");
    }
}

static void print_frame(struct decompiler *decompiler)
{
    struct cordon_sink *sink = &decompiler->sink;
    /* a filter that doesn't test the architecture needs no named ABI */
    cordon_sink_text(sink, decompiler->abis ? "arch " : "");
    for (int id = 0, count = 0; id < CORDON_ABI_COUNT; id++)
        if (decompiler->abis >> id & 1) {
            cordon_sink_text(sink, count++ ? ", " : "");
            cordon_sink_text(sink, cordon_abi(id)->name);
        }
    cordon_sink_text(sink, "\ndefault ");
    print_action(decompiler, decompiler->by_default);
    cordon_sink_text(sink, "\nbad_arch ");
    print_action(decompiler, decompiler->bad_arch);
    if (decompiler->newer_than) {
        cordon_sink_text(sink, "\nnewer_than ");
        cordon_sink_decimal(sink, decompiler->newer_than >> 8);
        cordon_sink_text(sink, ".");
        cordon_sink_decimal(sink, decompiler->newer_than & 0xff);
        cordon_sink_text(sink, " ");
        print_action(decompiler, decompiler->newer);
    }
    cordon_sink_text(sink, "\n\n");
}

/* Ends a block's first line with the ABIs that have the same block, which they then have no more.
 */
static void print_owners(struct decompiler *decompiler, struct cordon_string *bodies, int first)
{
    const struct cordon_string *body = &bodies[first];
    cordon_sink_text(&decompiler->sink, "on ");
    cordon_sink_text(&decompiler->sink, cordon_abi(first)->name);
    for (int id = first + 1; id < CORDON_ABI_COUNT && decompiler->shares_blocks; id++) {
        if (bodies[id].length != body->length || memcmp(bodies[id].text, body->text, body->length))
            continue;
        cordon_sink_text(&decompiler->sink, ", ");
        cordon_sink_text(&decompiler->sink, cordon_abi(id)->name);
        bodies[id].length = 0;
    }
    cordon_sink_text(&decompiler->sink, " {\n");
}

/* Prints the rules of each ABI in a block, if there are any. */
static void print_blocks(struct decompiler *decompiler, struct cordon_string *text)
{
    struct cordon_string bodies[CORDON_ABI_COUNT] = {{0}};
    decompiler->indented = true;
    for (int id = 0; id < CORDON_ABI_COUNT && !decompiler->error; id++) {
        bodies[id].allocator = text->allocator;
        decompiler->sink = cordon_string_sink(&bodies[id]);
        if (decompiler->abis >> id & 1)
            print_abi(decompiler, id);
        text->failed |= bodies[id].failed;
    }
    decompiler->indented = false;
    decompiler->sink = cordon_string_sink(text);
    for (int id = 0; id < CORDON_ABI_COUNT && !text->failed; id++) {
        if (!bodies[id].length)
            continue;
        print_owners(decompiler, bodies, id);
        cordon_sink_text(&decompiler->sink, bodies[id].text);
        cordon_sink_text(&decompiler->sink, "}\n");
    }
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        cordon_string_free(&bodies[id]);
}

static void print_policy(struct decompiler *decompiler, struct cordon_string *text)
{
    bool several = decompiler->abis & (decompiler->abis - 1);
    decompiler->sink = cordon_string_sink(text);
    print_frame(decompiler);
    if (several)
        print_blocks(decompiler, text);
    for (int id = 0; id < CORDON_ABI_COUNT && !several; id++)
        if (decompiler->abis >> id & 1)
            print_abi(decompiler, id);
    decompiler->local = decompiler->by_default;
    decompiler->abi = NULL;
    print_lists(decompiler, is_common);
    if (text->failed)
        decompile_refuse(decompiler, CORDON_E_NO_MEMORY, "out of memory");
}

/* ---- the proof ---- */

static bool means_the_same(struct decompiler *decompiler, const struct cordon_policy *policy)
{
    cordon_node verdicts = CORDON_NODE_NONE;
    if (cordon_policy_verdicts(policy, decompiler->model, NULL, 0, &verdicts, NULL))
        return false;
    if (decompiler->only)
        verdicts = cordon_model_restrict(decompiler->model, verdicts, CORDON_WORD_ARCH,
                                         decompiler->only->token, decompiler->only->token);
    return cordon_model_equal(decompiler->model, decompiler->root, verdicts, NULL) == CORDON_YES;
}

/* The policy of a text, if it means the same as the graph; NULL without an error: it doesn't. */
static struct cordon_policy *read_back(struct decompiler *decompiler,
                                       const struct cordon_string *text, const char *name,
                                       const struct cordon_policy_options *options)
{
    struct cordon_policy *policy = NULL;
    enum cordon_error error =
        cordon_policy_read(&policy, text->text, text->length, name, options, NULL);
    if (error == CORDON_E_NO_MEMORY)
        decompile_refuse(decompiler, error, "out of memory");
    if (error || means_the_same(decompiler, policy))
        return policy;
    if (cordon_model_status(decompiler->model))
        decompile_model_failed(decompiler);
    cordon_policy_free(policy);
    return NULL;
}

/* Prints and proves it with names of constants, else without; NULL without an error: neither. */
static struct cordon_policy *make(struct decompiler *decompiler, const char *name,
                                  const struct cordon_policy_options *options)
{
    struct cordon_policy *made = NULL;
    for (int turn = 0; turn < 2 && !made && !decompiler->error; turn++) {
        struct cordon_string text = {.allocator = options ? options->allocator : NULL};
        decompiler->flags = turn ? CORDON_DESCRIBE_NUMBERS : 0;
        decompiler->ways = 0;
        print_policy(decompiler, &text);
        if (!decompiler->error)
            made = read_back(decompiler, &text, name, options);
        cordon_string_free(&text);
    }
    return made;
}

static enum cordon_error begin(struct decompiler *decompiler, cordon_node node)
{
    const struct cordon_abi *abi = decompiler->only;
    decompiler->root = cordon_model_reduce(decompiler->model, node);
    if (abi)
        decompiler->root = cordon_model_restrict(decompiler->model, decompiler->root,
                                                 CORDON_WORD_ARCH, abi->token, abi->token);
    if (cordon_model_status(decompiler->model))
        decompile_model_failed(decompiler);
    if (!decompiler->error)
        find_frame(decompiler);
    return decompiler->error;
}

enum cordon_error cordon_decompile(struct cordon_policy **policy, struct cordon_model *model,
                                   cordon_node node, const struct cordon_abi *abi, const char *name,
                                   const struct cordon_policy_options *options,
                                   struct cordon_diag *diag)
{
    struct decompiler decompiler = {.model = model, .only = abi, .diag = diag};
    if (begin(&decompiler, node))
        return decompiler.error;
    struct cordon_policy *made = make(&decompiler, name, options);
    if (made)
        *policy = made;
    if (made || decompiler.error)
        return decompiler.error;
    return cordon_diag_set(diag, CORDON_E_MEANING,
                           "the filter makes distinctions that the policy language cannot express");
}

enum cordon_error cordon_decompile_for_people(struct cordon_policy **policy,
                                              struct cordon_model *model, cordon_node node,
                                              const struct cordon_abi *abi, const char *name,
                                              const struct cordon_policy_options *options,
                                              struct cordon_diag *diag)
{
    struct decompiler decompiler = {
        .model = model, .only = abi, .has_groups = true, .shares_blocks = true};
    struct cordon_policy *made = NULL;
    if (!begin(&decompiler, node)) {
        (void)find_newer(&decompiler);
        made = make(&decompiler, name, options);
    }
    decompiler.has_groups = false; /* a member may be newer than a newer_than statement */
    if (!made && !decompiler.error)
        made = make(&decompiler, name, options);
    if (!made)
        return cordon_decompile(policy, model, node, abi, name, options, diag);
    *policy = made;
    return CORDON_OK;
}
