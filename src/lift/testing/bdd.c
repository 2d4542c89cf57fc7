/* SPDX-License-Identifier: MIT */
/* bdd.c: seccomp programs as binary decision diagrams. */
#include "bdd.h"

#include <stdlib.h>
#include <string.h>

#define MAX_NODES  (1u << 20)
#define SLOTS      (1u << 21)
#define CACHE      (1u << 18)
#define LEAF_LEVEL UINT32_MAX

typedef uint32_t bdd; /* 0: false, 1: true */

struct vertex {
    uint32_t level;
    bdd low, high;
};

static struct vertex vertices[MAX_NODES];
static uint32_t vertex_count;
static bool overflow;
static struct {
    uint32_t epoch;
    bdd id;
} slots[SLOTS];
static struct {
    uint32_t epoch;
    bdd f, g, h, result;
} cache[CACHE];
static uint32_t epoch;

void bdd_reset(void)
{
    epoch++;
    overflow = false;
    vertices[0] = vertices[1] = (struct vertex){LEAF_LEVEL, 0, 0};
    vertex_count = 2;
}

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint32_t hash = a * 0x9e3779b1u ^ b * 0x85ebca6bu ^ c * 0xc2b2ae35u;
    return hash ^ hash >> 15;
}

static bdd make(uint32_t level, bdd low, bdd high)
{
    if (low == high)
        return low;
    uint32_t at = mix(level, low, high) % SLOTS;
    for (; slots[at].epoch == epoch; at = (at + 1) % SLOTS) {
        const struct vertex *vertex = &vertices[slots[at].id];
        if (vertex->level == level && vertex->low == low && vertex->high == high)
            return slots[at].id;
    }
    if (vertex_count == MAX_NODES) {
        overflow = true;
        return 0;
    }
    vertices[vertex_count] = (struct vertex){level, low, high};
    slots[at].epoch = epoch;
    slots[at].id = vertex_count;
    return vertex_count++;
}

static bdd branch(bdd f, uint32_t level, bool high)
{
    const struct vertex *vertex = &vertices[f];
    return vertex->level != level ? f : high ? vertex->high : vertex->low;
}

static bdd ite(bdd f, bdd g, bdd h)
{
    if (f < 2)
        return f ? g : h;
    if (g == h || overflow)
        return g;
    if (g == 1 && h == 0)
        return f;
    uint32_t at = mix(f, g, h) % CACHE;
    if (cache[at].epoch == epoch && cache[at].f == f && cache[at].g == g && cache[at].h == h)
        return cache[at].result;
    uint32_t level = vertices[f].level;
    level = vertices[g].level < level ? vertices[g].level : level;
    level = vertices[h].level < level ? vertices[h].level : level;
    bdd low = ite(branch(f, level, false), branch(g, level, false), branch(h, level, false));
    bdd high = ite(branch(f, level, true), branch(g, level, true), branch(h, level, true));
    bdd result = make(level, low, high);
    cache[at].epoch = epoch;
    cache[at].f = f;
    cache[at].g = g;
    cache[at].h = h;
    cache[at].result = result;
    return result;
}

static bdd and (bdd f, bdd g)
{
    return ite(f, g, 0);
}

static bdd not(bdd f)
{
    return ite(f, 0, 1);
}

static bdd xor (bdd f, bdd g) { return ite(f, not(g), g); }

    /* ---- numbers: bit 0 is the lowest ---- */

    struct number {
    bdd bit[32];
};

static struct number constant(uint32_t value)
{
    struct number number;
    for (int i = 0; i < 32; i++)
        number.bit[i] = value >> i & 1;
    return number;
}

/* The same bits of all words are adjacent in the order, so that sums of words stay small. */
static struct number word(uint32_t index)
{
    struct number number;
    for (uint32_t i = 0; i < 32; i++)
        number.bit[i] = make((31 - i) * CORDON_WORDS + index, 0, 1);
    return number;
}

static struct number add(struct number a, struct number b, bdd carry)
{
    struct number sum;
    for (int i = 0; i < 32; i++) {
        bdd half = xor(a.bit[i], b.bit[i]);
        sum.bit[i] = xor(half, carry);
        carry = ite(half, carry, a.bit[i]);
    }
    return sum;
}

static struct number invert(struct number a)
{
    for (int i = 0; i < 32; i++)
        a.bit[i] = not(a.bit[i]);
    return a;
}

static struct number choose(bdd condition, struct number yes, struct number no)
{
    for (int i = 0; i < 32; i++)
        yes.bit[i] = ite(condition, yes.bit[i], no.bit[i]);
    return yes;
}

static struct number shift(struct number a, struct number by, bool left)
{
    for (int step = 0; step < 5; step++) {
        struct number moved;
        for (int i = 0; i < 32; i++) {
            int from = left ? i - (1 << step) : i + (1 << step);
            moved.bit[i] = from >= 0 && from < 32 ? a.bit[from] : 0;
        }
        a = choose(by.bit[step], moved, a);
    }
    return a;
}

static bdd equal(struct number a, struct number b)
{
    bdd result = 1;
    for (int i = 0; i < 32; i++)
        result = and(result, not(xor(a.bit[i], b.bit[i])));
    return result;
}

static bdd greater(struct number a, struct number b)
{
    bdd result = 0;
    for (int i = 0; i < 32; i++)
        result = ite(xor(a.bit[i], b.bit[i]), a.bit[i], result);
    return result;
}

