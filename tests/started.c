/* SPDX-License-Identifier: MIT */
/*
 * started.c: programs that start_test.py starts under cordon. started MODE [ARGUMENT…]; they print
 * "ready PID" first, and end when their standard input does, unless told otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void ready(void)
{
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
}

static void until_input_ends(void)
{
    char byte;
    ssize_t got;
    while ((got = read(STDIN_FILENO, &byte, 1)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            break;
}

/* ---- signals ---- */

static const int counted[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2};
static volatile sig_atomic_t counts[NSIG];

static void count(int number)
{
    static const char got[] = "got\n";
    counts[number]++;
    if (write(STDOUT_FILENO, got, sizeof got - 1) < 0)
        _exit(1);
}

/* Prints how often each signal came. */
static int signals(void)
{
    struct sigaction action = {.sa_handler = count};
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        sigaction(counted[i], &action, NULL);
    ready();
    until_input_ends();
    for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
        if (counts[counted[i]])
            printf("signal %d: %d\n", counted[i], (int)counts[counted[i]]);
    puts("end");
    return 3;
}

/* ---- processes ---- */

/* Leaves a child with no descriptors that lives for a minute. */
static int leave(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (int fd = 0; fd < 64; fd++)
            close(fd);
        sleep(60);
        _exit(0);
    }
    printf("child %d\n", (int)child);
    ready();
    until_input_ends();
    return 4;
}

/* ---- calls that the policy makes fail with EPERM ---- */

static int result_of_mkdir(void)
{
    return mkdir("made", 0700) ? errno : 0;
}

/* Runs in a child that cordon's tracer doesn't know, and that this process traces. */
static int untraced(void)
{
    int status;
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_UNTRACED | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) {
        raise(SIGSTOP);
        _exit(result_of_mkdir());
    }
    waitpid(child, &status, WUNTRACED);
    if (ptrace(PTRACE_SEIZE, child, NULL, PTRACE_O_TRACESECCOMP))
        perror("seize");
    kill(child, SIGCONT);
    while (waitpid(child, &status, __WALL) == child && WIFSTOPPED(status))
        ptrace(PTRACE_CONT, child, NULL, NULL);
    printf("mkdir: %s\n", strerror(WEXITSTATUS(status)));
    return 0;
}

static int without_tracer(void)
{
    kill(getppid(), SIGKILL);
    while (mkdir("/proc/no", 0700), errno == EPERM)
        continue;
    printf("mkdir: %s\n", strerror(result_of_mkdir()));
    return 0;
}

static int limits(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    printf("%ld open files, mkdir: %s\n", (long)limit.rlim_cur, strerror(result_of_mkdir()));
    return 5;
}

static int filters(void)
{
    char line[256];
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (!strncmp(line, "Seccomp:", 8))
            fputs(line, stdout);
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } modes[] = {{"signals", signals},
                 {"leave", leave},
                 {"untraced", untraced},
                 {"without-tracer", without_tracer},
                 {"limits", limits},
                 {"filters", filters}};
    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(argv[1], modes[i].name))
            return modes[i].run();
    return 2;
}
