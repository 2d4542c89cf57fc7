/* SPDX-License-Identifier: MIT */
/*
 * filters.c: makes the filters that Firejail makes of lists of calls.
 *
 * A list is processed several times: first for calls with an error of their own (and exceptions),
 * then the default list, then the rest. The calls that Firejail itself needs until it starts the
 * program go into a separate filter.
 */
#include <stdlib.h>
#include <string.h>

#include "firejail.h"

enum pass { OWN_ANSWERS, DENIED, ALLOWED, LATER };

struct expansion {
    struct firejail *firejail;
    struct firejail_filter *filter;
    const struct cordon_abi *abi;
    enum pass pass;
    bool keep; /* a list of allowed calls */
    bool any;  /* an entry was added */
};

/* ---- filters ---- */

struct firejail_filter *firejail_begin(struct firejail_filters *filters, enum cordon_abi_id abi,
                                       uint32_t rest, struct cordon_place place)
{
    struct firejail_filter *filter = &filters->filters[filters->count++];
    *filter = (struct firejail_filter){.abi = abi, .rest = rest, .place = place};
    return filter;
}

void firejail_add(struct firejail *firejail, struct firejail_filter *filter,
                  const struct firejail_entry *entry)
{
    struct cordon_tree *tree = firejail->tree;
    if (tree->error)
        return;
    if (filter->count == FIREJAIL_MAX_ENTRIES)
        cordon_tree_error(tree, CORDON_E_TOO_LONG, entry->place, NULL,
                          "the list is too long for a filter");
    else if (cordon_array_grow(tree->allocator, (void **)&filter->entries, &filter->room,
                               sizeof *filter->entries, filter->count + 1u))
        filter->entries[filter->count++] = *entry;
    else
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, entry->place, NULL, "out of memory");
}

enum cordon_abi_id firejail_secondary_abi(const struct cordon_abi *host)
{
    enum cordon_abi_id native = host->id;
    return native == CORDON_ABI_X86_64    ? CORDON_ABI_I386
           : native == CORDON_ABI_AARCH64 ? CORDON_ABI_ARM
                                          : native;
}

/* ---- words of lists ---- */

struct item {
    uint32_t nr;
    bool known, negated;
    enum { PLAIN, KILL, ERROR } answer;
    uint32_t error;
};

static void refuse(struct expansion *expansion, const struct firejail_list *word, const char *what)
{
    cordon_tree_error(expansion->firejail->tree, CORDON_E_NAME, word->place, NULL,
                      "Firejail refuses this: %s \"%.*s\"", what,
                      READING_WORD(word->text, word->length));
}

static bool parse_answer(const struct cordon_abi *host, const char *text, uint32_t length,
                         struct item *item)
{
    uint64_t value = 0;
    item->answer = length == 4 && !memcmp(text, "kill", 4) ? KILL : ERROR;
    if (item->answer != ERROR)
        return true;
    bool known = length && text[0] == 'E' && cordon_constant_value(host, text, length, &value);
    item->error = (uint32_t)value;
    return known;
}

/* Ignores a call that the ABI doesn't have, and an unknown error. */
static struct item parse_item(struct expansion *expansion, const struct firejail_list *word,
                              bool from_group)
{
    struct item item = {.known = true};
    const char *at = word->text, *end = word->text + word->length;
    if (at < end && *at == '!')
        item.negated = true, at++;
    const char *colon = memchr(at, ':', (size_t)(end - at));
    uint32_t length = (uint32_t)((colon ? colon : end) - at);
    if (!length)
        refuse(expansion, word, "missing call in");
    if (length && *at == '$') {
        uint64_t number = 0;
        item.known = !reading_number(at + 1, length - 1, &number) && number <= INT32_MAX;
        item.nr = (uint32_t)number;
    } else {
        uint16_t id = cordon_syscall_id(at, length);
        item.nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(expansion->abi, id);
        item.known = item.nr != CORDON_NO_NR;
        if (!item.known && !from_group && expansion->pass == OWN_ANSWERS) {
            char hint[160];
            reading_suggest_call(expansion->firejail->tree, hint, at, length);
            cordon_tree_warn(expansion->firejail->tree, CORDON_LINT_UNKNOWN_NAME, word->place,
                             id == CORDON_NO_ID && hint[0] ? hint : NULL,
                             "unknown call \"%.*s\" on %s: Firejail ignores it",
                             READING_WORD(at, length), expansion->abi->name);
        }
    }
    if (colon && !parse_answer(expansion->firejail->tree->host, colon + 1,
                               (uint32_t)(end - colon) - 1, &item)) {
        item.known = false;
        if (expansion->pass == OWN_ANSWERS)
            cordon_tree_warn(expansion->firejail->tree, CORDON_LINT_UNKNOWN_NAME, word->place, NULL,
                             "unknown error number: Firejail ignores it");
    }
    return item;
}

