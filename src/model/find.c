/* SPDX-License-Identifier: MIT */
/*
 * find.c: a call that leads to a leaf.
 *
 * Paths are tried depth first. The conditions of a path on one word are solved exactly. After the
 * path's last test of a word, or of the bits that it has tested so far, those conditions no longer
 * affect the rest of the path, so a node entered in such a state that led nowhere is not tried
 * again. For paths through computed terms there is only a search: some hundred guesses of a call,
 * each adjusted towards the conditions of the path.
 */
#include "graph.h"

#include <string.h>

#define MAX_PATH     2048u
#define MAX_GUESSES  300u
#define MAX_BEARING  64u
#define WORK_OF_STEP 16u  /* looks at a term or fact that cost one step of the graph */
#define MAX_SEARCHES 200u /* paths through computed terms that are tried */

struct hunt {
    struct cordon_model *model;
    uint32_t value;
    unsigned char *barren; /* by node id: entered with no relevant conditions, without success */
    struct known *path;    /* the conditions of the path, in the order of its tests */
    uint32_t count;
    uint32_t searches;
    bool undecided;
    uint64_t seed;
    struct cordon_data *call;
};

static uint32_t guess(struct hunt *hunt)
{
    hunt->seed = hunt->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(hunt->seed >> 32);
}

/* ---- words ---- */

/* The facts about the term of path[at], which are adjacent. */
static uint32_t run_length(const struct hunt *hunt, uint32_t at)
{
    uint32_t count = 1;
    while (at + count < hunt->count && hunt->path[at + count].term == hunt->path[at].term)
        count++;
    return count;
}

/* Sets each word to the value nearest to `call` that the path allows. */
static enum cordon_answer settle_words(struct hunt *hunt, struct cordon_data *call)
{
    for (uint32_t at = 0; at < hunt->count;) {
        uint32_t count = run_length(hunt, at), word = hunt->path[at].term;
        if (word >= CORDON_WORDS)
            break;
        enum cordon_answer answer =
            graph_solve(hunt->model, &hunt->path[at], count, call->word[word], &call->word[word]);
        if (answer != CORDON_YES)
            return answer;
        at += count;
    }
    return CORDON_YES;
}

/* ---- computed terms ---- */

/* The operand with which left > right has the result `value`: the left one if `left`. */
static uint32_t undo_greater(struct hunt *hunt, uint32_t value, uint32_t other, bool left)
{
    if (!left)
        return value ? (other ? other - 1 : 0) : other;
    if (value)
        return other + 1 + (guess(hunt) & 1 ? guess(hunt) % (~other | 1) : 0);
    return guess(hunt) & 1 ? other : guess(hunt) % (other | 1);
}

/* The operand with which the operation has the result `value`; a guess where bits are lost. */
static uint32_t undo(struct hunt *hunt, enum cordon_term_op op, uint32_t value, uint32_t other,
                     bool left)
{
    uint32_t shift = other & 31;
    switch (op) {
    case CORDON_TERM_ADD:
        return value - other;
    case CORDON_TERM_SUB:
        return left ? value + other : other - value;
    case CORDON_TERM_XOR:
        return value ^ other;
    case CORDON_TERM_AND:
        return value | (guess(hunt) & ~other);
    case CORDON_TERM_OR:
        return value & (~other | guess(hunt));
    case CORDON_TERM_MUL: /* an odd factor has an inverse */
        return other & 1 ? value * graph_inverse(other) : other ? value / other : value;
    case CORDON_TERM_DIV:
        if (left)
            return value * other + (other ? guess(hunt) % other : 0);
        return value ? other / value : guess(hunt);
    case CORDON_TERM_LSH:
        return left ? value >> shift : guess(hunt) & 31;
    case CORDON_TERM_RSH:
        return left ? value << shift | (guess(hunt) & ((1u << shift) - 1)) : guess(hunt) & 31;
    case CORDON_TERM_GT:
        return undo_greater(hunt, value, other, left);
    default:
        return value;
    }
}

