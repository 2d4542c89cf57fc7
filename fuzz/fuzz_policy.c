/* SPDX-License-Identifier: MIT */
/*
 * fuzz_policy.c: takes any text as a policy; reads, builds and emits it. The emitted program must
 * give the same verdicts as the model.
 */
#include <stdlib.h>
#include <string.h>

#include "cordon/compile.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Calls around the constants that the program compares with. */
static void compare(const struct cordon_compiled *compiled)
{
    const struct cordon_program *program = &compiled->code.program;
    for (uint32_t round = 0; round < 64; round++) {
        struct cordon_data data;
        for (uint32_t i = 0; i < CORDON_WORDS; i++)
            data.word[i] = program->insns[(round * 7 + i * 13) % program->length].k + round % 3 - 1;
        data.word[CORDON_WORD_ARCH] = cordon_abi(compiled->policy->abis[0])->token;
        if (cordon_program_run(program, &data).value !=
            cordon_model_evaluate(compiled->model, compiled->meaning.verdicts, &data))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct cordon_policy *policy = NULL;
    struct cordon_compiled compiled;
    struct cordon_reporter reporter = {0};
    /* includes would read files */
    if (memmem(bytes, size, "include", 7) && !memmem(bytes, size, "include \"@", 10))
        return 0;
    if (cordon_policy_read(&policy, (const char *)bytes, size, "fuzz", NULL, &reporter))
        return 0;
    if (cordon_compile(&compiled, policy, NULL, 0, NULL, &reporter) == CORDON_OK) {
        compare(&compiled);
        cordon_compiled_free(&compiled);
    }
    cordon_policy_free(policy);
    return 0;
}
