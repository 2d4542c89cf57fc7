/* SPDX-License-Identifier: MIT */
/* input.c: detects whether a text is a program or a policy, and reads it. */
#include "cordon/input.h"

#include <stdio.h>
#include <string.h>

#include "cordon/lift.h"
#include "cordon/optimize.h"
#include "paste.h"
#include "stranger.h"

/* ---- detection ---- */

struct cordon_input_kinds cordon_input_detect(const char *text, size_t length, const char *name)
{
    const struct cordon_format *rival = NULL;
    struct cordon_input_kinds kinds = {.program = cordon_program_detect(text, length)};
    if (kinds.program)
        return kinds;
    kinds.policy = cordon_format_detect(text, length, name, &rival);
    if (!rival)
        return kinds;
    return (struct cordon_input_kinds){.claims = {kinds.policy, rival}};
}

/* ---- reading ---- */

static enum cordon_error claimed_twice(const struct cordon_input_kinds *kinds, const char *name,
                                       struct cordon_reporter *reporter)
{
    struct cordon_message message = {.severity = CORDON_ERROR,
                                     .code = CORDON_E_FORMAT,
                                     .place = {.file = name},
                                     .hint = "choose with --from"};
    cordon_reporter_tell(reporter, &message, "the text is valid as %s and as %s",
                         kinds->claims[0]->name, kinds->claims[1]->name);
    return CORDON_E_FORMAT;
}

static enum cordon_error read_program(struct cordon_input *input,
                                      const struct cordon_program_form *form, const char *text,
                                      size_t length, const struct cordon_input_options *options,
                                      struct cordon_reporter *reporter)
{
    struct cordon_program_options reading = {
        .allocator = options->format.policy.allocator,
        .abi = options->abi_count ? cordon_abi(options->abis[0]) : options->format.policy.host};
    struct cordon_message rules = {
        .severity = CORDON_ERROR, .code = CORDON_E_MEANING, .place = {.file = input->name}};
    if (options->rules) {
        cordon_reporter_tell(reporter, &rules, "rules can be added to a policy, not to a program");
        return CORDON_E_MEANING;
    }
    enum cordon_error error =
        cordon_program_read(&input->read, form, text, length, input->name, &reading, reporter);
    if (error)
        return error;
    input->kind = CORDON_INPUT_PROGRAM;
    input->program = input->read.program;
    input->big_endian = input->read.big_endian;
    return CORDON_OK;
}

static enum cordon_error compile(struct cordon_input *input,
                                 const struct cordon_input_options *options,
                                 struct cordon_reporter *reporter)
{
    if (options->uncompiled)
        return CORDON_OK;
    enum cordon_error error = cordon_compile(&input->compiled, input->policy, options->abis,
                                             options->abi_count, options->weights, reporter);
    if (error)
        return error;
    input->program = input->compiled.code.program;
    input->big_endian = input->compiled.big_endian;
    bool chosen = options->abi_count > 0;
    input->abi_count = chosen ? options->abi_count : input->policy->abi_count;
    memcpy(input->abis, chosen ? options->abis : input->policy->abis,
           input->abi_count * sizeof *input->abis);
    return CORDON_OK;
}

static bool is_for(const struct cordon_policy *policy, enum cordon_abi_id abi)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] == abi)
            return true;
    return false;
}

/* A tool that selects what applies to its machine would read the text in another way elsewhere. */
static enum cordon_error check_abis(const struct cordon_policy *policy,
                                    const struct cordon_input_options *options,
                                    struct cordon_reporter *reporter)
{
    for (uint32_t i = 0; policy->host_only && i < options->abi_count; i++) {
        const char *name = cordon_abi(options->abis[i])->name;
        char hint[80];
        if (is_for(policy, options->abis[i]))
            continue;
        snprintf(hint, sizeof hint, "--host %s reads it as its tool would there", name);
        struct cordon_message message = cordon_policy_message(
            policy, CORDON_ERROR, CORDON_E_ARCH, (struct cordon_place){.file = policy->name}, hint);
        cordon_reporter_tell(reporter, &message,
                             "it was read for a machine of %s, which has no calls of %s",
                             policy->host->name, name);
        return CORDON_E_ARCH;
    }
    return CORDON_OK;
}

static enum cordon_error read_policy(struct cordon_input *input, const struct cordon_format *format,
                                     const char *text, size_t length,
                                     const struct cordon_input_options *options,
                                     struct cordon_reporter *reporter)
{
    enum cordon_error error =
        format ? format->read(&input->policy, text, length, input->name, &options->format, reporter)
               : cordon_policy_read_file(&input->policy, input->name, &options->format.policy,
                                         reporter);
    input->kind = CORDON_INPUT_POLICY;
    if (!error && options->rules)
        error = cordon_policy_put_first(input->policy, options->rules, strlen(options->rules), "-e",
                                        &options->format.policy, reporter);
    if (!error)
        input->policy->format = format ? format->name : "cordon";
    if (!error)
        error = check_abis(input->policy, options, reporter);
    return error ? error : compile(input, options, reporter);
}

