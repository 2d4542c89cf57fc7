/* SPDX-License-Identifier: MIT */
/*
 * audit.c: reads records of the audit system as a policy that allows exactly the recorded calls:
 * calls that seccomp stopped or logged (type 1326, SECCOMP) and calls that a rule of auditctl(8)
 * watched (1300, SYSCALL), from the kernel's log, from audit.log, or in ausearch's form.
 *
 * Other lines of a log are ignored.
 */
#include <string.h>

#include "room.h"
#include "seen.h"

struct record {
    struct cordon_tree *tree;
    struct seen *seen;
    const char *line, *end;
    uint32_t number;  /* of the current line */
    bool in_words;    /* ausearch -i: arch=x86_64 syscall=openat a2=O_RDONLY */
    bool names_first; /* comm= and exe= precede the call, as words without quotes */
};

struct field {
    const char *at;
    size_t length;
};

static bool begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

static const char *find(const char *at, const char *end, const char *word)
{
    for (; at < end; at++)
        if (*at == *word && begins(at, end, word))
            return at;
    return NULL;
}

/*
 * Finds "name=" at the beginning of a word, outside of quotes. Programs choose the contents of
 * comm= and exe=, so only the field on the other side of them counts.
 */
static bool get_field(const struct record *record, const char *name, struct field *field)
{
    bool quoted = false, found = false;
    for (const char *at = record->line; at < record->end; at++) {
        quoted ^= *at == '"';
        if (quoted || !begins(at, record->end, name) || (at > record->line && at[-1] != ' '))
            continue;
        const char *start = at + strlen(name), *stop = start;
        while (stop < record->end && *stop != ' ' && *stop != '\r')
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
    return (struct cordon_place){record->tree->name, record->number,
                                 (uint32_t)(field.at - record->line) + 1, (uint32_t)field.length};
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
            cordon_tree_warn(record->tree, place_of(record, field), NULL,
                             "the value of argument %u is unknown and is not tested", arg);
    }
}

static void read_record(struct record *record)
{
    struct field arch, name;
    uint64_t nr = CORDON_NO_NR;
    if (!get_field(record, "arch=", &arch) || !get_field(record, "syscall=", &name))
        return; /* a record of a call has both */
    if (name.at[0] == '-') {
        cordon_tree_warn(record->tree, place_of(record, name), NULL,
                         "ignored: no call has a negative number");
        return;
    }
    static const char unknown[] = "unknown-syscall("; /* ausearch's word for a number */
    if (name.length > sizeof unknown && begins(name.at, record->end, unknown)) {
        name.at += sizeof unknown - 1;
        name.length -= sizeof unknown;
    }
    bool counted = number_of(name, 10, &nr) && nr < CORDON_NO_NR;
    const struct cordon_abi *abi = abi_of(record, arch, counted ? nr : 0);
    if (!abi)
        return;
    uint16_t id = cordon_syscall_id(name.at, (uint32_t)name.length);
    if (!counted)
        nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    struct seen_call call = {.abi = abi->id, .nr = (uint32_t)nr, .place = place_of(record, name)};
    if (nr >= CORDON_NO_NR) {
        cordon_tree_error(record->tree, CORDON_E_NAME, call.place, NULL,
                          "%s has no system call \"%.*s\"", abi->name,
                          (int)(name.length < 60 ? name.length : 60), name.at);
        return;
    }
    read_arguments(record, abi, &call);
    seen_add(record->seen, &call);
}

/* Is it a record of a call, not in a comment of another text? Its type must be at the beginning
 * of a word. */
static bool is_record(const char *line, const char *end, bool *seccomp)
{
    static const char *const types[] = {"1326 ", "SECCOMP ", "1300 ", "SYSCALL "};
    while (line < end && (*line == ' ' || *line == '\t'))
        line++;
    if (line < end && strchr("#;/*", *line))
        return false;
    const char *at = find(line, end, "type=");
    for (size_t i = 0; at && i < sizeof types / sizeof *types; i++)
        if (begins(at + 5, end, types[i])) {
            *seccomp = i < 2;
            return find(at, end, "audit(") != NULL;
        }
    return false;
}

enum cordon_error audit_read(struct cordon_policy **policy, const char *text, size_t length,
                             const char *name, const struct cordon_format_options *options,
                             struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct seen seen;
    struct record record = {.tree = &tree, .seen = &seen, .line = text};
    const char *end = text + length;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    if (tree.error)
        return cordon_tree_end(&tree, policy);
    seen_begin(&seen, &tree, options->part);
    for (; record.line < end; record.line = record.end + 1) {
        const char *newline = memchr(record.line, '\n', (size_t)(end - record.line));
        record.end = newline ? newline : end;
        record.number++;
        if (is_record(record.line, record.end, &record.names_first))
            read_record(&record);
    }
    seen_end(&seen);
    return cordon_tree_end(&tree, policy);
}

/* Logs have other lines, too, but a few records among many lines aren't enough for a claim. */
int audit_detect(const char *text, size_t length, const char *name)
{
    const char *end = text + length;
    unsigned records = 0, others = 0;
    bool seccomp;
    (void)name;
    for (const char *line = text; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *stop = newline ? newline : end;
        if (is_record(line, stop, &seccomp))
            records++;
        else
            others++;
        line = stop + 1;
    }
    return !records ? 0 : records >= others ? 90 : 45;
}
