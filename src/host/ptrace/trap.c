/* SPDX-License-Identifier: MIT */
/*
 * trap.c: the kernel's seccomp as the trap.
 *
 * The first filter is installed before the program is executed. When the engine's stack of a thread
 * grows, the kernel's has to follow before the thread goes on without stopping at every call. The
 * thread installs the filter itself, by an injected call, right before the next call that it makes;
 * with TSYNC at once, for its siblings too. A thread whose kernel filters can't follow stops at
 * every call from then on.
 *
 * SECCOMP_RET_TRACE without a tracer is ENOSYS, so what the host doesn't handle isn't executed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/action.h"
#include "inject.h"
#include "proc.h"
#include "resume.h"
#include "task.h"
#include "tracee.h"
#include "trap.h"
#include "trap_program.h"

#define INSTALL_FLAGS SECCOMP_FILTER_FLAG_SPEC_ALLOW
#define HEADER_SIZE   16  /* of struct sock_fprog, in front of the program */
#define PATIENCE      100 /* calls; installing a filter costs about 20 stops */

/* ---- the start ---- */

bool trap_is_available(void)
{
    uint32_t action = (uint32_t)CORDON_TRACE;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

bool trap_begin(const struct trap_table *seen)
{
    struct cordon_insn insns[CORDON_MAX_INSNS];
    struct {
        uint16_t length;
        const struct cordon_insn *insns;
    } program = {(uint16_t)trap_program(insns, NULL, seen), insns};
    long failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, INSTALL_FLAGS, &program);
    if (failed && errno == EACCES && !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        failed = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, INSTALL_FLAGS, &program);
    return !failed;
}

