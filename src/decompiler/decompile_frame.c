/* SPDX-License-Identifier: MIT */
/* decompile_frame.c: the statements before a policy's rules: its ABIs, default and bad_arch. */
#include "cordon/action.h"
#include "cordon/describe.h"
#include "decompiler.h"

bool decompile_refuse(struct decompiler *decompiler, enum cordon_error why, const char *what)
{
    if (!decompiler->error)
        decompiler->error = cordon_diag_set(decompiler->diag, why, "%s", what);
    return false;
}

bool decompile_model_failed(struct decompiler *decompiler)
{
    enum cordon_error status = cordon_model_status(decompiler->model);
    return decompile_refuse(decompiler, status,
                            status == CORDON_E_BUDGET ? "the filter is too complex"
                                                      : cordon_error_text(status));
}

static cordon_node part_of_token(struct decompiler *decompiler, uint32_t token)
{
    return cordon_part_of_arch(decompiler->model, decompiler->root, token);
}

bool is_verdict(const struct cordon_model *model, cordon_node node, uint32_t *value)
{
    struct cordon_view view = cordon_model_view(model, node);
    *value = view.value;
    return view.is_leaf && !view.is_computed;
}

/* Have all numbers of an ABI the verdict of other architectures? */
static bool is_bad_arch(struct decompiler *decompiler, const struct cordon_abi *abi)
{
    uint32_t value;
    cordon_node calls =
        cordon_model_restrict(decompiler->model, part_of_token(decompiler, abi->token),
                              CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    return is_verdict(decompiler->model, calls, &value) && value == decompiler->bad_arch;
}

/* Can an ABI be left unnamed? The negative numbers of a token must belong to a named ABI. */
static bool is_unnamed(struct decompiler *decompiler, const struct cordon_abi *abi)
{
    uint32_t value;
    if (!is_bad_arch(decompiler, abi))
        return false;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == abi->token && id != (int)abi->id &&
            (id < (int)abi->id || !is_bad_arch(decompiler, cordon_abi(id))))
            return true;
    return is_verdict(decompiler->model, part_of_token(decompiler, abi->token), &value) &&
           value == decompiler->bad_arch;
}

/* The verdict of unknown numbers of the first named ABI becomes the default. */
bool find_frame(struct decompiler *decompiler)
{
    struct cordon_model *model = decompiler->model;
    uint32_t other = 0; /* a token of no architecture */
    if (decompiler->only)
        decompiler->bad_arch = (uint32_t)CORDON_KILL_PROCESS;
    else if (!is_verdict(model, part_of_token(decompiler, other), &decompiler->bad_arch))
        return decompile_refuse(decompiler, CORDON_E_MEANING,
                                "the filter does not test the architecture: choose one with -a");
    bool found = false;
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        uint32_t value;
        cordon_node part = decompiler->parts[id] = part_of_token(decompiler, abi->token);
        if (cordon_model_status(model))
            return decompile_model_failed(decompiler);
        if (decompiler->only ? abi->token != decompiler->only->token : is_unnamed(decompiler, abi))
            continue;
        decompiler->abis |= UINT32_C(1) << id;
        cordon_node unknown =
            cordon_model_restrict(model, part, CORDON_WORD_NR, abi->nr_last, abi->nr_last);
        bool is_constant = is_verdict(model, unknown, &value);
        if (!found && is_constant)
            decompiler->by_default = value;
        found |= is_constant;
        decompiler->own_default[id] = is_constant ? value : decompiler->by_default;
    }
    if (!found)
        decompiler->by_default = decompiler->bad_arch;
    return true;
}

cordon_node node_of_call(struct decompiler *decompiler, const struct cordon_abi *abi, uint16_t id)
{
    return cordon_model_follow(decompiler->model, decompiler->parts[abi->id], CORDON_WORD_NR,
                               cordon_syscall_nr(abi, id));
}

/* ---- newer_than ---- */

static uint16_t later(uint16_t a, uint16_t b)
{
    return a > b ? a : b;
}

/* The last version of Linux with a call that has the default. */
static uint16_t last_version(struct decompiler *decompiler, uint32_t by_default)
{
    uint16_t version = 0;
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++)
        for (uint32_t i = 0;
             decompiler->abis >> abi & 1 && i < cordon_syscall_count(cordon_abi(abi)); i++) {
            const struct cordon_abi *here = cordon_abi(abi);
            uint16_t id = cordon_syscall_nth(here, i);
            uint32_t value;
            if (is_verdict(decompiler->model, node_of_call(decompiler, here, id), &value) &&
                value == by_default)
                version = later(version, cordon_syscall_since(here, id));
        }
    return version;
}

/*
 * newer_than is about high numbers, but not about negative ones: they have the default. The version
 * is the earliest that explains the default's calls; the text is compared, so a guess will do.
 */
bool find_newer(struct decompiler *decompiler)
{
    uint32_t newer = decompiler->by_default, by_default = newer;
    for (int id = 0; id < CORDON_ABI_COUNT && by_default == newer; id++) {
        if (!(decompiler->abis >> id & 1))
            continue;
        cordon_node negative = cordon_model_restrict(decompiler->model, decompiler->parts[id],
                                                     CORDON_WORD_NR, 0x80000000u, UINT32_MAX);
        if (!is_verdict(decompiler->model, negative, &by_default))
            return false;
    }
    decompiler->newer_than = by_default == newer ? 0 : last_version(decompiler, by_default);
    if (!decompiler->newer_than)
        return false;
    decompiler->newer = newer;
    decompiler->by_default = by_default;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (decompiler->own_default[id] == newer)
            decompiler->own_default[id] = by_default;
    return true;
}

static bool has_newer(const struct decompiler *decompiler, const struct cordon_abi *abi)
{
    return decompiler->newer_than && decompiler->own_default[abi->id] == decompiler->by_default;
}

uint32_t default_of_call(const struct decompiler *decompiler, const struct cordon_abi *abi,
                         uint16_t id)
{
    bool newer =
        has_newer(decompiler, abi) && cordon_syscall_since(abi, id) > decompiler->newer_than;
    return newer ? decompiler->newer : decompiler->own_default[abi->id];
}

uint32_t default_of_numbers(const struct decompiler *decompiler, uint32_t first)
{
    const struct cordon_abi *abi = decompiler->abi;
    if (!has_newer(decompiler, abi) || first > abi->nr_last)
        return decompiler->local;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (cordon_syscall_nr(abi, id) > first &&
            cordon_syscall_since(abi, id) <= decompiler->newer_than)
            return decompiler->local; /* an older call has a higher number */
    }
    return decompiler->newer;
}
