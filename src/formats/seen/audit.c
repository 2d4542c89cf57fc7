/* SPDX-License-Identifier: MIT */
/*
 * audit.c: reads records of the audit system as a policy that allows exactly the recorded calls:
 * calls that seccomp stopped or logged (type 1326, SECCOMP) and calls that a rule of auditctl(8)
 * watched (1300, SYSCALL), from the kernel's log, from audit.log, in ausearch's form, or as
 * journalctl prints them, also as JSON.
 *
 * Other lines of a log are ignored, but for what they say about records that are missing.
 */
#include <stdio.h>
#include <string.h>

#include "audit_log.h"
#include "lines.h"
#include "room.h"
#include "seen.h"

struct record {
    struct cordon_tree *tree;
    struct seen *seen;
    struct audit_log *log;
    struct lines lines;
    const char *start, *stop; /* of the record in the line */
    bool in_words;            /* ausearch -i: arch=x86_64 syscall=openat a2=O_RDONLY */
    bool names_first;         /* comm= and exe= precede the call, as words without quotes */
};

struct field {
    const char *at;
    size_t length;
};

/*
 * Finds "name=" at the beginning of a word, outside of quotes. Programs choose the contents of
 * comm= and exe=, so only the field on the other side of them counts.
 */
static bool get_field(const struct record *record, const char *name, struct field *field)
{
    bool quoted = false, found = false;
    for (const char *at = record->start; at < record->stop; at++) {
        quoted ^= *at == '"';
        if (quoted || !line_begins(at, record->stop, name) || (at > record->start && at[-1] != ' '))
            continue;
        const char *start = at + strlen(name), *stop = start;
        while (stop < record->stop && *stop != ' ' && *stop != '\r')
            stop++;
        *field = (struct field){start, (size_t)(stop - start)};
        found = stop > start;
        if (!record->names_first)
            break;
    }
    return found;
}

static struct cordon_place place_of(const struct record *record, struct field field)
{
    return lines_place(&record->lines, record->tree->name, field.at, field.length);
}

/* base 10 or 16, without prefix. */
static bool number_of(struct field field, unsigned base, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < field.length; i++) {
        char c = field.at[i];
        unsigned digit = c >= '0' && c <= '9'                     ? (unsigned)(c - '0')
                         : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (unsigned)(c | 0x20) - 'a' + 10
                                                                  : 99;
        if (digit >= base || *value >> 60)
            return false;
        *value = *value * base + digit;
    }
    return field.length > 0;
}

static const struct cordon_abi *abi_of(struct record *record, struct field arch, uint64_t nr)
{
    uint64_t token;
    const struct cordon_abi *abi = cordon_abi_by_name(arch.at, (uint32_t)arch.length);
    record->in_words = abi != NULL;
    if (abi && nr & CORDON_X32_BIT) /* by name x32 is x86_64 */
        abi = cordon_abi_of_call(abi->token, (uint32_t)nr);
    if (!abi && number_of(arch, 16, &token) && token <= UINT32_MAX)
        abi = cordon_abi_of_call((uint32_t)token, nr <= UINT32_MAX ? (uint32_t)nr : 0);
    if (!abi)
        cordon_tree_error(record->tree, CORDON_E_ARCH, place_of(record, arch), NULL,
                          "unknown architecture \"%.*s\"",
                          (int)(arch.length < 40 ? arch.length : 40), arch.at);
    return abi;
}

static void read_arguments(struct record *record, const struct cordon_abi *abi,
                           struct seen_call *call)
{
    uint16_t id = cordon_syscall_id_by_nr(abi, call->nr);
    uint32_t wanted = seen_wants(record->seen, abi, id);
    for (unsigned arg = 0; arg < 4; arg++) {
        char name[] = {'a', (char)('0' + arg), '=', '\0'};
        struct field field;
        uint64_t *value = &call->value[arg];
        if (!(wanted >> arg & 1) || !get_field(record, name, &field))
            continue;
        if (record->in_words ? seen_value(abi, field.at, field.length, value)
                             : number_of(field, 16, value))
            call->known |= 1u << arg;
        else
            cordon_tree_warn(record->tree, CORDON_LINT_UNREAD_VALUE, place_of(record, field), NULL,
                             "the value of argument %u is unknown and is not tested", arg);
    }
}

/* Only seccomp's records have code=. */
static void tell_outcome(struct record *record, uint16_t id, const struct seen_call *call)
{
    struct field code;
    char number[24];
    id = id == CORDON_NO_ID ? cordon_syscall_id_by_nr(cordon_abi(call->abi), call->nr) : id;
    snprintf(number, sizeof number, "syscall %u", call->nr);
    if (record->names_first && get_field(record, "code=", &code))
        audit_log_outcome(record->log, code.at, code.length,
                          id == CORDON_NO_ID ? number : cordon_syscall_name(id), call->place);
}

