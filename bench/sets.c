/* SPDX-License-Identifier: MIT */
/* sets.c: compares ioctl with sets of request values with libseccomp's tree: sets */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <seccomp.h>

#include "cordon/compile.h"
#include "cordon/stat.h"

static uint32_t values[4000];

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* kind: 0 consecutive, 1 seven apart, 2 as drivers number their requests, 3 random */
static void make_values(int kind, uint32_t count)
{
    uint64_t state = 1;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t bits = (uint32_t)(state >> 32);
        uint32_t made[] = {0x5400 + i, 0x5400 + 7 * i,
                           (bits & 3) << 30 | (8u << (bits >> 2 & 3)) << 16 |
                               (0x54 + (bits >> 4 & 7)) << 8 | (bits >> 8 & 0xff),
                           bits | 1};
        values[i] = made[kind];
    }
}

static char *policy_text(uint32_t count)
{
    static char text[128 * 1024];
    char *at = text + sprintf(text, "arch x86_64\ndefault errno(EPERM)\nallow ioctl(request in {");
    for (uint32_t i = 0; i < count; i++)
        at += sprintf(at, "%s%#x", i ? ", " : "", values[i]);
    sprintf(at, "})\n");
    return text;
}

static bool with_libseccomp(uint32_t count, struct cordon_insn *insns, uint32_t *length)
{
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_ERRNO(1));
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    for (uint32_t i = 0; i < count; i++)
        seccomp_rule_add(context, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                         SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffff, values[i]));
    int fd = memfd_create("filter", 0);
    bool good = seccomp_export_bpf(context, fd) == 0;
    lseek(fd, 0, SEEK_SET);
    ssize_t size = read(fd, insns, CORDON_MAX_INSNS * sizeof *insns);
    *length = size > 0 ? (uint32_t)((size_t)size / sizeof *insns) : 0;
    close(fd);
    seccomp_release(context);
    return good && *length;
}

static void row(const char *kind, const char *who, uint32_t count, const struct cordon_insn *insns,
                uint32_t length, double time)
{
    struct cordon_program program;
    struct cordon_fault fault;
    if (!cordon_program_verify(&program, insns, length, &fault)) {
        printf("  %-14s %5u %-11s no program that a kernel takes (%u instructions)\n", kind, count,
               who, length);
        return;
    }
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct cordon_data data = {.word = {16, 0xc000003e, 0, 0, 0, 0, values[i]}};
        sum += cordon_program_run(&program, &data).steps;
    }
    printf(
        "  %-14s %5u %-11s %6u instructions, %7.1f executed for a member, at most %5u; %9.0f us\n",
        kind, count, who, length, sum / count, cordon_program_worst(&program), time);
}

int main(void)
{
    static const char *const kinds[] = {"in a row", "seven apart", "as ioctls are",
                                        "without order"};
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    for (int kind = 0; kind < 4; kind++)
        for (uint32_t count = 10; count <= 4000; count = count == 1000 ? 4000 : count * 10) {
            make_values(kind, count);
            const char *text = policy_text(count);
            struct cordon_policy *policy = NULL;
            struct cordon_compiled compiled;
            uint32_t length;
            double start = now();
            if (cordon_policy_read(&policy, text, strlen(text), "sets", NULL, NULL) ||
                cordon_compile(&compiled, policy, NULL, 0, NULL, NULL)) {
                printf("  %-14s %5u cordon: refused\n", kinds[kind], count);
                continue;
            }
            double time = now() - start;
            row(kinds[kind], "cordon", count, compiled.code.program.insns,
                compiled.code.program.length, time);
            cordon_compiled_free(&compiled);
            cordon_policy_free(policy);
            start = now();
            if (count <= 1000 && with_libseccomp(count, insns, &length))
                row(kinds[kind], "libseccomp", count, insns, length, now() - start);
            else if (count <= 1000)
                printf("  %-14s %5u libseccomp  refuses\n", kinds[kind], count);
        }
    return 0;
}
