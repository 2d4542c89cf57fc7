/* SPDX-License-Identifier: MIT */
/*
 * fuzz.c: the director. fuzz SEED LENGTH [SKIPPED…] makes LENGTH operations from the seed, has them
 * done one by one, without those whose numbers are given, and prints each with its result. Numbers
 * of processes are printed as names of actors.
 */
#include "../proc_state.h"
#include "actor.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FIRST_ACTORS = 3, PATIENCE = 4000 /* milliseconds */, MOST_STOPS = 60 };
enum outcome { ANSWERED, DEAD, STOPPED, SILENT };

static struct slot {
    pid_t pid, tid;
    bool alive;
    int parent;
} slots[ACTORS];
static struct reply reply;

/* ---- what the director sees ---- */

static void pause_ms(long milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

/* The letter of /proc/PID/task/TID/stat; 'X': there is no such thread. */
static char state_of(pid_t pid, pid_t tid)
{
    char name[64], state;
    snprintf(name, sizeof name, "/proc/%d/task/%d/stat", pid, tid);
    state = proc_state(name);
    return state ? state : 'X';
}

static bool is_dead(pid_t pid, pid_t tid)
{
    char state = state_of(pid, tid);
    return state == 'X' || state == 'Z';
}

/* A name that is the same in each run. */
static const char *name_of(int64_t number)
{
    static char names[8][24];
    static unsigned next;
    char *name = names[next++ % 8];
    snprintf(name, sizeof *names, number < 1000 ? "%ld" : "?", number);
    if (number == getpid())
        strcpy(name, "director");
    for (int i = ACTORS - 1; number > 1 && i >= 0; i--) {
        if (slots[i].tid == number || slots[i].pid == number)
            snprintf(name, sizeof *names, "a%d", i);
    }
    return name;
}

static bool has_reply(int slot)
{
    struct pollfd polled = {.fd = reply_fd(slot, 0), .events = POLLIN};
    return poll(&polled, 1, 0) > 0;
}

/* Waits for an actor's answer. After an execve a thread's number is another. */
static enum outcome await(int slot, bool executes)
{
    for (int i = 0; i < PATIENCE; i++) {
        struct pollfd polled = {.fd = reply_fd(slot, 0), .events = POLLIN};
        if (poll(&polled, 1, 1) > 0)
            return read(reply_fd(slot, 0), &reply, sizeof reply) == sizeof reply ? ANSWERED : DEAD;
        const struct slot *is = &slots[slot];
        if (is_dead(is->pid, executes ? is->pid : is->tid) && !has_reply(slot))
            return DEAD;
        char state = i % 16 == 15 ? state_of(is->pid, is->tid) : 0;
        if (state == 'T' || (state == 't' && i > PATIENCE / 4))
            return STOPPED;
    }
    return SILENT;
}

static void tell(int slot, enum operation operation, int64_t a, int64_t b, int64_t c, int64_t d)
{
    struct command command = {operation, a, b, c, d};
    if (write(command_fd(slot, 1), &command, sizeof command) != sizeof command)
        exit(92);
}

/* Marks the dead; a whole process dies together, but for a thread that ends alone. */
static void bury(int slot, bool alone)
{
    slots[slot].alive = false;
    if (!alone)
        pause_ms(20);
    for (int i = 0; i < ACTORS; i++) {
        if (slots[i].alive && slots[i].pid == slots[slot].pid &&
            is_dead(slots[i].pid, slots[i].tid)) {
            printf(" a%d dies", i);
            slots[i].alive = false;
        }
    }
}

static bool alone_at_end;

/* Has it done, and prints what became of it; true: reply is the answer. */
static bool ask(int slot, enum operation operation, int64_t a, int64_t b, int64_t c, int64_t d)
{
    tell(slot, operation, a, b, c, d);
    enum outcome outcome = await(slot, operation == EXEC);
    if (outcome == ANSWERED)
        return true;
    if (outcome == DEAD) {
        printf(" dies");
        bury(slot, alone_at_end);
    } else {
        printf(outcome == STOPPED ? " stops" : " is silent");
        slots[slot].alive = false;
    }
    return false;
}

/* ---- operations ---- */

struct step {
    unsigned kind, who, other, value[5];
};

static int pick(unsigned number)
{
    int alive = 0;
    for (int i = 0; i < ACTORS; i++)
        alive += slots[i].alive;
    for (int i = 0, left = alive ? (int)(number % (unsigned)alive) : 0; i < ACTORS; i++) {
        if (slots[i].alive && left-- == 0)
            return i;
    }
    return -1;
}

static void do_call(const struct step *step, int who)
{
    unsigned which = step->value[0] % CALLS;
    printf("call %u:", which);
    if (ask(who, CALL, which, 0, 0, 0))
        printf(" %s", name_of(reply.results[0]));
}

static void do_install(const struct step *step, int who)
{
    static const uint32_t actions[] = {
        SECCOMP_RET_ERRNO | 7,    SECCOMP_RET_ERRNO | 4096,
        SECCOMP_RET_ERRNO,        SECCOMP_RET_TRAP | 5,
        SECCOMP_RET_TRACE | 9,    SECCOMP_RET_LOG,
        SECCOMP_RET_ALLOW,        SECCOMP_RET_KILL_THREAD,
        SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_ERRNO | 11,
        SECCOMP_RET_TRAP,         SECCOMP_RET_ERRNO | 513,
        SECCOMP_RET_ERRNO | 4095, 0x7ff80000u,
    };
    static const unsigned flags[] = {0,
                                     0,
                                     0,
                                     SECCOMP_FILTER_FLAG_TSYNC,
                                     SECCOMP_FILTER_FLAG_LOG,
                                     SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                                     SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
                                     1u << 20};
    unsigned which = step->value[0] % (CALLS - 1);
    uint32_t action = actions[step->value[1] % (sizeof actions / sizeof *actions)];
    unsigned flag = flags[step->value[2] % (sizeof flags / sizeof *flags)];
    printf("install %u %08x %x:", which, action, flag);
    if (ask(who, INSTALL, which, action, flag, 0))
        printf(" %s", name_of(reply.results[0]));
}

static void do_status(int who)
{
    printf("status:");
    if (ask(who, STATUS, 0, 0, 0, 0)) {
        for (int i = 0; i < 5; i++)
            printf(" %ld", reply.results[i]);
    }
}

static void do_birth(const struct step *step, int who)
{
    int slot = 0;
    while (slot < ACTORS && (slots[slot].alive || slots[slot].pid))
        slot++;
    unsigned how = step->value[0] % 6;
    printf("birth %u:", how);
    if (slot == ACTORS) {
        printf(" full");
        return;
    }
    if (!ask(who, BIRTH, slot, how, 0, 0))
        return;
    if (reply.results[0] < 0) {
        printf(" %ld", reply.results[0]);
        return;
    }
    slots[slot].pid = slots[slot].tid = how >= 4 ? slots[who].pid : (pid_t)reply.results[0];
    if (await(slot, false) != ANSWERED) {
        printf(" a%d is not born", slot);
        return;
    }
    slots[slot] = (struct slot){(pid_t)reply.results[0], (pid_t)reply.results[1], true, who};
    printf(" a%d", slot);
}

static void do_exec(int who)
{
    printf("exec:");
    pid_t pid = slots[who].pid;
    if (!ask(who, EXEC, 0, 0, 0, 0))
        return;
    for (int i = 0; i < ACTORS; i++) {
        if (i != who && slots[i].pid == pid)
            slots[i].alive = false;
    }
    printf(" %d", reply.results[0] == pid);
    slots[who].tid = pid;
}

static void do_end(const struct step *step, int who)
{
    static const int signals[] = {SIGKILL, SIGTERM, SIGSEGV, SIGSYS, SIGTRAP};
    unsigned how = step->value[0] % 3;
    int code = how == 2 ? signals[step->value[1] % 5] : (int)(step->value[1] % 256);
    printf("end %u %d:", how, code);
    alone_at_end = how == 0;
    ask(who, END, how, code, 0, 0);
    alone_at_end = false;
}

static const int signals[] = {SIGUSR1, SIGSYS, SIGTERM, SIGCHLD, SIGTRAP, SIGUSR2};

static void do_handle(const struct step *step, int who)
{
    int number = signals[step->value[0] % 6];
    unsigned how = step->value[1] % 4;
    printf("handle %d %u:", number, how);
    if (ask(who, HANDLE, number, how, 0, 0))
        printf(" %ld", reply.results[0]);
}

static void do_mask(const struct step *step, int who)
{
    int number = signals[step->value[0] % 6];
    printf("mask %d %u:", number, step->value[1] % 2);
    if (ask(who, MASK, number, step->value[1] % 2, 0, 0))
        printf(" %ld", reply.results[0]);
}

static void print_seen(int who)
{
    printf(" a%d saw", who);
    if (!ask(who, SEEN, 0, 0, 0, 0))
        return;
    const int64_t *is = reply.results;
    printf(" %ld/%ld/%s/%ld/%ld", is[0], is[1], name_of(is[2]), is[3], is[4]);
}

/* A signal, and an answer of each thread of the target, so that it has arrived. */
static void do_send(const struct step *step, int who, int other)
{
    int number = step->value[0] % 8 == 7 ? SIGKILL : signals[step->value[0] % 6];
    unsigned how = step->value[1] % 4;
    pid_t pid = slots[other].pid;
    printf("send %d to a%d %u:", number, other, how);
    if (pid == slots[who].pid && slots[other].tid != slots[who].tid) {
        printf(" itself"); /* whether it goes on for a moment is chance */
        return;
    }
    bool itself = pid == slots[who].pid;
    how = itself ? 1 : how;
    if (ask(who, SEND, pid, slots[other].tid, number, how))
        printf(" %ld", reply.results[0]);
    if (!itself) /* the one that the signal is for comes first: it may end all */
        print_seen(other);
    for (int i = 0; i < ACTORS && !itself; i++) {
        if (i != other && slots[i].alive && slots[i].pid == pid)
            print_seen(i);
    }
}

static void do_wait(const struct step *step, int who, int other)
{
    static const int options[] = {0, WUNTRACED, __WALL, WCONTINUED, __WCLONE, WNOWAIT};
    unsigned option = step->value[0] % 6, how = step->value[1] % 3;
    bool any = step->value[2] % 3 == 0;
    if (how == 0 && option == 5)
        option = 0;
    int dead = -1;
    for (int i = 0; i < ACTORS; i++) {
        if (slots[i].pid && !slots[i].alive && (dead < 0 || step->value[3] % 2))
            dead = i;
    }
    if (dead >= 0 && step->value[4] % 4)
        other = dead;
    printf("wait %s %u %u:", any ? "any" : name_of(slots[other].pid), option, how);
    if (ask(who, WAIT, any ? -1 : slots[other].pid, options[option], how, 0))
        printf(" %s %lx %ld %s", name_of(reply.results[0]), reply.results[1], reply.results[2],
               name_of(reply.results[3]));
}

static void do_poll(int who, int other)
{
    printf("poll a%d:", other);
    if (ask(who, POLL, slots[other].pid, 0, 0, 0))
        printf(" %ld", reply.results[0]);
}

/* ---- one traces another ---- */

static bool trace(int who, long request, pid_t tid, int64_t address, int64_t data)
{
    return ask(who, TRACE, request, tid, address, data);
}

/* The next stop of a thread, as its tracer hears of it; 0: it has answered the director, or ended.
 */
static int next_stop(int who, int other, bool until_answer)
{
    enum { MOMENT = 30 };
    int quiet = 0;
    for (int i = 0; i < PATIENCE; i++) {
        bool answered = until_answer && has_reply(other);
        if (!ask(who, STOPS, slots[other].tid, 0, 0, 0) || reply.results[0] < 0)
            return 0;
        if (reply.results[0] > 0)
            return (int)reply.results[1];
        quiet += answered; /* the stop at the exit of its answer takes a moment */
        if (quiet > MOMENT)
            return 0;
        pause_ms(1);
    }
    printf(" no stop");
    return 0;
}

static void print_stop(int who, pid_t tid, int status, unsigned look)
{
    static const int requests[] = {PTRACE_GETREGS, PTRACE_GETSIGINFO, PTRACE_GETEVENTMSG,
                                   PTRACE_GET_SYSCALL_INFO};
    printf(" %x", (unsigned)status);
    unsigned which = look % 4;
    if (which == 2 && (status >> 16 == 0 || status >> 16 == PTRACE_EVENT_STOP)) /* an old one */
        which = 1;
    if (trace(who, requests[which], tid, which == 3 ? 88 : 0, 0))
        printf("/%ld/%s", reply.results[0], name_of(reply.results[1]));
}

/* The target does one thing meanwhile; its calls, signals and events are printed. */
static void watched(const struct step *step, int who, int other)
{
    static const long resumes[] = {PTRACE_CONT, PTRACE_SYSCALL, PTRACE_CONT, PTRACE_SINGLESTEP};
    long resume = resumes[step->value[1] % 3];
    pid_t tid = slots[other].tid;
    trace(who, PTRACE_INTERRUPT, tid, 0, 0);
    int status = next_stop(who, other, false);
    print_stop(who, tid, status, step->value[2]);
    trace(who, resume, tid, 0, 0);
    unsigned which = step->value[3] % CALLS;
    printf(" [call %u]", which);
    tell(other, CALL, which, 0, 0, 0);
    for (int i = 0; i < MOST_STOPS && slots[who].alive; i++) {
        status = next_stop(who, other, true);
        if (!status || !WIFSTOPPED(status))
            break;
        print_stop(who, tid, status, step->value[2] + (unsigned)i);
        int number = WSTOPSIG(status);
        bool passes = status >> 16 == 0 && number != (SIGTRAP | 0x80) && step->value[4] % 4;
        if (!trace(who, resume, tid, 0, passes ? number : 0))
            return;
    }
    if (status && !WIFSTOPPED(status)) {
        printf(" ends %x", (unsigned)status);
        bury(other, false);
        return;
    }
    if (await(other, false) == ANSWERED)
        printf(" answers %ld", reply.results[0]);
    /* With PTRACE_SYSCALL it stands at the exit of its answer, or the entry of its next read. */
    trace(who, PTRACE_INTERRUPT, tid, 0, 0);
    next_stop(who, other, false);
    if (trace(who, PTRACE_DETACH, tid, 0, 0))
        printf(" detach %ld", reply.results[0]);
}

static void do_trace(const struct step *step, int who, int other)
{
    static const long options[] = {0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP,
                                   PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEEXIT,
                                   PTRACE_O_TRACESYSGOOD};
    long option = options[step->value[0] % 4];
    printf("trace a%d %lx:", other, option);
    if (slots[who].pid == slots[other].pid) {
        printf(" itself");
        return;
    }
    if (!trace(who, PTRACE_SEIZE, slots[other].tid, 0, option))
        return;
    printf(" %ld", reply.results[0]);
    if (reply.results[0] == 0)
        watched(step, who, other);
}

/* ---- one answers another's call ---- */

static void do_notify(const struct step *step, int who, int other)
{
    printf("notify a%d:", other);
    if (who == other || slots[who].pid == slots[other].pid) {
        printf(" itself");
        return;
    }
    enum { WHICH = CALLS - 1 };
    if (!ask(other, INSTALL, WHICH, SECCOMP_RET_USER_NOTIF, SECCOMP_FILTER_FLAG_NEW_LISTENER, 0))
        return;
    int64_t fd = reply.results[0];
    printf(" %s", fd < 0 ? name_of(fd) : "fd");
    if (fd < 0)
        return;
    tell(other, CALL, WHICH, 0, 0, 0);
    if (ask(who, RECEIVE, slots[other].pid, fd, 0, 0))
        printf(" %ld %ld %ld %s %ld", reply.results[0], reply.results[1], reply.results[2],
               name_of(reply.results[3]), reply.results[4]);
    unsigned kind = step->value[0] % 4;
    if (slots[who].alive && ask(who, RESPOND, kind == 0 ? 77 : 0, kind == 1 ? -5 : 0, kind == 2, 0))
        printf(" %ld", reply.results[0]);
    if (await(other, false) == ANSWERED) {
        printf(" %ld", reply.results[0]);
        if (ask(other, CLOSE, fd, 0, 0, 0))
            printf(" %ld", reply.results[0]);
    } else {
        printf(" dies");
        bury(other, false);
    }
}

static void do_step(const struct step *step)
{
    int who = pick(step->who), other = pick(step->other);
    if (who < 0)
        return;
    printf("a%d ", who);
    switch (step->kind % 24) {
    case 0:
    case 1:
    case 2:
        do_call(step, who);
        break;
    case 3:
    case 4:
    case 5:
        do_install(step, who);
        break;
    case 6:
    case 7:
        do_status(who);
        break;
    case 8:
    case 9:
    case 10:
        do_birth(step, who);
        break;
    case 11:
        do_exec(who);
        break;
    case 12:
        do_end(step, who);
        break;
    case 13:
        do_handle(step, who);
        break;
    case 14:
        do_mask(step, who);
        break;
    case 15:
    case 16:
        do_send(step, who, other);
        break;
    case 17:
    case 18:
        do_wait(step, who, other);
        break;
    case 19:
    case 20:
        do_trace(step, who, other);
        break;
    case 21:
        do_notify(step, who, other);
        break;
    case 22:
        do_poll(who, other);
        break;
    default:
        printf("%s:", step->value[0] % 6 ? "privilege" : "strict");
        if (ask(who, step->value[0] % 6 ? PRIVILEGE : STRICT, 0, 0, 0, 0))
            printf(" %ld", reply.results[0]);
    }
    printf("\n");
}

/* ---- main ---- */

static uint64_t state;

static unsigned next_random(void)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(state >> 33);
}

