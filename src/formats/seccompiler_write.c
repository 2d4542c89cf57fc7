/* SPDX-License-Identifier: MIT */
/* seccompiler_write.c: a policy with two answers as Firecracker's JSON. */
#include <string.h>

#include "boxes.h"
#include "refusal.h"

struct writer {
    struct cordon_sink *sink;
    struct refusals refusals;
    struct cordon_model *model;
    cordon_node root;
    struct boxes boxes;
    uint32_t otherwise, match; /* what calls are answered that no rule matches, and the others */
    bool has_match;
    uint32_t rules;
};

static cordon_node part_of(struct writer *writer, uint32_t token, uint32_t nr)
{
    cordon_node part = cordon_model_follow(writer->model, writer->root, CORDON_WORD_ARCH, token);
    return cordon_model_follow(writer->model, part, CORDON_WORD_NR, nr);
}

static bool is_answer(struct writer *writer, cordon_node node, uint32_t answer)
{
    struct cordon_view view = cordon_model_view(writer->model, node);
    return view.is_leaf && !view.is_computed && view.value == answer;
}

static bool sayable(uint32_t action)
{
    const struct cordon_action *known = cordon_action_of(action);
    uint32_t data = action & CORDON_ACTION_DATA;
    return known && known->value != CORDON_USER_NOTIF &&
           (!data || known->value == CORDON_ERRNO || known->value == CORDON_TRACE);
}

/* ---- the frame ------------------------------------------------------------------------------ */

static void find_frame(struct writer *writer)
{
    const struct cordon_abi *native = cordon_abi_native();
    const struct cordon_policy *policy = writer->refusals.policy;
    struct cordon_view view =
        cordon_model_view(writer->model, part_of(writer, native->token, native->nr_last));
    writer->otherwise = view.value;
    if (!view.is_leaf || view.is_computed || !sayable(view.value)) {
        refuse_at(&writer->refusals, policy->fallback.place, NULL,
                  "what unknown calls are answered can't be said");
        refuse_error(&writer->refusals, CORDON_E_UNSUPPORTED);
    }
    if (!is_answer(writer, part_of(writer, 0, 0), (uint32_t)CORDON_KILL_PROCESS))
        refuse_at(&writer->refusals, policy->bad_arch.place,
                  "bad_arch kill_process would be the same",
                  "seccompiler answers calls of other architectures with kill_process");
    if (native->id == CORDON_ABI_X86_64 &&
        !is_answer(writer,
                   cordon_model_restrict(writer->model,
                                         cordon_model_follow(writer->model, writer->root,
                                                             CORDON_WORD_ARCH, native->token),
                                         CORDON_WORD_NR, CORDON_X32_BIT, UINT32_MAX),
                   writer->otherwise))
        refuse_at(&writer->refusals, policy->fallback.place,
                  "arch x86_64, x32 with rules for x86_64 alone would be the same",
                  "seccompiler knows nothing of x32: its calls get the default");
}

/* ---- rules ---------------------------------------------------------------------------------- */

static void print_action(struct cordon_sink *sink, uint32_t action)
{
    const struct cordon_action *known = cordon_action_of(action);
    bool numbered = known->value == CORDON_ERRNO || known->value == CORDON_TRACE;
    cordon_sink_text(sink, numbered ? "{ \"" : "\"");
    cordon_sink_text(sink, known->name);
    cordon_sink_text(sink, "\"");
    if (!numbered)
        return;
    cordon_sink_text(sink, ": ");
    cordon_sink_decimal(sink, action & CORDON_ACTION_DATA);
    cordon_sink_text(sink, " }");
}

static void print_arg(struct cordon_sink *sink, const struct scmp_arg *arg)
{
    static const char *const names[] = {
        [SCMP_NE] = "\"ne\"", [SCMP_LT] = "\"lt\"", [SCMP_LE] = "\"le\"",
        [SCMP_EQ] = "\"eq\"", [SCMP_GE] = "\"ge\"", [SCMP_GT] = "\"gt\""};
    bool masked = arg->op == SCMP_MASKED_EQ, dword = masked && !(arg->mask >> 32);
    cordon_sink_text(sink, "{ \"index\": ");
    cordon_sink_decimal(sink, arg->index);
    cordon_sink_text(sink,
                     dword ? ", \"type\": \"dword\", \"op\": " : ", \"type\": \"qword\", \"op\": ");
    if (masked && arg->mask == UINT32_MAX) {
        cordon_sink_text(sink, "\"eq\"");
    } else if (masked) {
        cordon_sink_text(sink, "{ \"masked_eq\": ");
        cordon_sink_decimal(sink, arg->mask);
        cordon_sink_text(sink, " }");
    } else {
        cordon_sink_text(sink, names[arg->op]);
    }
    cordon_sink_text(sink, ", \"val\": ");
    cordon_sink_decimal(sink, arg->value);
    cordon_sink_text(sink, " }");
}

