/* SPDX-License-Identifier: MIT */
/* scenario.c: runs scenarios: scenario NAME runs one, scenario --list lists all; scenario --self
 * ... is the program that scenarios execute. */
#include "scenario.h"
#include "../proc_state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void say(const char *format, ...)
{
    char line[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(line, sizeof line - 1, format, list);
    va_end(list);
    if (length < 0 || length >= (int)sizeof line - 1)
        length = sizeof line - 2;
    line[length] = '\n';
    if (write(STDOUT_FILENO, line, (size_t)length + 1) < 0)
        _exit(98);
}

void give_up(const char *what)
{
    say("gave up: %s: %s", what, strerror(errno));
    _exit(97);
}

#define MOST_RULES 16

long install(unsigned flags, size_t count, const struct rule *rules, uint32_t otherwise)
{
    struct sock_filter code[2 * MOST_RULES + 2];
    size_t length = 0;
    if (count > MOST_RULES)
        give_up("too many rules");
    code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
    for (size_t i = 0; i < count; i++) {
        code[length++] =
            (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rules[i].nr, 0, 1);
        code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, rules[i].action);
    }
    code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, otherwise);
    struct sock_fprog program = {(unsigned short)length, code};
    return CALL(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

void deny(long nr, uint32_t action)
{
    const struct rule rule = {nr, action};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (install(0, 1, &rule, SECCOMP_RET_ALLOW))
        give_up("seccomp");
}

int deny_with_listener(long nr, unsigned more_flags)
{
    const struct rule rule = {nr, SECCOMP_RET_USER_NOTIF};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    long fd = install(SECCOMP_FILTER_FLAG_NEW_LISTENER | more_flags, 1, &rule, SECCOMP_RET_ALLOW);
    if (fd < 0)
        give_up("seccomp with a listener");
    return (int)fd;
}

long result_of(long nr, long a, long b, long c, long d, long e)
{
    long result = syscall(nr, a, b, c, d, e);
    return result == -1 ? -errno : result;
}

const char *status_text(int status)
{
    static _Thread_local char text[64];
    if (WIFEXITED(status))
        snprintf(text, sizeof text, "exited %d", WEXITSTATUS(status));
    else if (WIFSIGNALED(status))
        snprintf(text, sizeof text, "killed %d%s", WTERMSIG(status),
                 WCOREDUMP(status) ? " core" : "");
    else if (WIFSTOPPED(status))
        snprintf(text, sizeof text, "stopped %#x event %d", WSTOPSIG(status), status >> 16);
    else
        snprintf(text, sizeof text, "status %#x", status);
    return text;
}

pid_t forked(void)
{
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    return pid;
}

void in_child(const char *what, void (*body)(void))
{
    int status;
    pid_t pid = forked();
    if (pid == 0) {
        body();
        _exit(0);
    }
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            give_up("waitpid");
    say("%s: %s", what, status_text(status));
}

void *thread_run(void *(*body)(void *), void *argument)
{
    pthread_t *thread = malloc(sizeof *thread);
    if (!thread || (errno = pthread_create(thread, NULL, body, argument)))
        give_up("pthread_create");
    return thread;
}

void thread_join(void *thread)
{
    pthread_join(*(pthread_t *)thread, NULL);
    free(thread);
}

long status_field(const char *path, const char *key)
{
    char text[4096];
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0)
        close(fd);
    if (got <= 0)
        return -1;
    text[got] = '\0';
    for (char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
            return strtol(line + strlen(key) + 1, NULL, 10);
    return -1;
}

bool await_state(pid_t pid, char state)
{
    char stat[64];
    snprintf(stat, sizeof stat, "/proc/%d/stat", pid);
    for (int i = 0; i < 5000; i++, pause_for(1))
        if (proc_state(stat) == state)
            return true;
    return false;
}

void pause_for(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    while (nanosleep(&time, &time) && errno == EINTR)
        ;
}

void copy_self(const char *path)
{
    char part[65536];
    ssize_t got;
    int from = open("/proc/self/exe", O_RDONLY),
        to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);
    if (from < 0 || to < 0)
        give_up(path);
    while ((got = read(from, part, sizeof part)) > 0)
        if (write(to, part, (size_t)got) != got)
            give_up(path);
    close(from);
    close(to);
}

#ifdef __x86_64__
__asm__(".text\n.globl call_getppid, before_call, after_call\n"
        "call_getppid: before_call: mov $110, %eax\nsyscall\nafter_call: ret\n");
#else
__asm__(".text\n.globl call_getppid, before_call, after_call\n"
        "call_getppid: before_call: mov $64, %eax\nint $0x80\nafter_call: ret\n");
#endif

/* Prints what an executed program sees of itself. */
static int executed(const char *what)
{
    say("%s: mode %ld, filters %ld, nnp %d, euid %d, getppid %ld", what,
        status_field("/proc/self/status", "Seccomp"),
        status_field("/proc/self/status", "Seccomp_filters"),
        prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), geteuid(),
        CALL(SYS_getppid, 0, 0, 0) > 0 ? 1 : CALL(SYS_getppid, 0, 0, 0));
    return 5;
}

int main(int argc, char **argv)
{
    const struct scenario *const all[] = {actions, creating, escapes, notifying, signals, tracing};
    if (argc == 3 && !strcmp(argv[1], "--self"))
        return executed(argv[2]);
    bool list = argc == 2 && !strcmp(argv[1], "--list");
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        for (const struct scenario *scenario = all[i]; scenario->name; scenario++) {
            if (list)
                puts(scenario->name);
            if (list || argc < 2 || strcmp(argv[1], scenario->name))
                continue;
            scenario->run();
            return 0;
        }
    return list ? 0 : 99;
}
