/* SPDX-License-Identifier: MIT */
/*
 * seccompiler.c: reads the JSON of Firecracker and rust-vmm: an object with a filter per thread,
 * each with one action for calls that match a rule and one for all others. The meaning is that of
 * rust-vmm's compiler. Where Firecracker's own compiler, which uses libseccomp since 2024,
 * interprets the same text differently, the reader warns. Other architectures are killed. x32's
 * calls aren't distinguished from x86_64's, so their numbers match no rule. A rule without "args"
 * among rules with some has no effect.
 */
#include <stdio.h>
#include <string.h>

#include "room.h"
#include "scmp.h"
#include "value.h"

struct thread_reader {
    struct document *document;
    struct cordon_tree *tree;
    uint32_t match;   /* the action of rules */
    bool *has_args;   /* by call: a rule of it tests arguments */
    uint32_t abi_bit; /* of the native ABI */
};

static const char *const known_thread[] = {"default_action", "mismatch_action", "filter_action",
                                           "match_action",   "filter",          NULL};
static const char *const known_rule[] = {"syscall", "args", "comment", NULL};
static const char *const known_arg[] = {"index", "type", "op", "val", "comment", NULL};

static bool format_error(struct thread_reader *reader, const struct value *at, const char *what)
{
    cordon_tree_error(reader->tree, CORDON_E_FORMAT, value_place(reader->document, at), NULL, "%s",
                      what);
    return false;
}

/* The tool refuses unknown fields, so this reader does, too. */
static void refuse_unknown(struct thread_reader *reader, const struct value *map,
                           const char *const *known)
{
    for (const struct value *at = map->first; at; at = at->next) {
        const char *const *name = known;
        while (*name && strcmp(*name, at->key))
            name++;
        if (!*name)
            cordon_tree_error(reader->tree, CORDON_E_NAME, key_place(reader->document, at), NULL,
                              "unknown field \"%.60s\"", at->key);
    }
}

/* The member, by its new or old name. */
static const struct value *need(struct thread_reader *reader, const struct value *map,
                                const char *name, const char *old)
{
    const struct value *value = value_member(map, name);
    const struct value *other = old ? value_member(map, old) : NULL;
    char text[96];
    if (value && other)
        format_error(reader, other, "duplicate key");
    if (value || other)
        return value ? value : other;
    snprintf(text, sizeof text, "\"%s\" is missing here", name);
    format_error(reader, map, text);
    return NULL;
}

/* ---- actions ---- */

/* "allow", or with a number {"errno": 1}. */
static bool read_action(struct thread_reader *reader, const struct value *value, uint32_t *action)
{
    const struct value *inner = value->kind == VALUE_MAP ? value->first : NULL;
    const char *name = inner ? inner->key : value->kind == VALUE_TEXT ? value->text : "";
    const struct cordon_action *known = cordon_action_by_name(name, (uint32_t)strlen(name));
    bool numbered = known && (known->value == CORDON_ERRNO || known->value == CORDON_TRACE);
    uint64_t number = 0;
    if (!known || known->value == CORDON_USER_NOTIF || !strcmp(name, "kill") ||
        numbered != (inner && !inner->next))
        return format_error(reader, value,
                            "an action is \"allow\", \"kill_process\", \"kill_thread\", \"log\", "
                            "\"trap\", {\"errno\": N} or {\"trace\": N}");
    if (numbered &&
        !value_number(reader->document, inner, 0xffff, "the number of an action", &number))
        return false;
    *action = known->value | (uint32_t)number;
    return true;
}

/* ---- rules ---- */

static const struct {
    const char *name;
    enum cordon_cond_form form;
} ops[] = {{"eq", CORDON_COND_EQ}, {"ne", CORDON_COND_NE}, {"lt", CORDON_COND_LT},
           {"le", CORDON_COND_LE}, {"gt", CORDON_COND_GT}, {"ge", CORDON_COND_GE}};

#define OPS (sizeof ops / sizeof *ops)

static bool read_op(struct thread_reader *reader, const struct value *value,
                    enum cordon_cond_form *form, uint64_t *mask)
{
    *form = CORDON_COND_EQ;
    if (value->kind == VALUE_MAP && value->first && !value->first->next &&
        !strcmp(value->first->key, "masked_eq"))
        return value_number(reader->document, value->first, UINT64_MAX, "the mask", mask);
    for (size_t i = 0; i < OPS && value->kind == VALUE_TEXT; i++)
        if (value_equals(value, ops[i].name)) {
            *form = ops[i].form;
            return true;
        }
    return format_error(reader, value,
                        "\"op\" must be eq, ne, lt, le, gt, ge, or {\"masked_eq\": MASK}");
}

