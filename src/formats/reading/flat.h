/* SPDX-License-Identifier: MIT */
/*
 * flat.h: rules of tools whose filters compare numbers and registers and know nothing else.
 *
 * In such a filter a rule about socket says nothing about socketcall(SYS_SOCKET), a call of x32 is
 * a number that no rule names, and a comparison may ask for a register that isn't an argument of
 * the call. A policy's rules mean more than that, so they are gathered here first and then written
 * so that they don't.
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

/* The ABIs that have the call. */
uint32_t flat_abis_with(uint16_t id);

void flat_begin(struct flat *flat, struct cordon_tree *tree);
/* The first rule that matches decides; an error is the tree's. */
void flat_add(struct flat *flat, const struct flat_rule *rule);
/* Writes the rules into the tree, whose default and bad_arch are already set, and frees them. */
void flat_end(struct flat *flat);
/* Frees them, writing nothing. */
void flat_free(struct flat *flat);

#endif
