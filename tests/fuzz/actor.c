/* SPDX-License-Identifier: MIT */
/* actor.c: what an actor does for the director. */
#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

/* The calls that filters are about: nothing else here needs them. */
static const int calls[CALLS] = {SYS_getpgrp, SYS_getresgid, SYS_sched_get_priority_max,
                                 SYS_getsid,  SYS_times,     SYS_sched_rr_get_interval};

static int64_t result_of(long result)
{
    return result == -1 ? -errno : result;
}

/* ---- signals ---- */

static volatile struct seen {
    int64_t number, code, pid, value, count;
} seen;

static void on_signal(int number, siginfo_t *info, void *unused)
{
    (void)unused;
    seen.number = number;
    seen.code = info->si_code;
    seen.pid = info->si_code <= 0 ? info->si_pid : 0;
    seen.value = number == SIGSYS ? info->si_syscall : 0;
    seen.count++;
}

static int64_t handle(int number, int64_t how)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | (how == 3 ? SA_RESTART : 0)};
    if (how < 2)
        action = (struct sigaction){.sa_handler = how ? SIG_IGN : SIG_DFL};
    else
        action.sa_sigaction = on_signal;
    return result_of(sigaction(number, &action, NULL));
}

static int64_t mask(int number, int64_t how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    return -pthread_sigmask(how ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static int64_t send_signal(const struct command *command)
{
    siginfo_t info = {.si_signo = (int)command->c, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    if (command->d == 0)
        return result_of(kill((pid_t)command->a, (int)command->c));
    if (command->d == 1)
        return result_of(syscall(SYS_tgkill, command->a, command->b, command->c));
    if (command->d == 2)
        return result_of(syscall(SYS_rt_sigqueueinfo, command->a, command->c, &info));
    int pidfd = (int)syscall(SYS_pidfd_open, command->a, 0);
    long result = syscall(SYS_pidfd_send_signal, pidfd, command->c, NULL, 0);
    int64_t value = result_of(result);
    close(pidfd);
    return value;
}

/* ---- the facility ---- */

static int64_t install(const struct command *command)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)calls[command->a], 0, 1),
        BPF_STMT(BPF_RET | BPF_K, (uint32_t)command->b),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    return result_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, command->c, &program));
}

static int64_t make_call(int64_t which)
{
    static int64_t space[8];
    long result = syscall(calls[which], which == 3 ? 0 : 1, space, space);
    if (result >= 0 && (which == 0 || which == 3 || which == 4))
        return 0; /* numbers and times differ between two runs */
    return result_of(result);
}

static void read_status(int64_t *results)
{
    char text[4096] = "", name[64];
    snprintf(name, sizeof name, "/proc/self/task/%ld/status", syscall(SYS_gettid));
    int fd = open(name, O_RDONLY);
    if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
        close(fd);
    static const char *const keys[] = {"Seccomp:", "Seccomp_filters:", "NoNewPrivs:"};
    for (int i = 0; i < 3; i++) {
        const char *line = strstr(text, keys[i]);
        results[i] = -1;
        if (line)
            sscanf(line + strlen(keys[i]), "%ld", &results[i]);
    }
    results[3] = result_of(prctl(PR_GET_SECCOMP, 0, 0, 0, 0));
    results[4] = result_of(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
}

/* ---- births and ends ---- */

static void *start(void *slot)
{
    actor_run((int)(intptr_t)slot);
}

static void birth(int slot, int64_t how, int64_t *results)
{
    struct clone_args args = {.exit_signal = SIGCHLD};
    int pidfd = -1;
    pthread_t thread;
    pthread_attr_t attributes;
    long pid;
    switch (how) {
    case 0:
        pid = fork();
        break;
    case 1:
        pid = syscall(SYS_clone, SIGCHLD | CLONE_UNTRACED, 0, 0, 0, 0);
        break;
    case 2:
        args.flags = CLONE_PIDFD; /* CLONE_CLEAR_SIGHAND: ENOSYS by cordon where threads run */
        args.pidfd = (uintptr_t)&pidfd;
        pid = syscall(SYS_clone3, &args, sizeof args);
        break;
    case 3:
        pid = syscall(SYS_clone, SIGUSR2 | CLONE_FILES | CLONE_PARENT, 0, 0, 0, 0);
        break;
    default:
        pthread_attr_init(&attributes);
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
        pthread_attr_setstacksize(&attributes, 65536);
        results[0] = -pthread_create(&thread, &attributes, start, (void *)(intptr_t)slot);
        return;
    }
    if (pid == 0)
        actor_run(slot);
    results[0] = result_of(pid);
    if (pidfd >= 0)
        close(pidfd);
}

static void end(int64_t how, int64_t code)
{
    if (how == 0)
        syscall(SYS_exit, code);
    else if (how == 1)
        syscall(SYS_exit_group, code);
    signal((int)code, SIG_DFL);
    mask((int)code, 0);
    syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), code);
}

/* ---- watching others ---- */

