/* SPDX-License-Identifier: MIT */
/*
 * formats.c: the time from a container profile in JSON to a proven program, and back to JSON,
 * compared with libseccomp, which gets the same rules already parsed: formats FILE [RUNS
 * [cordon|filter|libseccomp]]
 *
 * With one of the names it does only that, so that callgrind can count it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "container.h"
#include "cordon/formats.h"

static char *text;
static size_t length;
static struct cordon_insn insns[CORDON_MAX_INSNS];

static void read_text(const char *path)
{
    FILE *file = fopen(path, "rb");
    text = malloc(1 << 20);
    if (!file || !text)
        exit(2);
    length = fread(text, 1, 1 << 20, file);
    fclose(file);
}

static void count(void *context, const struct cordon_diag *diag, const char *line, uint32_t bytes)
{
    (void)diag;
    (void)line;
    (void)bytes;
    ++*(uint32_t *)context;
}

/* Reads, builds, emits and proves; with `back` also writes the profile again. The reporter makes it
 * look for warnings, as the commands do. */
static void by_cordon(bool back)
{
    const struct cordon_format *format = cordon_format_by_name("oci", 3);
    struct cordon_format_options options = {.kernel = CORDON_LINUX(6, 1)};
    struct cordon_policy *policy = NULL;
    struct cordon_compiled compiled;
    struct cordon_string again = {0};
    uint32_t messages = 0;
    struct cordon_reporter reporter = {.report = count, .context = &messages};
    struct cordon_sink sink = cordon_string_sink(&again);
    if (format->read(&policy, text, length, "profile", &options, &reporter) ||
        cordon_compile(&compiled, policy, NULL, 0, NULL, &reporter) ||
        (back && format->write(&sink, policy, &options, &reporter)))
        exit(2);
    cordon_string_free(&again);
    cordon_compiled_free(&compiled);
    cordon_policy_free(policy);
}

static void by_name(const char *name)
{
    if (!strcmp(name, "cordon"))
        by_cordon(true);
    else if (!strcmp(name, "filter"))
        by_cordon(false);
    else
        container_compile(strcmp(name, "tree") ? BY_LIBSECCOMP : BY_LIBSECCOMP_TREE, true, NULL,
                          insns);
}

static double cpu_ms(const char *name, int runs)
{
    struct timespec start, end;
    by_name(name);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
    for (int i = 0; i < runs; i++)
        by_name(name);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    return ((double)(end.tv_sec - start.tv_sec) * 1e3 +
            (double)(end.tv_nsec - start.tv_nsec) / 1e6) /
           runs;
}

int main(int argc, char **argv)
{
    static const char *const names[] = {"cordon", "filter", "libseccomp", "tree"};
    static const char *const labels[] = {
        "cordon: read, build, prove, write", "cordon: read, build, prove",
        "libseccomp: rules to program", "libseccomp, tree: the same"};
    int runs = argc > 2 ? atoi(argv[2]) : 100;
    if (argc < 2)
        return 2;
    read_text(argv[1]);
    container_read(argv[1]);
    if (argc > 3) {
        for (int i = 0; i < runs; i++)
            by_name(argv[3]);
        return 0;
    }
    for (int i = 0; i < 4; i++)
        printf("  %-36s %7.2f ms of CPU\n", labels[i], cpu_ms(names[i], i < 2 ? runs : 10));
    return 0;
}
