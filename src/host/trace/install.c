/* SPDX-License-Identifier: MIT */
/* install.c: makes a program that is stopped after its execve install a filter. */
#include <errno.h>
#include <limits.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "machine.h"
#include "proc.h"
#include "session.h"

#define NOT_MADE LONG_MIN /* the result of a call that was never made */

/* ---- what seccomp(2) reads: sock_fprog and its instructions, in the layout of the caller ---- */

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

static size_t request_size(const struct cordon_program *program)
{
    return sizeof(struct request) + program->length * sizeof(struct cordon_insn);
}

static bool write_request(pid_t tid, const struct cordon_program *program, uint64_t address,
                          bool compat)
{
    size_t size = request_size(program);
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

/* ---- the call ---- */

/* Runs the thread up to the stub's breakpoint. Signals that arrive before are delivered. */
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

struct text {
    uint64_t words[MACHINE_STUB_WORDS];
    unsigned count;
};

static bool read_text(pid_t tid, uint64_t address, struct text *text)
{
    for (unsigned i = 0; i < text->count; i++) {
        errno = 0;
        text->words[i] = (uint64_t)ptrace(PTRACE_PEEKTEXT, tid, (void *)(address + 8 * i), NULL);
        if (errno)
            return false;
    }
    return true;
}

static bool write_text(pid_t tid, uint64_t address, const struct text *text)
{
    for (unsigned i = 0; i < text->count; i++)
        if (ptrace(PTRACE_POKETEXT, tid, (void *)(address + 8 * i), (void *)text->words[i]))
            return false;
    return true;
}

/* Writes the stub over the program's first instructions, runs it, and restores them. */
static bool run_stub(pid_t tid, const struct machine_regs *start, uint64_t address, long *result)
{
    bool compat = machine_runs_compat(start);
    uint64_t ip = machine_ip(start);
    struct text stub, text;
    stub.count = text.count = machine_stub(compat, machine_nr(compat, CALL_SECCOMP), stub.words);
    if (!read_text(tid, ip, &text) || !write_text(tid, ip, &stub))
        return false;
    struct machine_regs regs = *start;
    machine_set_argument(&regs, compat, 0, SECCOMP_SET_MODE_FILTER);
    machine_set_argument(&regs, compat, 1, 0);
    machine_set_argument(&regs, compat, 2, address);
    bool good = machine_set_regs(tid, &regs) && to_breakpoint(tid) && machine_get_regs(tid, &regs);
    *result = (long)machine_result(&regs, compat);
    return write_text(tid, ip, &text) && good;
}

/*
 * With many arguments, the stack below them isn't mapped yet. Then the request replaces them for
 * the duration of the call; the program reads them only after its first instruction.
 */
static bool install_over_arguments(pid_t tid, const struct cordon_program *program,
                                   const struct machine_regs *regs, long *result)
{
    size_t size = request_size(program);
    uint64_t address = (machine_stack(regs) + 15) & ~UINT64_C(15);
    void *saved = malloc(size);
    if (!saved)
        return false;
    bool good = proc_read(tid, address, saved, size) == size &&
                write_request(tid, program, address, machine_runs_compat(regs)) &&
                run_stub(tid, regs, address, result);
    good = proc_write(tid, address, saved, size) == size && good;
    free(saved);
    return good;
}

/*
 * *result is what seccomp(2) returned, or -errno; false: the thread is gone, or its memory can't be
 * written.
 *
 * At the event stop, execve has not returned yet. Its return overwrites the result register, so the
 * stub has to set the number of the call. A breakpoint unblocks SIGTRAP, so the mask is restored.
 */
static bool install(pid_t tid, const struct cordon_program *program, long *result)
{
    struct machine_regs regs;
    uint64_t mask;
    *result = NOT_MADE;
    if (!machine_get_regs(tid, &regs) || ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof mask, &mask))
        return false;
    uint64_t below = (machine_stack(&regs) - 256 - request_size(program)) & ~UINT64_C(15);
    bool good = write_request(tid, program, below, machine_runs_compat(&regs)) &&
                run_stub(tid, &regs, below, result);
    if (!good && *result == NOT_MADE)
        good = install_over_arguments(tid, program, &regs, result);
    machine_return(&regs, 0); /* what execve returned */
    return machine_set_regs(tid, &regs) &&
           ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof mask, &mask) == 0 && good;
}

/* ---- in a session ---- */

/* The program may use all its CPUs again. The tracer stays, as it only runs at stops. */
static void spread_out(const struct session *session)
{
    if (session->shares_cpu)
        sched_setaffinity(session->main, sizeof session->cpus, &session->cpus);
}

static void must_die(struct session *session, enum cordon_error error)
{
    session->error = error;
    kill(session->main, SIGKILL);
}

static enum cordon_error refused(struct session *session, int error_number)
{
    bool privilege = error_number == EACCES;
    return cordon_diag_set(session->diag, privilege ? CORDON_E_PRIVILEGE : CORDON_E_SYSTEM,
                           "the kernel refused the filter: %s",
                           privilege ? "neither no_new_privs nor CAP_SYS_ADMIN"
                                     : strerror(error_number));
}

void session_install(struct session *session)
{
    const struct cordon_launch *launch = session->launch;
    long result;
    if (!install(session->main, launch->installed ? launch->installed : launch->program, &result)) {
        must_die(session, cordon_diag_set(session->diag, CORDON_E_SYSTEM,
                                          "the filter could not be written into the program"));
        return;
    }
    if (result != 0) {
        must_die(session, refused(session, (int)-result));
        return;
    }
    session->installed = true;
    spread_out(session);
    /* From here on the program may outlive its tracer. */
    ptrace(PTRACE_SETOPTIONS, session->main, NULL, (void *)(uintptr_t)SESSION_FOLLOW);
}
