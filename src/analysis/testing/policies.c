/* SPDX-License-Identifier: MIT */
/* policies.c: makes graphs of policies, for tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "policies.h"

cordon_node graph_of_policy(struct cordon_model *model, const char *text)
{
    struct cordon_policy *policy;
    cordon_node node;
    assert_int_equal(cordon_policy_read(&policy, text, strlen(text), "test", NULL, NULL),
                     CORDON_OK);
    enum cordon_error error = cordon_policy_verdicts(policy, model, NULL, 0, &node, NULL);
    assert_true(error == CORDON_OK || error == CORDON_E_NO_MEMORY);
    if (error)
        node = CORDON_NODE_NONE;
    cordon_policy_free(policy);
    return node;
}