void trap_prepare(struct session *session)
{
    session->had_no_new_privs =
        session->emulation->program || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

/*
 * Not at once: a kernel filter is for good, also after an execve that closes the descriptor. Not
 * for threads: each would leave a sealed mapping behind.
 */
static bool wants_descriptors(const struct task *task)
{
    return task->trap.stopped >= PATIENCE && task_lacks_descriptors(task) &&
           !process_shares_memory(task->process);
}

static struct trap_wishes wishes(const struct task *task)
{
    const struct cordon_emulation *emulation = task->session->emulation;
    return (struct trap_wishes){.errors = !emulation->verdict && !emulation->log,
                                .descriptors = wants_descriptors(task)};
}

/* ---- tables ---- */

/* With one user, the caller; NULL: no memory. */
static struct trap_table *table_new(void)
{
    struct trap_table *table = calloc(1, sizeof *table);
    if (table)
        table->users = 1;
    return table;
}

static void table_release(struct trap_table *table)
{
    if (table && --table->users == 0)
        free(table);
}

static void table_drop(struct task *task)
{
    table_release(task->trap.table);
    task->trap.table = NULL;
}

static void table_share(struct task *task, struct trap_table *table)
{
    if (table)
        table->users++;
    table_drop(task);
    task->trap.table = table;
}

void trap_started(struct task *task, const struct trap_table *seen)
{
    struct session *session = task->session;
    struct trap_table *table = session->trapping ? malloc(sizeof *table) : NULL;
    task->trap.no_new_privs = session->had_no_new_privs;
    task->trap.stops = !table;
    if (!table)
        return;
    session->hides_no_new_privs = !session->had_no_new_privs && proc_status(task->tid).no_new_privs;
    *table = *seen;
    table->users = 1;
    task->trap.table = table;
}

void trap_born(struct task *child, const struct task *creator)
{
    child->trap = (struct trap){.stops = creator->trap.stops || creator->trap.doubtful,
                                .behind = creator->trap.behind,
                                .no_new_privs = creator->trap.no_new_privs};
    table_share(child, creator->trap.table);
}

void trap_ended(struct task *task)
{
    table_drop(task);
}

/* ---- following the engine ---- */

/* The program and its struct sock_fprog in a file; -1: it can't be made. */
static int program_file(const struct cordon_insn *insns, uint32_t length)
{
    int file = memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ssize_t size = (ssize_t)(length * sizeof *insns);
    if (file >= 0 && pwrite(file, insns, (size_t)size, HEADER_SIZE) != size) {
        close(file);
        return -1;
    }
    return file;
}

static bool file_has(int file, const void *bytes, size_t size, off_t at)
{
    void *found = malloc(size);
    bool same =
        found && pread(file, found, size, at) == (ssize_t)size && !memcmp(found, bytes, size);
    free(found);
    return same;
}

/*
 * Writes the header, which contains an address, and seals the file: from now on nobody can change
 * what is in it. False: somebody has changed it before.
 */
static bool seal(struct task *task, int file, uint64_t address, const struct cordon_insn *insns,
                 uint32_t length)
{
    char header[HEADER_SIZE] = {0};
    uint16_t count = (uint16_t)length;
    uint64_t place = address + HEADER_SIZE;
    memcpy(header, &count, sizeof count);
    if (task_is_compat(task))
        memcpy(header + 4, &place, 4);
    else
        memcpy(header + 8, &place, 8);
    return pwrite(file, header, sizeof header, 0) == sizeof header &&
           !fcntl(file, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) &&
           file_has(file, header, sizeof header, 0) &&
           file_has(file, insns, length * sizeof *insns, HEADER_SIZE);
}

/*
 * Is the mapping the file, and will it stay that? Another thread with the same memory could map
 * something else there. mseal(2) forbids that for good; what is there is looked at afterwards.
 */
static bool fix_mapping(struct task *task, int file, uint64_t address, uint64_t size)
{
    if (!process_shares_memory(task->process))
        return true;
    return task_inject(task, CALL_MSEAL, address, size, 0, 0, 0) == 0 &&
           proc_maps_file(task->process->tgid, address, size, file);
}

static long install_from(struct task *task, int file, const struct cordon_insn *insns,
                         uint32_t length, uint32_t flags)
{
    uint64_t size = HEADER_SIZE + length * sizeof *insns;
    uint64_t address = descriptor_map(task, proc_reopen(file, O_RDONLY), size);
    long result = -ENOMEM;
    if (!address)
        return result;
    if (seal(task, file, address, insns, length) && fix_mapping(task, file, address, size))
        result = task_inject(task, CALL_SECCOMP, SECCOMP_SET_MODE_FILTER, flags, address, 0, 0);
    task_inject(task, CALL_MUNMAP, address, size, 0, 0, 0);
    return result;
}

/* The thread adds a filter to the kernel's; 0, or it couldn't. */
static long install(struct task *task, const struct trap_table *now, const struct trap_table *next,
                    uint32_t flags)
{
    struct cordon_insn *insns = malloc(CORDON_MAX_INSNS * sizeof *insns);
    uint32_t length = insns ? trap_program(insns, now, next) : 0;
    int file = insns ? program_file(insns, length) : -1;
    long result =
        file < 0 ? -ENOMEM : install_from(task, file, insns, length, INSTALL_FLAGS | flags);
    if (file >= 0)
        close(file);
    free(insns);
    return result;
}

bool trap_is_behind(struct task *task)
{
    if (task->trap.stops || !task->trap.table)
        return false;
    if (task->trap.stopped < PATIENCE && task_lacks_descriptors(task))
        task->trap.stopped++;
    return task->trap.behind || wants_descriptors(task);
}

/*
 * Meanwhile other threads go on. If a sibling's TSYNC has changed the thread's filters, what the
 * kernel answers is stricter than `next` says, and all calls have to stop.
 */
static void settle(struct task *task, struct trap_table *now, struct trap_table *next, bool done)
{
    if (done && task->trap.table == now)
        table_share(task, next);
    else
        task->trap.stops = true;
}

void trap_catch_up(struct task *task)
{
    struct trap_table *now = task->trap.table, *next = table_new();
    enum trap_change change =
        next ? trap_table_follow(next, now, &task->seccomp, wishes(task)) : TRAP_IMPOSSIBLE;
    task->trap.behind = false;
    if (change == TRAP_SAME) {
        now->descriptors = next->descriptors;
        table_release(next);
        return;
    }
    now->users++;
    settle(task, now, next, change == TRAP_STRICTER && install(task, now, next, 0) == 0);
    table_release(now);
    table_release(next);
}

/* ---- TSYNC ---- */

static bool others_differ(const struct task *task)
{
    for (const struct task *other = task->process->tasks; other; other = other->sibling)
        if (other->trap.table != task->trap.table && other->at != AT_END)
            return true;
    return false;
}

/* The kernel has given the siblings the thread's filters. */
static void share_with_others(struct task *task, struct trap_table *table)
{
    for (struct task *other = task->process->tasks; other; other = other->sibling) {
        table_share(other, table);
        other->trap.doubtful |= other->state == STATE_CREATING; /* a child may be older */
    }
}

/* The kernel hasn't: they stop at all calls. */
static void stop_others(struct task *task)
{
    for (struct task *other = task->process->tasks; other; other = other->sibling) {
        other->trap.stops = true;
        if (other == task || other->at != AT_RUN)
            continue;
        task_trap(other);
    }
}

static void synchronise(struct task *task)
{
    struct trap_table *now = task->trap.table, *next = table_new();
    enum trap_change change =
        next ? trap_table_follow(next, now, &task->seccomp, wishes(task)) : TRAP_IMPOSSIBLE;
    now->users++;
    if (change != TRAP_SAME || others_differ(task)) {
        bool done =
            change != TRAP_IMPOSSIBLE && install(task, now, next, SECCOMP_FILTER_FLAG_TSYNC) == 0;
        if (done && task->trap.table == now)
            share_with_others(task, next);
        else
            stop_others(task);
    }
    table_release(now);
    table_release(next);
}

void trap_installed(struct task *task, uint32_t flags)
{
    if (!task->trap.table)
        return;
    if (flags & CORDON_FLAG_TSYNC && task->process->live > 1)
        synchronise(task);
    else
        task->trap.behind = true;
}
