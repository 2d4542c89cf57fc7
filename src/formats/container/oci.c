/* SPDX-License-Identifier: MIT */
/*
 * oci.c: reads the seccomp object of the OCI runtime specification, alone or within a config.json,
 * and the profiles of Docker, Podman and Kubernetes from which their tools make such an object: the
 * parts for this machine, these capabilities and this kernel are selected here as the tools do. The
 * meaning is that of runc and crun, which is libseccomp's.
 */
#include <stdio.h>
#include <string.h>

#include "oci.h"
#include "scmp.h"

struct oci_reader {
    struct document *document;
    struct cordon_tree *tree;
    const struct cordon_format_options *options;
    struct scmp scmp;
    uint32_t default_action;
    struct oci_notify notify;
    uint32_t listed;                   /* ABIs that the profile itself names */
    uint32_t stubbed;                  /* ABIs for which runc makes its stub */
    uint32_t newest[CORDON_ABI_COUNT]; /* the highest number of the calls that it names */
};

/* ---- actions ---- */

struct action_keys {
    const char *action, *quoted, *number, *name;
};
static const struct action_keys default_keys = {"defaultAction", "\"defaultAction\"",
                                                "defaultErrnoRet", "defaultErrno"};
static const struct action_keys rule_keys = {"action", "\"action\"", "errnoRet", "errno"};

/*
 * Podman's profiles give a name besides the number, and the name counts, except for Docker. Docker
 * also ignores the default's errno: it is EPERM.
 */
static bool find_errno(struct oci_reader *reader, const struct value *map,
                       const struct action_keys *keys, bool has_meaning, uint64_t *number)
{
    bool docker = reader->options->like == CORDON_LIKE_DOCKER;
    const struct value *value = value_optional(reader->document, map, keys->number, VALUE_NUMBER);
    const struct value *name = value_optional(reader->document, map, keys->name, VALUE_TEXT);
    uint64_t given = *number;
    if (value && !value_number(reader->document, value, SCMP_MAX_ERRNO, "an errno", &given))
        return false;
    uint64_t named = given, taken = keys == &default_keys ? *number : given;
    if (name && !cordon_constant_value(reader->tree->host, name->text, name->length, &named)) {
        cordon_tree_error(reader->tree, CORDON_E_NAME, value_place(reader->document, name), NULL,
                          "unknown errno \"%.60s\"", name->text);
        return false;
    }
    if (docker && has_meaning && taken != named)
        cordon_tree_warn(reader->tree, CORDON_LINT_IGNORED_ERRNO,
                         value_place(reader->document, name ? name : value), NULL,
                         "Docker ignores this errno and returns %u", (unsigned)taken);
    else if (value && has_meaning && named != given)
        cordon_tree_warn(reader->tree, CORDON_LINT_TOOLS_DIFFER,
                         value_place(reader->document, name), NULL,
                         "this is not the errno of \"%s\": Docker uses the number, Podman the name",
                         keys->number);
    *number = docker ? taken : named;
    return value || name;
}

static bool read_action(struct oci_reader *reader, const struct value *map,
                        const struct action_keys *keys, uint32_t *action)
{
    uint64_t number = 1; /* EPERM */
    const struct value *value = value_member(map, keys->action);
    if (!value) {
        cordon_tree_error(reader->tree, CORDON_E_FORMAT, value_place(reader->document, map), NULL,
                          "%s is missing here", keys->quoted);
        return false;
    }
    if (oci_find_action(reader->document, value, keys->quoted, action) < 0)
        return false;
    if (!strcmp(value->text, "SCMP_ACT_KILL"))
        cordon_tree_warn(reader->tree, CORDON_LINT_KILL_THREAD,
                         value_place(reader->document, value),
                         "\"SCMP_ACT_KILL_PROCESS\" ends the process",
                         "this ends one thread: the others live on, and may wait for it for ever");
    bool has_meaning = *action == CORDON_ERRNO || *action == CORDON_TRACE;
    bool has_errno = find_errno(reader, map, keys, has_meaning, &number);
    if (has_meaning)
        *action |= (uint32_t)number;
    else if (has_errno)
        cordon_tree_warn(reader->tree, CORDON_LINT_IGNORED_ERRNO,
                         value_place(reader->document, value), "crun refuses it, runc ignores it",
                         "an errno has no effect with %s", value->text);
    return true;
}

