/* SPDX-License-Identifier: MIT */
/*
 * backtrace.h: what the command tells its helper about a stopped thread.
 *
 * Unwinding needs elfutils, and the command is static so that starts are quick. So a helper is run
 * when a program was stopped, which is rare. The helper may not read the program's memory where
 * Yama is strict, so it is given what it needs: registers and the top of the stack.
 */
#ifndef TRACE_BACKTRACE_H
#define TRACE_BACKTRACE_H

#include <stdint.h>
#include <sys/types.h>

#define BACKTRACE_STACK     (256 * 1024) /* bytes at most */
#define BACKTRACE_FRAMES    64
#define BACKTRACE_REGISTERS 34 /* at most */

/* On the helper's standard input, in front of the stack's bytes. */
struct backtrace_request {
    int32_t pid, tid;
    uint32_t register_count;
    uint32_t register_size; /* bytes: 4 or 8 */
    uint32_t stack_size;
    uint64_t stack_address;
    /* By their DWARF numbers; the last is the instruction pointer. */
    uint64_t registers[BACKTRACE_REGISTERS];
};

/* The helper answers with a line a frame: ADDRESS TAB FUNCTION TAB OFFSET TAB MODULE TAB SOURCE TAB
 * LINE. */

#endif
