/* SPDX-License-Identifier: MIT */
/*
 * input.h: reads any text: a policy in one of the formats (formats.h), or a program in one of the
 * forms in which tools save and print them (programs.h).
 *
 * A text that begins like a program is one, everything else is a policy, whose format is detected
 * from its content. The caller passes bytes: only the policy's loader opens files.
 *
 * Thread safety: functions of their arguments. An input is constant once it is read; its graph is
 * made in a model of the caller's.
 */
#ifndef CORDON_INPUT_H
#define CORDON_INPUT_H

#include "cordon/check.h"
#include "cordon/compile.h"
#include "cordon/formats.h"
#include "cordon/programs.h"

CORDON_BEGIN

struct cordon_input_options {
    const struct cordon_format *from; /* the format of a policy; NULL: detected */
    struct cordon_format_options format;
    /*
     * What a policy is compiled for; 0: its own ABIs. The first is also the one whose names and
     * byte order a program is read with.
     */
    const enum cordon_abi_id *abis;
    uint32_t abi_count;
    const struct cordon_weights *weights; /* NULL: kernel-cache */
    bool uncompiled;                      /* a policy is only read */
    const char *rules; /* statements in front of a policy's own (cordon_policy_put_first());
                          NULL: none. A program has no rules: MEANING */
};

enum cordon_input_kind { CORDON_INPUT_POLICY, CORDON_INPUT_PROGRAM };

struct cordon_input {
    enum cordon_input_kind kind;
    const char *name;                 /* borrowed: as it was given */
    struct cordon_policy *policy;     /* of a policy */
    struct cordon_compiled compiled;  /* of a policy, unless uncompiled; of a joined stack */
    struct cordon_owned_program read; /* of a single program */
    struct cordon_program program;    /* verified; of a policy that isn't compiled: empty */
    bool big_endian;                  /* the byte order of the machine that the program is for */
    uint32_t abi_count;               /* of a compiled policy: the ABIs that it was compiled for */
    enum cordon_abi_id abis[CORDON_ABI_COUNT];
};

/* What a text is detected as; both NULL: two formats claim it. */
struct cordon_input_kinds {
    const struct cordon_program_form *program; /* NULL: it is a policy */
    const struct cordon_format *policy;        /* NULL: it is a program */
    const struct cordon_format *claims[2];     /* by two formats */
};

struct cordon_input_kinds cordon_input_detect(const char *text, size_t length, const char *name);

/*
 * Reads a text. `text` NULL: the built-in policy `name` ("@stdio"). options NULL: defaults. FORMAT:
 * two formats claim it; else the errors of cordon_program_read(), the format's reader and
 * cordon_compile(). On failure everything is reported (reporter NULL: nothing is) and *input is
 * untouched; else free it with cordon_input_free().
 */
enum cordon_error cordon_input_read(struct cordon_input *input, const char *text, size_t length,
                                    const char *name, const struct cordon_input_options *options,
                                    struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/*
 * A stack of filters, the oldest first, as one input: a single one is copied, several are joined
 * into one program. For machines of this one's byte order.
 */
enum cordon_error cordon_input_stack(struct cordon_input *input, const struct cordon_program *stack,
                                     uint32_t count, const char *name,
                                     struct cordon_diag *diag) CORDON_MUST_CHECK;
void cordon_input_free(struct cordon_input *input); /* also of a zeroed one */

/*
 * What an input means, as a graph of filter return values in `model`. A policy is built for the
 * ABIs given (0: its own).
 */
enum cordon_error cordon_input_graph(const struct cordon_input *input, struct cordon_model *model,
                                     const enum cordon_abi_id *abis, uint32_t abi_count,
                                     cordon_node *node, struct cordon_diag *diag) CORDON_MUST_CHECK;

/* One line: name, kind, size. "app.json: policy, 4 rules, x86_64, 31 instructions" */
void cordon_input_print(struct cordon_sink *sink, const struct cordon_input *input);
/* Reports the lints of severity `least` and above that check.h has about a compiled input. */
enum cordon_error cordon_input_check(const struct cordon_input *input, enum cordon_severity least,
                                     struct cordon_reporter *reporter) CORDON_MUST_CHECK;

CORDON_END

#endif
