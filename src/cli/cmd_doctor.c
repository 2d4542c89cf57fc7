/* SPDX-License-Identifier: MIT */
/* cmd_doctor.c: cordon doctor: reports what this kernel supports. */
#include "cli.h"
#include "cordon/load.h"

static json_t *support_json(enum cordon_support support)
{
    return support == CORDON_UNSAID ? json_null() : json_boolean(support == CORDON_SUPPORT);
}

static json_t *kernel_json(const struct cordon_kernel *kernel)
{
    json_t *actions = json_object(), *flags = json_object();
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        json_object_set_new(actions, cordon_action_nth(i)->name, support_json(kernel->actions[i]));
    for (size_t i = 0; i < sizeof kernel->flags / sizeof *kernel->flags; i++)
        json_object_set_new(flags, kernel->flags[i].name, support_json(kernel->flags[i].there));
    return json_pack(
        "{ss so so so so ss si so si si si si si sb ss ss?}", "release", kernel->release, "seccomp",
        support_json(kernel->seccomp), "filter", support_json(kernel->filter), "actions", actions,
        "flags", flags, "actions_logged", kernel->actions_logged, "jit", kernel->jit,
        "constant_cache", support_json(kernel->constant_cache), "landlock", kernel->landlock,
        "user_namespaces", kernel->user_namespaces, "ptrace_scope", kernel->ptrace_scope, "mode",
        kernel->mode, "filters", kernel->filters, "no_new_privs", (int)kernel->no_new_privs, "trap",
        cordon_kernel_trap(kernel), "doubt", kernel->doubt);
}

int command_doctor(const struct options *options)
{
    struct cordon_kernel kernel;
    cordon_kernel_probe(&kernel);
    int status = kernel.filter == CORDON_SUPPORT  ? EXIT_YES
                 : kernel.filter == CORDON_UNSAID ? EXIT_UNDECIDED
                                                  : EXIT_NO;
    if (options->json)
        return print_json(kernel_json(&kernel), status);
    struct cordon_sink sink = file_sink(stdout);
    cordon_kernel_print(&sink, &kernel);
    return finish_output(status);
}