/* Changes one word so that the term takes the value, and keeps the other words: undoes each
 * operation on the way down. false: impossible on this way. */
static bool bend(struct hunt *hunt, cordon_term term, uint32_t value, struct cordon_data *call)
{
    struct cordon_model *model = hunt->model;
    graph_new_call(model);
    for (uint32_t depth = 0; depth < 64; depth++) {
        struct cordon_term_view view = cordon_model_term_view(model, term);
        if (view.op == CORDON_TERM_WORD) {
            call->word[view.value] = value;
            return true;
        }
        if (view.op == CORDON_TERM_CONSTANT)
            return view.value == value;
        bool fixed_left = cordon_model_term_view(model, view.left).op == CORDON_TERM_CONSTANT;
        bool fixed_right = cordon_model_term_view(model, view.right).op == CORDON_TERM_CONSTANT;
        bool left = !fixed_left && (fixed_right || guess(hunt) & 1);
        uint32_t other = graph_term_value(model, left ? view.right : view.left, call);
        value = undo(hunt, view.op, value, other, left);
        term = left ? view.left : view.right;
    }
    return false;
}

static bool holds(struct hunt *hunt, const struct known *fact, const struct cordon_data *call)
{
    uint32_t value = graph_term_value(hunt->model, fact->term, call) & fact->mask;
    return fact->interval.first <= value && value <= fact->interval.last;
}

/* The first computed fact of the path that the call violates, or NULL. */
static const struct known *broken_fact(struct hunt *hunt, const struct cordon_data *call)
{
    graph_new_call(hunt->model);
    for (uint32_t i = 0; i < hunt->count; i++)
        if (hunt->path[i].term >= CORDON_WORDS && !holds(hunt, &hunt->path[i], call))
            return &hunt->path[i];
    return NULL;
}

static uint32_t interesting(struct hunt *hunt)
{
    uint32_t pick = guess(hunt);
    switch (guess(hunt) % 4) {
    case 0:
        return guess(hunt);
    case 1:
        return pick % 8;
    case 2:
        return UINT32_C(1) << pick % 32;
    default:
        return hunt->path[pick % hunt->count].interval.last;
    }
}

/* Guesses all words, then adjusts them for some rounds to what the path requires. */
static bool try_guess(struct hunt *hunt, struct cordon_data *call)
{
    for (uint32_t round = 0; round < 16; round++) {
        hunt->model->steps += (hunt->count + 2 * hunt->model->term_count) / WORK_OF_STEP;
        if (settle_words(hunt, call) != CORDON_YES)
            return false;
        const struct known *broken = broken_fact(hunt, call);
        if (!broken)
            return true;
        uint32_t span = broken->interval.last - broken->interval.first, step = guess(hunt);
        uint32_t wanted = broken->interval.first + (span == UINT32_MAX ? step : step % (span + 1));
        wanted = (wanted & broken->mask) | (guess(hunt) & ~broken->mask);
        if (!bend(hunt, broken->term, wanted, call))
            return false;
    }
    return false;
}

static enum cordon_answer search_call(struct hunt *hunt)
{
    if (++hunt->searches > MAX_SEARCHES)
        return CORDON_UNDECIDED;
    for (uint32_t i = 0; i < MAX_GUESSES; i++) {
        struct cordon_data call = {{0}};
        for (uint32_t word = 0; i > 0 && word < CORDON_WORDS; word++)
            call.word[word] = interesting(hunt);
        if (try_guess(hunt, &call)) {
            *hunt->call = call;
            return CORDON_YES;
        }
        if (!graph_step(hunt->model, 0))
            break;
    }
    return CORDON_UNDECIDED;
}

/* ---- paths ---- */

static enum cordon_answer arrive(struct hunt *hunt)
{
    struct cordon_data call = {{0}};
    if (hunt->count > 0 && hunt->path[hunt->count - 1].term >= CORDON_WORDS)
        return search_call(hunt);
    enum cordon_answer answer = settle_words(hunt, &call);
    if (answer == CORDON_YES)
        *hunt->call = call;
    return answer;
}

