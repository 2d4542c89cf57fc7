/* SPDX-License-Identifier: MIT */
/* lists.c: expresses the verdicts of whole calls as SystemCallFilter= and SystemCallLog=. */
#include <string.h>

#include "write.h"

#define LINE_LENGTH 100u

/* ---- actions ---- */

static uint32_t kind(uint32_t action)
{
    return action & CORDON_ACTION_FULL;
}

/* The action without its data; other actions cannot be expressed. */
static uint32_t is_expressible(struct writer *writer, uint32_t action, struct cordon_place place)
{
    switch (kind(action)) {
    case (uint32_t)CORDON_ALLOW:
    case (uint32_t)CORDON_LOG:
    case (uint32_t)CORDON_ERRNO:
    case (uint32_t)CORDON_KILL_PROCESS:
        break;
    default:
        plain_refuse(&writer->written.plain, at_action(action), place,
                     "an action other than allow, log, errno and kill_process");
    }
    return action;
}

/* ---- verdicts ---- */

static bool is_multiplexer(uint16_t id)
{
    return id == cordon_syscall_id("socketcall", 10) || id == cordon_syscall_id("ipc", 3);
}

/*
 * The loosest verdict of a call on one ABI, because directives can only deny more. Conditions of a
 * multiplexer are its sub-calls.
 */
static struct verdict verdict_on(struct writer *writer, const struct cordon_abi *abi, uint16_t id)
{
    struct plain *plain = &writer->written.plain;
    struct plain_rules rules = plain_rules(plain, abi, id, cordon_syscall_nr(abi, id));
    bool whole = rules.count && !rules.rules[rules.count - 1].cond;
    struct verdict verdict = {.action =
                                  whole ? rules.rules[rules.count - 1].action : plain->fallback,
                              .place = rules.count ? rules.rules[0].place : plain->fallback_place};
    for (uint32_t i = 0; i < rules.count && !is_multiplexer(id); i++) {
        int compared = cordon_action_compare(rules.rules[i].action, verdict.action);
        verdict.conditional |= rules.rules[i].cond != NULL;
        if (compared > 0)
            verdict.action = rules.rules[i].action;
    }
    return verdict;
}

/* The verdict of a call that can only be made through a multiplexer. */
static bool verdict_of_multiplexed(struct writer *writer, const struct cordon_abi *abi, uint16_t id,
                                   struct verdict *verdict)
{
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++) {
        struct cordon_subcall sub = cordon_subcall_nth(abi, i);
        if (sub.id != id)
            continue;
        uint32_t nr = cordon_syscall_nr(abi, sub.multiplexer);
        uint32_t rest = written_answer(&writer->written, abi, nr, UINT32_MAX);
        verdict->action = written_answer(&writer->written, abi, nr, sub.selector);
        return verdict->action != rest;
    }
    return false;
}

static void find_verdict(struct writer *writer, uint16_t id)
{
    const struct cordon_policy *policy = writer->written.plain.policy;
    struct verdict found = {.action = writer->written.plain.fallback};
    bool any = false;
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        const struct cordon_abi *abi = cordon_abi(policy->abis[i]);
        if (cordon_syscall_nr(abi, id) == CORDON_NO_NR)
            continue;
        struct verdict here = verdict_on(writer, abi, id);
        here.conditional |= any && found.conditional;
        here.differs = any && (found.differs || found.action != here.action);
        int compared = any ? cordon_action_compare(here.action, found.action) : 0;
        if (any && compared < 0)
            here.action = found.action, here.place = found.place;
        found = here;
        any = true;
    }
    for (uint32_t i = 0; i < policy->abi_count && !any; i++)
        any = verdict_of_multiplexed(writer, cordon_abi(policy->abis[i]), id, &found);
    found.exists = any;
    found.action = any ? is_expressible(writer, found.action, found.place) : writer->fallback;
    writer->verdicts[id] = found;
}

/* ---- lists ---- */

/* Prints the words of one assignment, on several lines if they are long. */
struct list {
    struct cordon_sink *sink;
    const char *head;
    uint32_t column; /* 0: nothing was written yet */
};

static void write_error(struct cordon_sink *sink, uint32_t action)
{
    if (kind(action) == (uint32_t)CORDON_KILL_PROCESS)
        cordon_sink_text(sink, "kill");
    else
        written_error(sink, action);
}

