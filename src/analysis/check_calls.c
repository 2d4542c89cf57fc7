/* SPDX-License-Identifier: MIT */
/* check_calls.c: calls that do what a restricted call does where the filter can't see it, and calls
 * that are powerful. */
#include "checker.h"

/* ---- ways around a restriction ---- */

static const struct way {
    enum cordon_lint lint;
    const char *call, *around, *why;
    bool only_conditions; /* only a problem if `call` is restricted by its arguments */
} ways[] = {
    {CORDON_LINT_CLONE3, "clone", "clone3",
     "its flags are in memory; errno(ENOSYS) clone3 makes libc use clone", true},
    {CORDON_LINT_OPENAT2, "openat", "openat2",
     "its flags are in memory; errno(ENOSYS) openat2 makes callers use openat", true},
    {CORDON_LINT_IO_URING_CALLS, "socket", "io_uring_setup",
     "io_uring makes network calls that a filter cannot see", false},
    {CORDON_LINT_IO_URING_CALLS, "openat", "io_uring_setup",
     "io_uring opens files, which a filter cannot see", false},
};

struct answers {
    cordon_node verdicts; /* NONE: the ABI lacks the call */
    bool some_allow, some_deny;
};

static void note_answer(void *context, uint32_t verdict)
{
    struct answers *answers = context;
    answers->some_allow |= cordon_action_runs(verdict);
    answers->some_deny |= !cordon_action_runs(verdict);
}

static struct answers answers_of(const struct checker *checker, const char *name)
{
    struct answers answers = {.verdicts = CORDON_NODE_NONE};
    uint32_t nr = nr_of(checker->abi, id_of(name));
    if (nr == CORDON_NO_NR)
        return answers;
    answers.verdicts = verdicts_of(checker, checker->abi, nr);
    if (cordon_model_leaves(checker->input->model, answers.verdicts, note_answer, &answers))
        return (struct answers){.verdicts = CORDON_NODE_NONE};
    return answers;
}

/* A condition that both calls share, for example on the instruction pointer, restricts both. */
static bool check_way(const struct checker *checker, const struct way *way)
{
    struct answers call = answers_of(checker, way->call);
    struct answers around = answers_of(checker, way->around);
    bool restricted = call.some_deny && (call.some_allow || !way->only_conditions);
    if (!restricted || !around.some_allow || cordon_node_same(call.verdicts, around.verdicts))
        return false;
    tell(checker, way->lint, place_of(checker, id_of(way->around), true), way->why,
         "%s is restricted, but %s is allowed on %s", way->call, way->around, checker->abi->name);
    return true;
}

/* One example of each lint suffices. */
static void check_ways(const struct checker *checker)
{
    enum cordon_lint told = CORDON_LINT_NONE;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        if (ways[i].lint != told && check_way(checker, &ways[i]))
            told = ways[i].lint;
}

static void check_multiplexers(const struct checker *checker)
{
    static const struct {
        const char *multiplexer, *call;
    } rows[] = {{"socketcall", "socket"}, {"ipc", "shmat"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (openness_of_name(checker, rows[i].multiplexer) == OPEN &&
            openness_of_name(checker, rows[i].call) != OPEN)
            tell(checker, CORDON_LINT_MULTIPLEXER,
                 place_of(checker, id_of(rows[i].multiplexer), true), NULL,
                 "%s is restricted, but can be made through %s on %s", rows[i].call,
                 rows[i].multiplexer, checker->abi->name);
}

/* ---- powerful calls ---- */

static void check_powerful(const struct checker *checker)
{
    static const struct {
        enum cordon_lint lint;
        const char *name, *why;
    } rows[] = {
        {CORDON_LINT_IO_URING, "io_uring_setup",
         ": operations requested through a ring bypass all filters"},
        {CORDON_LINT_PTRACE, "ptrace", ": a process can change the calls of another"},
        {CORDON_LINT_PROCESS_WRITES, "process_vm_writev", ": it writes into other processes"},
        {CORDON_LINT_SECCOMP, "seccomp", ": a program can install more filters and supervisors"},
        {CORDON_LINT_BPF, "bpf", ""},
        {CORDON_LINT_USERFAULTFD, "userfaultfd", ": it makes races in the kernel easier to win"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (openness_of_name(checker, rows[i].name) == OPEN)
            tell(checker, rows[i].lint, place_of(checker, id_of(rows[i].name), true), NULL,
                 "%s is allowed on %s%s", rows[i].name, checker->abi->name, rows[i].why);
}

void check_calls(struct checker *checker)
{
    check_ways(checker);
    check_multiplexers(checker);
    check_powerful(checker);
}
