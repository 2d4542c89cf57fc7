/* SPDX-License-Identifier: MIT */
/*
 * tree.h: building a policy by function calls, for readers of other formats.
 *
 * Everything is allocated in the policy's arena. Errors are sticky: after the first one the
 * functions return NULL or do nothing, and cordon_tree_end() returns it. Their outputs may be
 * passed on unchecked.
 *
 * Thread safety: a tree belongs to one thread.
 */
#ifndef CORDON_TREE_H
#define CORDON_TREE_H

#include "cordon/policy.h"

CORDON_BEGIN

struct cordon_tree {
    struct cordon_policy *policy;
    const struct cordon_allocator *allocator;
    struct cordon_reporter *reporter; /* never NULL */
    struct cordon_reporter silent; /* used if there is none; a tree must not be copied once begun */
    enum cordon_error error;       /* the first one */
    const char *name;              /* of the text: the `file` of its places */
    const struct cordon_abi *host; /* the machine that the text is read for */
    const char
        *origin;   /* of the rules added next: what adds them to the text; NULL: they are in it */
    bool has_abis; /* set by cordon_tree_abi() */
};

/* Begins a policy that is read from `text` (copied, so that diagnostics can quote it). */
void cordon_tree_begin(struct cordon_tree *tree, const char *text, size_t length, const char *name,
                       const struct cordon_policy_options *options,
                       struct cordon_reporter *reporter);
/* Ends it: the policy, or the first error; then everything is freed and *policy is untouched. */
enum cordon_error cordon_tree_end(struct cordon_tree *tree,
                                  struct cordon_policy **policy) CORDON_MUST_CHECK;

/* Adds another text that was read (an include); returns its name for places. NULL: error. */
const char *cordon_tree_text(struct cordon_tree *tree, const char *text, size_t length,
                             const char *name);
/* The copied text, NUL terminated, by the name in its places. */
const char *cordon_tree_text_of(const struct cordon_tree *tree, const char *name);

/* Reports a diagnostic; an error makes the tree fail. `hint` may be NULL. */
void cordon_tree_error(struct cordon_tree *tree, enum cordon_error code, struct cordon_place place,
                       const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void cordon_tree_warn(struct cordon_tree *tree, enum cordon_lint lint, struct cordon_place place,
                      const char *hint, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* The place at byte `offset` of the text `name`. */
struct cordon_place cordon_tree_place(const struct cordon_tree *tree, const char *name,
                                      size_t offset, uint32_t length);

/* ---- statements for the whole policy ---- */

/* The first call replaces the native ABI, which is the initial one; an ABI is added once. */
void cordon_tree_abi(struct cordon_tree *tree, enum cordon_abi_id abi);
/* The tool selects what applies to the host, so the policy has no meaning for other machines. */
void cordon_tree_host_only(struct cordon_tree *tree);
/* A place without a line: it is not in the text. */
void cordon_tree_default(struct cordon_tree *tree, uint32_t action, struct cordon_place place);
void cordon_tree_bad_arch(struct cordon_tree *tree, uint32_t action, struct cordon_place place);
void cordon_tree_newer(struct cordon_tree *tree, uint16_t version, uint32_t action,
                       struct cordon_place place);

/* ---- rules: the first that matches decides ---- */

/* `abis`: bit per ABI, 0: all. `cond` NULL: always. */
void cordon_tree_call(struct cordon_tree *tree, uint32_t abis, uint16_t id,
                      const struct cordon_cond *cond, uint32_t action, struct cordon_place place);
void cordon_tree_numbers(struct cordon_tree *tree, uint32_t abis, uint32_t first, uint32_t last,
                         const struct cordon_cond *cond, uint32_t action,
                         struct cordon_place place);
void cordon_tree_any(struct cordon_tree *tree, uint32_t abis, const struct cordon_cond *cond,
                     uint32_t action, struct cordon_place place);

/* ---- conditions ---- */

const struct cordon_expr *cordon_tree_number(struct cordon_tree *tree, uint64_t value,
                                             struct cordon_place place);
/*
 * argument `form` value, under a mask (NULL: all bits). form: EQ NE LT LE GT GE, or BITS with value
 * NULL. `whole`: the whole register, as filters compare that know nothing of types; without it the
 * bits and the sign that the kernel looks at.
 */
const struct cordon_cond *cordon_tree_compare(struct cordon_tree *tree, enum cordon_cond_form form,
                                              unsigned argument, bool whole,
                                              const struct cordon_expr *mask,
                                              const struct cordon_expr *value,
                                              struct cordon_place place);
/* NULL on one side means "always" in AND, so a list of conditions is built from NULL on. */
const struct cordon_cond *cordon_tree_and(struct cordon_tree *tree, const struct cordon_cond *left,
                                          const struct cordon_cond *right);
const struct cordon_cond *cordon_tree_or(struct cordon_tree *tree, const struct cordon_cond *left,
                                         const struct cordon_cond *right);
const struct cordon_cond *cordon_tree_not(struct cordon_tree *tree, const struct cordon_cond *cond);

CORDON_END

#endif