static void write_word(struct list *list, const char *word, uint32_t action)
{
    uint32_t length = (uint32_t)strlen(word) + 1;
    if (!list->column) {
        cordon_sink_text(list->sink, list->head);
        list->column = (uint32_t)strlen(list->head);
    } else if (list->column + length > LINE_LENGTH) {
        cordon_sink_text(list->sink, " \\\n   ");
        list->column = 3;
        cordon_sink_text(list->sink, " ");
    } else {
        cordon_sink_text(list->sink, " ");
    }
    cordon_sink_text(list->sink, word);
    list->column += length;
    if (action != (uint32_t)CORDON_ALLOW) {
        cordon_sink_text(list->sink, ":");
        write_error(list->sink, action);
        list->column += 8;
    }
}

static void end_list(const struct list *list)
{
    if (list->column)
        cordon_sink_text(list->sink, "\n");
}

/* The allowed calls, then those that are denied differently or aren't in @default. */
static void write_allowed(struct writer *writer)
{
    struct cordon_sink *sink = &writer->written.plain.sink;
    struct list allowed = {sink, "SystemCallFilter=", 0}, denied = {sink, "SystemCallFilter=~", 0};
    struct cordon_group always;
    struct systemd_set set;
    bool has = systemd_group(writer->written.plain.options->like, "@default", 8, &set, &always);
    if (kind(writer->fallback) == (uint32_t)CORDON_ERRNO) {
        cordon_sink_text(sink, "SystemCallErrorNumber=");
        write_error(sink, writer->fallback);
        cordon_sink_text(sink, "\n");
    }
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++)
        if (!written_is_denial(writer->verdicts[id].action))
            write_word(&allowed, cordon_syscall_name(id), (uint32_t)CORDON_ALLOW);
    if (!allowed.column)
        write_word(&allowed, "@default", (uint32_t)CORDON_ALLOW);
    end_list(&allowed);
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
        uint32_t action = writer->verdicts[id].action;
        if (!written_is_denial(action) || !writer->verdicts[id].exists)
            continue;
        if (action != writer->fallback)
            write_word(&denied, cordon_syscall_name(id), action);
        else if (has && cordon_group_has(&always, id))
            write_word(&denied, cordon_syscall_name(id), (uint32_t)CORDON_ALLOW);
    }
    end_list(&denied);
}

static void write_denied(struct writer *writer)
{
    struct list denied = {&writer->written.plain.sink, "SystemCallFilter=~", 0};
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
        uint32_t action = writer->verdicts[id].action;
        if (written_is_denial(action))
            write_word(&denied, cordon_syscall_name(id),
                       kind(action) == (uint32_t)CORDON_KILL_PROCESS ? (uint32_t)CORDON_ALLOW
                                                                     : action);
    }
    end_list(&denied);
}

static void write_logged(struct writer *writer)
{
    bool rest = writer->fallback == (uint32_t)CORDON_LOG, any = false;
    uint32_t other = rest ? (uint32_t)CORDON_ALLOW : (uint32_t)CORDON_LOG;
    struct list list = {&writer->written.plain.sink,
                        rest ? "SystemCallLog=~" : "SystemCallLog=", 0};
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++)
        if (writer->verdicts[id].action == other) {
            write_word(&list, cordon_syscall_name(id), (uint32_t)CORDON_ALLOW);
            any = true;
        }
    if (rest && !any) /* everything: an inverted empty list */
        cordon_sink_text(list.sink, "SystemCallLog=~");
    end_list(&list);
    if (rest && !any)
        cordon_sink_text(list.sink, "\n");
}

/* ---- both ---- */

void systemd_verdicts(struct writer *writer)
{
    struct plain *plain = &writer->written.plain;
    writer->fallback = is_expressible(writer, plain->fallback, plain->fallback_place);
    if (writer->fallback == (uint32_t)CORDON_ERRNO)
        plain_refuse(plain, at_default(), plain->fallback_place, "errno(0) as the default");
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++)
        find_verdict(writer, id);
}

void systemd_lists(struct writer *writer)
{
    if (written_is_denial(writer->fallback))
        write_allowed(writer);
    else
        write_denied(writer);
    write_logged(writer);
}
