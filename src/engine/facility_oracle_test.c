/* SPDX-License-Identifier: MIT */
/*
 * facility_oracle_test.c: makes random sequences of calls on the engine and on the running kernel,
 * and compares everything visible (testing/both.h).
 *
 * --sequences N, --seed S (of the first sequence; it grows by one per sequence), --verbose.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit_records.h"
#include "random_calls.h"

#define CALLS 40 /* calls in a sequence */

/* Behaviour that is compared exists since this version; earlier kernels differ in parts. */
static bool is_new_enough(void)
{
    struct utsname names;
    unsigned major = 0, minor = 0;
    return !uname(&names) && sscanf(names.release, "%u.%u", &major, &minor) == 2 &&
           CORDON_LINUX(major, minor) >= CORDON_LINUX(6, 18);
}

static long read_number(const char *path)
{
    long number = 0;
    FILE *file = fopen(path, "r");
    if (file && fscanf(file, "%ld", &number) != 1)
        number = 0;
    if (file)
        fclose(file);
    return number;
}

/* The actions that this machine logs. */
static void take_actions_logged(void)
{
    char line[128];
    FILE *file = fopen("/proc/sys/kernel/seccomp/actions_logged", "r");
    if (file && fgets(line, sizeof line, file))
        (void)cordon_actions_log(line, (uint32_t)strlen(line));
    if (file)
        fclose(file);
}

static const char *unable(void)
{
#ifndef __x86_64__
    return "written for x86_64";
#endif
    if (geteuid())
        return "needs root";
    if (access("/proc/self/task", R_OK))
        return "there is no /proc here";
    if (!is_new_enough())
        return "the kernel is older than 6.18";
    if (read_number("/proc/sys/net/core/bpf_jit_harden") == 2)
        return "programs get longer with bpf_jit_harden";
    if (!kernel_threads_prepare())
        return "the memory is taken";
    return random_calls_prepare();
}

int main(int argc, char **argv)
{
    unsigned long sequences = 300, seed = 1, done = 0;
    bool is_verbose = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--verbose"))
            is_verbose = true;
        else if (!strcmp(argv[i], "--sequences") && i + 1 < argc)
            sequences = strtoul(argv[++i], NULL, 0);
        else if (!strcmp(argv[i], "--seed") && i + 1 < argc)
            seed = strtoul(argv[++i], NULL, 0);
    }
    printf("1..1\n");
    const char *why = unable();
    if (why) {
        printf("ok 1 # SKIP %s\n", why);
        return 0;
    }
    take_actions_logged();
    bool has_audit = audit_listen(), is_same = true;
    for (; done < sequences && is_same; done++) {
        struct random random = {seed + done};
        both_begin(is_verbose);
        for (int i = 0; i < CALLS && both_is_ok() && random_calls_step(&random); i++)
            ;
        is_same = both_end();
        if (!is_same)
            printf("# seed %lu\n", seed + done);
    }
    random_calls_show();
    printf("%s 1 - %lu sequences%s, as the kernel\n", is_same ? "ok" : "not ok", done,
           has_audit ? " with the records of the audit" : "");
    return is_same ? 0 : 1;
}
