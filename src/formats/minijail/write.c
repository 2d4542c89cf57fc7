/* SPDX-License-Identifier: MIT */
/*
 * write.c: writes a policy as one of minijail's, in the syntax of both of its readers where that is
 * enough; braces, actions and @default are for compile_seccomp_policy only.
 */
#include "write.h"
#include "minijail.h"

#include "room.h"

struct writer {
    struct plain plain;
    const struct cordon_abi *abi; /* a filter is for one ABI */
    uint32_t kill;                /* the default if the text has none, and bad_arch */
    bool denylist;
};

/* ---- actions ---- */

static const struct {
    uint32_t action;
    const char *word;
} actions[] = {
    {(uint32_t)CORDON_ALLOW, "allow"},
    {(uint32_t)CORDON_KILL_PROCESS, "kill-process"},
    {(uint32_t)CORDON_KILL_THREAD, "kill-thread"},
    {(uint32_t)CORDON_TRAP, "trap"},
    {(uint32_t)CORDON_TRACE, "trace"},
    {(uint32_t)CORDON_LOG, "log"},
    {(uint32_t)CORDON_USER_NOTIF, "user-notify"},
};

static void write_action(struct writer *writer, const struct plain_rule *rule)
{
    struct cordon_sink *sink = &writer->plain.sink;
    uint32_t data = rule->action & CORDON_ACTION_DATA;
    if ((rule->action & CORDON_ACTION_FULL) == (uint32_t)CORDON_ERRNO) {
        cordon_sink_text(sink, "return ");
        cordon_sink_decimal(sink, data);
        return;
    }
    if (writer->denylist && rule->action != (uint32_t)CORDON_ALLOW)
        plain_refuse(&writer->plain, at_action(rule->action), rule->place,
                     "an action other than errno with default allow");
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (actions[i].action == (rule->action & CORDON_ACTION_FULL)) {
            if (data)
                plain_refuse(&writer->plain, with(at_action(rule->action), actions[i].action),
                             rule->place, "%s has no number", actions[i].word);
            cordon_sink_text(sink, actions[i].word);
            return;
        }
    plain_refuse(&writer->plain, at_action(rule->action), rule->place,
                 "minijail has no such action");
}

/* ---- expressions ---- */

static void write_atom(struct cordon_sink *sink, struct dnf_atom atom)
{
    static const char *const ops[] = {" == ", " != ", " <= ", " >= ", " & ", " in "};
    cordon_sink_text(sink, "arg");
    cordon_sink_decimal(sink, atom.argument);
    cordon_sink_text(sink, ops[atom.op]);
    cordon_sink_hex(sink, atom.value, 1);
}

static void write_dnf(struct cordon_sink *sink, const struct dnf *dnf)
{
    for (uint32_t i = 0; i < dnf->count; i++) {
        cordon_sink_text(sink, i ? " || " : "");
        for (uint32_t j = 0; j < dnf->clauses[i].count; j++) {
            cordon_sink_text(sink, j ? " && " : "");
            write_atom(sink, dnf->clauses[i].atoms[j]);
        }
    }
}

/* ---- calls ---- */

struct filters {
    struct dnf *dnfs; /* by rule; unused for a rule without condition */
    struct plain_rules rules;
};

/* Leaves out rules that never match, and rules after one that always does. */
static struct filters prepare(struct writer *writer, uint16_t id, struct plain_rules rules)
{
    struct filters filters = {0};
    struct plain *plain = &writer->plain;
    filters.dnfs = cordon_arena_array(&plain->arena, rules.count, sizeof *filters.dnfs);
    filters.rules.rules = rules.rules;
    if (!filters.dnfs)
        plain_no_memory(plain);
    for (uint32_t i = 0; i < rules.count && !plain_stops(plain); i++) {
        struct plain_rule rule = rules.rules[i];
        struct dnf_builder builder = {
            .plain = plain, .abi = writer->abi, .id = id, .place = rule.place};
        struct dnf dnf = rule.cond ? dnf_of(&builder, rule.cond, false) : (struct dnf){0};
        if (rule.cond && dnf.count == 0)
            continue;
        for (uint32_t clause = 0; clause < dnf.count; clause++)
            if (dnf.clauses[clause].count == 0)
                rule.cond = NULL;
        filters.dnfs[filters.rules.count] = dnf;
        filters.rules.rules[filters.rules.count++] = rule;
        if (!rule.cond)
            break;
    }
    return filters;
}

static void write_filter(struct writer *writer, const struct filters *filters, uint32_t at)
{
    const struct plain_rule *rule = &filters->rules.rules[at];
    struct cordon_sink *sink = &writer->plain.sink;
    if (rule->cond)
        write_dnf(sink, &filters->dnfs[at]);
    if (rule->cond && rule->action == (uint32_t)CORDON_ALLOW)
        return;
    cordon_sink_text(sink, rule->cond ? "; " : "");
    write_action(writer, rule);
}

