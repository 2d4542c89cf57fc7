/* SPDX-License-Identifier: MIT */
/* cpu.c: the CPU that a thread runs on. */
#include <sched.h>

#include "proc.h"

bool proc_use_cpu(pid_t tid, int cpu)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    return sched_setaffinity(tid, sizeof one, &one) == 0;
}