static void print_rule(struct writer *writer, uint16_t id, const struct box *box)
{
    struct cordon_sink *sink = writer->sink;
    cordon_sink_text(sink, writer->rules++ ? ",\n\t\t\t" : "\n\t\t\t");
    cordon_sink_text(sink, "{ \"syscall\": \"");
    cordon_sink_text(sink, cordon_syscall_name(id));
    cordon_sink_text(sink, "\"");
    for (uint32_t i = 0; i < box->count; i++) {
        cordon_sink_text(sink, i ? ",\n\t\t\t\t" : ", \"args\": [\n\t\t\t\t");
        print_arg(sink, &box->args[i]);
    }
    cordon_sink_text(sink, box->count ? "\n\t\t\t] }" : " }");
}

/* The first other answer is that of all rules. */
static bool has_one_answer(struct writer *writer, uint16_t id)
{
    for (uint32_t i = 0; i < writer->boxes.count; i++) {
        uint32_t action = writer->boxes.list[i].action;
        if (!writer->has_match && sayable(action)) {
            writer->has_match = true;
            writer->match = action;
        }
        if (action == writer->match && writer->has_match)
            continue;
        refuse_at(&writer->refusals,
                  place_of_call(writer->refusals.policy, id, cordon_abi_native()->id), NULL,
                  "%s gets a third answer, and all rules have one action", cordon_syscall_name(id));
        return false;
    }
    return true;
}

/* Approximating: calls that get a third answer get the one of the two that lies on the right side.
 */
static void pick_answer(struct writer *writer)
{
    uint32_t answer;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < writer->boxes.count; i++) {
        struct box *box = &writer->boxes.list[i];
        bool matches = box->action == writer->match ||
                       !approximate(&writer->refusals, box->action, writer->otherwise, &answer);
        if (matches)
            writer->boxes.list[kept++] = *box;
    }
    writer->boxes.count = kept;
}

static void write_call(struct writer *writer, uint16_t id)
{
    const struct cordon_abi *native = cordon_abi_native();
    const char *why = NULL;
    writer->boxes.count = 0;
    enum cordon_error error =
        boxes_of(&writer->boxes, writer->model,
                 part_of(writer, native->token, cordon_syscall_nr(native, id)), native, false,
                 writer->otherwise, &why);
    if (error == CORDON_E_NO_MEMORY)
        refuse_error(&writer->refusals, error);
    else if (error)
        refuse_at(&writer->refusals, place_of_call(writer->refusals.policy, id, native->id), NULL,
                  "%s: %s", cordon_syscall_name(id), why);
    if (error)
        return;
    if (!has_one_answer(writer, id))
        pick_answer(writer);
    for (uint32_t i = 0; i < writer->boxes.count; i++)
        print_rule(writer, id, &writer->boxes.list[i]);
}

static void write_thread(struct writer *writer, const char *part)
{
    const struct cordon_abi *native = cordon_abi_native();
    struct cordon_string rules = {.allocator = writer->refusals.policy->arena.allocator};
    struct cordon_sink inner = cordon_string_sink(&rules), *sink = writer->sink;
    writer->sink = &inner;
    for (uint32_t i = 0; i < cordon_syscall_count(native); i++)
        write_call(writer, cordon_syscall_nth(native, i));
    writer->sink = sink;
    if (!writer->has_match) /* there must be one, and another than the default */
        writer->match = writer->otherwise == CORDON_ALLOW ? (uint32_t)CORDON_KILL_PROCESS
                                                          : (uint32_t)CORDON_ALLOW;
    cordon_sink_text(sink, "{\n\t\"");
    cordon_sink_text(sink, part ? part : "main");
    cordon_sink_text(sink, "\": {\n\t\t\"default_action\": ");
    print_action(sink, writer->otherwise);
    cordon_sink_text(sink, ",\n\t\t\"filter_action\": ");
    print_action(sink, writer->match);
    cordon_sink_text(sink, ",\n\t\t\"filter\": [");
    cordon_sink_text(sink, rules.text ? rules.text : "");
    cordon_sink_text(sink, rules.text ? "\n\t\t]\n\t}\n}\n" : "]\n\t}\n}\n");
    if (rules.failed)
        refuse_error(&writer->refusals, CORDON_E_NO_MEMORY);
    cordon_string_free(&rules);
}

enum cordon_error seccompiler_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                    const struct cordon_format_options *options,
                                    struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator = policy->arena.allocator;
    struct writer writer = {.sink = sink,
                            .refusals = {policy, reporter, options->approximation, CORDON_OK},
                            .boxes = {.allocator = allocator}};
    enum cordon_error error = cordon_model_create(&writer.model, allocator, 0);
    if (!error)
        error = cordon_policy_verdicts(policy, writer.model, NULL, 0, &writer.root, NULL);
    refuse_error(&writer.refusals, error);
    if (!error) {
        writer.root = cordon_model_reduce(writer.model, writer.root);
        find_frame(&writer);
        if (!writer.refusals.error || writer.refusals.error == CORDON_E_MEANING)
            write_thread(&writer, options->part);
    }
    boxes_free(&writer.boxes);
    cordon_model_free(writer.model);
    return writer.refusals.error;
}
