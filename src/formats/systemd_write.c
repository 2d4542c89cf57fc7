/* SPDX-License-Identifier: MIT */
/*
 * systemd_write.c: a policy as a drop-in for units.
 *
 * Lists of calls say most of it. Conditions can only be said by directives: one is written where
 * the policy already denies all that it denies. What was written is read again and compared with
 * the policy; where it isn't the same, the rules that the lists can't say are what is refused.
 */
#include <string.h>

#include "room.h"
#include "systemd_write.h"

/* ---- ABIs ----------------------------------------------------------------------------------- */

static void write_archs(struct writer *writer)
{
    const struct cordon_policy *policy = writer->plain.policy;
    struct plain *plain = &writer->plain;
    uint32_t local = systemd_local_abis(), said = 0;
    uint32_t native = UINT32_C(1) << cordon_abi_native()->id;
    struct cordon_place place = policy->bad_arch.place;
    for (uint32_t i = 0; i < policy->abi_count; i++)
        said |= UINT32_C(1) << policy->abis[i];
    bool open = policy->bad_arch.action == (uint32_t)CORDON_ALLOW;
    if (said & ~local || (!open && !(said & native)))
        plain_refuse(plain, (struct cordon_place){.file = policy->name},
                     "ABIs other than those of this machine, or without its own");
    if (open && said != local && plain->options->approximation != CORDON_EXACTLY)
        plain_instead(plain, -1, place, "rules that hold on this machine's other ABIs too");
    if (open)
        return;
    if (policy->bad_arch.action != (uint32_t)CORDON_KILL_THREAD)
        plain_instead(plain,
                      cordon_action_compare((uint32_t)CORDON_KILL_THREAD, policy->bad_arch.action),
                      place, "kill threads that use other architectures");
    cordon_sink_text(&plain->sink, "SystemCallArchitectures=");
    if (said == native)
        cordon_sink_text(&plain->sink, "native");
    for (int id = 0, first = 1; id < CORDON_ABI_COUNT && said != native; id++)
        if ((said & local) >> id & 1) {
            cordon_sink_text(&plain->sink, first ? "" : " ");
            cordon_sink_text(&plain->sink, systemd_arch_name((enum cordon_abi_id)id));
            first = 0;
        }
    cordon_sink_text(&plain->sink, "\n");
}

/* ---- directives ------------------------------------------------------------------------------ */

/* What a unit of this text means; NONE: nothing. */
static cordon_node meaning_of(struct writer *writer, const char *text, size_t length)
{
    struct cordon_policy *policy = NULL;
    struct cordon_meaning meaning = {.verdicts = CORDON_NODE_NONE};
    if (!systemd_read(&policy, text, length, "drop-in", writer->plain.options, NULL) &&
        cordon_policy_build(policy, writer->model, NULL, 0, &meaning, NULL))
        meaning.verdicts = CORDON_NODE_NONE;
    cordon_policy_free(policy);
    return meaning.verdicts;
}

/* Does the policy deny all that the line denies? */
static bool is_implied(struct writer *writer, const char *key, const char *value)
{
    char text[1200];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    const char *const parts[] = {"[Service]\n", key, "=", value, "\n"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cordon_sink_text(&sink, parts[i]);
    cordon_node line = meaning_of(writer, text, buffer.length);
    if (cordon_node_same(line, CORDON_NODE_NONE))
        return false;
    cordon_node both = cordon_model_stack(writer->model, line, writer->wanted);
    return cordon_model_equal(writer->model, both, writer->wanted, NULL) == CORDON_YES;
}

static bool has_condition(const struct writer *writer, const char *calls)
{
    bool any = false;
    for (const char *at = calls; *at; at += strspn(at, " ")) {
        uint32_t length = (uint32_t)strcspn(at, " ");
        uint16_t id = cordon_syscall_id(at, length);
        any |= id != CORDON_NO_ID && writer->verdicts[id].conditional;
        at += length;
    }
    return any;
}

static void write_directive(struct writer *writer, const char *key, const char *value,
                            const char *calls)
{
    struct cordon_sink *sink = &writer->plain.sink;
    cordon_sink_text(sink, key);
    cordon_sink_text(sink, "=");
    cordon_sink_text(sink, value);
    cordon_sink_text(sink, "\n");
    for (const char *at = calls; *at; at += strspn(at, " ")) {
        uint32_t length = (uint32_t)strcspn(at, " ");
        uint16_t id = cordon_syscall_id(at, length);
        if (id != CORDON_NO_ID)
            writer->verdicts[id].covered = true;
        at += length;
    }
}

static void write_switches(struct writer *writer)
{
    static const struct {
        int id;
        const char *calls;
    } switches[] = {{SYSTEMD_MDWX, "mmap mmap2 mprotect pkey_mprotect shmat"},
                    {SYSTEMD_REALTIME, "sched_setscheduler"},
                    {SYSTEMD_SUID_SGID,
                     "chmod fchmod fchmodat fchmodat2 mkdir mkdirat mknod mknodat creat open "
                     "openat openat2"},
                    {SYSTEMD_PERSONALITY, "personality"}};
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++) {
        const char *key = systemd_switch_keys[switches[i].id];
        if (has_condition(writer, switches[i].calls) && is_implied(writer, key, "yes"))
            write_directive(writer, key, "yes", switches[i].calls);
    }
}

static void append(char *value, size_t room, const char *word)
{
    size_t length = strlen(value);
    if (length && strcmp(value, "~"))
        value[length++] = ' ';
    for (; *word && length + 1 < room; word++)
        value[length++] = *word;
    value[length] = '\0';
}

