/* SPDX-License-Identifier: MIT */
/*
 * write.c: writes a policy as one of kafel's. Rules with conditions declare their arguments, so
 * kafel compares whole registers; a mask selects the bits that the kernel reads. Calls that have
 * other names in kafel are written by number.
 */
#include <string.h>

#include "kafel.h"
#include "plain.h"
#include "room.h"

#define MAX_NUMBERS 4096u /* ranges without a name */
#define CHAIN       16u   /* alternatives in a row: kafel limits the depth of an expression */

struct kafel_writer {
    struct plain plain;
    const struct cordon_abi *abis[CORDON_ABI_COUNT];
    uint32_t abi_count;
    const struct cordon_abi *abi; /* the current one */
    uint16_t id;
    uint32_t nr;
    uint32_t numbers;
    uint32_t open_action; /* the current block */
    bool is_open;
};

static void say(struct kafel_writer *writer, const char *text)
{
    cordon_sink_text(&writer->plain.sink, text);
}

/* ---- actions ---- */

static const struct {
    uint32_t action;
    const char *word;
    bool has_data;
} actions[] = {
    {(uint32_t)CORDON_ALLOW, "ALLOW", false},
    {(uint32_t)CORDON_LOG, "LOG", false},
    {(uint32_t)CORDON_KILL_PROCESS, "KILL_PROCESS", false},
    {(uint32_t)CORDON_KILL_THREAD, "KILL", false},
    {(uint32_t)CORDON_USER_NOTIF, "USER_NOTIF", false},
    {(uint32_t)CORDON_ERRNO, "ERRNO", true},
    {(uint32_t)CORDON_TRAP, "TRAP", true},
    {(uint32_t)CORDON_TRACE, "TRACE", true},
};

static void write_action(struct kafel_writer *writer, uint32_t action, struct cordon_place place)
{
    uint32_t data = action & CORDON_ACTION_DATA;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (actions[i].action != (action & CORDON_ACTION_FULL) || (data && !actions[i].has_data))
            continue;
        say(writer, actions[i].word);
        if (!actions[i].has_data)
            return;
        say(writer, "(");
        cordon_sink_decimal(&writer->plain.sink, data);
        say(writer, ")");
        return;
    }
    plain_refuse(&writer->plain, at_action(action), place, "kafel has no such action");
}

static void close_block(struct kafel_writer *writer)
{
    if (writer->is_open)
        say(writer, "\n}\n");
    writer->is_open = false;
}

/* Begins a rule: after a comma, or in a block of its own. */
static void begin_rule(struct kafel_writer *writer, const struct plain_rule *rule)
{
    if (writer->is_open && writer->open_action == rule->action) {
        say(writer, ",\n    ");
        return;
    }
    close_block(writer);
    write_action(writer, rule->action, rule->place);
    say(writer, " {\n    ");
    writer->is_open = true;
    writer->open_action = rule->action;
}

/* ---- expressions ---- */

static const char *argument_name(const struct kafel_writer *writer, unsigned argument)
{
    static const char *const names[] = {"a0", "a1", "a2", "a3", "a4", "a5"};
    struct cordon_syscall call = {0};
    if (writer->id != CORDON_NO_ID)
        call = cordon_syscall(writer->abi, writer->id);
    return argument < call.arg_count ? kafel_argument_name(&call, argument) : names[argument];
}

static void write_operand(struct kafel_writer *writer, const struct plain_test *test)
{
    const char *name = argument_name(writer, test->argument);
    if (test->mask == test->all) {
        say(writer, name);
        return;
    }
    say(writer, "(");
    say(writer, name);
    say(writer, " & ");
    cordon_sink_hex(&writer->plain.sink, test->mask, 1);
    say(writer, ")");
}

static void write_relation(struct kafel_writer *writer, const struct plain_test *test,
                           const char *relation, uint64_t value)
{
    write_operand(writer, test);
    say(writer, relation);
    cordon_sink_hex(&writer->plain.sink, value, 1);
}

static void write_span(struct kafel_writer *writer, const struct plain_test *test,
                       struct cordon_wide_interval span)
{
    if (span.first == span.last) {
        write_relation(writer, test, " == ", span.first);
        return;
    }
    bool above = span.first > 0, below = span.last < test->mask;
    if (above)
        write_relation(writer, test, " >= ", span.first);
    if (above && below)
        say(writer, " && ");
    if (below)
        write_relation(writer, test, " <= ", span.last);
}

