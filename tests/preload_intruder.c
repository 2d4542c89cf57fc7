/* SPDX-License-Identifier: MIT */
/* preload_intruder.c: preloaded into a program; plays an attacker's code, which makes a
 * directory once the program is sandboxed. */
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int prctl(int option, ...)
{
    unsigned long args[4];
    va_list list;
    va_start(list, option);
    for (int i = 0; i < 4; i++)
        args[i] = va_arg(list, unsigned long);
    va_end(list);
    int result = (int)syscall(SYS_prctl, option, args[0], args[1], args[2], args[3]);
    if (option == PR_SET_SECCOMP && !result)
        syscall(SYS_mkdir, "/tmp/cordon-intruder", 0700);
    return result;
}
