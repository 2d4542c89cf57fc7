/* SPDX-License-Identifier: MIT */
/*
 * oci_loading.c: warns of what keeps a runtime from loading the filter, or from starting the
 * container: flags, and notifications without a listener or the reverse. Found by starting
 * containers with crun 1.8.1 and 1.28, and runc 1.1.5, 1.3.6 and 1.4.3.
 */
#include "oci.h"

#define FLAG "SECCOMP_FILTER_FLAG_"

struct loading {
    struct document *document;
    enum cordon_like like;
    bool notifies;
};

static bool is_crun(const struct loading *loading)
{
    return loading->like == CORDON_LIKE_CRUN;
}

static bool is_runc(const struct loading *loading)
{
    return loading->like == CORDON_LIKE_RUNC || loading->like == CORDON_LIKE_RUNC_1_1_5;
}

static void cannot_start(const struct loading *loading, const struct value *at, const char *hint,
                         const char *why)
{
    cordon_tree_warn(loading->document->tree, CORDON_LINT_CANNOT_START,
                     value_place(loading->document, at), hint, "the container doesn't start: %s",
                     why);
}

/* ---- flags ---- */

/* The kernel has this flag only together with a listener, and refuses the filter without one.
 * True: crun drops all flags. */
static bool check_killable(const struct loading *loading, const struct value *flag)
{
    bool drops = is_crun(loading) && !loading->notifies;
    if (is_runc(loading))
        cannot_start(loading, flag, "crun knows it", "runc does not know this flag");
    else if (drops)
        cordon_tree_warn(loading->document->tree, CORDON_LINT_FLAG_NOT_KEPT,
                         value_place(loading->document, flag), "remove it",
                         "without a rule of SCMP_ACT_NOTIFY the kernel refuses this flag, and crun "
                         "tries again without any flag");
    return drops;
}

static void check_flag(const struct loading *loading, const struct value *flag)
{
    static const char *const names[] = {FLAG "LOG", FLAG "SPEC_ALLOW", FLAG "TSYNC",
                                        FLAG "WAIT_KILLABLE_RECV"};
    bool found = false, dropped = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        found |= value_equals(flag, names[i]);
    if (!found)
        cordon_tree_error(loading->document->tree, CORDON_E_NAME,
                          value_place(loading->document, flag), NULL, "unknown flag \"%.60s\"",
                          flag->text);
    else if (loading->like == CORDON_LIKE_RUNC_1_1_5)
        cannot_start(loading, flag, "newer versions have flags", "runc 1.1.5 refuses all flags");
    else if (value_equals(flag, FLAG "WAIT_KILLABLE_RECV"))
        dropped = check_killable(loading, flag);
    if (found && !dropped)
        cordon_tree_warn(loading->document->tree, CORDON_LINT_FLAG_NOT_KEPT,
                         value_place(loading->document, flag), NULL,
                         "%s only affects loading the filter and is not kept", flag->text);
}

/* ---- notifications ---- */

static void check_listener(const struct loading *loading, const struct value *path,
                           const struct oci_notify *notify)
{
    const struct value *first = notify->by_default ? notify->by_default : notify->rule;
    if (first && !path && is_runc(loading))
        cannot_start(loading, first, "\"listenerPath\"", "runc needs a listener to notify");
    else if (first && !path && is_crun(loading))
        cordon_tree_warn(loading->document->tree, CORDON_LINT_NO_LISTENER,
                         value_place(loading->document, first), "\"listenerPath\"",
                         "nobody listens to notifications: these calls fail with ENOSYS");
    if (!first && path && is_crun(loading))
        cordon_tree_warn(loading->document->tree, CORDON_LINT_NO_LISTENER,
                         key_place(loading->document, path), "runc doesn't connect to it",
                         "crun doesn't start the container unless it can connect to this socket, "
                         "which no rule needs");
    if (notify->by_default && is_runc(loading))
        cannot_start(loading, notify->by_default, NULL, "runc refuses to notify by default");
    if (notify->write && is_runc(loading))
        cannot_start(loading, notify->write, NULL,
                     "runc refuses to notify of write, which it needs itself");
}

void oci_check_loading(struct document *document, const struct value *profile,
                       const struct cordon_format_options *options, const struct oci_notify *notify)
{
    struct loading loading = {document, options->like, notify->by_default || notify->rule};
    const struct value *flags = value_optional(document, profile, "flags", VALUE_LIST);
    const struct value *path = value_optional(document, profile, "listenerPath", VALUE_TEXT);
    for (const struct value *at = flags ? flags->first : NULL; at; at = at->next)
        if (value_is(document, at, VALUE_TEXT, "a flag"))
            check_flag(&loading, at);
    check_listener(&loading, path && path->length ? path : NULL, notify);
}
