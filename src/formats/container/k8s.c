/* SPDX-License-Identifier: MIT */
/*
 * k8s.c: reads and writes the SeccompProfile resource of Kubernetes' security-profiles-operator: a
 * profile in YAML. It has no errno for the default, no map of architectures and no conditions on
 * capabilities; kubectl refuses unknown fields.
 */
#include <string.h>

#include "oci.h"
#include "refusal.h"

#define API  "security-profiles-operator.x-k8s.io/"
#define KIND "SeccompProfile"

/* ---- reading ---- */

static void refuse_fields(struct document *document, const struct value *map,
                          const char *const *known)
{
    for (const struct value *at = map->kind == VALUE_MAP ? map->first : NULL; at; at = at->next) {
        const char *const *name = known;
        while (*name && strcmp(*name, at->key))
            name++;
        if (!*name)
            cordon_tree_error(document->tree, CORDON_E_NAME, key_place(document, at), NULL,
                              "a SeccompProfile has no field \"%.60s\" here", at->key);
    }
}

static bool is_profile(const struct value *root)
{
    const struct value *api = value_member(root, "apiVersion");
    const struct value *kind = value_member(root, "kind");
    return kind && kind->kind == VALUE_TEXT && value_equals(kind, KIND) && api &&
           api->kind == VALUE_TEXT && !strncmp(api->text, API, strlen(API));
}

static const char *name_of(const struct value *root)
{
    const struct value *name = value_member(value_member(root, "metadata"), "name");
    return name && name->kind == VALUE_TEXT ? name->text : "";
}

/* A text of several documents may have other resources, too. The profile that it is about becomes
 * the root; false: reported. */
static bool choose_profile(struct document *document, const char *part)
{
    const struct value *any = NULL, *named = NULL;
    uint32_t profiles = 0, names = 0;
    char hint[160] = "";
    for (const struct value *at = document->root; at; at = at->next) {
        if (!is_profile(at))
            continue;
        value_add_part(hint, sizeof hint, name_of(at));
        any = at, profiles++;
        if (part && !strcmp(name_of(at), part))
            named = at, names++;
    }
    if (profiles <= 1 || names == 1) {
        document->root = names == 1 ? named : any ? any : document->root;
        return true;
    }
    cordon_tree_error(document->tree, CORDON_E_NOT_FOUND, value_place(document, document->root),
                      hint,
                      !part   ? "several profiles: choose one"
                      : names ? "several profiles are named \"%.60s\""
                              : "no profile is named \"%.60s\"",
                      part ? part : "");
    return false;
}

static bool check_head(struct document *document)
{
    const struct value *root = document->root;
    if (!value_is(document, root, VALUE_MAP, "a resource"))
        return false;
    const struct value *api = value_optional(document, root, "apiVersion", VALUE_TEXT);
    const struct value *kind = value_optional(document, root, "kind", VALUE_TEXT);
    if (!kind || !value_equals(kind, KIND) || !api || strncmp(api->text, API, strlen(API)) != 0) {
        cordon_tree_error(document->tree, CORDON_E_FORMAT,
                          value_place(document, kind ? kind : root), NULL,
                          "not a SeccompProfile of " API "v1beta1");
        return false;
    }
    return true;
}

/* The operator's types omit a 0 when it writes the runtime's JSON, so a 0 counts as missing. */
static void forget_zero(const struct value *rule)
{
    const struct value *number = value_member(rule, "errnoRet");
    if (number && number->kind == VALUE_NUMBER && value_equals(number, "0"))
        ((struct value *)(uintptr_t)number)->kind = VALUE_NULL; /* owned by this reader */
}

/* `disabled` is a field of older versions, `state` one of newer versions. */
static void look_for_disabled(struct document *document, const struct value *spec)
{
    const struct value *disabled = value_optional(document, spec, "disabled", VALUE_BOOL);
    const struct value *state = value_optional(document, spec, "state", VALUE_TEXT);
    if (state && !value_equals(state, "Enabled") && !value_equals(state, "Disabled"))
        cordon_tree_error(document->tree, CORDON_E_NAME, value_place(document, state), NULL,
                          "\"state\" must be Enabled or Disabled");
    else if ((disabled && disabled->truth) || (state && value_equals(state, "Disabled")))
        cordon_tree_warn(document->tree, CORDON_LINT_NOT_INSTALLED,
                         value_place(document, disabled && disabled->truth ? disabled : state),
                         NULL, "the operator doesn't install a disabled profile");
}

static void read_spec(struct document *document, const struct cordon_format_options *options)
{
    static const char *const known[] = {"defaultAction",   "architectures",
                                        "listenerPath",    "listenerMetadata",
                                        "flags",           "syscalls",
                                        "baseProfileName", "disabled",
                                        "state",           NULL};
    static const char *const known_rule[] = {"names", "action", "errnoRet", "args", NULL};
    const struct value *spec = value_member(document->root, "spec");
    if (!spec) {
        cordon_tree_error(document->tree, CORDON_E_FORMAT, value_place(document, document->root),
                          NULL, "\"spec\" is missing here");
        return;
    }
    if (!value_is(document, spec, VALUE_MAP, "\"spec\""))
        return;
    refuse_fields(document, spec, known);
    const struct value *base = value_optional(document, spec, "baseProfileName", VALUE_TEXT);
    if (base && base->length)
        cordon_tree_error(document->tree, CORDON_E_NOT_FOUND, value_place(document, base), NULL,
                          "base profiles are not fetched");
    look_for_disabled(document, spec);
    const struct value *rules = value_member(spec, "syscalls");
    for (const struct value *at = rules && rules->kind == VALUE_LIST ? rules->first : NULL; at;
         at = at->next) {
        refuse_fields(document, at, known_rule);
        forget_zero(at);
    }
    oci_read_profile(document, spec, options);
}

