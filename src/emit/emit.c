/* SPDX-License-Identifier: MIT */
/*
 * emit.c: the layout of a program: the graph in post-order, written from the last instruction to
 * the first, so that every target already has its place when a jump to it is written.
 */
#include "cordon/emit.h"

#include <string.h>

#include "code.h"
#include "stride.h"
#include "tree.h"
#include "weights.h"

#define REACH 255u /* of a conditional jump */

/*
 * A label is the number of instructions from its target to the end of the program, so it doesn't
 * change as more is written in front of it. 0: not written yet.
 */
struct place {
    uint32_t cold; /* entry that loads the word first (leaves: the nearest copy of the return) */
    uint32_t warm; /* entry for callers that have the word in A */
    bool wanted_cold, wanted_warm;
};

struct emitter {
    const struct cordon_model *model;
    struct cordon_insn *insns; /* CORDON_MAX_INSNS; filled from the end */
    uint32_t count;
    bool full;
    struct place *places;           /* by node id */
    struct comparison *comparisons; /* the tree being laid out */
    struct flow flow;
    struct planner planner;
    bool no_memory;
    bool no_scratch; /* a term needs more scratch words than there are */
};

static uint32_t write_insn(struct emitter *emitter, struct cordon_insn insn)
{
    if (emitter->count == CORDON_MAX_INSNS) {
        emitter->full = true;
        return emitter->count;
    }
    emitter->count++;
    emitter->insns[CORDON_MAX_INSNS - emitter->count] = insn;
    return emitter->count;
}

/* ---- comparisons with X ---- */

/* Is the switch one comparison of two terms? Then its opcode, and the terms for A and X. */
struct x_test {
    enum compare compare;
    cordon_term a, x;
};

static bool is_x_test(const struct cordon_model *model, const struct cordon_view *view,
                      struct x_test *test)
{
    if (view->term < CORDON_WORDS || view->mask != UINT32_MAX || view->edge_count != 2 ||
        view->edges[0].last != 0)
        return false;
    struct cordon_term_view term = cordon_model_term_view(model, view->term);
    *test = (struct x_test){COMPARE_GT_X, term.left, term.right};
    if (term.op == CORDON_TERM_GT)
        return true;
    if (cordon_model_term_view(model, term.right).op == CORDON_TERM_CONSTANT)
        return false;
    test->compare = term.op == CORDON_TERM_XOR ? COMPARE_EQ_X : COMPARE_SET_X;
    return term.op == CORDON_TERM_XOR || term.op == CORDON_TERM_AND;
}

/* The term that is in A after a switch; CORDON_TERM_NONE: none that can be reused. */
static cordon_term left_in_a(const struct cordon_model *model, const struct cordon_view *view)
{
    struct x_test test;
    struct stride stride;
    if (is_x_test(model, view, &test))
        return test.a;
    if (stride_find(&stride, view))
        return CORDON_TERM_NONE;
    return tree_keeps_word(view) ? view->term : CORDON_TERM_NONE;
}

/* ---- which entries are wanted ---- */

/* Can a switch be entered with this term in A? */
static bool is_warm(const struct cordon_model *model, const struct cordon_view *view,
                    cordon_term in_a)
{
    struct x_test test;
    return !view->is_leaf && view->term == in_a && !is_x_test(model, view, &test);
}

static void want(struct emitter *emitter, cordon_node node, cordon_term in_a)
{
    struct cordon_view view = cordon_model_view(emitter->model, node);
    struct place *place = &emitter->places[node.id];
    if (is_warm(emitter->model, &view, in_a))
        place->wanted_warm = true;
    else
        place->wanted_cold = true;
}

/* Children have smaller ids than their parents, so one pass in descending order sees parents
 * first. */
static void find_wanted_entries(struct emitter *emitter, cordon_node root)
{
    want(emitter, root, CORDON_TERM_NONE);
    for (uint32_t id = root.id + 1; id-- > 0;) {
        struct place *place = &emitter->places[id];
        struct cordon_view view = cordon_model_view(emitter->model, (cordon_node){id});
        if (view.is_leaf || !(place->wanted_cold || place->wanted_warm))
            continue;
        cordon_term in_a = left_in_a(emitter->model, &view);
        for (uint32_t i = 0; i < view.edge_count; i++)
            want(emitter, view.edges[i].to, in_a);
    }
}

/* ---- writing ---- */

/* Where a branch leads; `label` is updated when a stepping stone is written. */
struct target {
    cordon_node node; /* CORDON_NODE_NONE: a comparison of the same tree */
    uint32_t *label;
};

