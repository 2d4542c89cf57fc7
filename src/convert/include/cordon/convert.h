/* SPDX-License-Identifier: MIT */
/*
 * convert.h: policies and filters in the format of another tool, proven.
 *
 * What was written is read again as the target's own tool reads it and compared with the original
 * over all calls. Where the format can't express the original the conversion is refused, with a
 * refusal for each rule responsible; or, if requested, answers are moved to one side until
 * the format can express them. The nearest policy answers every call alike that has a name on the
 * ABIs of the source; elsewhere it denies everything that the source denies.
 *
 * Thread safety: functions of their arguments; a conversion belongs to one thread.
 */
#ifndef CORDON_CONVERT_H
#define CORDON_CONVERT_H

#include "cordon/input.h"
#include "cordon/obstacles.h"

CORDON_BEGIN

struct cordon_convert_options {
    const struct cordon_format *to; /* one that is written */
    enum cordon_approximation approximation;
    /* How the target's tool reads what was written, and with which allocator everything is made. */
    struct cordon_format_options format;
    /*
     * The ABIs that a policy is converted for, in place of its own (0: its own). A program is
     * converted for the first one; a text that names no machine is read again as for these.
     */
    const enum cordon_abi_id *abis;
    uint32_t abi_count;
    size_t model_cap; /* memory for graphs; 0: 256 MiB */
};

enum cordon_refusal_kind {
    CORDON_REFUSED,          /* the format can't express it */
    CORDON_REFUSED_MOVED,    /* the same, and the answers there were moved */
    CORDON_REFUSED_STRICTER, /* nor anything stricter */
    CORDON_REFUSED_LOOSER,   /* nor anything looser */
    CORDON_REFUSED_NEAREST   /* and it is about calls that have a name */
};

#define CORDON_REFUSAL_CALLS 6u

/* Something that a format can't express of one rule. */
struct cordon_refusal {
    enum cordon_refusal_kind kind;
    struct cordon_obstacle what; /* `place` is in the source; line 0: the source as a whole */
    uint16_t calls[CORDON_REFUSAL_CALLS]; /* the first of the calls that it is about */
    uint32_t call_count;                  /* all of them */
    uint32_t gap_count;                   /* ranges of numbers that no call has, for one reason */
    uint16_t last_call;                   /* the call that was counted last */
    bool by_comparison;  /* the writer missed it: what it wrote was read as something else */
    uint32_t more_rules; /* responsible too, without a refusal of their own */
};

enum cordon_conversion_answer {
    CORDON_CONVERTED_EQUAL,
    CORDON_CONVERTED_STRICTER,
    CORDON_CONVERTED_LOOSER,
    CORDON_CONVERTED_NEAREST, /* equal for all calls that have a name on an ABI of the source */
    CORDON_CONVERSION_REFUSED
};

struct cordon_conversion {
    enum cordon_conversion_answer answer;
    struct cordon_string text;       /* in the target's format; empty if refused */
    struct cordon_refusal *refusals; /* in the order of the source's lines, for each kind */
    uint32_t refusal_count;
    size_t refusal_room;
    uint32_t refusals_omitted;
    /* For a closer look at the difference; valid unless refused: */
    struct cordon_model *model;
    cordon_node original, converted;    /* leaves: filter return values */
    const struct cordon_policy *source; /* whose texts have the refusals' places */
    struct cordon_policy *plain_source; /* the source of a program: its plain form; else NULL */
    const struct cordon_allocator *allocator;
};

/*
 * Converts an input, which stays borrowed by the result if it is a policy. Refusals are reported
 * (reporter NULL: dropped) and kept; a refusal is a result, not an error.
 *
 * FORMAT: options->to can only be read; BUDGET: a graph is too complex, or it cannot be decided
 * whether the result is equivalent; MEANING: the policy language can't express a program;
 * NO_MEMORY; the errors of cordon_policy_build(). They are reported, and *conversion is untouched
 * then. Free it with cordon_conversion_free().
 */
enum cordon_error cordon_convert(struct cordon_conversion *conversion,
                                 const struct cordon_input *input,
                                 const struct cordon_convert_options *options,
                                 struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/*
 * Prints a line for each difference of a conversion: "x86_64: numbers 0x151 to 0x1a7: errno(ENOSYS)
 * instead of kill_process". NO_MEMORY, BUDGET: the lines aren't all.
 */
enum cordon_error
cordon_conversion_print_differences(struct cordon_sink *sink,
                                    const struct cordon_conversion *conversion) CORDON_MUST_CHECK;
void cordon_conversion_free(struct cordon_conversion *conversion); /* also of a zeroed one */

CORDON_END

#endif
