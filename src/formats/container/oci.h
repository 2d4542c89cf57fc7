/* SPDX-License-Identifier: MIT */
/* oci.h: the seccomp object of container profiles, for its readers from JSON (oci.c) and YAML
 * (k8s.c) and its writers. */
#ifndef FORMATS_OCI_H
#define FORMATS_OCI_H

#include "boxes.h"
#include "room.h"
#include "value.h"

/* Reads it into the document's tree, which records errors. */
void oci_read_profile(struct document *document, const struct value *profile,
                      const struct cordon_format_options *options);

/* Where a profile notifies; NULL: nowhere. */
struct oci_notify {
    const struct value *by_default, *rule, *write; /* of rules: names, the first, and "write" */
};
/* Warns of what keeps the runtime from loading the filter: oci_loading.c. */
void oci_check_loading(struct document *document, const struct value *profile,
                       const struct cordon_format_options *options,
                       const struct oci_notify *notify);

/* Do a rule's includes and excludes apply here? oci_here.c */
bool oci_holds_here(struct document *document, const struct cordon_format_options *options,
                    const struct value *rule);

/* Does runc run it? runc makes calls fail with ENOSYS if their numbers are above all that the
 * profile names. */
bool oci_has_stub(const struct cordon_format_options *options);
/* The ABI, as a bit, for which runc makes a stub although the profile doesn't list it. */
uint32_t oci_added_stub(const struct cordon_format_options *options, const struct cordon_abi *host);
#define oci_enosys ((uint32_t)CORDON_ERRNO | 38)

/* Reports the faults of rules that libseccomp refuses or ignores. */
void oci_report_rule(struct cordon_tree *tree, enum scmp_fault fault, uint16_t id,
                     struct cordon_place place);

/* The words of profiles, for readers and writers: oci_words.c. */
const char *oci_action_name(uint32_t action); /* of a return value without its data; NULL: none */
const char *oci_arch_name(enum cordon_abi_id abi);
extern const char *const oci_op_names[]; /* by enum scmp_op */
/* The names of machines in "arches" and the like. */
const char *oci_machine_name(enum cordon_abi_id abi);

/* The index of a word; -1: reported. */
int oci_find_action(struct document *document, const struct value *value, const char *what,
                    uint32_t *action);
int oci_find_op(struct document *document, const struct value *value);
int oci_find_arch(struct document *document, const struct value *value);

/* ---- writing: oci_rules.c ---- */

/* What differs between the profiles of the tools that use libseccomp. */
struct oci_dialect {
    const char *adds; /* in messages: "LXC adds" an ABI */
    const char *(*action_name)(uint32_t action);
    uint32_t abis; /* that every profile is applied to; 0: it lists them */
    bool direct;   /* rules aren't applied to calls that a multiplexer can make */
    bool has_stub; /* of runc, if that is whose interpretation applies */
};
extern const struct oci_dialect oci_own_dialect;

/* A rule for calls that have the same verdict. */
struct oci_rule {
    struct box box;
    uint32_t name, name_count; /* into the profile's names */
};

struct oci_profile {
    const struct cordon_policy *policy;
    uint32_t default_action;
    struct oci_rule *rules;
    uint32_t rule_count;
    size_t rule_room;
    uint16_t *names; /* ids of calls */
    uint32_t name_count;
    size_t name_room;
};

/* libseccomp also makes rules for multiplexers, and refuses equal ones. Are these two equal
 * there? oci_multiplexer.c */
bool oci_fits_multiplexer(const struct cordon_policy *policy, const struct boxes *boxes,
                          uint16_t id);

/* The profile with the meaning of a policy. Free it with oci_profile_free(), also after a
 * failure. */
enum cordon_error oci_profile_make(struct oci_profile *profile, const struct cordon_policy *policy,
                                   const struct oci_dialect *dialect,
                                   const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter);
void oci_profile_free(struct oci_profile *profile);

#endif
