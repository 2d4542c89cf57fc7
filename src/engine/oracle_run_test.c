/* SPDX-License-Identifier: MIT */
/*
 * oracle_run_test.c: compares the interpreter with the running kernel.
 *
 * testing/kernel_oracle.h explains how the kernel runs a program.
 *
 * --inputs N: number of evaluations; --seed S.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel_oracle.h"

#define INPUTS_PER_PROGRAM 64

static void show(const struct cordon_program *program, const struct cordon_data *data, long kernel,
                 uint32_t ours)
{
    printf("# kernel %ld, interpreter %u\n", kernel, ours);
    for (uint32_t i = 0; i < program->length; i++)
        printf("#   %u: { 0x%02x, %u, %u, 0x%08x }\n", i, program->insns[i].code,
               program->insns[i].jt, program->insns[i].jf, program->insns[i].k);
    for (int i = 0; i < CORDON_WORDS; i++)
        printf("#   word %d = 0x%08x\n", i, data->word[i]);
}

struct counts {
    unsigned long programs, inputs, not_zero, differences, failures;
};

static void compare_program(const int pair[2], struct random *random,
                            const struct cordon_program *program, struct counts *counts)
{
    counts->programs++;
    for (int i = 0; i < INPUTS_PER_PROGRAM; i++) {
        struct cordon_data data = random_call(random, program->insns, program->length);
        long kernel = oracle_run(pair, &data);
        uint32_t ours = cordon_program_run(program, &data).value;
        counts->inputs++;
        counts->not_zero += ours != 0;
        counts->failures += kernel < 0;
        if (kernel >= 0 && kernel != (long)ours && ++counts->differences <= 3)
            show(program, &data, kernel, ours);
    }
}

static void compare(const int pair[2], struct random *random, unsigned long inputs,
                    struct counts *counts)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    while (counts->inputs < inputs && counts->failures == 0) {
        uint32_t length = random_program(random, insns, counts->programs % 64 ? 40 : 2000);
        length = make_observable(random, insns, length);
        struct cordon_program program;
        struct cordon_fault fault;
        if (!cordon_program_verify(&program, insns, length, &fault) ||
            !oracle_attach(pair[1], insns, length)) {
            printf("# program refused: %s\n", strerror(errno));
            counts->failures++;
            return;
        }
        compare_program(pair, random, &program, counts);
    }
}

int main(int argc, char **argv)
{
    unsigned long inputs = 300000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--inputs"))
            inputs = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 0);
    }
    printf("1..1\n# seed %lu\n", seed);
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair)) {
        printf("ok 1 # SKIP no datagram pair: %s\n", strerror(errno));
        return 0;
    }
    struct counts counts = {0};
    struct random random = {seed};
    compare(pair, &random, inputs, &counts);
    bool ok = counts.differences == 0 && counts.failures == 0 && counts.not_zero > 0;
    printf("%s 1 - %lu programs, %lu inputs, %lu answers not 0, %lu differences, %lu failures\n",
           ok ? "ok" : "not ok", counts.programs, counts.inputs, counts.not_zero,
           counts.differences, counts.failures);
    return ok ? 0 : 1;
}
