/* SPDX-License-Identifier: MIT */
/*
 * specialise_test.c: compares the verdicts of plans with the interpretation of every filter of the
 * stack; tests what the walk finds in small programs, line by line.
 *
 * --pairs N: number of (stack, call) pairs; --seed S.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "isa.h"
#include "plan.h"
#include "random_filter.h"

#define DEPTH           70u
#define CALLS_PER_STACK 80

static int tests, failed;

static void result(bool ok, const char *name)
{
    failed += !ok;
    printf("%s %d - %s\n", ok ? "ok" : "not ok", ++tests, name);
}

/* ---- stacks ---- */

struct stack {
    struct cordon_insn *insns[DEPTH];
    struct cordon_program programs[DEPTH];
    uint32_t depth;
    struct cordon_plan *plan;
};

/* Serves this many requests, then fails one. */
static long allocations_left = -1, in_use;

static void *allocate(size_t size)
{
    if (allocations_left >= 0 && allocations_left-- == 0)
        return NULL;
    in_use++;
    return malloc(size);
}

static void release(void *memory)
{
    in_use -= memory != NULL;
    free(memory);
}

static void push(struct stack *stack, const struct cordon_insn *insns, uint32_t length)
{
    struct cordon_insn *copy = malloc(length * sizeof *copy);
    struct cordon_program *program = &stack->programs[stack->depth];
    struct cordon_fault fault;
    if (!copy)
        exit(2);
    memcpy(copy, insns, length * sizeof *copy);
    if (!cordon_program_verify(program, copy, length, &fault)) {
        printf("# not a program: %s at %u\n", cordon_reason_text(fault.reason), fault.insn);
        exit(2);
    }
    stack->insns[stack->depth++] = copy;
    struct cordon_plan *plan = cordon_plan_make(stack->plan, program, allocate, release);
    if (!plan)
        exit(2);
    release(stack->plan);
    stack->plan = plan;
}

static void drop(struct stack *stack)
{
    for (uint32_t i = 0; i < stack->depth; i++)
        free(stack->insns[i]);
    release(stack->plan);
    *stack = (struct stack){.depth = 0};
}

static void push_random(struct stack *stack, struct random *random)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    uint32_t length, kind = random_under(random, 8);
    if (kind == 0 && stack->depth > 0) {
        const struct cordon_program *again = &stack->programs[random_under(random, stack->depth)];
        push(stack, again->insns, again->length);
        return;
    }
    if (kind == 1)
        length = random_program(random, insns, 40);
    else if (kind < 4)
        length = random_number_program(random, insns, random_under(random, 16) ? 30 : 2000);
    else
        length = random_filter(random, insns);
    push(stack, insns, length);
}

static void show(const struct stack *stack, const struct cordon_data *data,
                 struct cordon_outcome want, struct cordon_outcome have)
{
    printf("# %u filters: 0x%08x of %d, not 0x%08x of %d\n", stack->depth, have.value,
           (int)have.filter, want.value, (int)want.filter);
    for (uint32_t i = 0; i < stack->depth && stack->depth < 4; i++)
        for (uint32_t j = 0; j < stack->programs[i].length; j++) {
            char text[96];
            struct cordon_buffer buffer = {text, sizeof text, 0};
            struct cordon_sink sink = cordon_buffer_sink(&buffer);
            cordon_insn_print(&sink, &stack->insns[i][j], j);
            printf("#   filter %u, %u: %s\n", i, j, text);
        }
    for (int i = 0; i < CORDON_WORDS; i++)
        printf("#   word %d = 0x%08x\n", i, data->word[i]);
}

static bool agrees(const struct stack *stack, const struct cordon_data *data)
{
    struct cordon_outcome want = interpret_stack(stack->programs, stack->depth, data);
    struct cordon_outcome have = cordon_plan_run(stack->plan, data);
    if (want.value == have.value && want.filter == have.filter)
        return true;
    show(stack, data, want, have);
    return false;
}

