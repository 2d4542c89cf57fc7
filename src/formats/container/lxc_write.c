/* SPDX-License-Identifier: MIT */
/* lxc_write.c: writes a policy as a profile of LXC, version 2. */
#include "lxc.h"
#include "oci.h"

static void print_action(struct cordon_sink *sink, uint32_t action)
{
    cordon_sink_text(sink, " ");
    cordon_sink_text(sink, lxc_action_name(action & CORDON_ACTION_FULL));
    if ((action & CORDON_ACTION_FULL) != (uint32_t)CORDON_ERRNO)
        return;
    cordon_sink_text(sink, " ");
    cordon_sink_decimal(sink, action & CORDON_ACTION_DATA);
}

static void print_rule(struct cordon_sink *sink, const struct box *box, uint16_t id)
{
    cordon_sink_text(sink, cordon_syscall_name(id));
    print_action(sink, box->action);
    for (uint32_t i = 0; i < box->count; i++) {
        const struct scmp_arg *arg = &box->args[i];
        cordon_sink_text(sink, i ? "[" : " [");
        cordon_sink_decimal(sink, arg->index);
        cordon_sink_text(sink, ",");
        cordon_sink_hex(sink, arg->value, 1);
        cordon_sink_text(sink, ",");
        cordon_sink_text(sink, oci_op_names[arg->op]);
        if (arg->op == SCMP_MASKED_EQ) {
            cordon_sink_text(sink, ",");
            cordon_sink_hex(sink, arg->mask, 1);
        }
        cordon_sink_text(sink, "]");
    }
    cordon_sink_text(sink, "\n");
}

static void print_profile(struct cordon_sink *sink, const struct oci_profile *profile)
{
    bool denies = profile->default_action == (uint32_t)CORDON_ALLOW;
    cordon_sink_text(sink, denies ? "2\ndenylist" : "2\nallowlist");
    print_action(sink, profile->default_action);
    cordon_sink_text(sink, "\n");
    for (uint32_t i = 0; i < profile->rule_count; i++)
        for (uint32_t name = 0; name < profile->rules[i].name_count; name++)
            print_rule(sink, &profile->rules[i].box, profile->names[profile->rules[i].name + name]);
}

enum cordon_error lxc_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                            const struct cordon_format_options *options,
                            struct cordon_reporter *reporter)
{
    struct oci_dialect dialect = {.adds = "LXC adds",
                                  .abis = lxc_abis(policy->host),
                                  .direct = true,
                                  .action_name = lxc_action_name};
    struct oci_profile profile;
    enum cordon_error error = oci_profile_make(&profile, policy, &dialect, options, reporter);
    if (!error)
        print_profile(sink, &profile);
    oci_profile_free(&profile);
    return error;
}
