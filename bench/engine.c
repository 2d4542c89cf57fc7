/* SPDX-License-Identifier: MIT */
/*
 * engine.c: the cost of a verdict under stacked container profiles: engine PROFILE
 *
 * Compares the plan of the stack with running every filter: by cordon's interpreter, by libpcap's
 * and by the kernel. callgrind counts instructions: it runs this program once more, which gets the
 * filters in a file, because libseccomp can't be used under valgrind.
 */
#include <linux/filter.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <valgrind/callgrind.h>

#include "container.h"
#include "cordon/specialise.h"

#define DEPTH        64u
#define TOKEN        0xc000003eu
#define COUNTED(who) ((who) ? 64 : 4096) /* calls that callgrind counts */
#define MEASURED     15                  /* runs whose median is printed */

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- the stacks ---- */

/* Profiles from three compilers in turn. All are different, since each leaves out another call;
 * or only the first three are repeated. */
static struct cordon_insn insns[2][DEPTH][CORDON_MAX_INSNS];
static struct cordon_program programs[2][DEPTH];

static const struct {
    const char *label;
    unsigned same;
    uint32_t first, depth;
} stacks[] = {{"1, cordon", 1, 0, 1}, {"1, libseccomp", 1, 1, 1}, {"1, tree", 1, 2, 1},
              {"8", 0, 0, 8},         {"64", 0, 0, 64},           {"64, of 3 kinds", 1, 0, 64}};
#define STACKS (sizeof stacks / sizeof *stacks)

static struct cordon_plan *plans[STACKS];

static const struct cordon_program *filters_of(size_t stack)
{
    return &programs[stacks[stack].same][stacks[stack].first];
}

/* One call of each class: executing it, when it is allowed, is cheap. */
static const struct {
    const char *label;
    struct cordon_data data;
} calls[] = {
    {"allowed (getppid)", {{SYS_getppid, TOKEN}}},
    {"denied (lookup_dcookie)", {{SYS_lookup_dcookie, TOKEN}}},
    {"checked (personality)", {{SYS_personality, TOKEN, 0, 0, UINT32_MAX}}},
};
#define CALLS (sizeof calls / sizeof *calls)

static bool is_measured(const char *name)
{
    return !strcmp(name, "getppid") || !strcmp(name, "personality") || !strcmp(name, "write") ||
           !strcmp(name, "exit_group");
}

static void compile_stacks(void)
{
    size_t without = 0;
    for (uint32_t i = 0; i < DEPTH; i++) {
        enum container_compiler compiler = (enum container_compiler)(i % CONTAINER_COMPILERS);
        programs[1][i].length = container_compile(compiler, false, NULL, insns[1][i]);
        while (is_measured(container_entries[without].name) || container_entries[without].count)
            without++;
        struct container_entry left_out = container_entries[without];
        container_entries[without] = container_entries[--container_entry_count];
        programs[0][i].length = container_compile(compiler, false, NULL, insns[0][i]);
        container_entries[container_entry_count++] = container_entries[without];
        container_entries[without++] = left_out;
    }
}

static void make_plans(void)
{
    for (unsigned same = 0; same < 2; same++)
        for (uint32_t i = 0; i < DEPTH; i++) {
            struct cordon_fault fault;
            if (!cordon_program_verify(&programs[same][i], insns[same][i], programs[same][i].length,
                                       &fault))
                exit(2);
        }
    for (size_t i = 0; i < STACKS; i++)
        for (uint32_t j = 0; j < stacks[i].depth; j++) {
            struct cordon_plan *older = plans[i];
            plans[i] = cordon_plan_make(older, &filters_of(i)[j], malloc, free);
            free(older);
        }
}

/* ---- deciders ---- */

static uint32_t packet[CORDON_WORDS]; /* libpcap loads in network byte order */

static uint32_t by_plan(size_t stack, const struct cordon_data *data)
{
    return cordon_plan_run(plans[stack], data).value;
}

static uint32_t lesser(uint32_t best, uint32_t value)
{
    return (int32_t)(value & 0xffff0000) < (int32_t)(best & 0xffff0000) ? value : best;
}

static uint32_t by_interpreter(size_t stack, const struct cordon_data *data)
{
    uint32_t best = 0x7fff0000;
    for (uint32_t i = stacks[stack].depth; i-- > 0;)
        best = lesser(best, cordon_program_run(&filters_of(stack)[i], data).value);
    return best;
}

