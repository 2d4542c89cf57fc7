/* SPDX-License-Identifier: MIT */
/*
 * decompile.h: a filter as a policy that a person can read.
 *
 * Thread safety: functions of their arguments; a graph belongs to one thread.
 */
#ifndef CORDON_DECOMPILE_H
#define CORDON_DECOMPILE_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/diag.h"
#include "cordon/model.h"
#include "cordon/sink.h"

CORDON_BEGIN

/*
 * Writes a policy that means the same as `node` into *text (freed with cordon_string_free()). It
 * was read again and compared before it is handed out. With `abi`, only calls of that ABI's
 * architecture count; NULL: all. MEANING: the policy language can't say it, *diag says what.
 */
enum cordon_error cordon_decompile(struct cordon_string *text, struct cordon_model *model,
                                   cordon_node node, const struct cordon_abi *abi,
                                   struct cordon_diag *diag) CORDON_MUST_CHECK;

CORDON_END

#endif
