/* SPDX-License-Identifier: MIT */
/* policies.h: graphs and programs of policies, for tests. */
#ifndef ANALYSIS_TESTING_POLICIES_H
#define ANALYSIS_TESTING_POLICIES_H

#include "cordon/compile.h"

/* The policy's graph in `model`; CORDON_NODE_NONE if there isn't enough memory. */
cordon_node graph_of_policy(struct cordon_model *model, const char *text);

#endif
