/* SPDX-License-Identifier: MIT */
/*
 * describe.h: the conditions of a graph on the arguments of one call, in the policy language.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_DESCRIBE_H
#define CORDON_DESCRIBE_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/model.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* The part of a graph for one architecture (a token, AUDIT_ARCH_*), and for one call of it. */
cordon_node cordon_part_of_arch(struct cordon_model *model, cordon_node node, uint32_t arch);
cordon_node cordon_part(struct cordon_model *model, cordon_node node, uint32_t arch, uint32_t nr);

/* One path through the part of one call, from its first test to a leaf. */
struct cordon_way {
    cordon_node leaf;
    const char *condition; /* as in the brackets of a rule; "": always. Borrowed */
    bool is_expressible;   /* the policy language can express it */
};

enum {
    CORDON_DESCRIBE_NUMBERS = 1, /* no names of constants */
    CORDON_DESCRIBE_NOT_0 = 2,   /* only the paths to leaves other than 0 */
};

/*
 * Calls way() for each path; paths to one leaf that differ in only one set of values are joined.
 * id: the call, or CORDON_NO_ID. It ends early, with BUDGET, after `limit` ways, and when way()
 * returns false.
 */
enum cordon_error cordon_describe(struct cordon_model *model, cordon_node node,
                                  const struct cordon_abi *abi, uint16_t id, unsigned flags,
                                  uint32_t limit,
                                  bool (*way)(void *context, const struct cordon_way *way),
                                  void *context) CORDON_MUST_CHECK;

/* The name of a word on an ABI: "nr", "arch", "ip low", "arg0 high". */
void cordon_word_print(struct cordon_sink *sink, const struct cordon_abi *abi, unsigned word);
/* The test of a node: "arg1 low & 0x3", with words named as above. */
void cordon_test_print(struct cordon_sink *sink, const struct cordon_model *model,
                       const struct cordon_abi *abi, cordon_term term, uint32_t mask);

CORDON_END

#endif
