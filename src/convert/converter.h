/* SPDX-License-Identifier: MIT */
/* converter.h: a conversion under way. */
#ifndef CONVERT_CONVERTER_H
#define CONVERT_CONVERTER_H

#include "cordon/convert.h"

struct converter {
    const struct cordon_input *input;
    const struct cordon_convert_options *options;
    struct cordon_reporter *reporter; /* never NULL */
    struct cordon_reporter silent;    /* in place of none */
    const struct cordon_allocator *allocator;
    struct cordon_conversion result;

    const char *name;                /* of the source, in messages */
    struct cordon_string plain_name; /* of plain forms */
    cordon_node deciders;            /* who decides what the source means */
    cordon_node wanted;              /* what is to be written: the original, or near to it */
    struct cordon_policy *plain;     /* the same in plain form */
    struct cordon_policy *again;     /* what was written, read again */
    struct cordon_obstacles obstacles;
    bool compared; /* the obstacle was found by comparing: the writer should have refused it */
    enum cordon_error error; /* the first one; reported */
};

/* converter.c: an error about the source as a whole; the first is reported and kept. */
void converter_error(struct converter *converter, enum cordon_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * refusals.c: a refusal for each obstacle and each rule responsible; with STRICTER and LOOSER only
 * those that are stuck, if any is.
 */
void refuse_obstacles(struct converter *converter, enum cordon_refusal_kind kind);

/* witness.c: does a policy speak of an architecture? */
bool has_arch(const struct cordon_policy *policy, uint32_t token);
/* Makes a call by which what was written differs the only obstacle; `answer` is what it gets. */
void note_witness(struct converter *converter, const struct cordon_data *witness, uint32_t answer);

#endif
