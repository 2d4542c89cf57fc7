/* SPDX-License-Identifier: MIT */
/* explain.c: the path of one call through a graph, and small changes that leave the path. */
#include "cordon/explain.h"

#include "cordon/call.h"
#include "cordon/describe.h"
#include "cordon/term.h"

/* ---- decisions ---- */

/* The test that a call meets at a node, and the child that it leads to. */
static cordon_node decide(struct cordon_model *model, const struct cordon_view *view,
                          const struct cordon_data *data, struct cordon_step *decision)
{
    uint32_t value = cordon_model_term_value(model, view->term, data) & view->mask;
    uint32_t i = 0, first = 0;
    for (; view->edges[i].last < value; i++)
        first = view->edges[i].last + 1;
    *decision = (struct cordon_step){.term = view->term,
                                     .mask = view->mask,
                                     .value = value,
                                     .first = first,
                                     .last = view->edges[i].last & view->mask};
    return view->edges[i].to;
}

uint32_t cordon_explain_steps(struct cordon_model *model, cordon_node node,
                              const struct cordon_data *data,
                              void (*step)(void *context, const struct cordon_step *decision),
                              void *context)
{
    struct cordon_view view = cordon_model_view(model, node);
    while (!view.is_leaf) {
        struct cordon_step decision;
        node = decide(model, &view, data, &decision);
        step(context, &decision);
        view = cordon_model_view(model, node);
    }
    return cordon_model_evaluate(model, node, data);
}

/* ---- printing ---- */

/* The argument of a call whose low half is a word; NULL: it isn't one that the call declares. */
static const struct cordon_arg *argument_of(const struct cordon_abi *abi,
                                            const struct cordon_syscall *call, cordon_term word,
                                            unsigned *index)
{
    for (unsigned i = 0; i < call->arg_count; i++)
        if (cordon_abi_low(abi, i) == word) {
            *index = i;
            return &call->args[i];
        }
    return NULL;
}

/* The meaning of a value of the number or architecture. */
static const char *name_of(const struct cordon_abi *abi, const struct cordon_step *decision)
{
    if (decision->term == CORDON_WORD_ARCH)
        return abi->name;
    if (decision->term != CORDON_WORD_NR)
        return NULL;
    uint16_t id = cordon_syscall_id_by_nr(abi, decision->value);
    return id == CORDON_NO_ID ? "unknown" : cordon_syscall_name(id);
}

/* "flags & O_ACCMODE is O_RDONLY" */
static void print_argument(struct cordon_sink *sink, const struct cordon_abi *abi,
                           const struct cordon_arg *arg, const struct cordon_step *decision)
{
    cordon_sink_text(sink, arg->name);
    if (decision->mask != UINT32_MAX) {
        cordon_sink_text(sink, " & ");
        cordon_mask_print(sink, abi, arg, decision->mask);
    }
    cordon_sink_text(sink, " is ");
    cordon_arg_print(sink, abi, arg, decision->value);
}

/* Of calls that are decided together, age is what often tells one from those with rules. */
static void print_since(struct cordon_sink *sink, const struct cordon_abi *abi,
                        const struct cordon_step *decision)
{
    uint16_t id = decision->term == CORDON_WORD_NR ? cordon_syscall_id_by_nr(abi, decision->value)
                                                   : CORDON_NO_ID;
    uint16_t since = id == CORDON_NO_ID ? 0 : cordon_syscall_since(abi, id);
    if (!since || decision->first == decision->last)
        return;
    cordon_sink_text(sink, ", since Linux ");
    cordon_sink_decimal(sink, since >> 8);
    cordon_sink_text(sink, ".");
    cordon_sink_decimal(sink, since & 0xff);
}

/* The half of a register that the kernel doesn't look at, but the filter does. */
static void print_ignored(struct cordon_sink *sink, const struct cordon_abi *abi,
                          const struct cordon_syscall *call, cordon_term word)
{
    for (unsigned i = 0; i < call->arg_count; i++) {
        unsigned bits = cordon_arg_bits(abi, &call->args[i]);
        if (cordon_abi_high(abi, i) != word || bits == 64)
            continue;
        cordon_sink_text(sink, " (the kernel looks at the lower ");
        cordon_sink_decimal(sink, bits);
        cordon_sink_text(sink, " bits of ");
        cordon_sink_text(sink, call->args[i].name);
        cordon_sink_text(sink, ")");
    }
}

