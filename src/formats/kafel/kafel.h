/* SPDX-License-Identifier: MIT */
/*
 * kafel.h: shared by the parts of the reader of kafel's policies: words and includes (lex.c),
 * policies and expressions (parse.c), the names that kafel has for calls and arguments (names.c),
 * expressions as conditions (cond.c), the rules of the whole (kafel.c).
 */
#ifndef FORMATS_KAFEL_H
#define FORMATS_KAFEL_H

#include "flat.h"
#include "reading.h"

/* ---- words ---- */

enum kafel_kind { KAFEL_END, KAFEL_WORD, KAFEL_NUMBER, KAFEL_PUNCT };

struct kafel_token {
    enum kafel_kind kind;
    int punct;
    const char *text;
    uint32_t length;
    uint64_t number;
    struct cordon_place place;
};

/* ---- the tree ---- */

/* Numbers, names, | and & are bits; the others are conditions. */
enum kafel_op {
    KAFEL_OP_NUMBER,
    KAFEL_OP_NAME,
    KAFEL_OP_BIT_OR,
    KAFEL_OP_BIT_AND,
    KAFEL_OP_EQ, /* the first condition */
    KAFEL_OP_NE,
    KAFEL_OP_LT,
    KAFEL_OP_LE,
    KAFEL_OP_GT,
    KAFEL_OP_GE,
    KAFEL_OP_AND,
    KAFEL_OP_OR,
    KAFEL_OP_NOT
};

struct kafel_expr {
    enum kafel_op op;
    unsigned depth;
    const struct kafel_expr *left, *right;
    uint64_t number;
    const char *name;
    uint32_t length;
    struct cordon_place place;
};

struct kafel_name {
    const char *text;
    uint32_t length;
};

/* `CALL(arguments) ON ARCH { expression }` under an action, or `USE policy`. */
struct kafel_rule {
    struct kafel_rule *next;
    struct kafel_policy *use; /* NULL: a rule */
    uint32_t action;
    struct kafel_name call; /* text NULL: by number */
    uint32_t number;
    bool declares; /* its own arguments */
    struct kafel_name arguments[CORDON_ARGS];
    uint32_t argument_count;
    uint32_t abis; /* 0: all */
    const struct kafel_expr *expr;
    struct cordon_place place;
};

struct kafel_policy {
    struct kafel_policy *next;
    struct kafel_name name;
    struct kafel_rule *first, *last;
    bool used; /* its rules were added already; repeated rules could not decide anything */
};

struct kafel_constant {
    struct kafel_constant *next;
    struct kafel_name name;
    uint64_t value;
};

#define KAFEL_BUCKETS 1024u

struct kafel {
    struct cordon_tree *tree;
    const struct cordon_format_options *options;
    struct reading *reading; /* the current include, the innermost one */
    struct reading readings[CORDON_POLICY_MAX_INCLUDE + 1];
    bool including[CORDON_POLICY_MAX_INCLUDE + 1]; /* within an #include directive */
    struct kafel_token token;
    bool failed; /* a syntax error was reported: nothing more is read */
    unsigned brackets;
    struct kafel_policy *policies, main;
    uint32_t policy_count;
    struct kafel_constant *constants[KAFEL_BUCKETS]; /* by a hash of their names */
    uint32_t constant_count;
    uint32_t *alike; /* by call and ABI: the ABIs with the same arguments; 0: not computed */
};

/* ---- lex.c ---- */
bool kafel_start(struct kafel *kafel);
void kafel_advance(struct kafel *kafel);
bool kafel_is(const struct kafel *kafel, int punct);
bool kafel_take(struct kafel *kafel, int punct);
bool kafel_is_word(const struct kafel *kafel, const char *word);
bool kafel_take_word(struct kafel *kafel, const char *word);
bool kafel_expect(struct kafel *kafel, int punct, const char *what);
void kafel_error(struct kafel *kafel, enum cordon_error code, struct cordon_place place,
                 const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));
void kafel_unexpected(struct kafel *kafel, const char *expected);
/* Zeroed memory of the policy; NULL: reported. */
void *kafel_alloc(struct kafel *kafel, size_t size);

/* ---- parse.c, expr.c ---- */
void kafel_parse(struct kafel *kafel);
bool kafel_same(struct kafel_name a, const char *text, uint32_t length);
const struct kafel_constant *kafel_constant(const struct kafel *kafel, const char *text,
                                            uint32_t length);
struct kafel_policy *kafel_policy(const struct kafel *kafel, const char *text, uint32_t length);
/* "did you mean …?" with the nearest policy; empty: none is near. */
void kafel_suggest_policy(const struct kafel *kafel, char *hint, const char *text, uint32_t length);
/* Makes a condition; NULL: reported. */
const struct kafel_expr *kafel_expression(struct kafel *kafel);

/* ---- names.c ---- */
/* The calls that a name of kafel's stands for, and their ABIs; 0: none. */
#define KAFEL_CALLS 9 /* each of kafel's architectures has another one */
struct kafel_call {
    uint16_t id;      /* its arguments are the rule's; CORDON_NO_ID: it has none */
    uint32_t abis;    /* 0: all */
    bool is_numbered; /* kafel has a number of no call there: */
    uint32_t number;
};
int kafel_calls(struct kafel_name name, struct kafel_call calls[KAFEL_CALLS]);
/* Is the name missing in kafel's table of the ABI? */
bool kafel_lacks(struct kafel_name name, enum cordon_abi_id abi);
/* Is cordon's name of a call the same call to kafel? */
bool kafel_means(uint16_t id, enum cordon_abi_id abi);
/* kafel's name of an ABI; NULL: it has none. */
const char *kafel_arch(enum cordon_abi_id id);
/* The position of an argument, by its name in the kernel's definition or in the manual, and its
 * size in bytes; false: none. */
struct kafel_argument {
    unsigned position;
    unsigned size; /* 4 or 8: how many bytes kafel compares */
    bool plain;    /* whether the kernel reads exactly the lower 32 bits */
    bool is_signed;
};
/* What kafel calls an argument of a call. */
const char *kafel_argument_name(const struct cordon_syscall *call, unsigned argument);
bool kafel_argument(const struct cordon_abi *abi, uint16_t id, const char *name, uint32_t length,
                    struct kafel_argument *argument);
uint32_t kafel_abi(const char *name, uint32_t length); /* bit; 0: unknown */

/* ---- cond.c ---- */
enum kafel_truth { KAFEL_NEVER, KAFEL_ALWAYS, KAFEL_SOMETIMES };
struct kafel_cond {
    enum kafel_truth truth;
    const struct cordon_cond *cond; /* SOMETIMES */
};
/* The place of a condition. */
struct kafel_scope {
    struct kafel *kafel;
    const struct kafel_rule *rule;
    const struct cordon_abi *abi;
    uint16_t id; /* id of the call, or CORDON_NO_ID */
    bool strict; /* unknown arguments are errors now; otherwise when it is built */
};
struct kafel_cond kafel_condition(const struct kafel_scope *scope, const struct kafel_expr *expr);

#endif
