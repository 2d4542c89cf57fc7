/* SPDX-License-Identifier: MIT */
/* backtrace_helper.c: the program cordon-backtrace: unwinds one thread with elfutils' libdwfl. */
#include <elfutils/libdwfl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backtrace.h"

struct thread {
    struct backtrace_request request;
    unsigned char *stack;
    Dwfl *dwfl;
    int frames;
    bool in_callee; /* unwind from the caller of the innermost function */
};

/* ---- the thread as libdwfl asks for it ---- */

static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread_argument)
{
    struct thread *thread = argument;
    (void)dwfl;
    if (*thread_argument)
        return 0; /* the only thread was returned */
    *thread_argument = thread;
    return thread->request.tid;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *argument)
{
    const struct thread *thread = argument;
    const struct backtrace_request *request = &thread->request;
    size_t width = request->register_size;
    (void)dwfl;
    if (address < request->stack_address ||
        address - request->stack_address + width > request->stack_size)
        return false;
    uint64_t value = 0;
    memcpy(&value, thread->stack + (address - request->stack_address), width);
    *result = value;
    return true;
}

/*
 * libc's clone and clone3 have no unwind information where they make the call, as the stack isn't
 * theirs in the child. There the return address is on top of the stack.
 */
static bool leave_function(struct thread *thread, Dwarf_Word *registers)
{
    const struct backtrace_request *request = &thread->request;
    unsigned last = request->register_count - 1;
    if (!read_memory(thread->dwfl, request->stack_address, &registers[last], thread))
        return false;
    for (unsigned i = 0; i < last; i++)
        if (registers[i] == request->stack_address) {
            registers[i] += request->register_size;
            return true;
        }
    return false;
}

static bool set_registers(Dwfl_Thread *dwfl_thread, void *argument)
{
    struct thread *thread = argument;
    unsigned count = thread->request.register_count;
    Dwarf_Word registers[BACKTRACE_REGISTERS];
    for (unsigned i = 0; i < count; i++)
        registers[i] = thread->request.registers[i];
    if (thread->in_callee && !leave_function(thread, registers))
        return false;
    dwfl_thread_state_register_pc(dwfl_thread, registers[count - 1]);
    return dwfl_thread_state_registers(dwfl_thread, 0, count, registers);
}

/* ---- frames ---- */

static void print_frame(Dwfl *dwfl, Dwarf_Addr address)
{
    GElf_Sym symbol;
    GElf_Off offset = 0;
    const char *function = NULL, *file = NULL, *source = NULL;
    int number = 0;
    Dwfl_Module *module = dwfl_addrmodule(dwfl, address);
    if (module) {
        file = dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        function = dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
        Dwfl_Line *line = dwfl_module_getsrc(module, address);
        GElf_Addr bias = 0;
        if (!function && dwfl_module_getelf(module, &bias))
            offset = address - bias;
        source = line ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
    }
    printf("%" PRIx64 "\t%s\t%" PRIx64 "\t%s\t%s\t%d\n", (uint64_t)address,
           function ? function : "", (uint64_t)offset, file ? file : "", source ? source : "",
           number);
}

static int on_frame(Dwfl_Frame *state, void *argument)
{
    struct thread *thread = argument;
    Dwarf_Addr pc;
    bool activation;
    if (thread->frames == BACKTRACE_FRAMES || !dwfl_frame_pc(state, &pc, &activation))
        return DWARF_CB_ABORT;
    thread->frames++;
    print_frame(thread->dwfl, activation ? pc : pc - 1); /* a return address is after its call */
    return DWARF_CB_OK;
}

static bool read_request(struct thread *thread)
{
    if (fread(&thread->request, sizeof thread->request, 1, stdin) != 1 ||
        thread->request.stack_size > BACKTRACE_STACK || thread->request.register_count == 0 ||
        thread->request.register_count > BACKTRACE_REGISTERS ||
        (thread->request.register_size != 4 && thread->request.register_size != 8))
        return false;
    thread->stack = calloc(1, thread->request.stack_size + 8);
    return thread->stack &&
           fread(thread->stack, 1, thread->request.stack_size, stdin) == thread->request.stack_size;
}

int main(void)
{
    static const Dwfl_Thread_Callbacks thread_callbacks = {.next_thread = next_thread,
                                                           .memory_read = read_memory,
                                                           .set_initial_registers = set_registers};
    static char *debuginfo_path;
    static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf,
                                             .find_debuginfo = dwfl_standard_find_debuginfo,
                                             .debuginfo_path = &debuginfo_path};
    struct thread thread = {0};
    if (!read_request(&thread))
        return 1;
    thread.dwfl = dwfl_begin(&callbacks);
    if (!thread.dwfl || dwfl_linux_proc_report(thread.dwfl, thread.request.pid) ||
        dwfl_report_end(thread.dwfl, NULL, NULL) ||
        !dwfl_attach_state(thread.dwfl, NULL, thread.request.pid, &thread_callbacks, &thread))
        return 1;
    dwfl_getthread_frames(thread.dwfl, thread.request.tid, on_frame, &thread);
    if (thread.frames == 1) {
        thread.in_callee = true;
        dwfl_getthread_frames(thread.dwfl, thread.request.tid, on_frame, &thread);
    }
    dwfl_end(thread.dwfl);
    free(thread.stack);
    return thread.frames ? 0 : 1;
}
