/* SPDX-License-Identifier: MIT */
/*
 * machine_test.c: registers of stopped children, one of 64-bit and one of i386 code.
 *
 * Both programs make the same call over and over, whose first argument is the result that the
 * program saw of the one before. PTRACE_GET_SYSCALL_INFO is the oracle for what registers mean.
 */
#include <elf.h>
#include <errno.h>
#include <linux/audit.h>
#include <linux/stat.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <unistd.h>

#include "kernel_test.h"
#include "layouts.h"

#define SIZE(array) (sizeof(array) / sizeof *(array))

#define GETPPID_NATIVE 110
#define GETPPID_COMPAT 64

/* ---- the programs ---- */

static void run_native(void)
{
    __asm__ volatile("xor %%edi, %%edi\n"
                     "1: mov $110, %%eax\n"
                     "mov $0x22222222, %%esi\n"
                     "mov $0x33333333, %%edx\n"
                     "mov $0x44444444, %%r10d\n"
                     "mov $0x55555555, %%r8d\n"
                     "mov $0x66666666, %%r9d\n"
                     "syscall\n"
                     "mov %%rax, %%rdi\n"
                     "jmp 1b\n" ::
                         : "memory", "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

static const unsigned char compat_code[] = {
    0xb8, GETPPID_COMPAT,
    0,    0,
    0, /* mov eax, getppid */
    0xb9, 0x22,
    0x22, 0x22,
    0x22, /* mov ecx, … */
    0xba, 0x33,
    0x33, 0x33,
    0x33, /* mov edx, … */
    0xbe, 0x44,
    0x44, 0x44,
    0x44, /* mov esi, … */
    0xbf, 0x55,
    0x55, 0x55,
    0x55, /* mov edi, … */
    0xbd, 0x66,
    0x66, 0x66,
    0x66,                    /* mov ebp, … */
    0xcd, 0x80,              /* int 0x80 */
    0x89, 0xc3,              /* mov ebx, eax */
    0xeb, (unsigned char)-36 /* from the beginning */
};

/* A program of one page, headers and code. */
static void run_compat(void)
{
    enum { BASE = 0x10000, CODE = 256 };
    unsigned char image[512] = {0};
    char *nothing[] = {NULL};
    Elf32_Ehdr header = {.e_ident = ELFMAG,
                         .e_type = ET_EXEC,
                         .e_machine = EM_386,
                         .e_version = EV_CURRENT,
                         .e_entry = BASE + CODE,
                         .e_phoff = sizeof header,
                         .e_ehsize = sizeof header,
                         .e_phentsize = sizeof(Elf32_Phdr),
                         .e_phnum = 1};
    Elf32_Phdr segment = {.p_type = PT_LOAD,
                          .p_vaddr = BASE,
                          .p_filesz = sizeof image,
                          .p_memsz = sizeof image,
                          .p_flags = PF_R | PF_X,
                          .p_align = 4096};
    header.e_ident[EI_CLASS] = ELFCLASS32;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    memcpy(image, &header, sizeof header);
    memcpy(image + sizeof header, &segment, sizeof segment);
    memcpy(image + CODE, compat_code, sizeof compat_code);
    int file = memfd_create("compat", MFD_CLOEXEC);
    if (write(file, image, sizeof image) == sizeof image)
        fexecve(file, nothing, nothing);
    _exit(77);
}

struct tracee {
    pid_t pid;
    bool compat;
};

/* Runs it to its next stop; the signal of that. */
static int go(const struct tracee *tracee, int request, int signal)
{
    int status;
    assert_int_equal(ptrace((enum __ptrace_request)request, tracee->pid, NULL, (long)signal), 0);
    assert_int_equal(waitpid(tracee->pid, &status, 0), tracee->pid);
    assert_true(WIFSTOPPED(status));
    return WSTOPSIG(status);
}

static struct __ptrace_syscall_info info_of(const struct tracee *tracee)
{
    struct __ptrace_syscall_info info = {0};
    assert_true(ptrace(PTRACE_GET_SYSCALL_INFO, tracee->pid, sizeof info, &info) > 0);
    return info;
}

static void to_call_stop(const struct tracee *tracee, int op)
{
    assert_int_equal(go(tracee, PTRACE_SYSCALL, 0), SIGTRAP | 0x80);
    assert_int_equal(info_of(tracee).op, op);
}

static void to_entry(const struct tracee *tracee)
{
    to_call_stop(tracee, PTRACE_SYSCALL_INFO_ENTRY);
}

static void to_exit(const struct tracee *tracee)
{
    to_call_stop(tracee, PTRACE_SYSCALL_INFO_EXIT);
}

static struct machine_regs regs_of(const struct tracee *tracee)
{
    struct machine_regs regs;
    assert_true(machine_get_regs(tracee->pid, &regs));
    return regs;
}

/* Stopped at the entry of its second call; false: this kernel runs no such programs. */
static bool start(struct tracee *tracee, bool compat)
{
    int status;
    *tracee = (struct tracee){.pid = fork(), .compat = compat};
    if (tracee->pid == 0) {
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        raise(SIGSTOP);
        if (compat)
            run_compat();
        else
            run_native();
    }
    assert_int_equal(waitpid(tracee->pid, &status, 0), tracee->pid);
    assert_int_equal(ptrace(PTRACE_SETOPTIONS, tracee->pid, NULL,
                            PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC),
                     0);
    if (compat) { /* to the end of execve */
        ptrace(PTRACE_CONT, tracee->pid, NULL, NULL);
        waitpid(tracee->pid, &status, 0);
        if (!WIFSTOPPED(status))
            return false;
        to_exit(tracee);
    }
    do
        assert_int_equal(go(tracee, PTRACE_SYSCALL, 0), SIGTRAP | 0x80);
    while (info_of(tracee).op != PTRACE_SYSCALL_INFO_ENTRY ||
           info_of(tracee).entry.args[1] != 0x22222222);
    to_exit(tracee);
    to_entry(tracee);
    return true;
}

static void finish(const struct tracee *tracee)
{
    kill(tracee->pid, SIGKILL);
    waitpid(tracee->pid, NULL, 0);
}

/* Each test has the native program, then the compat one. */
static void with_programs(void (*test)(const struct tracee *tracee))
{
    struct tracee tracee;
    assert_true(start(&tracee, false));
    test(&tracee);
    finish(&tracee);
    if (!start(&tracee, true))
        SKIP_BECAUSE("this kernel runs no 32-bit programs");
    test(&tracee);
    finish(&tracee);
}

#define WITH_PROGRAMS(name)                                                                        \
    static void name(void **state)                                                                 \
    {                                                                                              \
        (void)state;                                                                               \
        with_programs(in_##name);                                                                  \
    }

/* From an entry to the next one: what the program saw as the call's result. */
static int64_t seen_result(const struct tracee *tracee)
{
    to_exit(tracee);
    to_entry(tracee);
    uint64_t seen = info_of(tracee).entry.args[0];
    return tracee->compat ? (int32_t)seen : (int64_t)seen;
}

/* ---- calls ---- */

static void in_a_call_is_read(const struct tracee *tracee)
{
    struct __ptrace_syscall_info info = info_of(tracee);
    struct cordon_data data;
    uint64_t ip, args[CORDON_ARGS];
    assert_true(machine_read_call(tracee->pid, &data));
    memcpy(&ip, &data.word[CORDON_WORD_IP], sizeof ip);
    memcpy(args, &data.word[CORDON_WORD_ARGS], sizeof args);
    assert_int_equal(data.word[CORDON_WORD_NR], tracee->compat ? GETPPID_COMPAT : GETPPID_NATIVE);
    assert_int_equal(data.word[CORDON_WORD_NR], info.entry.nr);
    assert_int_equal(data.word[CORDON_WORD_ARCH], info.arch);
    assert_int_equal(ip, info.instruction_pointer);
    assert_memory_equal(args, info.entry.args, sizeof args);
    assert_int_equal(args[0], getpid());
    assert_int_equal(args[5], 0x66666666);
    assert_int_equal(machine_is_compat(info.arch), tracee->compat);
    assert_int_equal(machine_abi_of(info.arch, (uint32_t)info.entry.nr), tracee->compat);
    struct machine_regs regs = regs_of(tracee);
    assert_int_equal(machine_stack(&regs), info.stack_pointer);
    assert_int_equal(machine_runs_compat(&regs), tracee->compat);
    assert_int_equal(machine_call_address(ip) + 2, ip);
}
WITH_PROGRAMS(a_call_is_read)

static void in_results_are_set(const struct tracee *tracee)
{
    static const int64_t results[] = {0, 77, -1, -EPERM, -4095, -512, 0x7fffffff};
    for (size_t i = 0; i < SIZE(results); i++) {
        struct machine_regs regs = regs_of(tracee);
        machine_return(&regs, results[i]);
        assert_true(machine_set_regs(tracee->pid, &regs));
        to_exit(tracee);
        regs = regs_of(tracee);
        assert_int_equal(machine_result(&regs, tracee->compat), results[i]);
        assert_true(machine_is_skipped(&regs));
        to_entry(tracee);
        uint64_t seen = info_of(tracee).entry.args[0];
        assert_int_equal(tracee->compat ? (int32_t)seen : (int64_t)seen, results[i]);
    }
}
WITH_PROGRAMS(results_are_set)

static void in_a_skipped_call_keeps_its_result(const struct tracee *tracee)
{
    struct machine_regs regs = regs_of(tracee);
    assert_false(machine_is_skipped(&regs));
    machine_skip(&regs);
    assert_true(machine_is_skipped(&regs));
    machine_set_regs(tracee->pid, &regs);
    struct cordon_data data;
    assert_false(machine_read_call(tracee->pid, &data));
    assert_int_equal(seen_result(tracee), -ENOSYS);
}
WITH_PROGRAMS(a_skipped_call_keeps_its_result)

static void in_another_call_is_made(const struct tracee *tracee)
{
    struct machine_regs regs = regs_of(tracee);
    machine_set_call(&regs, machine_nr(tracee->compat, CALL_CLOSE));
    machine_set_argument(&regs, tracee->compat, 0, 1000000);
    machine_set_regs(tracee->pid, &regs);
    assert_int_equal(seen_result(tracee), -EBADF);
}
WITH_PROGRAMS(another_call_is_made)

static void in_arguments_are_set(const struct tracee *tracee)
{
    uint64_t values[CORDON_ARGS] = {0x81111111, 1, 0xffffffff, 0, 0x7fffffff, 5};
    struct machine_regs regs = regs_of(tracee);
    machine_set_arguments(&regs, tracee->compat, values);
    machine_set_regs(tracee->pid, &regs);
    assert_memory_equal(info_of(tracee).entry.args, values, sizeof values);
    machine_set_clone(&regs, tracee->compat, 1, 2, 3, 4, 5);
    machine_set_regs(tracee->pid, &regs);
    static const uint64_t native[] = {1, 2, 3, 4, 5, 5}, compat[] = {1, 2, 3, 5, 4, 5};
    assert_memory_equal(info_of(tracee).entry.args, tracee->compat ? compat : native,
                        sizeof native);
}
WITH_PROGRAMS(arguments_are_set)

static void in_a_call_is_made_again(const struct tracee *tracee)
{
    struct __ptrace_syscall_info first = info_of(tracee);
    for (int i = 0; i < 3; i++) {
        to_exit(tracee);
        struct machine_regs regs = regs_of(tracee);
        machine_rewind(&regs, first.instruction_pointer, (int32_t)first.entry.nr);
        machine_set_regs(tracee->pid, &regs);
        to_entry(tracee);
        struct __ptrace_syscall_info again = info_of(tracee);
        assert_memory_equal(&again, &first, sizeof first);
    }
    assert_int_equal(seen_result(tracee), getpid());
}
WITH_PROGRAMS(a_call_is_made_again)

static void in_the_kernel_restarts_an_interrupted_call(const struct tracee *tracee)
{
    struct __ptrace_syscall_info first = info_of(tracee);
    to_exit(tracee);
    struct machine_regs regs = regs_of(tracee);
    machine_interrupt(&regs, (int32_t)first.entry.nr);
    assert_true(machine_is_restart(machine_result(&regs, tracee->compat)));
    machine_set_regs(tracee->pid, &regs);
    assert_int_equal(go(tracee, PTRACE_SYSCALL, SIGURG), SIGURG); /* about to be delivered */
    to_entry(tracee);
    struct __ptrace_syscall_info again = info_of(tracee);
    assert_memory_equal(&again, &first, sizeof first);
}
WITH_PROGRAMS(the_kernel_restarts_an_interrupted_call)

static void in_a_call_looks_as_it_did_before(const struct tracee *tracee)
{
    int32_t nr = (int32_t)info_of(tracee).entry.nr;
    struct machine_regs regs = regs_of(tracee);
    assert_true(machine_call_not_run(&regs)); /* -ENOSYS is there at the entry */
    to_exit(tracee);
    regs = regs_of(tracee);
    assert_false(machine_call_not_run(&regs));
    machine_show_call(&regs, nr);
    assert_true(machine_call_not_run(&regs));
    assert_int_equal(machine_result(&regs, tracee->compat), nr);
    assert_false(machine_is_skipped(&regs));
}
WITH_PROGRAMS(a_call_looks_as_it_did_before)

static void in_an_instruction_makes_a_call(const struct tracee *tracee)
{
    to_exit(tracee);
    uint64_t ip = info_of(tracee).instruction_pointer;
    uint64_t before = (uint64_t)ptrace(PTRACE_PEEKTEXT, tracee->pid, ip, NULL);
    uint64_t text = machine_call_text(tracee->compat, before);
    assert_int_equal(machine_find_call(tracee->compat, (unsigned char *)&text, sizeof text), 0);
    assert_int_equal(ptrace(PTRACE_POKETEXT, tracee->pid, ip, text), 0);
    struct machine_regs start = regs_of(tracee), regs = start;
    machine_set_argument(&regs, tracee->compat, 0, 1000000);
    machine_rewind(&regs, machine_after_call(ip), machine_nr(tracee->compat, CALL_CLOSE));
    assert_int_equal(machine_ip(&regs), ip);
    machine_set_regs(tracee->pid, &regs);
    to_entry(tracee);
    assert_int_equal(info_of(tracee).instruction_pointer, machine_after_call(ip));
    to_exit(tracee);
    regs = regs_of(tracee);
    assert_int_equal(machine_result(&regs, tracee->compat), -EBADF);
    ptrace(PTRACE_POKETEXT, tracee->pid, ip, before);
    machine_set_ip(&start, ip);
    machine_set_regs(tracee->pid, &start);
    to_entry(tracee);
}
WITH_PROGRAMS(an_instruction_makes_a_call)

static void a_call_is_found_in_a_text(void **state)
{
    unsigned char text[16] = {0};
    (void)state;
    for (int compat = 0; compat < 2; compat++) {
        uint64_t word = machine_call_text(compat, 0);
        memset(text, 0, sizeof text);
        assert_int_equal(machine_find_call(compat, text, sizeof text), sizeof text);
        assert_int_equal(machine_find_call(compat, text, 0), 0);
        memcpy(text + 5, &word, sizeof word);
        assert_int_equal(machine_find_call(compat, text, sizeof text), 5);
        assert_int_equal(machine_find_call(compat, text, 6), 6);
    }
}

static void in_registers_have_their_dwarf_numbers(const struct tracee *tracee)
{
    uint64_t registers[MACHINE_UNWOUND];
    struct machine_regs regs = regs_of(tracee);
    struct __ptrace_syscall_info info = info_of(tracee);
    unsigned count = machine_unwind(&regs, registers);
    assert_int_equal(count, tracee->compat ? 9 : 17);
    assert_int_equal(registers[tracee->compat ? 4 : 7], info.stack_pointer);
    assert_int_equal(registers[tracee->compat ? 3 : 5], info.entry.args[0]);
    assert_int_equal(registers[count - 1], info.instruction_pointer);
}
WITH_PROGRAMS(registers_have_their_dwarf_numbers)

static void in_a_compat_tracer_sees_its_registers(const struct tracee *tracee)
{
    enum { EBX, ECX, EDX, ESI, EDI, EBP, EAX, ORIG_EAX = 11, EIP, ESP = 15 };
    uint32_t image[MACHINE_COMPAT_REGISTERS];
    struct machine_regs regs = regs_of(tracee);
    struct __ptrace_syscall_info info = info_of(tracee);
    assert_int_equal(machine_get_compat(&regs, image), 17);
    assert_int_equal(image[ORIG_EAX], info.entry.nr);
    assert_int_equal(image[EAX], (uint32_t)-ENOSYS);
    assert_int_equal(image[EIP], (uint32_t)info.instruction_pointer);
    assert_int_equal(image[ESP], (uint32_t)info.stack_pointer);
    for (unsigned i = EBX; tracee->compat && i <= EBP; i++)
        assert_int_equal(image[i], info.entry.args[i]);
    machine_set_compat(&regs, EDX, 0xfedcba98);
    machine_set_compat(&regs, ORIG_EAX, UINT32_MAX);
    assert_true(machine_is_skipped(&regs));
    machine_get_compat(&regs, image);
    assert_int_equal(image[EDX], 0xfedcba98);
}
WITH_PROGRAMS(a_compat_tracer_sees_its_registers)

static void a_thread_that_is_gone_has_no_registers(void **state)
{
    struct tracee tracee;
    struct machine_regs regs;
    struct cordon_data data;
    (void)state;
    assert_true(start(&tracee, false));
    regs = regs_of(&tracee);
    finish(&tracee);
    assert_false(machine_set_regs(tracee.pid, &regs));
    assert_false(machine_get_regs(tracee.pid, &regs));
    assert_false(machine_read_call(tracee.pid, &data));
}

/* ---- stacks ---- */

struct visit {
    void *here, *there;
    int count;
};

static void count_visits(void *argument)
{
    struct visit *visit = argument;
    for (;; visit->count++)
        machine_stack_switch(&visit->there, visit->here);
}

static void a_stack_goes_on_where_it_was_left(void **state)
{
    static char stack[65536] __attribute__((aligned(16)));
    struct visit visit = {0};
    (void)state;
    visit.there = machine_stack_make(stack + sizeof stack, count_visits, &visit);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(visit.count, i > 0 ? i - 1 : 0);
        machine_stack_switch(&visit.here, visit.there);
        assert_int_equal(visit.count, i);
    }
}

/* ---- numbers ---- */

static void numbers_are_those_of_the_headers(void **state)
{
    static const struct {
        enum machine_call call;
        int32_t native, compat;
    } rows[] = {{CALL_CLONE, SYS_clone, 120},
                {CALL_CLOSE, SYS_close, 6},
                {CALL_CLOSE_RANGE, SYS_close_range, 436},
                {CALL_DUP3, SYS_dup3, 330},
                {CALL_EXIT, SYS_exit, 1},
                {CALL_FCNTL, SYS_fcntl, 221},
                {CALL_MADVISE, SYS_madvise, 219},
                {CALL_MMAP, SYS_mmap, 192},
                {CALL_MSEAL, 462, 462},
                {CALL_MUNMAP, SYS_munmap, 91},
                {CALL_OPEN, SYS_open, 5},
                {CALL_OPENAT2, SYS_openat2, 437},
                {CALL_PAUSE, SYS_pause, 29},
                {CALL_PRCTL, SYS_prctl, 172},
                {CALL_PRLIMIT64, SYS_prlimit64, 340},
                {CALL_READLINKAT, SYS_readlinkat, 305},
                {CALL_RECVMSG, SYS_recvmsg, 372},
                {CALL_RT_SIGACTION, SYS_rt_sigaction, 174},
                {CALL_SECCOMP, SYS_seccomp, 354},
                {CALL_SOCKETPAIR, SYS_socketpair, 360},
                {CALL_WAITID, SYS_waitid, 284},
                {CALL_WAITPID, MACHINE_NO_NR, 7}};
    (void)state;
    assert_int_equal(SIZE(rows), CALL_COUNT);
    for (size_t i = 0; i < SIZE(rows); i++) {
        assert_int_equal(machine_nr(false, rows[i].call), rows[i].native);
        assert_int_equal(machine_nr(true, rows[i].call), rows[i].compat);
    }
}

static void abis_are_distinguished(void **state)
{
    (void)state;
    assert_int_equal(machine_abi_of(AUDIT_ARCH_X86_64, SYS_close), MACHINE_NATIVE);
    assert_int_equal(machine_abi_of(AUDIT_ARCH_I386, 6), MACHINE_COMPAT);
    assert_int_equal(machine_abis[machine_abi_of(AUDIT_ARCH_X86_64, CORDON_X32_BIT | SYS_close)],
                     CORDON_ABI_X32);
    assert_int_equal(machine_abi_of(AUDIT_ARCH_X86_64, UINT32_MAX), -1);
    assert_int_equal(machine_abi_of(AUDIT_ARCH_I386, UINT32_MAX), -1);
    assert_int_equal(machine_abi_of(AUDIT_ARCH_AARCH64, 57), -1);
    assert_true(machine_has_narrow_pointers(AUDIT_ARCH_I386, 6));
    assert_true(machine_has_narrow_pointers(AUDIT_ARCH_X86_64, CORDON_X32_BIT | SYS_close));
    assert_false(machine_has_narrow_pointers(AUDIT_ARCH_X86_64, SYS_close));
    assert_true(machine_has_abi(CORDON_ABI_X86_64));
    assert_int_equal(machine_has_abi(CORDON_ABI_X32), syscall(CORDON_X32_BIT | SYS_getpid) > 0);
}

static void restarts_are_no_errors(void **state)
{
    (void)state;
    assert_false(machine_is_restart(-EINTR));
    assert_false(machine_is_restart(-511));
    assert_true(machine_is_restart(-512));
    assert_true(machine_is_restart(-516));
    assert_false(machine_is_restart(-517));
    assert_false(machine_is_restart(512));
}

/* ---- layouts ---- */

static void transfers_have_their_sizes(void **state)
{
    size_t size;
    (void)state;
    assert_int_equal(machine_transfer(PTRACE_GETREGS, 0, &size), MACHINE_GET);
    assert_int_equal(size, sizeof(struct user_regs_struct));
    assert_int_equal(machine_transfer(PTRACE_SETREGS, 0, &size), MACHINE_SET);
    assert_int_equal(size, sizeof(struct user_regs_struct));
    assert_int_equal(machine_transfer(PTRACE_GETFPREGS, 0, &size), MACHINE_GET);
    assert_int_equal(size, sizeof(struct user_fpregs_struct));
    assert_in_range(size, 1, MACHINE_TRANSFER_MOST);
    assert_int_equal(machine_transfer(PTRACE_SETFPREGS, 0, &size), MACHINE_SET);
    assert_int_equal(machine_transfer(25 /* GET_THREAD_AREA */, 0, &size), MACHINE_GET);
    assert_int_equal(size, 16);
    assert_int_equal(machine_transfer(26, 0, &size), MACHINE_SET);
    assert_int_equal(machine_transfer(30 /* ARCH_PRCTL */, 0x1003, &size), MACHINE_GET_AT_ADDRESS);
    assert_int_equal(size, 8);
    assert_int_equal(machine_transfer(30, 0x1002, &size), MACHINE_VALUE);
    /* the option is an int, and others than these act on the caller */
    assert_int_equal(machine_transfer(30, 0x100001003, &size), MACHINE_GET_AT_ADDRESS);
    assert_int_equal(machine_transfer(30, 0x2001, &size), MACHINE_REFUSED);
    assert_int_equal(machine_transfer(PTRACE_PEEKDATA, 0, &size), MACHINE_UNKNOWN);
    assert_int_equal(machine_transfer(PTRACE_GETREGSET, 0, &size), MACHINE_UNKNOWN);
}

static void a_mode_is_where_stat_puts_it(void **state)
{
    static const struct {
        bool compat;
        int32_t nr;
        uint8_t argument, offset;
    } rows[] = {{false, SYS_fstat, 1, offsetof(struct stat, st_mode)},
                {false, SYS_newfstatat, 2, offsetof(struct stat, st_mode)},
                {false, SYS_statx, 4, offsetof(struct statx, stx_mode)},
                {true, 108, 1, 8},   /* fstat */
                {true, 197, 1, 16},  /* fstat64 */
                {true, 300, 2, 16},  /* fstatat64 */
                {true, 383, 4, 28}}; /* statx */
    struct machine_stat_mode mode;
    (void)state;
    for (size_t i = 0; i < SIZE(rows); i++) {
        assert_true(machine_stat_mode(rows[i].compat, rows[i].nr, &mode));
        assert_int_equal(mode.argument, rows[i].argument);
        assert_int_equal(mode.offset, rows[i].offset);
    }
    assert_false(machine_stat_mode(false, SYS_close, &mode));
    assert_false(machine_stat_mode(true, SYS_fstat, &mode));
    assert_false(machine_stat_mode(false, -1, &mode));
    assert_int_equal(machine_rusage_size(false), sizeof(struct rusage));
    assert_int_equal(machine_rusage_size(true), 72);
}

static uint32_t word_at(const char *image, size_t offset)
{
    uint32_t word;
    memcpy(&word, image + offset, sizeof word);
    return word;
}

/* The words after the first three, as struct compat_siginfo has them. */
static void siginfo_shrinks_and_grows_back(void **state)
{
    siginfo_t kill = {.si_signo = SIGTERM, .si_errno = 3, .si_code = SI_USER};
    siginfo_t child = {.si_signo = SIGCHLD, .si_code = CLD_TRAPPED};
    siginfo_t fault = {.si_signo = SIGSEGV, .si_code = SEGV_MAPERR};
    siginfo_t sent = {.si_signo = SIGUSR1, .si_code = SI_QUEUE};
    siginfo_t trap = {.si_signo = SIGSYS, .si_code = 1};
    siginfo_t poll = {.si_signo = SIGPOLL, .si_code = POLL_IN};
    kill.si_pid = child.si_pid = sent.si_pid = 11;
    kill.si_uid = child.si_uid = sent.si_uid = 22;
    child.si_status = 33, child.si_utime = 44, child.si_stime = 55;
    fault.si_addr = trap.si_call_addr = (void *)(uintptr_t)0x81234567;
    sent.si_value.sival_ptr = (void *)(uintptr_t)0x87654321;
    trap.si_syscall = 66, trap.si_arch = AUDIT_ARCH_I386;
    poll.si_band = 77, poll.si_fd = 88;
    const struct {
        const siginfo_t *info;
        uint32_t words[6];
    } rows[] = {{&kill, {11, 22}},
                {&child, {11, 22, 33, 44, 55}},
                {&fault, {0x81234567}},
                {&sent, {11, 22, 0x87654321}},
                {&trap, {0x81234567, 66, AUDIT_ARCH_I386}},
                {&poll, {77, 88}}};
    (void)state;
    for (size_t i = 0; i < SIZE(rows); i++) {
        char image[MACHINE_SIGINFO_SIZE];
        siginfo_t back;
        machine_siginfo_to_compat(rows[i].info, image);
        assert_memory_equal(image, rows[i].info, 12);
        for (size_t word = 0; word < SIZE(rows[i].words); word++)
            assert_int_equal(word_at(image, 12 + 4 * word), rows[i].words[word]);
        machine_siginfo_from_compat(image, &back);
        assert_memory_equal(&back, rows[i].info, sizeof back);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_read),
        cmocka_unit_test(results_are_set),
        cmocka_unit_test(a_skipped_call_keeps_its_result),
        cmocka_unit_test(another_call_is_made),
        cmocka_unit_test(arguments_are_set),
        cmocka_unit_test(a_call_is_made_again),
        cmocka_unit_test(the_kernel_restarts_an_interrupted_call),
        cmocka_unit_test(a_call_looks_as_it_did_before),
        cmocka_unit_test(an_instruction_makes_a_call),
        cmocka_unit_test(a_call_is_found_in_a_text),
        cmocka_unit_test(registers_have_their_dwarf_numbers),
        cmocka_unit_test(a_compat_tracer_sees_its_registers),
        cmocka_unit_test(a_thread_that_is_gone_has_no_registers),
        cmocka_unit_test(a_stack_goes_on_where_it_was_left),
        cmocka_unit_test(numbers_are_those_of_the_headers),
        cmocka_unit_test(abis_are_distinguished),
        cmocka_unit_test(restarts_are_no_errors),
        cmocka_unit_test(transfers_have_their_sizes),
        cmocka_unit_test(a_mode_is_where_stat_puts_it),
        cmocka_unit_test(siginfo_shrinks_and_grows_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
