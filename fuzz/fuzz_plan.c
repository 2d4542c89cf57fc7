/* SPDX-License-Identifier: MIT */
/*
 * fuzz_plan.c: takes any bytes as a call and a stack of programs. The plan, made one filter at a
 * time, must give the same verdict as the interpretation of all filters.
 *
 * The call's words come first, then filters (bytes.h).
 */
#include <stdlib.h>
#include <string.h>

#include "bytes.h"
#include "random_filter.h"

#define FILTERS 8u

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void compare(const struct cordon_plan *plan, const struct cordon_program *stack,
                    uint32_t depth, const struct cordon_data *data)
{
    struct cordon_outcome want = interpret_stack(stack, depth, data);
    struct cordon_outcome have = cordon_plan_run(plan, data);
    if (want.value != have.value || want.filter != have.filter)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct cordon_insn insns[FILTERS][MAX_TAKEN];
    struct cordon_program stack[FILTERS];
    struct cordon_plan *plan = NULL;
    struct input input = {bytes, size};
    struct cordon_data data;
    for (int i = 0; i < CORDON_WORDS; i++)
        data.word[i] = take_constant(&input);
    for (uint32_t depth = 0; depth < FILTERS && input.left > 0;) {
        take_program(&input, &stack[depth], insns[depth]);
        struct cordon_plan *older = plan;
        plan = cordon_plan_make(older, &stack[depth++], malloc, free);
        free(older);
        if (!plan)
            return 0;
        /* Numbers and architectures at which the verdict may change. */
        for (uint32_t i = 0; i < 64; i++) {
            struct cordon_data other = data;
            uint32_t k = insns[depth - 1][i % stack[depth - 1].length].k;
            other.word[CORDON_WORD_NR] = i < 8 ? data.word[i] : k + i % 3 - 1;
            if (i % 4)
                other.word[CORDON_WORD_ARCH] = i % 4 > 1 ? 0xc000003eu : 0x40000003u;
            compare(plan, stack, depth, &other);
        }
    }
    free(plan);
    return 0;
}
