/* SPDX-License-Identifier: MIT */
/* stat.c: computes figures about a filter. */
#include "cordon/stat.h"

#include <stdio.h>

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

/* Jumps only go forward, so the longest path to each instruction is known when the pass reaches
 * it. */
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
        bool denied = view.is_leaf && !cordon_action_runs(view.value);
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

/* ---- what is tested ---- */

bool cordon_is_uniform(struct cordon_model *model, cordon_node node, const struct cordon_abi *abi,
                       uint32_t *value)
{
    cordon_node calls = cordon_model_restrict(model, cordon_part_of_arch(model, node, abi->token),
                                              CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    struct cordon_view view = cordon_model_view(model, calls);
    if (!view.is_leaf || view.is_computed)
        return false;
    *value = view.value;
    return true;
}

uint32_t cordon_tested_arguments(struct cordon_model *model, cordon_node node,
                                 const struct cordon_abi *abi, uint32_t nr)
{
    cordon_node part = cordon_part(model, node, abi->token, nr);
    uint32_t tested = 0;
    if (cordon_model_view(model, part).is_leaf)
        return 0;
    uint32_t words = cordon_model_words(model, part);
    for (unsigned arg = 0; arg <= CORDON_ARGS; arg++)
        if (words >> cordon_abi_low(abi, arg) & 1 || words >> cordon_abi_high(abi, arg) & 1)
            tested |= UINT32_C(1) << arg;
    return tested;
}

/* ---- as text ---- */

void cordon_stat_print(struct cordon_sink *sink, const struct cordon_abi *abi,
                       const struct cordon_abi_stat *stat, bool weighted)
{
    char line[256], mean[32] = "";
    if (weighted)
        snprintf(mean, sizeof mean, ", %.2f weighted", stat->weighted);
    snprintf(line, sizeof line,
             "%s: %u calls allowed, %u by arguments, %u denied; %u cached by the kernel\n"
             "  instructions: %.2f mean, %.2f where the filter runs%s; %llu emulated at install\n",
             abi->name, stat->allowed, stat->checked, stat->denied, stat->cached, stat->mean,
             stat->uncached, mean, (unsigned long long)stat->install);
    cordon_sink_text(sink, line);
}

static void print_argument(struct cordon_sink *sink, const struct cordon_syscall *call,
                           unsigned arg)
{
    cordon_sink_text(sink, " ");
    if (arg < CORDON_ARGS && arg < call->arg_count) {
        cordon_sink_text(sink, call->args[arg].name);
    } else if (arg == CORDON_ARGS) {
        cordon_sink_text(sink, "ip");
    } else {
        cordon_sink_text(sink, "arg");
        cordon_sink_decimal(sink, arg);
    }
}

void cordon_tested_print(struct cordon_sink *sink, struct cordon_model *model, cordon_node node,
                         const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        struct cordon_syscall call = cordon_syscall(abi, cordon_syscall_nth(abi, i));
        uint32_t tested = cordon_tested_arguments(model, node, abi, call.nr);
        if (!tested)
            continue;
        cordon_sink_text(sink, "  ");
        cordon_sink_text(sink, call.name);
        cordon_sink_text(sink, " looks at");
        for (unsigned arg = 0; arg <= CORDON_ARGS; arg++)
            if (tested >> arg & 1)
                print_argument(sink, &call, arg);
        cordon_sink_text(sink, "\n");
    }
}
