/* SPDX-License-Identifier: MIT */
/*
 * inject.c: makes a program that is stopped after its execve do calls.
 *
 * Nothing in the program's memory is trusted, as others may write there. Each call is stopped at
 * its entry, where the kernel has number and arguments, and compared there with what was meant. If
 * the program does anything else, it is killed. A stop at a call can't be mistaken for a signal, as
 * only the kernel makes it.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "proc.h"
#include "session.h"

#define CALL_STOP (SIGTRAP | 0x80) /* PTRACE_O_TRACESYSGOOD */

/* Waits for the next stop at a call; false: the thread met something else, or is gone. */
static bool await_call(struct injection *injection, struct __ptrace_syscall_info *info)
{
    pid_t tid = injection->tid, got;
    int status;
    do {
        while ((got = waitpid(tid, &status, __WALL)) < 0 && errno == EINTR)
            continue;
        if (got != tid || !WIFSTOPPED(status))
            return false;
        if (status >> 8 == CALL_STOP)
            return ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof *info, info) > 0;
        if (status >> 8 == SIGSTOP)
            injection->stopped = true; /* the only signal that can't be blocked */
        else if (status >> 16 != PTRACE_EVENT_STOP)
            return false; /* a fault, or the end */
    } while (inject_run(injection));
    return false;
}

bool inject_run(const struct injection *injection)
{
    return ptrace(PTRACE_SYSCALL, injection->tid, NULL, NULL) == 0;
}

/* Finds or makes an instruction that makes a call. */
static bool prepare_text(struct injection *injection)
{
    pid_t tid = injection->tid;
    injection->address = machine_ip(&injection->start);
    errno = 0;
    injection->text = (uint64_t)ptrace(PTRACE_PEEKTEXT, tid, (void *)injection->address, NULL);
    uint64_t text = machine_call_text(injection->compat, injection->text);
    if (errno == 0 && ptrace(PTRACE_POKETEXT, tid, (void *)injection->address, (void *)text) == 0) {
        injection->replaced = true;
        return true;
    }
    injection->address = interpreter_call(injection->compat, injection->address);
    return injection->address != 0;
}

const char *inject_begin(struct injection *injection, pid_t tid)
{
    uint64_t all = UINT64_MAX;
    struct __ptrace_syscall_info info;
    *injection = (struct injection){.tid = tid};
    if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, sizeof info, &info) <= 0)
        return "this kernel has no PTRACE_GET_SYSCALL_INFO";
    if (ptrace(PTRACE_GETSIGMASK, tid, (void *)sizeof injection->mask, &injection->mask) ||
        ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof all, &all))
        return "its signals can't be blocked";
    if (!inject_run(injection) || !await_call(injection, &info) ||
        info.op != PTRACE_SYSCALL_INFO_EXIT || !machine_get_regs(tid, &injection->start))
        return "its execve didn't return";
    injection->compat = machine_runs_compat(&injection->start);
    machine_return(&injection->start, 0); /* what execve returned */
    return prepare_text(injection) ? NULL : "it can't be read, and doesn't begin in a known loader";
}

void inject_data(const struct injection *injection, enum machine_call call,
                 const uint64_t args[CORDON_ARGS], struct cordon_data *data)
{
    bool compat = injection->compat;
    uint64_t ip = machine_after_call(injection->address);
    const struct cordon_abi *abi =
        cordon_abi(machine_abis[compat ? MACHINE_COMPAT : MACHINE_NATIVE]);
    data->word[CORDON_WORD_NR] = (uint32_t)machine_nr(compat, call);
    data->word[CORDON_WORD_ARCH] = abi->token;
    memcpy(&data->word[CORDON_WORD_IP], &ip, sizeof ip);
    memcpy(&data->word[CORDON_WORD_ARGS], args, CORDON_ARGS * sizeof *args);
}

/* Is this what the kernel says of the call? */
static bool is_call(const struct __ptrace_syscall_info *info, const struct cordon_data *data)
{
    return info->op == PTRACE_SYSCALL_INFO_ENTRY && info->entry.nr == data->word[CORDON_WORD_NR] &&
           info->arch == data->word[CORDON_WORD_ARCH] &&
           !memcmp(&info->instruction_pointer, &data->word[CORDON_WORD_IP], sizeof(uint64_t)) &&
           !memcmp(info->entry.args, &data->word[CORDON_WORD_ARGS], sizeof info->entry.args);
}

bool inject_enter(struct injection *injection, enum machine_call call,
                  const uint64_t args[CORDON_ARGS])
{
    bool compat = injection->compat;
    struct machine_regs regs = injection->start;
    struct __ptrace_syscall_info info;
    struct cordon_data data;
    inject_data(injection, call, args, &data);
    machine_set_arguments(&regs, compat, args);
    machine_rewind(&regs, machine_after_call(injection->address), machine_nr(compat, call));
    return machine_set_regs(injection->tid, &regs) && inject_run(injection) &&
           await_call(injection, &info) && is_call(&info, &data);
}

bool inject_leave(struct injection *injection, int64_t *result)
{
    struct __ptrace_syscall_info info;
    struct machine_regs regs;
    if (!await_call(injection, &info) || info.op != PTRACE_SYSCALL_INFO_EXIT ||
        !machine_get_regs(injection->tid, &regs))
        return false;
    *result = machine_result(&regs, injection->compat);
    return true;
}

bool inject_call(struct injection *injection, enum machine_call call,
                 const uint64_t args[CORDON_ARGS], int64_t *result)
{
    return inject_enter(injection, call, args) && inject_run(injection) &&
           inject_leave(injection, result);
}

bool inject_end(struct injection *injection)
{
    pid_t tid = injection->tid;
    if (injection->replaced && ptrace(PTRACE_POKETEXT, tid, (void *)machine_ip(&injection->start),
                                      (void *)injection->text))
        return false;
    if (!machine_set_regs(tid, &injection->start) ||
        ptrace(PTRACE_SETSIGMASK, tid, (void *)sizeof injection->mask, &injection->mask))
        return false;
    return !injection->stopped || kill(tid, SIGSTOP) == 0;
}
