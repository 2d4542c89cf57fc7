/* SPDX-License-Identifier: MIT */
/* fuzz_engine.c: any bytes as a program: verified, run, printed and read back. */
#include <stdlib.h>
#include <string.h>

#include "cordon/engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_text(const struct cordon_insn *insn, uint32_t index)
{
    char text[96];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    struct cordon_insn again;
    cordon_insn_print(&sink, insn, index);
    if (!cordon_insn_parse(&again, text, (uint32_t)buffer.length, index, NULL) ||
        again.code != insn->code)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint32_t length = (uint32_t)(size / sizeof(struct cordon_insn)), at;
    struct cordon_insn parsed;
    if (length == 0 || length > CORDON_MAX_INSNS)
        return 0;
    if (cordon_insn_parse(&parsed, (const char *)bytes, (uint32_t)size, 0, &at))
        check_text(&parsed, 0);
    struct cordon_insn *insns = malloc(length * sizeof *insns);
    if (!insns)
        return 0;
    memcpy(insns, bytes, length * sizeof *insns);
    struct cordon_program program;
    struct cordon_fault fault;
    if (cordon_program_verify(&program, insns, length, &fault)) {
        struct cordon_data data;
        for (uint32_t i = 0; i < CORDON_WORDS; i++)
            data.word[i] = insns[i % length].k;
        if (cordon_program_run(&program, &data).steps > length)
            abort();
        for (uint32_t i = 0; i < length; i++)
            check_text(&insns[i], i);
    } else if (fault.insn >= length) {
        abort();
    }
    free(insns);
    return 0;
}
