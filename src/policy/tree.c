/* SPDX-License-Identifier: MIT */
/* tree.c: builds policies by function calls. */
#include "cordon/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "room.h"

/* ---- errors ---- */

__attribute__((format(printf, 3, 0))) static void
report(struct cordon_tree *tree, struct cordon_message message, const char *format, va_list args)
{
    if (tree->policy) {
        message.texts = tree->policy->texts;
        message.text_count = tree->policy->text_count;
    }
    cordon_reporter_vtell(tree->reporter, &message, format, args);
}

void cordon_tree_error(struct cordon_tree *tree, enum cordon_error code, struct cordon_place place,
                       const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (tree->reporter->errors < CORDON_POLICY_MAX_ERRORS)
        report(tree,
               (struct cordon_message){
                   .severity = CORDON_ERROR, .code = code, .place = place, .hint = hint},
               format, args);
    va_end(args);
    if (!tree->error)
        tree->error = code;
}

void cordon_tree_warn(struct cordon_tree *tree, enum cordon_lint lint, struct cordon_place place,
                      const char *hint, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    if (tree->reporter->warnings < CORDON_POLICY_MAX_ERRORS)
        report(tree, cordon_lint_message(lint, place, hint), format, args);
    va_end(args);
}

static void *no_memory(struct cordon_tree *tree)
{
    if (!tree->error)
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                          "out of memory");
    return NULL;
}

static void *take(struct cordon_tree *tree, size_t size)
{
    if (!tree->policy)
        return NULL;
    void *memory = cordon_arena_alloc(&tree->policy->arena, size);
    return memory ? memory : no_memory(tree);
}

/* ---- begin and end ---- */

void cordon_tree_begin(struct cordon_tree *tree, const char *text, size_t length, const char *name,
                       const struct cordon_policy_options *options,
                       struct cordon_reporter *reporter)
{
    *tree = (struct cordon_tree){.reporter = reporter ? reporter : &tree->silent};
    tree->allocator = options && options->allocator ? options->allocator : &cordon_allocator_libc;
    tree->host = policy_host(options);
    tree->policy = policy_new(options, tree->allocator);
    if (!tree->policy) {
        no_memory(tree);
        return;
    }
    tree->policy->translated = true;
    tree->name = cordon_tree_text(tree, text, length, name);
    tree->policy->name = tree->name;
}

enum cordon_error cordon_tree_end(struct cordon_tree *tree, struct cordon_policy **policy)
{
    if (tree->error)
        cordon_policy_free(tree->policy);
    else
        *policy = tree->policy;
    tree->policy = NULL;
    return tree->error;
}

const char *cordon_tree_text(struct cordon_tree *tree, const char *text, size_t length,
                             const char *name)
{
    struct cordon_place nowhere = {.file = tree->name};
    if (!tree->policy)
        return NULL;
    if (length > CORDON_POLICY_MAX_BYTES) {
        cordon_tree_error(tree, CORDON_E_BUDGET, nowhere, NULL,
                          "too large for a policy (more than 16 MiB)");
        return NULL;
    }
    struct cordon_policy *policy = tree->policy;
    char *own_name = cordon_arena_copy(&policy->arena, name, strlen(name));
    char *own_text = cordon_arena_copy(&policy->arena, text, length);
    if (!own_name || !own_text ||
        !policy_add_text(
            policy,
            (struct cordon_text){.name = own_name, .text = own_text, .length = (uint32_t)length}))
        return no_memory(tree);
    return own_name;
}

const char *cordon_tree_text_of(const struct cordon_tree *tree, const char *name)
{
    for (uint32_t i = 0; tree->policy && i < tree->policy->text_count; i++)
        if (tree->policy->texts[i].name == name)
            return tree->policy->texts[i].text;
    return NULL;
}

struct cordon_place cordon_tree_place(const struct cordon_tree *tree, const char *name,
                                      size_t offset, uint32_t length)
{
    const char *text = cordon_tree_text_of(tree, name);
    struct cordon_place place = {name, 1, 1, length};
    for (size_t i = 0; text && i < offset && text[i]; i++) {
        place.column++;
        if (text[i] == '\n') {
            place.line++;
            place.column = 1;
        }
    }
    return place;
}

/* ---- the whole policy ---- */

void cordon_tree_abi(struct cordon_tree *tree, enum cordon_abi_id abi)
{
    struct cordon_policy *policy = tree->policy;
    if (!policy)
        return;
    if (!tree->has_abis)
        policy->abi_count = 0;
    tree->has_abis = true;
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] == abi)
            return;
    policy->abis[policy->abi_count++] = abi;
}