static uint32_t by_libpcap(size_t stack, const struct cordon_data *data)
{
    uint32_t best = 0x7fff0000;
    (void)data;
    for (uint32_t i = stacks[stack].depth; i-- > 0;)
        best = lesser(best, bpf_filter((const struct bpf_insn *)filters_of(stack)[i].insns,
                                       (const u_char *)packet, sizeof packet, sizeof packet));
    return best;
}

static uint32_t (*const deciders[])(size_t stack, const struct cordon_data *data) = {
    by_plan, by_interpreter, by_libpcap};
#define DECIDERS (sizeof deciders / sizeof *deciders)

static void set_packet(const struct cordon_data *data)
{
    for (int i = 0; i < CORDON_WORDS; i++)
        packet[i] = __builtin_bswap32(data->word[i]);
}

static volatile uint32_t verdict;

static void decide(size_t who, size_t stack, size_t call, unsigned long times)
{
    for (unsigned long i = 0; i < times; i++)
        verdict = deciders[who](stack, &calls[call].data);
}

/* ---- nanoseconds ---- */

static double time_of(size_t who, size_t stack, size_t call)
{
    double times[MEASURED];
    set_packet(&calls[call].data);
    unsigned long count = who ? 100000 / stacks[stack].depth / 8 + 20 : 20000;
    for (int i = 0; i < MEASURED; i++) {
        double start = now();
        decide(who, stack, call, count);
        times[i] = (now() - start) / (double)count;
    }
    qsort(times, MEASURED, sizeof *times, by_value);
    return times[MEASURED / 2];
}

static double time_of_call(const struct cordon_data *data)
{
    double times[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
        double start = now();
        for (int j = 0; j < 2000; j++)
            syscall((long)data->word[CORDON_WORD_NR], (long)data->word[CORDON_WORD_ARGS]);
        times[i] = (now() - start) / 2000;
    }
    qsort(times, MEASURED, sizeof *times, by_value);
    return times[MEASURED / 2];
}

/* In a child: the time of each call under the stack, minus that of getppid without it. -1: the
 * stack can't be installed. */
static void kernel_times(size_t stack, double times[CALLS])
{
    int pair[2];
    if (pipe(pair))
        exit(2);
    pid_t child = fork();
    if (child == 0) {
        double bare = time_of_call(&calls[0].data);
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        for (uint32_t i = 0; i < stacks[stack].depth; i++) {
            struct sock_fprog program = {
                (unsigned short)filters_of(stack)[i].length,
                (struct sock_filter *)(uintptr_t)filters_of(stack)[i].insns};
            if (syscall(SYS_seccomp, 1, 0, &program))
                _exit(1);
        }
        for (size_t i = 0; i < CALLS; i++)
            times[i] = time_of_call(&calls[i].data) - bare;
        _exit(write(pair[1], times, CALLS * sizeof *times) < 0);
    }
    close(pair[1]);
    if (read(pair[0], times, CALLS * sizeof *times) <= 0)
        for (size_t i = 0; i < CALLS; i++)
            times[i] = -1;
    close(pair[0]);
    waitpid(child, NULL, 0);
}

/* ---- instructions ---- */

static double counts[STACKS][CALLS][DECIDERS];

/* Under callgrind: makes one dump for each count. */
static int count(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fread(programs, sizeof programs, 1, file) != 1 ||
        fread(insns, sizeof insns, 1, file) != 1)
        return 2;
    fclose(file);
    make_plans();
    for (size_t stack = 0; stack < STACKS; stack++)
        for (size_t call = 0; call < CALLS; call++)
            for (size_t who = 0; who < DECIDERS; who++) {
                set_packet(&calls[call].data);
                CALLGRIND_ZERO_STATS;
                decide(who, stack, call, COUNTED(who));
                CALLGRIND_DUMP_STATS;
            }
    return 0;
}

static double read_total(const char *folder, size_t dump)
{
    char path[256], line[256];
    double total = 0;
    snprintf(path, sizeof path, "%s/out.%zu", folder, dump);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "summary: %lf", &total);
    if (file)
        fclose(file);
    return total;
}

static bool count_all(void)
{
    char folder[] = "/tmp/bench-engine-XXXXXX", path[64], command[512], self[256];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0 || !mkdtemp(folder))
        return false;
    self[length] = 0;
    snprintf(path, sizeof path, "%s/programs", folder);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(programs, sizeof programs, 1, file) != 1 ||
        fwrite(insns, sizeof insns, 1, file) != 1 || fclose(file))
        return false;
    snprintf(command, sizeof command,
             "valgrind --tool=callgrind --callgrind-out-file=%s/out '%s' --count %s >%s/log 2>&1",
             folder, self, path, folder);
    bool ok = system(command) == 0;
    size_t dump = 0;
    for (size_t stack = 0; stack < STACKS; stack++)
        for (size_t call = 0; call < CALLS; call++)
            for (size_t who = 0; who < DECIDERS; who++)
                counts[stack][call][who] = read_total(folder, ++dump) / COUNTED(who);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return !system(command) && ok;
}

