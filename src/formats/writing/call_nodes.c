/* SPDX-License-Identifier: MIT */
/* call_nodes.c: finds the node of each call. Calls and edges both ascend by number, so they are
 * walked in step. */
#include "call_nodes.h"

void call_nodes_find(const struct cordon_model *model, cordon_node part,
                     const struct cordon_abi *abi, cordon_node *nodes)
{
    struct cordon_view view = cordon_model_view(model, part);
    struct cordon_edge whole = {UINT32_MAX, part};
    const struct cordon_edge *edge = &whole;
    const uint16_t *ids = cordon_syscall_ids(abi);
    const uint32_t *numbers = cordon_syscall_numbers(abi);
    uint32_t count = cordon_syscall_count(abi), known = cordon_syscall_id_count();
    if (!view.is_leaf && view.term == CORDON_WORD_NR && view.mask == UINT32_MAX)
        edge = view.edges;
    for (uint32_t id = 0; id < known; id++)
        nodes[id] = CORDON_NODE_NONE;
    for (uint32_t i = 0; i < count; i++) {
        while (edge->last < numbers[ids[i]])
            edge++;
        nodes[ids[i]] = edge->to;
    }
}