/* Only a text that would be a program's, or one that no other format claims, as cordon's own. */
static enum cordon_error name_stranger(const struct cordon_input *input,
                                       const struct cordon_input_kinds *kinds, const char *text,
                                       size_t length, const struct cordon_input_options *options,
                                       struct cordon_reporter *reporter)
{
    size_t count;
    bool open =
        text && !options->from && (kinds->program || kinds->policy == cordon_formats(&count));
    const struct stranger *stranger = open ? stranger_find(text, length) : NULL;
    struct cordon_message message = {
        .severity = CORDON_ERROR, .code = CORDON_E_FORMAT, .place = {.file = input->name}};
    if (!stranger)
        return CORDON_OK;
    message.hint = stranger->hint;
    cordon_reporter_tell(reporter, &message, "this is %s, which cordon does not read",
                         stranger->what);
    return CORDON_E_FORMAT;
}

static enum cordon_error read_text(struct cordon_input *input, const char *text, size_t length,
                                   const struct cordon_input_kinds *kinds,
                                   const struct cordon_input_options *options,
                                   struct cordon_reporter *reporter)
{
    if (kinds->claims[0])
        return claimed_twice(kinds, input->name, reporter);
    enum cordon_error strange = name_stranger(input, kinds, text, length, options, reporter);
    if (strange)
        return strange;
    if (kinds->program)
        return read_program(input, kinds->program, text, length, options, reporter);
    return read_policy(input, text ? kinds->policy : NULL, text, length, options, reporter);
}

static struct cordon_input_kinds detect(const char *text, size_t length, const char *name,
                                        const struct cordon_input_options *options)
{
    if (!text || options->from)
        return (struct cordon_input_kinds){.policy = options->from};
    return cordon_input_detect(text, length, name);
}

/* What a text is without the marks in front of its lines. Comments may only hold a program: the
 * rules that are commented out of a policy aren't one. */
static bool may_unmark(const struct paste *paste, const struct cordon_input_kinds *kinds,
                       const char *name, struct cordon_reporter *reporter)
{
    struct cordon_message message = {.severity = CORDON_WARNING, .place = {name, 1, 1, 1}};
    if (!paste->mark)
        return true;
    if (paste->is_comment && !kinds->program)
        return false;
    cordon_reporter_tell(reporter, &message, "\"%s\" begins each line, and is passed over",
                         paste->mark);
    return true;
}

/* Reads a copy in which what was added by pasting is blank; false: it isn't better than the text.
 */
static bool read_pasted(struct cordon_input *input, const char *text, size_t length,
                        const struct cordon_input_options *options,
                        struct cordon_reporter *reporter, enum cordon_error *error)
{
    struct paste paste;
    struct cordon_message no_memory = {
        .severity = CORDON_ERROR, .code = CORDON_E_NO_MEMORY, .place.file = input->name};
    const struct cordon_allocator *allocator = options->format.policy.allocator;
    allocator = allocator ? allocator : &cordon_allocator_libc;
    if (!text || !paste_find(&paste, text, length))
        return false;
    char *copy = allocator->resize(allocator->context, NULL, 0, length);
    *error = CORDON_E_NO_MEMORY;
    if (!copy) {
        cordon_reporter_tell(reporter, &no_memory, "out of memory");
        return true;
    }
    memcpy(copy, text, length);
    paste_blank(&paste, copy, length);
    struct cordon_input_kinds kinds = detect(copy, length, input->name, options);
    bool better = may_unmark(&paste, &kinds, input->name, reporter);
    if (better)
        *error = read_text(input, copy, length, &kinds, options, reporter);
    allocator->resize(allocator->context, copy, length, 0);
    return better;
}

enum cordon_error cordon_input_read(struct cordon_input *input, const char *text, size_t length,
                                    const char *name, const struct cordon_input_options *options,
                                    struct cordon_reporter *reporter)
{
    static const struct cordon_input_options defaults = {0};
    struct cordon_input made = {.name = name};
    enum cordon_error error;
    if (!options)
        options = &defaults;
    if (!read_pasted(&made, text, length, options, reporter, &error)) {
        struct cordon_input_kinds kinds = detect(text, length, name, options);
        error = read_text(&made, text, length, &kinds, options, reporter);
    }
    if (error)
        cordon_input_free(&made);
    else
        *input = made;
    return error;
}

