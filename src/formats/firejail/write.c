/* SPDX-License-Identifier: MIT */
/*
 * write.c: writes a policy as part of a profile.
 *
 * A filter of Firejail has one error for x32's calls, and the same error for all denied calls
 * without an error of their own. 32-bit calls are left alone, or denied by a list if 64-bit calls
 * have one, or blocked altogether.
 */
#include <string.h>

#include "firejail.h"
#include "written.h"

/* The loosest verdict of a call over all arguments, because other lines can only deny more. */
struct verdict {
    uint32_t action;
    struct cordon_place place;
    bool conditional, covered, reported;
};

struct writer {
    struct written written;
    struct verdict *native, *secondary; /* by id; secondary NULL: the machine has no such ABI */
    uint32_t error;                     /* seccomp-error-action */
    bool keep;
};

static uint32_t kind(uint32_t action)
{
    return action & CORDON_ACTION_FULL;
}

/* Calls of an ABI that the policy doesn't name have the verdict of other architectures. */
static struct cordon_obstacle obstacle_of(const struct writer *writer, const struct cordon_abi *abi,
                                          uint32_t action)
{
    const struct cordon_policy *policy = writer->written.plain.policy;
    if (policy_has(policy, abi->id))
        return at_action(action);
    return abi->id == CORDON_ABI_X32 ? at_numbers(abi, abi->nr_first, abi->nr_last)
                                     : at_other_arches();
}

/* The action without its data; other actions cannot be expressed. */
static uint32_t expressible_action(struct writer *writer, const struct cordon_abi *abi,
                                   uint32_t action, struct cordon_place place)
{
    uint32_t what = kind(action);
    bool is_expressible = what == (uint32_t)CORDON_ALLOW || what == (uint32_t)CORDON_KILL_THREAD ||
                          (what == (uint32_t)CORDON_ERRNO && action & CORDON_ACTION_DATA) ||
                          (what == (uint32_t)CORDON_LOG && action == writer->error);
    if (!is_expressible)
        plain_refuse(&writer->written.plain, obstacle_of(writer, abi, action), place,
                     what == (uint32_t)CORDON_LOG ? "log as the action of some calls only"
                     : what == (uint32_t)CORDON_ERRNO
                         ? "errno(0)"
                         : "an action other than allow, errno and kill_thread");
    return action;
}

/* ---- verdicts ---- */

/* The place where the policy mentions a call. */
static struct cordon_place place_of(const struct writer *writer, const struct cordon_abi *abi,
                                    uint16_t id)
{
    const struct cordon_policy *policy = writer->written.plain.policy;
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        bool here = !rule->abis || rule->abis >> abi->id & 1;
        if (here && rule->form == CORDON_CALL_NAME && rule->id == id)
            return rule->place;
    }
    return policy->fallback.place;
}

static struct verdict *find_verdicts(struct writer *writer, enum cordon_abi_id id)
{
    struct plain *plain = &writer->written.plain;
    const struct cordon_abi *abi = cordon_abi(id);
    struct verdict *verdicts =
        cordon_arena_array(&plain->arena, cordon_syscall_id_count(), sizeof *verdicts);
    if (!verdicts) {
        plain_no_memory(plain);
        return NULL;
    }
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t call = cordon_syscall_nth(abi, i);
        struct verdict *verdict = &verdicts[call];
        struct written_answers answers =
            written_answers(&writer->written, abi, cordon_syscall_nr(abi, call));
        verdict->place = place_of(writer, abi, call);
        verdict->conditional = answers.strictest != answers.loosest;
        verdict->action = expressible_action(writer, abi, answers.loosest, verdict->place);
    }
    return verdicts;
}

/* ---- lines for conditions ---- */

static bool has_condition(const struct writer *writer, const char *calls)
{
    bool any = false;
    uint16_t id;
    while (written_next_call(&calls, &id))
        any |= id != CORDON_NO_ID && writer->native[id].conditional;
    return any;
}