/* ---- what is done with a word ---- */

static uint32_t answer_of(const struct firejail *firejail, const struct item *item)
{
    return item->answer == KILL    ? (uint32_t)CORDON_KILL_THREAD
           : item->answer == ERROR ? (uint32_t)CORDON_ERRNO | item->error
                                   : firejail->error;
}

/* Calls that Firejail itself makes between installing the filter and starting the program. */
static bool is_needed(const struct expansion *expansion, uint32_t nr)
{
    static const char *const names[] = {"execveat", "execve", "prctl"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint16_t id = cordon_syscall_id(names[i], (uint32_t)strlen(names[i]));
        if (cordon_syscall_nr(expansion->abi, id) == nr)
            return true;
    }
    return false;
}

/* -0 is 0, so the call with this number can't be an exception. */
static bool is_exception(const struct item *item)
{
    return item->negated && item->nr != 0;
}

static bool chooses(const struct expansion *expansion, const struct item *item)
{
    bool exception = is_exception(item);
    switch (expansion->pass) {
    case OWN_ANSWERS:
        return exception || item->answer != PLAIN;
    case DENIED:
        return !exception && !is_needed(expansion, item->nr) &&
               cordon_syscall_id_by_nr(expansion->abi, item->nr) != CORDON_NO_ID;
    case ALLOWED:
        return !exception;
    case LATER:
        return !exception && is_needed(expansion, item->nr);
    }
    return false;
}

static void use_item(struct expansion *expansion, const struct item *item,
                     const struct firejail_list *word)
{
    const struct firejail *firejail = expansion->firejail;
    struct firejail_entry entry = {.nr = item->nr, .place = word->place};
    if (!item->known || !chooses(expansion, item))
        return;
    expansion->any = true;
    if (!expansion->filter)
        return;
    if (expansion->pass == ALLOWED)
        entry.action = (uint32_t)CORDON_ALLOW;
    else if (expansion->pass == OWN_ANSWERS && item->answer == PLAIN)
        entry.action = expansion->keep ? firejail->error : (uint32_t)CORDON_ALLOW;
    else if (expansion->pass == LATER)
        entry.action = firejail->error;
    else
        entry.action = answer_of(firejail, item);
    firejail_add(expansion->firejail, expansion->filter, &entry);
}

static void expand(struct expansion *expansion, struct firejail_list list, bool from_group)
{
    struct firejail_list word;
    while (!expansion->firejail->tree->error && firejail_word(&list, &word)) {
        if (word.text[0] != '@') {
            struct item item = parse_item(expansion, &word, from_group);
            use_item(expansion, &item, &word);
            continue;
        }
        const char *members = firejail_group(word.text, word.length);
        if (!members) {
            refuse(expansion, &word, "unknown group");
            return;
        }
        struct firejail_list inner = {members, (uint32_t)strlen(members), word.place, true};
        expand(expansion, inner, true);
    }
}

static void run(struct expansion *expansion, enum pass pass, const struct firejail_list *list)
{
    expansion->pass = pass;
    expand(expansion, *list, false);
}

static struct firejail_list constant(const char *text, struct cordon_place place)
{
    return (struct firejail_list){text, (uint32_t)strlen(text), place, true};
}