/* Prints spans `first` … `last`. Long lists are halved into parentheses, to limit the depth. */
static void write_spans(struct kafel_writer *writer, const struct plain_test *test, uint32_t first,
                        uint32_t last)
{
    if (last - first < CHAIN) {
        for (uint32_t i = first; i <= last; i++) {
            say(writer, i > first ? " || " : "");
            write_span(writer, test, test->spans[i]);
        }
        return;
    }
    uint32_t middle = first + (last - first) / 2;
    say(writer, "(");
    write_spans(writer, test, first, middle);
    say(writer, ") || (");
    write_spans(writer, test, middle + 1, last);
    say(writer, ")");
}

static void write_leaf(struct kafel_writer *writer, const struct cordon_cond *cond)
{
    struct plain_test test;
    uint64_t unequal;
    if (!plain_test(&writer->plain, writer->abi, writer->id, cond, false, &test))
        return;
    if (test.argument == CORDON_ARGS)
        plain_refuse(&writer->plain,
                     writer->id == CORDON_NO_ID
                         ? at_numbers(writer->abi, writer->nr, writer->nr)
                         : at_call(writer->id, UINT32_C(1) << writer->abi->id),
                     cond->place, "the instruction pointer");
    else if (plain_is_always(&test) || test.count == 0)
        say(writer, test.count ? "0 == 0" : "0 == 1");
    else if (plain_is_unequal(&test, &unequal))
        write_relation(writer, &test, " != ", unequal);
    else
        write_spans(writer, &test, 0, test.count - 1);
}

static void write_cond(struct kafel_writer *writer, const struct cordon_cond *cond)
{
    switch (cond->form) {
    case CORDON_COND_NOT:
        say(writer, "!(");
        write_cond(writer, cond->left);
        say(writer, ")");
        return;
    case CORDON_COND_AND:
    case CORDON_COND_OR:
        say(writer, "(");
        write_cond(writer, cond->left);
        say(writer, cond->form == CORDON_COND_AND ? ") && (" : ") || (");
        write_cond(writer, cond->right);
        say(writer, ")");
        return;
    default:
        write_leaf(writer, cond);
    }
}

/* The number of arguments that must be declared. */
static unsigned used_arguments(const struct kafel_writer *writer, const struct cordon_cond *cond)
{
    if (cond->form == CORDON_COND_NOT)
        return used_arguments(writer, cond->left);
    if (cond->form == CORDON_COND_AND || cond->form == CORDON_COND_OR) {
        unsigned left = used_arguments(writer, cond->left);
        unsigned right = used_arguments(writer, cond->right);
        return left > right ? left : right;
    }
    if (!cond->operand_name)
        return cond->operand < CORDON_ARGS ? cond->operand + 1 : 0;
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        if (!strcmp(argument_name(writer, i), cond->operand_name))
            return i + 1;
    return 0;
}

/* ---- rules ---- */

static void write_call(struct kafel_writer *writer, uint32_t nr)
{
    if (writer->id != CORDON_NO_ID && kafel_means(writer->id, writer->abi->id)) {
        say(writer, cordon_syscall_name(writer->id));
        return;
    }
    say(writer, "SYSCALL[");
    cordon_sink_decimal(&writer->plain.sink, nr);
    say(writer, "]");
}

static void write_rule(struct kafel_writer *writer, uint32_t nr, const struct plain_rule *rule,
                       bool guarded)
{
    writer->nr = nr;
    begin_rule(writer, rule);
    write_call(writer, nr);
    for (unsigned i = 0, used = rule->cond ? used_arguments(writer, rule->cond) : 0; i < used;
         i++) {
        say(writer, i ? ", " : "(");
        say(writer, argument_name(writer, i));
        say(writer, i + 1 == used ? ")" : "");
    }
    if (guarded) {
        say(writer, " ON ");
        say(writer, kafel_arch(writer->abi->id));
    }
    if (rule->cond) {
        say(writer, " { ");
        write_cond(writer, rule->cond);
        say(writer, " }");
    }
}

static bool is_simple(const struct plain_rules *rules)
{
    return rules->count == 1 && !rules->rules[0].cond;
}

/* Is it a single verdict, the same on all architectures? */
static bool is_common(struct kafel_writer *writer, uint16_t id, struct plain_rule *rule)
{
    for (uint32_t i = 0; i < writer->abi_count; i++) {
        if (writer->abi_count > 1 && !kafel_means(id, writer->abis[i]->id))
            return false; /* it has a number on each */
        uint32_t nr = cordon_syscall_nr(writer->abis[i], id);
        struct plain_rules rules = {0};
        if (nr != CORDON_NO_NR)
            rules = plain_rules(&writer->plain, writer->abis[i], id, nr);
        if (!is_simple(&rules) || (i && rules.rules[0].action != rule->action))
            return false;
        *rule = rules.rules[0];
    }
    return true;
}