/* ---- tables ---- */

/* For its cache, the kernel runs the filter for each number of each ABI; this measures what that
 * would take. */
static unsigned long steps_of_numbers(const struct cordon_program *program)
{
    static const enum cordon_abi_id abis[] = {CORDON_ABI_X86_64, CORDON_ABI_I386};
    unsigned long steps = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct cordon_abi *abi = cordon_abi(abis[i]);
        for (uint32_t j = 0; j < cordon_syscall_count(abi); j++) {
            struct cordon_data data = {
                {cordon_syscall_nr(abi, cordon_syscall_nth(abi, j)), abi->token}};
            steps += cordon_program_run(program, &data).steps;
        }
    }
    return steps;
}

static double make_time(const struct cordon_plan *older, const struct cordon_program *newest)
{
    double times[MEASURED];
    for (int i = 0; i < MEASURED; i++) {
        double start = now();
        struct cordon_plan *plan = cordon_plan_make(older, newest, malloc, free);
        times[i] = (now() - start) / 1e3;
        free(plan);
    }
    qsort(times, MEASURED, sizeof *times, by_value);
    return times[MEASURED / 2];
}

static void print_making(void)
{
    static const char *const names[] = {"cordon", "libseccomp", "libseccomp, tree"};
    printf("Making a plan: instructions walked, beside those of running each number of x86_64 and "
           "i386 once;\n  us, and bytes; the same on top of %u others\n",
           DEPTH - 1);
    printf("  %-22s %8s %8s %8s %8s %8s %8s\n", "", "walked", "run", "us", "bytes", "us on 63",
           "bytes");
    struct cordon_plan *older = NULL;
    for (uint32_t i = 0; i < DEPTH - 1; i++) {
        struct cordon_plan *plan = cordon_plan_make(older, &programs[0][i], malloc, free);
        free(older);
        older = plan;
    }
    for (uint32_t i = 0; i < 3; i++) {
        const struct cordon_program *program = &programs[1][i];
        struct cordon_plan *plan = cordon_plan_make(NULL, program, malloc, free);
        struct cordon_plan *deep = cordon_plan_make(older, program, malloc, free);
        printf("  %-22s %8u %8lu %8.1f %8zu %8.1f %8zu\n", names[i], cordon_plan_steps(plan),
               steps_of_numbers(program), make_time(NULL, program), cordon_plan_size(plan),
               make_time(older, program), cordon_plan_size(deep));
        free(plan);
        free(deep);
    }
    free(older);
}

static void print_stack(size_t stack)
{
    double kernel[CALLS];
    kernel_times(stack, kernel);
    for (size_t call = 0; call < CALLS; call++) {
        const double *count = counts[stack][call];
        printf("  %-16s %-24s", call ? "" : stacks[stack].label, calls[call].label);
        for (size_t who = 0; who < DECIDERS; who++) {
            printf(" %9.1f %8.0f", time_of(who, stack, call), count[who]);
            uint32_t first = by_plan(stack, &calls[call].data);
            if (verdict != first) {
                printf("\n%s: 0x%08x, not 0x%08x\n", "verdicts differ", first, verdict);
                exit(1);
            }
        }
        printf(" %9.1f %7.1f\n", kernel[call], count[0] > 0 ? count[1] / count[0] : 0);
    }
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--count"))
        return count(argv[2]);
    if (argc < 2)
        return 2;
    container_read(argv[1]);
    compile_stacks();
    make_plans();
    print_making();
    printf(
        "\nA verdict under stacked profiles, nanoseconds and instructions (callgrind): the plan, "
        "and every filter run by\n  cordon's interpreter, libpcap's, the kernel (its call less "
        "a call without filters); the interpreter's\n  instructions for one of the plan's\n");
    if (!count_all())
        printf("  (no instructions: valgrind doesn't run)\n");
    printf("  %-16s %-24s %18s %18s %18s %9s %7s\n", "filters", "call", "plan", "interpreter",
           "libpcap", "kernel", "ratio");
    for (size_t i = 0; i < STACKS; i++)
        print_stack(i);
    return 0;
}
