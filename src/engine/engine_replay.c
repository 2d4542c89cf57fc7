/* SPDX-License-Identifier: MIT */
/*
 * engine_replay.c: prints the engine's results for a fixed sequence of random programs, so that its
 * runs on different machines (big-endian, 32-bit) can be compared line by line. Plain C and stdio
 * only.
 */
#include <stdio.h>
#include <stdlib.h>

#include "random_filter.h"

static uint32_t mix(uint32_t digest, uint32_t value)
{
    return (digest ^ value) * 0x01000193u;
}

static void digest_text(void *context, const char *text, size_t length)
{
    uint32_t *digest = context;
    for (size_t i = 0; i < length; i++)
        *digest = mix(*digest, (unsigned char)text[i]);
}

static uint32_t replay_program(struct random *random, struct cordon_insn *insns, uint32_t length)
{
    uint32_t digest = 0x811c9dc5u;
    struct cordon_sink sink = {digest_text, &digest};
    for (uint32_t i = 0; i < length; i++)
        cordon_insn_print(&sink, &insns[i], i);
    struct cordon_program program;
    struct cordon_fault fault = {0};
    if (!cordon_program_verify(&program, insns, length, &fault))
        return mix(mix(digest, fault.reason), fault.insn);
    for (int i = 0; i < 16; i++) {
        struct cordon_data data = random_call(random, insns, length);
        struct cordon_run run = cordon_program_run(&program, &data);
        digest = mix(mix(digest, run.value), run.steps);
    }
    return digest;
}

/* Prints the outcomes of a few stacked filters, and the work of planning them. */
static uint32_t replay_stack(struct random *random)
{
    static struct cordon_insn insns[3][CORDON_MAX_INSNS];
    struct cordon_program stack[3];
    struct cordon_plan *plan = NULL;
    uint32_t digest = 0x811c9dc5u;
    for (uint32_t depth = 0; depth < 3; depth++) {
        struct cordon_fault fault;
        uint32_t length = random_under(random, 2) ? random_filter(random, insns[depth])
                                                  : random_number_program(random, insns[depth], 30);
        if (!cordon_program_verify(&stack[depth], insns[depth], length, &fault))
            exit(1);
        struct cordon_plan *older = plan;
        plan = cordon_plan_make(older, &stack[depth], malloc, free);
        free(older);
        if (!plan)
            exit(1);
        digest = mix(digest, cordon_plan_steps(plan));
        for (int i = 0; i < 32; i++) {
            struct cordon_data data = random_number_call(random, stack, depth + 1);
            struct cordon_outcome outcome = cordon_plan_run(plan, &data);
            digest = mix(mix(digest, outcome.value), outcome.filter);
        }
    }
    free(plan);
    return digest;
}

int main(int argc, char **argv)
{
    unsigned long programs = argc > 1 ? strtoul(argv[1], NULL, 0) : 4000;
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct random random = {42};
    for (unsigned long i = 0; i < programs; i++) {
        uint32_t length = random_program(&random, insns, 60);
        if (i % 2)
            length = random_mutation(&random, insns, length, 64);
        printf("%lu %u %08x\n", i, length, replay_program(&random, insns, length));
    }
    for (unsigned long i = 0; i < programs / 16; i++)
        printf("stack %lu %08x\n", i, replay_stack(&random));
    return 0;
}
