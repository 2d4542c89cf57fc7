/* SPDX-License-Identifier: MIT */
/*
 * machine.h: all that the hosts need to know of one architecture.
 *
 * The code that names registers, instructions or layouts of an architecture is in one file of
 * host/machine, x86_64.c for example. Another architecture is another such file, with all functions
 * below except those marked "common".
 *
 * A machine makes calls of its native ABI, and of a compat one with 32-bit registers, if it has
 * that. `compat` says which of the two is meant.
 *
 * All functions are thread safe. Those with a tid need the thread to be traced by the caller and
 * stopped; false means that it isn't, or is being killed.
 *
 * Facts: ptrace(2), syscall(2), arch/x86 of the kernel.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <signal.h>
#include <sys/types.h>

#include "cordon/abi.h"

/* ---- ABIs ---- */

enum { MACHINE_NATIVE, MACHINE_COMPAT, MACHINE_ABIS = 3 };
/* The ABIs whose calls a thread can make: native, compat, others; CORDON_ABI_COUNT: none. */
extern const enum cordon_abi_id machine_abis[MACHINE_ABIS];
/* Does the running kernel have one of them? May fork a child that tries. */
bool machine_has_abi(enum cordon_abi_id abi);
/* Common: the place in machine_abis of a call with this AUDIT_ARCH_* and number, or -1. */
int machine_abi_of(uint32_t arch, uint32_t nr);
/* Common: does AUDIT_ARCH_* mean the compat ABI? */
bool machine_is_compat(uint32_t arch);
/* Common: are pointers in structures of the ABI of that call 32 bits wide? */
bool machine_has_narrow_pointers(uint32_t arch, uint32_t nr);

/* ---- numbers of calls: common ---- */

/* Calls that the hosts inject or distinguish: native name, compat name. */
#define MACHINE_CALLS(X)                                                                           \
    X(CLONE, clone, clone)                                                                         \
    X(CLOSE, close, close)                                                                         \
    X(CLOSE_RANGE, close_range, close_range)                                                       \
    X(DUP3, dup3, dup3)                                                                            \
    X(EXIT, exit, exit)                                                                            \
    X(FCNTL, fcntl, fcntl64)                                                                       \
    X(MADVISE, madvise, madvise)                                                                   \
    X(MMAP, mmap, mmap2)                                                                           \
    X(MSEAL, mseal, mseal)                                                                         \
    X(MUNMAP, munmap, munmap)                                                                      \
    X(OPEN, open, open)                                                                            \
    X(OPENAT2, openat2, openat2)                                                                   \
    X(PAUSE, pause, pause)                                                                         \
    X(PRCTL, prctl, prctl)                                                                         \
    X(PRLIMIT64, prlimit64, prlimit64)                                                             \
    X(READLINKAT, readlinkat, readlinkat)                                                          \
    X(RECVMSG, recvmsg, recvmsg)                                                                   \
    X(RT_SIGACTION, rt_sigaction, rt_sigaction)                                                    \
    X(SECCOMP, seccomp, seccomp)                                                                   \
    X(SOCKETPAIR, socketpair, socketpair)                                                          \
    X(WAITID, waitid, waitid)                                                                      \
    X(WAITPID, waitpid, waitpid)

#define MACHINE_CALL_ENUM(ID, native, compat) CALL_##ID,
enum machine_call { MACHINE_CALLS(MACHINE_CALL_ENUM) CALL_COUNT };
#undef MACHINE_CALL_ENUM

#define MACHINE_NO_NR (-1)
/* The number of a call, or MACHINE_NO_NR. */
int32_t machine_nr(bool compat, enum machine_call call);

/* ---- registers of a stopped thread ---- */

/* Opaque, and large enough for every architecture. */
#define MACHINE_WORDS 36
struct machine_regs {
    uint64_t word[MACHINE_WORDS];
};

bool machine_get_regs(pid_t tid, struct machine_regs *regs);
bool machine_set_regs(pid_t tid, const struct machine_regs *regs);

