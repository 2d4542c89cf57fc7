/* SPDX-License-Identifier: MIT */
/* denial.c: prints a denied call for people. */
#include "cordon/denial.h"

#include <string.h>

#include "cordon/action.h"
#include "cordon/call.h"

#define MAX_STRING 120

/* ---- printing ---- */

static void print_char(struct cordon_sink *sink, unsigned char c)
{
    char text[2] = {(char)c, '\0'};
    if (c == '"' || c == '\\') {
        cordon_sink_text(sink, "\\");
        cordon_sink_text(sink, text);
    } else if (c >= ' ' && c < 0x7f) {
        cordon_sink_text(sink, text);
    } else {
        const char *digits = "0123456789abcdef";
        char escape[5] = {'\\', 'x', digits[c >> 4], digits[c & 15], '\0'};
        cordon_sink_text(sink, escape);
    }
}

/* Prints the text at an address, in quotes and cut; false: it can't be read. */
static bool print_string(struct cordon_sink *sink, const struct cordon_memory *memory,
                         uint64_t address)
{
    unsigned char bytes[MAX_STRING];
    size_t size = 0;
    if (!memory || !address)
        return false;
    for (size_t step; size < sizeof bytes; size += step) { /* the text may end on a page */
        uint64_t page_left = 4096 - ((address + size) & 4095);
        step = sizeof bytes - size < page_left ? sizeof bytes - size : (size_t)page_left;
        size_t got = memory->read(memory->context, address + size, bytes + size, step);
        if (got < step) {
            size += got;
            break;
        }
    }
    if (size == 0)
        return false;
    const unsigned char *end = memchr(bytes, 0, size);
    size_t length = end ? (size_t)(end - bytes) : size;
    cordon_sink_text(sink, "\"");
    for (size_t i = 0; i < length; i++)
        print_char(sink, bytes[i]);
    cordon_sink_text(sink, end ? "\"" : "\"…");
    return true;
}

/* Prints a socket address: the family, and the address of common families. */
static bool print_address(struct cordon_sink *sink, const struct cordon_abi *abi,
                          const struct cordon_memory *memory, uint64_t address)
{
    unsigned char bytes[16];
    if (!memory || memory->read(memory->context, address, bytes, sizeof bytes) != sizeof bytes)
        return false;
    uint16_t family;
    memcpy(&family, bytes, sizeof family);
    const char *name = cordon_constant_name(
        abi, cordon_constant_set_by_name("socket_domain", strlen("socket_domain")), family);
    if (!name)
        return false;
    cordon_sink_text(sink, "{");
    cordon_sink_text(sink, name);
    if (family == 1) {
        cordon_sink_text(sink, " ");
        print_string(sink, memory,
                     address + 2 + (bytes[2] == 0)); /* abstract names begin with NUL */
    } else if (family == 2) {
        for (int i = 4; i < 8; i++) {
            cordon_sink_text(sink, i > 4 ? "." : " ");
            cordon_sink_decimal(sink, bytes[i]);
        }
        cordon_sink_text(sink, ":");
        cordon_sink_decimal(sink, (uint64_t)bytes[2] << 8 | bytes[3]);
    }
    cordon_sink_text(sink, "}");
    return true;
}

/* What a filter cannot see: 64-bit fields of a structure that an argument points to. */
static const struct {
    const char *call;
    unsigned arg, offset;
    const char *name;
    uint8_t kind;
    const char *set;
} fields[] = {
    {"clone3", 0, 0, "flags", CORDON_KIND_FLAGS, "clone_flags"},
    {"clone3", 0, 32, "exit_signal", CORDON_KIND_SIGNAL, ""},
    {"openat2", 2, 0, "flags", CORDON_KIND_FLAGS, "open_flags"},
    {"openat2", 2, 8, "mode", CORDON_KIND_MODE, ""},
    {"openat2", 2, 16, "resolve", CORDON_KIND_FLAGS, ""},
};

static bool print_structure(struct cordon_sink *sink, const struct cordon_abi *abi,
                            const char *call, unsigned arg, const struct cordon_memory *memory,
                            uint64_t address)
{
    bool open = false;
    for (size_t i = 0; memory && i < sizeof fields / sizeof *fields; i++) {
        uint64_t value;
        if (strcmp(fields[i].call, call) != 0 || fields[i].arg != arg ||
            memory->read(memory->context, address + fields[i].offset, &value, sizeof value) !=
                sizeof value)
            continue;
        struct cordon_arg field = {.type = CORDON_TYPE_ULONG, .kind = fields[i].kind};
        field.set = cordon_constant_set_by_name(fields[i].set, (uint32_t)strlen(fields[i].set));
        cordon_sink_text(sink, open ? ", " : "{");
        cordon_sink_text(sink, fields[i].name);
        cordon_sink_text(sink, "=");
        cordon_arg_print(sink, abi, &field, value);
        open = true;
    }
    cordon_sink_text(sink, open ? "}" : "");
    return open;
}