static struct target find_target(struct emitter *emitter, const struct cordon_view *view,
                                 const struct tree *tree, struct branch branch)
{
    if (!branch.arrived)
        return (struct target){CORDON_NODE_NONE, &tree->comparisons[branch.index].label};
    cordon_node child = view->edges[branch.index].to;
    struct cordon_view inner = cordon_model_view(emitter->model, child);
    struct place *place = &emitter->places[child.id];
    bool warm = is_warm(emitter->model, &inner, left_in_a(emitter->model, view));
    return (struct target){child, warm ? &place->warm : &place->cold};
}

/*
 * The target's label, made reachable for a conditional jump even after `slack` more instructions.
 * If it is too far, a stepping stone is written here: a copy of the return, or else a JA. Later
 * jumps to the same target use it, too.
 */
static uint32_t reach(struct emitter *emitter, struct target target, uint32_t slack)
{
    uint32_t offset = emitter->count - *target.label;
    if (offset + slack <= REACH)
        return *target.label;
    struct cordon_insn stone = {CORDON_OP_JA, 0, 0, offset};
    if (!cordon_node_same(target.node, CORDON_NODE_NONE)) {
        struct cordon_view view = cordon_model_view(emitter->model, target.node);
        if (view.is_leaf && !view.is_computed)
            stone = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, view.value};
    }
    return *target.label = write_insn(emitter, stone);
}

static void write_comparison(struct emitter *emitter, const struct cordon_view *view,
                             const struct tree *tree, uint32_t index)
{
    static const uint16_t opcodes[] = {
        [COMPARE_EQ] = CORDON_OP_JEQ_K,   [COMPARE_EQ_X] = CORDON_OP_JEQ_X,
        [COMPARE_GT] = CORDON_OP_JGT_K,   [COMPARE_GT_X] = CORDON_OP_JGT_X,
        [COMPARE_SET] = CORDON_OP_JSET_K, [COMPARE_SET_X] = CORDON_OP_JSET_X};
    struct comparison *comparison = &tree->comparisons[index];
    struct target yes = find_target(emitter, view, tree, comparison->yes);
    struct target no = find_target(emitter, view, tree, comparison->no);
    uint32_t yes_label = reach(emitter, yes, 1);
    uint32_t no_label = reach(emitter, no, 0);
    struct cordon_insn jump = {opcodes[comparison->compare], (uint8_t)(emitter->count - yes_label),
                               (uint8_t)(emitter->count - no_label), comparison->k};
    comparison->label = write_insn(emitter, jump);
}

static void write_tree(struct emitter *emitter, const struct cordon_view *view,
                       const struct tree *tree)
{
    for (uint32_t i = 0; i < tree->count; i++)
        write_comparison(emitter, view, tree, i);
}

/* Writes the code that computes terms, in front of the code written so far. */
static void write_code(struct emitter *emitter, const struct code *code)
{
    emitter->no_scratch |= code->failed && code->count < code->room;
    emitter->full |= code->failed;
    for (uint32_t i = code->count; i-- > 0;)
        write_insn(emitter, code->insns[i]);
}

static void write_term(struct emitter *emitter, cordon_term term)
{
    struct cordon_insn insns[256];
    struct code code = {insns, 0, sizeof insns / sizeof *insns, false};
    code_term(&code, emitter->model, term);
    write_code(emitter, &code);
}

static void write_x_test(struct emitter *emitter, cordon_node node, const struct cordon_view *view,
                         const struct x_test *test)
{
    bool zero_is_yes = test->compare == COMPARE_EQ_X;
    emitter->comparisons[0] = (struct comparison){
        .compare = test->compare, .yes = {true, !zero_is_yes}, .no = {true, zero_is_yes}};
    struct tree tree = {.comparisons = emitter->comparisons, .count = 1};
    write_tree(emitter, view, &tree);
    struct cordon_insn insns[256];
    struct code code = {insns, 0, sizeof insns / sizeof *insns, false};
    code_pair(&code, emitter->model, test->a, test->x);
    write_code(emitter, &code);
    emitter->places[node.id].cold = emitter->count;
}

/* Writes the test of values at one distance: see stride.h. */
static void write_stride(struct emitter *emitter, struct place *place,
                         const struct cordon_view *view, const struct stride *stride)
{
    struct branch in = {true, stride->inside}, out = {true, stride->outside};
    struct tree tree = {.comparisons = emitter->comparisons, .count = 2};
    uint32_t low = (UINT32_C(1) << stride->shift) - 1;
    tree.comparisons[0] = (struct comparison){COMPARE_GT, stride->count - 1, .yes = out, .no = in};
    tree.comparisons[1] =
        (struct comparison){COMPARE_EQ, stride->first & low, .yes = {false, 0}, .no = out};
    write_comparison(emitter, view, &tree, 0);
    if (stride->inverse != 1)
        write_insn(emitter, (struct cordon_insn){CORDON_OP_MUL_K, 0, 0, stride->inverse});
    if (stride->shift)
        write_insn(emitter, (struct cordon_insn){CORDON_OP_RSH_K, 0, 0, stride->shift});
    if (stride->first)
        write_insn(emitter, (struct cordon_insn){CORDON_OP_SUB_K, 0, 0, stride->first});
    if (stride->shift) {
        tree.comparisons[0].label =
            write_insn(emitter, (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, view->term * 4});
        write_comparison(emitter, view, &tree, 1);
        write_insn(emitter, (struct cordon_insn){CORDON_OP_AND_K, 0, 0, low});
    }
    place->warm = emitter->count;
    if (place->wanted_cold)
        place->cold =
            write_insn(emitter, (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, view->term * 4});
}

