/* SPDX-License-Identifier: MIT */
/*
 * walk.c: runs a program once for many call numbers.
 *
 * The machine runs with the first number of an interval: values are those for that number, computed
 * by isa.def's meanings. Each value has a mask of the bits that depend on the number. A branch goes
 * the way of the first number; the interval is cut before the first number that goes another way.
 * When the first part is done, the walk returns to the last cut, with the number after it, and not
 * to the start of the program: so a chain of comparisons costs its length and not its square.
 */
#include "walk.h"

struct quantity {
    uint32_t value; /* at the first number of the interval */
    uint32_t mask;  /* the bits of it that equal those of the number, or of its complement */
};

struct walk {
    const struct cordon_insn *insns;
    uint32_t arch;
    uint32_t first, last; /* the interval of numbers */
    uint32_t at;
    struct quantity a, x;
    bool stored; /* writes to scratch memory: cuts and findings don't store it */
    uint32_t scratch[CORDON_SCRATCH], scratch_mask[CORDON_SCRATCH];
    struct finding safe; /* the last position that a finding can describe */
    struct turn *turns;
    uint32_t turn_count;
    uint32_t steps, intervals;
};

/* The bits in which numbers of an interval may differ: the highest one and all below it. */
static uint32_t varying(uint32_t first, uint32_t last)
{
    uint32_t bits = first ^ last;
    bits |= bits >> 1;
    bits |= bits >> 2;
    bits |= bits >> 4;
    bits |= bits >> 8;
    return bits | bits >> 16;
}

static bool depends(const struct walk *walk, const struct quantity *quantity)
{
    return quantity->mask && (quantity->mask & varying(walk->first, walk->last));
}

/*
 * The walk returns to the last position that a finding can describe: this one, unless scratch
 * memory or X matter.
 */
static void cut(struct walk *walk, uint32_t last)
{
    if (last == walk->last)
        return;
    walk->turns[walk->turn_count++] = (struct turn){walk->last, walk->safe};
    walk->last = last;
}

/* Values of such operations can't track the number: one number at a time. */
static void settle(struct walk *walk, const struct quantity *quantity)
{
    if (depends(walk, quantity))
        cut(walk, walk->first);
}

/* The last number for which A & k is zero, or not zero, as for the first number. */
static uint32_t steady_bits(struct walk *walk, uint32_t k)
{
    uint32_t last = walk->last, mask = walk->a.mask & k;
    for (;; walk->steps++) {
        uint32_t vary = varying(walk->first, last);
        if (!(vary & mask) || (walk->a.value & k & ~(vary & mask)))
            return last;
        last = walk->first | vary >> 1;
    }
}

/* The last number up to which A grows in step with the number, or doesn't change: *grows. */
static uint32_t steady_growth(struct walk *walk, bool *grows)
{
    uint32_t last = walk->last;
    for (;; walk->steps++) {
        uint32_t vary = varying(walk->first, last);
        *grows = (vary & walk->a.mask) != 0;
        if (!*grows || ((vary & walk->a.mask) == vary && !((walk->a.value ^ walk->first) & vary)))
            return last;
        last = walk->first | vary >> 1;
    }
}

/* Cuts off the numbers for which a branch goes another way than for the first. */
static void cut_branch(struct walk *walk, uint16_t code, uint32_t k)
{
    if (!depends(walk, &walk->a))
        return;
    if (code == CORDON_OP_JSET_K || code == CORDON_OP_JSET_X) {
        cut(walk, steady_bits(walk, k));
        return;
    }
    bool grows;
    uint32_t last = steady_growth(walk, &grows), value = walk->a.value;
    if (grows) {
        /* How many numbers go the way of the first; it wraps to more than there are if all do. */
        uint32_t more = k - value - 1;
        if (code == CORDON_OP_JGT_K || code == CORDON_OP_JGT_X)
            more++;
        else if ((code == CORDON_OP_JEQ_K || code == CORDON_OP_JEQ_X) && value == k)
            more = 0;
        if (more < last - walk->first)
            last = walk->first + more;
    }
    cut(walk, last);
}

/* Executes one instruction for the first number; true: it ended the program. */
static bool execute(struct walk *walk, const struct cordon_insn *insn, uint32_t *answer)
{
    uint32_t A = walk->a.value, X = walk->x.value, at = walk->at + 1;
    uint32_t *const M = walk->scratch;
    const uint32_t k = insn->k;
    switch (insn->code) {
#define WORD_AT(offset) ((offset) ? walk->arch : walk->first)
#define JUMP(n)         at += (n)
#define BRANCH(cond)    at += (cond) ? insn->jt : insn->jf
#define RETURN(value)                                                                              \
    do {                                                                                           \
        *answer = (value);                                                                         \
        return true;                                                                               \
    } while (0)
#include "isa_cases.h"
    default:
        __builtin_unreachable();
    }
    walk->a.value = A;
    walk->x.value = X;
    walk->at = at;
    return false;
}

/* The program tests something other than the number. The rest of it starts at the last position
 * that a finding can describe. */
static bool leave(struct walk *walk, struct finding *finding)
{
    *finding = walk->safe;
    if (walk->insns[finding->start].code == CORDON_OP_LD_WORD)
        finding->mask = finding->a = 0; /* the next load replaces it */
    return true;
}

/* Bits stay separate through and, or, xor. Other operations require operands that are equal for
 * all numbers. */
