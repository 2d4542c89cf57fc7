/* SPDX-License-Identifier: MIT */
/*
 * write.c: writes a policy as a drop-in for units.
 *
 * Lists of calls express most of it. Conditions can only be expressed by other directives; one is
 * written if the policy denies everything that it denies. The written text is read again and
 * compared with the policy. If it differs, the rules that the lists cannot express are refused.
 */
#include <string.h>

#include "room.h"
#include "write.h"

/* ---- ABIs ---- */

/* Does SIGSYS for the thread stand on the side of the verdict that is asked for? */
static bool may_kill(const struct writer *writer, uint32_t verdict)
{
    enum cordon_approximation way = writer->written.plain.options->approximation;
    int order = cordon_action_compare((uint32_t)CORDON_KILL_THREAD, verdict);
    return way == CORDON_LOOSER ? order >= 0 : way == CORDON_STRICTER && order <= 0;
}

/*
 * A unit has the same lists for x32 as for x86_64, or excludes x32, which kills the thread, also
 * at numbers above x32's. If the policy denies all of x32, excluding it is nearer than the lists.
 */
static bool excludes_x32(struct writer *writer)
{
    struct written *written = &writer->written;
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X32);
    uint32_t above = written_answer(written, cordon_abi(CORDON_ABI_X86_64), abi->nr_last + 1u, 0);
    cordon_node node =
        cordon_model_follow(written->model, written->wanted, CORDON_WORD_ARCH, abi->token);
    node = cordon_model_restrict(written->model, node, CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    struct cordon_view view = cordon_model_view(written->model, node);
    if (!view.is_leaf || view.is_computed || view.value == (uint32_t)CORDON_KILL_THREAD ||
        !written_is_denial(view.value) || !may_kill(writer, view.value) || !may_kill(writer, above))
        return false;
    plain_refuse(&written->plain, with(at_abi(CORDON_ABI_X32), (uint32_t)CORDON_KILL_THREAD),
                 written->plain.policy->bad_arch.place, "all calls of x32 kill the thread");
    return true;
}

/* False: the verdicts of x32 have to move first. */
static bool write_archs(struct writer *writer)
{
    const struct cordon_policy *policy = writer->written.plain.policy;
    struct plain *plain = &writer->written.plain;
    uint32_t local = systemd_local_abis(policy->host), said = 0;
    uint32_t native = UINT32_C(1) << policy->host->id;
    struct cordon_place place = policy->bad_arch.place;
    for (uint32_t i = 0; i < policy->abi_count; i++)
        said |= UINT32_C(1) << policy->abis[i];
    bool open = policy->bad_arch.action == (uint32_t)CORDON_ALLOW;
    uint32_t x32 = UINT32_C(1) << CORDON_ABI_X32;
    if (!open && said & x32 && excludes_x32(writer))
        return false;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if ((said & ~local) >> id & 1)
            plain_refuse(plain, with(at_abi((enum cordon_abi_id)id), policy->bad_arch.action),
                         (struct cordon_place){.file = policy->name},
                         "calls of %s, which this machine does not have",
                         cordon_abi((enum cordon_abi_id)id)->name);
    if (!open && !(said & native))
        plain_refuse(plain, at_all(), (struct cordon_place){.file = policy->name},
                     "no calls of this machine's own ABI");
    if (open)
        return true;
    if (policy->bad_arch.action != (uint32_t)CORDON_KILL_THREAD)
        plain_refuse(plain, at_bad_arch((uint32_t)CORDON_KILL_THREAD), place,
                     "threads that use other architectures are killed");
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
    return true;
}

/* ---- directives ---- */

/* Does the policy deny all that the line denies? */
static bool is_implied(struct writer *writer, const char *key, const char *value)
{
    const char *const pieces[] = {"[Service]\n", key, "=", value, "\n", NULL};
    return written_is_implied(&writer->written, pieces);
}

