/* SPDX-License-Identifier: MIT */
/* tracee.c: registers and memory of a stopped thread, and calls that we make it do. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc.h"
#include "session.h"

#define SCRATCH_SIZE 4096
#define SYSCALL_STOP (SIGTRAP | 0x80)
#define ALL_SIGNALS  UINT64_MAX

bool task_is_compat(const struct task *task)
{
    return machine_is_compat(task->call.arch);
}

uint64_t task_pointer(const struct task *task, unsigned argument)
{
    uint64_t value = task->call.args[argument];
    return task_is_compat(task) ? (uint32_t)value : value;
}

bool task_is_call(const struct task *task, enum machine_call call)
{
    return task->call.nr != MACHINE_NO_NR &&
           task->call.nr == machine_nr(task_is_compat(task), call);
}

bool task_regs(struct task *task, struct machine_regs *regs)
{
    return machine_get_regs(task->tid, regs);
}

void task_set_regs(struct task *task, const struct machine_regs *regs)
{
    if (!task->lost)
        machine_set_regs(task->tid, regs); /* fails only for a thread that is being killed */
}

bool task_result(const struct task *task, int64_t *result)
{
    struct machine_regs regs;
    if (!machine_get_regs(task->tid, &regs))
        return false;
    *result = machine_result(&regs, task_is_compat(task));
    return true;
}

bool task_read_call(struct task *task)
{
    struct __ptrace_syscall_info info;
    if (ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) <= 0 ||
        info.op != PTRACE_SYSCALL_INFO_ENTRY)
        return false;
    task->call.arch = info.arch;
    task->call.nr = (int32_t)info.entry.nr;
    memcpy(task->call.args, info.entry.args, sizeof task->call.args);
    task->call.ip = info.instruction_pointer;
    task->call.sp = info.stack_pointer;
    return true;
}

bool task_is_behind_call(const struct task *task)
{
    struct __ptrace_syscall_info info;
    return ptrace(PTRACE_GET_SYSCALL_INFO, task->tid, sizeof info, &info) > 0 &&
           info.op == PTRACE_SYSCALL_INFO_EXIT;
}

void task_data(const struct task *task, struct cordon_data *data)
{
    const struct call *call = &task->call;
    data->word[CORDON_WORD_NR] = (uint32_t)call->nr;
    data->word[CORDON_WORD_ARCH] = call->arch;
    memcpy(&data->word[CORDON_WORD_IP], &call->ip, sizeof call->ip);
    memcpy(&data->word[CORDON_WORD_ARGS], call->args, sizeof call->args);
}

/* ---- memory ---- */

int task_copy_in(struct task *task, void *to, uint64_t from, size_t size)
{
    return proc_read(task->tid, from, to, size) == size ? 0 : -EFAULT;
}

int task_copy_out(struct task *task, uint64_t to, const void *from, size_t size)
{
    return proc_write(task->tid, to, from, size) == size ? 0 : -EFAULT;
}

/* ---- going on ---- */

void task_resume(struct task *task, int signal)
{
    int request = PTRACE_SYSCALL;
    if (task->lost)
        return;
    affinity_resumed(task);
    task->stepping = task->nested.tracer && task->nested.resume == PTRACE_SINGLESTEP &&
                     !task->in_call && !task->again;
    if (task->stepping)
        request = PTRACE_SYSEMU_SINGLESTEP; /* a call must not be stepped over */
    if (task->at == AT_END)
        request = PTRACE_CONT;
    else
        task->at = AT_RUN;
    if (task->nested.interrupt) /* the kernel took the stop that we are at for an answer to it */
        ptrace(PTRACE_INTERRUPT, task->tid, NULL, NULL);
    ptrace((enum __ptrace_request)request, task->tid, NULL, (void *)(intptr_t)signal);
}

void task_finish(struct task *task, int64_t result)
{
    if (task->injection.active)
        task_inject_end(task);
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_return(&regs, result);
        task_set_regs(task, &regs);
    }
    task->at_exit = NULL;
    if (task->at == AT_EXIT)
        exit_go_on(task);
    else
        task_resume(task, 0);
}

void task_skip(struct task *task)
{
    struct machine_regs regs;
    if (task_regs(task, &regs)) {
        machine_skip(&regs);
        task_set_regs(task, &regs);
    }
    task_resume(task, 0);
}