static const struct cordon_cond *read_arg(struct thread_reader *reader, const struct value *map)
{
    uint64_t index, number, mask = UINT64_MAX;
    enum cordon_cond_form form;
    if (!value_is(reader->document, map, VALUE_MAP, "an argument"))
        return NULL;
    refuse_unknown(reader, map, known_arg);
    const struct value *index_value = need(reader, map, "index", NULL);
    const struct value *type = need(reader, map, "type", NULL);
    const struct value *op = need(reader, map, "op", NULL);
    const struct value *val = need(reader, map, "val", NULL);
    if (!index_value || !type || !op || !val ||
        !value_number(reader->document, index_value, CORDON_ARGS - 1, "\"index\"", &index) ||
        !value_number(reader->document, val, UINT64_MAX, "\"val\"", &number) ||
        !read_op(reader, op, &form, &mask) ||
        !value_is(reader->document, type, VALUE_TEXT, "\"type\""))
        return NULL;
    bool dword = value_equals(type, "dword");
    if (!dword && !value_equals(type, "qword")) {
        format_error(reader, type, "\"type\" must be dword or qword");
        return NULL;
    }
    struct cordon_place place = value_place(reader->document, map);
    if (dword && number >> 32)
        cordon_tree_warn(reader->tree, CORDON_LINT_VALUE_CUT, value_place(reader->document, val),
                         NULL,
                         "a dword has 32 bits: the upper bits of this value are not compared");
    if (dword && (form != CORDON_COND_EQ || (mask != UINT64_MAX && mask >> 32)))
        cordon_tree_warn(reader->tree, CORDON_LINT_TOOLS_DIFFER, place,
                         "use qword, or eq, or a mask of 32 bits",
                         "Firecracker's own compiler compares 64 bits here, rust-vmm's 32");
    mask &= dword ? UINT32_MAX : UINT64_MAX;
    const struct cordon_expr *masked =
        mask == UINT64_MAX ? NULL : cordon_tree_number(reader->tree, mask, place);
    return cordon_tree_compare(reader->tree, form, (unsigned)index, true, masked,
                               cordon_tree_number(reader->tree, number & mask, place), place);
}

static const struct cordon_cond *read_args(struct thread_reader *reader, const struct value *list)
{
    const struct cordon_cond *all = NULL;
    if (!list->first)
        cordon_tree_warn(
            reader->tree, CORDON_LINT_TOOLS_DIFFER, value_place(reader->document, list),
            "without \"args\", both match all calls",
            "rust-vmm's compiler refuses empty \"args\", Firecracker's own matches all "
            "calls");
    for (const struct value *at = list->first; at; at = at->next)
        all = cordon_tree_and(reader->tree, all, read_arg(reader, at));
    return all;
}

/* The call of a rule; CORDON_NO_ID: reported. */
static uint16_t read_call(struct thread_reader *reader, const struct value *rule)
{
    if (!value_is(reader->document, rule, VALUE_MAP, "a rule"))
        return CORDON_NO_ID;
    const struct value *name = need(reader, rule, "syscall", NULL);
    if (!name || !value_is(reader->document, name, VALUE_TEXT, "\"syscall\""))
        return CORDON_NO_ID;
    uint16_t id = cordon_syscall_id(name->text, name->length);
    if (id != CORDON_NO_ID && cordon_syscall_nr(reader->tree->host, id) != CORDON_NO_NR)
        return id;
    cordon_tree_error(reader->tree, CORDON_E_NAME, value_place(reader->document, name), NULL,
                      "%s has no system call \"%.60s\"", reader->tree->host->name, name->text);
    return CORDON_NO_ID;
}

static void read_rule(struct thread_reader *reader, const struct value *rule)
{
    uint16_t id = read_call(reader, rule);
    if (id == CORDON_NO_ID)
        return;
    struct cordon_place place = value_place(reader->document, value_member(rule, "syscall"));
    const struct value *args = value_optional(reader->document, rule, "args", VALUE_LIST);
    refuse_unknown(reader, rule, known_rule);
    if (!args && reader->has_args[id])
        cordon_tree_warn(
            reader->tree, CORDON_LINT_TOOLS_DIFFER, place,
            "with Firecracker's own compiler this rule matches all calls",
            "other rules for this call test arguments: rust-vmm's compiler ignores this one");
    else
        cordon_tree_call(reader->tree, reader->abi_bit, id, args ? read_args(reader, args) : NULL,
                         reader->match, place);
}

