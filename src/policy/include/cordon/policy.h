/* SPDX-License-Identifier: MIT */
/*
 * policy.h: policies as trees, and their compilation into the decision graph.
 *
 * The language is documented in cordon-policy(5), which specifies its meaning: rules are tried in
 * order; the first that matches decides, otherwise the default. Readers of other formats produce
 * the same tree.
 *
 * A policy owns its tree and its texts and is freed at once. Thread safety: a policy is constant
 * once it is read; it may be shared.
 */
#ifndef CORDON_POLICY_H
#define CORDON_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cordon/abi.h"
#include "cordon/action.h"
#include "cordon/alloc.h"
#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/model.h"

CORDON_BEGIN

/* ---- the tree ---- */

/*
 * A constant expression: terms joined by `|` (or `&`, `~`, `<<`, `+`, `-`, parentheses). Names
 * differ between ABIs, so it is evaluated per ABI, when the policy is built.
 */
struct cordon_expr {
    enum { CORDON_EXPR_NUMBER, CORDON_EXPR_NAME, CORDON_EXPR_UNARY, CORDON_EXPR_BINARY } form;
    char op; /* UNARY: ~ -; BINARY: | & ^ + - l (shift left) */
    uint64_t number;
    const char *name;
    const struct cordon_expr *left, *right;
    struct cordon_place place;
};

/* Values first … last of a set; last NULL: one value. */
struct cordon_span {
    const struct cordon_expr *first, *last;
};

enum cordon_cond_form {
    CORDON_COND_AND, /* left, right */
    CORDON_COND_OR,
    CORDON_COND_NOT,  /* left */
    CORDON_COND_BITS, /* (operand & mask) != 0 */
    CORDON_COND_EQ,   /* (operand & mask) == spans[0].first, and so on; mask NULL: all bits */
    CORDON_COND_NE,
    CORDON_COND_LT,
    CORDON_COND_LE,
    CORDON_COND_GT,
    CORDON_COND_GE,
    CORDON_COND_IN /* … in any of spans */
};

struct cordon_cond {
    enum cordon_cond_form form;
    const struct cordon_cond *left, *right;
    const char *operand_name; /* argument by name; NULL: by position */
    unsigned operand;         /* 0…5: argN; CORDON_ARGS: the instruction pointer */
    bool whole;               /* compare the whole register, whatever the argument's type */
    const struct cordon_expr *mask;
    const struct cordon_span *spans;
    uint32_t span_count;
    struct cordon_place place;
};

enum cordon_call_form { CORDON_CALL_NAME, CORDON_CALL_NUMBER, CORDON_CALL_GROUP, CORDON_CALL_ANY };

/* One call selector with one action: `errno(EPERM) unshare, setns` is two rules. */
struct cordon_rule {
    enum cordon_call_form form;
    uint16_t id;                /* NAME: of the call */
    struct cordon_group group;  /* GROUP */
    uint32_t nr_first, nr_last; /* NUMBER: as the ABI's filters see it */
    uint32_t abis; /* bit per enum cordon_abi_id, the ABIs it is for; 0: all of the policy's */
    const struct cordon_cond *cond; /* NULL: always */
    uint32_t action;
    struct cordon_place place; /* line 0: not in the text */
    const char *origin;        /* what adds it, if it isn't in the text; otherwise NULL */
};

/* The default, bad_arch and newer_than statements: an action and its place. */
struct cordon_fallback {
    uint32_t action;
    bool in_text; /* false: not in the text; this is the built-in value */
    struct cordon_place place;
    const char *origin; /* of a rule that isn't in the text: what adds it; otherwise NULL */
};

struct cordon_policy {
    struct cordon_arena arena;
    const char *name;   /* of the text it was read from */
    const char *format; /* "oci": what it is written in; NULL: unknown */
    enum cordon_abi_id abis[CORDON_ABI_COUNT];
    uint32_t abi_count;            /* never 0: the native ABI if the text names none */
    struct cordon_place abi_place; /* their place; line 0: not in the text, or unknown */
    struct cordon_fallback fallback, bad_arch, newer;
    uint16_t newer_than;           /* CORDON_LINUX(…); 0: no such statement */
    bool translated;               /* from another format: its rules are not in the text */
    const struct cordon_abi *host; /* the machine that the text was read for */
    bool host_only; /* the format's tool selects what applies to the host: it has no meaning for
                       machines that aren't among `abis` */
    struct cordon_rule *rules;
    uint32_t rule_count;
    struct cordon_text *texts; /* the files read, for quoting lines */
    uint32_t text_count;
    size_t rule_room, text_room;
};

/* ---- reading ---- */

/* Limits on what is read. Texts that exceed them are refused. */
#define CORDON_POLICY_MAX_BYTES   (16u << 20) /* of one text */
#define CORDON_POLICY_MAX_DEPTH   200u        /* of brackets */
#define CORDON_POLICY_MAX_INCLUDE 16u         /* files within files */
#define CORDON_POLICY_MAX_ERRORS  100u        /* reported, and as many warnings */

/*
 * How texts that another text names are opened; the library itself opens no files. files.h has a
 * loader that does.
 */
