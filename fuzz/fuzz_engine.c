/* SPDX-License-Identifier: MIT */
/* fuzz_engine.c: takes any bytes as a program; verifies and runs it, prints it and reads it
 * back, lifts and emits it. */
#include <stdlib.h>
#include <string.h>

#include "cordon/lift.h"
#include "cordon/prove.h"

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

/* The law and the proof: a graph within the limits gives the same results as the program, and so
 * does the program emitted from it. */
static void check_law(const struct cordon_program *program, const struct cordon_data *data)
{
    struct cordon_model *model;
    struct cordon_code code = {0};
    struct cordon_diag diag;
    cordon_node node;
    if (cordon_model_create(&model, NULL, 16u << 20))
        return;
    if (cordon_lift(&node, model, program, NULL, &diag) == CORDON_OK) {
        uint32_t value = cordon_program_run(program, data).value;
        if (cordon_model_evaluate(model, node, data) != value)
            abort();
        enum cordon_error error = cordon_emit_proven(&code, model, node, NULL, &diag);
        if (error == CORDON_E_INTERNAL ||
            (!error && cordon_program_run(&code.program, data).value != value))
            abort();
    }
    cordon_code_free(&code);
    cordon_model_free(model);
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
        check_law(&program, &data);
        for (uint32_t i = 0; i < length; i++)
            check_text(&insns[i], i);
    } else if (fault.insn >= length) {
        abort();
    }
    free(insns);
    return 0;
}
