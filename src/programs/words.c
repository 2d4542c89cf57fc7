/* SPDX-License-Identifier: MIT */
/* words.c: finds and compares words and labels in the texts of programs. */
#include "words.h"

#include <string.h>

#include "readers.h"

char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

struct word word_at(const char *at, const char *end)
{
    const char *stop = at;
    while (stop < end &&
           ((lower(*stop) >= 'a' && lower(*stop) <= 'z') || is_digit(*stop) || *stop == '_'))
        stop++;
    return (struct word){at, (uint32_t)(stop - at)};
}

bool word_begins(struct word word, const char *prefix)
{
    for (uint32_t i = 0; prefix[i]; i++)
        if (i == word.length || lower(word.text[i]) != lower(prefix[i]))
            return false;
    return true;
}

bool word_is(struct word word, const char *text)
{
    return strlen(text) == word.length && word_begins(word, text);
}

const struct label *label_find(const struct label *labels, uint32_t count, struct word name)
{
    for (uint32_t i = 0; i < count; i++)
        if (labels[i].name.length == name.length &&
            !memcmp(labels[i].name.text, name.text, name.length))
            return &labels[i];
    return NULL;
}

const char *skip_block_comment(const char *at, const char *end)
{
    if (!begins_with(at, end, "/*"))
        return at;
    for (at += 2; at < end; at++)
        if (begins_with(at, end, "*/"))
            return at + 2;
    return end;
}
