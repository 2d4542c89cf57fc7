/* SPDX-License-Identifier: MIT */
/*
 * equal_test.c: compares programs with mutants of them, by the model and by decision diagrams over
 * bits. If the model finds a difference, the interpreter and the running kernel must show it for
 * the model's example call; if it finds none, the diagrams must be the same.
 *
 * --pairs N: number of pairs; --seed S; --filter FILE: use mutants of this filter (raw BPF) instead
 * of random programs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bdd.h"
#include "cordon/compare.h"
#include "cordon/lift.h"
#include "kernel_oracle.h"

#define ROOM 64u

static struct cordon_insn filter[CORDON_MAX_INSNS];
static uint32_t filter_length; /* 0: random programs */

struct counts {
    unsigned long pairs, equal, different, undecided, judged, confirmed, wrong;
};

static void show(const char *what, const struct cordon_program *a, const struct cordon_program *b)
{
    printf("# %s\n", what);
    for (uint32_t i = 0; i < a->length || i < b->length; i++) {
        const struct cordon_program *programs[] = {a, b};
        printf("#  %2u:", i);
        for (int j = 0; j < 2; j++)
            if (i < programs[j]->length) {
                struct cordon_insn insn = programs[j]->insns[i];
                printf("  { 0x%02x, %u, %u, 0x%08x }", insn.code, insn.jt, insn.jf, insn.k);
            }
        printf("\n");
    }
}

static void blame(struct counts *counts, const char *what, const struct cordon_program *a,
                  const struct cordon_program *b)
{
    if (++counts->wrong <= 3)
        show(what, a, b);
}

/* Does the kernel return what the interpreter returns? It cannot distinguish values above 64. */
static bool kernel_agrees(const int pair[2], const struct cordon_program *program,
                          const struct cordon_data *call)
{
    uint32_t ours = cordon_program_run(program, call).value;
    if (pair[0] < 0)
        return true;
    return oracle_attach(pair[1], program->insns, program->length) &&
           oracle_run(pair, call) == (long)(ours > 64 ? 64 : ours);
}

static void judge(const int pair[2], const struct cordon_program *a, const struct cordon_program *b,
                  struct counts *counts)
{
    struct cordon_model *model;
    struct cordon_data call;
    cordon_node first, second;
    uint32_t bits[2][32];
    if (cordon_model_create(&model, NULL, 0))
        exit(2);
    enum cordon_answer answer = CORDON_UNDECIDED;
    if (!cordon_lift(&first, model, a, NULL, NULL) && !cordon_lift(&second, model, b, NULL, NULL))
        answer = cordon_model_equal(model, first, second, &call);
    cordon_model_free(model);
    bdd_reset();
    bool judged = bdd_program(a, bits[0]) && bdd_program(b, bits[1]);
    bool same = judged && !memcmp(bits[0], bits[1], sizeof bits[0]);
    counts->pairs++;
    counts->judged += judged;
    counts->undecided += answer == CORDON_UNDECIDED;
    counts->equal += answer == CORDON_YES;
    counts->different += answer == CORDON_NO;
    if (answer == CORDON_YES && judged && !same)
        blame(counts, "called equal, the diagrams differ", a, b);
    if (answer != CORDON_NO)
        return;
    if (judged && same)
        blame(counts, "called different, the diagrams are the same", a, b);
    if (cordon_program_run(a, &call).value == cordon_program_run(b, &call).value)
        blame(counts, "the call named is answered alike", a, b);
    else if (!kernel_agrees(pair, a, &call) || !kernel_agrees(pair, b, &call))
        blame(counts, "the kernel answers the call otherwise", a, b);
    else
        counts->confirmed++;
}

/* Replaces multiplications and divisions: their diagrams can have any size. */
static void soften(struct random *random, struct cordon_insn *insns, uint32_t length)
{
    static const uint16_t others[] = {CORDON_OP_ADD_K, CORDON_OP_SUB_K, CORDON_OP_OR_K,
                                      CORDON_OP_AND_K, CORDON_OP_XOR_K};
    for (uint32_t i = 0; i < length; i++) {
        uint16_t kind = cordon_opcode_with_k(insns[i].code);
        if ((kind == CORDON_OP_MUL_K || kind == CORDON_OP_DIV_K) && random_under(random, 8))
            insns[i].code = others[random_under(random, 5)] | (insns[i].code & CORDON_OPERAND_X);
    }
}

static bool one_pair(const int pair[2], struct random *random, struct counts *counts)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS], mutant[CORDON_MAX_INSNS];
    uint32_t length = filter_length ? filter_length : random_program(random, insns, ROOM / 3);
    struct cordon_program a, b;
    struct cordon_fault fault;
    if (filter_length) {
        memcpy(insns, filter, sizeof insns);
    } else {
        soften(random, insns, length);
        length = make_observable(random, insns, length);
    }
    memcpy(mutant, insns, sizeof mutant);
    uint32_t mutated = random_mutation(random, mutant, length, CORDON_MAX_INSNS);
    if (!cordon_program_verify(&a, insns, length, &fault) ||
        !cordon_program_verify(&b, mutant, mutated, &fault) ||
        (length == mutated && !memcmp(insns, mutant, length * sizeof *insns)))
        return false;
    judge(pair, &a, &b, counts);
    return true;
}

static void read_filter(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file) {
        perror(path);
        exit(2);
    }
    filter_length = (uint32_t)fread(filter, sizeof *filter, CORDON_MAX_INSNS, file);
    fclose(file);
}

int main(int argc, char **argv)
{
    unsigned long pairs = 4000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--pairs"))
            pairs = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--filter"))
            read_filter(argv[i + 1]);
    }
    int pair[2];
    struct random random = {seed};
    struct counts counts = {0};
    if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair))
        pair[0] = -1;
    printf("1..1\n# seed %lu\n", seed);
    while (counts.pairs < pairs)
        one_pair(pair, &random, &counts);
    bool ok = counts.wrong == 0 && counts.judged > pairs / 2 && counts.undecided < pairs / 10;
    printf("%s 1 - %lu pairs: %lu equal, %lu different (%lu confirmed by a call), %lu undecided; "
           "%lu judged by diagrams, %lu wrong\n",
           ok ? "ok" : "not ok", counts.pairs, counts.equal, counts.different, counts.confirmed,
           counts.undecided, counts.judged, counts.wrong);
    return ok ? 0 : 1;
}
