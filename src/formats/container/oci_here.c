/* SPDX-License-Identifier: MIT */
/* oci_here.c: selects the rules of a profile that apply to this machine, these capabilities and
 * this kernel. */
#include <stdio.h>
#include <string.h>

#include "oci.h"

struct here {
    struct document *document;
    const struct cordon_format_options *options;
};

/* Is the machine's own architecture in a list of Go's names? */
static bool lists_native(struct here *here, const struct value *list)
{
    const struct cordon_abi *native = here->document->tree->host;
    const char *machine = oci_machine_name(native->id);
    char hint[64];
    bool found = false;
    snprintf(hint, sizeof hint, "its name there is %s", machine);
    for (const struct value *at = list->first; at; at = at->next) {
        if (!value_is(here->document, at, VALUE_TEXT, "an architecture"))
            continue;
        bool same = value_equals(at, machine);
        found |= same;
        if (!same && cordon_abi_by_name(at->text, at->length) == native)
            cordon_tree_warn(here->document->tree, CORDON_LINT_UNKNOWN_NAME,
                             value_place(here->document, at), hint,
                             "Docker and Podman do not know the architecture \"%s\"", at->text);
    }
    return found;
}

/* The number of listed capabilities that the program will have; `all`: the number listed. */
static uint32_t count_caps(struct here *here, const struct value *list, uint32_t *all)
{
    uint32_t count = 0;
    *all = 0;
    for (const struct value *at = list->first; at; at = at->next) {
        uint64_t cap = 0;
        if (!value_is(here->document, at, VALUE_TEXT, "a capability"))
            continue;
        ++*all;
        if (strncmp(at->text, "CAP_", 4) != 0 || !cap_by_name(at->text, at->length, &cap))
            cordon_tree_warn(here->document->tree, CORDON_LINT_UNKNOWN_NAME,
                             value_place(here->document, at), NULL,
                             "unknown capability \"%.60s\": no container has it", at->text);
        count += (cap & here->options->caps) != 0;
    }
    return count;
}

static const char *take_number(const char *text, unsigned *number)
{
    const char *at = text;
    for (*number = 0; *at >= '0' && *at <= '9' && *number < 256; at++)
        *number = *number * 10 + (unsigned)(*at - '0');
    return at > text && *number < 256 ? at : NULL;
}

/* Takes "6.1"; the text after it, or NULL. */
static const char *take_version(const char *text, uint16_t *version)
{
    unsigned major, minor;
    const char *at = take_number(text, &major);
    at = at && *at == '.' ? take_number(at + 1, &minor) : NULL;
    if (at)
        *version = CORDON_LINUX(major, minor);
    return at;
}

bool cordon_kernel_parse(const char *text, uint16_t *kernel)
{
    return take_version(text, kernel) != NULL;
}

static bool is_new_enough(struct here *here, const struct value *text)
{
    uint16_t least;
    struct cordon_place place = value_place(here->document, text);
    if (!text->length) {
        cordon_tree_warn(here->document->tree, CORDON_LINT_KERNEL_VERSION, place, NULL,
                         "Docker reads this as 0.0, so every kernel is new enough");
        return true;
    }
    const char *rest = take_version(text->text, &least);
    bool good = rest && !*rest;
    if (good && !here->options->kernel && here->options->policy.host) {
        cordon_tree_error(here->document->tree, CORDON_E_MEANING, place, "give --kernel VERSION",
                          "the version of the other machine's kernel is not known");
        return false;
    }
    if (good)
        return here->options->kernel >= least;
    cordon_tree_error(here->document->tree, CORDON_E_FORMAT, place, NULL,
                      "a kernel version has the form \"4.8\"");
    return false;
}

/* The result of an includes or excludes object on this machine. */
struct outcome {
    bool any, all; /* some, or all, of its conditions hold here */
};

static struct outcome judge(struct here *here, const struct value *map)
{
    static const char *const known[] = {"caps", "arches", "minKernel", NULL};
    struct outcome outcome = {false, true};
    const struct value *caps = value_optional(here->document, map, "caps", VALUE_LIST);
    const struct value *arches = value_optional(here->document, map, "arches", VALUE_LIST);
    const struct value *kernel = value_optional(here->document, map, "minKernel", VALUE_TEXT);
    if (caps && caps->first) {
        uint32_t all, had = count_caps(here, caps, &all);
        outcome.any |= had > 0;
        outcome.all &= had == all;
    }
    if (arches && arches->first) {
        bool holds = lists_native(here, arches);
        outcome.any |= holds;
        outcome.all &= holds;
    }
    if (kernel && here->options->like == CORDON_LIKE_PODMAN) {
        cordon_tree_warn(here->document->tree, CORDON_LINT_KERNEL_VERSION,
                         value_place(here->document, kernel), NULL,
                         "Podman ignores the kernel version");
    } else if (kernel) {
        bool holds = is_new_enough(here, kernel);
        outcome.any |= holds;
        outcome.all &= holds;
    }
    value_warn_unknown(here->document, map, known);
    return outcome;
}

#define MAX_COMPARED 64u /* members of a list that are compared: it is only for a warning */

static bool share_a_text(const struct value *a, const struct value *b)
{
    uint32_t i = 0, k = 0;
    for (const struct value *x = a ? a->first : NULL; x && i++ < MAX_COMPARED; x = x->next, k = 0)
        for (const struct value *y = b ? b->first : NULL; y && k++ < MAX_COMPARED; y = y->next)
            if (x->kind == VALUE_TEXT && y->kind == VALUE_TEXT && value_equals(x, y->text))
                return true;
    return false;
}

bool oci_has_stub(const struct cordon_format_options *options)
{
    return options->like == CORDON_LIKE_RUNC || options->like == CORDON_LIKE_RUNC_1_1_5 ||
           options->like == CORDON_LIKE_DOCKER;
}

/* Which runc Docker has is the machine's matter; those of Docker 20.10's time don't add it. */
uint32_t oci_added_stub(const struct cordon_format_options *options, const struct cordon_abi *host)
{
    return options->like == CORDON_LIKE_RUNC ? UINT32_C(1) << host->id : 0;
}

/* `includes` applies if all of its conditions hold, `excludes` if any does. */
bool oci_holds_here(struct document *document, const struct cordon_format_options *options,
                    const struct value *rule)
{
    struct here here = {document, options};
    const struct value *includes = value_optional(document, rule, "includes", VALUE_MAP);
    const struct value *excludes = value_optional(document, rule, "excludes", VALUE_MAP);
    bool holds = true;
    if (includes)
        holds &= judge(&here, includes).all;
    if (excludes)
        holds &= !judge(&here, excludes).any;
    if (share_a_text(value_member(includes, "caps"), value_member(excludes, "caps")) ||
        share_a_text(value_member(includes, "arches"), value_member(excludes, "arches")))
        cordon_tree_warn(document->tree, CORDON_LINT_DEAD_RULE, key_place(document, excludes), NULL,
                         "the same value is included and excluded: this rule never applies");
    return holds;
}
