/* SPDX-License-Identifier: MIT */
/*
 * draw.c: draws the graph as dot text. Edges to one child are one arrow, labelled with the calls or
 * the ranges of values; each verdict is one coloured box.
 */
#include "cordon/draw.h"

#include "cordon/action.h"
#include "cordon/describe.h"

#define SHOWN 12u /* names or ranges on a label */
#define ROW   4u  /* on one line of a label */

struct drawer {
    struct cordon_sink *sink;
    struct cordon_model *model;
    const struct cordon_abi *abi; /* the architecture tested above it */
    bool *drawn;                  /* by node id */
};

static void print_node(struct drawer *drawer, cordon_node node)
{
    cordon_sink_text(drawer->sink, "n");
    cordon_sink_decimal(drawer->sink, node.id);
}

/* ---- nodes ---- */

static const char *color_of(uint32_t value)
{
    if (cordon_action_runs(value))
        return "palegreen";
    if (cordon_action_compare(value, (uint32_t)CORDON_TRAP) <= 0)
        return "salmon";
    return "khaki";
}

static void draw_leaf(struct drawer *drawer, cordon_node node, const struct cordon_view *view)
{
    struct cordon_sink *sink = drawer->sink;
    cordon_sink_text(sink, "  ");
    print_node(drawer, node);
    cordon_sink_text(sink, " [label=\"");
    if (view->is_computed)
        cordon_sink_text(sink, "computed");
    else
        cordon_action_print(sink, view->value);
    cordon_sink_text(sink, "\", shape=box, style=\"filled,rounded\", fillcolor=");
    cordon_sink_text(sink, view->is_computed ? "khaki" : color_of(view->value));
    cordon_sink_text(sink, "];\n");
}

static void draw_test(struct drawer *drawer, cordon_node node, const struct cordon_view *view)
{
    cordon_sink_text(drawer->sink, "  ");
    print_node(drawer, node);
    cordon_sink_text(drawer->sink, " [label=\"");
    cordon_test_print(drawer->sink, drawer->model, drawer->abi, view->term, view->mask);
    cordon_sink_text(drawer->sink, "\", shape=ellipse];\n");
}

/* ---- labels of arrows ---- */

struct label {
    struct cordon_sink *sink;
    uint32_t count; /* parts so far, including those that aren't shown */
};

/* Writes a separator if there is room for another part. */
static bool begin_part(struct label *label)
{
    if (label->count++ >= SHOWN)
        return false;
    if (label->count > 1)
        cordon_sink_text(label->sink, label->count % ROW == 1 ? ",\\n" : ", ");
    return true;
}

static void add_name(struct label *label, const char *name)
{
    if (begin_part(label))
        cordon_sink_text(label->sink, name);
}

static void print_value(struct cordon_sink *sink, uint32_t value)
{
    if (value)
        cordon_sink_hex(sink, value, 1);
    else
        cordon_sink_text(sink, "0");
}

static void add_values(struct label *label, uint32_t first, uint32_t last)
{
    if (!begin_part(label))
        return;
    print_value(label->sink, first);
    if (first == last)
        return;
    cordon_sink_text(label->sink, "–");
    print_value(label->sink, last);
}

/* The names of the calls in first … last; numbers if there are none. */
static void add_calls(struct label *label, const struct cordon_abi *abi, uint32_t first,
                      uint32_t last)
{
    bool named = false;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr < first || nr > last)
            continue;
        add_name(label, cordon_syscall_name(id));
        named = true;
    }
    if (!named)
        add_values(label, first, last);
}

/* NULL: no ABI has this architecture. */
static const char *name_of_arch(uint32_t token)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == token)
            return cordon_abi(id)->name;
    return NULL;
}

/* Labels the edges of a switch on the architecture: names, and "other" once. */
static void add_arch(struct label *label, uint32_t first, uint32_t last, bool *other)
{
    const char *name = first == last ? name_of_arch(first) : NULL;
    if (*other)
        return;
    *other = !name;
    add_name(label, name ? name : "other");
}

static void draw_edge(struct drawer *drawer, cordon_node node, cordon_node child)
{
    struct cordon_view view = cordon_model_view(drawer->model, node);
    struct label label = {drawer->sink, 0};
    bool other = false;
    uint32_t first = 0;
    cordon_sink_text(drawer->sink, "  ");
    print_node(drawer, node);
    cordon_sink_text(drawer->sink, " -> ");
    print_node(drawer, child);
    cordon_sink_text(drawer->sink, " [label=\"");
    for (uint32_t i = 0; i < view.edge_count; i++) {
        uint32_t last = view.edges[i].last & view.mask;
        bool taken = cordon_node_same(view.edges[i].to, child);
        if (taken && view.term == CORDON_WORD_ARCH)
            add_arch(&label, first, last, &other);
        else if (taken && view.term == CORDON_WORD_NR && view.mask == UINT32_MAX)
            add_calls(&label, drawer->abi, first, last);
        else if (taken)
            add_values(&label, first, last);
        first = view.edges[i].last + 1;
    }
    if (label.count > SHOWN) {
        cordon_sink_text(drawer->sink, ",\\n… ");
        cordon_sink_decimal(drawer->sink, label.count - SHOWN);
        cordon_sink_text(drawer->sink, " more");
    }
    cordon_sink_text(drawer->sink, "\"];\n");
}

/* ---- the graph ---- */

static const struct cordon_abi *abi_of_edge(const struct drawer *drawer,
                                            const struct cordon_view *view, uint32_t value)
{
    const struct cordon_abi *abi =
        view->term == CORDON_WORD_ARCH ? cordon_abi_of_call(value, 0) : NULL;
    return abi ? abi : drawer->abi;
}

static bool is_first_to_child(const struct cordon_view *view, uint32_t edge)
{
    for (uint32_t i = 0; i < edge; i++)
        if (cordon_node_same(view->edges[i].to, view->edges[edge].to))
            return false;
    return true;
}

static void draw(struct drawer *drawer, cordon_node node)
{
    struct cordon_view view = cordon_model_view(drawer->model, node);
    if (drawer->drawn[node.id])
        return;
    drawer->drawn[node.id] = true;
    if (view.is_leaf) {
        draw_leaf(drawer, node, &view);
        return;
    }
    draw_test(drawer, node, &view);
    const struct cordon_abi *outer = drawer->abi;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        if (!is_first_to_child(&view, i))
            continue;
        drawer->abi = abi_of_edge(drawer, &view, view.edges[i].last);
        draw(drawer, view.edges[i].to);
        drawer->abi = outer;
        draw_edge(drawer, node, view.edges[i].to);
    }
}

enum cordon_error cordon_draw_dot(struct cordon_sink *sink, struct cordon_model *model,
                                  cordon_node node, const struct cordon_allocator *allocator)
{
    struct drawer drawer = {.sink = sink, .model = model, .abi = cordon_abi_native()};
    struct cordon_arena arena;
    node = cordon_model_reduce(model, node);
    if (cordon_model_status(model))
        return cordon_model_status(model);
    cordon_arena_init(&arena, allocator, 0);
    drawer.drawn = cordon_arena_array(&arena, node.id + (size_t)1, sizeof *drawer.drawn);
    if (drawer.drawn) {
        cordon_sink_text(sink, "digraph filter {\n  rankdir=LR;\n"
                               "  node [fontname=\"sans-serif\"];\n"
                               "  edge [fontname=\"sans-serif\", fontsize=10];\n");
        draw(&drawer, node);
        cordon_sink_text(sink, "}\n");
    }
    cordon_arena_free(&arena);
    return drawer.drawn ? CORDON_OK : CORDON_E_NO_MEMORY;
}