static void write_switch(struct emitter *emitter, cordon_node node)
{
    struct cordon_view view = cordon_model_view(emitter->model, node);
    struct place *place = &emitter->places[node.id];
    struct tree tree = {.comparisons = emitter->comparisons};
    struct x_test test;
    if (is_x_test(emitter->model, &view, &test)) {
        write_x_test(emitter, node, &view, &test);
        return;
    }
    struct stride stride;
    if (stride_find(&stride, &view)) {
        write_stride(emitter, place, &view, &stride);
        return;
    }
    if (!tree_make(&emitter->planner, &tree, &view,
                   emitter->flow.edge + emitter->flow.first[node.id])) {
        emitter->no_memory = emitter->full = true;
        return;
    }
    write_tree(emitter, &view, &tree);
    if (view.mask != UINT32_MAX && !tree.keeps_word)
        write_insn(emitter, (struct cordon_insn){CORDON_OP_AND_K, 0, 0, view.mask});
    place->warm = emitter->count;
    if (place->wanted_cold) {
        write_term(emitter, view.term);
        place->cold = emitter->count;
    }
}

static void write_leaf(struct emitter *emitter, struct place *place, const struct cordon_view *view)
{
    write_insn(emitter, view->is_computed
                            ? (struct cordon_insn){CORDON_OP_RET_A, 0, 0, 0}
                            : (struct cordon_insn){CORDON_OP_RET_K, 0, 0, view->value});
    if (view->is_computed)
        write_term(emitter, view->term);
    place->cold = emitter->count;
}

/* Writes nodes in post-order, from the end, so children follow their parent. The depth is the
 * model's, which is bounded. */
static void write_node(struct emitter *emitter, cordon_node node)
{
    struct place *place = &emitter->places[node.id];
    if (place->cold || place->warm || emitter->full)
        return;
    struct cordon_view view = cordon_model_view(emitter->model, node);
    if (view.is_leaf) {
        write_leaf(emitter, place, &view);
        return;
    }
    for (uint32_t i = view.edge_count; i-- > 0;)
        write_node(emitter, view.edges[i].to);
    write_switch(emitter, node);
}

/* ---- the whole ---- */

static uint32_t widest_switch(const struct emitter *emitter, cordon_node root)
{
    uint32_t widest = 1;
    for (uint32_t id = 0; id <= root.id; id++) {
        struct cordon_view view = cordon_model_view(emitter->model, (cordon_node){id});
        if (emitter->places[id].wanted_cold || emitter->places[id].wanted_warm)
            widest = view.edge_count > widest ? view.edge_count : widest;
    }
    return widest;
}

static enum cordon_error explain_full(const struct emitter *emitter, struct cordon_diag *diag)
{
    if (emitter->no_memory)
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    if (emitter->no_scratch)
        return cordon_diag_set(diag, CORDON_E_TOO_LONG,
                               "the filter computes a value that needs more than %u scratch words",
                               CORDON_SCRATCH);
    return cordon_diag_set(diag, CORDON_E_TOO_LONG,
                           "the filter needs more than %u instructions, the kernel's limit",
                           CORDON_MAX_INSNS);
}

/* Moves the written instructions to their final memory, `owned`. */
static enum cordon_error finish(struct emitter *emitter, struct cordon_code *code,
                                const struct cordon_allocator *allocator, struct cordon_diag *diag)
{
    if (emitter->full)
        return explain_full(emitter, diag);
    size_t size = emitter->count * sizeof(struct cordon_insn);
    struct cordon_insn *owned = allocator->resize(allocator->context, NULL, 0, size);
    if (!owned)
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    memcpy(owned, emitter->insns + CORDON_MAX_INSNS - emitter->count, size);
    struct cordon_code made = {.allocator = allocator};
    struct cordon_fault fault;
    if (!cordon_program_verify(&made.program, owned, emitter->count, &fault)) {
        allocator->resize(allocator->context, owned, size, 0);
        enum cordon_error why =
            cordon_diag_set(diag, CORDON_E_INTERNAL, "emitted an invalid program: %s",
                            cordon_reason_text(fault.reason));
        if (diag)
            diag->insn = fault.insn;
        return why;
    }
    *code = made;
    return CORDON_OK;
}