/* ---- stacks ---- */

static enum cordon_error copy(struct cordon_input *input, const struct cordon_program *program,
                              struct cordon_diag *diag)
{
    const struct cordon_allocator *allocator = &cordon_allocator_libc;
    size_t size = program->length * sizeof *program->insns;
    struct cordon_insn *insns = allocator->resize(allocator->context, NULL, 0, size);
    if (!insns)
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    memcpy(insns, program->insns, size);
    input->read =
        (struct cordon_owned_program){.program = *program, .insns = insns, .allocator = allocator};
    input->read.program.insns = insns;
    input->program = input->read.program;
    return CORDON_OK;
}

static enum cordon_error join(struct cordon_input *input, const struct cordon_program *stack,
                              uint32_t count, struct cordon_diag *diag)
{
    if (cordon_model_create(&input->compiled.model, NULL, 0))
        return cordon_diag_set(diag, CORDON_E_NO_MEMORY, "out of memory");
    enum cordon_error error =
        cordon_stack_join(&input->compiled.code, input->compiled.model, stack, count, NULL, diag);
    input->program = input->compiled.code.program;
    return error;
}

enum cordon_error cordon_input_stack(struct cordon_input *input, const struct cordon_program *stack,
                                     uint32_t count, const char *name, struct cordon_diag *diag)
{
    struct cordon_input made = {
        .kind = CORDON_INPUT_PROGRAM, .name = name, .big_endian = cordon_abi_native()->big_endian};
    enum cordon_error error =
        count == 1 ? copy(&made, stack, diag) : join(&made, stack, count, diag);
    if (error)
        cordon_input_free(&made);
    else
        *input = made;
    return error;
}

/* ---- meaning ---- */

enum cordon_error cordon_input_graph(const struct cordon_input *input, struct cordon_model *model,
                                     const enum cordon_abi_id *abis, uint32_t abi_count,
                                     cordon_node *node, struct cordon_diag *diag)
{
    cordon_node verdicts = CORDON_NODE_NONE;
    enum cordon_error error =
        input->kind == CORDON_INPUT_PROGRAM
            ? cordon_lift(&verdicts, model, &input->program, NULL, NULL)
            : cordon_policy_verdicts(input->policy, model, abis, abi_count, &verdicts, NULL);
    if (!error)
        *node = verdicts;
    else if (diag) {
        cordon_diag_set(diag, error, "%s", cordon_error_text(error));
        diag->place.file = input->name;
    }
    return error;
}

static void print_policy(struct cordon_sink *sink, const struct cordon_input *input)
{
    uint32_t rules = input->policy->rule_count;
    cordon_sink_text(sink, ": policy, ");
    cordon_sink_decimal(sink, rules);
    cordon_sink_text(sink, rules == 1 ? " rule," : " rules,");
    for (uint32_t i = 0; i < input->abi_count; i++) {
        cordon_sink_text(sink, " ");
        cordon_sink_text(sink, cordon_abi(input->abis[i])->name);
    }
}

void cordon_input_print(struct cordon_sink *sink, const struct cordon_input *input)
{
    bool is_policy = input->kind == CORDON_INPUT_POLICY;
    cordon_sink_text(sink, input->name);
    if (is_policy)
        print_policy(sink, input);
    cordon_sink_text(sink, is_policy ? ", " : ": filter, ");
    cordon_sink_decimal(sink, input->program.length);
    cordon_sink_text(sink, " instructions");
    cordon_sink_text(sink, !is_policy && input->big_endian ? ", big-endian\n" : "\n");
}

enum cordon_error cordon_input_check(const struct cordon_input *input, enum cordon_severity least,
                                     struct cordon_reporter *reporter)
{
    struct cordon_check_input checked = {
        .name = input->name, .policy = input->policy, .least = least};
    if (input->kind == CORDON_INPUT_POLICY) {
        checked.model = input->compiled.model;
        checked.meaning = input->compiled.meaning;
        cordon_check(&checked, reporter);
        return CORDON_OK;
    }
    enum cordon_error error = cordon_model_create(&checked.model, NULL, 0);
    checked.meaning.deciders = CORDON_NODE_NONE;
    if (!error)
        error = cordon_lift(&checked.meaning.verdicts, checked.model, &input->program, NULL, NULL);
    if (!error)
        cordon_check(&checked, reporter);
    cordon_model_free(checked.model);
    return error;
}

void cordon_input_free(struct cordon_input *input)
{
    cordon_compiled_free(&input->compiled);
    cordon_policy_free(input->policy);
    cordon_owned_program_free(&input->read);
    *input = (struct cordon_input){0};
}
