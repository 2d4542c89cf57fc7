/* SPDX-License-Identifier: MIT */
/* words.h: words and labels in the texts of programs. */
#ifndef PROGRAMS_WORDS_H
#define PROGRAMS_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* Letters, digits and underscores. */
struct word {
    const char *text;
    uint32_t length;
};

/* The word that begins here, which may be empty. */
struct word word_at(const char *at, const char *end);
/* Is it this word? Does it begin with this prefix? In any case of letters. */
bool word_is(struct word word, const char *text);
bool word_begins(struct word word, const char *prefix);
/* 'A' … 'Z' become 'a' … 'z'. */
char lower(char c);

struct label {
    struct word name;
    uint32_t at; /* the instruction or statement that it names */
};

/* NULL: there is no label of this name, in this case of letters. */
const struct label *label_find(const struct label *labels, uint32_t count, struct word name);

/* The end of the block comment that begins here; `at`: there is none. */
const char *skip_block_comment(const char *at, const char *end);

#endif
