/* SPDX-License-Identifier: MIT */
/* cause.c: finds the rule or instruction that decides a call. */
#include "cordon/cause.h"

static enum cordon_cause_kind kind_of(uint32_t decider)
{
    switch (decider) {
    case CORDON_BY_DEFAULT:
        return CORDON_CAUSE_DEFAULT;
    case CORDON_BY_BAD_ARCH:
        return CORDON_CAUSE_BAD_ARCH;
    case CORDON_BY_NEWER:
        return CORDON_CAUSE_NEWER;
    default:
        return CORDON_CAUSE_RULE;
    }
}

struct cordon_cause cordon_policy_cause(const struct cordon_compiled *compiled,
                                        const struct cordon_data *data)
{
    uint32_t decider = cordon_model_evaluate(compiled->model, compiled->meaning.deciders, data);
    struct cordon_fallback statement = cordon_policy_decider(compiled->policy, decider);
    struct cordon_cause cause = {.kind = kind_of(decider),
                                 .in_text = statement.in_text && statement.place.line,
                                 .origin = statement.origin,
                                 .place = statement.place,
                                 .insn = CORDON_NO_INSN};
    if (cause.origin)
        cause.kind = CORDON_CAUSE_TOOL;
    if (cause.in_text)
        cause.line = cordon_policy_line(compiled->policy, cause.place, &cause.line_length);
    return cause;
}

struct cordon_cause cordon_program_cause(const struct cordon_program *program,
                                         const struct cordon_data *data)
{
    uint32_t path[CORDON_MAX_INSNS];
    struct cordon_cause cause = {.insn = CORDON_NO_INSN};
    if (program->length)
        cause.insn = path[cordon_program_trace(program, data, path, CORDON_MAX_INSNS).steps - 1];
    return cause;
}

const char *cordon_cause_name(enum cordon_cause_kind kind)
{
    static const char *const names[] = {
        [CORDON_CAUSE_INSTRUCTION] = "instruction", [CORDON_CAUSE_RULE] = "rule",
        [CORDON_CAUSE_DEFAULT] = "default",         [CORDON_CAUSE_BAD_ARCH] = "bad_arch",
        [CORDON_CAUSE_NEWER] = "newer_than",        [CORDON_CAUSE_TOOL] = "tool"};
    return names[kind];
}

const char *cordon_cause_text(enum cordon_cause_kind kind)
{
    static const char *const texts[] = {
        [CORDON_CAUSE_INSTRUCTION] = "filter",
        [CORDON_CAUSE_RULE] = "rule",
        [CORDON_CAUSE_DEFAULT] = "no rule matches: the default",
        [CORDON_CAUSE_BAD_ARCH] = "the policy is not for this architecture: bad_arch",
        [CORDON_CAUSE_NEWER] = "the call is newer than the policy: newer_than",
        [CORDON_CAUSE_TOOL] = "a rule that isn't in the policy"};
    return texts[kind];
}

void cordon_cause_print(struct cordon_sink *sink, const struct cordon_cause *cause,
                        const char *name)
{
    cordon_sink_text(sink, cause->in_text ? cause->place.file : name);
    if (cause->in_text) {
        cordon_sink_text(sink, ":");
        cordon_sink_decimal(sink, cause->place.line);
        cordon_sink_text(sink, ":");
        cordon_sink_decimal(sink, cause->place.column);
    }
    cordon_sink_text(sink, ": ");
    cordon_sink_text(sink, cause->origin && !cause->in_text ? cause->origin
                                                            : cordon_cause_name(cause->kind));
    cordon_sink_text(sink, cause->in_text ? "" : ", not in the policy");
}
