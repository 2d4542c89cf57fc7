/* SPDX-License-Identifier: MIT */
/* messages.h: policies read and built with their messages collected, for tests. */
#ifndef POLICY_TESTING_MESSAGES_H
#define POLICY_TESTING_MESSAGES_H

#include "cordon/policy.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct collected {
    char first[512]; /* "2:7: its text | its hint" */
    unsigned errors, warnings;
};
/* A reporter's function; its context is a struct collected. */
void collect(void *context, const struct cordon_diag *diag, const char *line, uint32_t length);

/* A loader of one file, "file", and of one that is too large, "huge". */
const char *open_text(void *context, const char *path, char **text, size_t *length);
/* The context is NULL, or a pointer that becomes the text that was closed. */
void close_text(void *context, char *text);

/* NULL: there were errors. */
struct cordon_policy *read_text(const char *text, struct collected *collected);
enum cordon_error build(const struct cordon_policy *policy, struct cordon_model **model,
                        struct cordon_meaning *meaning, struct collected *collected);

#endif
