/* SPDX-License-Identifier: MIT */
/*
 * trap_program.c: which calls the kernel may answer, and the filters that say so.
 *
 * On the way to ALLOW a program only has instructions that the kernel's cache of constant verdicts
 * understands: loads of number and architecture, and comparisons with constants.
 */
#include "trap_program.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "cordon/action.h"
#include "cordon/opcode.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MAGIC        0xc0deu /* the event's message */
#define MOST_VALUES  8

/* ---- calls that are seen or not by one of their arguments ---- */

struct check {
    uint8_t argument;
    uint32_t mask;
    bool pass; /* these values pass, and others are seen; else the other way */
    uint8_t count;
    uint32_t values[MOST_VALUES];
};
enum { CHECK_IOCTL = TRAP_CHECKED, CHECK_SIGNAL, CHECK_PRCTL, CHECK_OPEN, CHECK_OPENAT };

/* A folder or a new file is none that the host corrects or denies. */
#define OPEN_FLAGS (O_DIRECTORY | O_CREAT | O_EXCL | O_PATH)

static const struct check checks[] = {
    /* requests of a listener, whose type is '!' */
    [CHECK_IOCTL - TRAP_CHECKED] = {1, 0xff00, false, 1, {'!' << 8}},
    /* the handler of SIGSYS, which mustn't be set while the process is being killed */
    [CHECK_SIGNAL - TRAP_CHECKED] = {0, UINT32_MAX, false, 1, {SIGSYS}},
    [CHECK_PRCTL -
        TRAP_CHECKED] = {0,
                         UINT32_MAX,
                         true,
                         8,
                         {PR_SET_NAME, PR_GET_NAME, PR_SET_PDEATHSIG, PR_GET_PDEATHSIG,
                          PR_CAPBSET_READ, PR_SET_VMA, PR_SET_KEEPCAPS, PR_SET_TIMERSLACK}},
    [CHECK_OPEN - TRAP_CHECKED] = {1, OPEN_FLAGS, true, 2, {O_DIRECTORY, O_CREAT | O_EXCL}},
    [CHECK_OPENAT - TRAP_CHECKED] = {2, OPEN_FLAGS, true, 2, {O_DIRECTORY, O_CREAT | O_EXCL}},
};

static const struct {
    const char *name;
    uint16_t answer;
} special[] = {
    {"execve", TRAP_SEEN}, /* what a sibling's TSYNC requires must be set before */
    {"execveat", TRAP_SEEN},
    {"ioctl", CHECK_IOCTL},
    {"open", CHECK_OPEN},
    {"openat", CHECK_OPENAT},
    {"prctl", CHECK_PRCTL},
    {"rt_sigaction", CHECK_SIGNAL},
    {"sigaction", CHECK_SIGNAL},
    {"signal", CHECK_SIGNAL},
    /* These matter if the descriptor is a listener or a file that the host has replaced. They are
     * seen in processes that may have one. */
    {"read", TRAP_ALLOW},
    {"write", TRAP_ALLOW},
    {"readv", TRAP_ALLOW},
    {"writev", TRAP_ALLOW},
    {"recvfrom", TRAP_ALLOW},
    {"recvmsg", TRAP_ALLOW},
    {"sendto", TRAP_ALLOW},
    {"sendmsg", TRAP_ALLOW},
    {"shutdown", TRAP_ALLOW},
    {"setsockopt", TRAP_ALLOW},
    {"getsockopt", TRAP_ALLOW},
    {"getsockname", TRAP_ALLOW},
    {"getpeername", TRAP_ALLOW},
    {"bind", TRAP_ALLOW},
    {"connect", TRAP_ALLOW},
    {"listen", TRAP_ALLOW},
    {"accept", TRAP_ALLOW},
    {"accept4", TRAP_ALLOW},
    {"sendmmsg", TRAP_ALLOW},
    {"recvmmsg", TRAP_ALLOW},
    {"socketcall", TRAP_ALLOW},
    {"fstat", TRAP_ALLOW},
    {"fstat64", TRAP_ALLOW},
    {"newfstatat", TRAP_ALLOW},
    {"fstatat64", TRAP_ALLOW},
    {"statx", TRAP_ALLOW},
    {"poll", TRAP_ALLOW},
    {"ppoll", TRAP_ALLOW},
    {"ppoll_time64", TRAP_ALLOW},
    {"readlink", TRAP_ALLOW},
    {"readlinkat", TRAP_ALLOW},
};

