/* SPDX-License-Identifier: MIT */
/*
 * oracle_verify_test.c: compares the verifier with the running kernel, without installing anything.
 *
 * The test requests to install each program with TSYNC while another thread of this process has a
 * filter of its own. The kernel checks the program first: it returns EINVAL for a bad one, and that
 * thread's id for a good one, because the two threads can't be synchronised. Either way nothing
 * changes, so the request can be repeated.
 *
 * --programs N: number of random programs (half of them mutated); --seed S.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "random_program.h"

static long install(const struct cordon_insn *insns, uint32_t length, unsigned flags)
{
    struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)(uintptr_t)insns};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static pthread_barrier_t ready;
static bool divergent;

static void *diverge(void *unused)
{
    static const struct cordon_insn allow_all[] = {{CORDON_OP_RET_K, 0, 0, SECCOMP_RET_ALLOW}};
    divergent = install(allow_all, 1, 0) == 0;
    pthread_barrier_wait(&ready);
    for (;;)
        pause();
    return unused;
}

enum answer { ACCEPTED, REFUSED, NO_ANSWER };

static enum answer verdict_of_kernel(const struct cordon_insn *insns, uint32_t length)
{
    long result = install(insns, length, SECCOMP_FILTER_FLAG_TSYNC);
    if (result > 0)
        return ACCEPTED;
    return result == -1 && errno == EINVAL ? REFUSED : NO_ANSWER;
}

static enum answer verdict_of_verifier(const struct cordon_insn *insns, uint32_t length,
                                       struct cordon_fault *fault)
{
    struct cordon_program program;
    return cordon_program_verify(&program, insns, length, fault) ? ACCEPTED : REFUSED;
}

struct counts {
    unsigned long tried, accepted, differences;
};

static void show_difference(const struct cordon_insn *insns, uint32_t length, enum answer kernel,
                            const struct cordon_fault *fault)
{
    printf("# kernel %s, verifier: %s at %u\n", kernel == ACCEPTED ? "accepts" : "refuses",
           cordon_reason_text(fault->reason), fault->insn);
    for (uint32_t i = 0; i < length; i++)
        printf("#   %u: { 0x%02x, %u, %u, 0x%08x }\n", i, insns[i].code, insns[i].jt, insns[i].jf,
               insns[i].k);
}

static void compare(const struct cordon_insn *insns, uint32_t length, struct counts *counts)
{
    struct cordon_fault fault = {0};
    enum answer kernel = verdict_of_kernel(insns, length),
                ours = verdict_of_verifier(insns, length, &fault);
    counts->tried++;
    counts->accepted += kernel == ACCEPTED;
    if (kernel == ours)
        return;
    if (++counts->differences <= 5)
        show_difference(insns, length, kernel, &fault);
}

/* Every 16-bit opcode, in a program that is otherwise valid. */
static void compare_all_opcodes(struct counts *counts)
{
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        struct cordon_insn insns[] = {{CORDON_OP_ST, 0, 0, 4}, /* M[4] = A, for the loads */
                                      {(uint16_t)code, 0, 0, 4},  {CORDON_OP_RET_K, 0, 0, 0},
                                      {CORDON_OP_RET_K, 0, 0, 0}, {CORDON_OP_RET_K, 0, 0, 0},
                                      {CORDON_OP_RET_K, 0, 0, 0}, {CORDON_OP_RET_K, 0, 0, 0}};
        compare(insns, 7, counts);
    }
}

static void compare_random(struct random *random, unsigned long programs, struct counts *counts)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS + 8];
    for (unsigned long i = 0; i < programs; i++) {
        uint32_t room = i % 512 == 0 ? CORDON_MAX_INSNS : 64;
        uint32_t length = random_program(random, insns, room);
        if (i % 4)
            length = random_mutation(random, insns, length, room + 4);
        compare(insns, length, counts);
    }
}

/* The limits of a program's length. */
static void compare_lengths(struct counts *counts)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS + 1];
    for (uint32_t i = 0; i <= CORDON_MAX_INSNS; i++)
        insns[i] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 0};
    const uint32_t lengths[] = {
        0, 1, 2, CORDON_MAX_INSNS - 1, CORDON_MAX_INSNS, CORDON_MAX_INSNS + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        compare(insns, lengths[i], counts);
}

static void tap(int number, const char *name, const struct counts *counts)
{
    bool ok = counts->differences == 0 && counts->tried > 0 && counts->accepted > 0;
    printf("%s %d - %s: %lu asked, %lu accepted, %lu differences\n", ok ? "ok" : "not ok", number,
           name, counts->tried, counts->accepted, counts->differences);
}

static bool make_divergent_thread(void)
{
    pthread_t thread;
    pthread_barrier_init(&ready, NULL, 2);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || pthread_create(&thread, NULL, diverge, NULL))
        return false;
    pthread_barrier_wait(&ready);
    return divergent;
}

int main(int argc, char **argv)
{
    unsigned long programs = 40000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--programs"))
            programs = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 0);
    }
    printf("1..3\n# seed %lu\n", seed);
    if (!make_divergent_thread()) {
        for (int i = 1; i <= 3; i++)
            printf("ok %d # SKIP this kernel does not let a thread install a filter\n", i);
        return 0;
    }
    struct counts opcodes = {0}, lengths = {0}, random_counts = {0};
    struct random random = {seed};
    compare_all_opcodes(&opcodes);
    tap(1, "all 65536 opcodes", &opcodes);
    compare_lengths(&lengths);
    tap(2, "lengths", &lengths);
    compare_random(&random, programs, &random_counts);
    tap(3, "random and mutated programs", &random_counts);
    fflush(stdout);
    _exit(opcodes.differences + lengths.differences + random_counts.differences ? 1 : 0);
}