/* ---- the filters of lists ---- */

static void add_default(struct expansion *expansion, struct cordon_place place)
{
    struct firejail_list list =
        constant(expansion->firejail->debuggers ? "@default" : "@default-nodebuggers", place);
    expansion->pass = DENIED;
    expand(expansion, list, true);
}

/* The library that installs this filter is loaded with the program, if the program is dynamic. */
static void later_filter(struct firejail *firejail, struct firejail_filters *filters,
                         enum cordon_abi_id abi, const struct firejail_list *list)
{
    struct expansion expansion = {.firejail = firejail, .abi = cordon_abi(abi)};
    run(&expansion, LATER, list);
    if (!expansion.any)
        return;
    cordon_tree_warn(
        firejail->tree, CORDON_LINT_PARTLY_DENIED, list->place, NULL,
        "Firejail needs execve, execveat and prctl itself: denied in dynamic programs only");
    expansion.filter = firejail_begin(filters, abi, (uint32_t)CORDON_ALLOW, list->place);
    run(&expansion, LATER, list);
}

static void drop_filter(struct firejail *firejail, struct firejail_filters *filters,
                        enum cordon_abi_id abi, const struct firejail_list *list, bool on_top,
                        struct cordon_place place)
{
    struct expansion expansion = {.firejail = firejail, .abi = cordon_abi(abi)};
    expansion.filter = firejail_begin(filters, abi, (uint32_t)CORDON_ALLOW, place);
    if (list->text)
        run(&expansion, OWN_ANSWERS, list);
    if (on_top)
        add_default(&expansion, place);
    if (list->text)
        run(&expansion, DENIED, list);
}

static void keep_filter(struct firejail *firejail, struct firejail_filters *filters,
                        enum cordon_abi_id abi, const struct firejail_list *list,
                        struct cordon_place place)
{
    struct expansion expansion = {.firejail = firejail, .abi = cordon_abi(abi), .keep = true};
    struct firejail_list needed = constant("@default-keep", place);
    expansion.filter = firejail_begin(filters, abi, firejail->error, place);
    run(&expansion, OWN_ANSWERS, list);
    run(&expansion, ALLOWED, &needed);
    run(&expansion, ALLOWED, list);
}

/* Firejail only makes this filter again, for another error, where it handles a default list. */
uint32_t firejail_block_error(const struct firejail *firejail)
{
    const struct firejail_lists *native = &firejail->native, *other = &firejail->secondary;
    bool anew = (native->on && !native->keep.text && !native->drop.text) ||
                (other->on && !other->keep.text && !native->drop.text);
    return anew ? firejail->error : (uint32_t)CORDON_ERRNO | 1; /* EPERM */
}

/* Does Firejail use the lists of the 32-bit ABI? Otherwise it installs its built-in filter
 * again. */
static bool uses_secondary_lists(const struct firejail *firejail)
{
    const struct firejail_lists *lists = &firejail->secondary, *native = &firejail->native;
    bool plain = !native->more.text && firejail->error == ((uint32_t)CORDON_ERRNO | 1);
    return lists->on && (lists->keep.text || native->drop.text || !plain);
}

/*
 * The default filter of the 32-bit ABI. A filter made of lists overwrites the file that this filter
 * is mapped from, before it is installed and at its old length; the kernel refuses the result.
 */
static void secondary_filter(struct firejail *firejail, struct firejail_filters *filters,
                             struct cordon_place place)
{
    enum cordon_abi_id abi = firejail_secondary_abi(firejail->tree->host);
    struct expansion expansion = {.firejail = firejail, .abi = cordon_abi(abi)};
    struct firejail_list list = constant(firejail_secondary, place);
    if (firejail->block_secondary) {
        firejail_block_filter(firejail, filters);
    } else if (abi == CORDON_ABI_I386 && !uses_secondary_lists(firejail)) {
        expansion.filter = firejail_begin(filters, abi, (uint32_t)CORDON_ALLOW, place);
        expansion.pass = DENIED;
        expand(&expansion, list, true);
    }
}