static void read_object(struct document *document, const struct cordon_format_options *options)
{
    if (choose_profile(document, options->part) && check_head(document))
        read_spec(document, options);
}

enum cordon_error k8s_read(struct cordon_policy **policy, const char *text, size_t length,
                           const char *name, const struct cordon_format_options *options,
                           struct cordon_reporter *reporter)
{
    static const struct document_reader reader = {document_from_yaml, read_object};
    return document_read(&reader, policy, text, length, name, options, reporter);
}

int k8s_detect(const char *text, size_t length, const char *name)
{
    (void)name;
    return memmem(text, length, API, strlen(API)) && memmem(text, length, KIND, strlen(KIND)) ? 97
                                                                                              : 0;
}

/* ---- writing ---- */

static void print_number(struct cordon_sink *sink, const char *key, uint64_t number)
{
    cordon_sink_text(sink, key);
    cordon_sink_decimal(sink, number);
    cordon_sink_text(sink, "\n");
}

static void print_rule(struct cordon_sink *sink, const struct oci_profile *profile,
                       const struct oci_rule *rule)
{
    uint32_t plain = rule->box.action & CORDON_ACTION_FULL;
    cordon_sink_text(sink, "  - action: ");
    cordon_sink_text(sink, oci_action_name(plain));
    if (plain == CORDON_ERRNO || plain == CORDON_TRACE)
        print_number(sink, "\n    errnoRet: ", rule->box.action & CORDON_ACTION_DATA);
    else
        cordon_sink_text(sink, "\n");
    cordon_sink_text(sink, "    names:\n");
    for (uint32_t i = 0; i < rule->name_count; i++) {
        cordon_sink_text(sink, "    - ");
        cordon_sink_text(sink, cordon_syscall_name(profile->names[rule->name + i]));
        cordon_sink_text(sink, "\n");
    }
    for (uint32_t i = 0; i < rule->box.count; i++) {
        const struct scmp_arg *arg = &rule->box.args[i];
        bool masked = arg->op == SCMP_MASKED_EQ;
        cordon_sink_text(sink, i ? "" : "    args:\n");
        print_number(sink, "    - index: ", arg->index);
        print_number(sink, "      value: ", masked ? arg->mask : arg->value);
        if (masked)
            print_number(sink, "      valueTwo: ", arg->value);
        cordon_sink_text(sink, "      op: ");
        cordon_sink_text(sink, oci_op_names[arg->op]);
        cordon_sink_text(sink, "\n");
    }
}

static void print_resource(struct cordon_sink *sink, const struct oci_profile *profile,
                           const char *part)
{
    const struct cordon_policy *policy = profile->policy;
    cordon_sink_text(sink, "apiVersion: " API "v1beta1\nkind: " KIND "\nmetadata:\n  name: ");
    cordon_sink_text(sink, part ? part : "cordon");
    cordon_sink_text(sink, "\nspec:\n  defaultAction: ");
    cordon_sink_text(sink, oci_action_name(profile->default_action & CORDON_ACTION_FULL));
    cordon_sink_text(sink, "\n  architectures:\n");
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        cordon_sink_text(sink, "  - ");
        cordon_sink_text(sink, oci_arch_name(policy->abis[i]));
        cordon_sink_text(sink, "\n");
    }
    cordon_sink_text(sink, profile->rule_count ? "  syscalls:\n" : "  syscalls: []\n");
    for (uint32_t i = 0; i < profile->rule_count; i++)
        print_rule(sink, profile, &profile->rules[i]);
}

/* A 0 would be dropped: see forget_zero(). */
static void check_rule(const struct oci_profile *profile, const struct oci_rule *rule,
                       struct refusals *refusals)
{
    uint32_t plain = rule->box.action & CORDON_ACTION_FULL;
    struct cordon_place nowhere = {.file = profile->policy->name};
    if ((plain != CORDON_ERRNO && plain != CORDON_TRACE) || rule->box.action & CORDON_ACTION_DATA)
        return;
    for (uint32_t i = 0; i < rule->name_count; i++)
        refuse(refusals, with(at_call(profile->names[rule->name + i], 0), plain | 1), nowhere, NULL,
               "a SeccompProfile cannot have errno 0");
}

/* The default's errno is always EPERM. */
static enum cordon_error check_errnos(const struct oci_profile *profile,
                                      const struct cordon_format_options *options,
                                      struct cordon_reporter *reporter)
{
    uint32_t plain = profile->default_action & CORDON_ACTION_FULL;
    struct refusals refusals = {profile->policy, options, reporter, CORDON_OK};
    if ((plain == CORDON_ERRNO || plain == CORDON_TRACE) &&
        (profile->default_action & CORDON_ACTION_DATA) != 1)
        refuse(&refusals, with(at_default(), plain | 1), profile->policy->fallback.place, NULL,
               "the default of a SeccompProfile can only have errno EPERM");
    for (uint32_t i = 0; i < profile->rule_count; i++)
        check_rule(profile, &profile->rules[i], &refusals);
    return refusals.error;
}

enum cordon_error k8s_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                            const struct cordon_format_options *options,
                            struct cordon_reporter *reporter)
{
    struct oci_profile profile;
    enum cordon_error error =
        oci_profile_make(&profile, policy, &oci_own_dialect, options, reporter);
    enum cordon_error inexpressible = check_errnos(&profile, options, reporter);
    if (!error)
        error = inexpressible;
    if (!error)
        print_resource(sink, &profile, options->part);
    oci_profile_free(&profile);
    return error;
}
