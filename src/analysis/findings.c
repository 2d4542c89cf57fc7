/* SPDX-License-Identifier: MIT */
/* findings.c: finds ways around a filter, and arguments of which the wrong half is tested. */
#include "cordon/findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cordon/action.h"
#include "cordon/describe.h"

struct finder {
    struct cordon_model *model;
    cordon_node node;
    const struct cordon_abi *abi; /* the current ones */
    void (*finding)(void *context, const struct cordon_finding *finding);
    void *context;
};

__attribute__((format(printf, 4, 5))) static void
report(const struct finder *finder, const char *id, uint16_t call, const char *format, ...)
{
    struct cordon_finding finding = {
        .id = id, .abi = finder->abi, .call = call, .arg = CORDON_ARGS};
    va_list args;
    va_start(args, format);
    vsnprintf(finding.text, sizeof finding.text, format, args);
    va_end(args);
    finder->finding(finder->context, &finding);
}

/* ---- how far calls are allowed ---- */

enum openness { CLOSED, CHECKED, OPEN };

static enum openness openness_of(struct cordon_model *model, cordon_node part)
{
    struct cordon_view view = cordon_model_view(model, part);
    if (!view.is_leaf)
        return CHECKED;
    bool allowed = cordon_action_compare(view.value, (uint32_t)CORDON_LOG) >= 0;
    return allowed && !view.is_computed ? OPEN : CLOSED;
}

static enum openness openness_of_id(const struct finder *finder, const struct cordon_abi *abi,
                                    uint16_t id)
{
    uint32_t nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(abi, id);
    if (nr == CORDON_NO_NR)
        return CLOSED;
    return openness_of(finder->model, cordon_part(finder->model, finder->node, abi->token, nr));
}

static uint16_t id_of(const char *name)
{
    return cordon_syscall_id(name, (uint32_t)strlen(name));
}

static enum openness openness_of_name(const struct finder *finder, const char *name)
{
    return openness_of_id(finder, finder->abi, id_of(name));
}

/* The number of known calls of an ABI that are allowed. */
static uint32_t count_open(const struct finder *finder, const struct cordon_abi *abi)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++)
        open += openness_of_id(finder, abi, cordon_syscall_nth(abi, i)) == OPEN;
    return open;
}

/* ---- arguments ---- */

static void find_half(const struct finder *finder, uint16_t id, const struct cordon_syscall *call,
                      unsigned arg, uint32_t words)
{
    const struct cordon_abi *abi = finder->abi;
    bool low = words >> cordon_abi_low(abi, arg) & 1, high = words >> cordon_abi_high(abi, arg) & 1;
    bool wide = cordon_arg_bits(abi, &call->args[arg]) == 64;
    bool flags = call->args[arg].kind == CORDON_KIND_FLAGS;
    struct cordon_finding finding = {.abi = abi, .call = id, .arg = arg};
    if (wide && !flags && low && !high) {
        finding.id = "half-argument";
        snprintf(finding.text, sizeof finding.text,
                 "%s: only the lower half of %s is tested, the kernel uses all of it", call->name,
                 call->args[arg].name);
    } else if (!wide && high) {
        finding.id = "ignored-half";
        snprintf(finding.text, sizeof finding.text,
                 "%s: the upper half of %s is tested, the kernel ignores it", call->name,
                 call->args[arg].name);
    } else {
        return;
    }
    finder->finding(finder->context, &finding);
}

static void find_halves(const struct finder *finder)
{
    const struct cordon_abi *abi = finder->abi;
    for (uint32_t i = 0; abi->bits == 64 && i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        struct cordon_syscall call = cordon_syscall(abi, id);
        uint32_t words = cordon_model_words(
            finder->model, cordon_part(finder->model, finder->node, abi->token, call.nr));
        for (unsigned arg = 0; arg < call.arg_count; arg++)
            find_half(finder, id, &call, arg, words);
    }
}

/* ---- calls ---- */