/* ---- rules ---- */

static bool read_arg(struct oci_reader *reader, const struct value *map, struct scmp_arg *arg)
{
    static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};
    struct document *document = reader->document;
    uint64_t index = 0, value = 0, second = 0;
    if (!value_is(document, map, VALUE_MAP, "an argument"))
        return false;
    const struct value *op = value_member(map, "op");
    const struct value *index_value = value_member(map, "index");
    const struct value *first = value_optional(document, map, "value", VALUE_NUMBER);
    const struct value *two = value_optional(document, map, "valueTwo", VALUE_NUMBER);
    value_warn_unknown(document, map, known);
    if (!op || !index_value) {
        cordon_tree_error(reader->tree, CORDON_E_FORMAT, value_place(document, map), NULL,
                          "\"%s\" is missing here", op ? "index" : "op");
        return false;
    }
    int which = oci_find_op(reader->document, op);
    if (which < 0 || !value_number(document, index_value, CORDON_ARGS - 1, "\"index\"", &index) ||
        (first && !value_number(document, first, UINT64_MAX, "\"value\"", &value)) ||
        (two && !value_number(document, two, UINT64_MAX, "\"valueTwo\"", &second)))
        return false;
    *arg = (struct scmp_arg){.index = (uint8_t)index, .op = (uint8_t)which, .value = value};
    if (which == SCMP_MASKED_EQ) {
        arg->mask = value;
        arg->value = second;
    }
    return true;
}

struct arguments {
    struct scmp_arg list[CORDON_ARGS];
    unsigned count;
    bool apart; /* two comparisons of one argument: each comparison is a rule of its own */
};

/* Another comparison of the same argument. For runc and crun any one of them suffices, which two of
 * != always do. */
static void warn_twice(const struct oci_reader *reader, const struct arguments *earlier,
                       const struct scmp_arg *arg, const struct value *at)
{
    bool all = false;
    for (unsigned i = 0; i < earlier->count; i++) {
        const struct scmp_arg *other = &earlier->list[i];
        all |= other->index == arg->index && other->op == SCMP_NE && arg->op == SCMP_NE &&
               other->value != arg->value;
    }
    cordon_tree_warn(reader->tree, CORDON_LINT_ARGUMENT_TWICE, value_place(reader->document, at),
                     all ? "for runc and crun any one of the comparisons suffices: the rule is for "
                           "all values"
                         : "for runc and crun any one of the comparisons suffices",
                     "argument %u is compared twice", arg->index);
}

static bool read_args(struct oci_reader *reader, const struct value *rule,
                      struct arguments *arguments)
{
    const struct value *list = value_optional(reader->document, rule, "args", VALUE_LIST);
    unsigned seen = 0;
    *arguments = (struct arguments){.count = 0};
    for (const struct value *at = list ? list->first : NULL; at; at = at->next) {
        struct scmp_arg arg;
        if (!read_arg(reader, at, &arg))
            return false;
        if (arguments->count == CORDON_ARGS) {
            cordon_tree_error(reader->tree, CORDON_E_FORMAT, value_place(reader->document, at),
                              NULL, "more than six comparisons in one rule");
            return false;
        }
        if (seen >> arg.index & 1)
            warn_twice(reader, arguments, &arg, at);
        arguments->apart |= seen >> arg.index & 1;
        seen |= 1u << arg.index;
        arguments->list[arguments->count++] = arg;
    }
    return true;
}

/* Calls that a multiplexer makes, too, don't count for the stub: libseccomp has numbers of its own,
 * below 0, for these. */
