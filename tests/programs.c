/* SPDX-License-Identifier: MIT */
/* programs.c: small programs that must work under `cordon run`: programs NAME. */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void *call_socket(void *unused)
{
    (void)unused;
    socket(AF_UNIX, SOCK_STREAM, 0);
    return NULL;
}

/* One thread is killed, the process continues. */
static int threads(void)
{
    pthread_t thread;
    pthread_create(&thread, NULL, call_socket, NULL);
    pthread_join(thread, NULL);
    puts("the process goes on");
    return 7;
}

static void *nothing(void *unused)
{
    return unused;
}

static int storm(void)
{
    for (int round = 0; round < 20; round++) {
        pthread_t thread[16];
        for (int i = 0; i < 16; i++)
            pthread_create(&thread[i], NULL, nothing, NULL);
        for (int i = 0; i < 16; i++)
            pthread_join(thread[i], NULL);
    }
    puts("320 threads");
    return 0;
}

static int forks(void)
{
    for (int i = 0; i < 50; i++)
        if (fork() == 0)
            _exit(i);
    int sum = 0, status;
    while (wait(&status) > 0)
        sum += WEXITSTATUS(status);
    printf("sum %d\n", sum);
    return 0;
}

/* A child is stopped, and its parent sees that. */
static int child(void)
{
    int status;
    if (fork() == 0) {
        call_socket(NULL);
        _exit(3);
    }
    wait(&status);
    printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return 0;
}

static volatile sig_atomic_t handled;

static void on_sigsys(int number, siginfo_t *info, void *context)
{
    (void)context;
    handled = number == SIGSYS ? info->si_syscall : 0;
}

static int handler(void)
{
    struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &action, NULL);
    call_socket(NULL);
    printf("handled %d\n", (int)handled);
    return 0;
}

/* The first process ends, a descendant continues. */
static int daemon_process(void)
{
    int ends[2];
    if (pipe(ends))
        return 1;
    if (fork() == 0) {
        char byte;
        close(ends[1]);
        if (read(ends[0], &byte, 1) == 0) /* until our parent has ended */
            usleep(100000);
        FILE *file = fopen("daemon.out", "w");
        if (file) {
            fputs("alive\n", file);
            fclose(file);
        }
        _exit(0);
    }
    return 0;
}

static int int80(void)
{
    long result = 20; /* getpid of i386 */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory");
    printf("%s\n", result == getpid() ? "same pid" : "other");
    return 0;
}

/* Prints its number first, so that the test can resume it. */
static int stop(void)
{
    FILE *file = fopen("stop.pid", "w");
    if (!file)
        return 1;
    fprintf(file, "%d\n", getpid());
    fclose(file);
    raise(SIGSTOP);
    puts("went on");
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(void);
    } programs[] = {{"threads", threads}, {"storm", storm},     {"forks", forks},
                    {"child", child},     {"handler", handler}, {"daemon", daemon_process},
                    {"int80", int80},     {"stop", stop}};
    for (size_t i = 0; argc > 1 && i < sizeof programs / sizeof *programs; i++)
        if (!strcmp(programs[i].name, argv[1]))
            return programs[i].run();
    return 99;
}
