/* SPDX-License-Identifier: MIT */
/*
 * difference.h: the calls that two decisions answer differently, with both answers, the condition
 * and a call that shows it. compare.h only decides whether there is a difference at all.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_DIFFERENCE_H
#define CORDON_DIFFERENCE_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/compare.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* Calls that a difference is about: one named call, or a range of numbers. */
struct cordon_region {
    const struct cordon_abi *abi; /* NULL: the architectures arch … last_arch, which have no ABI */
    uint32_t arch, last_arch;     /* tokens, AUDIT_ARCH_* */
    uint32_t first, last;         /* numbers, as filters see them */
    uint16_t id;                  /* of the named call; CORDON_NO_ID: a range */
    bool rest;                    /* only the numbers of the range that no other region names */
};

/* "openat", "number 5000", "numbers 0x1 to 0x2", "other numbers", "any call". */
void cordon_region_print(struct cordon_sink *sink, const struct cordon_region *region);

/* One difference. Everything is borrowed during the callback. */
struct cordon_difference {
    const struct cordon_region *regions; /* all of one ABI, in the order of their numbers */
    uint32_t region_count;
    uint32_t abis; /* bit per ABI whose calls all differ in this way; 0: the regions are all */
    const char *condition; /* as in the brackets of a rule; "": whatever the arguments */
    /*
     * A call of the first region that shows the difference. NULL: none was found, but the filters
     * compute with arguments, so one may exist.
     */
    const struct cordon_data *witness;
    uint32_t a, b; /* the answers to the witness */
    bool example;  /* the pairs of verdicts beyond those that fit in memory, as one */
};

/* The names of the first `most` regions, and how many there are beyond them. */
void cordon_difference_print_regions(struct cordon_sink *sink,
                                     const struct cordon_difference *difference, uint32_t most);

/* The difference as lines of text: its first `most` calls, both answers, the condition, a call. */
void cordon_difference_print(struct cordon_sink *sink, const struct cordon_difference *difference,
                             uint32_t most);

struct cordon_difference_options {
    bool subset;                    /* only calls for which A is more permissive than B */
    const enum cordon_abi_id *abis; /* only calls of these ABIs; … */
    uint32_t abi_count;             /* … 0: all calls of all architectures */
    bool join_abis;                 /* ABIs whose calls all differ in one way are one difference */
    uint32_t per_abi; /* differences of one ABI that are listed; 0: no limit. The rest is counted */
    const struct cordon_allocator *allocator; /* NULL: libc */
};

struct cordon_difference_listener {
    void (*difference)(void *context, const struct cordon_difference *difference);
    /* After the last difference of an ABI (NULL: no ABI): the regions beyond per_abi. May be NULL.
     */
    void (*omitted)(void *context, const struct cordon_abi *abi, uint32_t regions);
    void *context;
};

struct cordon_difference_summary {
    enum cordon_answer answer; /* YES: equal, or a subset */
    uint32_t found;            /* differences with a witness; 1 or more if the answer is NO */
    uint32_t undecided;        /* differences without one, and reached limits */
    uint32_t omitted;          /* regions beyond per_abi */
    enum cordon_error limit;   /* BUDGET or NO_MEMORY: the graph could not grow; OK: it sufficed */
};

/*
 * Reports each difference between a and b, leaves being filter return values, and fills *summary.
 * Neither options, whose members may all be 0, nor listener may be NULL.
 * NO_MEMORY: the differences could not be listed; *summary is untouched.
 */
enum cordon_error cordon_differences(struct cordon_model *model, cordon_node a, cordon_node b,
                                     const struct cordon_difference_options *options,
                                     const struct cordon_difference_listener *listener,
                                     struct cordon_difference_summary *summary) CORDON_MUST_CHECK;

CORDON_END

#endif
