/* SPDX-License-Identifier: MIT */
/* converter.h: the state of a running conversion. */
#ifndef CONVERT_CONVERTER_H
#define CONVERT_CONVERTER_H

#include "cordon/convert.h"

struct converter {
    const struct cordon_input *input;
    const struct cordon_convert_options *options;
    struct cordon_reporter *reporter; /* never NULL */
    struct cordon_reporter silent;    /* used if the caller gives none */
    const struct cordon_allocator *allocator;
    struct cordon_conversion result;

    const char *name;                /* of the source, in messages */
    struct cordon_string plain_name; /* of plain forms */
    cordon_node deciders;            /* the deciders of the source */
    cordon_node named;               /* 1 for calls that have a name on its ABIs, else 0 */
    cordon_node wanted;              /* the verdicts to be written: the original, or near it */
    struct cordon_policy *plain;     /* the same in plain form */
    struct cordon_policy *again;     /* the written text, read again */
    struct cordon_obstacles obstacles;
    bool has_default; /* the second try: the nearest with the source's default */
    bool compared;    /* the obstacle was found by comparing; the writer should have refused it */
    enum cordon_error error; /* the first error; reported */
};

/* converter.c: an error about the source as a whole; the first one is reported and kept. */
void converter_error(struct converter *converter, enum cordon_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * refusals.c: a refusal for each obstacle and each rule responsible; with STRICTER and LOOSER only
 * those that are stuck, if there are any.
 */
void refuse_obstacles(struct converter *converter, enum cordon_refusal_kind kind);

/* witness.c: has the policy rules for the architecture? */
bool has_arch(const struct cordon_policy *policy, uint32_t token);
/* Makes a call that shows a difference the only obstacle; `answer` is the call's answer in the
 * written text. */
void note_witness(struct converter *converter, const struct cordon_data *witness, uint32_t answer);

#endif
