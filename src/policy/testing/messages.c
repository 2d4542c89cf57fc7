/* SPDX-License-Identifier: MIT */
/* messages.c: reads and builds policies, and collects their messages, for tests. */
#include "messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void collect(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct collected *collected = context;
    (void)line, (void)length;
    if (diag->severity == CORDON_ERROR ? collected->errors++ == 0 : collected->warnings++ == 0)
        snprintf(collected->first, sizeof collected->first, "%u:%u: %s%s%s", diag->place.line,
                 diag->place.column, diag->text, diag->hint[0] ? " | " : "", diag->hint);
}

const char *open_text(void *context, const char *path, char **text, size_t *length)
{
    static char file[] = "errno(1) read\n";
    (void)context;
    *text = file;
    *length = strcmp(path, "huge") ? strlen(file) : CORDON_POLICY_MAX_BYTES + 1u;
    return strcmp(path, "file") && strcmp(path, "huge") ? "No such file or directory" : NULL;
}

void close_text(void *context, char *text)
{
    if (context)
        *(const char **)context = text;
}

struct cordon_policy *read_text(const char *text, struct collected *collected)
{
    static const struct cordon_policy_options options = {.loader = {open_text, close_text, NULL}};
    struct cordon_policy *policy = NULL;
    *collected = (struct collected){0};
    struct cordon_reporter reporter = {.report = collect, .context = collected};
    enum cordon_error error =
        cordon_policy_read(&policy, text, strlen(text), "test", &options, &reporter);
    assert_int_equal(error == CORDON_OK, collected->errors == 0);
    assert_int_equal(error == CORDON_OK, policy != NULL);
    return policy;
}

enum cordon_error build(const struct cordon_policy *policy, struct cordon_model **model,
                        struct cordon_meaning *meaning, struct collected *collected)
{
    struct cordon_reporter reporter = {.report = collect, .context = collected};
    *collected = (struct collected){0};
    cordon_node alone = CORDON_NODE_NONE;
    assert_int_equal(cordon_model_create(model, NULL, 0), CORDON_OK);
    enum cordon_error error = cordon_policy_build(policy, *model, NULL, 0, meaning, &reporter);
    /* building only the verdicts gives the same ones, and the same errors */
    assert_int_equal(cordon_policy_verdicts(policy, *model, NULL, 0, &alone, NULL), error);
    assert_true(cordon_node_same(alone, error ? CORDON_NODE_NONE : meaning->verdicts));
    return error;
}
