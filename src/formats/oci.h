/* SPDX-License-Identifier: MIT */
/* oci.h: the seccomp object of container profiles, whatever text it stands in: JSON (oci.c) or YAML
 * (k8s.c). */
#ifndef FORMATS_OCI_H
#define FORMATS_OCI_H

#include "room.h"
#include "value.h"

/* Reads it into the document's tree; errors are the tree's. */
void oci_read_profile(struct document *document, const struct value *profile,
                      const struct cordon_format_options *options);

/* The words of profiles, for both directions. */
const char *oci_action_name(uint32_t action); /* of a return value without its data; NULL: none */
const char *oci_arch_name(enum cordon_abi_id abi);
extern const char *const oci_op_names[]; /* by enum scmp_op */

/*
 * The rules that say what a policy means; see oci_rules.c. A row of arguments holds for all of
 * `ids`.
 */
struct oci_rule {
    const uint16_t *ids;
    uint32_t id_count;
    const struct scmp_arg *args;
    uint32_t arg_count;
    uint32_t action;
};

struct oci_profile {
    uint32_t default_action;
    enum cordon_abi_id abis[CORDON_ABI_COUNT];
    uint32_t abi_count;
    struct oci_rule *rules;
    uint32_t rule_count;
    size_t rule_room;
    struct cordon_arena arena;
    const struct cordon_allocator *allocator;
};

/* false: *error was reported, with all that can't be said. Freed with oci_profile_free() either
 * way. */
bool oci_profile_make(struct oci_profile *profile, const struct cordon_policy *policy,
                      const struct cordon_format_options *options, struct cordon_reporter *reporter,
                      enum cordon_error *error);
void oci_profile_free(struct oci_profile *profile);

#endif
