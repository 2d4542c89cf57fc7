/* SPDX-License-Identifier: MIT */
/* x86_64.c: the registers, instructions and layouts of x86_64, and of its compat ABI i386. */
#include <asm/ldt.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "ids.inc"
#include "layouts.h"
#include "machine.h"

/* ---- ABIs ---- */

const enum cordon_abi_id machine_abis[MACHINE_ABIS] = {
    [MACHINE_NATIVE] = CORDON_ABI_X86_64, [MACHINE_COMPAT] = CORDON_ABI_I386, CORDON_ABI_X32};

/* By a child: a filter that we are under may kill for it. */
static bool has_x32(void)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        return syscall(CORDON_X32_BIT | SYS_getpid) > 0;
    if (child == 0) {
        (void)prctl(PR_SET_DUMPABLE, 0); /* no core file then */
        _exit(syscall(CORDON_X32_BIT | SYS_getpid) > 0 ? 0 : 1);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* i386 needs no trial: without it nothing makes its calls. */
bool machine_has_abi(enum cordon_abi_id abi)
{
    return abi != CORDON_ABI_X32 || has_x32();
}

/* ---- registers ---- */

#define CS_COMPAT 0x23

/* The places of registers in struct user_regs_struct, as words. */
#define PLACE(name) (offsetof(struct user_regs_struct, name) / sizeof(uint64_t))
enum {
    RAX = PLACE(rax),
    RBX = PLACE(rbx),
    RCX = PLACE(rcx),
    RDX = PLACE(rdx),
    RSI = PLACE(rsi),
    RDI = PLACE(rdi),
    RBP = PLACE(rbp),
    RSP = PLACE(rsp),
    R8 = PLACE(r8),
    R9 = PLACE(r9),
    R10 = PLACE(r10),
    R11 = PLACE(r11),
    R12 = PLACE(r12),
    R13 = PLACE(r13),
    R14 = PLACE(r14),
    R15 = PLACE(r15),
    RIP = PLACE(rip),
    CS = PLACE(cs),
    NUMBER = PLACE(orig_rax) /* of the call; -1: none */
};
_Static_assert(sizeof(struct user_regs_struct) <= sizeof(struct machine_regs), "they fit");

static const uint8_t arguments[2][CORDON_ARGS] = {{RDI, RSI, RDX, R10, R8, R9},
                                                  {RBX, RCX, RDX, RSI, RDI, RBP}};

bool machine_get_regs(pid_t tid, struct machine_regs *regs)
{
    return ptrace(PTRACE_GETREGS, tid, NULL, regs->word) == 0;
}

bool machine_set_regs(pid_t tid, const struct machine_regs *regs)
{
    return ptrace(PTRACE_SETREGS, tid, NULL, regs->word) == 0;
}

bool machine_runs_compat(const struct machine_regs *regs)
{
    return regs->word[CS] == CS_COMPAT;
}

uint64_t machine_stack(const struct machine_regs *regs)
{
    return regs->word[RSP];
}

uint64_t machine_ip(const struct machine_regs *regs)
{
    return regs->word[RIP];
}

void machine_set_ip(struct machine_regs *regs, uint64_t ip)
{
    regs->word[RIP] = ip;
}

int64_t machine_result(const struct machine_regs *regs, bool compat)
{
    return compat ? (int32_t)regs->word[RAX] : (int64_t)regs->word[RAX];
}

void machine_set_argument(struct machine_regs *regs, bool compat, unsigned index, uint64_t value)
{
    regs->word[arguments[compat][index]] = value;
}

void machine_set_arguments(struct machine_regs *regs, bool compat,
                           const uint64_t values[CORDON_ARGS])
{
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        machine_set_argument(regs, compat, i, values[i]);
}

void machine_set_clone(struct machine_regs *regs, bool compat, uint64_t flags, uint64_t stack,
                       uint64_t parent_tid, uint64_t child_tid, uint64_t tls)
{
    machine_set_argument(regs, compat, 0, flags);
    machine_set_argument(regs, compat, 1, stack);
    machine_set_argument(regs, compat, 2, parent_tid);
    machine_set_argument(regs, compat, 3, compat ? tls : child_tid);
    machine_set_argument(regs, compat, 4, compat ? child_tid : tls);
}

/* ---- what becomes of a call ---- */

#define CALL_SIZE   2 /* of syscall, sysenter and int 0x80 */
#define NO_CALL     UINT64_MAX
#define RESTART_SYS 512 /* ERESTARTSYS of the kernel */

static uint64_t sign_extended(int32_t nr)
{
    return (uint64_t)(int64_t)nr;
}

void machine_set_call(struct machine_regs *regs, int32_t nr)
{
    regs->word[NUMBER] = sign_extended(nr);
}

void machine_skip(struct machine_regs *regs)
{
    regs->word[NUMBER] = NO_CALL;
}

bool machine_is_skipped(const struct machine_regs *regs)
{
    return regs->word[NUMBER] == NO_CALL;
}

/* Where there is no number, the kernel leaves the result alone, -ERESTARTSYS too. */
void machine_return(struct machine_regs *regs, int64_t result)
{
    regs->word[RAX] = (uint64_t)result;
    regs->word[NUMBER] = NO_CALL;
}

void machine_rewind(struct machine_regs *regs, uint64_t ip, int32_t nr)
{
    regs->word[RIP] = machine_call_address(ip);
    regs->word[RAX] = sign_extended(nr);
    regs->word[NUMBER] = NO_CALL;
}

void machine_interrupt(struct machine_regs *regs, int32_t nr)
{
    regs->word[RAX] = sign_extended(-RESTART_SYS);
    regs->word[NUMBER] = sign_extended(nr);
}

void machine_show_call(struct machine_regs *regs, int32_t nr)
{
    regs->word[RAX] = regs->word[NUMBER] = sign_extended(nr);
}

uint64_t machine_call_address(uint64_t ip)
{
    return ip - CALL_SIZE;
}

uint64_t machine_after_call(uint64_t address)
{
    return address + CALL_SIZE;
}

/* ---- the call that a thread is in ---- */

#define SYSCALL_INSN 0x050f /* 0f 05 */
#define INT80_INSN   0x80cd /* cd 80 */

/* int 0x80 makes an i386 call, even from 64-bit code. */
static bool is_compat_call(pid_t tid, const struct machine_regs *regs)
{
    if (machine_runs_compat(regs))
        return true;
    errno = 0;
    long word = ptrace(PTRACE_PEEKTEXT, tid, (void *)machine_call_address(regs->word[RIP]), NULL);
    return errno == 0 && (word & 0xffff) == INT80_INSN;
}

static void set_pair(struct cordon_data *data, unsigned word, uint64_t value)
{
    data->word[word] = (uint32_t)value;
    data->word[word + 1] = (uint32_t)(value >> 32);
}

bool machine_read_call(pid_t tid, struct cordon_data *data)
{
    struct machine_regs regs;
    if (!machine_get_regs(tid, &regs) || (int64_t)regs.word[NUMBER] < 0)
        return false;
    bool compat = is_compat_call(tid, &regs);
    data->word[CORDON_WORD_NR] = (uint32_t)regs.word[NUMBER];
    data->word[CORDON_WORD_ARCH] = cordon_abi(machine_abis[compat])->token;
    set_pair(data, CORDON_WORD_IP, regs.word[RIP]);
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        set_pair(data, CORDON_WORD_ARGS + 2 * i, regs.word[arguments[compat][i]]);
    return true;
}

bool machine_call_not_run(const struct machine_regs *regs)
{
    return regs->word[RAX] == regs->word[NUMBER] || (int64_t)regs->word[RAX] == -ENOSYS;
}

/* ---- code and contexts ---- */

uint64_t machine_call_text(bool compat, uint64_t word)
{
    return (word & ~UINT64_C(0xffff)) | (compat ? INT80_INSN : SYSCALL_INSN);
}

size_t machine_find_call(bool compat, const unsigned char *text, size_t size)
{
    uint16_t insn = compat ? INT80_INSN : SYSCALL_INSN;
    for (size_t i = 0; i + sizeof insn <= size; i++)
        if (!memcmp(text + i, &insn, sizeof insn))
            return i;
    return size;
}

const char *const machine_interpreters[2][MACHINE_INTERPRETERS] = {
    {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1"},
    {"/lib/ld-linux.so.2", "/lib/ld-musl-i386.so.1"}};

unsigned machine_unwind(const struct machine_regs *regs, uint64_t registers[MACHINE_UNWOUND])
{
    static const uint8_t wide[] = {RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP, R8,
                                   R9,  R10, R11, R12, R13, R14, R15, RIP};
    static const uint8_t narrow[] = {RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, RIP};
    bool compat = machine_runs_compat(regs);
    unsigned count = compat ? sizeof narrow : sizeof wide;
    for (unsigned i = 0; i < count; i++)
        registers[i] = regs->word[compat ? narrow[i] : wide[i]];
    return count;
}

void machine_context_arguments(const void *ucontext, unsigned bits, uint64_t values[CORDON_ARGS])
{
    static const uint8_t wide[] = {REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9};
    static const uint8_t narrow[] = {REG_RBX, REG_RCX, REG_RDX, REG_RSI, REG_RDI, REG_RBP};
    const ucontext_t *context = ucontext;
    for (unsigned i = 0; i < CORDON_ARGS; i++) {
        uint64_t value = (uint64_t)context->uc_mcontext.gregs[bits == 32 ? narrow[i] : wide[i]];
        values[i] = bits == 32 ? (uint32_t)value : value;
    }
}

/* ---- layouts: ptrace(2) ---- */

enum machine_transfer machine_transfer(int request, uint64_t data, size_t *size)
{
    enum { SET_GS = 0x1001, SET_FS, GET_FS, GET_GS }; /* asm/prctl.h */
    enum { GET_THREAD_AREA = 25, SET_THREAD_AREA };   /* asm/ptrace-abi.h */
    int option = (int)data;                           /* as the kernel takes it */
    static const struct {
        int get, set;
        size_t size;
    } areas[] = {{PTRACE_GETREGS, PTRACE_SETREGS, sizeof(struct user_regs_struct)},
                 {PTRACE_GETFPREGS, PTRACE_SETFPREGS, sizeof(struct user_fpregs_struct)},
                 {GET_THREAD_AREA, SET_THREAD_AREA, sizeof(struct user_desc)}};
    for (size_t i = 0; i < sizeof areas / sizeof *areas; i++)
        if (request == areas[i].get || request == areas[i].set) {
            *size = areas[i].size;
            return request == areas[i].get ? MACHINE_GET : MACHINE_SET;
        }
    if (request != PTRACE_ARCH_PRCTL)
        return MACHINE_UNKNOWN;
    *size = sizeof(uint64_t);
    if (option == GET_FS || option == GET_GS)
        return MACHINE_GET_AT_ADDRESS;
    return option == SET_FS || option == SET_GS ? MACHINE_VALUE : MACHINE_REFUSED;
}

/* In the order of struct user_regs_struct on i386 (asm/user_32.h). */
static const uint8_t compat_places[] = {RBX, RCX,       RDX,           RSI,       RDI,       RBP,
                                        RAX, PLACE(ds), PLACE(es),     PLACE(fs), PLACE(gs), NUMBER,
                                        RIP, CS,        PLACE(eflags), RSP,       PLACE(ss)};

unsigned machine_get_compat(const struct machine_regs *regs,
                            uint32_t image[MACHINE_COMPAT_REGISTERS])
{
    for (size_t i = 0; i < sizeof compat_places; i++)
        image[i] = (uint32_t)regs->word[compat_places[i]];
    return sizeof compat_places;
}

/* The number of a call is signed: -1 means none. */
void machine_set_compat(struct machine_regs *regs, unsigned index, uint32_t value)
{
    uint8_t place = compat_places[index];
    regs->word[place] = place == NUMBER ? sign_extended((int32_t)value) : value;
}

/* ---- layouts: stat(2) ---- */

bool machine_stat_mode(bool compat, int32_t nr, struct machine_stat_mode *mode)
{
    static const struct {
        uint16_t id;
        bool compat;
        struct machine_stat_mode mode;
    } rows[] = {{ID_fstat, false, {1, 24}},  {ID_newfstatat, false, {2, 24}},
                {ID_statx, false, {4, 28}},  {ID_fstat, true, {1, 8}},
                {ID_fstat64, true, {1, 16}}, {ID_fstatat64, true, {2, 16}},
                {ID_statx, true, {4, 28}}};
    uint16_t id = cordon_syscall_id_by_nr(cordon_abi(machine_abis[compat]), (uint32_t)nr);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].id == id && rows[i].compat == compat) {
            *mode = rows[i].mode;
            return true;
        }
    return false;
}

