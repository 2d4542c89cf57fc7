/* SPDX-License-Identifier: MIT */
/*
 * programs.h: seccomp programs as bytes and text: reading the forms in which tools save and print
 * them, listing them for people, and writing them as bytes, text or source code.
 *
 * Whatever was read has passed the verifier. Errors go to the reporter with their place: the line
 * and column of a text, or the index of the instruction that the verifier refuses.
 *
 * Thread safety: functions of their arguments; a listing may be shared between threads.
 */
#ifndef CORDON_PROGRAMS_H
#define CORDON_PROGRAMS_H

#include "cordon/alloc.h"
#include "cordon/diag.h"
#include "cordon/engine.h"

CORDON_BEGIN

/* ---- reading ---- */

/* A form in which programs are saved or printed. */
struct cordon_program_form {
    const char *name;    /* "seccomp-tools-asm" */
    const char *summary; /* one line, in words */
};

/* Form number `index`, in the order of detection; NULL: there are no more. */
const struct cordon_program_form *cordon_program_form(size_t index);
/* The form that a text begins like; NULL: it isn't a program (it may be a policy). */
const struct cordon_program_form *cordon_program_detect(const char *text, size_t length);

/* A program that owns its instructions. */
struct cordon_owned_program {
    struct cordon_program program;
    bool big_endian;           /* the byte order of the machine that it is for */
    struct cordon_insn *insns; /* program.length of them, from the allocator */
    const struct cordon_allocator *allocator;
};

struct cordon_program_options {
    const struct cordon_allocator *allocator; /* NULL: libc */
    /*
     * The ABI that a text is for: names of calls are looked up there, and the program has its byte
     * order. NULL: this machine's names, and little endian. Bytes determine their own order.
     */
    const struct cordon_abi *abi;
};

/*
 * Reads and verifies a program. form NULL: detected. `name` is the text's name in messages.
 * options NULL: defaults. FORMAT: no form detected; SYNTAX: a form's text is wrong; PROGRAM: the
 * kernel would refuse it; TOO_LONG: the text is longer than 1 GiB; NO_MEMORY. *read is freed with
 * cordon_owned_program_free().
 */
enum cordon_error cordon_program_read(struct cordon_owned_program *read,
                                      const struct cordon_program_form *form, const char *text,
                                      size_t length, const char *name,
                                      const struct cordon_program_options *options,
                                      struct cordon_reporter *reporter) CORDON_MUST_CHECK;
/* Also of a zeroed one. */
void cordon_owned_program_free(struct cordon_owned_program *program);

/* ---- listing ---- */

/*
 * A program's instructions with comments: the word that is loaded, the call or architecture that a
 * number is compared with, the action that is returned. The program is borrowed. `abi` NULL: it is
 * for this machine, where the program doesn't tell by testing the architecture.
 */
struct cordon_listing;

enum cordon_error cordon_listing_create(struct cordon_listing **listing,
                                        const struct cordon_program *program,
                                        const struct cordon_abi *abi,
                                        const struct cordon_allocator *allocator) CORDON_MUST_CHECK;
void cordon_listing_free(struct cordon_listing *listing);

struct cordon_listing_line {
    uint32_t index;
    struct cordon_insn insn;
    char text[96];    /* as cordon_insn_print() writes it */
    char comment[96]; /* empty: none */
};

/* The line of one instruction, index < the program's length. */
struct cordon_listing_line cordon_listing_line(const struct cordon_listing *listing,
                                               uint32_t index);
/* As `cordon disasm` prints it, with a newline: index, text and comment. */
void cordon_listing_line_print(struct cordon_sink *sink, const struct cordon_listing_line *line);

/* ---- writing ---- */

struct cordon_program_source {
    const struct cordon_program *program;
    bool big_endian;  /* the byte order of the machine that it is for */
    const char *name; /* what it was made from, for a comment */
};

/* A form that programs are written in. */
struct cordon_program_writer {
    const char *name; /* "c-loader", as `cordon compile --type` takes it */
    const char *summary;
    bool is_binary;
    /* allocator NULL: libc. NO_MEMORY; failures of the sink are its own. */
    enum cordon_error (*write)(struct cordon_sink *sink, const struct cordon_program_source *source,
                               const struct cordon_allocator *allocator);
};

/* Writer number `index`; NULL: there are no more. */
const struct cordon_program_writer *cordon_program_writer(size_t index);
/* NULL: unknown. */
const struct cordon_program_writer *cordon_program_writer_by_name(const char *name);

CORDON_END

#endif
