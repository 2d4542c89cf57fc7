/* SPDX-License-Identifier: MIT */
/*
 * minijail.h: shared by the parts of the reader of minijail's policies: words (lex.c), constants
 * and comparisons (cond.c), statements (parse.c), the rules of the whole (minijail.c).
 *
 * Two tools read such texts. libminijail reads one when it starts a program; compile_seccomp_policy
 * compiles one in advance, knows more grammar, and gives `expression; return ERROR` another
 * meaning. See `enum mini_meaning`.
 */
#ifndef FORMATS_MINIJAIL_H
#define FORMATS_MINIJAIL_H

#include "flat.h"
#include "reading.h"

enum mini_kind {
    MINI_END,     /* of the statement */
    MINI_WORD,    /* a name, also with - and @ inside */
    MINI_NUMBER,  /* unsigned, or a negative one as its 64 bits */
    MINI_COMMAND, /* @include and so on */
    MINI_PUNCT,   /* one character, or a pair of reading.h */
    MINI_INVALID  /* reported */
};

struct mini_token {
    enum mini_kind kind;
    int punct;
    const char *text;
    uint32_t length;
    uint64_t number;
    struct cordon_place place;
};

/* The tool that a text is for. OPEN counts as libminijail where the tools differ and the text
 * doesn't decide. */
enum mini_meaning {
    MINI_OPEN,
    MINI_LIBMINIJAIL, /* expression; return E: allowed if it holds, otherwise E */
    MINI_ANDROID,     /* the same; of several lines for a call only the first counts */
    MINI_COMPILER     /* expression; return E: E if it holds, else what follows
                       */
};

#define MINI_KILL UINT32_MAX /* an action; the meaning of `kill` is only known at the end */

/* One filter of one call. */
struct mini_filter {
    uint16_t id;
    uint32_t abis;
    const struct cordon_cond *cond; /* NULL: always */
    bool answers;                   /* `; action` follows the expression */
    bool dropped;                   /* an earlier line decides the call */
    uint32_t action;
    struct cordon_place place;
};

struct mini {
    struct cordon_tree *tree;
    const struct cordon_format_options *options;
    struct reading reading;
    struct mini_token token; /* the current one */
    bool failed;             /* an error of the current statement was reported */
    bool comment, returns;   /* a comment, and `return`, follow it */
    unsigned depth;          /* of includes */
    unsigned brackets;       /* of constants */
    enum mini_meaning meaning;
    uint32_t kill; /* the meaning of `kill` */
    bool denylist;
    struct mini_filter *filters;
    uint32_t count;
    size_t room;
    uint16_t *ids; /* of the current statement, with their ABIs */
    uint32_t *abis;
    uint32_t id_count;
    size_t id_room, abi_room;
};

void mini_advance(struct mini *mini);
bool mini_is(const struct mini *mini, int punct);
bool mini_take(struct mini *mini, int punct);
bool mini_is_word(const struct mini *mini, const char *word);
bool mini_expect(struct mini *mini, int punct, const char *what);
/* Reports the first error of a statement. */
void mini_error(struct mini *mini, enum cordon_error code, struct cordon_place place,
                const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
void mini_unexpected(struct mini *mini, const char *expected);
/* Records syntax that only compile_seccomp_policy understands. */
void mini_is_compilers(struct mini *mini);
/* Skips to the next statement; false: the text ended. */
bool mini_next_statement(struct mini *mini);
/* The rest of the line as a path, up to a blank. */
bool mini_path(struct mini *mini, const char **path, uint32_t *length, struct cordon_place *place);

/* argN: its number, or -1. */
int mini_argument(const struct mini_token *token);
/* An expression in disjunctive form; NULL: reported. */
const struct cordon_cond *mini_expression(struct mini *mini);
/* The value of one constant for `return`; false: reported. */
bool mini_constant(struct mini *mini, uint64_t *value);

/* Collects the filters of the text that the tree knows as `name`, and of its includes. */
void mini_parse(struct mini *mini, const char *name);

/* A call by minijail's name; arm's private calls are called ARM_set_tls … */
uint16_t mini_call(const char *name, uint32_t length);
bool mini_is_arm_private(uint16_t id);

#endif
