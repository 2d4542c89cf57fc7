/* SPDX-License-Identifier: MIT */
/*
 * flat.h: rules of tools whose filters only compare numbers and registers.
 *
 * In such a filter a rule about socket doesn't apply to socketcall(SYS_SOCKET), a call of x32 is a
 * number that no rule names, and a comparison may test a register that isn't an argument of the
 * call. A policy's rules mean more than that, so the rules are collected here first and then
 * written without the additional meaning.
 */
#ifndef FORMATS_FLAT_H
#define FORMATS_FLAT_H

#include "cordon/tree.h"

struct flat_rule {
    uint16_t id;          /* CORDON_NO_ID: by number */
    uint32_t first, last; /* numbers */
    uint32_t abis;        /* bit per ABI, 0: all */
    const struct cordon_cond *cond;
    uint32_t action;
    struct cordon_place place;
};

struct flat {
    struct cordon_tree *tree;
    struct flat_rule *rules;
    uint32_t count;
    size_t room;
};

#define FLAT_ALL_ABIS ((UINT32_C(1) << CORDON_ABI_COUNT) - 1)

void flat_begin(struct flat *flat, struct cordon_tree *tree);
/* The first rule that matches decides; an error is the tree's. */
void flat_add(struct flat *flat, const struct flat_rule *rule);
/* Writes the rules into the tree, whose default and bad_arch are already set, and frees the
 * rules. */
void flat_end(struct flat *flat);
/* Frees the rules without writing any. */
void flat_free(struct flat *flat);

#endif