static const char *error_line(const struct writer *writer, char line[80])
{
    struct cordon_buffer buffer = {line, 80, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    line[0] = '\0';
    if (writer->error == ((uint32_t)CORDON_ERRNO | 1))
        return line;
    cordon_sink_text(&sink, "seccomp-error-action ");
    if (kind(writer->error) == (uint32_t)CORDON_ERRNO)
        written_error(&sink, writer->error);
    else
        cordon_sink_text(&sink, writer->error == (uint32_t)CORDON_LOG ? "log" : "kill");
    cordon_sink_text(&sink, "\n");
    return line;
}

static void try_line(struct writer *writer, const char *command, const char *value,
                     const char *calls)
{
    char error[80];
    const char *const pieces[] = {
        error_line(writer, error), command, value[0] ? " " : "", value, "\n", NULL};
    uint16_t id;
    if (!written_is_implied(&writer->written, pieces))
        return;
    for (unsigned i = 1; pieces[i]; i++)
        cordon_sink_text(&writer->written.plain.sink, pieces[i]);
    while (written_next_call(&calls, &id))
        if (id != CORDON_NO_ID)
            writer->native[id].covered = true;
}

static void append(char *value, size_t room, const char *word)
{
    size_t length = strlen(value);
    if (length)
        value[length++] = ',';
    for (; *word && length + 1 < room; word++)
        value[length++] = *word;
    value[length] = '\0';
}

static bool denies(struct writer *writer, const char *call, uint32_t argument)
{
    const struct cordon_abi *abi = writer->written.plain.policy->host;
    uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_id(call, (uint32_t)strlen(call)));
    return written_answer(&writer->written, abi, nr, argument) != (uint32_t)CORDON_ALLOW;
}

static void write_lines(struct writer *writer)
{
    static const char mdwx[] = "mmap mmap2 mprotect pkey_mprotect shmat memfd_create";
    static const char namespaces[] = "clone clone3 unshare setns";
    char kinds[100] = "", families[100] = "";
    if (has_condition(writer, mdwx))
        try_line(writer, "memory-deny-write-execute", "", mdwx);
    for (size_t i = 0; i < FIREJAIL_NAMESPACES; i++)
        if (denies(writer, "unshare", firejail_namespaces[i].value))
            append(kinds, sizeof kinds, firejail_namespaces[i].name);
    if (has_condition(writer, namespaces) && kinds[0])
        try_line(writer, "restrict-namespaces", kinds, namespaces);
    for (size_t i = 0; i < 6; i++)
        if (!denies(writer, "socket", firejail_protocols[i].value))
            append(families, sizeof families, firejail_protocols[i].name);
    if (has_condition(writer, "socket") && families[0])
        try_line(writer, "protocol", families, "socket");
}

/* ---- lists ---- */

struct list {
    struct cordon_sink *sink;
    const char *head;
    bool any;
};

static void write_word(struct list *list, const char *sign, const char *word)
{
    cordon_sink_text(list->sink, list->any ? "," : list->head);
    cordon_sink_text(list->sink, sign);
    cordon_sink_text(list->sink, word);
    list->any = true;
}

static void write_denied(struct writer *writer, struct list *list, uint16_t id, uint32_t action)
{
    write_word(list, "", cordon_syscall_name(id));
    if (action == writer->error)
        return;
    cordon_sink_text(list->sink, ":");
    if (action == (uint32_t)CORDON_KILL_THREAD)
        cordon_sink_text(list->sink, "kill");
    else
        written_error(list->sink, action);
}

static bool is_kept_anyway(uint16_t id)
{
    const char *calls = "execve execveat prctl";
    uint16_t kept;
    while (written_next_call(&calls, &kept))
        if (kept == id)
            return true;
    return false;
}

/* Calls whose verdict isn't `rest`. `on_top`: added to the default list, from which allowed
 * calls are removed. */
static bool write_drop(struct writer *writer, const char *head, const struct verdict *verdicts,
                       const struct cordon_abi *abi, uint32_t rest, bool on_top)
{
    struct list list = {&writer->written.plain.sink, head, false};
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (on_top && verdicts[id].action == (uint32_t)CORDON_ALLOW && firejail_is_default(id))
            write_word(&list, "!", cordon_syscall_name(id));
        if (verdicts[id].action != rest)
            write_denied(writer, &list, id, verdicts[id].action);
    }
    if (list.any)
        cordon_sink_text(list.sink, "\n");
    return list.any;
}