/* Lists of calls that have the same verdict on all architectures; one list per verdict. */
static void write_common(struct kafel_writer *writer)
{
    uint32_t count = cordon_syscall_id_count();
    struct plain_rule *rules = cordon_arena_array(&writer->plain.arena, count, sizeof *rules);
    bool *left = cordon_arena_array(&writer->plain.arena, count, sizeof *left);
    if (!rules || !left) {
        plain_no_memory(&writer->plain);
        return;
    }
    for (uint16_t id = 0; id < count; id++)
        left[id] = is_common(writer, id, &rules[id]);
    writer->abi = writer->abis[0];
    for (uint32_t from = 0; from < count; from++)
        for (uint32_t id = from; left[from] && id < count; id++) {
            if (!left[id] || rules[id].action != rules[from].action)
                continue;
            writer->id = (uint16_t)id;
            write_rule(writer, cordon_syscall_nr(writer->abi, writer->id), &rules[id], false);
            left[id] = id == from;
        }
}

/* The calls of one architecture that aren't in the lists. */
static void write_own(struct kafel_writer *writer)
{
    for (uint32_t i = 0; i < cordon_syscall_count(writer->abi) && !plain_stops(&writer->plain);
         i++) {
        struct plain_rule common;
        writer->id = cordon_syscall_nth(writer->abi, i);
        uint32_t nr = cordon_syscall_nr(writer->abi, writer->id);
        struct plain_rules rules = plain_rules(&writer->plain, writer->abi, writer->id, nr);
        if (is_simple(&rules) && is_common(writer, writer->id, &common))
            continue;
        for (uint32_t rule = 0; rule < rules.count; rule++)
            write_rule(writer, nr, &rules.rules[rule], writer->abi_count > 1);
    }
}

static void write_number(void *context, uint32_t first, uint32_t last,
                         const struct cordon_rule *rule)
{
    struct kafel_writer *writer = context;
    struct plain_rule plain = {rule->cond, rule->action, rule->place};
    if (!rule->cond && rule->action == writer->plain.fallback && last - first >= MAX_NUMBERS)
        return;
    if (last - first >= MAX_NUMBERS || writer->numbers + (last - first) >= MAX_NUMBERS) {
        plain_refuse(&writer->plain,
                     with_default(at_numbers(writer->abi, first, last), writer->plain.fallback),
                     rule->place, "too many numbers: kafel has no ranges");
        return;
    }
    writer->numbers += last - first + 1;
    writer->id = CORDON_NO_ID;
    for (uint64_t nr = first; nr <= last; nr++)
        write_rule(writer, (uint32_t)nr, &plain, writer->abi_count > 1);
}

/* ---- the whole ---- */

static void find_abis(struct kafel_writer *writer)
{
    const struct cordon_policy *policy = writer->plain.policy;
    struct cordon_place nowhere = {.file = policy->name};
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        const struct cordon_abi *abi = cordon_abi(policy->abis[i]);
        if (kafel_arch(abi->id))
            writer->abis[writer->abi_count++] = abi;
        else if (abi->id != CORDON_ABI_X32)
            plain_refuse(&writer->plain, with(at_abi(abi->id), (uint32_t)CORDON_KILL_THREAD),
                         nowhere, "calls of %s", abi->name);
    }
    if (writer->abi_count == 0)
        plain_refuse(&writer->plain, at_all(), nowhere, "calls of x32 only");
}

static void check_bad_arch(struct kafel_writer *writer)
{
    struct cordon_fallback bad_arch = writer->plain.policy->bad_arch;
    if (bad_arch.action != (uint32_t)CORDON_KILL_THREAD)
        plain_refuse(&writer->plain, at_bad_arch((uint32_t)CORDON_KILL_THREAD), bad_arch.place,
                     "calls of other architectures kill the thread");
}

enum cordon_error kafel_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                              const struct cordon_format_options *options,
                              struct cordon_reporter *reporter)
{
    struct kafel_writer writer = {0};
    plain_begin(&writer.plain, policy, options, reporter);
    find_abis(&writer);
    check_bad_arch(&writer);
    plain_check_x32(&writer.plain);
    if (writer.abi_count)
        write_common(&writer);
    for (uint32_t i = 0; i < writer.abi_count && !plain_stops(&writer.plain); i++) {
        writer.abi = writer.abis[i];
        write_own(&writer);
        plain_gaps(&writer.plain, writer.abi, write_number, &writer);
    }
    close_block(&writer);
    say(&writer, "DEFAULT ");
    write_action(&writer, writer.plain.fallback, writer.plain.fallback_place);
    say(&writer, "\n");
    return plain_end(&writer.plain, sink);
}