void cordon_step_print(struct cordon_sink *sink, const struct cordon_model *model,
                       const struct cordon_abi *abi, const struct cordon_data *data,
                       const struct cordon_step *decision)
{
    const char *name = name_of(abi, decision);
    struct cordon_syscall call = data ? cordon_data_syscall(abi, data) : (struct cordon_syscall){0};
    unsigned index;
    const struct cordon_arg *arg = argument_of(abi, &call, decision->term, &index);
    if (arg) {
        print_argument(sink, abi, arg, decision);
    } else {
        cordon_test_print(sink, model, abi, decision->term, decision->mask);
        cordon_sink_text(sink, " is ");
        cordon_sink_hex(sink, decision->value, 1);
        print_ignored(sink, abi, &call, decision->term);
    }
    if (name) {
        cordon_sink_text(sink, " (");
        cordon_sink_text(sink, name);
        print_since(sink, abi, decision);
        cordon_sink_text(sink, ")");
    }
    if (decision->first == decision->last)
        return;
    cordon_sink_text(sink, ", in the range ");
    cordon_sink_hex(sink, decision->first, 1);
    cordon_sink_text(sink, " to ");
    cordon_sink_hex(sink, decision->last, 1);
}

void cordon_change_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                         const struct cordon_data *data, const struct cordon_change *change)
{
    struct cordon_data changed = *data;
    unsigned index;
    struct cordon_syscall call = cordon_data_syscall(abi, data);
    const struct cordon_arg *arg = argument_of(abi, &call, change->word, &index);
    changed.word[change->word] = change->after;
    if (arg)
        cordon_sink_text(sink, arg->name);
    else
        cordon_word_print(sink, abi, change->word);
    cordon_sink_text(sink, " ");
    if (arg)
        cordon_arg_print(sink, abi, arg, cordon_data_argument(abi, &changed, index));
    else
        cordon_sink_hex(sink, change->after, 1);
    cordon_sink_text(sink, " instead of ");
    if (arg)
        cordon_arg_print(sink, abi, arg, cordon_data_argument(abi, data, index));
    else
        cordon_sink_hex(sink, change->before, 1);
}

/* ---- changes ---- */

struct changer {
    struct cordon_model *model;
    cordon_node node;
    const struct cordon_data *data;
    uint32_t verdict;
    void (*change)(void *context, const struct cordon_change *change);
    void *context;
};

/* Tries another value of an argument word. */
static void try_value(const struct changer *changer, const struct cordon_step *decision,
                      uint32_t value)
{
    struct cordon_data changed = *changer->data;
    uint32_t *word = &changed.word[decision->term];
    *word = (*word & ~decision->mask) | (value & decision->mask);
    struct cordon_change change = {
        .word = decision->term,
        .before = changer->data->word[decision->term],
        .after = *word,
        .verdict = cordon_model_evaluate(changer->model, changer->node, &changed)};
    if (change.verdict != changer->verdict)
        changer->change(changer->context, &change);
}

/* it isn't a value of the masked word, or it was tried as a single bit */
static bool is_tried(const struct cordon_step *decision, uint32_t value)
{
    uint32_t changed = value ^ decision->value;
    return value & ~decision->mask || (decision->mask != UINT32_MAX && !(changed & (changed - 1)));
}

static void try_changes(void *context, const struct cordon_step *decision)
{
    const struct changer *changer = context;
    if (decision->term < CORDON_WORD_ARGS || decision->term >= CORDON_WORDS)
        return;
    for (uint32_t bit = 1; bit && decision->mask != UINT32_MAX; bit <<= 1)
        if (decision->mask & bit)
            try_value(changer, decision, decision->value ^ bit);
    if (decision->first > 0 && !is_tried(decision, decision->first - 1))
        try_value(changer, decision, decision->first - 1);
    if (decision->last < decision->mask && !is_tried(decision, decision->last + 1))
        try_value(changer, decision, decision->last + 1);
}

void cordon_explain_changes(struct cordon_model *model, cordon_node node,
                            const struct cordon_data *data,
                            void (*change)(void *context, const struct cordon_change *change),
                            void *context)
{
    struct changer changer = {.model = model,
                              .node = node,
                              .data = data,
                              .verdict = cordon_model_evaluate(model, node, data),
                              .change = change,
                              .context = context};
    cordon_explain_steps(model, node, data, try_changes, &changer);
}
