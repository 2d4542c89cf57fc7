/* SPDX-License-Identifier: MIT */
/*
 * decompile.h: a decision graph as a policy that a person can read.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_DECOMPILE_H
#define CORDON_DECOMPILE_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/model.h"
#include "cordon/policy.h"

CORDON_BEGIN

/*
 * Makes a policy that means the same as `node`, in plain form: see struct cordon_format. It is
 * printed, read again as the text `name`, and compared before it is handed out; its text is
 * policy->texts[0]. With `abi`, only calls of that ABI's architecture count; NULL: all. `options`
 * may be NULL. Free the policy with cordon_policy_free().
 *
 * CORDON_E_MEANING: the policy language can't express it, *diag (NULL allowed) says what;
 * CORDON_E_BUDGET: it is too complex; CORDON_E_NO_MEMORY. *policy is left alone then.
 */
enum cordon_error cordon_decompile(struct cordon_policy **policy, struct cordon_model *model,
                                   cordon_node node, const struct cordon_abi *abi, const char *name,
                                   const struct cordon_policy_options *options,
                                   struct cordon_diag *diag) CORDON_MUST_CHECK;
/*
 * The same as a person would write it: not in plain form, but with a newer_than statement, if the
 * graph has what one means.
 */
enum cordon_error cordon_decompile_for_people(struct cordon_policy **policy,
                                              struct cordon_model *model, cordon_node node,
                                              const struct cordon_abi *abi, const char *name,
                                              const struct cordon_policy_options *options,
                                              struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
