/* SPDX-License-Identifier: MIT */
/* container.c: compiles container profiles; see container.h. */
#include "container.h"

#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <jansson.h>

struct container_entry container_entries[4096];
size_t container_entry_count;
static uint32_t by_default;

/* ---- the profile ---- */

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

static struct container_check read_check(json_t *arg)
{
    static const char *const names[] = {"",
                                        "SCMP_CMP_NE",
                                        "SCMP_CMP_LT",
                                        "SCMP_CMP_LE",
                                        "SCMP_CMP_EQ",
                                        "SCMP_CMP_GE",
                                        "SCMP_CMP_GT",
                                        "SCMP_CMP_MASKED_EQ"};
    struct container_check check = {
        .arg = (unsigned)json_integer_value(json_object_get(arg, "index")),
        .value = (uint64_t)json_integer_value(json_object_get(arg, "value")),
        .second = (uint64_t)json_integer_value(json_object_get(arg, "valueTwo"))};
    for (int op = 1; op < 8; op++)
        if (!strcmp(names[op], json_string_value(json_object_get(arg, "op"))))
            check.op = (enum scmp_compare)op;
    return check;
}

void container_read(const char *path)
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
            struct container_entry *entry = &container_entries[container_entry_count];
            *entry = (struct container_entry){
                json_string_value(name),
                action_of(json_string_value(json_object_get(group, "action")),
                          json_object_get(group, "errnoRet")),
                {{0}},
                0};
            json_array_foreach(json_object_get(group, "args"), k, arg)
                entry->checks[entry->count++] = read_check(arg);
            container_entry_count += entry->action != by_default;
        }
    }
}

/* ---- both compilers ---- */

const char *const container_abis[2] = {"x86_64", "x86_64, i386, x32"};

static char *policy_text(bool three)
{
    static const char *const signs[] = {"", "!=", "<", "<=", "==", ">=", ">"};
    static char text[256 * 1024];
    char *at = text + sprintf(text, "arch %s\ndefault errno(%u)\n", container_abis[three],
                              by_default & 0xffff);
    for (size_t i = 0; i < container_entry_count; i++) {
        const struct container_entry *entry = &container_entries[i];
        if (cordon_syscall_id(entry->name, (uint32_t)strlen(entry->name)) == CORDON_NO_ID ||
            !strcmp(entry->name, "syscall")) /* a keyword of the language */
            continue;
        if (entry->action == SCMP_ACT_ALLOW)
            at += sprintf(at, "allow %s", entry->name);
        else
            at += sprintf(at, "errno(%u) %s", entry->action & 0xffff, entry->name);
        for (unsigned j = 0; j < entry->count; j++) {
            const struct container_check *check = &entry->checks[j];
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

static uint32_t with_cordon(bool three, const struct cordon_weights *weights,
                            struct cordon_insn *insns)
{
    const char *text = policy_text(three);
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

static uint32_t with_libseccomp(uint32_t level, bool three, struct cordon_insn *insns)
{
    scmp_filter_ctx context = seccomp_init(by_default);
    seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, level);
    if (three) {
        seccomp_arch_add(context, SCMP_ARCH_X86);
        seccomp_arch_add(context, SCMP_ARCH_X32);
    }
    for (size_t i = 0; i < container_entry_count; i++) {
        const struct container_entry *entry = &container_entries[i];
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

uint32_t container_compile(enum container_compiler compiler, bool three,
                           const struct cordon_weights *weights, struct cordon_insn *insns)
{
    return compiler == BY_CORDON ? with_cordon(three, weights, insns)
                                 : with_libseccomp((uint32_t)compiler, three, insns);
}
