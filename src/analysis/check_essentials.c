/* SPDX-License-Identifier: MIT */
/* check_essentials.c: calls without which programs can't start, end, sleep or return. */
#include "checker.h"

#include <string.h>

#include "cordon/describe.h"

static bool lacks(const struct checker *checker, const char *name)
{
    uint32_t answer;
    return is_closed(checker, id_of(name), &answer);
}

/* ---- the start and the end ---- */

static void check_exit(const struct checker *checker)
{
    if (lacks(checker, "exit") && lacks(checker, "exit_group"))
        tell(checker, CORDON_LINT_NO_EXIT, place_of(checker, id_of("exit_group"), false),
             "allow exit and exit_group",
             "neither exit nor exit_group is allowed on %s: programs loop or crash at their end",
             checker->abi->name);
}

/* These tools load the filter, and then execute the program. */
static void check_execve(const struct checker *checker)
{
    static const char *const loaders[] = {"oci", "k8s", "systemd"};
    const struct cordon_policy *policy = checker->input->policy;
    bool loads = false;
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        loads |= policy->format && !strcmp(policy->format, loaders[i]);
    if (loads && checker->abi->id == policy->abis[0] && lacks(checker, "execve") &&
        lacks(checker, "execveat"))
        tell(checker, CORDON_LINT_NO_EXECVE, place_of(checker, id_of("execve"), false),
             "allow execve",
             "execve is not allowed on %s: the filter is loaded before the program is executed, "
             "which cannot start",
             checker->abi->name);
}

/* ---- returns ---- */

static void note_trap(void *context, uint32_t verdict)
{
    *(bool *)context |= (verdict & CORDON_ACTION_FULL) == CORDON_TRAP;
}

static void check_sigreturn(const struct checker *checker)
{
    struct cordon_model *model = checker->input->model;
    const struct cordon_abi *abi = checker->abi;
    cordon_node calls = cordon_model_restrict(
        model, cordon_part_of_arch(model, checker->input->meaning.verdicts, abi->token),
        CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    bool traps = false;
    if (!lacks(checker, "rt_sigreturn") || cordon_model_leaves(model, calls, note_trap, &traps))
        return;
    if (traps)
        tell(checker, CORDON_LINT_NO_SIGRETURN, place_of(checker, id_of("rt_sigreturn"), false),
             "allow rt_sigreturn",
             "calls are trapped, but rt_sigreturn is not allowed on %s: a handler of SIGSYS "
             "cannot return",
             abi->name);
}

/* Calls that sleep, and that the kernel continues by restart_syscall(2) after the thread was
 * stopped: those with a relative time. */
static const struct sleeper {
    const char *name;
    uint8_t timeout, flags; /* the argument that is a time; and flags, which are 0 */
    uint32_t time;
} sleepers[] = {
    {"nanosleep", 0, 5, 4096},    {"clock_nanosleep", 2, 1, 4096},
    {"poll", 2, 5, 1000},         {"futex", 3, 1, 4096},
    {"futex_time64", 3, 1, 4096}, {"clock_nanosleep_time64", 2, 1, 4096},
};

static bool may_sleep(const struct checker *checker, const struct sleeper *sleeper)
{
    const struct cordon_abi *abi = checker->abi;
    uint32_t nr = cordon_syscall_nr(abi, id_of(sleeper->name));
    struct cordon_data data = {.word = {[CORDON_WORD_NR] = nr, [CORDON_WORD_ARCH] = abi->token}};
    data.word[cordon_abi_low(abi, sleeper->timeout)] = sleeper->time;
    return nr != CORDON_NO_NR &&
           cordon_action_runs(cordon_model_evaluate(checker->input->model,
                                                    checker->input->meaning.verdicts, &data));
}

static void check_restart(const struct checker *checker)
{
    char verdict[64];
    struct cordon_buffer buffer = {verdict, sizeof verdict, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    uint32_t answer;
    if (!is_closed(checker, id_of("restart_syscall"), &answer))
        return;
    cordon_action_print(&sink, answer);
    for (size_t i = 0; i < sizeof sleepers / sizeof *sleepers; i++)
        if (may_sleep(checker, &sleepers[i])) {
            tell(checker, CORDON_LINT_NO_RESTART, place_of(checker, id_of(sleepers[i].name), true),
                 "allow restart_syscall",
                 "%s is allowed on %s without restart_syscall, which continues it after a stop: %s",
                 sleepers[i].name, checker->abi->name, verdict);
            return;
        }
}

void check_essentials(struct checker *checker)
{
    if (!checker->input->policy)
        return; /* one filter of a stack may be about something else */
    check_exit(checker);
    check_execve(checker);
    check_sigreturn(checker);
    check_restart(checker);
}

/* ---- the whole ---- */

static void note_let_through(void *context, uint32_t verdict)
{
    uint32_t action = verdict & CORDON_ACTION_FULL;
    *(bool *)context |=
        cordon_action_runs(verdict) || action == CORDON_TRACE || action == CORDON_USER_NOTIF;
}

void check_nothing(struct checker *checker)
{
    const struct cordon_check_input *input = checker->input;
    bool any = false;
    if (input->policy &&
        !cordon_model_leaves(input->model, input->meaning.verdicts, note_let_through, &any) && !any)
        tell(checker, CORDON_LINT_NOTHING_ALLOWED, place_of(checker, CORDON_NO_ID, false), NULL,
             "no call at all is allowed");
}