static bdd any(struct number a)
{
    bdd result = 0;
    for (int i = 0; i < 32; i++)
        result = ite(a.bit[i], 1, result);
    return result;
}

/* ---- programs ---- */

/* The state before an instruction, and the calls that reach it. */
struct machine {
    bdd reached;
    struct number a, x, m[CORDON_SCRATCH];
};

static void arrive(struct machine *at, bdd when, const struct machine *from)
{
    at->a = choose(when, from->a, at->a);
    at->x = choose(when, from->x, at->x);
    for (uint32_t i = 0; i < CORDON_SCRATCH; i++)
        at->m[i] = choose(when, from->m[i], at->m[i]);
    at->reached = ite(when, 1, at->reached);
}

static bool calculate(struct machine *machine, const struct cordon_insn *insn)
{
    struct number operand = cordon_opcode_uses_x(insn->code) ? machine->x : constant(insn->k),
                  *a = &machine->a;
    uint16_t operation = cordon_opcode_with_k(insn->code);
    switch (operation) {
    case CORDON_OP_ADD_K:
        *a = add(*a, operand, 0);
        return true;
    case CORDON_OP_SUB_K:
        *a = add(*a, invert(operand), 1);
        return true;
    case CORDON_OP_OR_K:
    case CORDON_OP_AND_K:
    case CORDON_OP_XOR_K:
        for (int i = 0; i < 32; i++)
            a->bit[i] = operation == CORDON_OP_OR_K    ? ite(a->bit[i], 1, operand.bit[i])
                        : operation == CORDON_OP_AND_K ? and(a->bit[i], operand.bit[i])
                                                       : xor(a->bit[i], operand.bit[i]);
        return true;
    case CORDON_OP_LSH_K:
    case CORDON_OP_RSH_K:
        *a = shift(*a, operand, operation == CORDON_OP_LSH_K);
        return true;
    case CORDON_OP_NEG:
        *a = add(invert(*a), constant(1), 0);
        return true;
    default:
        return false; /* diagrams of multiplications have no bound */
    }
}

static bool move(struct machine *machine, const struct cordon_insn *insn)
{
    switch (insn->code) {
    case CORDON_OP_LD_WORD:
        machine->a = word(insn->k / 4);
        break;
    case CORDON_OP_LD_IMM:
    case CORDON_OP_LD_LEN:
        machine->a = constant(insn->code == CORDON_OP_LD_LEN ? 64 : insn->k);
        break;
    case CORDON_OP_LDX_IMM:
    case CORDON_OP_LDX_LEN:
        machine->x = constant(insn->code == CORDON_OP_LDX_LEN ? 64 : insn->k);
        break;
    case CORDON_OP_LD_MEM:
        machine->a = machine->m[insn->k];
        break;
    case CORDON_OP_LDX_MEM:
        machine->x = machine->m[insn->k];
        break;
    case CORDON_OP_ST:
        machine->m[insn->k] = machine->a;
        break;
    case CORDON_OP_STX:
        machine->m[insn->k] = machine->x;
        break;
    case CORDON_OP_TAX:
        machine->x = machine->a;
        break;
    case CORDON_OP_TXA:
        machine->a = machine->x;
        break;
    default:
        return calculate(machine, insn);
    }
    return true;
}

static bdd condition_of(const struct machine *machine, const struct cordon_insn *insn)
{
    struct number operand = cordon_opcode_uses_x(insn->code) ? machine->x : constant(insn->k),
                  both = machine->a;
    switch (cordon_opcode_with_k(insn->code)) {
    case CORDON_OP_JEQ_K:
        return equal(machine->a, operand);
    case CORDON_OP_JGT_K:
        return greater(machine->a, operand);
    case CORDON_OP_JGE_K:
        return not(greater(operand, machine->a));
    default:
        for (int i = 0; i < 32; i++)
            both.bit[i] = and(both.bit[i], operand.bit[i]);
        return any(both);
    }
}

static bool step(struct machine *machines, uint32_t at, const struct cordon_insn *insn,
                 uint32_t returned[32])
{
    struct machine *machine = &machines[at];
    if (cordon_opcode_is_return(insn->code)) {
        struct number value = insn->code == CORDON_OP_RET_A ? machine->a : constant(insn->k);
        for (int i = 0; i < 32; i++)
            returned[i] = ite(machine->reached, value.bit[i], returned[i]);
    } else if (insn->code == CORDON_OP_JA) {
        arrive(&machines[at + 1 + insn->k], machine->reached, machine);
    } else if (cordon_opcode_is_branch(insn->code)) {
        bdd condition = condition_of(machine, insn);
        arrive(&machines[at + 1 + insn->jt], and(machine->reached, condition), machine);
        arrive(&machines[at + 1 + insn->jf], and(machine->reached, not(condition)), machine);
    } else {
        struct machine next = *machine;
        if (!move(&next, insn))
            return false;
        arrive(&machines[at + 1], machine->reached, &next);
    }
    return !overflow;
}

bool bdd_program(const struct cordon_program *program, uint32_t returned[32])
{
    struct machine *machines = calloc(program->length + 1u, sizeof *machines);
    bool good = machines;
    memset(returned, 0, 32 * sizeof *returned);
    if (machines)
        machines[0].reached = 1;
    for (uint32_t at = 0; good && at < program->length; at++)
        if (machines[at].reached)
            good = step(machines, at, &program->insns[at], returned);
    free(machines);
    return good;
}
