/* SPDX-License-Identifier: MIT */
/* describe.c: prints what a kernel supports. */
#include <stdio.h>

#include "cordon/action.h"
#include "cordon/load.h"

static void print_line(struct cordon_sink *sink, const char *what, const char *text)
{
    char head[32];
    snprintf(head, sizeof head, "%-18s ", what);
    cordon_sink_text(sink, head);
    cordon_sink_text(sink, text);
    cordon_sink_text(sink, "\n");
}

static void print_number(struct cordon_sink *sink, const char *what, int value, const char *none)
{
    char number[16];
    snprintf(number, sizeof number, "%d", value);
    print_line(sink, what, value < 0 ? none : number);
}

static const char *support(enum cordon_support support)
{
    return support == CORDON_UNSAID ? "unknown" : support == CORDON_SUPPORT ? "yes" : "no";
}

/* " TRAP", " (no TRAP)" or " (TRAP: unknown)" */
static void print_name(struct cordon_sink *sink, const char *name, enum cordon_support support)
{
    cordon_sink_text(sink, support == CORDON_SUPPORT  ? " "
                           : support == CORDON_UNSAID ? " ("
                                                      : " (no ");
    cordon_sink_text(sink, name);
    cordon_sink_text(sink, support == CORDON_SUPPORT  ? ""
                           : support == CORDON_UNSAID ? ": unknown)"
                                                      : ")");
}

static void print_filters(struct cordon_sink *sink, const struct cordon_kernel *kernel)
{
    print_line(sink, "seccomp(2)", support(kernel->seccomp));
    print_line(sink, "filters", support(kernel->filter));
    cordon_sink_text(sink, "actions           ");
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        print_name(sink, cordon_action_nth(i)->name, kernel->actions[i]);
    cordon_sink_text(sink, "\nflags             ");
    for (size_t i = 0; i < sizeof kernel->flags / sizeof *kernel->flags; i++)
        print_name(sink, kernel->flags[i].name, kernel->flags[i].there);
    cordon_sink_text(sink, "\n");
    print_line(sink, "logged", kernel->actions_logged[0] ? kernel->actions_logged : "unknown");
}

static void print_process(struct cordon_sink *sink, const struct cordon_kernel *kernel)
{
    char mode[16], filters[16], text[80];
    snprintf(mode, sizeof mode, "%d", kernel->mode);
    snprintf(filters, sizeof filters, "%d", kernel->filters);
    snprintf(text, sizeof text, "mode %s, %s filters, no_new_privs %s",
             kernel->mode < 0 ? "unknown" : mode,
             kernel->filters < 0 ? "unknown number of" : filters,
             kernel->no_new_privs ? "yes" : "no");
    print_line(sink, "this process", text);
}

const char *cordon_kernel_trap(const struct cordon_kernel *kernel)
{
    for (uint32_t i = 0; cordon_action_nth(i); i++)
        if (cordon_action_nth(i)->value == (uint32_t)CORDON_TRACE &&
            kernel->actions[i] == CORDON_SUPPORT)
            return "kernel";
    return "stops";
}

void cordon_kernel_print(struct cordon_sink *sink, const struct cordon_kernel *kernel)
{
    print_line(sink, "kernel", kernel->release);
    print_filters(sink, kernel);
    print_line(sink, "JIT",
               kernel->jit < 0    ? "unknown (needs root, and a kernel that tells)"
               : kernel->jit == 0 ? "off: filters are interpreted"
                                  : "on");
    print_line(sink, "constant verdicts",
               kernel->constant_cache == CORDON_UNSAID ? "unknown"
               : kernel->constant_cache == CORDON_SUPPORT
                   ? "cached: a call allowed by its number alone runs no filter"
                   : "not cached (Linux 5.11 and newer do)");
    if (kernel->landlock)
        print_number(sink, "Landlock ABI", kernel->landlock, "unknown");
    else
        print_line(sink, "Landlock ABI", "none");
    print_number(sink, "user namespaces", kernel->user_namespaces, "unknown");
    print_number(sink, "ptrace_scope", kernel->ptrace_scope, "no Yama: classic ptrace permissions");
    print_line(sink, "trap of emulate", cordon_kernel_trap(kernel));
    print_process(sink, kernel);
    if (kernel->doubt)
        print_line(sink, "unknown because", kernel->doubt);
}