static void note_args(struct thread_reader *reader, const struct value *rules)
{
    for (const struct value *at = rules->first; at; at = at->next) {
        const struct value *name = value_member(at, "syscall");
        const struct value *args = value_member(at, "args");
        bool text = name && name->kind == VALUE_TEXT;
        uint16_t id = text ? cordon_syscall_id(name->text, name->length) : CORDON_NO_ID;
        if (id != CORDON_NO_ID && args && args->kind == VALUE_LIST && args->first)
            reader->has_args[id] = true;
    }
}

/* ---- the whole ---- */

/* The ABI itself, and x32 if it shares the token: no rule is for that. */
static void add_abis(struct thread_reader *reader)
{
    const struct cordon_abi *native = reader->tree->host;
    reader->abi_bit = UINT32_C(1) << native->id;
    cordon_tree_host_only(reader->tree);
    cordon_tree_abi(reader->tree, native->id);
    if (native->id == CORDON_ABI_X86_64)
        cordon_tree_abi(reader->tree, CORDON_ABI_X32);
    cordon_tree_bad_arch(reader->tree, (uint32_t)CORDON_KILL_PROCESS, (struct cordon_place){0});
}

static void read_thread(struct thread_reader *reader, const struct value *thread)
{
    uint32_t otherwise;
    if (!value_is(reader->document, thread, VALUE_MAP, "the filter of a thread"))
        return;
    refuse_unknown(reader, thread, known_thread);
    const struct value *mismatch = need(reader, thread, "default_action", "mismatch_action");
    const struct value *match = need(reader, thread, "filter_action", "match_action");
    const struct value *rules = need(reader, thread, "filter", NULL);
    reader->has_args = document_memory(reader->document, cordon_syscall_id_count());
    if (!mismatch || !match || !rules || !read_action(reader, mismatch, &otherwise) ||
        !read_action(reader, match, &reader->match) ||
        !value_is(reader->document, rules, VALUE_LIST, "\"filter\"") || !reader->has_args)
        return;
    if (otherwise == reader->match)
        format_error(reader, match, "both actions are equal");
    add_abis(reader);
    cordon_tree_default(reader->tree, otherwise, value_place(reader->document, mismatch));
    note_args(reader, rules);
    for (const struct value *at = rules->first; at; at = at->next)
        read_rule(reader, at);
}

static const struct value *choose_thread(struct thread_reader *reader, const char *part)
{
    const struct value *root = reader->document->root;
    char hint[160] = "";
    if (!value_is(reader->document, root, VALUE_MAP, "the text"))
        return NULL;
    const struct value *chosen = part ? value_member(root, part) : root->first;
    if (chosen && (part || !chosen->next))
        return chosen;
    for (const struct value *at = root->first; at; at = at->next)
        value_add_part(hint, sizeof hint, at->key);
    cordon_tree_error(reader->tree, CORDON_E_NOT_FOUND, value_place(reader->document, root), hint,
                      part          ? "unknown thread \"%.60s\""
                      : root->first ? "several threads have a filter: choose one"
                                    : "the file has no thread",
                      part ? part : "");
    return NULL;
}

static void read_threads(struct document *document, const struct cordon_format_options *options)
{
    struct thread_reader reader = {.document = document, .tree = document->tree};
    const struct value *thread = choose_thread(&reader, options->part);
    if (thread)
        read_thread(&reader, thread);
}

enum cordon_error seccompiler_read(struct cordon_policy **policy, const char *text, size_t length,
                                   const char *name, const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter)
{
    static const struct document_reader reader = {document_from_json, read_threads};
    return document_read(&reader, policy, text, length, name, options, reporter);
}

int seccompiler_detect(const char *text, size_t length, const char *name)
{
    static const char *const words[] = {"\"default_action\"", "\"mismatch_action\""};
    (void)name;
    for (size_t i = 0; document_is_object(text, length) && i < sizeof words / sizeof *words; i++)
        if (memmem(text, length, words[i], strlen(words[i])))
            return 90;
    return 0;
}