static void note_number(struct oci_reader *reader, uint16_t id)
{
    for (uint32_t abis = reader->stubbed; abis; abis &= abis - 1) {
        int abi = __builtin_ctz(abis);
        uint32_t nr = cordon_syscall_nr(cordon_abi(abi), id);
        if (nr != CORDON_NO_NR && nr > reader->newest[abi] &&
            !scmp_is_multiplexed(cordon_abi(abi), id))
            reader->newest[abi] = nr;
    }
}

static void note_notify(struct oci_reader *reader, const struct value *name, uint32_t action)
{
    if (action != (uint32_t)CORDON_USER_NOTIF)
        return;
    reader->notify.rule = reader->notify.rule ? reader->notify.rule : name;
    if (value_equals(name, "write"))
        reader->notify.write = name;
}

static void add_rule(struct oci_reader *reader, const struct value *name, uint32_t action,
                     const struct arguments *arguments)
{
    struct cordon_place place = value_place(reader->document, name);
    uint16_t id = cordon_syscall_id(name->text, name->length);
    if (!name->length && oci_has_stub(reader->options))
        cordon_tree_error(reader->tree, CORDON_E_NAME, place, NULL,
                          "runc refuses a name without letters");
    if (id == CORDON_NO_ID) {
        cordon_tree_warn(reader->tree, CORDON_LINT_UNKNOWN_NAME, place, NULL,
                         "unknown system call \"%.60s\"", name->text);
        return;
    }
    note_number(reader, id);
    if (action == reader->default_action) {
        if (reader->scmp.first && reader->scmp.first[id])
            cordon_tree_warn(
                reader->tree, CORDON_LINT_DEFAULT_ACTION, place, "runc and crun ignore such rules",
                "this rule has the action of the default and does not override other rules");
        return;
    }
    note_notify(reader, name, action);
    if (!arguments->apart)
        scmp_add(&reader->scmp, id, arguments->list, arguments->count, action, place);
    for (unsigned i = 0; arguments->apart && i < arguments->count; i++)
        scmp_add(&reader->scmp, id, &arguments->list[i], 1, action, place);
}

static void read_rule(struct oci_reader *reader, const struct value *rule)
{
    static const char *const known[] = {"names", "name",    "action",   "errnoRet", "errno",
                                        "args",  "comment", "includes", "excludes", NULL};
    struct arguments arguments;
    uint32_t action;
    if (!value_is(reader->document, rule, VALUE_MAP, "a rule"))
        return;
    const struct value *names = value_optional(reader->document, rule, "names", VALUE_LIST);
    const struct value *name = value_optional(reader->document, rule, "name", VALUE_TEXT);
    value_warn_unknown(reader->document, rule, known);
    if ((names && names->first) ? name && name->length : !name && !names)
        cordon_tree_error(reader->tree, CORDON_E_FORMAT, value_place(reader->document, rule), NULL,
                          name ? "both \"name\" and \"names\" are here"
                               : "\"names\" is missing here");
    if (names && !names->first && !(name && name->length))
        cordon_tree_warn(reader->tree, CORDON_LINT_IGNORED_TEXT,
                         value_place(reader->document, names), NULL,
                         "no call is named: the rule has no effect");
    bool good = read_action(reader, rule, &rule_keys, &action);
    good = read_args(reader, rule, &arguments) && good;
    if (!oci_holds_here(reader->document, reader->options, rule) || !good)
        return;
    if (name && name->length)
        add_rule(reader, name, action, &arguments);
    for (const struct value *at = names ? names->first : NULL; at; at = at->next)
        if (value_is(reader->document, at, VALUE_TEXT, "a name"))
            add_rule(reader, at, action, &arguments);
}

/* ---- the whole ---- */

static void list_arch(struct oci_reader *reader, const struct value *value)
{
    int abi = oci_find_arch(reader->document, value);
    if (abi < 0)
        return;
    if (cordon_abi((enum cordon_abi_id)abi)->big_endian != reader->tree->host->big_endian) {
        cordon_tree_error(reader->tree, CORDON_E_ARCH, value_place(reader->document, value),
                          "libseccomp refuses it", "the byte order of %s is not this machine's",
                          oci_arch_name((enum cordon_abi_id)abi));
        return;
    }
    reader->listed |= UINT32_C(1) << abi;
}