/* ---- tables ---- */

static const struct cordon_abi *abi_of(int abi)
{
    return machine_abis[abi] == CORDON_ABI_COUNT ? NULL : cordon_abi(machine_abis[abi]);
}

static void set(struct trap_table *table, const char *call, uint16_t answer)
{
    uint16_t id = cordon_syscall_id(call, (uint32_t)strlen(call));
    for (int abi = 0; abi < TRAP_ABIS && abi_of(abi); abi++) {
        uint32_t nr = cordon_syscall_nr(abi_of(abi), id);
        if (nr < TRAP_CALLS)
            table->answer[abi][nr] = answer;
    }
}

void trap_table_begin(struct trap_table *table)
{
    *table = (struct trap_table){.users = 1};
    for (size_t i = 0; i < COUNT(special); i++)
        set(table, special[i].name, special[i].answer);
}

void trap_table_see(struct trap_table *table, const char *call)
{
    for (size_t i = 0; i < COUNT(special); i++)
        if (!strcmp(special[i].name, call))
            return;
    set(table, call, TRAP_SEEN);
}

/* The host makes threads do these, so the kernel mustn't let them fail. */
static bool is_injected(int abi, uint32_t nr)
{
    for (int call = 0; call < CALL_COUNT; call++)
        if (machine_nr(abi == MACHINE_COMPAT, (enum machine_call)call) == (int32_t)nr)
            return true;
    return false;
}

static uint16_t wanted(const struct cordon_task *task, int abi, uint32_t nr, uint16_t now,
                       bool errors)
{
    uint32_t verdict;
    if (!cordon_task_constant(task, abi_of(abi)->token, nr, &verdict))
        return TRAP_SEEN;
    if (verdict == (uint32_t)CORDON_ALLOW)
        return now;
    uint32_t error = verdict & CORDON_ACTION_DATA;
    if (!errors || (verdict & CORDON_ACTION_FULL) != CORDON_ERRNO || is_injected(abi, nr))
        return TRAP_SEEN;
    return (uint16_t)(TRAP_ERRNO + (error < CORDON_MAX_ERRNO ? error : CORDON_MAX_ERRNO));
}

/* The calls that matter by their descriptor: those let pass above, and all requests of ioctl. */
static void see_descriptors(struct trap_table *table)
{
    for (size_t i = 0; i < COUNT(special); i++) {
        uint16_t id = cordon_syscall_id(special[i].name, (uint32_t)strlen(special[i].name));
        if (special[i].answer != TRAP_ALLOW && special[i].answer != CHECK_IOCTL)
            continue;
        for (int abi = 0; abi < TRAP_ABIS && abi_of(abi); abi++) {
            uint32_t nr = cordon_syscall_nr(abi_of(abi), id);
            if (nr < TRAP_CALLS && table->answer[abi][nr] < TRAP_SEEN)
                table->answer[abi][nr] = TRAP_SEEN;
        }
    }
    table->descriptors = true;
}

enum trap_change trap_table_follow(struct trap_table *next, const struct trap_table *now,
                                   const struct cordon_task *task, struct trap_wishes wishes)
{
    enum trap_change change = TRAP_SAME;
    *next = (struct trap_table){.users = 1};
    for (int abi = 0; abi < TRAP_ABIS && abi_of(abi); abi++)
        for (uint32_t nr = 0; nr < TRAP_CALLS; nr++)
            next->answer[abi][nr] = wanted(task, abi, nr, now->answer[abi][nr], wishes.errors);
    if (wishes.descriptors || now->descriptors)
        see_descriptors(next);
    for (int abi = 0; abi < TRAP_ABIS && abi_of(abi); abi++)
        for (uint32_t nr = 0; nr < TRAP_CALLS; nr++) {
            uint16_t before = now->answer[abi][nr], after = next->answer[abi][nr];
            if (before >= TRAP_ERRNO && after < TRAP_ERRNO)
                return TRAP_IMPOSSIBLE;
            if (before != after)
                change = TRAP_STRICTER;
        }
    return change;
}

/* ---- programs ---- */

struct writer {
    struct cordon_insn *insns;
    uint32_t count;
};

