/* SPDX-License-Identifier: MIT */
/*
 * fuzz_programs.c: takes any text as a program, in every form of the table. Every writer writes
 * what a reader accepts; text that can be read again must be the same program. A refusal must be
 * reported. The first byte of the input chooses the form or detection, the second which allocation
 * fails, the third the ABI.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/programs.h"
#include "failing.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define HEAD 3u

/* Checks that the place of a report is in the text, and that the quoted line is the text's. */
struct text {
    const char *text;
    size_t length;
};

static void check_report(void *context, const struct cordon_diag *diag, const char *line,
                         uint32_t length)
{
    const struct text *text = context;
    if (diag->code == CORDON_OK || !diag->text[0])
        abort();
    if (!diag->place.line)
        return;
    if (diag->place.line > 1 && !line)
        abort();
    if (line && (line < text->text || line + length > text->text + text->length ||
                 diag->place.column - 1 > length || memchr(line, '\n', length)))
        abort();
}

static void check_same(const struct cordon_owned_program *a, const struct cordon_owned_program *b,
                       bool exactly)
{
    if (a->program.length != b->program.length)
        abort();
    for (uint32_t i = 0; i < a->program.length; i++) {
        char texts[2][96];
        const struct cordon_owned_program *both[2] = {a, b};
        for (int j = 0; j < 2; j++) {
            struct cordon_buffer buffer = {texts[j], sizeof texts[j], 0};
            struct cordon_sink sink = cordon_buffer_sink(&buffer);
            cordon_insn_print(&sink, &both[j]->insns[i], i);
        }
        if (a->insns[i].code != b->insns[i].code || strcmp(texts[0], texts[1]) != 0 ||
            (exactly && memcmp(&a->insns[i], &b->insns[i], sizeof a->insns[i]) != 0))
            abort();
    }
}

static void write_and_read(const struct cordon_owned_program *read,
                           const struct cordon_allocator *allocator)
{
    const struct cordon_program_writer *writer;
    for (size_t i = 0; (writer = cordon_program_writer(i)); i++) {
        struct cordon_program_source source = {&read->program, read->big_endian, "*/\n\xff"};
        struct cordon_string text = {0};
        struct cordon_sink sink = cordon_string_sink(&text);
        enum cordon_error error = writer->write(&sink, &source, allocator);
        if (error && error != CORDON_E_NO_MEMORY)
            abort();
        if (!error && (writer->is_binary || !strcmp(writer->name, "asm"))) {
            struct cordon_owned_program again;
            if (cordon_program_read(&again, NULL, text.text, text.length, "again", NULL, NULL))
                abort();
            check_same(read, &again, writer->is_binary);
            cordon_owned_program_free(&again);
        }
        cordon_string_free(&text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size < HEAD)
        return 0;
    struct text text = {(const char *)bytes + HEAD, size - HEAD};
    int left = bytes[1] - 1; /* negative: none fails */
    struct cordon_allocator allocator = failing_allocator(&left);
    struct cordon_reporter reporter = {.report = check_report, .context = &text};
    struct cordon_program_options options = {
        &allocator, bytes[2] < CORDON_ABI_COUNT ? cordon_abi((enum cordon_abi_id)bytes[2]) : NULL};
    const struct cordon_program_form *form = cordon_program_form(bytes[0]);
    struct cordon_owned_program read;
    enum cordon_error error =
        cordon_program_read(&read, form, text.text, text.length, "fuzz", &options, &reporter);
    if ((error != CORDON_OK) != (reporter.errors > 0))
        abort();
    if (!error) {
        write_and_read(&read, &allocator);
        cordon_owned_program_free(&read);
    }
    return 0;
}
