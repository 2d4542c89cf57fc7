/* SPDX-License-Identifier: MIT */
/* cmd_doctor.c: cordon doctor: reports what this kernel supports. */
#include "cli.h"
#include "cordon/load.h"

/* What `cordon emulate` uses where --trap isn't given. */
static const char *trap_of(const struct cordon_kernel *kernel)
{
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        if (cordon_action_nth(i)->value == (uint32_t)CORDON_TRACE && kernel->actions[i])
            return "kernel";
    return "stops";
}

static json_t *kernel_json(const struct cordon_kernel *kernel)
{
    json_t *actions = json_object(), *flags = json_object();
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        json_object_set_new(actions, cordon_action_nth(i)->name, json_boolean(kernel->actions[i]));
    for (size_t i = 0; i < sizeof kernel->flags / sizeof *kernel->flags; i++)
        json_object_set_new(flags, kernel->flags[i].name, json_boolean(kernel->flags[i].there));
    return json_pack("{ss sb sb so so ss si sb si si si si si sb ss}", "release", kernel->release,
                     "seccomp", (int)kernel->seccomp, "filter", (int)kernel->filter, "actions",
                     actions, "flags", flags, "actions_logged", kernel->actions_logged, "jit",
                     kernel->jit, "constant_cache", (int)kernel->constant_cache, "landlock",
                     kernel->landlock, "user_namespaces", kernel->user_namespaces, "ptrace_scope",
                     kernel->ptrace_scope, "mode", kernel->mode, "filters", kernel->filters,
                     "no_new_privs", (int)kernel->no_new_privs, "trap", trap_of(kernel));
}

static const char *yes(bool value)
{
    return value ? "yes" : "no";
}

static void print_number(const char *what, int value, const char *none)
{
    if (value < 0)
        printf("%-18s %s\n", what, none);
    else
        printf("%-18s %d\n", what, value);
}

static void print_kernel(const struct cordon_kernel *kernel)
{
    printf("%-18s %s\n", "kernel", kernel->release);
    printf("%-18s %s\n", "seccomp(2)", yes(kernel->seccomp));
    printf("%-18s %s\n", "filters", yes(kernel->filter));
    printf("%-18s", "actions");
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        printf(kernel->actions[i] ? " %s" : " (no %s)", cordon_action_nth(i)->name);
    printf("\n%-18s", "flags");
    for (size_t i = 0; i < sizeof kernel->flags / sizeof *kernel->flags; i++)
        printf(kernel->flags[i].there ? " %s" : " (no %s)", kernel->flags[i].name);
    printf("\n%-18s %s\n", "logged", kernel->actions_logged);
    printf("%-18s %s\n", "JIT",
           kernel->jit < 0    ? "unknown (needs root)"
           : kernel->jit == 0 ? "off: filters are interpreted"
                              : "on");
    printf("%-18s %s\n", "constant verdicts",
           kernel->constant_cache ? "cached: a call allowed by its number alone runs no filter"
                                  : "not cached (Linux 5.11 and newer do)");
    print_number("Landlock ABI", kernel->landlock ? kernel->landlock : -1, "none");
    print_number("user namespaces", kernel->user_namespaces, "unknown");
    print_number("ptrace_scope", kernel->ptrace_scope, "no Yama: classic ptrace permissions");
    printf("%-18s %s\n", "trap of emulate", trap_of(kernel));
    printf("%-18s mode %d, %d filters, no_new_privs %s\n", "this process", kernel->mode,
           kernel->filters < 0 ? 0 : kernel->filters, yes(kernel->no_new_privs));
}

int command_doctor(const struct options *options)
{
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    int status = kernel.filter ? EXIT_YES : EXIT_NO;
    if (options->json)
        return print_json(kernel_json(&kernel), status);
    print_kernel(&kernel);
    return finish_output(status);
}
