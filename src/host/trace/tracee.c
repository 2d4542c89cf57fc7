/* SPDX-License-Identifier: MIT */
/* tracee.c: registers and memory of a stopped thread on x86_64, of 64-bit and 32-bit programs. */
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "tracee.h"

#define CS_32BIT     0x23
#define SYSCALL_INSN 0x050f /* 0f 05 */
#define INT80_INSN   0x80cd /* cd 80 */
#define I386_SECCOMP 354
#define NOT_ASKED    LONG_MIN /* the result of a request that was never made */

size_t cordon_stop_read(const struct cordon_stop *stop, uint64_t address, void *bytes, size_t size)
{
    return proc_read(stop->tid, address, bytes, size);
}

static bool read_registers(pid_t tid, struct user_regs_struct *regs)
{
    return ptrace(PTRACE_GETREGS, tid, NULL, regs) == 0;
}

/* int 0x80 makes an i386 call, even from 64-bit code. */
static bool is_i386_call(pid_t tid, const struct user_regs_struct *regs)
{
    if (regs->cs == CS_32BIT)
        return true;
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)(regs->rip - 2), NULL);
    return errno == 0 && (word & 0xffff) == INT80_INSN;
}

static void set_pair(struct cordon_data *data, unsigned word, uint64_t value)
{
    data->word[word] = (uint32_t)value;
    data->word[word + 1] = (uint32_t)(value >> 32);
}

bool tracee_call(pid_t tid, struct cordon_data *data)
{
    struct user_regs_struct regs;
    if (!read_registers(tid, &regs) || (long)regs.orig_rax < 0)
        return false;
    bool i386 = is_i386_call(tid, &regs);
    const uint64_t native[] = {regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9};
    const uint64_t compat[] = {regs.rbx, regs.rcx, regs.rdx, regs.rsi, regs.rdi, regs.rbp};
    data->word[CORDON_WORD_NR] = (uint32_t)regs.orig_rax;
    data->word[CORDON_WORD_ARCH] = cordon_abi(i386 ? CORDON_ABI_I386 : CORDON_ABI_X86_64)->token;
    set_pair(data, CORDON_WORD_IP, regs.rip);
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        set_pair(data, CORDON_WORD_ARGS + 2 * i, i386 ? compat[i] : native[i]);
    return true;
}

bool tracee_call_not_run(pid_t tid)
{
    struct user_regs_struct regs;
    return read_registers(tid, &regs) && (regs.rax == regs.orig_rax || (long)regs.rax == -ENOSYS);
}

bool tracee_skip_call(pid_t tid, long result)
{
    struct user_regs_struct regs;
    if (!read_registers(tid, &regs))
        return false;
    regs.orig_rax = (unsigned long long)-1;
    regs.rax = (unsigned long long)result;
    return ptrace(PTRACE_SETREGS, tid, NULL, &regs) == 0;
}

/* ---- installing ---- */

/* sock_fprog in front of its instructions, in the layout of the caller. */
struct request {
    union {
        struct {
            uint16_t length;
            uint64_t insns;
        } native;
        struct {
            uint16_t length;
            uint32_t insns;
        } compat;
    } header;
    struct cordon_insn insns[];
};

static bool write_request(pid_t tid, const struct cordon_program *program, uint64_t address,
                          bool compat)
{
    size_t size = sizeof(struct request) + program->length * sizeof(struct cordon_insn);
    struct request *request = calloc(1, size);
    if (!request)
        return false;
    uint64_t insns = address + sizeof(struct request);
    if (compat) {
        request->header.compat.length = (uint16_t)program->length;
        request->header.compat.insns = (uint32_t)insns;
    } else {
        request->header.native.length = (uint16_t)program->length;
        request->header.native.insns = insns;
    }
    memcpy(request->insns, program->insns, program->length * sizeof(struct cordon_insn));
    bool good = proc_write(tid, address, request, size) == size;
    free(request);
    return good;
}

/* mov eax, NUMBER; the system call; int3, which hands the turn back: eight bytes, one word of text.
 */
