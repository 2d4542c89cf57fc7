/* SPDX-License-Identifier: MIT */
/* stat.c: figures about a filter. */
#include "cordon/stat.h"

#include "cordon/action.h"
#include "cordon/describe.h"

/* ---- the kernel's cache ---- */

bool cordon_is_cached(const struct cordon_program *program, uint32_t arch, uint32_t nr,
                      uint32_t *steps)
{
    uint32_t a = 0;
    *steps = 0;
    for (uint32_t at = 0;;) {
        const struct cordon_insn *insn = &program->insns[at];
        ++*steps;
        switch (insn->code) {
        case CORDON_OP_LD_WORD:
            if (insn->k > 4)
                return false;
            a = insn->k ? arch : nr;
            at++;
            break;
        case CORDON_OP_RET_K:
            return insn->k == (uint32_t)CORDON_ALLOW;
        case CORDON_OP_JA:
            at += 1 + insn->k;
            break;
        case CORDON_OP_JEQ_K:
            at += 1u + (a == insn->k ? insn->jt : insn->jf);
            break;
        case CORDON_OP_JGE_K:
            at += 1u + (a >= insn->k ? insn->jt : insn->jf);
            break;
        case CORDON_OP_JGT_K:
            at += 1u + (a > insn->k ? insn->jt : insn->jf);
            break;
        case CORDON_OP_JSET_K:
            at += 1u + (a & insn->k ? insn->jt : insn->jf);
            break;
        case CORDON_OP_AND_K:
            a &= insn->k;
            at++;
            break;
        default:
            return false;
        }
    }
}

/* Jumps only go forward: the longest way to each instruction is known when it is reached. */
uint32_t cordon_program_worst(const struct cordon_program *program)
{
    uint16_t longest[CORDON_MAX_INSNS + 1] = {0};
    uint16_t worst = 0;
    for (uint32_t at = 0; at < program->length; at++) {
        const struct cordon_insn *insn = &program->insns[at];
        uint16_t steps = longest[at] + 1;
        uint32_t next[2] = {at + 1, at + 1};
        if (cordon_opcode_is_return(insn->code)) {
            worst = steps > worst ? steps : worst;
            continue;
        }
        if (insn->code == CORDON_OP_JA) {
            next[0] = next[1] = at + 1 + insn->k;
        } else if (cordon_opcode_is_branch(insn->code)) {
            next[0] += insn->jt;
            next[1] += insn->jf;
        }
        for (int i = 0; i < 2; i++)
            if (longest[next[i]] < steps)
                longest[next[i]] = steps;
    }
    return worst;
}

/* ---- figures ---- */

static bool lets_through(uint32_t value)
{
    return cordon_action_compare(value, (uint32_t)CORDON_LOG) >= 0;
}

static double weight_of(const struct cordon_weights *weights, uint32_t arch, uint32_t nr)
{
    double weight = 0;
    for (uint32_t i = 0; weights && i < weights->count; i++)
        if (weights->calls[i].arch == arch && weights->calls[i].nr == nr)
            weight += weights->calls[i].count;
    return weight;
}

struct cordon_abi_stat cordon_stat_abi(struct cordon_model *model, cordon_node node,
                                       const struct cordon_program *program,
                                       const struct cordon_abi *abi,
                                       const struct cordon_weights *weights)
{
    struct cordon_abi_stat stat = {0};
    double sum = 0, count = 0, uncached = 0, weighted = 0, total = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i)), steps;
        struct cordon_view view =
            cordon_model_view(model, cordon_part(model, node, abi->token, nr));
        struct cordon_data data = {.word = {nr, abi->token}};
        bool cached = cordon_is_cached(program, abi->token, nr, &steps);
        stat.install += steps;
        stat.cached += cached;
        steps = cordon_program_run(program, &data).steps;
        double weight = weight_of(weights, abi->token, nr);
        weighted += weight * steps;
        total += weight;
        bool denied = view.is_leaf && !lets_through(view.value);
        stat.checked += !view.is_leaf;
        stat.denied += denied;
        stat.allowed += view.is_leaf && !denied;
        if (denied)
            continue;
        sum += steps;
        count++;
        if (!cached)
            uncached += steps;
    }
    double running = count - stat.cached;
    stat.mean = count > 0 ? sum / count : 0;
    stat.uncached = running > 0 ? uncached / running : 0;
    stat.weighted = total > 0 ? weighted / total : 0;
    return stat;
}

/* ---- holes ---- */

struct holes {
    struct cordon_model *model;
    cordon_node node;
    const struct cordon_abi *abi;
    void (*hole)(void *context, const char *text);
    void *context;
};

static void tell(struct holes *holes, const char *a, const char *b, const char *c, const char *d)
{
    char text[256];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    const char *parts[] = {a, b, c, d};
    for (int i = 0; i < 4; i++)
        cordon_sink_text(&sink, parts[i]);
    holes->hole(holes->context, text);
}

enum openness { CLOSED, CHECKED, OPEN };

static enum openness openness_of(struct cordon_model *model, cordon_node part)
{
    struct cordon_view view = cordon_model_view(model, part);
    if (!view.is_leaf)
        return CHECKED;
    return lets_through(view.value) && !view.is_computed ? OPEN : CLOSED;
}

static enum openness call_openness(struct holes *holes, const char *name)
{
    uint32_t length = 0;
    while (name[length])
        length++;
    uint16_t id = cordon_syscall_id(name, length);
    uint32_t nr = id == CORDON_NO_ID ? CORDON_NO_NR : cordon_syscall_nr(holes->abi, id);
    if (nr == CORDON_NO_NR)
        return CLOSED;
    return openness_of(holes->model, cordon_part(holes->model, holes->node, holes->abi->token, nr));
}

