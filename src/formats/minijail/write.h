/* SPDX-License-Identifier: MIT */
/* write.h: conditions in disjunctive form (dnf.c), for the writer. */
#ifndef FORMATS_MINIJAIL_WRITE_H
#define FORMATS_MINIJAIL_WRITE_H

#include "plain.h"

enum dnf_op { DNF_EQ, DNF_NE, DNF_LE, DNF_GE, DNF_BITS, DNF_IN };

struct dnf_atom {
    unsigned argument;
    enum dnf_op op;
    uint64_t value;
};

struct dnf_clause {
    struct dnf_atom *atoms;
    uint32_t count; /* 0: always */
};

/* Any of the clauses; none: never. */
struct dnf {
    struct dnf_clause *clauses;
    uint32_t count, room;
};

struct dnf_builder {
    struct plain *plain;
    const struct cordon_abi *abi;
    uint16_t id;
    uint32_t atoms;
    bool refused;
    struct cordon_place place;
};

struct dnf dnf_of(struct dnf_builder *builder, const struct cordon_cond *cond, bool negated);

#endif