static void write_keep(struct writer *writer)
{
    const struct cordon_abi *abi = writer->written.plain.policy->host;
    struct list list = {&writer->written.plain.sink, "seccomp.keep ", false};
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t action = writer->native[id].action;
        if (action == (uint32_t)CORDON_ALLOW)
            write_word(&list, "", cordon_syscall_name(id));
        else if (action != writer->error)
            write_denied(writer, &list, id, action);
        else if (is_kept_anyway(id))
            write_word(&list, "!", cordon_syscall_name(id));
    }
    if (!list.any)
        write_word(&list, "", "@default-keep");
    cordon_sink_text(list.sink, "\n");
}

/* ---- the whole ---- */

static void find_error(struct writer *writer)
{
    struct plain *plain = &writer->written.plain;
    const struct cordon_abi *x32 = cordon_abi(CORDON_ABI_X32);
    bool has_x32 = plain->policy->host->id == CORDON_ABI_X86_64;
    uint32_t wanted = plain->fallback;
    writer->keep = plain->fallback != (uint32_t)CORDON_ALLOW;
    if (!writer->keep && has_x32)
        wanted = written_answer(&writer->written, x32, x32->nr_first, 0);
    if (wanted == (uint32_t)CORDON_ALLOW)
        wanted = (uint32_t)CORDON_ERRNO | 1;
    writer->error = wanted; /* so that LOG can be expressed */
    writer->error = expressible_action(
        writer, has_x32 && !writer->keep ? x32 : writer->written.plain.policy->host, wanted,
        plain->fallback_place);
}

static void write_secondary(struct writer *writer, bool dropped)
{
    const struct cordon_policy *policy = writer->written.plain.policy;
    enum cordon_abi_id id = firejail_secondary_abi(policy->host);
    uint32_t rest = policy->bad_arch.action;
    if (rest != (uint32_t)CORDON_ALLOW)
        cordon_sink_text(&writer->written.plain.sink, "seccomp.block-secondary\n");
    if (id != policy->host->id && dropped)
        write_drop(writer, "seccomp.32.drop ", writer->secondary, cordon_abi(id), rest, false);
}

/* The part of a rule that no line expresses, once per call; NULL: nothing. */
static const char *inexpressible(void *context, const struct cordon_rule *rule)
{
    struct writer *writer = context;
    struct verdict *verdict = &writer->native[rule->id];
    if (!rule->cond || !verdict->conditional || verdict->covered || verdict->reported)
        return NULL;
    verdict->reported = true;
    return "conditions on its arguments";
}

static void refuse_difference(struct writer *writer, const struct cordon_data *witness)
{
    uint32_t native = UINT32_C(1) << writer->written.plain.policy->host->id;
    if (written_refuse_rules(&writer->written, native, inexpressible, writer))
        return;
    uint16_t id = written_call(witness);
    if (id != CORDON_NO_ID && writer->native[id].covered)
        written_refuse_line(&writer->written, witness, native, writer->native[id].place);
    else
        written_refuse(&writer->written, witness);
}

static void write_policy(struct writer *writer)
{
    struct plain *plain = &writer->written.plain;
    enum cordon_abi_id native = plain->policy->host->id,
                       other = firejail_secondary_abi(plain->policy->host);
    struct cordon_data witness = {0};
    char error[80];
    find_error(writer);
    writer->native = find_verdicts(writer, native);
    writer->secondary = find_verdicts(writer, other);
    if (!writer->native || !writer->secondary)
        return;
    bool dropped = false, others = plain->policy->bad_arch.action == writer->error &&
                                   writer->error != ((uint32_t)CORDON_ERRNO | 1);
    cordon_sink_text(&plain->sink, error_line(writer, error));
    write_lines(writer);
    if (writer->keep)
        write_keep(writer);
    else /* with a default list alone, other ABIs get an error other than EPERM */
        dropped = write_drop(writer, others ? "seccomp " : "seccomp.drop ", writer->native,
                             cordon_abi(native), (uint32_t)CORDON_ALLOW, others);
    write_secondary(writer, dropped);
    if (!plain_stops(plain) && !written_is_whole(&writer->written, &witness))
        refuse_difference(writer, &witness);
}

enum cordon_error firejail_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                 const struct cordon_format_options *options,
                                 struct cordon_reporter *reporter)
{
    struct writer writer = {.written = {.read = firejail_read, .tool = "Firejail"}};
    if (written_begin(&writer.written, policy, options, reporter))
        write_policy(&writer);
    return written_end(&writer.written, sink);
}
