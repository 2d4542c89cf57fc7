/* SPDX-License-Identifier: MIT */
/*
 * profile.c: compares a container profile (the JSON of Docker and Podman) compiled by cordon and by
 * libseccomp: profile FILE [RUNS]
 *
 * Executed instructions are counted by interpreting the programs.
 */
#include <linux/filter.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "container.h"

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- measuring ---- */

static const char *const hot[] = {"read",        "write",      "close",    "futex",
                                  "openat",      "newfstatat", "mmap",     "epoll_wait",
                                  "epoll_pwait", "sendto",     "recvfrom", "writev",
                                  "nanosleep",   "fcntl",      "ioctl",    "clock_gettime"};

struct means {
    double allowed, hot, checked, denied, unknown;
};

static double steps(const struct cordon_program *program, uint32_t nr, uint64_t arg0)
{
    struct cordon_data data = {
        .word = {nr, 0xc000003e, 0, 0, (uint32_t)arg0, (uint32_t)(arg0 >> 32)}};
    return cordon_program_run(program, &data).steps;
}

static const struct container_entry *entry_of(const char *name)
{
    for (size_t i = 0; i < container_entry_count; i++)
        if (!strcmp(container_entries[i].name, name) &&
            container_entries[i].action == SCMP_ACT_ALLOW)
            return &container_entries[i];
    return NULL;
}

static struct means measure(const struct cordon_program *program)
{
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    struct means sum = {0};
    double allowed = 0, checked = 0, denied = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        const struct container_entry *entry = entry_of(cordon_syscall_name(id));
        if (!entry) {
            sum.denied += steps(program, nr, 0);
            denied++;
        } else if (!entry->count) {
            sum.allowed += steps(program, nr, 0);
            allowed++;
        }
    }
    for (size_t i = 0; i < container_entry_count; i++) {
        uint32_t nr =
            cordon_syscall_nr(abi, cordon_syscall_id(container_entries[i].name,
                                                     (uint32_t)strlen(container_entries[i].name)));
        if (!container_entries[i].count || nr == CORDON_NO_NR)
            continue;
        bool equal = container_entries[i].checks[0].op == SCMP_CMP_EQ;
        sum.checked += steps(program, nr, equal ? container_entries[i].checks[0].value : 1);
        checked++;
    }
    for (size_t i = 0; i < sizeof hot / sizeof *hot; i++)
        sum.hot +=
            steps(program,
                  cordon_syscall_nr(abi, cordon_syscall_id(hot[i], (uint32_t)strlen(hot[i]))), 0);
    return (struct means){sum.allowed / allowed, sum.hot / 16, sum.checked / checked,
                          sum.denied / denied, steps(program, 1000, 0)};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define INSTALLS 31

/* The median time of seccomp(2) in new processes. */
static double install_time(const struct cordon_insn *insns, uint32_t length)
{
    double times[INSTALLS];
    for (int i = 0; i < INSTALLS; i++) {
        int pair[2];
        if (pipe(pair))
            exit(2);
        pid_t child = fork();
        if (child == 0) {
            struct sock_fprog program = {(unsigned short)length,
                                         (struct sock_filter *)(uintptr_t)insns};
            prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
            double start = now(CLOCK_MONOTONIC);
            long result = syscall(SYS_seccomp, 1, 0, &program);
            double time = result ? -1 : now(CLOCK_MONOTONIC) - start;
            _exit(write(pair[1], &time, sizeof time) != (ssize_t)sizeof time);
        }
        close(pair[1]);
        if (read(pair[0], &times[i], sizeof times[i]) != (ssize_t)sizeof times[i])
            times[i] = -1;
        close(pair[0]);
        waitpid(child, NULL, 0);
    }
    qsort(times, INSTALLS, sizeof *times, by_value);
    return times[INSTALLS / 2];
}

/* The peak heap use of one build: the growth of the arena in a new process. (The size at its end
 * can't be seen from outside.) */
static size_t heap_growth(enum container_compiler who, bool three,
                          const struct cordon_weights *weights)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    int pair[2];
    size_t growth = 0;
    if (pipe(pair))
        exit(2);
    pid_t child = fork();
    if (child == 0) {
        mallopt(M_MMAP_THRESHOLD, 1 << 30);
        mallopt(M_TRIM_THRESHOLD, 1 << 30);
        malloc_trim(0);
        size_t before = mallinfo2().arena;
        container_compile(who, three, weights, insns);
        growth = mallinfo2().arena - before;
        _exit(write(pair[1], &growth, sizeof growth) != (ssize_t)sizeof growth);
    }
    close(pair[1]);
    if (read(pair[0], &growth, sizeof growth) != (ssize_t)sizeof growth)
        growth = 0;
    close(pair[0]);
    waitpid(child, NULL, 0);
    return growth;
}

static void row(const char *label, enum container_compiler who, bool three,
                const struct cordon_weights *weights, int runs)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    uint32_t length = container_compile(who, three, weights, insns);
    double start = now(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < runs; i++)
        container_compile(who, three, weights, insns);
    double time = (now(CLOCK_PROCESS_CPUTIME_ID) - start) / runs;
    struct cordon_program program;
    struct cordon_fault fault;
    if (!cordon_program_verify(&program, insns, length, &fault))
        exit(2);
    struct means means = measure(&program);
    printf("  %-22s %7.2f %7.2f %8.2f %7.2f %8.0f %7u %9.0f %8zu %8.1f\n", label, means.allowed,
           means.hot, means.checked, means.denied, means.unknown, length, time,
           heap_growth(who, three, weights) / 1024, install_time(insns, length));
}

int main(int argc, char **argv)
{
    int runs = argc > 2 ? atoi(argv[2]) : 20;
    if (argc < 2)
        return 2;
    container_read(argv[1]);
    struct cordon_call_count counts[16];
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    for (size_t i = 0; i < 16; i++)
        counts[i] = (struct cordon_call_count){
            abi->token, cordon_syscall_nr(abi, cordon_syscall_id(hot[i], (uint32_t)strlen(hot[i]))),
            1};
    struct cordon_weights equal = {.kind = CORDON_WEIGHTS_EQUAL};
    struct cordon_weights hot_only = {.kind = CORDON_WEIGHTS_COUNTS, .calls = counts, .count = 16};
    for (int three = 0; three < 2; three++) {
        printf("%s: mean instructions executed on x86_64: allowed outright, 16 hot calls, "
               "argument-checked, denied, unknown;\n  length, build us, KiB of heap, us in "
               "seccomp(2)\n",
               container_abis[three]);
        printf("  %-22s %7s %7s %8s %7s %8s %7s %9s %8s %8s\n", "", "allowed", "hot", "checked",
               "denied", "unknown", "length", "build us", "KiB", "install");
        row("cordon", BY_CORDON, three, NULL, runs);
        row("cordon, equal", BY_CORDON, three, &equal, runs);
        row("cordon, hot calls", BY_CORDON, three, &hot_only, runs);
        row("libseccomp", BY_LIBSECCOMP, three, NULL, runs);
        row("libseccomp, tree", BY_LIBSECCOMP_TREE, three, NULL, runs);
    }
    return 0;
}