static void make_pipes(void)
{
    for (int slot = 0; slot < ACTORS; slot++) {
        for (int answers = 0; answers < 2; answers++) {
            int ends[2], first = FIRST_FD + 4 * slot + 2 * answers;
            if (pipe(ends) || dup2(ends[0], first) < 0 || dup2(ends[1], first + 1) < 0)
                exit(93);
            close(ends[0]);
            close(ends[1]);
        }
    }
}

static void direct(int count, char **words)
{
    for (int i = 0; i < FIRST_ACTORS; i++) {
        pid_t pid = fork();
        if (pid == 0)
            actor_run(i);
        slots[i] = (struct slot){pid, pid, true, -1};
        if (await(i, false) != ANSWERED)
            exit(94);
    }
    int length = atoi(words[2]);
    state = strtoull(words[1], NULL, 10) * 2654435761u + 1;
    for (int i = 0; i < length; i++) {
        struct step step;
        unsigned *part = (unsigned *)&step;
        for (unsigned j = 0; j < sizeof step / sizeof *part; j++)
            part[j] = next_random();
        bool skipped = false;
        for (int j = 3; j < count; j++)
            skipped |= atoi(words[j]) == i;
        if (skipped)
            continue;
        printf("%d: ", i);
        do_step(&step);
    }
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3 && !strcmp(argv[1], "--actor"))
        actor_run(atoi(argv[2]));
    if (argc < 3)
        return 99;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    make_pipes();
    direct(argc, argv);
    for (int i = 0; i < ACTORS; i++) {
        if (slots[i].pid)
            kill(slots[i].pid, SIGKILL);
    }
    for (int i = 0; i < PATIENCE && waitpid(-1, NULL, __WALL | WNOHANG) >= 0; i++)
        pause_ms(1);
    return 0;
}
