/* SPDX-License-Identifier: MIT */
/* compile.c: the passes from a policy to a program, in order. */
#include "cordon/compile.h"

#include "cordon/prove.h"

static enum cordon_error report(struct cordon_reporter *reporter, const struct cordon_diag *diag)
{
    cordon_reporter_add(reporter, diag, NULL, 0);
    return diag->code;
}

/* All ABIs of a program run on one machine, so they have the same byte order. */
static enum cordon_error one_byte_order(const enum cordon_abi_id *abis, uint32_t count,
                                        bool *big_endian, struct cordon_reporter *reporter)
{
    const struct cordon_abi *first = cordon_abi(abis[0]);
    for (uint32_t i = 1; i < count; i++) {
        const struct cordon_abi *other = cordon_abi(abis[i]);
        if (other->big_endian == first->big_endian)
            continue;
        struct cordon_diag diag;
        cordon_diag_set(&diag, CORDON_E_ARCH,
                        "%s and %s have different byte orders: one filter cannot serve both",
                        first->name, other->name);
        return report(reporter, &diag);
    }
    *big_endian = first->big_endian;
    return CORDON_OK;
}

/* Deciders are needed only if there is a reporter for messages about rules. */
static enum cordon_error build(struct cordon_compiled *compiled, const enum cordon_abi_id *abis,
                               uint32_t count, struct cordon_reporter *reporter)
{
    compiled->meaning.deciders = CORDON_NODE_NONE;
    if (reporter)
        return cordon_policy_build(compiled->policy, compiled->model, abis, count,
                                   &compiled->meaning, reporter);
    return cordon_policy_verdicts(compiled->policy, compiled->model, abis, count,
                                  &compiled->meaning.verdicts, NULL);
}

static enum cordon_error run_passes(struct cordon_compiled *compiled,
                                    const enum cordon_abi_id *abis, uint32_t count,
                                    const struct cordon_weights *weights,
                                    struct cordon_reporter *reporter)
{
    enum cordon_error error = one_byte_order(abis, count, &compiled->big_endian, reporter);
    if (error)
        return error;
    struct cordon_diag diag;
    error = cordon_model_create(&compiled->model, NULL, 0);
    if (error) {
        cordon_diag_set(&diag, error, "%s", cordon_error_text(error));
        return report(reporter, &diag);
    }
    error = build(compiled, abis, count, reporter);
    if (error)
        return error;
    error = cordon_emit_proven(&compiled->code, compiled->model, compiled->meaning.verdicts,
                               weights, &diag);
    return error ? report(reporter, &diag) : CORDON_OK;
}

enum cordon_error cordon_compile(struct cordon_compiled *result, const struct cordon_policy *policy,
                                 const enum cordon_abi_id *abis, uint32_t abi_count,
                                 const struct cordon_weights *weights,
                                 struct cordon_reporter *reporter)
{
    struct cordon_compiled compiled = {.policy = policy};
    if (abi_count == 0) {
        abis = policy->abis;
        abi_count = policy->abi_count;
    }
    enum cordon_error error = run_passes(&compiled, abis, abi_count, weights, reporter);
    if (error)
        cordon_compiled_free(&compiled);
    else
        *result = compiled;
    return error;
}

void cordon_compiled_free(struct cordon_compiled *compiled)
{
    cordon_code_free(&compiled->code);
    cordon_model_free(compiled->model);
    *compiled = (struct cordon_compiled){0};
}
