/* SPDX-License-Identifier: MIT */
/*
 * written.h: for writers whose format has special lines for what policies express by conditions.
 * Such a line may be written if the policy denies everything that the line denies. The written text
 * is read again and compared.
 */
#ifndef FORMATS_WRITTEN_H
#define FORMATS_WRITTEN_H

#include "cordon/compare.h"
#include "plain.h"
#include "room.h"

struct written {
    struct plain plain;
    read_fn *read;
    const char *tool; /* its name, for messages */
    struct cordon_policy
        shown; /* the policy, except for defaults of single ABIs: `plain` has the same rules */
    struct cordon_model *model;
    cordon_node wanted; /* the meaning of the policy */
    cordon_node made;   /* the meaning of the text, set by written_is_whole() */
    enum cordon_error error;
};

/* False: it can't be built, or there is no memory; written_end() returns the error. */
bool written_begin(struct written *written, const struct cordon_policy *policy,
                   const struct cordon_format_options *options, struct cordon_reporter *reporter);
enum cordon_error written_end(struct written *written, struct cordon_sink *sink);

/* Does the policy deny everything that this text (pieces of it, NULL after the last) denies? */
bool written_is_implied(struct written *written, const char *const pieces[]);
/* The policy's verdict for a call with this first argument. */
uint32_t written_answer(struct written *written, const struct cordon_abi *abi, uint32_t nr,
                        uint32_t argument);
/* All verdicts for a number. */
struct written_answers {
    uint32_t strictest, loosest;
    bool any;
};
struct written_answers written_answers(struct written *written, const struct cordon_abi *abi,
                                       uint32_t nr);
/* Does the text written so far mean the same as the policy? */
bool written_is_whole(struct written *written, struct cordon_data *witness);
/* Refuses the part that isn't written, with a call that shows it. */
void written_refuse(struct written *written, const struct cordon_data *witness);
/* Refuses because of a line that was written for the call, and that means too much for other
 * calls. */
void written_refuse_line(struct written *written, const struct cordon_data *witness, uint32_t abis,
                         struct cordon_place place);
/*
 * Refuses each rule of a call for which `inexpressible` returns a text, on these ABIs. False: there
 * was none, and no other error.
 */
bool written_refuse_rules(struct written *written, uint32_t abis,
                          const char *(*inexpressible)(void *context,
                                                       const struct cordon_rule *rule),
                          void *context);
/* The id of a call, or CORDON_NO_ID. */
uint16_t written_call(const struct cordon_data *data);

/* Is it stricter than any action that executes the call? */
bool written_is_denial(uint32_t action);
/* The name of an error, or its number. */
void written_error(struct cordon_sink *sink, uint32_t action);
/* The id of each word in a list of calls. */
bool written_next_call(const char **calls, uint16_t *id);

#endif