static void random_stacks(unsigned long pairs, uint64_t seed)
{
    struct random random = {seed};
    struct stack stack = {.depth = 0};
    unsigned long done = 0, stacks = 0, constant = 0;
    bool ok = true;
    for (; done < pairs && ok; stacks++) {
        uint32_t depth = random_under(&random, 4) ? 1 + random_under(&random, 3)
                                                  : 1 + random_under(&random, DEPTH);
        while (stack.depth < depth)
            push_random(&stack, &random);
        for (int i = 0; i < CALLS_PER_STACK && ok; i++, done++) {
            struct cordon_data data = random_number_call(&random, stack.programs, depth);
            ok = agrees(&stack, &data);
            constant += cordon_plan_run(stack.plan, &data).filter == CORDON_NO_FILTER;
        }
        ok = ok && cordon_plan_filters(stack.plan) == depth;
        drop(&stack);
    }
    printf("# %lu stacks, %lu calls, %lu allowed\n", stacks, done, constant);
    result(ok && in_use == 0, "plans of random stacks answer as interpretation does");
}

/* Every small number, each known architecture, one stack after the other. */
static void all_numbers(uint64_t seed)
{
    struct random random = {seed};
    struct stack stack = {.depth = 0};
    bool ok = true;
    for (int round = 0; round < 12 && ok; round++) {
        while (stack.depth < 1u + (uint32_t)round % 5)
            push_random(&stack, &random);
        for (uint32_t nr = 0; nr < 1200 && ok; nr++)
            for (uint32_t x32 = 0; x32 < 2 && ok; x32++) {
                struct cordon_data data = {
                    {nr | x32 << 30, x32 || nr & 1 ? 0xc000003eu : 0x40000003u}};
                ok = agrees(&stack, &data);
                data.word[1] ^= 0x8000003du;
                ok = ok && agrees(&stack, &data);
            }
        drop(&stack);
    }
    result(ok, "every number below 1200 of x86_64, x32 and i386");
}

/* ---- fixed behaviour ---- */

/* A program as text, one instruction per line. */
static uint32_t assemble(const char *text, struct cordon_insn *insns)
{
    uint32_t count = 0;
    for (; *text; text += *text == '\n') {
        uint32_t length = (uint32_t)strcspn(text, "\n"), at = 0;
        if (!cordon_insn_parse(&insns[count], text, length, count, &at)) {
            printf("# not read at %u: %.*s\n", at, (int)length, text);
            exit(2);
        }
        count++;
        text += length;
    }
    return count;
}

struct notes {
    struct cordon_sink sink;
    uint32_t first;
};

/* One interval as text: "0…0x3a returns 0x7fff0000; 0x3b… from 6, a=nr&0xff^0x3". */
static bool note(void *context, uint32_t last, const struct finding *finding)
{
    struct notes *notes = context;
    struct cordon_sink *sink = &notes->sink;
    if (notes->first)
        cordon_sink_text(sink, "; ");
    cordon_sink_hex(sink, notes->first, 1);
    if (last != notes->first)
        cordon_sink_text(sink, "…");
    if (last != notes->first && last != UINT32_MAX)
        cordon_sink_hex(sink, last, 1);
    cordon_sink_text(sink, finding->constant ? " returns " : " from ");
    cordon_sink_decimal(sink, finding->constant ? finding->value : finding->start);
    if (finding->mask) {
        cordon_sink_text(sink, ", a=nr&");
        cordon_sink_hex(sink, finding->mask, 1);
    }
    if (finding->a) {
        cordon_sink_text(sink, finding->mask ? "^" : ", a=");
        cordon_sink_hex(sink, finding->a, 1);
    }
    if (finding->x) {
        cordon_sink_text(sink, ", x=");
        cordon_sink_hex(sink, finding->x, 1);
    }
    notes->first = last + 1;
    return last < 0xc0000000u;
}