/* ---- stacks ---- */

/* What machine_stack_switch() takes from a stack, from its top of the moment upwards. */
struct saved {
    uint64_t r15, r14;
    void (*run)(void *argument); /* r13 */
    void *argument;              /* r12 */
    uint64_t rbx, rbp;
    void (*begin)(void);
};

/* The registers that a function keeps for its caller (System V ABI), and the stack pointer. */
__asm__(".text\n"
        ".type machine_stack_switch, @function\n"
        ".globl machine_stack_switch\n"
        ".hidden machine_stack_switch\n"
        "machine_stack_switch:\n"
        "    endbr64\n"
        "    push %rbp\n"
        "    push %rbx\n"
        "    push %r12\n"
        "    push %r13\n"
        "    push %r14\n"
        "    push %r15\n"
        "    mov %rsp, (%rdi)\n"
        "    mov %rsi, %rsp\n"
        "    pop %r15\n"
        "    pop %r14\n"
        "    pop %r13\n"
        "    pop %r12\n"
        "    pop %rbx\n"
        "    pop %rbp\n"
        "    ret\n"
        ".size machine_stack_switch, . - machine_stack_switch\n"
        ".type stack_begin, @function\n"
        "stack_begin:\n"
        "    endbr64\n"
        "    mov %r12, %rdi\n"
        "    call *%r13\n"
        "    ud2\n"
        ".size stack_begin, . - stack_begin\n");

void stack_begin(void) __asm__("stack_begin");

void *machine_stack_make(void *top, void (*run)(void *argument), void *argument)
{
    struct saved *saved = (struct saved *)top - 1;
    *saved = (struct saved){.run = run, .argument = argument, .begin = stack_begin};
    return saved;
}
