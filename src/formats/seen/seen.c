/* SPDX-License-Identifier: MIT */
/* seen.c: collects calls that were seen, and makes the policy that allows exactly those. */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "reading.h"

#define MAX_WAYS     256u  /* of one call: with more, its arguments are ignored */
#define MAX_NAMELESS 1024u /* calls with unassigned numbers */

void seen_begin(struct seen *seen, struct cordon_tree *tree, const char *part)
{
    size_t size = sizeof *seen->ways * CORDON_ABI_COUNT * cordon_syscall_id_count();
    *seen = (struct seen){.tree = tree, .with_arguments = part && *part};
    struct cordon_place place = {.file = tree->name};
    if (seen->with_arguments && strcmp(part, "arguments"))
        cordon_tree_error(tree, CORDON_E_NAME, place, "arguments, or none",
                          "unknown part of a record of calls: \"%.40s\"", part);
    seen->ways = tree->allocator->resize(tree->allocator->context, NULL, 0, size);
    if (seen->ways)
        memset(seen->ways, 0, size);
    else
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, place, NULL, "out of memory");
}

/* ---- which arguments ---- */

/* A call that can be made through a multiplexer: its arguments may be in memory, where a filter
 * cannot see them. */
static bool is_multiplexed(const struct cordon_abi *abi, uint16_t id)
{
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++)
        if (cordon_subcall_nth(abi, i).id == id)
            return true;
    return false;
}

uint32_t seen_wants(const struct seen *seen, const struct cordon_abi *abi, uint16_t id)
{
    uint32_t wanted = 0;
    if (!seen->with_arguments || id == CORDON_NO_ID || is_multiplexed(abi, id))
        return 0;
    struct cordon_syscall call = cordon_syscall(abi, id);
    for (unsigned arg = 0; arg < call.arg_count; arg++)
        if (call.args[arg].kind == CORDON_KIND_FLAGS || call.args[arg].kind == CORDON_KIND_ENUM)
            wanted |= 1u << arg;
    return wanted;
}

/* The bits that the kernel reads, as a value of the argument's type. */
static uint64_t as_typed(const struct cordon_abi *abi, const struct cordon_arg *arg, uint64_t value)
{
    unsigned bits = cordon_arg_bits(abi, arg);
    uint64_t mask = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
    bool negative = cordon_arg_signed(arg) && value >> (bits - 1) & 1;
    return negative ? value | ~mask : value & mask;
}

/* ---- the set ---- */

static bool same_call(const struct seen_call *a, const struct seen_call *b)
{
    return a->abi == b->abi && a->nr == b->nr && a->known == b->known &&
           !memcmp(a->value, b->value, sizeof a->value);
}

static uint32_t hash_call(const struct seen_call *call)
{
    uint64_t hash = ((uint64_t)call->nr << 16 ^ call->abi << 8 ^ call->known) * 0x9e3779b97f4a7c15u;
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++)
        hash = (hash ^ hash >> 29 ^ call->value[arg]) * 0xbf58476d1ce4e5b9u;
    return (uint32_t)(hash >> 32);
}

/* The slot of a call, or the empty one for it. */
static uint32_t *find_slot(const struct seen *seen, const struct seen_call *call)
{
    uint32_t at = hash_call(call) & (seen->slot_count - 1);
    while (seen->slots[at] && !same_call(&seen->calls[seen->slots[at] - 1], call))
        at = (at + 1) & (seen->slot_count - 1);
    return &seen->slots[at];
}

static bool no_memory(struct seen *seen)
{
    struct cordon_place place = {.file = seen->tree->name};
    cordon_tree_error(seen->tree, CORDON_E_NO_MEMORY, place, NULL, "out of memory");
    return false;
}

static bool make_room(struct seen *seen)
{
    const struct cordon_allocator *allocator = seen->tree->allocator;
    uint32_t count = seen->slot_count ? seen->slot_count * 2 : 256;
    if (!cordon_array_grow(allocator, (void **)&seen->calls, &seen->room, sizeof *seen->calls,
                           seen->count + 1u))
        return no_memory(seen);
    if (seen->count < seen->slot_count / 2)
        return true;
    uint32_t *slots = allocator->resize(allocator->context, NULL, 0, count * sizeof *slots);
    if (!slots)
        return no_memory(seen);
    memset(slots, 0, count * sizeof *slots);
    if (seen->slots)
        allocator->resize(allocator->context, seen->slots, seen->slot_count * sizeof *slots, 0);
    seen->slots = slots;
    seen->slot_count = count;
    for (uint32_t i = 0; i < seen->count; i++)
        *find_slot(seen, &seen->calls[i]) = i + 1;
    return true;
}

