/* SPDX-License-Identifier: MIT */
/*
 * law_test.c: the law: for every program p and every call x,
 * interpret(p, x) = evaluate(lift(p), x) = interpret(emit(lift(p)), x).
 *
 * --pairs N: number of (program, call) pairs; --seed S.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/compare.h"
#include "cordon/emit.h"
#include "cordon/lift.h"
#include "random_program.h"

#define CALLS_PER_PROGRAM 128

struct counts {
    unsigned long programs, pairs, emitted, too_big, not_lifted, differences;
};

static void show(const struct cordon_program *program, const struct cordon_data *data,
                 const char *what, uint32_t want, uint32_t have)
{
    printf("# %s: 0x%08x, not 0x%08x\n", what, have, want);
    for (uint32_t i = 0; i < program->length; i++)
        printf("#   %u: { 0x%02x, %u, %u, 0x%08x }\n", i, program->insns[i].code,
               program->insns[i].jt, program->insns[i].jf, program->insns[i].k);
    for (int i = 0; i < CORDON_WORDS; i++)
        printf("#   word %d = 0x%08x\n", i, data->word[i]);
}

static void compare(struct random *random, const struct cordon_program *program,
                    struct cordon_model *model, cordon_node node, const struct cordon_code *code,
                    struct counts *counts)
{
    for (int i = 0; i < CALLS_PER_PROGRAM; i++) {
        struct cordon_data data = random_call(random, program->insns, program->length);
        uint32_t want = cordon_program_run(program, &data).value;
        uint32_t lifted = cordon_model_evaluate(model, node, &data);
        uint32_t emitted = code ? cordon_program_run(&code->program, &data).value : want;
        counts->pairs++;
        if (lifted != want && ++counts->differences <= 3)
            show(program, &data, "lifted", want, lifted);
        else if (emitted != want && ++counts->differences <= 3)
            show(program, &data, "emitted", want, emitted);
    }
}

static void one_program(struct random *random, const struct cordon_program *program,
                        struct counts *counts)
{
    struct cordon_model *model;
    struct cordon_code code = {0};
    cordon_node node;
    struct cordon_diag diag;
    if (cordon_model_create(&model, NULL, 0))
        exit(2);
    counts->programs++;
    if (cordon_lift(&node, model, program, NULL, &diag)) {
        counts->not_lifted++;
    } else {
        enum cordon_error error = cordon_emit(&code, model, node, NULL, NULL, &diag);
        counts->emitted += error == CORDON_OK;
        counts->too_big += error == CORDON_E_TOO_LONG;
        if (error && error != CORDON_E_TOO_LONG && ++counts->differences <= 3)
            printf("# not emitted: %s\n", diag.text);
        compare(random, program, model, node, error ? NULL : &code, counts);
    }
    cordon_code_free(&code);
    cordon_model_free(model);
}

int main(int argc, char **argv)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    unsigned long pairs = 500000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--pairs"))
            pairs = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 0);
    }
    printf("1..1\n# seed %lu\n", seed);
    struct counts counts = {0};
    struct random random = {seed};
    while (counts.pairs < pairs) {
        uint32_t length = random_program(&random, insns, counts.programs % 16 ? 30 : 120);
        struct cordon_program program;
        struct cordon_fault fault;
        if (cordon_program_verify(&program, insns, length, &fault))
            one_program(&random, &program, &counts);
    }
    bool ok = counts.differences == 0 && counts.emitted > counts.programs / 2;
    printf("%s 1 - %lu programs, %lu pairs, %lu emitted, %lu too long, %lu over a budget, "
           "%lu differences\n",
           ok ? "ok" : "not ok", counts.programs, counts.pairs, counts.emitted, counts.too_big,
           counts.not_lifted, counts.differences);
    return ok ? 0 : 1;
}
