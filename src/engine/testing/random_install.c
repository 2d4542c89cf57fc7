/* SPDX-License-Identifier: MIT */
/* random_install.c: makes filters, and valid and invalid requests to install them. */
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "cordon/action.h"
#include "random_calls.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- filters ---- */

uint64_t random_argument(struct random *random)
{
    static const uint64_t values[] = {0, 1, 2, 3, 0x80000000, 0x7fffffff00000000, UINT64_MAX};
    return values[random_under(random, COUNT(values))];
}

static uint32_t random_verdict(struct random *random)
{
    static const struct {
        uint32_t verdict, weight;
    } verdicts[] = {
        {CORDON_ALLOW, 40},
        {CORDON_ERRNO | 13, 30},
        {CORDON_ERRNO, 5},
        {CORDON_ERRNO | 4095, 3},
        {CORDON_ERRNO | 4096, 3},
        {CORDON_ERRNO | 0xffff, 3},
        {CORDON_USER_NOTIF, 70},
        {CORDON_USER_NOTIF | 9, 5},
        {CORDON_LOG, 8},
        {CORDON_LOG | 0xffff, 2},
        {CORDON_TRACE, 10},
        {CORDON_TRACE | 0xffff, 5},
        {CORDON_TRAP, 5},
        {CORDON_TRAP | 0xffff, 5},
        {CORDON_ALLOW | 5, 3},
        {CORDON_KILL_THREAD, 4},
        {(uint32_t)CORDON_KILL_PROCESS, 1},
        {0x00010000, 1},
        {0x7ffe0001, 1},
        {0x80050000, 1},
        {0xffff0000, 1},
    };
    uint32_t total = 0;
    for (size_t i = 0; i < COUNT(verdicts); i++)
        total += verdicts[i].weight;
    uint32_t pick = random_under(random, total);
    size_t i = 0;
    while (pick >= verdicts[i].weight)
        pick -= verdicts[i++].weight;
    return verdicts[i].verdict;
}

#define LONG 4000 /* together with the instructions around it, still a valid program */

static struct cordon_insn insn(uint16_t code, uint8_t jt, uint8_t jf, uint32_t k)
{
    return (struct cordon_insn){code, jt, jf, k};
}

/* Allows all numbers except those of judged calls, so that threads can continue. */
static uint32_t put_head(struct cordon_insn *insns)
{
    insns[0] = insn(CORDON_OP_LD_WORD, 0, 0, 0);
    for (uint32_t i = 0; i < JUDGED_CALLS; i++)
        insns[1 + i] = insn(CORDON_OP_JEQ_K, (uint8_t)(JUDGED_CALLS - i), 0, judged_calls[i].nr);
    insns[1 + JUDGED_CALLS] = insn(CORDON_OP_RET_K, 0, 0, CORDON_ALLOW);
    return JUDGED_CALLS + 2;
}

/* Whatever the program computes, it returns actions that threads mostly survive. */
static uint32_t put_wild_body(struct random *random, struct cordon_insn *insns, uint32_t room)
{
    uint32_t length = random_program(random, insns, room);
    for (uint32_t i = 0; i < length; i++) {
        if (insns[i].code == CORDON_OP_RET_K || insns[i].code == CORDON_OP_RET_A)
            insns[i] = insn(CORDON_OP_RET_K, 0, 0, random_verdict(random));
        else if (insns[i].code == CORDON_OP_DIV_X && random_under(random, 10))
            insns[i] = insn(CORDON_OP_DIV_K, 0, 0, 3); /* division by 0 kills */
    }
    return length;
}

