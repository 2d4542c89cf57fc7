/* SPDX-License-Identifier: MIT */
/* watched.c: a program with a filter, threads, a child and signals, for tests in which debuggers
 * trace it. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile int count;

static void __attribute__((noinline)) step(int by)
{
    count += by;
}

static void *add(void *unused)
{
    for (int i = 0; i < 3; i++)
        step(1);
    return unused;
}

static void on_signal(int number)
{
    step(number);
}

static int deny_mkdir(void)
{
    struct sock_filter insns[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
                                  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mkdir, 0, 1),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                  BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {sizeof insns / sizeof *insns, insns};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* Sleeps in calls until its standard input ends. */
static void *doze(void *unused)
{
    for (;;)
        usleep(10000);
    return unused;
}

static int wait_here(void)
{
    pthread_t thread;
    char byte;
    pthread_create(&thread, NULL, doze, NULL);
    puts("waiting");
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    puts("done");
    return 0;
}

static void *become_echo(void *unused)
{
    usleep(100000); /* the first thread sleeps by now */
    execl("/bin/echo", "echo", "a thread became a program", NULL);
    return unused;
}

static int exec_in_thread(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, become_echo, NULL);
    pause();
    return 1;
}

int main(int argc, char **argv)
{
    int status;
    if (deny_mkdir())
        return 1;
    if (argc > 1 && !strcmp(argv[1], "exec"))
        return exec_in_thread();
    if (argc > 1 && !strcmp(argv[1], "wait"))
        return wait_here();
    for (int i = 0; i < 3; i++) { /* one after the other, so that a tracer always sees the same */
        pthread_t thread;
        pthread_create(&thread, NULL, add, NULL);
        pthread_join(thread, NULL);
    }
    int made = mkdir("/tmp/cordon-watched", 0700);
    printf("mkdir: %d, %s\n", made, strerror(errno));
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        step(1);
        _exit(7);
    }
    waitpid(child, &status, 0);
    printf("the child: %d, count %d\n", WEXITSTATUS(status), count);
    fflush(stdout);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    return count;
}