/* Tries one way of writing the whole program; false: it doesn't fit. */
static bool write_whole(struct emitter *emitter, cordon_node root, uint32_t chain)
{
    emitter->planner.chain = chain;
    emitter->count = 0;
    emitter->full = false;
    for (uint32_t id = 0; id <= root.id; id++)
        emitter->places[id].cold = emitter->places[id].warm = 0;
    write_node(emitter, root);
    return !emitter->full;
}

/*
 * The first length of chains to try: of `least` comparisons in all, there is a split between two
 * chains, and a return wherever a jump of 255 doesn't reach the last one.
 */
static uint32_t first_chain(const struct emitter *emitter, cordon_node root)
{
    uint32_t least = 0;
    for (uint32_t id = 0; id <= root.id; id++) {
        struct cordon_view view = cordon_model_view(emitter->model, (cordon_node){id});
        if (!view.is_leaf && (emitter->places[id].wanted_cold || emitter->places[id].wanted_warm))
            least += tree_chain_length(&view);
    }
    uint32_t needed = least + least / REACH;
    uint32_t room = needed < CORDON_MAX_INSNS ? CORDON_MAX_INSNS - needed : 1;
    return 4 + least / room * 2 / 3; /* a little low: chains that don't fit cost little time */
}

/* Writes the fastest program, or if that is too long, one with chains of single values, as short
 * as they fit. */
static enum cordon_error write_program(struct emitter *emitter, cordon_node root,
                                       const struct cordon_allocator *allocator,
                                       struct cordon_code *code, struct cordon_diag *diag)
{
    find_wanted_entries(emitter, root);
    size_t tree_size = 2 * (size_t)widest_switch(emitter, root) * sizeof *emitter->comparisons;
    emitter->comparisons = allocator->resize(allocator->context, NULL, 0, tree_size);
    if (!emitter->comparisons)
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    for (uint32_t chain = 0; chain <= CORDON_MAX_INSNS;
         chain = chain ? chain * 5 / 4 : first_chain(emitter, root))
        if (write_whole(emitter, root, chain) || emitter->no_memory || emitter->no_scratch)
            break;
    enum cordon_error result = finish(emitter, code, allocator, diag);
    allocator->resize(allocator->context, emitter->comparisons, tree_size, 0);
    return result;
}

#define BLOCK            160u
#define QUICK_BLOCK      16u
#define EXACT_BY_DEFAULT 16u /* edges of a switch for which every tree is considered */
#define EXACT_FOR_COUNTS 160u

enum cordon_error cordon_emit(struct cordon_code *code, struct cordon_model *model,
                              cordon_node node, const struct cordon_weights *weights,
                              const struct cordon_allocator *allocator, struct cordon_diag *diag)
{
    enum cordon_error status = cordon_model_status(model);
    if (status)
        return cordon_diag_set(diag, status, "the policy's graph: %s", cordon_error_text(status));
    if (!allocator)
        allocator = &cordon_allocator_libc;
    size_t places_size = (node.id + 1u) * sizeof(struct place);
    size_t insns_size = CORDON_MAX_INSNS * sizeof(struct cordon_insn);
    bool by_default = !weights || weights->kind == CORDON_WEIGHTS_KERNEL_CACHE;
    struct emitter emitter = {
        .model = model,
        .planner = {.allocator = allocator,
                    .block = weights && weights->quick ? QUICK_BLOCK : BLOCK,
                    .exact = by_default ? EXACT_BY_DEFAULT : EXACT_FOR_COUNTS}};
    emitter.places = allocator->resize(allocator->context, NULL, 0, places_size);
    emitter.insns = allocator->resize(allocator->context, NULL, 0, insns_size);
    enum cordon_error result = CORDON_E_NO_MEMORY;
    if (emitter.places && emitter.insns &&
        flow_find(&emitter.flow, model, node, weights, allocator)) {
        memset(emitter.places, 0, places_size);
        result = write_program(&emitter, node, allocator, code, diag);
    } else {
        cordon_diag_set(diag, result, "out of memory");
    }
    if (emitter.flow.allocator)
        flow_free(&emitter.flow);
    planner_free(&emitter.planner);
    if (emitter.insns)
        allocator->resize(allocator->context, emitter.insns, insns_size, 0);
    if (emitter.places)
        allocator->resize(allocator->context, emitter.places, places_size, 0);
    return result;
}

void cordon_code_free(struct cordon_code *code)
{
    if (!code->allocator)
        return;
    struct cordon_insn *owned = (struct cordon_insn *)(uintptr_t)code->program.insns;
    code->allocator->resize(code->allocator->context, owned, code->program.length * sizeof *owned,
                            0);
    *code = (struct cordon_code){0};
}