void cordon_tree_host_only(struct cordon_tree *tree)
{
    if (tree->policy)
        tree->policy->host_only = true;
}

void cordon_tree_default(struct cordon_tree *tree, uint32_t action, struct cordon_place place)
{
    if (tree->policy)
        tree->policy->fallback = (struct cordon_fallback){action, place.line != 0, place, NULL};
}

void cordon_tree_bad_arch(struct cordon_tree *tree, uint32_t action, struct cordon_place place)
{
    if (tree->policy)
        tree->policy->bad_arch = (struct cordon_fallback){action, place.line != 0, place, NULL};
}

void cordon_tree_newer(struct cordon_tree *tree, uint16_t version, uint32_t action,
                       struct cordon_place place)
{
    if (!tree->policy)
        return;
    tree->policy->newer_than = version;
    tree->policy->newer = (struct cordon_fallback){action, place.line != 0, place, NULL};
}

/* ---- rules ---- */

static void add(struct cordon_tree *tree, struct cordon_rule rule)
{
    rule.origin = tree->origin;
    if (!tree->error && tree->policy && !policy_add_rule(tree->policy, &rule))
        no_memory(tree);
}

void cordon_tree_call(struct cordon_tree *tree, uint32_t abis, uint16_t id,
                      const struct cordon_cond *cond, uint32_t action, struct cordon_place place)
{
    add(tree, (struct cordon_rule){.form = CORDON_CALL_NAME,
                                   .id = id,
                                   .abis = abis,
                                   .cond = cond,
                                   .action = action,
                                   .place = place});
}

void cordon_tree_numbers(struct cordon_tree *tree, uint32_t abis, uint32_t first, uint32_t last,
                         const struct cordon_cond *cond, uint32_t action, struct cordon_place place)
{
    add(tree, (struct cordon_rule){.form = CORDON_CALL_NUMBER,
                                   .nr_first = first,
                                   .nr_last = last,
                                   .abis = abis,
                                   .cond = cond,
                                   .action = action,
                                   .place = place});
}

void cordon_tree_any(struct cordon_tree *tree, uint32_t abis, const struct cordon_cond *cond,
                     uint32_t action, struct cordon_place place)
{
    add(tree,
        (struct cordon_rule){
            .form = CORDON_CALL_ANY, .abis = abis, .cond = cond, .action = action, .place = place});
}

/* ---- conditions ---- */

const struct cordon_expr *cordon_tree_number(struct cordon_tree *tree, uint64_t value,
                                             struct cordon_place place)
{
    struct cordon_expr *expr = take(tree, sizeof *expr);
    if (expr)
        *expr = (struct cordon_expr){.form = CORDON_EXPR_NUMBER, .number = value, .place = place};
    return expr;
}

const struct cordon_cond *cordon_tree_compare(struct cordon_tree *tree, enum cordon_cond_form form,
                                              unsigned argument, bool whole,
                                              const struct cordon_expr *mask,
                                              const struct cordon_expr *value,
                                              struct cordon_place place)
{
    struct cordon_cond *cond = take(tree, sizeof *cond);
    struct cordon_span *span = take(tree, sizeof *span);
    if (!cond || !span)
        return NULL;
    *span = (struct cordon_span){.first = value};
    *cond = (struct cordon_cond){.form = form,
                                 .operand = argument,
                                 .whole = whole,
                                 .mask = mask,
                                 .spans = span,
                                 .span_count = value ? 1 : 0,
                                 .place = place};
    return cond;
}

static const struct cordon_cond *join(struct cordon_tree *tree, enum cordon_cond_form form,
                                      const struct cordon_cond *left,
                                      const struct cordon_cond *right)
{
    struct cordon_cond *cond = take(tree, sizeof *cond);
    if (cond)
        *cond =
            (struct cordon_cond){.form = form, .left = left, .right = right, .place = left->place};
    return cond;
}

const struct cordon_cond *cordon_tree_and(struct cordon_tree *tree, const struct cordon_cond *left,
                                          const struct cordon_cond *right)
{
    return left && right ? join(tree, CORDON_COND_AND, left, right) : left ? left : right;
}

const struct cordon_cond *cordon_tree_or(struct cordon_tree *tree, const struct cordon_cond *left,
                                         const struct cordon_cond *right)
{
    return left && right ? join(tree, CORDON_COND_OR, left, right) : NULL;
}

const struct cordon_cond *cordon_tree_not(struct cordon_tree *tree, const struct cordon_cond *cond)
{
    return cond ? join(tree, CORDON_COND_NOT, cond, NULL) : NULL;
}
