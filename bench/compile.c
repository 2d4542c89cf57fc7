/* SPDX-License-Identifier: MIT */
/*
 * compile.c: the time to compile a policy of all 375 calls of x86_64, compared with libseccomp,
 * which gets the same rules: compile cordon|linear|tree RUNS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <seccomp.h>

#include "cordon/compile.h"

static double cpu_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* All calls of x86_64; every tenth has a condition if it has an argument. */
static bool conditional(const struct cordon_abi *abi, uint32_t i)
{
    return i % 10 == 0 && cordon_syscall(abi, cordon_syscall_nth(abi, i)).arg_count > 0;
}

static char *policy_text(void)
{
    char *text = malloc(64 * 1024), *at = text;
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    if (!text)
        exit(2);
    at += sprintf(at, "arch x86_64\ndefault kill_process\n");
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        const char *name = cordon_syscall_name(cordon_syscall_nth(abi, i));
        at += sprintf(at,
                      conditional(abi, i) ? "allow %s(whole arg0 == 5 or whole arg0 > 100)\n"
                                          : "allow %s\n",
                      name);
    }
    return text;
}

static uint32_t with_cordon(const char *text)
{
    struct cordon_policy *policy = NULL;
    struct cordon_compiled compiled;
    if (cordon_policy_read(&policy, text, strlen(text), "bench", NULL, NULL) ||
        cordon_compile(&compiled, policy, NULL, 0, NULL, NULL))
        exit(2);
    uint32_t length = compiled.code.program.length;
    cordon_compiled_free(&compiled);
    cordon_policy_free(policy);
    return length;
}

static uint32_t with_libseccomp(int optimize)
{
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    scmp_filter_ctx context = seccomp_init(SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, (uint32_t)optimize);
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        int nr = (int)cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        if (conditional(abi, i)) {
            seccomp_rule_add(context, SCMP_ACT_ALLOW, nr, 1, SCMP_A0(SCMP_CMP_EQ, 5));
            seccomp_rule_add(context, SCMP_ACT_ALLOW, nr, 1, SCMP_A0(SCMP_CMP_GT, 100));
        } else {
            seccomp_rule_add(context, SCMP_ACT_ALLOW, nr, 0);
        }
    }
    FILE *file = tmpfile();
    if (!file || seccomp_export_bpf(context, fileno(file)))
        exit(2);
    fseek(file, 0, SEEK_END);
    uint32_t length = (uint32_t)(ftell(file) / 8);
    fclose(file);
    seccomp_release(context);
    return length;
}

int main(int argc, char **argv)
{
    const char *who = argc > 1 ? argv[1] : "cordon";
    int runs = argc > 2 ? atoi(argv[2]) : 1;
    char *text = policy_text();
    uint32_t length = 0;
    double start = cpu_time();
    for (int i = 0; i < runs; i++) {
        if (!strcmp(who, "cordon"))
            length = with_cordon(text);
        else
            length = with_libseccomp(!strcmp(who, "tree") ? 2 : 1);
    }
    if (runs > 1)
        printf("  %-18s %8.0f us of CPU, %u instructions\n", who, (cpu_time() - start) / runs,
               length);
    free(text);
    return 0;
}