/* Adds a combination of arguments. False: it has so many that the call is allowed as a whole, or
 * an error. */
static bool count_way(struct seen *seen, const struct seen_call *call, uint16_t id)
{
    if (id == CORDON_NO_ID) {
        if (seen->nameless++ < MAX_NAMELESS)
            return true;
        if (seen->nameless == MAX_NAMELESS + 1)
            cordon_tree_error(seen->tree, CORDON_E_BUDGET, call->place, NULL,
                              "more than %u calls without a name", MAX_NAMELESS);
        return false;
    }
    uint16_t *ways = &seen->ways[call->abi * cordon_syscall_id_count() + id];
    if (*ways == MAX_WAYS)
        cordon_tree_warn(seen->tree, CORDON_LINT_UNREAD_VALUE, call->place, NULL,
                         "%s has more than %u combinations of arguments: they are not tested",
                         cordon_syscall_name(id), MAX_WAYS);
    return *ways <= MAX_WAYS && ++*ways <= MAX_WAYS;
}

void seen_add(struct seen *seen, const struct seen_call *call)
{
    const struct cordon_abi *abi = cordon_abi(call->abi);
    uint16_t id = cordon_syscall_id_by_nr(abi, call->nr);
    struct seen_call clean = {
        .abi = call->abi,
        .nr = call->nr,
        .known = call->known & seen_wants(seen, abi, id),
        .place = call->place,
    };
    if (seen->tree->error || !make_room(seen))
        return;
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++)
        if (clean.known >> arg & 1)
            clean.value[arg] = as_typed(abi, &cordon_syscall(abi, id).args[arg], call->value[arg]);
    uint32_t *slot = find_slot(seen, &clean);
    if (*slot)
        return;
    if (!count_way(seen, &clean, id)) {
        if (id == CORDON_NO_ID || !clean.known)
            return;
        clean.known = 0;
        memset(clean.value, 0, sizeof clean.value);
        slot = find_slot(seen, &clean);
        if (*slot)
            return;
    }
    seen->calls[seen->count] = clean;
    *slot = ++seen->count;
}

uint32_t seen_number(struct cordon_tree *tree, const struct cordon_abi *abi, const char *name,
                     size_t length, struct cordon_place place, const char *hint)
{
    uint16_t id = cordon_syscall_id(name, (uint32_t)length);
    uint32_t nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    int shown = (int)(length < 60 ? length : 60);
    if (id == CORDON_NO_ID)
        cordon_tree_error(tree, CORDON_E_NAME, place, NULL, "unknown system call \"%.*s\"", shown,
                          name);
    else if (nr == CORDON_NO_NR)
        cordon_tree_error(tree, CORDON_E_NAME, place, hint, "%s has no %.*s", abi->name, shown,
                          name);
    return nr;
}

void seen_add_named(struct seen *seen, const struct cordon_abi *abi, const char *name,
                    size_t length, struct cordon_place place)
{
    uint32_t nr = seen_number(seen->tree, abi, name, length, place, NULL);
    if (nr != CORDON_NO_NR)
        seen_add(seen, &(struct seen_call){.abi = abi->id, .nr = nr, .place = place});
}

/* ---- the policy ---- */

static unsigned count_bits(uint32_t bits)
{
    unsigned count = 0;
    for (; bits; bits &= bits - 1)
        count++;
    return count;
}

/* Sorts by call; within a call, rules with more conditions come first, so that no rule is dead. */
static int compare_calls(const void *left, const void *right)
{
    const struct seen_call *a = left, *b = right;
    unsigned more = count_bits(a->known), less = count_bits(b->known);
    if (a->abi != b->abi)
        return a->abi < b->abi ? -1 : 1;
    if (a->nr != b->nr)
        return a->nr < b->nr ? -1 : 1;
    if (more != less)
        return more > less ? -1 : 1;
    if (a->place.line != b->place.line)
        return a->place.line < b->place.line ? -1 : 1;
    return 0;
}

static void make_rule(struct seen *seen, const struct seen_call *call)
{
    struct cordon_tree *tree = seen->tree;
    const struct cordon_cond *cond = NULL;
    uint16_t id = cordon_syscall_id_by_nr(cordon_abi(call->abi), call->nr);
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++)
        if (call->known >> arg & 1)
            cond = cordon_tree_and(
                tree, cond,
                cordon_tree_compare(tree, CORDON_COND_EQ, arg, false, NULL,
                                    cordon_tree_number(tree, call->value[arg], call->place),
                                    call->place));
    if (id == CORDON_NO_ID)
        cordon_tree_numbers(tree, 1u << call->abi, call->nr, call->nr, NULL, CORDON_ALLOW,
                            call->place);
    else
        cordon_tree_call(tree, 1u << call->abi, id, cond, CORDON_ALLOW, call->place);
}

