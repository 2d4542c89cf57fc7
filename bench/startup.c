/* SPDX-License-Identifier: MIT */
/*
 * startup.c: compares how long commands take: startup RUNS COMMAND… -- COMMAND… -- …
 *
 * The commands take turns, so that noise affects all of them equally. The others are compared with
 * the first. Prints median times, the time that each adds to the first, and ratios.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define MAX_COMMANDS 16

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static double run(char **argv)
{
    posix_spawn_file_actions_t actions;
    pid_t pid;
    int status = -1;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    double start = now();
    if (posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ) == 0)
        waitpid(pid, &status, 0);
    double time = now() - start;
    posix_spawn_file_actions_destroy(&actions);
    return status == 0 ? time : -1;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    int runs = argc > 2 ? atoi(argv[1]) : 0, count = 1;
    char **commands[MAX_COMMANDS] = {argv + 2};
    if (runs < 1)
        return 2;
    for (int i = 2; i < argc && count < MAX_COMMANDS; i++)
        if (!strcmp(argv[i], "--")) {
            argv[i] = NULL;
            commands[count++] = argv + i + 1;
        }
    double *times = calloc((size_t)(runs * count), sizeof *times), first = 0;
    if (!times)
        return 2;
    for (int round = -3; round < runs; round++) /* three to warm up */
        for (int i = 0; i < count; i++) {
            double time = run(commands[i]);
            if (round >= 0)
                times[i * runs + round] = time;
        }
    for (int i = 0; i < count; i++) {
        double *own = times + i * runs;
        qsort(own, (size_t)runs, sizeof *own, compare);
        double median = own[runs / 2];
        if (i == 0)
            first = median;
        if (own[0] < 0)
            printf("  %-34s fails here\n", commands[i][0]);
        else
            printf("  %8.0f us  adds %7.0f us  x %5.2f   %s %s %s\n", median, median - first,
                   median / first, commands[i][0], commands[i][1] ? commands[i][1] : "",
                   commands[i][1] && commands[i][2] ? commands[i][2] : "");
    }
    free(times);
    return 0;
}