static void write_call(struct writer *writer, uint16_t id)
{
    struct cordon_sink *sink = &writer->plain.sink;
    struct plain_rules rules =
        plain_rules(&writer->plain, writer->abi, id, cordon_syscall_nr(writer->abi, id));
    if (rules.count == 0)
        return;
    struct filters filters = prepare(writer, id, rules);
    uint32_t count = filters.rules.count;
    if (count == 0 || plain_stops(&writer->plain))
        return;
    const struct plain_rule *first = filters.rules.rules;
    bool allows = first->action == (uint32_t)CORDON_ALLOW;
    bool braces = count > 1 || (first->cond && !allows);
    bool private = writer->abi->id == CORDON_ABI_ARM && mini_is_arm_private(id);
    cordon_sink_text(sink, private ? "ARM_" : "");
    cordon_sink_text(sink, cordon_syscall_name(id));
    cordon_sink_text(sink, braces ? ": { " : ": ");
    for (uint32_t i = 0; i < count; i++) {
        cordon_sink_text(sink, i ? ", \\\n    " : "");
        if (count == 1 && allows && !first->cond && !writer->denylist)
            cordon_sink_text(sink, "1");
        else
            write_filter(writer, &filters, i);
    }
    cordon_sink_text(sink, braces ? " }\n" : "\n");
}

static void refuse_number(void *context, uint32_t first, uint32_t last,
                          const struct cordon_rule *rule)
{
    struct writer *writer = context;
    if (rule->cond || rule->action != writer->plain.fallback)
        plain_refuse(&writer->plain,
                     with_default(at_gap(writer->abi, first, last), writer->plain.fallback),
                     rule->place, "have no name");
}

/* ---- the whole ---- */

/* The meaning of `kill` is chosen when the policy is compiled. */
static uint32_t kill_of(const struct cordon_policy *policy)
{
    bool thread = policy->bad_arch.action == (uint32_t)CORDON_KILL_THREAD;
    return (uint32_t)(thread ? CORDON_KILL_THREAD : CORDON_KILL_PROCESS);
}

static void find_abi(struct writer *writer)
{
    const struct cordon_policy *policy = writer->plain.policy;
    struct cordon_place nowhere = {.file = policy->name};
    writer->abi = policy_has(policy, policy->host->id) ? policy->host : cordon_abi(policy->abis[0]);
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        enum cordon_abi_id id = policy->abis[i];
        bool shadow = id == CORDON_ABI_X32 && writer->abi->id == CORDON_ABI_X86_64;
        if (id != writer->abi->id && !shadow)
            plain_refuse(&writer->plain, with(at_abi(id), kill_of(policy)), nowhere,
                         "more than one architecture in a filter");
    }
    if (writer->abi->id == CORDON_ABI_X32)
        plain_refuse(&writer->plain, at_all(), nowhere, "a filter for x32 only");
}

/* bad_arch is `kill`. */
static void choose_kill(struct writer *writer)
{
    struct plain *plain = &writer->plain;
    struct cordon_fallback bad_arch = plain->policy->bad_arch;
    writer->kill = kill_of(plain->policy);
    if (bad_arch.action != writer->kill)
        plain_refuse(plain, at_bad_arch(writer->kill), bad_arch.place,
                     "minijail kills calls of other architectures");
    if (writer->kill == (uint32_t)CORDON_KILL_PROCESS)
        cordon_sink_text(&plain->sink, "# compile_seccomp_policy --use-kill-process\n");
}

static void write_default(struct writer *writer)
{
    struct plain *plain = &writer->plain;
    uint32_t action = plain->fallback & CORDON_ACTION_FULL;
    bool kills = action == (uint32_t)CORDON_KILL_PROCESS ||
                 action == (uint32_t)CORDON_KILL_THREAD || action == (uint32_t)CORDON_TRAP ||
                 action == (uint32_t)CORDON_USER_NOTIF;
    writer->denylist = plain->fallback == (uint32_t)CORDON_ALLOW;
    if (writer->denylist) {
        cordon_sink_text(&plain->sink, "# compile_seccomp_policy --denylist\n@denylist\n");
    } else if (!kills) {
        plain_refuse(plain, with(at_default(), writer->kill), plain->fallback_place,
                     "a default that does not kill");
    } else if (plain->fallback != writer->kill) {
        struct plain_rule rule = {NULL, plain->fallback, plain->fallback_place};
        cordon_sink_text(&plain->sink, "@default ");
        write_action(writer, &rule);
        cordon_sink_text(&plain->sink, "\n");
    }
}

enum cordon_error minijail_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                 const struct cordon_format_options *options,
                                 struct cordon_reporter *reporter)
{
    struct writer writer = {0};
    plain_begin(&writer.plain, policy, options, reporter);
    find_abi(&writer);
    cordon_sink_text(&writer.plain.sink, "# for ");
    cordon_sink_text(&writer.plain.sink, writer.abi->name);
    cordon_sink_text(&writer.plain.sink, "\n");
    choose_kill(&writer);
    plain_check_x32(&writer.plain);
    write_default(&writer);
    for (uint32_t i = 0; i < cordon_syscall_count(writer.abi); i++)
        write_call(&writer, cordon_syscall_nth(writer.abi, i));
    plain_gaps(&writer.plain, writer.abi, refuse_number, &writer);
    return plain_end(&writer.plain, sink);
}
