/* SPDX-License-Identifier: MIT */
/*
 * judge.c: decides what happens to a call.
 *
 * Facts: kernel/seccomp.c (__secure_computing, __seccomp_filter), asm/seccomp.h of each
 * architecture.
 */
#include <errno.h>

#include "chain.h"
#include "cordon/action.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define X86_64       0xc000003eu
#define NR_URETPROBE 335
#define NR_UPROBE    336

#define SIGNAL_KILL 9
#define SIGNAL_SYS  31

/* Calls that the kernel's own trampolines make: on x86_64 filters do not judge them, and no plan
 * does. */
static bool is_any_probe(uint32_t arch, uint32_t nr)
{
    return arch == X86_64 && (nr == NR_URETPROBE || nr == NR_UPROBE);
}

/* The same for the kernel whose rules apply. */
static bool is_probe(const struct cordon_task *task, uint32_t arch, uint32_t nr)
{
    uint16_t since = nr == NR_URETPROBE ? CORDON_LINUX(6, 14) : CORDON_LINUX(6, 18);
    return is_any_probe(arch, nr) && rules_since(task->host, since);
}

/* ---- strict mode ---- */

/* read, write, exit and the return from a signal handler, by the arch word of the call. */
static const struct {
    uint32_t token;
    uint32_t nr[4];
} strict_calls[] = {
    {X86_64, {0, 1, 60, 15}},                /* x32's numbers never match */
    {0x40000003u, {3, 4, 1, 119}},           /* i386: sigreturn */
    {0x40000028u, {3, 4, 1, 173}},           /* arm */
    {0xc00000b7u, {63, 64, 93, 139}},        /* aarch64 */
    {0xc00000f3u, {63, 64, 93, 139}},        /* riscv64 */
    {0xc0000102u, {63, 64, 93, 139}},        /* loongarch64 */
    {0x00000014u, {3, 4, 1, 119}},           /* ppc: sigreturn */
    {0x80000015u, {3, 4, 1, 172}},           /* ppc64 */
    {0xc0000015u, {3, 4, 1, 172}},           /* ppc64le */
    {0x00000016u, {3, 4, 1, 119}},           /* s390: sigreturn */
    {0x80000016u, {3, 4, 1, 119}},           /* s390x: sigreturn */
    {0x00000008u, {4003, 4004, 4001, 4193}}, /* mips */
    {0x40000008u, {4003, 4004, 4001, 4193}}, /* mipsel */
    {0x80000008u, {5000, 5001, 5058, 5211}}, /* mips64 */
    {0xc0000008u, {5000, 5001, 5058, 5211}}, /* mipsel64 */
    {0xa0000008u, {6000, 6001, 6058, 6211}}, /* mips64n32 */
    {0xe0000008u, {6000, 6001, 6058, 6211}}, /* mipsel64n32 */
    {0x0000000fu, {3, 4, 1, 173}},           /* parisc */
    {0x8000000fu, {3, 4, 1, 173}},           /* parisc64 */
    {0x4000002au, {3, 4, 1, 173}},           /* sh */
    {0x0000002au, {3, 4, 1, 173}},           /* sheb */
    {0x00000004u, {3, 4, 1, 173}},           /* m68k */
};

static bool is_strict_call(const struct cordon_task *task, const struct cordon_data *data)
{
    uint32_t nr = data->word[CORDON_WORD_NR];
    for (size_t i = 0; i < COUNT(strict_calls); i++)
        if (strict_calls[i].token == data->word[CORDON_WORD_ARCH])
            for (size_t k = 0; k < COUNT(strict_calls[i].nr); k++)
                if (strict_calls[i].nr[k] == nr)
                    return true;
    return is_probe(task, data->word[CORDON_WORD_ARCH], nr);
}

static struct cordon_decision judge_strict(struct cordon_task *task, const struct cordon_data *data)
{
    if (is_strict_call(task, data))
        return (struct cordon_decision){.kind = CORDON_DO_RUN, .verdict = CORDON_ALLOW};
    task->mode = CORDON_MODE_DEAD;
    log_verdict(task, NULL, CORDON_KILL_THREAD, data, SIGNAL_KILL);
    return (struct cordon_decision){.kind = CORDON_DO_KILL_STRICT};
}

/* ---- filters ---- */

static int32_t action_of(uint32_t verdict)
{
    return (int32_t)(verdict & CORDON_ACTION_FULL);
}

/* Newest first; only a stricter action replaces, so of equal actions the newest filter's wins. */
uint32_t cordon_task_interpret(const struct cordon_task *task, const struct cordon_data *data,
                               const struct cordon_filter **winner)
{
    uint32_t verdict = CORDON_ALLOW;
    *winner = NULL;
    if (is_probe(task, data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]))
        return verdict;
    for (const struct cordon_filter *f = task->filter; f; f = f->older) {
        uint32_t value = cordon_program_run(&f->program, data).value;
        if (action_of(value) >= action_of(verdict))
            continue;
        verdict = value;
        *winner = f;
    }
    return verdict;
}

