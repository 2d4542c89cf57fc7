/* SPDX-License-Identifier: MIT */
/* attack.c: main of each attack program, and what they share. */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

char forbidden[256];
const char *folder, *self, *const *more;

/* In memory that all processes of a variant share. */
static struct outcome {
    atomic_int escapes, differences, lines;
    atomic_long beats, longest; /* of the heartbeat, in milliseconds */
} * outcome;
static pid_t heartbeat;
static long started;
enum { MOST_LINES = 20, BUDGET = 250 };

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

bool goes_on(void)
{
    struct stat unused;
    const char *more_time = getenv("ATTACK_MS");
    return now() - started < (more_time ? atol(more_time) : BUDGET) && lstat(forbidden, &unused);
}

void try_forbidden(void)
{
    syscall(SYS_symlink, "escaped", forbidden);
    syscall(SYS_symlinkat, "escaped", AT_FDCWD, forbidden);
}

__attribute__((format(printf, 1, 0))) static void explain(const char *format, va_list list)
{
    char line[300] = "# ";
    if (outcome->lines++ >= MOST_LINES)
        return;
    vsnprintf(line + 2, sizeof line - 3, format, list);
    strcat(line, "\n");
    if (write(STDOUT_FILENO, line, strlen(line)) < 0)
        _exit(98);
}

void escaped(const char *format, ...)
{
    va_list list;
    outcome->escapes++; /* first: the explanation is a call, and may be the end */
    va_start(list, format);
    explain(format, list);
    va_end(list);
}

void differs(const char *format, ...)
{
    va_list list;
    outcome->differences++;
    va_start(list, format);
    explain(format, list);
    va_end(list);
}

static const struct attack *current;

static void finish(void)
{
    struct stat unused;
    bool out = outcome->escapes || lstat(forbidden, &unused) == 0;
    const char *good = current->goal == SAME ? "same" : "denied";
    printf("%s\n", out ? "ESCAPED" : outcome->differences ? "differs" : good);
    exit(out || outcome->differences);
}

void not_run(const char *reason)
{
    printf("not run: %s: %s\n", reason, strerror(errno));
    exit(2);
}

/* ---- processes and threads ---- */

pid_t forked(void)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        not_run("fork");
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    return pid;
}

int in_child(void (*body)(void *), void *argument)
{
    pid_t pid = forked();
    if (pid == 0) {
        body(argument);
        _exit(0);
    }
    int status = -1;
    while (waitpid(pid, &status, __WALL) < 0 && errno == EINTR)
        ;
    return status;
}

void end_child(pid_t pid)
{
    if (pid <= 0)
        return;
    kill(pid, SIGKILL);
    waitpid(pid, NULL, __WALL);
}

bool ends_within(pid_t pid, int milliseconds)
{
    for (int i = 0; i < milliseconds; i++) {
        if (waitpid(pid, NULL, WNOHANG | __WALL) == pid)
            return true;
        if (i % 64 == 63)
            kill(pid, SIGCONT); /* whoever stopped it may be dead */
        pause_us(1000);
    }
    end_child(pid);
    return false;
}

void thread_run(void *(*body)(void *), void *argument)
{
    pthread_t thread;
    int error = EAGAIN; /* those that have ended still count for a moment */
    for (int i = 0; i < 1000 && error == EAGAIN; i++) {
        error = pthread_create(&thread, NULL, body, argument);
        if (error)
            pause_us(1000);
    }
    if (error || pthread_detach(thread))
        differs("pthread_create fails");
}

void pause_us(long microseconds)
{
    struct timespec time = {microseconds / 1000000, microseconds % 1000000 * 1000};
    nanosleep(&time, NULL);
}

void use_cpu(int number)
{
    static cpu_set_t all;
    if (!CPU_COUNT(&all))
        sched_getaffinity(0, sizeof all, &all);
    cpu_set_t one;
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all) && number-- == 0)
            CPU_SET(cpu, &one);
    }
    sched_setaffinity(0, sizeof one, &one);
}

