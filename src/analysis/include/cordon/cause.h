/* SPDX-License-Identifier: MIT */
/*
 * cause.h: what decides a call: a rule of a policy, one of its other statements, or the instruction
 * of a program that returns.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_CAUSE_H
#define CORDON_CAUSE_H

#include "cordon/api.h"
#include "cordon/compile.h"

CORDON_BEGIN

enum cordon_cause_kind {
    CORDON_CAUSE_INSTRUCTION, /* the policy isn't known */
    CORDON_CAUSE_RULE,
    CORDON_CAUSE_DEFAULT,  /* no rule matches */
    CORDON_CAUSE_BAD_ARCH, /* the policy isn't for the call's architecture */
    CORDON_CAUSE_NEWER,    /* the call is newer than the policy */
    CORDON_CAUSE_TOOL      /* a rule that isn't in the text: the tool that reads it adds it */
};

struct cordon_cause {
    enum cordon_cause_kind kind;
    bool in_text;              /* false: a built-in value, a tool's rule, or an instruction */
    const char *origin;        /* TOOL: what adds the rule, and for what; else NULL */
    struct cordon_place place; /* of the rule or statement */
    const char *line;          /* its text, without newline; borrowed from the policy; NULL: none */
    uint32_t line_length;
    uint32_t insn; /* index of the instruction; CORDON_NO_INSN: none */
};

/* The policy was compiled with a reporter, so that its deciders are known (compile.h). */
struct cordon_cause cordon_policy_cause(const struct cordon_compiled *compiled,
                                        const struct cordon_data *data);
/* A program of no instructions has no cause. */
struct cordon_cause cordon_program_cause(const struct cordon_program *program,
                                         const struct cordon_data *data);
/* "rule", "default", "bad_arch", "newer_than", "tool", "instruction". */
const char *cordon_cause_name(enum cordon_cause_kind kind);
/* The same as reports have it: "no rule matches: the default". */
const char *cordon_cause_text(enum cordon_cause_kind kind);
/* "p.cordon:3:7: rule"; `name` is that of the policy. */
void cordon_cause_print(struct cordon_sink *sink, const struct cordon_cause *cause,
                        const char *name);

CORDON_END

#endif
