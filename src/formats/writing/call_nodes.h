/* SPDX-License-Identifier: MIT */
/* call_nodes.h: the nodes of all calls of an ABI in a graph. */
#ifndef FORMATS_CALL_NODES_H
#define FORMATS_CALL_NODES_H

#include "cordon/abi.h"
#include "cordon/model.h"

/*
 * The node of each call of an ABI, by id (cordon_syscall_id_count() of them); CORDON_NODE_NONE: it
 * has no such call. `part` is the part of a graph for its architecture.
 */
void call_nodes_find(const struct cordon_model *model, cordon_node part,
                     const struct cordon_abi *abi, cordon_node *nodes);

#endif