static uint32_t put_body(struct random *random, struct cordon_insn *insns, uint32_t room)
{
    static const uint16_t tests[] = {CORDON_OP_JEQ_K, CORDON_OP_JGT_K, CORDON_OP_JGE_K,
                                     CORDON_OP_JSET_K};
    static const uint32_t words[] = {0, 4, 16, 20, 24, 56, 60};
    switch (random_under(random, 3)) {
    case 0:
        insns[0] = insn(CORDON_OP_RET_K, 0, 0, random_verdict(random));
        return 1;
    case 1:
        insns[0] = insn(CORDON_OP_LD_WORD, 0, 0, words[random_under(random, COUNT(words))]);
        insns[1] = insn(tests[random_under(random, 4)], 0, 1, (uint32_t)random_argument(random));
        if (insns[0].k == 4)
            insns[1].k = 0x40000003;
        if (insns[0].k == 0)
            insns[1].k = judged_calls[random_under(random, JUDGED_CALLS)].nr;
        insns[2] = insn(CORDON_OP_RET_K, 0, 0, random_verdict(random));
        insns[3] = insn(CORDON_OP_RET_K, 0, 0, random_verdict(random));
        return 4;
    default:
        return put_wild_body(random, insns, room < 60 ? room : 60);
    }
}

/* A program of many copies of one instruction: a few long ones exceed the limit of a chain. */
static uint32_t put_padding(uint32_t which, uint32_t count, struct cordon_insn *insns)
{
    static const struct cordon_insn fill[] = {
        {CORDON_OP_LD_WORD, 0, 0, 4}, {CORDON_OP_JEQ_K, 0, 0, 0x80000000},
        {CORDON_OP_JSET_K, 0, 1, 1},  {CORDON_OP_JEQ_K, 1, 1, 1},
        {CORDON_OP_DIV_X, 0, 0, 0},
    };
    uint32_t length = 0;
    insns[length++] = insn(CORDON_OP_LDX_IMM, 0, 0, 1); /* X isn't 0 */
    while (count--)
        insns[length++] = fill[which % COUNT(fill)];
    insns[length++] = insn(CORDON_OP_LD_WORD, 0, 0, 4); /* possible targets of jumps */
    insns[length++] = insn(CORDON_OP_LD_WORD, 0, 0, 4);
    return length;
}

static uint32_t put_filter(struct random *random, struct cordon_insn *insns)
{
    uint32_t length = put_head(insns);
    if (random_under(random, 6) == 0)
        length += put_padding(random_bits(random), LONG, insns + length);
    return length + put_body(random, insns + length, CORDON_MAX_INSNS - length);
}

/* A program that the engine refuses: tests whether the kernel refuses it, too. */
static uint32_t break_filter(struct random *random, struct cordon_insn *insns, uint32_t length)
{
    static struct cordon_insn broken[CORDON_MAX_INSNS];
    for (int i = 0; i < 5; i++) {
        struct cordon_program program;
        memcpy(broken, insns, length * sizeof *insns);
        uint32_t now = random_mutation(random, broken, length, CORDON_MAX_INSNS);
        if (cordon_program_verify(&program, broken, now, NULL))
            continue;
        memcpy(insns, broken, now * sizeof *insns);
        return now;
    }
    return length;
}

/* ---- requests to install ---- */

static uint64_t random_pointer(struct random *random, uint64_t good)
{
    uint32_t which = random_under(random, 40);
    if (which < COUNT(both_bad_pointers))
        return both_bad_pointers[which];
    return which == 3 ? PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 7 : good;
}

static uint32_t random_flags(struct random *random)
{
    static const uint32_t common[] = {
        0,
        0,
        CORDON_FLAG_LOG,
        CORDON_FLAG_TSYNC,
        CORDON_FLAG_TSYNC | CORDON_FLAG_TSYNC_ESRCH,
        CORDON_FLAG_NEW_LISTENER,
        CORDON_FLAG_NEW_LISTENER | CORDON_FLAG_LOG,
        CORDON_FLAG_NEW_LISTENER | CORDON_FLAG_WAIT_KILLABLE_RECV,
        CORDON_FLAG_NEW_LISTENER | CORDON_FLAG_TSYNC | CORDON_FLAG_TSYNC_ESRCH,
        CORDON_FLAG_SPEC_ALLOW,
    };
    uint32_t flags = common[random_under(random, COUNT(common))];
    if (random_under(random, 8) == 0)
        flags ^= 1u << random_under(random, 6);
    if (random_under(random, 30) == 0)
        flags |= 1u << random_under(random, 32);
    return flags;
}

#define SECCOMP_I386 354
#define PRCTL_I386   172