/* What the policy answers to a call of the native ABI with this first argument. */
static bool is_denied(struct writer *writer, const char *call, uint32_t argument)
{
    const struct cordon_abi *abi = cordon_abi_native();
    struct cordon_data data = {.word = {[CORDON_WORD_ARCH] = abi->token}};
    data.word[CORDON_WORD_NR] =
        cordon_syscall_nr(abi, cordon_syscall_id(call, (uint32_t)strlen(call)));
    data.word[cordon_abi_low(abi, 0)] = argument;
    return systemd_is_denial(cordon_model_evaluate(writer->model, writer->wanted, &data));
}

/* Kinds of namespaces that are allowed. */
static void write_namespaces(struct writer *writer)
{
    static const char key[] = "RestrictNamespaces", calls[] = "clone clone3 unshare setns";
    char value[200] = "";
    if (!has_condition(writer, calls))
        return;
    for (size_t i = 0; i < SYSTEMD_NAMESPACE_KINDS; i++)
        if (!is_denied(writer, "unshare", systemd_namespaces[i].flag))
            append(value, sizeof value, systemd_namespaces[i].name);
    if (is_implied(writer, key, value[0] ? value : "yes"))
        write_directive(writer, key, value[0] ? value : "yes", calls);
}

/* The families that are allowed, or those that aren't. */
static void write_families(struct writer *writer)
{
    static const char key[] = "RestrictAddressFamilies";
    char value[1000] = "";
    uint16_t set = cordon_constant_set_by_name("socket_domain", 13);
    struct verdict *verdict = &writer->verdicts[cordon_syscall_id("socket", 6)];
    bool none =
        verdict->action == ((uint32_t)CORDON_ERRNO | 97) && !systemd_is_denial(writer->fallback);
    if (!verdict->conditional && !none)
        return;
    bool allow = is_denied(writer, "socket", SYSTEMD_MAX_FAMILIES + 1);
    if (!allow)
        strcpy(value, "~");
    for (uint32_t family = 1; family < SYSTEMD_MAX_FAMILIES; family++) {
        const char *name = cordon_constant_name(cordon_abi_native(), set, family);
        if (name && is_denied(writer, "socket", family) != allow)
            append(value, sizeof value, name);
    }
    if (!is_implied(writer, key, value[0] ? value : "none"))
        return;
    write_directive(writer, key, value[0] ? value : "none", "socket");
    if (none) /* not where socketcall makes sockets */
        verdict->action = (uint32_t)CORDON_ALLOW;
}

/* ---- the proof ------------------------------------------------------------------------------- */

static void refuse_difference(struct writer *writer, const struct cordon_data *witness)
{
    const struct cordon_policy *policy = writer->plain.policy;
    bool any = false;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        struct verdict *verdict =
            rule->form == CORDON_CALL_NAME ? &writer->verdicts[rule->id] : NULL;
        if (!verdict || verdict->covered || verdict->told ||
            !(verdict->conditional || verdict->differs))
            continue;
        any = verdict->told = true;
        plain_refuse(&writer->plain, rule->place,
                     rule->cond ? "conditions on %s" : "%s on some ABIs only",
                     cordon_syscall_name(rule->id));
    }
    if (any)
        return;
    uint32_t nr = witness->word[CORDON_WORD_NR];
    const struct cordon_abi *abi = cordon_abi_of_call(witness->word[CORDON_WORD_ARCH], nr);
    uint16_t id = abi ? cordon_syscall_id_by_nr(abi, nr) : CORDON_NO_ID;
    plain_refuse(&writer->plain, (struct cordon_place){.file = policy->name},
                 "systemd answers otherwise to %s (number 0x%x)",
                 id == CORDON_NO_ID ? "calls that nobody has" : cordon_syscall_name(id), nr);
}

static void prove(struct writer *writer)
{
    struct plain *plain = &writer->plain;
    struct cordon_data witness = {0};
    if (plain->text.failed || plain->error || plain->options->approximation != CORDON_EXACTLY)
        return;
    cordon_node made = meaning_of(writer, plain->text.text, plain->text.length);
    if (cordon_model_equal(writer->model, made, writer->wanted, &witness) != CORDON_YES)
        refuse_difference(writer, &witness);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void write_policy(struct writer *writer)
{
    struct plain *plain = &writer->plain;
    cordon_sink_text(&plain->sink, "[Service]\n");
    write_archs(writer);
    systemd_verdicts(writer);
    write_switches(writer);
    write_namespaces(writer);
    write_families(writer);
    systemd_lists(writer);
    prove(writer);
}

enum cordon_error systemd_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                const struct cordon_format_options *options,
                                struct cordon_reporter *reporter)
{
    struct writer writer = {0};
    struct cordon_meaning meaning;
    plain_begin(&writer.plain, policy, options, reporter);
    writer.verdicts =
        cordon_arena_array(&writer.plain.arena, cordon_syscall_id_count(), sizeof *writer.verdicts);
    enum cordon_error error =
        cordon_model_create(&writer.model, options->policy.allocator, options->policy.byte_cap);
    if (!error)
        error = cordon_policy_build(policy, writer.model, NULL, 0, &meaning, reporter);
    writer.wanted = meaning.verdicts;
    if (!error && writer.verdicts)
        write_policy(&writer);
    else if (!writer.verdicts || error == CORDON_E_NO_MEMORY)
        plain_no_memory(&writer.plain);
    cordon_model_free(writer.model);
    enum cordon_error written = plain_end(&writer.plain, sink);
    return error ? error : written;
}