static void find_risky_calls(const struct finder *finder)
{
    static const struct {
        const char *id, *name, *why;
    } rows[] = {
        {"io-uring", "io_uring_setup",
         " is allowed: operations requested through a ring bypass all filters"},
        {"ptrace", "ptrace", " is allowed: a process can change the calls of another"},
        {"process-writes", "process_vm_writev", " is allowed: it writes into other processes"},
        {"seccomp", "seccomp", " is allowed: a program can install more filters and supervisors"},
        {"bpf", "bpf", " is allowed"},
        {"userfaultfd", "userfaultfd", " is allowed: it makes races in the kernel easier to win"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (openness_of_name(finder, rows[i].name) == OPEN)
            report(finder, rows[i].id, id_of(rows[i].name), "%s: %s%s", finder->abi->name,
                   rows[i].name, rows[i].why);
}

/* Calls that do what a restricted call does, where the filter can't see it. */
static void find_ways_around(const struct finder *finder)
{
    static const struct {
        const char *multiplexer, *call;
    } rows[] = {{"socketcall", "socket"}, {"ipc", "shmat"}};
    if (openness_of_name(finder, "clone") == CHECKED && openness_of_name(finder, "clone3") == OPEN)
        report(finder, "clone3", id_of("clone3"),
               "%s: clone's flags are tested, but clone3 is allowed, whose flags a filter cannot "
               "see: return errno(ENOSYS) for it",
               finder->abi->name);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (openness_of_name(finder, rows[i].multiplexer) == OPEN &&
            openness_of_name(finder, rows[i].call) != OPEN)
            report(finder, "multiplexer", id_of(rows[i].multiplexer),
                   "%s: calls that are not allowed can be made through the multiplexer %s",
                   finder->abi->name, rows[i].multiplexer);
}

/* ---- ABIs ---- */

/* Finds a call with fewer restrictions on one ABI than on another that has it, too: the last
 * one. */
static uint16_t find_escape(const struct finder *finder, const struct cordon_abi *abi,
                            const struct cordon_abi *stricter)
{
    uint16_t found = CORDON_NO_ID;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (cordon_syscall_nr(stricter, id) != CORDON_NO_NR &&
            openness_of_id(finder, abi, id) > openness_of_id(finder, stricter, id))
            found = id;
    }
    return found;
}

/* An ABI that a process of x86_64 can switch to, and make more calls there. */
static void find_open_abi(const struct finder *finder)
{
    const struct cordon_abi *native = cordon_abi(CORDON_ABI_X86_64);
    if (count_open(finder, finder->abi) == cordon_syscall_count(finder->abi)) {
        report(finder, "open-abi", CORDON_NO_ID,
               "all calls of %s are allowed: the same process can make them", finder->abi->name);
        return;
    }
    uint16_t escape = find_escape(finder, finder->abi, native);
    if (escape != CORDON_NO_ID)
        report(finder, "laxer-abi", escape, "%s: allows calls that x86_64 denies, for example %s",
               finder->abi->name, cordon_syscall_name(escape));
}

static void find_open_abis(struct finder *finder)
{
    static const enum cordon_abi_id foreign[] = {CORDON_ABI_I386, CORDON_ABI_X32};
    bool native = count_open(finder, cordon_abi(CORDON_ABI_X86_64)) > 0;
    for (size_t i = 0; native && i < sizeof foreign / sizeof *foreign; i++) {
        finder->abi = cordon_abi(foreign[i]);
        find_open_abi(finder);
    }
    finder->abi = NULL;
    cordon_node other = cordon_part_of_arch(finder->model, finder->node, 0);
    if (openness_of(finder->model, other) != CLOSED)
        report(finder, "any-architecture", CORDON_NO_ID,
               "the architecture is not checked: the same number is another call elsewhere");
}

void cordon_findings(struct cordon_model *model, cordon_node node,
                     void (*finding)(void *context, const struct cordon_finding *finding),
                     void *context)
{
    struct finder finder = {.model = model, .node = node, .finding = finding, .context = context};
    find_open_abis(&finder);
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        finder.abi = cordon_abi(id);
        uint32_t open = count_open(&finder, finder.abi);
        if (open == 0 || open == cordon_syscall_count(finder.abi))
            continue; /* nothing is allowed, or everything, which is reported already */
        find_risky_calls(&finder);
        find_ways_around(&finder);
        find_halves(&finder);
    }
}