static void findings(void)
{
    static const struct {
        const char *name, *text, *found;
    } cases[] = {
        {"an architecture is a constant", "ld [4]\njeq #0xc000003e, 2, 3\nret #1\nret #2",
         "0x0… returns 1"},
        {"a number is cut out", "ld [0]\njeq #5, 2, 3\nret #1\nret #2",
         "0x0…0x4 returns 2; 0x5 returns 1; 0x6… returns 2"},
        {"comparisons cut once", "ld [0]\njge #5, 2, 4\njgt #9, 3, 4\nret #1\nret #2",
         "0x0…0x4 returns 2; 0x5…0x9 returns 2; 0xa… returns 1"},
        {"nothing is beyond the end", "ld [0]\njgt #0xffffffff, 2, 3\nret #1\nret #2",
         "0x0… returns 2"},
        {"the bit of x32", "ld [0]\njset #0x40000000, 2, 3\nret #1\nret #2",
         "0x0…0x3fffffff returns 2; 0x40000000…0x7fffffff returns 1; "
         "0x80000000…0xbfffffff returns 2; 0xc0000000… returns 1"},
        {"numbers without the bit of x32", "ld [0]\nand #0xbfffffff\njgt #6, 3, 4\nret #1\nret #2",
         "0x0…0x6 returns 2; 0x7…0x3fffffff returns 1; 0x40000000…0x40000006 returns 2; "
         "0x40000007…0x7fffffff returns 1; 0x80000000…0xbfffffff returns 1; 0xc0000000… returns 1"},
        {"an argument ends the walk", "ld [0]\njeq #5, 2, 4\nld [16]\nret a\nret #2",
         "0x0…0x4 returns 2; 0x5 from 2; 0x6… returns 2"},
        {"the number doesn't go along where it is loaded over",
         "ld [0]\nxor #3\nand #0xff\nldx #7\nld [16]\nret a", "0x0… from 4, x=0x7"},
        {"the number is the answer", "ld [0]\nxor #3\nand #0xff\nldx #7\nret a",
         "0x0… from 4, a=nr&0xff^0x3, x=0x7"},
        {"or leaves the bits that it doesn't set", "ld [0]\nor #0xff\nret a",
         "0x0… from 2, a=nr&0xffffff00^0xff"},
        {"X that is constant is as good as a constant",
         "ldx #0xf0\nld [0]\nand x\nxor x\nldx #3\nor x\nret a",
         "0x0… from 6, a=nr&0xf0^0xf3, x=0x3"},
        {"what needs scratch memory starts before it",
         "ld [0]\njeq #5, 2, 5\nst M[0]\nld [16]\nret a\nret #2",
         "0x0…0x4 returns 2; 0x5 from 2, a=nr&0xffffffff; 0x6… returns 2"},
        {"a number in X can't be said", "ld [0]\njgt #5, 3, 2\ntax\nld [16]\nadd x\nret a",
         "0x0…0x5 from 2, a=nr&0xffffffff; 0x6… from 3"},
        {"a place on another number's way isn't said",
         "ld [0]\ntax\njgt #1, 6, 3\nldx #5\nld [16]\nret a\nret a",
         "0x0…0x1 from 4, x=0x5; 0x2… from 1, a=nr&0xffffffff"},
        {"what is computed is computed number by number",
         "ld [0]\njge #2, 4, 2\nmul #7\nret a\nret #1",
         "0x0 returns 0; 0x1 returns 7; 0x2… returns 1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cordon_insn insns[16];
        struct turn turns[16];
        struct cordon_program program;
        struct cordon_fault fault;
        char text[512] = "";
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct notes notes = {cordon_buffer_sink(&buffer), 0};
        if (!cordon_program_verify(&program, insns, assemble(cases[i].text, insns), &fault))
            exit(2);
        walk_numbers(&program, 0xc000003eu, turns, note, &notes);
        bool ok = !strcmp(text, cases[i].found);
        if (!ok)
            printf("# have: %s\n# want: %s\n", text, cases[i].found);
        result(ok, cases[i].name);
    }
}

/* The cell of a number of x86_64 as text: "0x50001 of 1; 2 from 5; 0 from 3". */
static void describe(const struct cordon_plan *plan, uint32_t nr, struct cordon_sink *sink)
{
    const struct space *space = &plan->spaces[0];
    uint32_t i = 0;
    while (i + 1 < space->count && space->intervals[i + 1].first <= nr)
        i++;
    const struct cell *cell = &plan->cells[space->intervals[i].cell];
    cordon_sink_hex(sink, cell->constant.value, 1);
    if (cell->constant.filter != CORDON_NO_FILTER) {
        cordon_sink_text(sink, " of ");
        cordon_sink_decimal(sink, cell->constant.filter);
    }
    for (i = 0; i < cell->count; i++) {
        cordon_sink_text(sink, "; ");
        cordon_sink_decimal(sink, plan->rests[cell->first + i].filter);
        cordon_sink_text(sink, " from ");
        cordon_sink_decimal(sink, plan->rests[cell->first + i].start);
    }
}

#define ALLOW    "ret #0x7fff0000"
#define DENY     "ret #0x50001"
#define KILL     "ret #0x80000000"
#define CHECK(k) "ld [0]\njeq #9, 2, 5\nld [16]\njeq #" k ", 5, 4\n" DENY "\n" ALLOW

static void cells(void)
{
    static const struct {
        const char *name, *stack[4]; /* oldest first */
        uint32_t nr;
        const char *cell;
    } cases[] = {
        {"what allows has no owner", {ALLOW, ALLOW}, 9, "0x7fff0000"},
        {"the stricter constant wins", {DENY, ALLOW, KILL}, 9, "0x80000000 of 2"},
        {"of equal ones the newest", {DENY, "ret #0x50002"}, 9, "0x50002 of 1"},
        {"arguments are looked at only for their number", {CHECK("1")}, 8, "0x7fff0000"},
        {"from where the number is known",
         {CHECK("1"), CHECK("2")},
         9,
         "0x7fff0000; 1 from 2; 0 from 2"},
        {"what goes on alike runs once, for the newest",
         {CHECK("1"), DENY, CHECK("1")},
         9,
         "0x50001 of 1; 2 from 2"},
        {"wherever it stands",
         {CHECK("1"), "ld [0]\nja 3\nret #7\nja 4\njeq #9, 5, 9\nld [16]\njeq #1, 9, 7\nja 8\n" DENY
                      "\n" ALLOW},
         9,
         "0x7fff0000; 1 from 5"},
        {"but not what only begins alike",
         {"ld [16]\njeq #1, 2, 3\n" DENY "\n" ALLOW, "ld [16]\njeq #1, 2, 2\n" DENY},
         9,
         "0x7fff0000; 1 from 0; 0 from 0"},
        {"nor with another X",
         {"ldx #1\nld [16]\nadd x\nret a", "ldx #2\nld [16]\nadd x\nret a"},
         9,
         "0x7fff0000; 1 from 1; 0 from 1"},
        {"what a newer constant beats isn't run", {CHECK("1"), DENY}, 9, "0x50001 of 1"},
        {"but what may be as strict and is newer is",
         {DENY, CHECK("1")},
         9,
         "0x50001 of 0; 1 from 2"},
        {"nothing runs beside the strictest", {CHECK("1"), KILL, CHECK("2")}, 9, "0x80000000 of 1"},
        {"but a newer one that may kill too",
         {KILL, "ld [16]\nret a"},
         9,
         "0x80000000 of 0; 1 from 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct stack stack = {.depth = 0};
        struct cordon_insn insns[16];
        char text[256];
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct cordon_sink sink = cordon_buffer_sink(&buffer);
        for (int j = 0; j < 4 && cases[i].stack[j]; j++)
            push(&stack, insns, assemble(cases[i].stack[j], insns));
        describe(stack.plan, cases[i].nr, &sink);
        bool ok = !strcmp(text, cases[i].cell);
        if (!ok)
            printf("# have: %s\n# want: %s\n", text, cases[i].cell);
        drop(&stack);
        result(ok, cases[i].name);
    }
}

static bool note_nothing(void *context, uint32_t last, const struct finding *finding)
{
    (void)context;
    (void)last;
    (void)finding;
    return true;
}

/* Each number is an interval: the walk must not start again for each. */
static void chains(void)
{
    enum { NUMBERS = 400 };
    struct cordon_insn insns[2 * NUMBERS + 2] = {{CORDON_OP_LD_WORD, 0, 0, 0}};
    struct turn turns[2 * NUMBERS + 2];
    bool ok = true;
    for (int descending = 0; descending < 2; descending++) {
        uint32_t length = 1;
        for (uint32_t i = 0; i < NUMBERS; i++) {
            insns[length++] =
                (struct cordon_insn){CORDON_OP_JEQ_K, 0, 1, descending ? NUMBERS - i : i};
            insns[length++] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, i};
        }
        insns[length++] = (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 0};
        struct cordon_program program = {insns, length};
        uint32_t steps = walk_numbers(&program, 0xc000003eu, turns, note_nothing, NULL);
        if (steps > (WALK_STEPS < 3 * length ? WALK_STEPS + 1 : 3 * length)) {
            printf("# %u steps for %u instructions\n", steps, length);
            ok = false;
        }
    }
    result(ok, "a chain of comparisons costs its length");
}

static void probes(void)
{
    static const struct cordon_insn kill = {CORDON_OP_RET_K, 0, 0, 0x80000000u};
    struct stack stack = {.depth = 0};
    push(&stack, &kill, 1);
    bool ok = true;
    for (uint32_t nr = 334; nr <= 337; nr++) {
        struct cordon_data data = {{nr, 0xc000003eu}};
        struct cordon_outcome have = cordon_plan_run(stack.plan, &data);
        bool probe = nr == 335 || nr == 336;
        ok = ok && have.value == (probe ? 0x7fff0000u : 0x80000000u) &&
             have.filter == (probe ? CORDON_NO_FILTER : 0);
        data.word[1] = 0x40000003u;
        ok = ok && cordon_plan_run(stack.plan, &data).value == 0x80000000u;
        data = (struct cordon_data){{nr | CORDON_X32_BIT, 0xc000003eu}};
        ok = ok && cordon_plan_run(stack.plan, &data).value == 0x80000000u;
    }
    drop(&stack);
    result(ok, "uretprobe and uprobe are allowed, on x86_64 only");
}

static void every_allocation_fails(void)
{
    struct random random = {7};
    struct stack stack = {.depth = 0};
    bool ok = true;
    long fails = 0;
    while (stack.depth < 12)
        push_random(&stack, &random);
    long before = in_use;
    struct cordon_plan *plan = NULL;
    for (allocations_left = 0; !plan; fails++) {
        long left = allocations_left;
        plan = cordon_plan_make(stack.plan, &stack.programs[3], allocate, release);
        ok = ok && in_use == before + (plan != NULL);
        allocations_left = left + 1;
    }
    allocations_left = -1;
    release(plan);
    drop(&stack);
    printf("# %ld allocations\n", fails - 1);
    result(ok && fails > 5 && in_use == 0, "each allocation fails, and nothing is left");
}

/* ---- hostile programs ---- */

/* Repeated tests of all bits, or arithmetic: no intervals can be found. */
static uint32_t write_hostile(struct random *random, uint32_t kind, struct cordon_insn *insns)
{
    uint32_t length = 0;
    insns[length++] = (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, 0};
    while (length < CORDON_MAX_INSNS - 3) {
        uint32_t k = random_bits(random);
        uint8_t skip = (uint8_t)random_under(random, 2);
        if (kind == 0)
            insns[length++] = (struct cordon_insn){CORDON_OP_JSET_K, skip, 1 - skip, 1u << k % 32};
        else if (kind == 1)
            insns[length++] =
                (struct cordon_insn){k & 1 ? CORDON_OP_MUL_K : CORDON_OP_XOR_K, 0, 0, k};
        else if (kind == 2)
            insns[length++] = (struct cordon_insn){CORDON_OP_JGE_K, 0, 1, k};
        else
            insns[length++] = (struct cordon_insn){CORDON_OP_JEQ_K, 0, 1, length};
        insns[length++] = kind == 1
                              ? (struct cordon_insn){CORDON_OP_ADD_K, 0, 0, k}
                              : (struct cordon_insn){CORDON_OP_RET_K, 0, 0, 0x50000 | (k & 0xfff)};
    }
    insns[length++] = (struct cordon_insn){CORDON_OP_LD_WORD, 0, 0, 16};
    insns[length++] = (struct cordon_insn){CORDON_OP_RET_A, 0, 0, 0};
    return length;
}

static void hostile_programs(uint64_t seed)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct random random = {seed};
    struct stack stack = {.depth = 0};
    bool ok = true;
    uint32_t steps = 0;
    while (stack.depth < 24) {
        push(&stack, insns, write_hostile(&random, stack.depth % 4, insns));
        if (cordon_plan_steps(stack.plan) > steps)
            steps = cordon_plan_steps(stack.plan);
        for (int i = 0; i < 200 && ok; i++) {
            struct cordon_data data = random_number_call(&random, stack.programs, stack.depth);
            ok = agrees(&stack, &data);
        }
    }
    printf("# %zu bytes, at most %u steps\n", cordon_plan_size(stack.plan), steps);
    ok = ok && cordon_plan_size(stack.plan) < 1u << 20 && steps < 6 * (WALK_STEPS + 64);
    drop(&stack);
    result(ok, "hostile programs take bounded memory and steps");
}

int main(int argc, char **argv)
{
    unsigned long pairs = 60000, seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--pairs"))
            pairs = strtoul(argv[i + 1], NULL, 0);
        else if (!strcmp(argv[i], "--seed"))
            seed = strtoul(argv[i + 1], NULL, 0);
    }
    printf("# seed %lu\n", seed);
    findings();
    cells();
    chains();
    probes();
    every_allocation_fails();
    all_numbers(seed);
    hostile_programs(seed);
    random_stacks(pairs, seed);
    printf("1..%d\n", tests);
    return failed != 0;
}
