/* SPDX-License-Identifier: MIT */
/* interpret.c: runs a program as the kernel does: the meanings of isa.def in a loop. */
#include "cordon/engine.h"

#include "interpret.h"
#include "isa.h"

/* `path` NULL: the path isn't recorded, at no cost. */
static inline struct cordon_run run(const struct cordon_program *program,
                                    const struct cordon_data *data, uint32_t at, uint32_t A,
                                    uint32_t X, uint32_t *path, uint32_t room)
{
    uint32_t M[CORDON_SCRATCH];
    const struct cordon_insn *insns = program->insns;
    uint32_t steps = 0;
    for (;;) {
        const struct cordon_insn *insn = &insns[at++];
        const uint32_t k = insn->k;
        if (path && steps < room)
            path[steps] = at - 1;
        steps++;
        switch (insn->code) {
#define WORD_AT(offset) data->word[(offset) / 4]
#define JUMP(n)         at += (n)
#define BRANCH(cond)    at += (cond) ? insn->jt : insn->jf
#define RETURN(value)                                                                              \
    return (struct cordon_run)                                                                     \
    {                                                                                              \
        (value), steps                                                                             \
    }
#include "isa_cases.h"
        default:
            __builtin_unreachable(); /* the verifier accepts no other opcode */
        }
    }
}

struct cordon_run cordon_program_run(const struct cordon_program *program,
                                     const struct cordon_data *data)
{
    return run(program, data, 0, 0, 0, 0, 0);
}

uint32_t interpret_from(const struct cordon_program *program, const struct cordon_data *data,
                        uint32_t start, uint32_t a, uint32_t x)
{
    return run(program, data, start, a, x, 0, 0).value;
}

struct cordon_run cordon_program_trace(const struct cordon_program *program,
                                       const struct cordon_data *data, uint32_t *path,
                                       uint32_t room)
{
    return run(program, data, 0, 0, 0, path, room);
}
