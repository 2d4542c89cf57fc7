/* SPDX-License-Identifier: MIT */
/*
 * engine.h: seccomp programs: verifies and runs them as the kernel does, and prints them.
 *
 * Facts: kernel/seccomp.c (seccomp_check_filter), net/core/filter.c (bpf_check_classic) and
 * include/uapi/linux/filter.h. The instruction set is one table, isa.def, with a row per opcode
 * (opcode.h has the enum).
 *
 * Freestanding: no libc but mem*, no allocation, no errno, no stdio. The caller owns all memory;
 * instructions are borrowed by the program made of them and must not change while it is used.
 * Thread safety: functions of their arguments; a verified program may be shared between threads.
 */
#ifndef CORDON_ENGINE_H
#define CORDON_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/opcode.h"
#include "cordon/sink.h"

CORDON_BEGIN

#define CORDON_MAX_INSNS 4096u /* BPF_MAXINSNS */
#define CORDON_SCRATCH   16u   /* BPF_MEMWORDS */

/* struct sock_filter (linux/filter.h): same layout, so an array of these goes to the kernel as it
 * is. */
struct cordon_insn {
    uint16_t code;
    uint8_t jt;
    uint8_t jf;
    uint32_t k;
};

/* ---- verifier ---- */

#define CORDON_REASONS(X)                                                                          \
    X(NONE, "accepted")                                                                            \
    X(EMPTY, "the program has no instructions")                                                    \
    X(TOO_LONG, "the program has more than 4096 instructions")                                     \
    X(OPCODE, "not an instruction of seccomp programs")                                            \
    X(LOAD_ALIGN, "the load is not at a multiple of 4")                                            \
    X(LOAD_RANGE, "the load is outside seccomp_data (64 bytes)")                                   \
    X(SCRATCH_RANGE, "the scratch word is none of M[0] to M[15]")                                  \
    X(SCRATCH_UNSET, "the scratch word may be read before it was written")                         \
    X(DIVISION, "division by the constant 0")                                                      \
    X(SHIFT, "shift by 32 or more")                                                                \
    X(JUMP_RANGE, "the jump leaves the program")                                                   \
    X(NO_RETURN, "the last instruction is not a return")

#define CORDON_REASON_ENUM(name, text) CORDON_REASON_##name,
enum cordon_reason { CORDON_REASONS(CORDON_REASON_ENUM) };
#undef CORDON_REASON_ENUM

const char *cordon_reason_text(enum cordon_reason reason);

struct cordon_fault {
    enum cordon_reason reason;
    uint32_t insn; /* index of the offending instruction (0 for EMPTY and TOO_LONG) */
};

/* A verified program: only cordon_program_verify() makes one. Treat the members as read only. */
struct cordon_program {
    const struct cordon_insn *insns; /* borrowed */
    uint32_t length;
};

/* Accepts exactly what the kernel accepts. false: *fault says why, *program is untouched. */
bool cordon_program_verify(struct cordon_program *program, const struct cordon_insn *insns,
                           uint32_t length, struct cordon_fault *fault)
    __attribute__((warn_unused_result));

/*
 * The same with the verifier's working memory given by the caller (room for `length` values), for
 * callers that cannot use 8 KiB of stack, such as a kernel.
 */
bool cordon_program_verify_in(struct cordon_program *program, const struct cordon_insn *insns,
                              uint32_t length, uint16_t *room, struct cordon_fault *fault)
    __attribute__((warn_unused_result));

/* ---- interpreter ---- */

struct cordon_run {
    uint32_t value; /* what the program returned */
    uint32_t steps; /* instructions executed, the return included */
};

/* Runs a program on one call. Always ends (jumps only go forward) and never fails. */
struct cordon_run cordon_program_run(const struct cordon_program *program,
                                     const struct cordon_data *data);
/* The same; also stores the indices of the first `room` instructions executed. */
struct cordon_run cordon_program_trace(const struct cordon_program *program,
                                       const struct cordon_data *data, uint32_t *path,
                                       uint32_t room);

/* Of all instructions: tells programs apart, proves nothing. */
uint64_t cordon_program_hash(const struct cordon_program *program);

/* ---- printer ---- */

/* One instruction as text, without newline: "jeq #0x3b, 4, 7": absolute indices as jump targets. */
void cordon_insn_print(struct cordon_sink *sink, const struct cordon_insn *insn, uint32_t index);

/*
 * Reads one instruction as cordon_insn_print() writes it (any blanks; `;` or `//` begins a
 * comment). false: *at is the offset of the error. An empty line isn't an
 * instruction.
 */
bool cordon_insn_parse(struct cordon_insn *insn, const char *text, uint32_t length, uint32_t index,
                       uint32_t *at) __attribute__((warn_unused_result));

/* Swaps the byte order of an instruction's fields: programs of foreign-endian machines. */
struct cordon_insn cordon_insn_swap(struct cordon_insn insn);

CORDON_END

#endif