void task_again(struct task *task)
{
    struct machine_regs regs;
    if (task->injection.active)
        task_inject_end(task);
    if (task_regs(task, &regs)) {
        machine_rewind(&regs, task->call.ip, task->call.nr);
        task_set_regs(task, &regs);
    }
    task->skip_judge = task->again = true;
    task_resume(task, 0);
}

uint64_t task_sigmask(struct task *task)
{
    uint64_t mask = 0;
    ptrace(PTRACE_GETSIGMASK, task->tid, sizeof mask, &mask);
    return mask;
}

void task_set_sigmask(struct task *task, uint64_t mask)
{
    if (!task->lost)
        ptrace(PTRACE_SETSIGMASK, task->tid, sizeof mask, &mask);
}

/* ---- injected calls ---- */

/* It came to something that only the loop can handle: until that has heard of it, it isn't touched.
 */
static bool lose(struct task *task)
{
    task->lost = true;
    return false;
}

/*
 * Waits for its next stop. The first thread of a process that dies here says nothing while others
 * of the process are left, which may be waiting for us.
 */
static bool await(struct task *task, int *status)
{
    bool may_be_silent =
        task->tid == task->process->tgid && (task->sibling || task->process->tasks != task);
    for (;;) {
        pid_t got = waitpid(task->tid, status, may_be_silent ? __WALL | WNOHANG : __WALL);
        if (got == task->tid)
            return true;
        if (got < 0 && errno != EINTR)
            return false;
        if (got == 0 && proc_is_dead(task->tid))
            return false;
        if (got == 0)
            usleep(20);
    }
}

/* To its next syscall stop; false: it ended instead, or a sibling's execve put another in its
 * place. */
static bool step(struct task *task)
{
    for (int signal = 0;;) {
        int status;
        if (ptrace(PTRACE_SYSCALL, task->tid, NULL, (void *)(intptr_t)signal))
            return lose(task);
        signal = 0;
        if (!await(task, &status))
            return lose(task);
        if (!WIFSTOPPED(status) || status >> 16 == PTRACE_EVENT_EXIT ||
            status >> 16 == PTRACE_EVENT_EXEC) {
            session_defer(task->session, task->tid, status);
            return lose(task);
        }
        if (WSTOPSIG(status) == SYSCALL_STOP)
            return true;
        if (!(status >> 16) && WSTOPSIG(status) == SIGSTOP)
            task->injection.stop_pending = true; /* it can't be blocked: sent again at the end */
        else if (!(status >> 16))
            signal = WSTOPSIG(status);
    }
}

static bool begin(struct task *task)
{
    struct injection *injection = &task->injection;
    if (injection->active)
        return true;
    if (!task_regs(task, &injection->regs))
        return false;
    injection->active = true;
    injection->stop_pending = false;
    injection->mask = task_sigmask(task);
    task_set_sigmask(task, ALL_SIGNALS);
    return true;
}

/*
 * At the entry of what should be our call. Another thread may have changed the code or what it is
 * made from: the registers are set here, where nobody can reach them any more.
 */
static bool enter(struct task *task, const struct machine_regs *wanted, int32_t nr)
{
    struct call own = task->call;
    bool ours = task_read_call(task) && task->call.arch == own.arch && task->call.ip == own.ip;
    struct machine_regs regs = *wanted;
    task->call = own;
    if (!ours) {
        kill(task->process->tgid, SIGKILL); /* nobody comes here by accident */
        return lose(task);
    }
    machine_set_ip(&regs, own.ip);
    machine_set_call(&regs, nr);
    task_set_regs(task, &regs);
    return true;
}

long task_inject(struct task *task, enum machine_call call, uint64_t a, uint64_t b, uint64_t c,
                 uint64_t d, uint64_t e)
{
    if (task->lost || !begin(task))
        return -ESRCH;
    bool compat = task_is_compat(task);
    int32_t nr = machine_nr(compat, call);
    struct machine_regs regs = task->injection.regs;
    const uint64_t args[CORDON_ARGS] = {a, b, c, d, e, 0};
    machine_set_arguments(&regs, compat, args);
    if (task->at == AT_ENTRY) {
        machine_set_call(&regs, nr);
        task_set_regs(task, &regs);
    } else {
        machine_rewind(&regs, task->call.ip, nr);
        task_set_regs(task, &regs);
        if (!step(task) || !enter(task, &regs, nr))
            return -ESRCH;
    }
    if (!step(task) || !task_regs(task, &regs))
        return -ESRCH;
    task->at = AT_EXIT;
    task->in_call = false;
    return (long)machine_result(&regs, compat);
}