/* Does the thread execute compat code? Such code makes compat calls only. */
bool machine_runs_compat(const struct machine_regs *regs);
uint64_t machine_stack(const struct machine_regs *regs);
uint64_t machine_ip(const struct machine_regs *regs);
void machine_set_ip(struct machine_regs *regs, uint64_t ip);
/* What the call that the thread stopped after returned. */
int64_t machine_result(const struct machine_regs *regs, bool compat);
void machine_set_argument(struct machine_regs *regs, bool compat, unsigned index, uint64_t value);
void machine_set_arguments(struct machine_regs *regs, bool compat,
                           const uint64_t values[CORDON_ARGS]);
/* The arguments of clone(2), whose order depends on the ABI; the sixth stays as it is. */
void machine_set_clone(struct machine_regs *regs, bool compat, uint64_t flags, uint64_t stack,
                       uint64_t parent_tid, uint64_t child_tid, uint64_t tls);

/* ---- what becomes of a call: at its entry, or after it ---- */

/* At the entry: this call is made. */
void machine_set_call(struct machine_regs *regs, int32_t nr);
/* At the entry: no call is made, and the result register stays as it is. */
void machine_skip(struct machine_regs *regs);
/* Was it skipped? */
bool machine_is_skipped(const struct machine_regs *regs);
/* The result is this, also where it looks like a restart; at the entry no call is made. */
void machine_return(struct machine_regs *regs, int64_t result);
/*
 * After a call that returned to `ip`: the thread is right before the instruction that makes it,
 * with this number.
 */
void machine_rewind(struct machine_regs *regs, uint64_t ip, int32_t nr);
/* After the call: a signal has interrupted it, so the kernel restarts it or lets it fail. */
void machine_interrupt(struct machine_regs *regs, int32_t nr);
/* Common: is a result one by which the kernel asks itself to restart the call? */
bool machine_is_restart(int64_t result);
/* After the call: number and result register are as they were before it. */
void machine_show_call(struct machine_regs *regs, int32_t nr);
/* The address of the instruction of a call that returns to `ip`. */
uint64_t machine_call_address(uint64_t ip);
/* And back: where the call of an instruction returns to. */
uint64_t machine_after_call(uint64_t address);

/*
 * The call that a thread is in at a stop that is no stop of calls: the end of a thread, a signal,
 * a trace verdict; false: it is in none.
 */
bool machine_read_call(pid_t tid, struct cordon_data *data);
/*
 * Did that call not run? Before the kernel kills a process it puts the result register back to the
 * number; in a thread that it ends alone, the register still holds the ENOSYS of a call's entry.
 */
bool machine_call_not_run(const struct machine_regs *regs);

/* ---- code and contexts ---- */

/* A word of text whose first instruction makes a call; the rest stays as it is. */
uint64_t machine_call_text(bool compat, uint64_t word);
/* The offset of such an instruction in a text; its size: there is none. */
size_t machine_find_call(bool compat, const unsigned char *text, size_t size);
#define MACHINE_INTERPRETERS 2
/* The usual dynamic loaders, by `compat`. */
extern const char *const machine_interpreters[2][MACHINE_INTERPRETERS];

#define MACHINE_UNWOUND 34
/* Registers by their DWARF numbers, the instruction pointer last; how many. */
unsigned machine_unwind(const struct machine_regs *regs, uint64_t registers[MACHINE_UNWOUND]);

/* The arguments of a call from the ucontext_t of a signal handler, by the width of registers. */
void machine_context_arguments(const void *ucontext, unsigned bits, uint64_t values[CORDON_ARGS]);

/*
 * Stacks of the tracer's own, between which it switches without a system call. The first switch to
 * a new stack calls run(argument), which must not return. `top` is aligned to 16 bytes.
 */
void *machine_stack_make(void *top, void (*run)(void *argument), void *argument);
/* Saves this stack in *from and goes on where `to` was left. */
void machine_stack_switch(void **from, void *to);

#endif
