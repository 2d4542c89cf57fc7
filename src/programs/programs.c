/* SPDX-License-Identifier: MIT */
/* programs.c: the tables of readers and writers; reads a program in any form. */
#include "cordon/programs.h"

#include <string.h>

#include "readers.h"
#include "writers.h"

#define COUNT(array)    (sizeof(array) / sizeof *(array))
#define MAX_TEXT_LENGTH ((size_t)1 << 30)

/* ---- tables ---- */

static const struct reader {
    struct cordon_program_form form;
    bool (*begins)(const char *text, const char *end);
    enum cordon_error (*read)(struct reading *reading);
} readers[] = {
#define READER(id, name, summary) {{name, summary}, id##_begins, id##_read},
#include "readers.def"
#undef READER
};

static const struct cordon_program_writer writers[] = {
#define WRITER(id, name, is_binary, summary) {name, summary, is_binary, write_##id},
#include "writers.def"
#undef WRITER
};

const struct cordon_program_form *cordon_program_form(size_t index)
{
    return index < COUNT(readers) ? &readers[index].form : NULL;
}

const struct cordon_program_writer *cordon_program_writer(size_t index)
{
    return index < COUNT(writers) ? &writers[index] : NULL;
}

const struct cordon_program_writer *cordon_program_writer_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT(writers); i++)
        if (!strcmp(writers[i].name, name))
            return &writers[i];
    return NULL;
}

static const struct reader *detect(const char *text, size_t length)
{
    for (size_t i = 0; length && i < COUNT(readers); i++)
        if (readers[i].begins(text, text + length))
            return &readers[i];
    return NULL;
}

static const struct reader *reader_of(const struct cordon_program_form *form)
{
    for (size_t i = 0; i < COUNT(readers); i++)
        if (&readers[i].form == form)
            return &readers[i];
    return NULL;
}

const struct cordon_program_form *cordon_program_detect(const char *text, size_t length)
{
    const struct reader *reader = detect(text, length);
    return reader ? &reader->form : NULL;
}

/* ---- reading ---- */

static enum cordon_error verify(const struct reading *reading, struct cordon_program *program)
{
    struct cordon_fault fault;
    struct cordon_diag diag;
    if (cordon_program_verify(program, reading->insns, reading->count, &fault))
        return CORDON_OK;
    cordon_diag_set(&diag, CORDON_E_PROGRAM, "not a seccomp filter: %s",
                    cordon_reason_text(fault.reason));
    diag.place.file = reading->name;
    if (fault.reason != CORDON_REASON_EMPTY && fault.reason != CORDON_REASON_TOO_LONG)
        diag.insn = fault.insn;
    cordon_reporter_add(reading->reporter, &diag, NULL, 0);
    return CORDON_E_PROGRAM;
}

static struct cordon_insn *resize(const struct reading *reading, uint32_t old, uint32_t count)
{
    const struct cordon_allocator *allocator = reading->allocator;
    return allocator->resize(allocator->context, reading->insns, old * sizeof *reading->insns,
                             count * sizeof *reading->insns);
}

/* Reads into memory for the longest program, then shrinks it to the used size. */
static enum cordon_error read_insns(const struct reader *reader, struct reading *reading,
                                    struct cordon_program *program)
{
    reading->insns = resize(reading, 0, ROOM);
    if (!reading->insns)
        return reading_fail(reading, CORDON_E_NO_MEMORY, "out of memory");
    bool empty = reading->text == reading->end; /* the verifier says so */
    enum cordon_error error = empty ? CORDON_OK : reader->read(reading);
    error = error ? error : verify(reading, program);
    if (!error) {
        struct cordon_insn *shrunk = resize(reading, ROOM, reading->count);
        if (!shrunk)
            error = reading_fail(reading, CORDON_E_NO_MEMORY, "out of memory");
        else
            program->insns = reading->insns = shrunk;
    }
    if (error)
        resize(reading, ROOM, 0);
    return error;
}

static enum cordon_error read_whole(const struct reader *reader, struct reading *reading,
                                    struct cordon_program *program)
{
    if (!reader)
        return reading_fail(reading, CORDON_E_FORMAT, "not a program in a known format");
    if (reading->end - reading->text > (ptrdiff_t)MAX_TEXT_LENGTH)
        return reading_fail(reading, CORDON_E_TOO_LONG, "the text is longer than 1 GiB");
    return read_insns(reader, reading, program);
}

enum cordon_error cordon_program_read(struct cordon_owned_program *read,
                                      const struct cordon_program_form *form, const char *text,
                                      size_t length, const char *name,
                                      const struct cordon_program_options *options,
                                      struct cordon_reporter *reporter)
{
    static const struct cordon_program_options defaults;
    options = options ? options : &defaults;
    text = length ? text : "";
    const struct cordon_abi *abi = options->abi;
    struct reading reading = {.name = name,
                              .text = text,
                              .end = text + length,
                              .abi = abi ? abi : cordon_abi_native(),
                              .big_endian = abi && abi->big_endian,
                              .allocator =
                                  options->allocator ? options->allocator : &cordon_allocator_libc,
                              .reporter = reporter};
    const struct reader *reader = form ? reader_of(form) : detect(text, length);
    struct cordon_program program;
    enum cordon_error error = read_whole(reader, &reading, &program);
    if (!error)
        *read = (struct cordon_owned_program){program, reading.big_endian, reading.insns,
                                              reading.allocator};
    return error;
}

void cordon_owned_program_free(struct cordon_owned_program *program)
{
    if (program->insns)
        program->allocator->resize(program->allocator->context, program->insns,
                                   program->program.length * sizeof *program->insns, 0);
    *program = (struct cordon_owned_program){0};
}
