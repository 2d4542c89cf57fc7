/* SPDX-License-Identifier: MIT */
/* lines.c: pieces of the lines of traces and logs. */
#include "lines.h"

#include <string.h>

bool line_begins(const char *at, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - at) >= length && !memcmp(at, word, length);
}

const char *line_find(const char *at, const char *end, const char *word)
{
    return memmem(at, (size_t)(end - at), word, strlen(word));
}

const char *line_skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    return at;
}

bool line_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool line_is_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || line_is_digit(c) || c == '_';
}
