/* SPDX-License-Identifier: MIT */
/* explain.c: the path of one call through a graph, and small changes that leave the path. */
#include "cordon/explain.h"

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

/* Prints the meaning of a value of the number or architecture. */
static const char *name_of(const struct cordon_abi *abi, const struct cordon_step *decision)
{
    if (decision->term == CORDON_WORD_ARCH)
        return abi->name;
    if (decision->term != CORDON_WORD_NR)
        return NULL;
    uint16_t id = cordon_syscall_id_by_nr(abi, decision->value);
    return id == CORDON_NO_ID ? "unknown" : cordon_syscall_name(id);
}

void cordon_step_print(struct cordon_sink *sink, const struct cordon_model *model,
                       const struct cordon_abi *abi, const struct cordon_step *decision)
{
    const char *name = name_of(abi, decision);
    cordon_test_print(sink, model, abi, decision->term, decision->mask);
    cordon_sink_text(sink, " is ");
    cordon_sink_hex(sink, decision->value, 1);
    if (name) {
        cordon_sink_text(sink, " (");
        cordon_sink_text(sink, name);
        cordon_sink_text(sink, ")");
    }
    if (decision->first == decision->last)
        return;
    cordon_sink_text(sink, ", in the range ");
    cordon_sink_hex(sink, decision->first, 1);
    cordon_sink_text(sink, " to ");
    cordon_sink_hex(sink, decision->last, 1);
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
