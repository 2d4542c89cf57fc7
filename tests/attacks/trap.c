/* SPDX-License-Identifier: MIT */
/*
 * trap.c: another process of the same user disturbs the start of a program under cordon. The
 * program starts with its filter, or not at all.
 */
#include "attack.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool read_word(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY);
    ssize_t length = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = 0;
    return length > 0;
}

static pid_t start_cordon(void)
{
    pid_t pid = forked();
    if (pid)
        return pid;
    const char *arguments[24] = {0};
    int count = 0;
    while (more[count] && count < 16) {
        arguments[count] = more[count];
        count++;
    }
    arguments[count++] = "--";
    arguments[count++] = self;
    arguments[count++] = "--try";
    arguments[count++] = folder;
    execv(arguments[0], (char *const *)arguments);
    _exit(127);
}

/* The number of the program's process, as soon as there is one. */
static pid_t program_of(pid_t cordon)
{
    char path[64], text[64];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", cordon, cordon);
    for (int i = 0; i < 20000; i++) {
        if (read_word(path, text, sizeof text))
            return atoi(text);
        siginfo_t end = {0};
        if (waitid(P_PID, (id_t)cordon, &end, WEXITED | WNOHANG | WNOWAIT) || end.si_pid)
            break;
    }
    return 0;
}

static void send(pid_t pid, int number, int round)
{
    siginfo_t info = {.si_signo = number, .si_code = SI_QUEUE};
    info.si_pid = getpid();
    if (round % 3 == 0)
        kill(pid, number);
    else if (round % 3 == 1)
        syscall(SYS_tgkill, pid, pid, number);
    else
        syscall(SYS_rt_sigqueueinfo, pid, number, &info);
}

/* Sends the signal at some moment of the start: at once, when the name changes, or later. */
static void disturb(pid_t pid, int number, int round)
{
    char path[64], name[64], first[64];
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    read_word(path, first, sizeof first);
    for (int i = 0; i < 20000 && round % 4; i++) {
        if (!read_word(path, name, sizeof name) || strcmp(name, first))
            break;
    }
    for (volatile int i = 0; i < round % 7 * 2000; i++)
        ;
    for (int i = 0; i <= round % 3 * 5; i++)
        send(pid, number, round + i);
    if (number == SIGSTOP) {
        pause_us(1000);
        kill(pid, SIGCONT);
    }
}

static void run(long number)
{
    for (int i = 0; i < 8 || goes_on(); i++) {
        struct stat unused;
        pid_t cordon = start_cordon(), program = program_of(cordon);
        if (program > 0)
            disturb(program, (int)number, i);
        if (!ends_within(cordon, 10000))
            differs("cordon hangs");
        if (lstat(forbidden, &unused) == 0)
            return;
    }
}

const struct attack attacks[] = {
    {"sigtrap", LAUNCH, run, SIGTRAP, 0},
    {"sigsegv", LAUNCH, run, SIGSEGV, 0},
    {"sigstop", LAUNCH, run, SIGSTOP, 0},
    {"sigcont", LAUNCH, run, SIGCONT, 0},
    {"sigsys", LAUNCH, run, SIGSYS, 0},
    {"sigill", LAUNCH, run, SIGILL, 0},
    {"sigusr1", LAUNCH, run, SIGUSR1, 0},
    {"sigchld", LAUNCH, run, SIGCHLD, 0},
    {0},
};
