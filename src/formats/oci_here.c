/* SPDX-License-Identifier: MIT */
/* oci_here.c: which rules of a profile hold for this machine, these capabilities and this kernel.
 */
#include <stdio.h>

#include "oci.h"

struct here {
    struct document *document;
    const struct cordon_format_options *options;
};

/* Is the machine's own architecture in a list of Go's names? */
static bool lists_native(struct here *here, const struct value *list)
{
    bool found = false;
    for (const struct value *at = list->first; at; at = at->next)
        if (value_is(here->document, at, VALUE_TEXT, "an architecture"))
            found |= cordon_abi_by_name(at->text, at->length) == cordon_abi_native();
    return found;
}

/* How many of the capabilities listed the program will have; `all`: of how many. */
static uint32_t count_caps(struct here *here, const struct value *list, uint32_t *all)
{
    uint32_t count = 0;
    *all = 0;
    for (const struct value *at = list->first; at; at = at->next) {
        uint64_t cap = 0;
        if (!value_is(here->document, at, VALUE_TEXT, "a capability"))
            continue;
        ++*all;
        if (!cap_by_name(at->text, at->length, &cap))
            cordon_tree_warn(here->document->tree, value_place(here->document, at), NULL,
                             "there is no capability \"%.60s\": nobody has it", at->text);
        count += (cap & here->options->caps) != 0;
    }
    return count;
}

static bool is_new_enough(struct here *here, const struct value *text)
{
    unsigned major, minor, end = 0;
    if (sscanf(text->text, "%3u.%3u%n", &major, &minor, (int *)&end) == 2 && end == text->length &&
        major < 256 && minor < 256)
        return here->options->kernel >= CORDON_LINUX(major, minor);
    cordon_tree_error(here->document->tree, CORDON_E_FORMAT, value_place(here->document, text),
                      NULL, "a kernel's version is like \"4.8\"");
    return false;
}

/* What an includes or excludes object says of here. */
struct outcome {
    bool any, all; /* of what it names holds here: something, everything */
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
    if (kernel && kernel->length) {
        bool holds = is_new_enough(here, kernel);
        outcome.any |= holds;
        outcome.all &= holds;
    }
    value_warn_unknown(here->document, map, known);
    return outcome;
}

#define MAX_COMPARED 64u /* of a list: it is only for a warning */

static bool share_a_text(const struct value *a, const struct value *b)
{
    uint32_t i = 0, k = 0;
    for (const struct value *x = a ? a->first : NULL; x && i++ < MAX_COMPARED; x = x->next, k = 0)
        for (const struct value *y = b ? b->first : NULL; y && k++ < MAX_COMPARED; y = y->next)
            if (x->kind == VALUE_TEXT && y->kind == VALUE_TEXT && value_equals(x, y->text))
                return true;
    return false;
}

/* Includes need all that they name, excludes any. */
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
        cordon_tree_warn(document->tree, key_place(document, excludes), NULL,
                         "what is included is excluded too: this rule never holds");
    return holds;
}