static void print_argument(struct cordon_sink *sink, const struct cordon_abi *abi,
                           const struct cordon_syscall *call, unsigned arg, uint64_t value,
                           const struct cordon_memory *memory)
{
    const struct cordon_arg *known = &call->args[arg];
    bool text = known->kind == CORDON_KIND_PATH || known->kind == CORDON_KIND_STRING;
    bool address = arg == 1 && (!strcmp(call->name, "connect") || !strcmp(call->name, "bind"));
    if (text && print_string(sink, memory, value))
        return;
    if (address && print_address(sink, abi, memory, value))
        return;
    if (print_structure(sink, abi, call->name, arg, memory, value))
        return;
    cordon_arg_print(sink, abi, known, value);
}

/* The arguments of a sub-call whose arguments are all in memory: socketcall(SYS_SOCKET, {…}). */
static bool print_subcall(struct cordon_sink *sink, const struct cordon_abi *abi, uint16_t id,
                          const struct cordon_data *data, const struct cordon_memory *memory)
{
    uint64_t selector = cordon_data_argument(abi, data, 0);
    uint64_t address = cordon_data_argument(abi, data, 1);
    uint32_t words[CORDON_ARGS] = {0};
    for (uint32_t i = 0; memory && abi->bits == 32 && i < cordon_subcall_count(abi); i++) {
        struct cordon_subcall sub = cordon_subcall_nth(abi, i);
        if (sub.multiplexer != id || sub.id == CORDON_NO_ID || sub.selector != selector ||
            sub.position[0] != CORDON_IN_MEMORY)
            continue;
        struct cordon_syscall call = cordon_syscall(abi, sub.id);
        size_t size = call.arg_count * sizeof *words;
        if (memory->read(memory->context, address, words, size) != size)
            return false;
        const uint64_t values[CORDON_ARGS] = {words[0], words[1], words[2],
                                              words[3], words[4], words[5]};
        cordon_syscall_specify(abi, &call, values, (1u << CORDON_ARGS) - 1);
        for (unsigned k = 0; k < call.arg_count; k++) {
            cordon_sink_text(sink, k ? ", " : "{");
            print_argument(sink, abi, &call, k, values[k], memory);
        }
        cordon_sink_text(sink, "}");
        return true;
    }
    return false;
}

void cordon_call_print(struct cordon_sink *sink, const struct cordon_data *data,
                       const struct cordon_memory *memory)
{
    const struct cordon_abi *abi =
        cordon_abi_of_call(data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]);
    struct cordon_syscall call = cordon_data_syscall(abi, data);
    if (call.id == CORDON_NO_ID) {
        cordon_sink_text(sink, "syscall ");
        cordon_sink_decimal(sink, data->word[CORDON_WORD_NR]);
        cordon_sink_text(sink, " of architecture ");
        cordon_sink_hex(sink, data->word[CORDON_WORD_ARCH], 8);
        return;
    }
    cordon_sink_text(sink, call.name);
    cordon_sink_text(sink, "(");
    for (unsigned i = 0; i < call.arg_count; i++) {
        cordon_sink_text(sink, i ? ", " : "");
        if (i == 1 && print_subcall(sink, abi, call.id, data, memory))
            continue;
        print_argument(sink, abi, &call, i, cordon_data_argument(abi, data, i), memory);
    }
    cordon_sink_text(sink, ")");
}

/* ---- all of it ---- */

void cordon_denial_make(struct cordon_denial *denial, const struct cordon_compiled *policy,
                        const struct cordon_program *program, const struct cordon_data *data,
                        uint32_t verdict, const struct cordon_memory *memory)
{
    *denial = (struct cordon_denial){.data = *data, .verdict = verdict};
    struct cordon_buffer call = {denial->call, sizeof denial->call, 0};
    struct cordon_sink sink = cordon_buffer_sink(&call);
    cordon_call_print(&sink, data, memory);
    denial->cause =
        policy ? cordon_policy_cause(policy, data) : cordon_program_cause(program, data);
    if (policy)
        cordon_suggest(&denial->suggestion, policy, &denial->cause, data);
}

/* ---- the report ---- */

static void print_painted(struct cordon_sink *sink, const struct cordon_denial_context *context,
                          const char *code, const char *text)
{
    cordon_sink_text(sink, context->color ? code : "");
    cordon_sink_text(sink, text);
    cordon_sink_text(sink, context->color ? "\033[0m" : "");
}

static void print_place(struct cordon_sink *sink, const struct cordon_place *place)
{
    cordon_sink_escaped(sink, place->file);
    cordon_sink_text(sink, ":");
    cordon_sink_decimal(sink, place->line);
    cordon_sink_text(sink, ":");
    cordon_sink_decimal(sink, place->column);
}