/* From `first` to before the next interval's first, all numbers have the same answer. */
struct interval {
    uint32_t first;
    uint16_t answer;
};

static void put(struct writer *writer, uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
    writer->insns[writer->count++] = (struct cordon_insn){code, jt, jf, k};
}

static void put_return(struct writer *writer, uint32_t value)
{
    put(writer, CORDON_OP_RET_K, 0, 0, value);
}

static void put_check(struct writer *writer, const struct check *check)
{
    uint32_t seen = (uint32_t)CORDON_TRACE | MAGIC, allowed = (uint32_t)CORDON_ALLOW;
    put(writer, CORDON_OP_LD_WORD, 0, 0,
        4u * cordon_abi_low(abi_of(MACHINE_NATIVE), check->argument));
    if (check->mask != UINT32_MAX)
        put(writer, CORDON_OP_AND_K, 0, 0, check->mask);
    for (uint8_t i = 0; i < check->count; i++)
        put(writer, CORDON_OP_JEQ_K, (uint8_t)(check->count - i), 0, check->values[i]);
    put_return(writer, check->pass ? seen : allowed);
    put_return(writer, check->pass ? allowed : seen);
}

static void put_answer(struct writer *writer, uint16_t answer)
{
    if (answer >= TRAP_ERRNO)
        put_return(writer, (uint32_t)CORDON_ERRNO | (answer - TRAP_ERRNO));
    else if (answer == TRAP_SEEN)
        put_return(writer, (uint32_t)CORDON_TRACE | MAGIC);
    else if (answer == TRAP_ALLOW)
        put_return(writer, (uint32_t)CORDON_ALLOW);
    else
        put_check(writer, &checks[answer - TRAP_CHECKED]);
}

/* A conditional jump over what `begin` is followed by; a far one takes one more instruction. */
static void close_jump(struct writer *writer, uint32_t begin, bool when)
{
    struct cordon_insn *jump = &writer->insns[begin];
    uint32_t distance = writer->count - begin - 1;
    if (distance <= UINT8_MAX) {
        *(when ? &jump->jt : &jump->jf) = (uint8_t)distance;
        return;
    }
    memmove(jump + 2, jump + 1, distance * sizeof *jump);
    *(when ? &jump->jf : &jump->jt) = 1;
    jump[1] = (struct cordon_insn){CORDON_OP_JA, 0, 0, distance};
    writer->count++;
}

static void put_search(struct writer *writer, const struct interval *intervals, uint32_t count)
{
    if (count == 1) {
        put_answer(writer, intervals->answer);
        return;
    }
    uint32_t middle = count / 2, begin = writer->count;
    put(writer, CORDON_OP_JGE_K, 0, 0, intervals[middle].first);
    put_search(writer, intervals, middle);
    close_jump(writer, begin, true);
    put_search(writer, intervals + middle, count - middle);
}

static void put_abi(struct writer *writer, const uint16_t *now, const uint16_t *next, int abi)
{
    struct interval intervals[TRAP_CALLS + 1];
    uint32_t count = 0, begin = writer->count;
    for (uint32_t nr = 0; nr <= TRAP_CALLS; nr++) {
        uint16_t answer = now ? TRAP_ALLOW : TRAP_SEEN;
        if (nr < TRAP_CALLS)
            answer = now && now[nr] == next[nr] ? TRAP_ALLOW : next[nr];
        if (!count || intervals[count - 1].answer != answer)
            intervals[count++] = (struct interval){nr, answer};
    }
    put(writer, CORDON_OP_JEQ_K, 0, 0, abi_of(abi)->token);
    put(writer, CORDON_OP_LD_WORD, 0, 0, 4u * CORDON_WORD_NR);
    put_search(writer, intervals, count);
    close_jump(writer, begin, false);
}

uint32_t trap_program(struct cordon_insn insns[CORDON_MAX_INSNS], const struct trap_table *now,
                      const struct trap_table *next)
{
    struct writer writer = {insns, 0};
    put(&writer, CORDON_OP_LD_WORD, 0, 0, 4u * CORDON_WORD_ARCH);
    for (int abi = 0; abi < TRAP_ABIS && abi_of(abi); abi++)
        put_abi(&writer, now ? now->answer[abi] : NULL, next->answer[abi], abi);
    put_answer(&writer, now ? TRAP_ALLOW : TRAP_SEEN);
    return writer.count;
}
