/* SPDX-License-Identifier: MIT */
/* cordon_text.c: reads and writes cordon's own language, which is one of the formats. */
#include <string.h>

#include "room.h"

/* A text that no other format claims may be cordon's: its error messages are then the clearest. */
static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The first statement that isn't a comment, or the end. */
static const char *first_statement(const char *text, const char *end)
{
    while (text < end) {
        if (!is_blank(*text) && *text != '#')
            return text;
        const char *newline = *text == '#' ? memchr(text, '\n', (size_t)(end - text)) : text;
        text = newline ? newline + 1 : end;
    }
    return end;
}

/* A word that begins a statement, and the characters that may follow it. */
static bool is_ours(const char *at, const char *end)
{
    static const char *const words[] = {"arch", "default", "bad_arch", "newer_than", "on"};
    const char *word = at;
    while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '_'))
        at++;
    uint32_t length = (uint32_t)(at - word);
    bool blank = at < end && is_blank(*at);
    while (at < end && is_blank(*at))
        at++;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strlen(words[i]) == length && !memcmp(words[i], word, length))
            return blank;
    if (length == 7 && !memcmp(word, "include", 7))
        return blank && at < end && *at == '"';
    bool call = cordon_syscall_id(word, length) != CORDON_NO_ID; /* kill(1, 2) in a trace */
    return cordon_action_by_name(word, length) && (blank || (!call && at < end && *at == '('));
}

int cordon_text_detect(const char *text, size_t length, const char *name)
{
    const char *dot = strrchr(name, '.'), *end = text + length;
    if (dot && !strcmp(dot, ".cordon"))
        return 100;
    return is_ours(first_statement(text, end), end) ? 60 : 1;
}

enum cordon_error cordon_text_read(struct cordon_policy **policy, const char *text, size_t length,
                                   const char *name, const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter)
{
    return cordon_policy_read(policy, text, length, name, &options->policy, reporter);
}

/* The text of a plain form is the policy text that it was read from. */
enum cordon_error cordon_text_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                    const struct cordon_format_options *options,
                                    struct cordon_reporter *reporter)
{
    struct cordon_message message = {.severity = CORDON_ERROR, .code = CORDON_E_MEANING};
    (void)options;
    if (policy->translated || !policy->text_count) {
        cordon_reporter_tell(reporter, &message, "this policy is not in plain form");
        return CORDON_E_MEANING;
    }
    sink->write(sink->context, policy->texts[0].text, policy->texts[0].length);
    return CORDON_OK;
}