static void native_filters(struct firejail *firejail, struct firejail_filters *filters)
{
    const struct firejail_lists *lists = &firejail->native;
    enum cordon_abi_id abi = firejail->tree->host->id;
    if (lists->keep.text || lists->drop.text) {
        if (firejail->block_secondary)
            firejail_block_filter(firejail, filters);
    } else {
        secondary_filter(firejail, filters, lists->place);
    }
    if (lists->keep.text)
        keep_filter(firejail, filters, abi, &lists->keep, lists->place);
    else if (lists->drop.text)
        drop_filter(firejail, filters, abi, &lists->drop, false, lists->place);
    else
        drop_filter(firejail, filters, abi, &lists->more, true, lists->place);
}

static void warn_unused(struct firejail *firejail, const struct firejail_list *list,
                        const char *why)
{
    if (list->text)
        cordon_tree_warn(firejail->tree, CORDON_LINT_IGNORED_TEXT, list->place, why,
                         "Firejail ignores this list");
}

/*
 * The native lists decide which 32-bit list Firejail uses. Without native lists, and with EPERM, it
 * uses none and installs the built-in filter again. In a list of kept calls it looks the names up
 * among the native calls, and keeps only those found.
 */
static void secondary_filters(struct firejail *firejail, struct firejail_filters *filters)
{
    const struct firejail_lists *lists = &firejail->secondary, *native = &firejail->native;
    enum cordon_abi_id abi = firejail_secondary_abi(firejail->tree->host);
    if (lists->keep.text) {
        if (firejail->block_secondary)
            firejail_block_filter(firejail, filters);
        cordon_tree_warn(firejail->tree, CORDON_LINT_OTHER_ABI, lists->keep.place,
                         "use seccomp.keep to allow these calls",
                         "Firejail makes a filter for 64-bit calls from it");
        keep_filter(firejail, filters, firejail->tree->host->id, &lists->keep, lists->place);
    } else if (native->drop.text) {
        if (firejail->block_secondary)
            firejail_block_filter(firejail, filters);
        warn_unused(firejail, &lists->more, "seccomp.32.drop");
        if (!lists->drop.text)
            cordon_tree_error(firejail->tree, CORDON_E_MEANING, lists->place, "seccomp.32.drop",
                              "Firejail cannot start: with seccomp.drop this must be a list");
        else
            drop_filter(firejail, filters, abi, &lists->drop, false, lists->place);
    } else {
        secondary_filter(firejail, filters, lists->place);
        warn_unused(firejail, &lists->drop, "add seccomp.drop");
        if (uses_secondary_lists(firejail))
            drop_filter(firejail, filters, abi, &lists->more, true, lists->place);
        else if (firejail->block_secondary)
            cordon_tree_error(firejail->tree, CORDON_E_MEANING, lists->place, "remove one of them",
                              "Firejail cannot start: seccomp.block-secondary removed its file");
        else
            warn_unused(firejail, &lists->more, "give seccomp a list as well");
    }
}

void firejail_filters(struct firejail *firejail, struct firejail_filters *filters)
{
    enum cordon_abi_id native = firejail->tree->host->id,
                       other = firejail_secondary_abi(firejail->tree->host);
    const struct firejail_lists *lists = &firejail->native;
    const struct firejail_list *later = lists->drop.text ? &lists->drop : &lists->more;
    *filters = (struct firejail_filters){0};
    if (lists->on && !lists->keep.text && later->text)
        later_filter(firejail, filters, native, later);
    if (firejail->protocols)
        firejail_protocol_filter(firejail, filters);
    if (lists->on)
        native_filters(firejail, filters);
    if (firejail->secondary.on && other != native)
        secondary_filters(firejail, filters);
    for (int turn = 0; turn < (other == native ? 1 : 2); turn++) {
        if (firejail->mdwx)
            firejail_mdwx_filter(firejail, filters, turn ? other : native);
        if (firejail->namespaces)
            firejail_namespaces_filter(firejail, filters, turn ? other : native);
    }
}
