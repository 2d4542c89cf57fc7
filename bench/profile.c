/* SPDX-License-Identifier: MIT */
/*
 * profile.c: a container profile (the JSON of Docker and Podman) compiled by cordon and by
 * libseccomp, side by side: profile FILE [RUNS]
 *
 * No capabilities are held: entries that ask for one are left out. Executed instructions are
 * counted by interpreting the programs.
 */
#include <fcntl.h>
#include <linux/filter.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <seccomp.h>

#include "cordon/compile.h"

struct check {
    unsigned arg;
    enum scmp_compare op;
    uint64_t value, second;
};
struct entry {
    const char *name;
    uint32_t action;
    struct check checks[6];
    unsigned count;
};
static struct entry entries[4096];
static size_t entry_count;
static uint32_t by_default;

static double now(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

/* ---- the profile ---------------------------------------------------------------------------- */

static uint32_t action_of(const char *text, json_t *error)
{
    if (!strcmp(text, "SCMP_ACT_ALLOW"))
        return SCMP_ACT_ALLOW;
    if (!strcmp(text, "SCMP_ACT_ERRNO"))
        return SCMP_ACT_ERRNO(json_is_integer(error) ? (uint32_t)json_integer_value(error) : 1);
    fprintf(stderr, "profile: action %s isn't used by the default profile\n", text);
    exit(2);
}

static bool for_x86(json_t *arches)
{
    size_t i;
    json_t *arch;
    json_array_foreach(arches, i, arch) if (!strcmp(json_string_value(arch), "amd64") ||
                                            !strcmp(json_string_value(arch), "x86_64")) return true;
    return !json_array_size(arches);
}

static bool is_used(json_t *group)
{
    json_t *includes = json_object_get(group, "includes");
    json_t *excludes = json_object_get(group, "excludes");
    json_t *not_here = json_object_get(excludes, "arches");
    return !json_array_size(json_object_get(includes, "caps")) &&
           for_x86(json_object_get(includes, "arches")) &&
           (!json_array_size(not_here) || !for_x86(not_here));
}

static struct check read_check(json_t *arg)
{
    static const char *const names[] = {"",
                                        "SCMP_CMP_NE",
                                        "SCMP_CMP_LT",
                                        "SCMP_CMP_LE",
                                        "SCMP_CMP_EQ",
                                        "SCMP_CMP_GE",
                                        "SCMP_CMP_GT",
                                        "SCMP_CMP_MASKED_EQ"};
    struct check check = {.arg = (unsigned)json_integer_value(json_object_get(arg, "index")),
                          .value = (uint64_t)json_integer_value(json_object_get(arg, "value")),
                          .second = (uint64_t)json_integer_value(json_object_get(arg, "valueTwo"))};
    for (int op = 1; op < 8; op++)
        if (!strcmp(names[op], json_string_value(json_object_get(arg, "op"))))
            check.op = (enum scmp_compare)op;
    return check;
}

static void read_profile(const char *path)
{
    json_error_t error;
    json_t *root = json_load_file(path, 0, &error), *group, *name, *arg;
    size_t i, j, k;
    if (!root) {
        fprintf(stderr, "profile: %s: %s\n", path, error.text);
        exit(2);
    }
    by_default = action_of(json_string_value(json_object_get(root, "defaultAction")),
                           json_object_get(root, "defaultErrnoRet"));
    json_array_foreach(json_object_get(root, "syscalls"), i, group)
    {
        if (!is_used(group))
            continue;
        json_array_foreach(json_object_get(group, "names"), j, name)
        {
            struct entry *entry = &entries[entry_count];
            *entry = (struct entry){json_string_value(name),
                                    action_of(json_string_value(json_object_get(group, "action")),
                                              json_object_get(group, "errnoRet")),
                                    {{0}},
                                    0};
            json_array_foreach(json_object_get(group, "args"), k, arg)
                entry->checks[entry->count++] = read_check(arg);
            entry_count += entry->action != by_default;
        }
    }
}

/* ---- both compilers ------------------------------------------------------------------------- */

static const char *const arch_sets[] = {"x86_64", "x86_64, i386, x32"};
static int three;

static char *policy_text(void)
{
    static const char *const signs[] = {"", "!=", "<", "<=", "==", ">=", ">"};
    static char text[256 * 1024];
    char *at =
        text + sprintf(text, "arch %s\ndefault errno(%u)\n", arch_sets[three], by_default & 0xffff);
    for (size_t i = 0; i < entry_count; i++) {
        const struct entry *entry = &entries[i];
        if (cordon_syscall_id(entry->name, (uint32_t)strlen(entry->name)) == CORDON_NO_ID ||
            !strcmp(entry->name, "syscall")) /* a word of the language; a call of arm only */
            continue;
        if (entry->action == SCMP_ACT_ALLOW)
            at += sprintf(at, "allow %s", entry->name);
        else
            at += sprintf(at, "errno(%u) %s", entry->action & 0xffff, entry->name);
        for (unsigned j = 0; j < entry->count; j++) {
            const struct check *check = &entry->checks[j];
            at += sprintf(at, "%swhole arg%u ", j ? " and " : "(", check->arg);
            if (check->op == SCMP_CMP_MASKED_EQ)
                at += sprintf(at, "& %#llx == %#llx", (unsigned long long)check->value,
                              (unsigned long long)check->second);
            else
                at += sprintf(at, "%s %#llx", signs[check->op], (unsigned long long)check->value);
        }
        at += sprintf(at, entry->count ? ")\n" : "\n");
    }
    return text;
}

static uint32_t with_cordon(const char *text, const struct cordon_weights *weights,
                            struct cordon_insn *insns)
{
    struct cordon_policy *policy = NULL;
    struct cordon_compiled compiled;
    if (cordon_policy_read(&policy, text, strlen(text), "profile", NULL, NULL) ||
        cordon_compile(&compiled, policy, NULL, 0, weights, NULL)) {
        fprintf(stderr, "profile: cordon refuses this:\n%s", text);
        exit(2);
    }
    uint32_t length = compiled.code.program.length;
    memcpy(insns, compiled.code.program.insns, length * sizeof *insns);
    cordon_compiled_free(&compiled);
    cordon_policy_free(policy);
    return length;
}

static uint32_t with_libseccomp(uint32_t level, struct cordon_insn *insns)
{
    scmp_filter_ctx context = seccomp_init(by_default);
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, level);
    if (three) {
        seccomp_arch_add(context, SCMP_ARCH_X86);
        seccomp_arch_add(context, SCMP_ARCH_X32);
    }
    for (size_t i = 0; i < entry_count; i++) {
        const struct entry *entry = &entries[i];
        struct scmp_arg_cmp checks[6];
        int nr = seccomp_syscall_resolve_name(entry->name);
        for (unsigned j = 0; j < entry->count; j++)
            checks[j] = (struct scmp_arg_cmp){entry->checks[j].arg, entry->checks[j].op,
                                              entry->checks[j].value, entry->checks[j].second};
        if (nr != __NR_SCMP_ERROR)
            seccomp_rule_add_array(context, entry->action, nr, entry->count, checks);
    }
    int fd = memfd_create("filter", MFD_CLOEXEC);
    if (seccomp_export_bpf(context, fd))
        exit(2);
    lseek(fd, 0, SEEK_SET);
    ssize_t size = read(fd, insns, CORDON_MAX_INSNS * sizeof *insns);
    close(fd);
    seccomp_release(context);
    return (uint32_t)((size_t)size / sizeof *insns);
}

