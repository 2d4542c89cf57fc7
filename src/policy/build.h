/* SPDX-License-Identifier: MIT */
/* build.h: shared by the parts of the builder, which builds one ABI at a time. */
#ifndef POLICY_BUILD_H
#define POLICY_BUILD_H

#include "cordon/comparison.h"

/* A range of numbers that have the same verdict so far; `id` is the call, or CORDON_NO_ID for a
 * gap. */
struct cell {
    uint32_t first, last;
    uint16_t id;
    cordon_node node;
};

#define MAX_SUBCALLS 40u

/* Bounds on hostile policies: rules about raw numbers, and conditions times the calls that they
 * apply to. */
#define MAX_NUMBER_RULES 4096u
#define MAX_CONDITIONS   (UINT32_C(1) << 22)
#define MAX_STEPS        (UINT32_C(1) << 20) /* of the model; the largest of the tests takes 300,000 */

/* Messages that are reported once per rule, however many ABIs and calls it is built for. */
enum { REPORTED_UNKNOWN = 1, REPORTED_TRIVIAL = 2, REPORTED_MULTIPLEXER = 4 };

struct numbers {
    uint32_t first, last;
};

/* An array that is reused; it holds one thing at a time. */
struct edges {
    struct cordon_edge *items;
    uint32_t count;
    size_t room;
};

struct builder {
    const struct cordon_policy *policy;
    struct cordon_model *model;
    struct cordon_reporter *reporter;
    const struct cordon_allocator *allocator;
    struct cordon_arena arena; /* of everything that lives as long as the builder */
    enum cordon_error error;
    const struct cordon_abi *abi;
    uint32_t abis; /* bit per ABI of this build */
    struct cell *cells;
    uint32_t cell_count;
    size_t cell_room;
    uint32_t *cell_of;                            /* by call id; UINT32_MAX: none */
    struct cordon_subcall subcalls[MAX_SUBCALLS]; /* of the current ABI */
    uint32_t subcall_count;
    bool *is_subcall; /* by call id: is it one of these? */
    bool *is_named;   /* by call id: is there a rule about it? */
    uint32_t *wide;   /* the rules with raw numbers or *: their indices */
    uint32_t wide_count;
    struct numbers *numbers; /* those for the current ABI */
    uint32_t number_count;
    bool only_verdicts;    /* leaves are verdicts at once, not deciders */
    uint32_t last_action;  /* of the rule whose leaf was made last … */
    cordon_node last_leaf; /* … and that leaf */
    cordon_node *leaves;   /* by rule: its leaf; CORDON_NODE_NONE: not made yet */
    uint32_t notes;        /* so far */
    uint32_t conditions;   /* rules put in front of a cell so far: bounds the time */
    uint8_t *reported;     /* by rule: the REPORTED_… bits */
    uint32_t rule;         /* the current one */
    cordon_node zero, one, by_default, by_newer;
    struct cordon_intervals intervals; /* of the current comparison */
    struct edges low_edges;            /* of the switch on its lower half */
    struct edges edges;                /* of the current architecture, over all 2^32 numbers */
};

/* Leaves of sub-calls whose arguments a multiplexer hides: HIDDEN + index of the rule. No action
 * has such a value. */
#define HIDDEN 0x40000000

/* ---- builder.c ---- */

void build_error(struct builder *builder, enum cordon_error code, struct cordon_place place,
                 const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
void build_warn(struct builder *builder, enum cordon_lint lint, struct cordon_place place,
                const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
bool build_may_report(struct builder *builder, uint8_t what); /* the first time for this rule? */

void *build_out_of_memory(struct builder *builder); /* NULL: reported */
/* Reports, as an error at this place, that the model has reached a limit. */
void build_check_model(struct builder *builder, struct cordon_place place);
/* Grows the array to `need` edges. */
bool build_room(struct builder *builder, struct edges *edges, size_t need);

/* The action of a rule or of a CORDON_BY_…; its leaf. */
static inline uint32_t decider_action(const struct cordon_policy *policy, uint32_t decider)
{
    return decider < policy->rule_count ? policy->rules[decider].action
                                        : cordon_policy_decider(policy, decider).action;
}

static inline cordon_node leaf_of(struct builder *builder, uint32_t decider)
{
    return cordon_model_leaf(builder->model, builder->only_verdicts
                                                 ? decider_action(builder->policy, decider)
                                                 : decider);
}

/* The leaf of a rule. Most rules have the same action as the rule before, and share its leaf. */
static inline cordon_node new_rule_leaf(struct builder *builder)
{
    uint32_t action = builder->policy->rules[builder->rule].action;
    bool again = builder->only_verdicts && action == builder->last_action;
    if (!again || cordon_node_same(builder->last_leaf, CORDON_NODE_NONE))
        builder->last_leaf = leaf_of(builder, builder->rule);
    builder->last_action = action;
    return builder->last_leaf;
}

/* The leaf of the current rule. */
static inline cordon_node rule_leaf(struct builder *builder)
{
    cordon_node *leaf = &builder->leaves[builder->rule];
    if (cordon_node_same(*leaf, CORDON_NODE_NONE))
        *leaf = new_rule_leaf(builder);
    return *leaf;
}

/* The action of a leaf; whether the leaf is a marker (HIDDEN). */
uint32_t leaf_action(const struct builder *builder, uint32_t leaf);
bool is_hidden(const struct builder *builder, uint32_t leaf);
bool rule_selects(const struct cordon_rule *rule, uint16_t id);

/* ---- build_cells.c ---- */

/* Cuts the numbers of the current ABI into cells that the default decides. */
void make_cells(struct builder *builder);
/* The same for the numbers that no ABI has. */
void make_negative_cells(struct builder *builder);
/* The first cell whose numbers are not all below `nr`. */
uint32_t first_cell(const struct builder *builder, uint32_t nr);

/* Where a call's arguments are; position NULL: in their own registers. */
struct call_view {
    uint16_t id; /* CORDON_NO_ID: a number without a name */
    bool named;  /* the rule names exactly this call, so its arguments must exist */
    const uint8_t *position;
    bool hidden; /* out: the condition tests an argument in memory */
};

/* ---- build_cond.c ---- */

/* The condition as a graph with leaves 0 and 1; CORDON_NODE_NONE: reported, or call->hidden. */
cordon_node build_condition(struct builder *builder, const struct cordon_cond *cond,
                            struct call_view *call);

/* Applies the current rule to the multiplexers of the calls that it selects. */
void build_multiplexers(struct builder *builder, const struct cordon_rule *rule);
/* After all rules: reports conditions whose arguments a multiplexer still hides. */
void check_multiplexers(struct builder *builder);

/* ---- build_warn.c ---- */

/* The current ABI lacks the call of the current rule. */
void warn_unknown_call(struct builder *builder, const struct cordon_rule *rule);

void warn_dead_rules(struct builder *builder, cordon_node deciders);

#endif