static void list_arches(struct oci_reader *reader, const struct value *list)
{
    for (const struct value *at = list ? list->first : NULL; at; at = at->next)
        list_arch(reader, at);
}

/* Only the first entry of the map for the machine itself counts. */
static void read_arches(struct oci_reader *reader, const struct value *profile)
{
    const struct value *plain =
        value_optional(reader->document, profile, "architectures", VALUE_LIST);
    const struct value *map = value_optional(reader->document, profile, "archMap", VALUE_LIST);
    if (plain && plain->first && map && map->first)
        cordon_tree_error(reader->tree, CORDON_E_FORMAT, key_place(reader->document, map), NULL,
                          "both \"architectures\" and \"archMap\" are here");
    if (plain || map)
        reader->tree->policy->abi_place = key_place(reader->document, plain ? plain : map);
    list_arches(reader, plain);
    bool found = false;
    for (const struct value *at = map ? map->first : NULL; at; at = at->next) {
        if (!value_is(reader->document, at, VALUE_MAP, "an entry of \"archMap\""))
            continue;
        const struct value *arch = value_optional(reader->document, at, "architecture", VALUE_TEXT);
        if (!arch || oci_find_arch(reader->document, arch) != (int)reader->tree->host->id)
            continue;
        if (found)
            cordon_tree_warn(reader->tree, CORDON_LINT_IGNORED_TEXT,
                             value_place(reader->document, arch), NULL,
                             "Docker and Podman only use the first entry for %s", arch->text);
        else {
            list_arch(reader, arch);
            list_arches(reader,
                        value_optional(reader->document, at, "subArchitectures", VALUE_LIST));
            found = true;
        }
    }
}

static void fail_newer(struct oci_reader *reader, uint32_t abis, uint32_t first, uint32_t last)
{
    if (first <= last)
        cordon_tree_numbers(reader->tree, abis, first, last, NULL, oci_enosys,
                            (struct cordon_place){0});
}

/*
 * runc (not crun) puts a stub in front: numbers above the highest one that the profile names fail
 * with ENOSYS, unless the default allows calls. Its comparisons are unsigned, so negative numbers
 * are above, too.
 */
static void add_stub(struct oci_reader *reader)
{
    uint32_t plain = reader->default_action & CORDON_ACTION_FULL;
    uint32_t x32 = reader->listed & UINT32_C(1) << CORDON_ABI_X32;
    if (!oci_has_stub(reader->options) || plain == CORDON_ALLOW || plain == CORDON_LOG ||
        plain == CORDON_TRACE)
        return;
    reader->tree->origin = "runc's stub for numbers above all that the profile names";
    for (int abi = 0; abi < CORDON_ABI_COUNT; abi++) {
        uint32_t bit = UINT32_C(1) << abi;
        if (!reader->newest[abi])
            continue;
        fail_newer(reader, bit, reader->newest[abi] + 1, cordon_abi(abi)->nr_last);
        if (abi == CORDON_ABI_X32)
            fail_newer(reader, bit, 0xc0000000u, UINT32_MAX);
        else if (abi == CORDON_ABI_X86_64)
            fail_newer(reader, x32 ? x32 : bit, 0x80000000u, 0xbfffffffu);
        else
            fail_newer(reader, bit, 0x80000000u, UINT32_MAX);
    }
    reader->tree->origin = NULL;
}