static long stub(bool compat)
{
    uint64_t number = compat ? I386_SECCOMP : SYS_seccomp;
    uint64_t insn = compat ? INT80_INSN : SYSCALL_INSN;
    return (long)(UINT64_C(0xb8) | number << 8 | insn << 40 | UINT64_C(0xcc) << 56);
}

/* Runs the thread up to the stub's int3; signals that arrive before are handed on. */
static bool to_breakpoint(pid_t tid)
{
    int status;
    uintptr_t signal = 0;
    for (;;) {
        if (ptrace(PTRACE_CONT, tid, NULL, (void *)signal) ||
            waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
            return false;
        if (status >> 16 == 0 && WSTOPSIG(status) == SIGTRAP)
            return true;
        signal = status >> 16 ? 0 : (uintptr_t)WSTOPSIG(status);
    }
}

static void point_at_request(struct user_regs_struct *regs, bool compat, uint64_t address)
{
    if (compat) {
        regs->rbx = SECCOMP_SET_MODE_FILTER;
        regs->rcx = 0;
        regs->rdx = address;
    } else {
        regs->rdi = SECCOMP_SET_MODE_FILTER;
        regs->rsi = 0;
        regs->rdx = address;
    }
}

/* The stub in place of the program's first instructions, and back. */
static bool run_stub(pid_t tid, const struct user_regs_struct *start, bool compat, uint64_t address,
                     long *result)
{
    struct user_regs_struct regs = *start;
    errno = 0;
    long text = ptrace(PTRACE_PEEKTEXT, tid, (void *)start->rip, NULL);
    if (errno || ptrace(PTRACE_POKETEXT, tid, (void *)start->rip, (void *)stub(compat)))
        return false;
    point_at_request(&regs, compat, address);
    bool good = ptrace(PTRACE_SETREGS, tid, NULL, &regs) == 0 && to_breakpoint(tid) &&
                ptrace(PTRACE_GETREGS, tid, NULL, &regs) == 0;
    *result = compat ? (int)regs.rax : (long)regs.rax;
    return ptrace(PTRACE_POKETEXT, tid, (void *)start->rip, (void *)text) == 0 && good;
}

/*
 * Where the arguments are many, the stack below them isn't mapped yet. Then the request stands
 * where they are for the moment; nothing looks at them before the first instruction.
 */
static bool install_over_arguments(pid_t tid, const struct cordon_program *program,
                                   const struct user_regs_struct *regs, bool compat, long *result)
{
    size_t size = sizeof(struct request) + program->length * sizeof(struct cordon_insn);
    uint64_t address = (regs->rsp + 15) & ~UINT64_C(15);
    void *saved = malloc(size);
    if (!saved)
        return false;
    bool good = proc_read(tid, address, saved, size) == size &&
                write_request(tid, program, address, compat) &&
                run_stub(tid, regs, compat, address, result);
    good = proc_write(tid, address, saved, size) == size && good;
    free(saved);
    return good;
}

/*
 * At the event stop, execve has still to return: its result is written into rax then, which is why
 * the number comes from the stub. The int3 unblocks SIGTRAP, so the mask is put back.
 */
bool tracee_install(pid_t tid, const struct cordon_program *program, long *result)
{
    struct user_regs_struct regs;
    uint64_t mask;
    *result = NOT_ASKED;
    if (!read_registers(tid, &regs) || ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof mask, &mask))
        return false;
    bool compat = regs.cs == CS_32BIT;
    size_t size = sizeof(struct request) + program->length * sizeof(struct cordon_insn);
    uint64_t below = (regs.rsp - 256 - size) & ~UINT64_C(15);
    bool good =
        write_request(tid, program, below, compat) && run_stub(tid, &regs, compat, below, result);
    if (!good && *result == NOT_ASKED)
        good = install_over_arguments(tid, program, &regs, compat, result);
    regs.rax = 0; /* what execve returned */
    regs.orig_rax = (unsigned long long)-1;
    return ptrace(PTRACE_SETREGS, tid, NULL, &regs) == 0 &&
           ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof mask, &mask) == 0 && good;
}