static void print_rule(struct cordon_sink *sink, const struct cordon_cause *cause,
                       const struct cordon_denial_context *context)
{
    cordon_sink_text(sink, " at ");
    print_place(sink, &cause->place);
    if (!cause->line)
        return;
    cordon_sink_text(sink, "\n             ");
    cordon_sink_text(sink, context->color ? "\033[2m" : "");
    cordon_line_print(sink, cause->line, cause->line_length, cause->place.column);
    cordon_sink_text(sink, context->color ? "\033[0m" : "");
}

static void print_why(struct cordon_sink *sink, const struct cordon_cause *cause,
                      const struct cordon_denial_context *context)
{
    bool by_filter = !cause->in_text && cause->insn != CORDON_NO_INSN;
    cordon_sink_text(sink, "\n    why      ");
    if (by_filter) {
        cordon_sink_text(sink, "instruction ");
        cordon_sink_decimal(sink, cause->insn);
        cordon_sink_text(sink, " of ");
    } else {
        cordon_sink_text(sink, cause->origin ? cause->origin : cordon_cause_text(cause->kind));
    }
    if (cause->in_text) {
        print_rule(sink, cause, context);
        return;
    }
    cordon_sink_text(sink, by_filter ? "" : " (not in ");
    cordon_sink_escaped(sink, context->name);
    cordon_sink_text(sink, by_filter ? " returns it" : ")");
}

/* Verdicts that leave the answer to another process. */
static void print_absence(struct cordon_sink *sink, uint32_t verdict)
{
    uint32_t action = verdict & CORDON_ACTION_FULL;
    if (action == CORDON_USER_NOTIF)
        cordon_sink_text(sink, " (fails with ENOSYS without a listener)");
    if (action == CORDON_TRACE)
        cordon_sink_text(sink, " (fails with ENOSYS without a tracer)");
}

void cordon_denial_print(struct cordon_sink *sink, const struct cordon_denial *denial,
                         const struct cordon_denial_context *context)
{
    bool runs = (denial->verdict & CORDON_ACTION_FULL) == CORDON_LOG;
    print_painted(sink, context, "\033[1;31m", runs ? "cordon: logged:" : "cordon: stopped:");
    cordon_sink_text(sink, " ");
    cordon_sink_text(sink, denial->call);
    cordon_sink_text(sink, "\n    verdict  ");
    cordon_action_print(sink, denial->verdict);
    print_absence(sink, denial->verdict);
    print_why(sink, &denial->cause, context);
    cordon_sink_text(sink, "\n    thread   ");
    cordon_sink_escaped(sink, context->thread);
    cordon_sink_text(sink, ", thread ");
    cordon_sink_signed(sink, context->tid);
    cordon_sink_text(sink, " of process ");
    cordon_sink_signed(sink, context->pid);
    cordon_sink_text(sink, "\n");
}

/* without mkdir   (at p.json:3:5; or -e 'allow mkdir') */
static void print_written(struct cordon_sink *sink, const struct cordon_suggestion *suggestion)
{
    cordon_sink_text(sink, suggestion->written);
    cordon_sink_text(sink, "   (");
    cordon_sink_text(sink, suggestion->where);
    cordon_sink_text(sink, " ");
    print_place(sink, &suggestion->place);
    if (suggestion->taken.line) {
        cordon_sink_text(sink, ", with the name taken from ");
        print_place(sink, &suggestion->taken);
    }
    cordon_sink_text(sink, "; or -e '");
    cordon_sink_text(sink, suggestion->text);
    cordon_sink_text(sink, suggestion->note[0] ? "'; " : "'");
    cordon_sink_text(sink, suggestion->note);
    cordon_sink_text(sink, ")");
}

void cordon_suggestion_print(struct cordon_sink *sink, const struct cordon_suggestion *suggestion)
{
    if (suggestion->written[0]) {
        print_written(sink, suggestion);
        return;
    }
    bool nothing = suggestion->kind == CORDON_SUGGEST_NOTHING;
    cordon_sink_text(sink, nothing ? "no rule is suggested" : suggestion->text);
    const char *before = nothing ? ": " : "   (";
    if (suggestion->place.line) {
        cordon_sink_text(sink, before);
        cordon_sink_text(sink, suggestion->kind == CORDON_SUGGEST_RULE ? "before " : "instead of ");
        print_place(sink, &suggestion->place);
        before = "; ";
    }
    if (suggestion->note[0]) {
        cordon_sink_text(sink, before);
        cordon_sink_text(sink, suggestion->note);
    }
    if (!nothing && (suggestion->place.line || suggestion->note[0]))
        cordon_sink_text(sink, ")");
}

void cordon_denial_print_suggestion(struct cordon_sink *sink, const struct cordon_denial *denial,
                                    const struct cordon_denial_context *context)
{
    cordon_sink_text(sink, "    to allow ");
    cordon_sink_text(sink, context->color ? "\033[32m" : "");
    cordon_suggestion_print(sink, &denial->suggestion);
    cordon_sink_text(sink, context->color ? "\033[0m\n" : "\n");
}
