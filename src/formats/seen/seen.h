/* SPDX-License-Identifier: MIT */
/*
 * seen.h: calls that were seen, each kind once, and the policy that allows exactly those. Readers
 * of traces and records add calls; the memory is bounded by the number of existing calls, not by
 * the text.
 *
 * Errors are recorded in the tree.
 */
#ifndef FORMATS_SEEN_H
#define FORMATS_SEEN_H

#include "cordon/tree.h"

struct seen_call {
    enum cordon_abi_id abi;
    uint32_t nr; /* as filters see it */
    uint32_t known;
    uint64_t value[CORDON_ARGS]; /* of the arguments with a bit in `known` */
    struct cordon_place place;   /* of the first such call */
};

struct seen {
    struct cordon_tree *tree;
    bool with_arguments; /* flags and enums become conditions */
    struct seen_call *calls;
    size_t room;
    uint32_t count;
    uint32_t *slots; /* hash table of indexes + 1 */
    uint32_t slot_count;
    uint16_t *ways; /* by named call and ABI: the number of different combinations */
    uint32_t nameless;
};

/* `part`: NULL or "" for calls only, or "arguments"; another is an error. */
void seen_begin(struct seen *seen, struct cordon_tree *tree, const char *part);
/* The arguments that would become conditions, as bits. */
uint32_t seen_wants(const struct seen *seen, const struct cordon_abi *abi, uint16_t id);
void seen_add(struct seen *seen, const struct seen_call *call);
/* The number of a call by its name; CORDON_NO_NR: reported. */
uint32_t seen_number(struct cordon_tree *tree, const struct cordon_abi *abi, const char *name,
                     size_t length, struct cordon_place place, const char *hint);
/* Adds a call without arguments, by its name; an unknown one is an error. */
void seen_add_named(struct seen *seen, const struct cordon_abi *abi, const char *name,
                    size_t length, struct cordon_place place);
/* Makes the rules, and frees the calls. It is an error if there are none. */
void seen_end(struct seen *seen);

/* Is it a number that no call has? Then a warning says that it is passed over. */
bool seen_is_skip(struct cordon_tree *tree, struct cordon_place place, uint64_t nr);
/* Parses a value as tracers print it: O_RDONLY|O_CLOEXEC, 0x5401 or -1; false: unknown. */
bool seen_value(const struct cordon_abi *abi, const char *text, size_t length, uint64_t *value);

#endif