static void follow_arithmetic(struct walk *walk, const struct cordon_insn *insn)
{
    uint32_t k = insn->k;
    if (cordon_opcode_uses_x(insn->code)) {
        settle(walk, &walk->x);
        k = walk->x.value;
    }
    switch (insn->code) {
    case CORDON_OP_AND_K:
    case CORDON_OP_AND_X:
        walk->a.mask &= k;
        break;
    case CORDON_OP_OR_K:
    case CORDON_OP_OR_X:
        walk->a.mask &= ~k;
        break;
    case CORDON_OP_XOR_K:
    case CORDON_OP_XOR_X:
        break;
    default:
        settle(walk, &walk->a);
        walk->a.mask = 0;
    }
}

static void follow_branch(struct walk *walk, const struct cordon_insn *insn)
{
    uint32_t k = insn->k;
    if (cordon_opcode_uses_x(insn->code)) {
        settle(walk, &walk->x);
        k = walk->x.value;
    }
    cut_branch(walk, insn->code, k);
}

/* Loads, stores and moves copy masks. */
static void follow_move(struct walk *walk, const struct cordon_insn *insn)
{
    struct quantity *a = &walk->a, *x = &walk->x;
    const uint32_t k = insn->k;
    switch (insn->code) {
    case CORDON_OP_LD_WORD:
        a->mask = k ? 0 : UINT32_MAX;
        break;
    case CORDON_OP_LD_IMM:
    case CORDON_OP_LD_LEN:
        a->mask = 0;
        break;
    case CORDON_OP_LDX_IMM:
    case CORDON_OP_LDX_LEN:
        x->mask = 0;
        break;
    case CORDON_OP_LD_MEM:
        a->mask = walk->scratch_mask[k];
        break;
    case CORDON_OP_LDX_MEM:
        x->mask = walk->scratch_mask[k];
        break;
    case CORDON_OP_ST:
    case CORDON_OP_STX:
        walk->scratch_mask[k] = insn->code == CORDON_OP_ST ? a->mask : x->mask;
        walk->stored = true;
        break;
    case CORDON_OP_TAX:
        x->mask = a->mask;
        break;
    default: /* TXA */
        a->mask = x->mask;
    }
}

/* Updates the masks for an instruction, and cuts the interval before it. true: the walk ends
 * here. */
static bool follow(struct walk *walk, const struct cordon_insn *insn, struct finding *finding)
{
    switch (cordon_opcode_class(insn->code)) {
    case CORDON_CLASS_ALU:
        follow_arithmetic(walk, insn);
        return false;
    case CORDON_CLASS_JMP:
        if (insn->code != CORDON_OP_JA)
            follow_branch(walk, insn);
        return false;
    case CORDON_CLASS_RET:
        return insn->code == CORDON_OP_RET_A && depends(walk, &walk->a) && leave(walk, finding);
    default:
        if (insn->code == CORDON_OP_LD_WORD && insn->k > 4 * CORDON_WORD_ARCH)
            return leave(walk, finding);
        follow_move(walk, insn);
        return false;
    }
}

/* Walks from the current position to a finding; may shorten the interval on the way. */
static struct finding walk_on(struct walk *walk)
{
    struct finding finding = {.constant = true};
    for (;;) {
        if (walk->steps++ >= WALK_STEPS || walk->intervals >= WALK_INTERVALS) {
            walk->last = UINT32_MAX;
            return WALK_NOWHERE;
        }
        const struct cordon_insn *insn = &walk->insns[walk->at];
        if (!walk->stored && !depends(walk, &walk->x))
            walk->safe = (struct finding){false,
                                          0,
                                          walk->at,
                                          walk->a.mask,
                                          walk->a.value ^ (walk->first & walk->a.mask),
                                          walk->x.value};
        if (follow(walk, insn, &finding) || execute(walk, insn, &finding.value))
            return finding;
    }
}

/* Goes to the last position at which the next number was cut off, or to the start. */
static void turn_back(struct walk *walk)
{
    struct turn turn = {UINT32_MAX, WALK_NOWHERE};
    walk->first = walk->last + 1;
    while (walk->turn_count > 0 && walk->turns[walk->turn_count - 1].last < walk->first)
        walk->turn_count--;
    if (walk->turn_count > 0)
        turn = walk->turns[--walk->turn_count];
    walk->last = turn.last;
    walk->at = turn.place.start;
    walk->a = (struct quantity){turn.place.a ^ (walk->first & turn.place.mask), turn.place.mask};
    walk->x = (struct quantity){turn.place.x, 0};
    walk->stored = false;
}

uint32_t walk_numbers(const struct cordon_program *program, uint32_t arch, struct turn *turns,
                      bool (*found)(void *context, uint32_t last, const struct finding *finding),
                      void *context)
{
    struct walk walk = {.insns = program->insns, .arch = arch, .last = UINT32_MAX, .turns = turns};
    for (;; walk.intervals++) {
        struct finding finding = walk_on(&walk);
        if (!found(context, walk.last, &finding) || walk.last == UINT32_MAX)
            return walk.steps;
        turn_back(&walk);
    }
}

static int32_t lesser(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

void walk_least(const struct cordon_program *program, int32_t *least)
{
    for (uint32_t i = program->length; i-- > 0;) {
        const struct cordon_insn *insn = &program->insns[i];
        if (insn->code == CORDON_OP_RET_K)
            least[i] = action_rank(insn->k);
        else if (insn->code == CORDON_OP_RET_A)
            least[i] = INT32_MIN;
        else if (insn->code == CORDON_OP_DIV_X)
            least[i] = lesser(least[i + 1], action_rank(0));
        else if (insn->code == CORDON_OP_JA)
            least[i] = least[i + 1 + insn->k];
        else if (cordon_opcode_is_branch(insn->code))
            least[i] = lesser(least[i + 1 + insn->jt], least[i + 1 + insn->jf]);
        else
            least[i] = least[i + 1];
    }
}