/* A decimal number, which may be negative. */
static bool signed_number_of(struct field field, uint64_t *value)
{
    bool negative = field.at[0] == '-';
    struct field digits = {field.at + negative, field.length - negative};
    bool good = number_of(digits, 10, value);
    *value = negative ? -*value : *value;
    return good;
}

static void read_record(struct record *record)
{
    struct field arch, name;
    uint64_t nr = CORDON_NO_NR;
    if (!get_field(record, "arch=", &arch) || !get_field(record, "syscall=", &name))
        return; /* a record of a call has both */
    struct cordon_place place = place_of(record, name);
    static const char unknown[] = "unknown-syscall("; /* ausearch's word for a number */
    if (name.length > sizeof unknown && line_begins(name.at, record->stop, unknown)) {
        name.at += sizeof unknown - 1;
        name.length -= sizeof unknown;
    }
    bool counted = signed_number_of(name, &nr);
    if (counted && seen_is_skip(record->tree, place, nr))
        return;
    const struct cordon_abi *abi = abi_of(record, arch, counted ? nr : 0);
    if (!abi)
        return;
    uint16_t id = cordon_syscall_id(name.at, (uint32_t)name.length);
    if (!counted)
        nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    struct seen_call call = {.abi = abi->id, .nr = (uint32_t)nr, .place = place};
    if (nr == CORDON_NO_NR) {
        cordon_tree_error(record->tree, CORDON_E_NAME, call.place, NULL,
                          "%s has no system call \"%.*s\"", abi->name,
                          (int)(name.length < 60 ? name.length : 60), name.at);
        return;
    }
    read_arguments(record, abi, &call);
    seen_add(record->seen, &call);
    tell_outcome(record, id, &call);
}

/* ---- lines ---- */

/* The message of a line of JSON, without its quotes; other lines are left alone. */
static void find_message(const char **start, const char **stop)
{
    static const char field[] = "\"MESSAGE\"";
    const char *at = line_find(*start, *stop, field), *end = *stop;
    if (!at)
        return;
    for (at += sizeof field - 1; at < end && (*at == ' ' || *at == ':');)
        at++;
    if (at == end || *at != '"')
        return;
    *start = ++at;
    while (at < end && *at != '"')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    *stop = at < end ? at : end;
}

/* Where the type of a record is: after "type=" in records of auditd and the kernel; in the journal
 * after "audit[12]: ", or at the beginning of a message. */
static const char *find_type(const char *start, const char *stop, bool *bare)
{
    const char *at = line_find(start, stop, "type=");
    *bare = !at;
    if (at)
        return at + 5;
    at = line_find(start, stop, "audit[");
    const char *colon = at ? line_find(at, stop, "]: ") : NULL;
    if (colon)
        return colon + 3;
    at = line_begins(start, stop, "MESSAGE=") ? start + 8 : start;
    return line_begins(at, stop, "audit: ") ? at + 7 : at;
}

/* Is it a record of a call, not in a comment of another text? Narrows *start and *stop to it. */
static bool is_record(const char **start, const char **stop, bool *seccomp)
{
    static const char *const types[] = {"1326 ", "SECCOMP ", "1300 ", "SYSCALL "};
    bool bare;
    find_message(start, stop);
    *start = line_skip_blanks(*start, *stop);
    if (*start == *stop || strchr("#;/*", **start))
        return false;
    const char *at = find_type(*start, *stop, &bare);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!line_begins(at, *stop, types[i]))
            continue;
        at += strlen(types[i]);
        *seccomp = i < 2;
        return bare ? line_begins(at, *stop, *seccomp ? "auid=" : "arch=")
                    : line_find(at, *stop, "audit(") != NULL;
    }
    return false;
}

static void read_line(struct record *record)
{
    record->start = record->lines.line;
    record->stop = record->lines.end;
    if (!audit_log_drop(record->log, &record->lines))
        audit_log_serial(record->log, &record->lines);
    if (is_record(&record->start, &record->stop, &record->names_first))
        read_record(record);
}

enum cordon_error audit_read(struct cordon_policy **policy, const char *text, size_t length,
                             const char *name, const struct cordon_format_options *options,
                             struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct seen seen;
    struct audit_log log = {.tree = &tree};
    struct record record = {
        .tree = &tree, .seen = &seen, .log = &log, .lines = lines_of(text, length)};
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    if (tree.error)
        return cordon_tree_end(&tree, policy);
    seen_begin(&seen, &tree, options->part);
    while (lines_next(&record.lines))
        read_line(&record);
    seen_end(&seen);
    audit_log_tell(&log);
    return cordon_tree_end(&tree, policy);
}

/* Logs have other lines, too, but a few records among many lines aren't enough for a claim. */
int audit_detect(const char *text, size_t length, const char *name)
{
    struct lines lines = lines_of(text, length);
    unsigned records = 0, others = 0;
    bool seccomp;
    (void)name;
    while (lines_next(&lines)) {
        const char *start = lines.line, *stop = lines.end;
        if (is_record(&start, &stop, &seccomp))
            records++;
        else
            others++;
    }
    return !records ? 0 : records >= others ? 90 : 45;
}