/* Can the path's conditions on its last term be satisfied? */
static enum cordon_answer possible(const struct hunt *hunt)
{
    uint32_t at = hunt->count - 1, value;
    while (at > 0 && hunt->path[at - 1].term == hunt->path[at].term)
        at--;
    return graph_solve(hunt->model, &hunt->path[at], hunt->count - at, 0, &value);
}

/* Do the path's conditions affect the tests below a node, up to the next term? */
static bool bears_on(const struct hunt *hunt, cordon_node node, cordon_term term)
{
    uint32_t masks = graph_below(hunt->model, node).masks, count = 0;
    struct known known[MAX_BEARING];
    for (; count < hunt->count && hunt->path[hunt->count - 1 - count].term == term; count++) {
        if (count == MAX_BEARING)
            return true;
        known[count] = hunt->path[hunt->count - 1 - count];
    }
    return graph_gather(known, count, masks) > 0;
}

static enum cordon_answer descend(struct hunt *hunt, cordon_node node);

static enum cordon_answer try_edges(struct hunt *hunt, const struct node *node)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < node->count; i++) {
        struct cordon_edge edge = hunt->model->edges[node->start + i];
        struct cordon_interval interval = {first, edge.last};
        struct known fact = {node->term, node->mask, interval};
        first = edge.last + 1;
        if (!graph_trim(fact.mask, &fact.interval))
            continue;
        graph_narrow(&fact);
        hunt->path[hunt->count++] = fact;
        enum cordon_answer answer = possible(hunt);
        if (answer == CORDON_YES)
            answer = descend(hunt, edge.to);
        else if (answer == CORDON_UNDECIDED)
            hunt->undecided = true;
        if (answer == CORDON_YES)
            return answer;
        hunt->count--;
    }
    return CORDON_NO;
}

static enum cordon_answer descend(struct hunt *hunt, cordon_node node)
{
    const struct node inner = *graph_node(hunt->model, node);
    if (graph_is_leaf(&inner)) {
        enum cordon_answer answer = CORDON_NO;
        if (inner.term == LEAF && inner.start == hunt->value)
            answer = arrive(hunt);
        hunt->undecided |= answer == CORDON_UNDECIDED;
        return answer;
    }
    bool anew = !bears_on(hunt, node, inner.term);
    bool computed = inner.term >= CORDON_WORDS; /* its earlier conditions still matter there */
    if (anew && hunt->barren[node.id])
        return CORDON_NO;
    if (hunt->count == MAX_PATH || !graph_step(hunt->model, 0)) {
        hunt->undecided = true;
        return CORDON_NO;
    }
    enum cordon_answer answer = try_edges(hunt, &inner);
    if (anew && !computed && answer == CORDON_NO)
        hunt->barren[node.id] = 1;
    return answer;
}

static enum cordon_answer hunt_down(struct hunt *hunt, cordon_node node)
{
    enum cordon_answer answer = descend(hunt, node);
    return answer == CORDON_NO && hunt->undecided ? CORDON_UNDECIDED : answer;
}

enum cordon_answer cordon_model_find(struct cordon_model *model, cordon_node node, uint32_t value,
                                     struct cordon_data *call)
{
    if (!graph_usable(model, node))
        return CORDON_UNDECIDED;
    struct hunt hunt = {.model = model, .value = value, .call = call, .seed = 1};
    hunt.barren = graph_take(model, node.id + 1u, 1);
    hunt.path = graph_take(model, MAX_PATH, sizeof *hunt.path);
    enum cordon_answer answer = CORDON_UNDECIDED;
    if (hunt.barren && hunt.path)
        answer = hunt_down(&hunt, node);
    graph_drop(model, hunt.barren, node.id + 1u, 1);
    graph_drop(model, hunt.path, MAX_PATH, sizeof *hunt.path);
    return answer;
}
