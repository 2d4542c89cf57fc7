/* SPDX-License-Identifier: MIT */
/*
 * backtrace.h: what the helper for backtraces reads and prints.
 *
 * Unwinding needs elfutils, but the command is static, so that it starts fast. So a helper program
 * unwinds when a call was denied, which is rare. A strict Yama forbids it to read the program's
 * memory, so it gets what it needs: registers and the top of the stack.
 */
#ifndef TRACE_BACKTRACE_H
#define TRACE_BACKTRACE_H

#include <stdint.h>
#include <sys/types.h>

#define BACKTRACE_STACK     (256 * 1024) /* bytes at most */
#define BACKTRACE_FRAMES    64
#define BACKTRACE_REGISTERS 34 /* at most */

/* On the helper's standard input, followed by the bytes of the stack. */
struct backtrace_request {
    int32_t pid, tid;
    uint32_t register_count;
    uint32_t register_size; /* bytes: 4 or 8 */
    uint32_t stack_size;
    uint64_t stack_address;
    /* By their DWARF numbers; the last is the instruction pointer. */
    uint64_t registers[BACKTRACE_REGISTERS];
};

/* The helper prints a line per frame: ADDRESS, FUNCTION, OFFSET, MODULE, SOURCE and LINE, separated
 * by tabs. */

#endif