void task_inject_end(struct task *task)
{
    struct injection *injection = &task->injection;
    if (!injection->active)
        return;
    injection->active = false;
    struct machine_regs regs = injection->regs;
    machine_set_ip(&regs, task->call.ip);
    task_set_regs(task, &regs);
    task_set_sigmask(task, injection->mask);
    if (injection->stop_pending)
        syscall(SYS_tgkill, task->process->tgid, task->tid, SIGSTOP);
}

uint64_t task_inject_mmap(struct task *task, int protection, int flags, int fd)
{
    bool compat = task_is_compat(task);
    long result = task_inject(task, CALL_MMAP, 0, SCRATCH_SIZE, (uint64_t)protection,
                              (uint64_t)flags, (uint64_t)(int64_t)fd);
    if (result < 0 && result >= -4095)
        return 0;
    return compat ? (uint32_t)result : (uint64_t)result;
}

uint64_t task_scratch(struct task *task)
{
    return task_inject_mmap(task, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

void task_scratch_free(struct task *task, uint64_t address)
{
    task_inject(task, CALL_MUNMAP, address, SCRATCH_SIZE, 0, 0, 0);
}

/* ---- descriptors ---- */

int descriptor_fetch(const struct task *task, int fd)
{
    int process = (int)syscall(SYS_pidfd_open, task->process->tgid, 0);
    if (process < 0)
        return -errno;
    int ours = (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    int error = errno;
    close(process);
    return ours < 0 ? -error : ours;
}

static void their_close(struct task *task, int fd)
{
    task_inject(task, CALL_CLOSE, (uint64_t)fd, 0, 0, 0, 0);
}

static bool send_descriptor(int through, int fd)
{
    char byte = 0, room[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    return sendmsg(through, &message, 0) == 1;
}

/* struct msghdr, iovec and cmsghdr for recvmsg, as the thread's ABI lays them out at `page`. */
static int receive_descriptor(struct task *task, uint64_t page, int through)
{
    enum { IOV = 64, BYTE = 96, CONTROL = 128, CONTROL_SIZE = 64 };
    char image[256] = {0};
    int fd = -1;
    bool compat = task_is_compat(task);
    if (compat) {
        uint32_t header[7] = {0,           0, (uint32_t)page + IOV, 1, (uint32_t)page + CONTROL,
                              CONTROL_SIZE};
        uint32_t data[2] = {(uint32_t)page + BYTE, 1};
        memcpy(image, header, sizeof header);
        memcpy(image + IOV, data, sizeof data);
    } else {
        uint64_t header[7] = {0, 0, page + IOV, 1, page + CONTROL, CONTROL_SIZE};
        uint64_t data[2] = {page + BYTE, 1};
        memcpy(image, header, sizeof header);
        memcpy(image + IOV, data, sizeof data);
    }
    if (task_copy_out(task, page, image, sizeof image))
        return -ENOMEM;
    long got = task_inject(task, CALL_RECVMSG, (uint64_t)through, page,
                           MSG_CMSG_CLOEXEC | MSG_DONTWAIT, 0, 0);
    if (got < 0)
        return (int)got;
    if (task_copy_in(task, &fd, page + CONTROL + (compat ? 12 : 16), sizeof fd) || fd < 0)
        return -EMFILE;
    return fd;
}

/* Every call costs the thread two stops: numbers in a row are closed at once. */
static void their_close_two(struct task *task, int first, int second)
{
    if (second == first + 1 &&
        task_inject(task, CALL_CLOSE_RANGE, (uint64_t)first, (uint64_t)second, 0, 0, 0) == 0)
        return;
    their_close(task, first);
    their_close(task, second);
}

/* The descriptor has come as `fd` through `pair`; its place is `newfd`, which may be one of those.
 */
static int settle(struct task *task, const int pair[2], int fd, int newfd, bool cloexec)
{
    enum { SETFD = 2, CLOEXEC = 02000000 };
    if (fd == newfd) {
        task_inject(task, CALL_FCNTL, (uint64_t)fd, SETFD, cloexec, 0, 0);
        their_close_two(task, pair[0], pair[1]);
        return fd;
    }
    long result =
        task_inject(task, CALL_DUP3, (uint64_t)fd, (uint64_t)newfd, cloexec ? CLOEXEC : 0, 0, 0);
    if (result == pair[0]) {
        their_close_two(task, pair[1], fd);
    } else if (result == pair[1]) {
        their_close(task, pair[0]);
        their_close(task, fd);
    } else {
        their_close_two(task, pair[0], pair[1]);
        their_close(task, fd);
    }
    return (int)result;
}

/* The first of the pair is the lowest free number, so it becomes that of the descriptor. */
static int install_through(struct task *task, uint64_t page, int ours, bool set, int newfd,
                           bool cloexec)
{
    int pair[2];
    long made = task_inject(task, CALL_SOCKETPAIR, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, page, 0);
    if (made < 0)
        return (int)made;
    if (task_copy_in(task, pair, page, sizeof pair))
        return -EFAULT;
    int end = descriptor_fetch(task, pair[1]);
    bool sent = end >= 0 && send_descriptor(end, ours);
    if (end >= 0)
        close(end);
    int fd = sent ? receive_descriptor(task, page, pair[0]) : -ENOMEM;
    if (fd >= 0)
        return settle(task, pair, fd, set ? newfd : pair[0], cloexec);
    their_close_two(task, pair[0], pair[1]);
    return fd;
}

/*
 * A page that the process keeps for the next time. Its mark tells whether it is still there: the
 * program knows nothing of it, and may have unmapped it or put something else in its place.
 */
#define MARK_AT (SCRATCH_SIZE - 16)

static uint64_t kept_page(struct task *task)
{
    static uint64_t mark[2];
    uint64_t found[2], page = task->process->page;
    if (!mark[0] && getrandom(mark, sizeof mark, 0) != sizeof mark)
        return 0;
    if (page && !(task_is_compat(task) && page >> 32) &&
        !task_copy_in(task, found, page + MARK_AT, sizeof found) &&
        !memcmp(found, mark, sizeof mark))
        return page;
    page = task_scratch(task);
    if (!page || task_copy_out(task, page + MARK_AT, mark, sizeof mark))
        return 0;
    return task->process->page = page;
}

/* ---- where its numbers are used up ---- */

struct limit {
    uint64_t now, most;
};

/* What is at `page` becomes its limit, or its limit comes there. */
static bool change_limit(struct task *task, uint64_t page, const struct limit *limit)
{
    if (limit && task_copy_out(task, page, limit, sizeof *limit))
        return false;
    return task_inject(task, CALL_PRLIMIT64, 0, RLIMIT_NOFILE, limit ? page : 0, limit ? 0 : page,
                       0) == 0;
}

/* The way there needs three numbers more than are left: its limit is lifted meanwhile, as far as it
 * may. */
static int install_beyond(struct task *task, uint64_t page, int ours, bool set, int newfd,
                          bool cloexec)
{
    struct limit own;
    if (!change_limit(task, page, NULL) || task_copy_in(task, &own, page, sizeof own))
        return -EMFILE;
    if (set && (uint64_t)newfd >= own.now)
        return -EBADF;
    struct limit privileged = {own.now + 4, own.most < own.now + 4 ? own.now + 4 : own.most};
    struct limit within = {own.most, own.most};
    if (!change_limit(task, page, &privileged) &&
        (own.now == own.most || !change_limit(task, page, &within)))
        return -EMFILE;
    int result = install_through(task, page, ours, set, newfd, cloexec);
    change_limit(task, page, &own);
    if (result < 0 || (uint64_t)result < own.now)
        return result;
    their_close(task, result);
    return -EMFILE;
}

int descriptor_install(struct task *task, int ours, bool set, int newfd, bool cloexec)
{
    uint64_t page = kept_page(task);
    if (!page)
        return -ENOMEM;
    int result = install_through(task, page, ours, set, newfd, cloexec);
    if (result == -EMFILE)
        result = install_beyond(task, page, ours, set, newfd, cloexec);
    return result;
}