/* How much of an ABI's known calls is let through. */
static uint32_t open_calls(struct holes *holes, const struct cordon_abi *abi)
{
    uint32_t open = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint32_t nr = cordon_syscall_nr(abi, cordon_syscall_nth(abi, i));
        open += openness_of(holes->model, cordon_part(holes->model, holes->node, abi->token, nr)) ==
                OPEN;
    }
    return open;
}

/* A 64-bit argument of which one half is looked at only: the other says what it likes. */
static void find_half_tests(struct holes *holes)
{
    const struct cordon_abi *abi = holes->abi;
    for (uint32_t i = 0; abi->bits == 64 && i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        struct cordon_syscall call = cordon_syscall(abi, id);
        uint32_t words = cordon_model_words(
            holes->model, cordon_part(holes->model, holes->node, abi->token, call.nr));
        for (unsigned arg = 0; arg < call.arg_count; arg++) {
            uint32_t low = UINT32_C(1) << cordon_abi_low(abi, arg);
            uint32_t high = UINT32_C(1) << cordon_abi_high(abi, arg);
            bool wide = cordon_arg_bits(abi, &call.args[arg]) == 64;
            bool bits = call.args[arg].kind == CORDON_KIND_FLAGS;
            if (wide && !bits && words & low && !(words & high))
                tell(holes, call.name, ": only the lower half of ", call.args[arg].name,
                     " is tested, the kernel uses all of it");
            else if (!wide && words & high)
                tell(holes, call.name, ": the upper half of ", call.args[arg].name,
                     " is tested, the kernel ignores it");
        }
    }
}

static void find_call_holes(struct holes *holes)
{
    static const struct {
        const char *name, *why;
    } rows[] = {
        {"io_uring_setup", " is allowed: operations requested through a ring bypass all filters"},
        {"ptrace", " is allowed: a process can change the calls of another"},
        {"process_vm_writev", " is allowed: it writes into other processes"},
        {"seccomp", " is allowed: a program can install more filters and supervisors"},
        {"bpf", " is allowed"},
        {"userfaultfd", " is allowed: it makes races in the kernel easier to win"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (call_openness(holes, rows[i].name) == OPEN)
            tell(holes, holes->abi->name, ": ", rows[i].name, rows[i].why);
    if (call_openness(holes, "clone") == CHECKED && call_openness(holes, "clone3") == OPEN)
        tell(holes, holes->abi->name, ": clone's flags are tested, but clone3 is allowed, ",
             "whose flags a filter cannot see: return errno(ENOSYS) for it", "");
    static const char *const multiplexers[] = {"socketcall", "ipc"};
    static const char *const subcalls[] = {"socket", "shmat"};
    for (int i = 0; i < 2; i++)
        if (call_openness(holes, multiplexers[i]) == OPEN &&
            call_openness(holes, subcalls[i]) != OPEN)
            tell(holes, holes->abi->name,
                 ": calls that are not allowed can be made through the multiplexer ",
                 multiplexers[i], "");
}

/* Calls let through on one ABI that another, which has them too, stops; *name is one of them. */
static uint32_t count_escapes(struct holes *holes, const struct cordon_abi *abi,
                              const struct cordon_abi *stricter, const char **name)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id), other = cordon_syscall_nr(stricter, id);
        if (other == CORDON_NO_NR)
            continue;
        cordon_node here = cordon_part(holes->model, holes->node, abi->token, nr);
        cordon_node there = cordon_part(holes->model, holes->node, stricter->token, other);
        if (openness_of(holes->model, here) <= openness_of(holes->model, there))
            continue;
        *name = cordon_syscall_name(id);
        count++;
    }
    return count;
}

/* ABIs that a process of the machine can switch to. */
static void find_open_abis(struct holes *holes)
{
    static const enum cordon_abi_id foreign[] = {CORDON_ABI_I386, CORDON_ABI_X32};
    const struct cordon_abi *native = cordon_abi(CORDON_ABI_X86_64);
    uint32_t open = open_calls(holes, native);
    for (size_t i = 0; open && i < sizeof foreign / sizeof *foreign; i++) {
        const struct cordon_abi *abi = cordon_abi(foreign[i]);
        const char *name = NULL;
        if (open_calls(holes, abi) == cordon_syscall_count(abi))
            tell(holes, "all calls of ", abi->name, " are allowed: the same process can make them",
                 "");
        else if (count_escapes(holes, abi, native, &name))
            tell(holes, abi->name, ": allows calls that x86_64 denies, for example ", name, "");
    }
    cordon_node other = cordon_part_of_arch(holes->model, holes->node, 0);
    if (openness_of(holes->model, other) != CLOSED)
        tell(holes, "the architecture is not checked: the same number is another call elsewhere",
             "", "", "");
}

void cordon_find_holes(struct cordon_model *model, cordon_node node,
                       void (*hole)(void *context, const char *text), void *context)
{
    struct holes holes = {model, node, NULL, hole, context};
    find_open_abis(&holes);
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        holes.abi = cordon_abi(id);
        uint32_t open = open_calls(&holes, holes.abi);
        if (open == 0 || open == cordon_syscall_count(holes.abi))
            continue; /* closed, or all open, which was said */
        find_call_holes(&holes);
        find_half_tests(&holes);
    }
}
