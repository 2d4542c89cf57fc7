/* SPDX-License-Identifier: MIT */
/* ends.c: how a program ends, as a shell shows it. */
#include <errno.h>
#include <sys/wait.h>

#include "proc.h"

int proc_exit_status(int wait_status)
{
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

int proc_exec_status(int error_number)
{
    return error_number == ENOENT || error_number == ENOTDIR ? 127 : 126;
}

bool proc_signal_stops(int signal)
{
    return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}