/* Zeroed memory that is shared with children. */
static void *shared_memory(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        not_run("mmap");
    return memory;
}

void start_heartbeat(void)
{
    heartbeat = forked();
    for (long last = now(); heartbeat == 0; outcome->beats++) {
        pause_us(1000);
        long time = now();
        if (time - last > outcome->longest)
            outcome->longest = time - last;
        last = time;
    }
}

void check_heartbeat(void)
{
    enum { LONGEST = 5000 };
    long beats = outcome->beats;
    for (int i = 0; i < LONGEST && outcome->beats < beats + 3; i++)
        pause_us(1000);
    end_child(heartbeat);
    if (outcome->longest > LONGEST || outcome->beats < beats + 3)
        differs("another process waited for %ld ms", (long)outcome->longest);
}

/* ---- calls ---- */

long call(long nr, long a, long b, long c, long d, long e, long f)
{
    long result = syscall(nr, a, b, c, d, e, f);
    return result == -1 ? -errno : result;
}

long filter(long nr, uint32_t action, unsigned flags)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof code / sizeof *code, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

void expect(const char *what, long result, long wanted)
{
    if (result != wanted)
        differs("%s is %ld, not %ld", what, result, wanted);
}

__asm__(".text\n.balign 4096\n"
        ".globl docall\ndocall:\n"
        "mov %rdi, %rax\nmov %rsi, %rdi\nmov %rdx, %rsi\nmov %rcx, %rdx\nxor %r10, %r10\n"
        "xor %r8, %r8\nxor %r9, %r9\n"
        ".globl call_site\ncall_site: syscall\nret\n"
        ".balign 4096\n");

void open_site(void)
{
    if (mprotect((void *)((uintptr_t)call_site & ~(uintptr_t)4095), 4096,
                 PROT_READ | PROT_WRITE | PROT_EXEC))
        not_run("mprotect");
}

/* ---- main ---- */

static void list(void)
{
    static const char *const goals[] = {"policy", "kill", "filter", "same", "tracer", "launch"};
    for (const struct attack *attack = attacks; attack->name; attack++)
        printf("%s %s %s%s%s%s%s%s.\n", attack->name, goals[attack->goal],
               attack->needs & ROOT ? "root," : "", attack->needs & ORDINARY ? "ordinary," : "",
               attack->needs & FEW_DESCRIPTORS ? "few," : "",
               attack->needs & TRACES ? "traces," : "", attack->needs & EXPLAIN ? "explain," : "",
               attack->needs & PARENT ? "parent," : "");
}

/* Without cordon there is no tracer: a parent stands in for it that has nothing to lose. */
static void stand_in(void)
{
    pid_t child = fork();
    if (child == 0)
        return;
    signal(SIGCONT, SIG_IGN);
    int status = 0;
    while (waitpid(child, &status, WUNTRACED) == child && !WIFEXITED(status) &&
           !WIFSIGNALED(status))
        ;
    exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 2 && !strcmp(argv[1], "--list")) {
        list();
        return 0;
    }
    if (argc < 3)
        return 99;
    static char path[256];
    if (readlink("/proc/self/exe", path, sizeof path - 1) < 0)
        snprintf(path, sizeof path, "%s", argv[0]);
    self = path;
    folder = argv[2];
    more = (const char *const *)argv + 3;
    snprintf(forbidden, sizeof forbidden, "%s/forbidden", folder);
    if (!strcmp(argv[1], "--try")) { /* after an execve */
        for (int i = 0; i < 3; i++)
            try_forbidden();
        return 0;
    }
    outcome = shared_memory(sizeof *outcome);
    started = now();
    for (current = attacks; current->name; current++) {
        if (!strcmp(current->name, argv[1])) {
            if ((current->goal == TRACER || current->needs & PARENT) && getenv("ATTACK_NATIVE"))
                stand_in();
            current->run(current->argument);
            finish();
        }
    }
    return 99;
}
