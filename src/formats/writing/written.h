/* SPDX-License-Identifier: MIT */
/*
 * written.h: for writers whose format says in lines of its own what policies say in conditions:
 * such a line may be written where the policy already denies all that it denies. What was written
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
        shown; /* the policy, but for defaults of single ABIs: `plain` shows this */
    struct cordon_model *model;
    cordon_node wanted; /* what the policy means */
    cordon_node made;   /* what the text means: written_is_whole() sets it */
    enum cordon_error error;
};

/* False: it can't be built, or there is no memory; written_end() tells. */
bool written_begin(struct written *written, const struct cordon_policy *policy,
                   const struct cordon_format_options *options, struct cordon_reporter *reporter);
enum cordon_error written_end(struct written *written, struct cordon_sink *sink);

/* Does the policy deny all that this text (pieces of it, NULL after the last) denies? */
bool written_is_implied(struct written *written, const char *const pieces[]);
/* What the policy answers to a call with this first argument. */
uint32_t written_answer(struct written *written, const struct cordon_abi *abi, uint32_t nr,
                        uint32_t argument);
/* All that is answered to a number. */
struct written_answers {
    uint32_t strictest, loosest;
    bool any;
};
struct written_answers written_answers(struct written *written, const struct cordon_abi *abi,
                                       uint32_t nr);
/* Is what was written until now the whole policy? */
bool written_is_whole(struct written *written, struct cordon_data *witness);
/* Refuses for what isn't: the call that shows it. */
void written_refuse(struct written *written, const struct cordon_data *witness);
/* Refuses for a line of its own that was written for the call, and says too much of it elsewhere.
 */
void written_refuse_line(struct written *written, const struct cordon_data *witness, uint32_t abis,
                         struct cordon_place place);
/*
 * Refuses each rule of a call that `unsaid` has a text for, on these ABIs. False: there was none,
 * and no other error.
 */
bool written_refuse_rules(struct written *written, uint32_t abis,
                          const char *(*unsaid)(void *context, const struct cordon_rule *rule),
                          void *context);
/* The id of a call, or CORDON_NO_ID. */
uint16_t written_call(const struct cordon_data *data);

/* Stricter than letting the call happen? */
bool written_is_denial(uint32_t action);
/* The name of an error, or its number. */
void written_error(struct cordon_sink *sink, uint32_t action);
/* Each word of a list of calls, as its id. */
bool written_next_call(const char **calls, uint16_t *id);

#endif
