/* SPDX-License-Identifier: MIT */
/* confine.c: reads, compiles and loads a policy. */
#include "cordon/confine.h"

#include <string.h>

#include "cordon/compile.h"
#include "cordon/load.h"
#include "cordon/policy.h"
#include "cordon/version.h"

/* ---- errors ---- */

/* Keeps the first error for the caller's diagnostic, and passes everything to the caller's
 * reporter. */
struct catcher {
    struct cordon_reporter reporter; /* the reporter of the steps */
    struct cordon_reporter *others;
    const char *name; /* of the policy, owned by the caller */
    struct cordon_diag first;
};

/* The file name of a place is freed with the policy, so the caller must not see it. */
static const char *lasting_name(const struct catcher *catcher, const char *file)
{
    if (!file || !strcmp(file, catcher->name))
        return file ? catcher->name : NULL;
    const struct cordon_builtin *builtin = cordon_builtin_by_name(file, (uint32_t)strlen(file));
    return builtin ? builtin->name : NULL;
}

/* The error of an included text: the place moves into the message, which outlives the policy. */
static void place_into_text(struct cordon_diag *kept, const struct cordon_diag *diag)
{
    cordon_diag_set(kept, diag->code, "%s:%u:%u: %s", diag->place.file, diag->place.line,
                    diag->place.column, diag->text);
    memcpy(kept->hint, diag->hint, sizeof kept->hint);
}

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct catcher *catcher = context;
    cordon_reporter_add(catcher->others, diag, line, length);
    if (diag->severity != CORDON_ERROR || catcher->first.code != CORDON_OK)
        return;
    catcher->first = *diag;
    catcher->first.place.file = lasting_name(catcher, diag->place.file);
    if (diag->place.file && !catcher->first.place.file)
        place_into_text(&catcher->first, diag);
}

/* ---- options ---- */

/* Copies the members that both sides know; false: the caller sets one that this library doesn't
 * know. */
static bool read_options(struct cordon_confine_options *known,
                         const struct cordon_confine_options *options)
{
    *known = (struct cordon_confine_options){0};
    if (!options)
        return true;
    const unsigned char *bytes = (const unsigned char *)options;
    for (size_t i = sizeof *known; i < options->size; i++)
        if (bytes[i])
            return false;
    memcpy(known, options, options->size < sizeof *known ? options->size : sizeof *known);
    return true;
}

/* ---- the steps ---- */

static enum cordon_error read_policy(struct cordon_policy **policy, const char *text,
                                     const struct cordon_loader *loader, struct catcher *catcher)
{
    struct cordon_policy_options options = {0};
    if (loader)
        options.loader = *loader;
    if (text[0] != '@')
        return cordon_policy_read(policy, text, strlen(text), catcher->name, &options,
                                  &catcher->reporter);
    const struct cordon_builtin *builtin = cordon_builtin_by_name(text, (uint32_t)strlen(text));
    if (!builtin)
        return cordon_diag_set(&catcher->first, CORDON_E_NOT_FOUND,
                               "there is no built-in policy %s", text);
    return cordon_policy_read(policy, builtin->text, builtin->length, builtin->name, &options,
                              &catcher->reporter);
}

/* A filter without the machine's own ABI would kill the process at its next call. */
static enum cordon_error check_abi(const struct cordon_policy *policy, struct catcher *catcher)
{
    const struct cordon_abi *native = cordon_abi_native();
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] == native->id)
            return CORDON_OK;
    return cordon_diag_set(&catcher->first, CORDON_E_ARCH,
                           "the policy does not list the architecture of this machine, %s",
                           native->name);
}

static enum cordon_error compile_and_load(const struct cordon_policy *policy, unsigned flags,
                                          struct catcher *catcher)
{
    struct cordon_compiled compiled;
    enum cordon_error error = check_abi(policy, catcher);
    if (!error)
        error = cordon_compile(&compiled, policy, NULL, 0, NULL, &catcher->reporter);
    if (error)
        return error;
    error = cordon_load(&compiled.code.program, flags, &catcher->first);
    cordon_compiled_free(&compiled);
    return error;
}

enum cordon_error cordon_confine(const char *text, const struct cordon_confine_options *options,
                                 struct cordon_diag *diag)
{
    struct cordon_confine_options known;
    if (!read_options(&known, options))
        return cordon_diag_set(diag, CORDON_E_UNSUPPORTED,
                               "libcordon %s does not know one of the options", cordon_version());
    struct catcher catcher = {.others = known.reporter,
                              .name = known.name ? known.name : "policy",
                              .first = {.insn = CORDON_NO_INSN}};
    catcher.reporter = (struct cordon_reporter){.report = report, .context = &catcher};
    unsigned flags = known.load_flags | (known.this_thread_only ? 0 : CORDON_LOAD_TSYNC);
    struct cordon_policy *policy = NULL;
    enum cordon_error error = read_policy(&policy, text, known.loader, &catcher);
    if (!error)
        error = compile_and_load(policy, flags, &catcher);
    cordon_policy_free(policy);
    if (error && catcher.first.code == CORDON_OK) /* a failure without a place isn't reported yet */
        cordon_diag_set(&catcher.first, error, "%s", cordon_error_text(error));
    if (error && diag)
        *diag = catcher.first;
    return error;
}
