/* SPDX-License-Identifier: MIT */
/*
 * args.c: makes the filters of Firejail that test arguments. They load the lower half of a
 * register; only the one about personality(2) tests both halves.
 */
#include <string.h>

#include "firejail.h"

struct making {
    struct firejail *firejail;
    struct firejail_filter *filter;
    struct cordon_place place;
};

static const struct cordon_expr *number(struct making *making, uint64_t value)
{
    return cordon_tree_number(making->firejail->tree, value, making->place);
}

/* (lower half of the argument & mask) == value, or another relation. */
static const struct cordon_cond *compare(struct making *making, enum cordon_cond_form form,
                                         unsigned arg, uint32_t mask, uint64_t value)
{
    return cordon_tree_compare(making->firejail->tree, form, arg, true, number(making, mask),
                               form == CORDON_COND_BITS ? NULL : number(making, value),
                               making->place);
}

static void add(struct making *making, const char *name, const struct cordon_cond *cond,
                uint32_t action)
{
    const struct cordon_abi *abi = cordon_abi(making->filter->abi);
    uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_id(name, (uint32_t)strlen(name)));
    struct firejail_entry entry = {nr, action, cond, making->place};
    if (nr != CORDON_NO_NR)
        firejail_add(making->firejail, making->filter, &entry);
}

static struct making begin(struct firejail *firejail, struct firejail_filters *filters,
                           enum cordon_abi_id abi, struct cordon_place place)
{
    struct making making = {firejail, NULL, place};
    making.filter = firejail_begin(filters, abi, (uint32_t)CORDON_ALLOW, place);
    return making;
}

/* One filter for both ABIs; there is none for those of other machines. */
void firejail_protocol_filter(struct firejail *firejail, struct firejail_filters *filters)
{
    const uint32_t enotsup = 95;
    enum cordon_abi_id abis[] = {firejail->tree->host->id,
                                 firejail_secondary_abi(firejail->tree->host)};
    for (unsigned i = 0; i < (abis[1] == CORDON_ABI_I386 ? 2 : 1); i++) {
        struct making making = begin(firejail, filters, abis[i], firejail->protocols_place);
        const struct cordon_cond *none = NULL;
        for (unsigned family = 0; family < 64; family++)
            if (firejail->families >> family & 1)
                none = cordon_tree_and(firejail->tree, none,
                                       compare(&making, CORDON_COND_NE, 0, UINT32_MAX, family));
        add(&making, "socket", none, (uint32_t)CORDON_ERRNO | enotsup);
    }
}

void firejail_mdwx_filter(struct firejail *firejail, struct firejail_filters *filters,
                          enum cordon_abi_id abi)
{
    const uint32_t write_exec = 6, exec = 4, shm_exec = 0x8000;
    uint32_t error = firejail->error;
    struct making making = begin(firejail, filters, abi, firejail->mdwx_place);
    const struct cordon_cond *both = compare(&making, CORDON_COND_EQ, 2, write_exec, write_exec);
    bool two = abi == CORDON_ABI_I386 || abi == CORDON_ABI_ARM;
    if (abi == CORDON_ABI_I386)
        add(&making, "mmap", NULL, error);
    add(&making, two ? "mmap2" : "mmap", both, error);
    add(&making, "mprotect", compare(&making, CORDON_COND_BITS, 2, exec, 0), error);
    add(&making, "pkey_mprotect", compare(&making, CORDON_COND_BITS, 2, exec, 0), error);
    add(&making, "shmat", compare(&making, CORDON_COND_BITS, 2, shm_exec, 0), error);
    add(&making, "memfd_create", NULL, error);
}

void firejail_namespaces_filter(struct firejail *firejail, struct firejail_filters *filters,
                                enum cordon_abi_id abi)
{
    const uint32_t enosys = 38, clone_newtime = 0x80;
    uint32_t denied = firejail->denied, error = firejail->error;
    struct making making = begin(firejail, filters, abi, firejail->namespaces_place);
    unsigned flags = abi == CORDON_ABI_S390X || abi == CORDON_ABI_S390;
    add(&making, "clone", compare(&making, CORDON_COND_BITS, flags, denied & ~clone_newtime, 0),
        error);
    add(&making, "clone3", NULL, (uint32_t)CORDON_ERRNO | enosys);
    add(&making, "unshare", compare(&making, CORDON_COND_BITS, 0, denied, 0), error);
    add(&making, "setns",
        cordon_tree_or(firejail->tree, compare(&making, CORDON_COND_EQ, 1, UINT32_MAX, 0),
                       compare(&making, CORDON_COND_BITS, 1, denied, 0)),
        error);
}

/* Allows only the native ABI, and no personality but PER_LINUX. */
void firejail_block_filter(struct firejail *firejail, struct firejail_filters *filters)
{
    struct cordon_tree *tree = firejail->tree;
    enum cordon_abi_id native = tree->host->id, other = firejail_secondary_abi(tree->host);
    struct making making = begin(firejail, filters, native, firejail->block_place);
    const struct cordon_cond *linux_ =
        cordon_tree_compare(tree, CORDON_COND_NE, 0, true, NULL, number(&making, 0), making.place);
    const struct cordon_cond *query = cordon_tree_compare(
        tree, CORDON_COND_NE, 0, true, NULL, number(&making, UINT32_MAX), making.place);
    add(&making, "personality", cordon_tree_and(tree, linux_, query),
        firejail_block_error(firejail));
    if (other != native)
        firejail_begin(filters, other, firejail_block_error(firejail), firejail->block_place);
}