static int64_t seccomp_effect(unsigned slot, const struct kernel_order *order)
{
    return cordon_seccomp(&both_thread(slot)->task, (uint32_t)order->args[0],
                          (uint32_t)order->args[1], order->args[2], order->entry == KERNEL_INT80);
}

static int64_t prctl_effect(unsigned slot, const struct kernel_order *order)
{
    return cordon_prctl_set(&both_thread(slot)->task, order->args[1], order->args[2],
                            order->entry == KERNEL_INT80);
}

/* struct sock_fprog, as 64-bit and as 32-bit callers have it. */
static void put_header(unsigned slot, uint64_t at, bool is_narrow, uint16_t length, uint64_t insns)
{
    struct {
        uint64_t length, insns;
    } wide = {length, insns};
    struct {
        uint32_t length, insns;
    } narrow = {length, (uint32_t)insns};
    if (is_narrow)
        both_write(slot, at, &narrow, sizeof narrow);
    else
        both_write(slot, at, &wide, sizeof wide);
}

void random_install(struct random *random, unsigned slot)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS + 8];
    uint32_t length = put_filter(random, insns);
    if (random_under(random, 10) == 0)
        length = break_filter(random, insns, length);
    both_write(slot, PLAIN_INSNS, insns, length * sizeof *insns);
    if (random_under(random, 40) == 0)
        length = random_under(random, 2) ? 4097 : 0;

    uint64_t header = BOTH_WINDOW(slot) + 8 * random_under(random, 4);
    uint64_t pointer = random_pointer(random, PLAIN_INSNS);
    bool is_narrow = random_under(random, 8) == 0, is_prctl = random_under(random, 8) == 0;
    if (is_narrow && random_under(random, 4) == 0)
        header = PLAIN_MEMORY + PLAIN_MEMORY_SIZE - 8; /* all valid flags */
    put_header(slot, header, is_narrow, (uint16_t)length, pointer);
    header = random_pointer(random, header);
    uint32_t flags = random_flags(random);
    both_say("\n# %u: %s%s flags %x, header %llx, length %u, insns %llx", slot,
             is_prctl ? "prctl" : "install", is_narrow ? " i386" : "", flags,
             (unsigned long long)header, length, (unsigned long long)pointer);
    struct kernel_order order = {is_narrow ? KERNEL_INT80 : KERNEL_SYSCALL, SYS_seccomp, {0}};
    if (is_prctl) {
        order.nr = is_narrow ? PRCTL_I386 : SYS_prctl;
        memcpy(order.args, (uint64_t[6]){PR_SET_SECCOMP, 2, header, flags, 7}, sizeof order.args);
    } else {
        order.nr = is_narrow ? SECCOMP_I386 : SYS_seccomp;
        memcpy(order.args, (uint64_t[6]){1, flags, header}, sizeof order.args);
    }
    both_call(slot, &order, is_prctl ? prctl_effect : seccomp_effect);
}

/* Installs filters of this many instructions until one doesn't fit. */
static void fill_with(unsigned slot, uint32_t which, uint32_t count)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    uint32_t length = put_head(insns);
    length += put_padding(which, count, insns + length);
    insns[length++] = insn(CORDON_OP_RET_K, 0, 0, CORDON_ALLOW);
    both_write(slot, PLAIN_INSNS, insns, length * sizeof *insns);
    put_header(slot, BOTH_WINDOW(slot), false, (uint16_t)length, PLAIN_INSNS);
    struct kernel_order order = {KERNEL_SYSCALL, SYS_seccomp, {1, 0, BOTH_WINDOW(slot)}};
    uint32_t before;
    do {
        before = both_thread(slot)->task.filter_count;
        both_call(slot, &order, seccomp_effect);
    } while (both_is_ok() && both_thread(slot) && both_thread(slot)->task.filter_count > before);
}

void random_fill(struct random *random, unsigned slot)
{
    uint32_t which = random_bits(random), count = LONG;
    both_say("\n# %u: fill with %u", slot, which);
    while (count && both_thread(slot) && both_is_ok()) {
        fill_with(slot, which, count);
        count -= 1 + random_under(random, count);
    }
}