/* Does the plan allow the number, but not the kernel whose rules apply? */
static bool is_beside_plan(const struct cordon_task *task, uint32_t arch, uint32_t nr)
{
    return is_any_probe(arch, nr) && !is_probe(task, arch, nr);
}

/* The same, with the plan of the chain. */
static uint32_t evaluate(const struct cordon_task *task, const struct cordon_data *data,
                         const struct cordon_filter **winner)
{
    *winner = NULL;
    if (!task->filter)
        return (uint32_t)CORDON_KILL_PROCESS; /* the thread has ended: nothing may run */
    if (is_beside_plan(task, data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]))
        return cordon_task_interpret(task, data, winner);
    struct cordon_outcome outcome = cordon_plan_run(task->filter->plan, data);
    if (outcome.filter != CORDON_NO_FILTER) {
        *winner = task->filter;
        for (uint32_t i = cordon_plan_filters(task->filter->plan) - 1; i > outcome.filter; i--)
            *winner = (*winner)->older;
    }
    return outcome.value;
}

bool cordon_task_constant(const struct cordon_task *task, uint32_t arch, uint32_t nr,
                          uint32_t *verdict)
{
    struct cordon_outcome outcome = {(uint32_t)CORDON_ALLOW, CORDON_NO_FILTER};
    bool filtered = task->mode == CORDON_MODE_FILTER && task->filter;
    if ((!filtered && task->mode != CORDON_MODE_DISABLED) ||
        (filtered && is_beside_plan(task, arch, nr)))
        return false;
    if (filtered && !cordon_plan_constant(task->filter->plan, arch, nr, &outcome))
        return false;
    *verdict = outcome.value;
    return true;
}

static struct cordon_decision skip(struct cordon_task *task, struct cordon_decision decision,
                                   const struct cordon_data *data, int64_t result)
{
    log_verdict(task, decision.filter, decision.verdict, data, 0);
    decision.kind = CORDON_DO_SKIP;
    decision.result = result;
    return decision;
}

static struct cordon_decision die(struct cordon_task *task, struct cordon_decision decision,
                                  const struct cordon_data *data)
{
    task->mode = CORDON_MODE_DEAD;
    log_verdict(task, decision.filter, decision.verdict, data, SIGNAL_SYS);
    decision.kind = action_of(decision.verdict) == CORDON_KILL_THREAD ? CORDON_DO_KILL_THREAD
                                                                      : CORDON_DO_KILL_PROCESS;
    return decision;
}

static struct cordon_decision judge_filter(struct cordon_task *task, const struct cordon_data *data,
                                           bool is_traced)
{
    struct cordon_decision decision = {.kind = CORDON_DO_RUN};
    decision.verdict = evaluate(task, data, &decision.filter);
    decision.data = decision.verdict & CORDON_ACTION_DATA;
    switch (action_of(decision.verdict)) {
    case CORDON_ALLOW:
        break;
    case CORDON_LOG:
        log_verdict(task, decision.filter, decision.verdict, data, 0);
        break;
    case CORDON_TRACE:
        if (!is_traced)
            decision.kind = CORDON_DO_TRACE;
        break;
    case CORDON_USER_NOTIF:
        if (!decision.filter->listener)
            return skip(task, decision, data, -ENOSYS);
        notify_begin(task, decision.filter, decision.filter, data);
        decision.kind = CORDON_DO_WAIT;
        break;
    case CORDON_ERRNO: {
        uint32_t most = CORDON_MAX_ERRNO;
        return skip(task, decision, data, -(int64_t)(decision.data < most ? decision.data : most));
    }
    case CORDON_TRAP:
        log_verdict(task, decision.filter, decision.verdict, data, 0);
        decision.kind = CORDON_DO_TRAP;
        break;
    default:
        return die(task, decision, data);
    }
    return decision;
}

static struct cordon_decision judge(struct cordon_task *task, const struct cordon_data *data,
                                    bool is_traced)
{
    if (task->suspended || task->mode == CORDON_MODE_DISABLED)
        return (struct cordon_decision){.kind = CORDON_DO_RUN, .verdict = CORDON_ALLOW};
    if (task->mode == CORDON_MODE_STRICT)
        return judge_strict(task, data);
    if (task->mode == CORDON_MODE_DEAD)
        return (struct cordon_decision){.kind = CORDON_DO_KILL_STRICT};
    return judge_filter(task, data, is_traced);
}

struct cordon_decision cordon_task_judge(struct cordon_task *task, const struct cordon_data *data)
{
    return judge(task, data, false);
}

struct cordon_decision cordon_task_judge_again(struct cordon_task *task,
                                               const struct cordon_data *data)
{
    return judge(task, data, true);
}

void cordon_task_refuse(struct cordon_task *task, const struct cordon_decision *decision,
                        const struct cordon_data *data)
{
    log_verdict(task, decision->filter, decision->verdict, data, 0);
}
