/* SPDX-License-Identifier: MIT */
/* readers.h: shared by the readers of programs, with the functions that readers.def refers to. */
#ifndef PROGRAMS_READERS_H
#define PROGRAMS_READERS_H

#include "cordon/programs.h"

/* One instruction more than a program may have: the verifier reports it. */
#define ROOM (CORDON_MAX_INSNS + 1)

#define MAX_ERRORS 20 /* of one text */

/* A text being read. */
struct reading {
    const char *name, *text, *end;
    const struct cordon_abi *abi; /* for names */
    const struct cordon_allocator *allocator;
    struct cordon_reporter *reporter;
    /* The result that readers fill. */
    struct cordon_insn *insns; /* ROOM of them */
    uint32_t count;
    bool big_endian; /* already set for texts, which don't determine it */
};

/* Reports an error in `length` bytes at `at`, quoting their line; returns SYNTAX. */
enum cordon_error reading_refuse(const struct reading *reading, const char *at, uint32_t length,
                                 const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Reports an error of the whole text; returns `error`. */
enum cordon_error reading_fail(const struct reading *reading, enum cordon_error error,
                               const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Skips blanks and newlines; the second one also lines of comments, which begin with a
 * semicolon. */
const char *skip_space(const char *at, const char *end);
const char *skip_comments(const char *at, const char *end);
bool is_digit(char c);
/* The value of a hexadecimal digit; -1: it isn't one. */
int hex_digit(char c);
/* A number in C's syntax: decimal, 0x hexadecimal, 0b binary, 0 octal. false: it isn't one of 32
 * bits. */
bool read_digits(const char *text, uint32_t length, uint32_t *value);

/* An instruction's bytes, little endian. */
struct cordon_insn insn_of_bytes(const uint8_t bytes[8]);

/*
 * Reads the lines from `line` to `end`, one instruction per line; lines of comments and headings
 * are skipped. `read` gets a line (its end excludes the newline) and the instruction's index, and
 * fills *insn, or returns false and sets *at to the place where it isn't an instruction. Up to 20
 * errors are reported.
 */
enum cordon_error read_lines(struct reading *reading, const char *line, const char *end,
                             bool (*read)(void *context, struct cordon_insn *insn, uint32_t index,
                                          const char **at, const char *end),
                             void *context);
/* Skips the index ("12:") and the blanks that begin a line of a listing. */
const char *skip_index(const char *line, const char *end);
/* Does `word` begin here? */
bool begins_with(const char *at, const char *end, const char *word);
/* The end of a line, without its newline. */
const char *end_of_line(const char *line, const char *end);
/* A blank line, a comment, or one of the two lines above columns. */
bool is_empty_line(const char *line, const char *end);

#define READER(id, name, summary)                                                                  \
    bool id##_begins(const char *text, const char *end);                                           \
    enum cordon_error id##_read(struct reading *reading);
#include "readers.def"
#undef READER

#endif