static void wait_for(const struct command *command, int64_t *results)
{
    siginfo_t info = {0};
    int status = 0;
    if (command->c == 0) {
        results[0] = result_of(waitpid((pid_t)command->a, &status, (int)command->b | WNOHANG));
        results[1] = status;
    } else if (command->c == 1 && command->a > 0) {
        int pidfd = (int)syscall(SYS_pidfd_open, command->a, 0);
        results[0] = result_of(
            waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, (int)command->b | WEXITED | WNOHANG));
        close(pidfd);
    } else {
        results[0] = result_of(waitid(command->a > 0 ? P_PID : P_ALL, (id_t)command->a, &info,
                                      (int)command->b | WEXITED | WNOHANG | WNOWAIT));
    }
    if (command->c) {
        results[1] = info.si_status;
        results[2] = info.si_code;
        results[3] = info.si_pid;
    }
}

/* Requests with a result in memory put it into results[1]. */
static void trace(const struct command *command, int64_t *results)
{
    struct user_regs_struct regs = {0};
    siginfo_t info = {0};
    unsigned long message = 0;
    struct __ptrace_syscall_info call = {0};
    void *data = (void *)command->d;
    if (command->a == PTRACE_GETREGS)
        data = &regs;
    else if (command->a == PTRACE_GETSIGINFO)
        data = &info;
    else if (command->a == PTRACE_GETEVENTMSG)
        data = &message;
    else if (command->a == PTRACE_GET_SYSCALL_INFO)
        data = &call;
    results[0] = result_of(syscall(SYS_ptrace, command->a, command->b, command->c, data));
    if (command->a == PTRACE_GETREGS)
        results[1] = (int64_t)regs.orig_rax;
    else if (command->a == PTRACE_GETSIGINFO)
        results[1] = info.si_signo * 1000 + info.si_code;
    else if (command->a == PTRACE_GETEVENTMSG)
        results[1] = (int64_t)message;
    else if (command->a == PTRACE_GET_SYSCALL_INFO)
        results[1] = call.op;
}

static int64_t poll_pidfd(pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return -errno;
    struct pollfd polled = {.fd = pidfd, .events = POLLIN};
    poll(&polled, 1, 0);
    close(pidfd);
    return polled.revents;
}

/* ---- listeners ---- */

static __thread struct seccomp_notif request;
static __thread int listener;

static void receive(const struct command *command, int64_t *results)
{
    int pidfd = (int)syscall(SYS_pidfd_open, command->a, 0);
    listener = (int)syscall(SYS_pidfd_getfd, pidfd, command->b, 0);
    results[1] = listener < 0 ? -errno : 0;
    memset(&request, 0, sizeof request);
    results[0] = result_of(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request));
    results[2] = request.data.nr;
    results[3] = request.pid;
    results[4] = result_of(ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &request.id));
    close(pidfd);
}

static int64_t respond(const struct command *command)
{
    struct seccomp_notif_resp response = {.id = request.id,
                                          .val = command->a,
                                          .error = (int32_t)command->b,
                                          .flags = (uint32_t)command->c};
    int64_t result = result_of(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response));
    close(listener);
    return result;
}

/* ---- the loop ---- */

static void execute(int slot)
{
    char number[16];
    snprintf(number, sizeof number, "%d", slot);
    execl("/proc/self/exe", "fuzz", "--actor", number, NULL);
}

static void perform(int slot, const struct command *command, int64_t *results)
{
    switch ((enum operation)command->operation) {
    case CALL:
        results[0] = make_call(command->a);
        break;
    case INSTALL:
        results[0] = install(command);
        break;
    case STATUS:
        read_status(results);
        break;
    case PRIVILEGE:
        results[0] = result_of(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
        break;
    case STRICT:
        results[0] = result_of(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL));
        break;
    case BIRTH:
        birth((int)command->a, command->b, results);
        break;
    case EXEC:
        execute(slot);
        break;
    case END:
        end(command->a, command->b);
        break;
    case HANDLE:
        results[0] = handle((int)command->a, command->b);
        break;
    case MASK:
        results[0] = mask((int)command->a, command->b);
        break;
    case SEND:
        results[0] = send_signal(command);
        break;
    case SEEN:
        memcpy(results, (void *)&seen, sizeof seen);
        break;
    case WAIT:
        wait_for(command, results);
        break;
    case TRACE:
        trace(command, results);
        break;
    case STOPS: {
        int status = 0;
        results[0] = result_of(waitpid((pid_t)command->a, &status, __WALL | WNOHANG));
        results[1] = status;
        break;
    }
    case POLL:
        results[0] = poll_pidfd((pid_t)command->a);
        break;
    case RECEIVE:
        receive(command, results);
        break;
    case RESPOND:
        results[0] = respond(command);
        break;
    case CLOSE:
        results[0] = result_of(close((int)command->a));
        break;
    case OPERATIONS:
        break;
    }
}

void actor_run(int slot)
{
    struct command command;
    struct reply reply = {{getpid(), syscall(SYS_gettid)}};
    if (write(reply_fd(slot, 1), &reply, sizeof reply) < 0)
        syscall(SYS_exit_group, 90);
    for (;;) {
        ssize_t length = read(command_fd(slot, 0), &command, sizeof command);
        if (length < 0 && errno == EINTR)
            continue;
        if (length != sizeof command)
            syscall(SYS_exit_group, 91);
        memset(&reply, 0, sizeof reply);
        perform(slot, &command, reply.results);
        while (write(reply_fd(slot, 1), &reply, sizeof reply) < 0 && errno == EINTR)
            ;
    }
}