struct cordon_loader {
    /*
     * Returns the whole text at `path`, which already begins with the folder of the including text,
     * and NULL, or the reason of a failure. The text is released with close_text(). If open_text is
     * NULL, nothing can be opened.
     */
    const char *(*open_text)(void *context, const char *path, char **text, size_t *length);
    void (*close_text)(void *context, char *text);
    void *context;
};

struct cordon_policy_options {
    const struct cordon_allocator *allocator; /* NULL: libc */
    size_t byte_cap;                          /* memory for one policy; 0: 256 MiB */
    struct cordon_loader loader;
    const struct cordon_abi *host; /* the machine that the text is read for; NULL: this one */
};

/*
 * Reads a policy from memory; `name` appears in diagnostics, and relative includes start from its
 * folder. All errors are reported in one pass; on any error the result is the first error's code
 * and *policy is untouched. Free with cordon_policy_free().
 */
enum cordon_error cordon_policy_read(struct cordon_policy **policy, const char *text, size_t length,
                                     const char *name, const struct cordon_policy_options *options,
                                     struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/* The same from a file, which the loader opens, or a built-in policy ("@stdio"). */
enum cordon_error cordon_policy_read_file(struct cordon_policy **policy, const char *path,
                                          const struct cordon_policy_options *options,
                                          struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/*
 * Reads more statements into a policy in any format, in front of its own: their rules are tried
 * first, and statements about the whole replace the policy's. On any error the policy can only be
 * freed.
 */
enum cordon_error cordon_policy_put_first(struct cordon_policy *policy, const char *text,
                                          size_t length, const char *name,
                                          const struct cordon_policy_options *options,
                                          struct cordon_reporter *reporter) CORDON_MUST_CHECK;
void cordon_policy_free(struct cordon_policy *policy); /* NULL: no-op */

/* Line `place.line` of the text it is in, without newline, for quoting; NULL if there is none. */
const char *cordon_policy_line(const struct cordon_policy *policy, struct cordon_place place,
                               uint32_t *length);
/* A message about a place in a policy, for cordon_reporter_tell(). `hint` may be NULL. */
struct cordon_message cordon_policy_message(const struct cordon_policy *policy,
                                            enum cordon_severity severity, enum cordon_error code,
                                            struct cordon_place place, const char *hint);

/* ---- printing ---- */

/* In the policy language: "flags & 0x3 == O_RDONLY". */
void cordon_cond_print(struct cordon_sink *sink, const struct cordon_cond *cond);
/* Parts of a comparison: "flags & 0x3", and its values as in the braces of `in`. */
void cordon_operand_print(struct cordon_sink *sink, const struct cordon_cond *cond);
void cordon_spans_print(struct cordon_sink *sink, const struct cordon_cond *cond);
void cordon_expr_print(struct cordon_sink *sink, const struct cordon_expr *expr);

/* ---- built-in policies ---- */

struct cordon_builtin {
    const char *name; /* with the @ */
    const char *description;
    const char *text;
    size_t length;
};
const struct cordon_builtin *cordon_builtins(size_t *count);
const struct cordon_builtin *cordon_builtin_by_name(const char *name, uint32_t length);
/* The same with an error that names the nearest one: NAME. The @ must be there. */
enum cordon_error cordon_builtin_find(const struct cordon_builtin **builtin, const char *name,
                                      struct cordon_diag *diag) CORDON_MUST_CHECK;
/* The text of a policy of its own that means the same: with the built-in ones that it includes. */
void cordon_builtin_print(struct cordon_sink *sink, const struct cordon_builtin *builtin);

/* ---- building ---- */

/*
 * What decides a call: a leaf of the rule graph is the index of a rule, or one of these.
 */
enum { CORDON_BY_DEFAULT = 0x7fffff00, CORDON_BY_BAD_ARCH, CORDON_BY_NEWER };

struct cordon_meaning {
    cordon_node deciders; /* leaves: rule index or CORDON_BY_… */
    cordon_node verdicts; /* leaves: filter return values */
};

/*
 * Builds a policy into `model` for `abi_count` ABIs (0: the policy's own). Checks what can only be
 * checked per ABI (argument names, constants, ranges, multiplexers) and warns: rules that can never
 * match, calls unknown on one of the ABIs. What else is known of the whole: check.h.
 */
enum cordon_error cordon_policy_build(const struct cordon_policy *policy,
                                      struct cordon_model *model, const enum cordon_abi_id *abis,
                                      uint32_t abi_count, struct cordon_meaning *meaning,
                                      struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/* Only the verdicts, in half the time, without warnings that need the deciders (dead rules). */
enum cordon_error cordon_policy_verdicts(const struct cordon_policy *policy,
                                         struct cordon_model *model, const enum cordon_abi_id *abis,
                                         uint32_t abi_count, cordon_node *verdicts,
                                         struct cordon_reporter *reporter) CORDON_MUST_CHECK;

/* The action and place of a leaf of `deciders` (line 0: not in the text). */
struct cordon_fallback cordon_policy_decider(const struct cordon_policy *policy, uint32_t decider);

CORDON_END

#endif