static void make_rules(struct seen *seen)
{
    qsort(seen->calls, seen->count, sizeof *seen->calls, compare_calls);
    cordon_tree_default(seen->tree, (uint32_t)CORDON_KILL_PROCESS,
                        (struct cordon_place){.file = seen->tree->name});
    for (uint32_t i = 0; i < seen->count; i++) {
        uint32_t last = i;
        while (last + 1 < seen->count && seen->calls[last + 1].abi == seen->calls[i].abi &&
               seen->calls[last + 1].nr == seen->calls[i].nr)
            last++;
        cordon_tree_abi(seen->tree, seen->calls[i].abi);
        /* the last one, without condition, covers the others */
        for (uint32_t j = seen->calls[last].known ? i : last; j <= last; j++)
            make_rule(seen, &seen->calls[j]);
        i = last;
    }
}

void seen_end(struct seen *seen)
{
    const struct cordon_allocator *allocator = seen->tree->allocator;
    if (!seen->tree->error && !seen->count)
        cordon_tree_error(seen->tree, CORDON_E_FORMAT,
                          (struct cordon_place){.file = seen->tree->name}, NULL,
                          "it contains no calls");
    if (!seen->tree->error)
        make_rules(seen);
    if (seen->ways)
        allocator->resize(allocator->context, seen->ways,
                          sizeof *seen->ways * CORDON_ABI_COUNT * cordon_syscall_id_count(), 0);
    if (seen->slots)
        allocator->resize(allocator->context, seen->slots, seen->slot_count * sizeof *seen->slots,
                          0);
    if (seen->calls)
        allocator->resize(allocator->context, seen->calls, seen->room * sizeof *seen->calls, 0);
}

/* ---- values ---- */

/* Skips blanks and what strace adds in comments. */
static size_t skip_blanks(const char *text, size_t length, size_t at)
{
    while (at < length) {
        if (text[at] == ' ') {
            at++;
        } else if (length - at >= 4 && text[at] == '/' && text[at + 1] == '*') {
            at += 2;
            while (at + 1 < length && !(text[at] == '*' && text[at + 1] == '/'))
                at++;
            at += 2;
        } else {
            break;
        }
    }
    return at < length ? at : length;
}

static bool number_value(const char *text, size_t length, uint64_t *value)
{
    unsigned base = length > 2 && text[0] == '0' && text[1] == 'x' ? 16 : text[0] == '0' ? 8 : 10;
    *value = 0;
    for (size_t i = base == 16 ? 2 : 0; i < length; i++) {
        char c = text[i];
        unsigned digit = c <= '9' ? (unsigned)(c - '0') : (unsigned)(c | 0x20) - 'a' + 10;
        if (digit >= base || *value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return true;
}

static bool word_value(const struct cordon_abi *abi, const char *word, size_t length,
                       uint64_t *value)
{
    if (length == 4 && !memcmp(word, "NULL", 4)) {
        *value = 0;
        return true;
    }
    return word[0] >= '0' && word[0] <= '9'
               ? number_value(word, length, value)
               : cordon_constant_value(abi, word, (uint32_t)length, value);
}

bool seen_value(const struct cordon_abi *abi, const char *text, size_t length, uint64_t *value)
{
    uint64_t all = 0;
    size_t at = skip_blanks(text, length, 0);
    for (;;) {
        uint64_t term;
        bool minus = at < length && text[at] == '-';
        size_t start = at += minus;
        while (at < length && reading_is_word(text[at]))
            at++;
        if (at == start || !word_value(abi, text + start, at - start, &term))
            return false;
        all |= minus ? -term : term;
        at = skip_blanks(text, length, at);
        /* one number with several names: TCGETS or SNDCTL_TMR_TIMEBASE */
        if (length - at > 3 && !memcmp(text + at, "or ", 3))
            at = length;
        if (at == length) {
            *value = all;
            return true;
        }
        if (text[at] != '|')
            return false;
        at = skip_blanks(text, length, at + 1);
    }
}

/* -1, signed or as 32 or 64 bits, is what a tracer sets so that a call isn't made. */
bool seen_is_skip(struct cordon_tree *tree, struct cordon_place place, uint64_t nr)
{
    if (nr <= INT32_MAX)
        return false;
    cordon_tree_warn(tree, CORDON_LINT_IGNORED_TEXT, place, NULL,
                     nr == UINT32_MAX || nr == UINT64_MAX
                         ? "passed over: a tracer skipped this call, so its number is -1"
                         : "passed over: no call has this number");
    return true;
}
