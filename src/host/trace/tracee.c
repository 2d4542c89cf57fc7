/* SPDX-License-Identifier: MIT */
/* tracee.c: registers and memory of a stopped thread on x86_64, of 64-bit and 32-bit programs. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "tracee.h"

#define CS_32BIT     0x23
#define SYSCALL_INSN 0x050f /* 0f 05 */
#define INT80_INSN   0x80cd /* cd 80 */
#define I386_SECCOMP 354

size_t cordon_stop_read(const struct cordon_stop *stop, uint64_t address, void *bytes, size_t size)
{
    struct iovec local = {bytes, size}, remote = {(void *)(uintptr_t)address, size};
    ssize_t got = process_vm_readv(stop->tid, &local, 1, &remote, 1, 0);
    return got > 0 ? (size_t)got : 0;
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
    return read_registers(tid, &regs) &&
           (regs.rax == regs.orig_rax || (long)regs.rax == -ENOSYS);
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

/* ---- installing --------------------------------------------------------------------------------
 */

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
    struct iovec local = {request, size}, remote = {(void *)(uintptr_t)address, size};
    bool good = process_vm_writev(tid, &local, 1, &remote, 1, 0) == (ssize_t)size;
    free(request);
    return good;
}

/* Lets the thread run to its next system call stop. */
static bool to_syscall_stop(pid_t tid)
{
    int status;
    uintptr_t signal = 0; /* one that arrives in between is handed on */
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, tid, NULL, (void *)signal) ||
            waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
            return false;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            return true;
        signal = status >> 16 ? 0 : (uintptr_t)WSTOPSIG(status);
    }
}

/* Runs one system call instruction at the thread's place: entry stop, exit stop. */
static bool run_call(pid_t tid, const struct user_regs_struct *start, bool compat, uint64_t address,
                     long *result)
{
    struct user_regs_struct regs = *start;
    regs.orig_rax = (unsigned long long)-1;
    regs.rax = compat ? I386_SECCOMP : SYS_seccomp;
    if (compat) {
        regs.rbx = SECCOMP_SET_MODE_FILTER;
        regs.rcx = 0;
        regs.rdx = address;
    } else {
        regs.rdi = SECCOMP_SET_MODE_FILTER;
        regs.rsi = 0;
        regs.rdx = address;
    }
    if (ptrace(PTRACE_SETREGS, tid, NULL, &regs) || !to_syscall_stop(tid) ||
        !to_syscall_stop(tid) || ptrace(PTRACE_GETREGS, tid, NULL, &regs))
        return false;
    *result = compat ? (int)regs.rax : (long)regs.rax;
    return true;
}

bool tracee_install(pid_t tid, const struct cordon_program *program, long *result)
{
    struct user_regs_struct regs;
    if (!to_syscall_stop(tid) || !read_registers(tid, &regs)) /* execve's own exit */
        return false;
    bool compat = regs.cs == CS_32BIT;
    size_t size = sizeof(struct request) + program->length * sizeof(struct cordon_insn);
    uint64_t address = (regs.rsp - 256 - size) & ~UINT64_C(15);
    errno = 0;
    long text = ptrace(PTRACE_PEEKTEXT, tid, (void *)regs.rip, NULL);
    if (errno || !write_request(tid, program, address, compat))
        return false;
    long patched = (text & ~0xffffL) | (compat ? INT80_INSN : SYSCALL_INSN);
    if (ptrace(PTRACE_POKETEXT, tid, (void *)regs.rip, (void *)patched))
        return false;
    bool good = run_call(tid, &regs, compat, address, result);
    good = ptrace(PTRACE_POKETEXT, tid, (void *)regs.rip, (void *)text) == 0 && good;
    return ptrace(PTRACE_SETREGS, tid, NULL, &regs) == 0 && good;
}
