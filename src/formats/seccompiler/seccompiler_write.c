/* SPDX-License-Identifier: MIT */
/* seccompiler_write.c: writes a policy with two verdicts as Firecracker's JSON. */
#include <string.h>

#include "boxes.h"
#include "gaps.h"
#include "refusal.h"

struct writer {
    struct cordon_sink *sink;
    struct refusals refusals;
    struct cordon_model *model;
    cordon_node root;
    struct boxes boxes;
    uint32_t otherwise, match; /* the verdict of calls that match no rule, and that of the others */
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

static bool is_expressible(uint32_t action)
{
    const struct cordon_action *known = cordon_action_of(action);
    uint32_t data = action & CORDON_ACTION_DATA;
    return known && known->value != CORDON_USER_NOTIF &&
           (!data || known->value == CORDON_ERRNO || known->value == CORDON_TRACE);
}

/* ---- the frame ---- */

static void find_frame(struct writer *writer)
{
    const struct cordon_abi *native = writer->refusals.policy->host;
    const struct cordon_policy *policy = writer->refusals.policy;
    struct cordon_view view =
        cordon_model_view(writer->model, part_of(writer, native->token, native->nr_last));
    writer->otherwise = view.value;
    if (!view.is_leaf || view.is_computed || !is_expressible(view.value))
        refuse(&writer->refusals,
               view.is_leaf && !view.is_computed ? at_action(view.value) : at_default(),
               policy->fallback.place, NULL, "the verdict for unknown calls");
    if (!is_answer(writer, part_of(writer, 0, 0), (uint32_t)CORDON_KILL_PROCESS))
        refuse(&writer->refusals, at_bad_arch((uint32_t)CORDON_KILL_PROCESS),
               policy->bad_arch.place, "bad_arch kill_process would be equivalent",
               "seccompiler returns kill_process for calls of other architectures");
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] != native->id && policy->abis[i] != CORDON_ABI_X32)
            refuse(&writer->refusals, with(at_abi(policy->abis[i]), (uint32_t)CORDON_KILL_PROCESS),
                   (struct cordon_place){.file = policy->name}, NULL,
                   "a file is for one architecture, and its filter kills calls of %s",
                   cordon_abi(policy->abis[i])->name);
    if (native->id == CORDON_ABI_X86_64 &&
        !is_answer(writer,
                   cordon_model_restrict(writer->model,
                                         cordon_model_follow(writer->model, writer->root,
                                                             CORDON_WORD_ARCH, native->token),
                                         CORDON_WORD_NR, CORDON_X32_BIT, UINT32_MAX),
                   writer->otherwise))
        refuse(&writer->refusals,
               with_default(at_numbers(native, CORDON_X32_BIT, UINT32_MAX), writer->otherwise),
               policy->fallback.place,
               "arch x86_64, x32 with rules for x86_64 alone would be equivalent",
               "seccompiler does not distinguish x32: its calls get the default");
}

/* Rules have names, so all other numbers get the default. */
static void check_range(void *context, uint32_t first, uint32_t last, cordon_node node)
{
    struct writer *writer = context;
    if (first < CORDON_X32_BIT && !is_answer(writer, node, writer->otherwise))
        refuse(&writer->refusals,
               with_default(at_gap(writer->refusals.policy->host, first, last), writer->otherwise),
               writer->refusals.policy->fallback.place, NULL, "have no name, and get the default");
}

/* ---- rules ---- */

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

/* All rules have one verdict: the loosest of those that aren't the default. */
static void take_answer(void *context, uint32_t answer)
{
    struct writer *writer = context;
    if (answer == writer->otherwise || !is_expressible(answer))
        return;
    if (!writer->has_match || cordon_action_compare(answer, writer->match) > 0)
        writer->match = answer;
    writer->has_match = true;
}