static bool has_condition(const struct writer *writer, const char *calls)
{
    bool any = false;
    uint16_t id;
    while (written_next_call(&calls, &id))
        any |= id != CORDON_NO_ID && writer->verdicts[id].conditional;
    return any;
}

static void write_directive(struct writer *writer, const char *key, const char *value,
                            const char *calls)
{
    struct cordon_sink *sink = &writer->written.plain.sink;
    uint16_t id;
    cordon_sink_text(sink, key);
    cordon_sink_text(sink, "=");
    cordon_sink_text(sink, value);
    cordon_sink_text(sink, "\n");
    while (written_next_call(&calls, &id))
        if (id != CORDON_NO_ID)
            writer->verdicts[id].covered = true;
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

/* The verdict of a call of the native ABI with this first argument. */
static bool is_denied(struct writer *writer, const char *call, uint32_t argument)
{
    const struct cordon_abi *abi = writer->written.plain.policy->host;
    uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_id(call, (uint32_t)strlen(call)));
    return written_is_denial(written_answer(&writer->written, abi, nr, argument));
}

/* The kinds of namespaces that are allowed. */
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
        verdict->action == ((uint32_t)CORDON_ERRNO | 97) && !written_is_denial(writer->fallback);
    if (!verdict->conditional && !none)
        return;
    bool allow = is_denied(writer, "socket", SYSTEMD_MAX_FAMILIES + 1);
    if (!allow)
        strcpy(value, "~");
    for (uint32_t family = 1; family < SYSTEMD_MAX_FAMILIES; family++) {
        const char *name = cordon_constant_name(writer->written.plain.policy->host, set, family);
        if (name && is_denied(writer, "socket", family) != allow)
            append(value, sizeof value, name);
    }
    if (!is_implied(writer, key, value[0] ? value : "none"))
        return;
    write_directive(writer, key, value[0] ? value : "none", "socket");
    if (none) /* not where sockets can be made through socketcall */
        verdict->action = (uint32_t)CORDON_ALLOW;
}

/* ---- the proof ---- */

/* The part of a rule that no directive expresses, once per call; NULL: nothing. */
static const char *inexpressible(void *context, const struct cordon_rule *rule)
{
    struct writer *writer = context;
    struct verdict *verdict = &writer->verdicts[rule->id];
    if (verdict->covered || verdict->told || !(verdict->conditional || verdict->differs))
        return NULL;
    verdict->told = true;
    return rule->cond ? "conditions on its arguments" : "it differs between ABIs";
}

static void refuse_difference(struct writer *writer, const struct cordon_data *witness)
{
    if (written_refuse_rules(&writer->written, 0, inexpressible, writer))
        return;
    uint16_t id = written_call(witness);
    if (id != CORDON_NO_ID && writer->verdicts[id].covered)
        written_refuse_line(&writer->written, witness, 0, writer->verdicts[id].place);
    else
        written_refuse(&writer->written, witness);
}

static void prove(struct writer *writer)
{
    struct cordon_data witness = {0};
    const struct plain *plain = &writer->written.plain;
    if (!plain_stops(plain) && !written_is_whole(&writer->written, &witness))
        refuse_difference(writer, &witness);
}

/* ---- the whole ---- */

static void write_policy(struct writer *writer)
{
    struct plain *plain = &writer->written.plain;
    cordon_sink_text(&plain->sink, "[Service]\n");
    if (!write_archs(writer))
        return;
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
    struct writer writer = {.written = {.read = systemd_read, .tool = "systemd"}};
    if (written_begin(&writer.written, policy, options, reporter)) {
        writer.verdicts = cordon_arena_array(&writer.written.plain.arena, cordon_syscall_id_count(),
                                             sizeof *writer.verdicts);
        if (writer.verdicts)
            write_policy(&writer);
        else
            plain_no_memory(&writer.written.plain);
    }
    return written_end(&writer.written, sink);
}