/* ---- measuring ------------------------------------------------------------------------------ */

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

static const struct entry *entry_of(const char *name)
{
    for (size_t i = 0; i < entry_count; i++)
        if (!strcmp(entries[i].name, name) && entries[i].action == SCMP_ACT_ALLOW)
            return &entries[i];
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
        const struct entry *entry = entry_of(cordon_syscall_name(id));
        if (!entry) {
            sum.denied += steps(program, nr, 0);
            denied++;
        } else if (!entry->count) {
            sum.allowed += steps(program, nr, 0);
            allowed++;
        }
    }
    for (size_t i = 0; i < entry_count; i++) {
        uint32_t nr = cordon_syscall_nr(
            abi, cordon_syscall_id(entries[i].name, (uint32_t)strlen(entries[i].name)));
        if (!entries[i].count || nr == CORDON_NO_NR)
            continue;
        bool equal = entries[i].checks[0].op == SCMP_CMP_EQ;
        sum.checked += steps(program, nr, equal ? entries[i].checks[0].value : 1);
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

/* Median of the time of seccomp(2) in fresh processes. */
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

static uint32_t build(int who, const char *text, const struct cordon_weights *weights,
                      struct cordon_insn *insns)
{
    return who == 0 ? with_cordon(text, weights, insns) : with_libseccomp((uint32_t)who, insns);
}

/* Bytes that one build holds at its end is unknown from outside; what it took from the heap at its
 * most is: the growth of the arena in a fresh process. */
static size_t heap_growth(int who, const char *text, const struct cordon_weights *weights)
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
        build(who, text, weights, insns);
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

static void row(const char *label, int who, const struct cordon_weights *weights, int runs)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    const char *text = policy_text();
    uint32_t length = build(who, text, weights, insns);
    double start = now(CLOCK_PROCESS_CPUTIME_ID);
    for (int i = 0; i < runs; i++)
        build(who, text, weights, insns);
    double time = (now(CLOCK_PROCESS_CPUTIME_ID) - start) / runs;
    struct cordon_program program;
    struct cordon_fault fault;
    if (!cordon_program_verify(&program, insns, length, &fault))
        exit(2);
    struct means means = measure(&program);
    printf("  %-22s %7.2f %7.2f %8.2f %7.2f %8.0f %7u %9.0f %8zu %8.1f\n", label, means.allowed,
           means.hot, means.checked, means.denied, means.unknown, length, time,
           heap_growth(who, text, weights) / 1024, install_time(insns, length));
}

int main(int argc, char **argv)
{
    int runs = argc > 2 ? atoi(argv[2]) : 20;
    if (argc < 2)
        return 2;
    read_profile(argv[1]);
    struct cordon_call_count counts[16];
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    for (size_t i = 0; i < 16; i++)
        counts[i] = (struct cordon_call_count){
            abi->token, cordon_syscall_nr(abi, cordon_syscall_id(hot[i], (uint32_t)strlen(hot[i]))),
            1};
    struct cordon_weights equal = {.kind = CORDON_WEIGHTS_EQUAL};
    struct cordon_weights hot_only = {.kind = CORDON_WEIGHTS_COUNTS, .calls = counts, .count = 16};
    for (three = 0; three < 2; three++) {
        printf("%s: mean instructions executed on x86_64: allowed outright, 16 hot calls, "
               "argument-checked, denied, unknown;\n  length, build us, KiB of heap, us in "
               "seccomp(2)\n",
               arch_sets[three]);
        printf("  %-22s %7s %7s %8s %7s %8s %7s %9s %8s %8s\n", "", "allowed", "hot", "checked",
               "denied", "unknown", "length", "build us", "KiB", "install");
        row("cordon", 0, NULL, runs);
        row("cordon, equal", 0, &equal, runs);
        row("cordon, hot calls", 0, &hot_only, runs);
        row("libseccomp", 1, NULL, runs);
        row("libseccomp, tree", 2, NULL, runs);
    }
    return 0;
}