void oci_report_rule(struct cordon_tree *tree, enum scmp_fault fault, uint16_t id,
                     struct cordon_place place)
{
    const char *name = cordon_syscall_name(id);
    switch (fault) {
    case SCMP_CONTRADICTION:
        cordon_tree_error(tree, CORDON_E_MEANING, place,
                          "libseccomp defines no order of rules, and refuses the second",
                          "another rule for %s has the same comparisons and another action", name);
        return;
    case SCMP_TOO_MANY_RULES:
        cordon_tree_error(tree, CORDON_E_BUDGET, place, NULL, "more than %u rules for %s",
                          SCMP_MAX_RULES, name);
        return;
    case SCMP_NEVER_DECIDES:
        cordon_tree_warn(tree, CORDON_LINT_DEAD_RULE, place,
                         "libseccomp keeps the rule without comparisons",
                         "this rule never decides: another one covers all of %s", name);
        return;
    }
}

void oci_read_profile(struct document *document, const struct value *profile,
                      const struct cordon_format_options *options)
{
    struct oci_reader reader = {.document = document, .tree = document->tree, .options = options};
    cordon_tree_host_only(document->tree);
    read_arches(&reader, profile);
    if (!read_action(&reader, profile, &default_keys, &reader.default_action))
        return;
    if (reader.default_action == (uint32_t)CORDON_USER_NOTIF)
        reader.notify.by_default = value_member(profile, "defaultAction");
    cordon_tree_default(reader.tree, reader.default_action,
                        value_place(document, value_member(profile, "defaultAction")));
    scmp_begin(&reader.scmp, reader.tree, reader.listed, oci_report_rule);
    if (oci_has_stub(options))
        reader.stubbed = reader.listed | oci_added_stub(options, reader.tree->host);
    const struct value *rules = value_optional(document, profile, "syscalls", VALUE_LIST);
    for (const struct value *at = rules ? rules->first : NULL; at; at = at->next)
        read_rule(&reader, at);
    oci_check_loading(document, profile, options, &reader.notify);
    add_stub(&reader);
    scmp_end(&reader.scmp);
}

int oci_detect(const char *text, size_t length, const char *name)
{
    static const char word[] = "\"defaultAction\"";
    bool resource = k8s_detect(text, length, name) > 0;
    return document_is_object(text, length)
               ? memmem(text, length, word, sizeof word - 1) && !resource ? 95 : 30
               : 0;
}

/* The seccomp object, alone or at its place in a container's config.json. */
static const struct value *find_profile(struct document *document,
                                        const struct cordon_format_options *options)
{
    static const char *const known[] = {
        "defaultAction", "defaultErrnoRet",  "defaultErrno", "architectures", "archMap", "flags",
        "listenerPath",  "listenerMetadata", "syscalls",     "comment",       NULL};
    const struct value *root = document->root;
    if (!value_is(document, root, VALUE_MAP, "a profile"))
        return NULL;
    const struct value *linux_part = value_member(root, "linux");
    const struct value *profile = value_member(linux_part, "seccomp");
    if (profile && (options->like == CORDON_LIKE_DOCKER || options->like == CORDON_LIKE_PODMAN)) {
        cordon_tree_error(
            document->tree, CORDON_E_FORMAT, value_place(document, root),
            "pass only the object linux.seccomp to them",
            "Docker and Podman do not recognize this as a profile and would install no filter");
        return NULL;
    }
    if (value_member(root, "ociVersion") && !profile) {
        cordon_tree_error(document->tree, CORDON_E_MEANING, value_place(document, root), NULL,
                          "the container has no seccomp profile (linux.seccomp)");
        return NULL;
    }
    profile = profile ? profile : root;
    if (!value_is(document, profile, VALUE_MAP, "a profile"))
        return NULL;
    value_warn_unknown(document, profile, known);
    return profile;
}

static void read_json(struct document *document, const struct cordon_format_options *options)
{
    const struct value *profile = find_profile(document, options);
    if (profile)
        oci_read_profile(document, profile, options);
}

enum cordon_error oci_read(struct cordon_policy **policy, const char *text, size_t length,
                           const char *name, const struct cordon_format_options *options,
                           struct cordon_reporter *reporter)
{
    static const struct document_reader reader = {document_from_json, read_json};
    return document_read(&reader, policy, text, length, name, options, reporter);
}
