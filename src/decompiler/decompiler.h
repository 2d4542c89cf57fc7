/* SPDX-License-Identifier: MIT */
/* decompiler.h: the state of a decompilation, shared by its parts. */
#ifndef ASK_DECOMPILER_H
#define ASK_DECOMPILER_H

#include "cordon/decompile.h"

#define MAX_MULTIPLEXERS 2u /* socketcall, ipc */

struct decompiler {
    struct cordon_model *model;
    cordon_node root;
    const struct cordon_abi *only;
    unsigned flags;
    uint32_t by_default, bad_arch;
    uint32_t abis;                          /* bit per ABI that the policy names */
    uint32_t own_default[CORDON_ABI_COUNT]; /* by ABI: the verdict of its unknown numbers */
    cordon_node parts[CORDON_ABI_COUNT];    /* by ABI: the graph of its token */
    uint32_t local;                         /* the default of the rules being printed */
    uint16_t
        newer_than; /* calls of later versions have the verdict `newer`; 0: no such statement */
    uint32_t newer;
    struct cordon_sink sink;
    const struct cordon_abi *abi; /* the current one */
    uint16_t id;
    uint32_t nr_first, nr_last;
    uint32_t rest; /* the verdict of the rule without condition */
    uint32_t ways; /* number of rules with conditions */
    uint16_t multiplexers[MAX_MULTIPLEXERS];
    uint32_t multiplexer_count; /* of the current ABI */
    bool indented;              /* rules are in a block */
    bool has_groups;            /* lists name groups */
    bool shares_blocks;         /* equal blocks are printed once */
    enum cordon_error error;
    struct cordon_diag *diag;
};

/* Sets the error; always false. */
bool decompile_refuse(struct decompiler *decompiler, enum cordon_error why, const char *what);
/* The same, with the model's status. */
bool decompile_model_failed(struct decompiler *decompiler);
bool is_verdict(const struct cordon_model *model, cordon_node node, uint32_t *value);

/* decompile_frame.c: the graph of a call that the ABI has. */
cordon_node node_of_call(struct decompiler *decompiler, const struct cordon_abi *abi, uint16_t id);

/* Chooses the ABIs to name, and the verdict of the rest; false: refused. */
bool find_frame(struct decompiler *decompiler);
/* Finds a default and a newer_than statement instead of the default alone; false: there is none. */
bool find_newer(struct decompiler *decompiler);
/* The verdict without a rule of a call, or of numbers from `first` on that no call has. */
uint32_t default_of_call(const struct decompiler *decompiler, const struct cordon_abi *abi,
                         uint16_t id);
uint32_t default_of_numbers(const struct decompiler *decompiler, uint32_t first);

#endif
