/* SPDX-License-Identifier: MIT */
/* oci_write.c: writes a policy as a profile in JSON. */
#include <string.h>

#include "oci.h"

static void print_action(struct cordon_sink *sink, uint32_t action, const char *indent,
                         const char *key, const char *number_key)
{
    uint32_t plain = action & CORDON_ACTION_FULL;
    cordon_sink_text(sink, indent);
    cordon_sink_text(sink, key);
    cordon_sink_text(sink, oci_action_name(plain));
    cordon_sink_text(sink, "\"");
    if (plain != CORDON_ERRNO && plain != CORDON_TRACE)
        return;
    cordon_sink_text(sink, ",\n");
    cordon_sink_text(sink, indent);
    cordon_sink_text(sink, number_key);
    cordon_sink_decimal(sink, action & CORDON_ACTION_DATA);
}

static void print_arg(struct cordon_sink *sink, const struct scmp_arg *arg)
{
    bool masked = arg->op == SCMP_MASKED_EQ;
    cordon_sink_text(sink, "{ \"index\": ");
    cordon_sink_decimal(sink, arg->index);
    cordon_sink_text(sink, ", \"value\": ");
    cordon_sink_decimal(sink, masked ? arg->mask : arg->value);
    if (masked) {
        cordon_sink_text(sink, ", \"valueTwo\": ");
        cordon_sink_decimal(sink, arg->value);
    }
    cordon_sink_text(sink, ", \"op\": \"");
    cordon_sink_text(sink, oci_op_names[arg->op]);
    cordon_sink_text(sink, "\" }");
}

static void print_names(struct cordon_sink *sink, const uint16_t *ids, uint32_t count)
{
    cordon_sink_text(sink, count == 1 ? "\t\t\t\"names\": [\"" : "\t\t\t\"names\": [\n\t\t\t\t\"");
    for (uint32_t i = 0; i < count; i++) {
        if (i)
            cordon_sink_text(sink, "\",\n\t\t\t\t\"");
        cordon_sink_text(sink, cordon_syscall_name(ids[i]));
    }
    cordon_sink_text(sink, count == 1 ? "\"],\n" : "\"\n\t\t\t],\n");
}

static void print_rule(struct cordon_sink *sink, const struct oci_profile *profile, uint32_t index)
{
    const struct oci_rule *rule = &profile->rules[index];
    cordon_sink_text(sink, index ? ",\n\t\t{\n" : "\n\t\t{\n");
    print_names(sink, profile->names + rule->name, rule->name_count);
    print_action(sink, rule->box.action, "\t\t\t", "\"action\": \"", "\"errnoRet\": ");
    for (uint32_t i = 0; i < rule->box.count; i++) {
        cordon_sink_text(sink, i ? ",\n\t\t\t\t" : ",\n\t\t\t\"args\": [\n\t\t\t\t");
        print_arg(sink, &rule->box.args[i]);
    }
    cordon_sink_text(sink, rule->box.count ? "\n\t\t\t]\n\t\t}" : "\n\t\t}");
}

static void print_profile(struct cordon_sink *sink, const struct oci_profile *profile)
{
    const struct cordon_policy *policy = profile->policy;
    cordon_sink_text(sink, "{\n");
    print_action(sink, profile->default_action, "\t", "\"defaultAction\": \"",
                 "\"defaultErrnoRet\": ");
    cordon_sink_text(sink, ",\n\t\"architectures\": [");
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        cordon_sink_text(sink, i ? ", \"" : "\"");
        cordon_sink_text(sink, oci_arch_name(policy->abis[i]));
        cordon_sink_text(sink, "\"");
    }
    cordon_sink_text(sink, "],\n\t\"syscalls\": [");
    for (uint32_t i = 0; i < profile->rule_count; i++)
        print_rule(sink, profile, i);
    cordon_sink_text(sink, profile->rule_count ? "\n\t]\n}\n" : "]\n}\n");
}

enum cordon_error oci_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                            const struct cordon_format_options *options,
                            struct cordon_reporter *reporter)
{
    struct oci_profile profile;
    enum cordon_error error =
        oci_profile_make(&profile, policy, &oci_own_dialect, options, reporter);
    if (!error)
        print_profile(sink, &profile);
    oci_profile_free(&profile);
    return error;
}
