/* SPDX-License-Identifier: MIT */
/*
 * kernel_worker.c: the code of the threads of kernel_threads.c. They use no libc once a filter is
 * installed, no errno, and one stack per slot.
 */
#include "kernel_worker.h"

#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <ucontext.h>

#ifdef __x86_64__

long raw_call(int64_t nr, const uint64_t *args);
long raw_call32(int64_t nr, const uint64_t *args);
long raw_clone(uint64_t flags, void *stack, void (*function)(void *), void *argument);

/* Makes the call with registers from an array. */
__asm__(".text\n"
        "raw_call:\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %rcx\n"
        "    mov (%rcx), %rdi\n"
        "    mov 8(%rcx), %rsi\n"
        "    mov 16(%rcx), %rdx\n"
        "    mov 24(%rcx), %r10\n"
        "    mov 32(%rcx), %r8\n"
        "    mov 40(%rcx), %r9\n"
        "    syscall\n"
        "raw_call_return:\n"
        "    ret\n"
        "raw_call32:\n"
        "    push %rbx\n"
        "    push %rbp\n"
        "    mov %rdi, %rax\n"
        "    mov %rsi, %r9\n"
        "    mov (%r9), %rbx\n"
        "    mov 8(%r9), %rcx\n"
        "    mov 16(%r9), %rdx\n"
        "    mov 24(%r9), %rsi\n"
        "    mov 32(%r9), %rdi\n"
        "    mov 40(%r9), %rbp\n"
        "    int $0x80\n"
        "raw_call32_return:\n"
        "    pop %rbp\n"
        "    pop %rbx\n"
        "    ret\n"
        "raw_clone:\n"
        "    push %r12\n"
        "    push %r13\n"
        "    mov %rdx, %r12\n"
        "    mov %rcx, %r13\n"
        "    xor %edx, %edx\n"
        "    xor %r10d, %r10d\n"
        "    xor %r8d, %r8d\n"
        "    mov $56, %eax\n"
        "    syscall\n"
        "    test %rax, %rax\n"
        "    jnz 1f\n"
        "    xor %ebp, %ebp\n"
        "    mov %r13, %rdi\n"
        "    call *%r12\n"
        "    hlt\n"
        "1:  pop %r13\n"
        "    pop %r12\n"
        "    ret\n");

extern const char raw_call_return[], raw_call32_return[];

uint64_t kernel_return_address(enum kernel_entry entry)
{
    return (uintptr_t)(entry == KERNEL_INT80 ? raw_call32_return : raw_call_return);
}

static char stacks[KERNEL_SLOTS][65536] __attribute__((aligned(16)));

static void serve(void *argument);

static int64_t execute(const struct kernel_order *order, struct worker_slot *slot)
{
    switch (order->entry) {
    case KERNEL_SYSCALL:
        return raw_call(order->nr, order->args);
    case KERNEL_INT80:
        return raw_call32(order->nr, order->args);
    default: {
        uint64_t child = order->args[1];
        slot += (int)child - slot->number;
        return raw_clone(order->args[0], stacks[child] + sizeof stacks[child], serve, slot);
    }
    }
}

/* An end of file, or anything unforeseen, ends the thread. */
static bool transfer(int64_t nr, int fd)
{
    char byte;
    const uint64_t args[6] = {(uint64_t)fd, (uint64_t)&byte, 1};
    long result;
    do
        result = raw_call(nr, args);
    while (result == -4);
    return result == 1;
}

static void serve(void *argument)
{
    struct worker_slot *slot = argument;
    while (transfer(SYS_read, WORKER_IN(slot->number))) {
        slot->report.traps = 0;
        slot->report.result = execute(&slot->order, slot);
        if (!transfer(SYS_write, WORKER_OUT(slot->number)))
            break;
    }
    static const uint64_t none[6];
    for (;;)
        raw_call(SYS_exit, none);
}

static struct worker_slot *first_slot;

/* The leader of the first process stays on its own stack. */
static struct worker_slot *slot_of(const ucontext_t *context)
{
    uintptr_t offset = (uintptr_t)context->uc_mcontext.gregs[REG_RSP] - (uintptr_t)stacks;
    return &first_slot[offset < sizeof stacks ? offset / sizeof *stacks : 0];
}

static void trapped(int number, siginfo_t *info, void *context)
{
    struct kernel_report *report = &slot_of(context)->report;
    (void)number;
    report->traps++;
    report->code = info->si_code;
    report->error = info->si_errno;
    report->nr = info->si_syscall;
    report->arch = info->si_arch;
    report->is_at_return_address =
        (uintptr_t)info->si_call_addr ==
        (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
}

static void signalled(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)info;
    __atomic_fetch_add(&slot_of(context)->signals, 1, __ATOMIC_SEQ_CST);
}

void worker_run(struct worker_slot *slots)
{
    first_slot = slots;
    const struct sigaction trap = {.sa_sigaction = trapped, .sa_flags = SA_SIGINFO};
    const struct sigaction interrupt = {.sa_sigaction = signalled, .sa_flags = SA_SIGINFO};
    const struct sigaction restart = {.sa_sigaction = signalled,
                                      .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGSYS, &trap, NULL);
    sigaction(SIGUSR1, &interrupt, NULL);
    sigaction(SIGUSR2, &restart, NULL);
    serve(slots);
}

#endif