static void find_match(struct writer *writer)
{
    const struct cordon_abi *native = writer->refusals.policy->host;
    for (uint32_t i = 0; i < cordon_syscall_count(native); i++)
        refuse_error(
            &writer->refusals,
            cordon_model_leaves(writer->model,
                                part_of(writer, native->token,
                                        cordon_syscall_nr(native, cordon_syscall_nth(native, i))),
                                take_answer, writer));
}

/* Which verdict must change, so that a third one isn't needed? */
static struct cordon_obstacle obstacle_of(const struct writer *writer, uint32_t third)
{
    bool strict = writer->refusals.options->approximation == CORDON_STRICTER;
    uint32_t both[] = {writer->otherwise, writer->match};
    int sign = strict ? 1 : -1;
    for (int i = 0; i < 2; i++)
        if (sign * cordon_action_compare(third, both[i]) >= 0)
            return with(at_action(third), both[i]);
    /* it is beyond both: the nearer one moves */
    bool far = sign * cordon_action_compare(both[0], both[1]) > 0;
    return with(at_action(both[far]), third);
}

static void refuse_third(struct writer *writer, uint16_t id, uint32_t answer)
{
    bool exactly = writer->refusals.options->approximation == CORDON_EXACTLY;
    struct cordon_obstacle what =
        exactly || !is_expressible(answer) ? at_action(answer) : obstacle_of(writer, answer);
    refuse(&writer->refusals, what,
           place_of_call(writer->refusals.policy, id, writer->refusals.policy->host->id), NULL,
           is_expressible(answer) ? "a third verdict; all rules have the same action"
                                  : "seccompiler has no such action");
}

static void write_call(struct writer *writer, uint16_t id)
{
    const struct cordon_abi *native = writer->refusals.policy->host;
    const char *why = NULL;
    writer->boxes.count = 0;
    enum cordon_error error =
        boxes_of(&writer->boxes, writer->model,
                 part_of(writer, native->token, cordon_syscall_nr(native, id)), native, false,
                 writer->otherwise, &why);
    if (error == CORDON_E_NO_MEMORY)
        refuse_error(&writer->refusals, error);
    else if (error)
        refuse(&writer->refusals, at_call(id, UINT32_C(1) << native->id),
               place_of_call(writer->refusals.policy, id, native->id), NULL, "%s", why);
    for (uint32_t i = 0; i < writer->boxes.count && !error; i++)
        if (writer->has_match && writer->boxes.list[i].action == writer->match)
            print_rule(writer, id, &writer->boxes.list[i]);
        else
            refuse_third(writer, id, writer->boxes.list[i].action);
}

static void write_thread(struct writer *writer, const char *part)
{
    const struct cordon_abi *native = writer->refusals.policy->host;
    struct cordon_string rules = {.allocator = writer->refusals.policy->arena.allocator};
    struct cordon_sink inner = cordon_string_sink(&rules), *sink = writer->sink;
    writer->sink = &inner;
    find_match(writer);
    for (uint32_t i = 0; i < cordon_syscall_count(native); i++)
        write_call(writer, cordon_syscall_nth(native, i));
    writer->sink = sink;
    if (!writer->has_match) /* there must be one, different from the default */
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
                            .refusals = {policy, options, reporter, CORDON_OK},
                            .boxes = {.allocator = allocator}};
    enum cordon_error error = cordon_model_create(&writer.model, allocator, 0);
    if (!error)
        error = cordon_policy_verdicts(policy, writer.model, NULL, 0, &writer.root, NULL);
    refuse_error(&writer.refusals, error);
    if (!error) {
        writer.root = cordon_model_reduce(writer.model, writer.root);
        find_frame(&writer);
        const struct cordon_abi *native = policy->host;
        gaps_each(writer.model,
                  cordon_model_follow(writer.model, writer.root, CORDON_WORD_ARCH, native->token),
                  native, native->id != CORDON_ABI_X86_64, check_range, &writer);
        write_thread(&writer, options->part);
    }
    boxes_free(&writer.boxes);
    cordon_model_free(writer.model);
    return writer.refusals.error;
}
