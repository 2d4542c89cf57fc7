/* SPDX-License-Identifier: MIT */
/*
 * calls.c: makes the calls of a list, or prints them as cordon does, for names_test.py. A line is
 * the number of a call and its six arguments. No call reaches the kernel's code: a filter fails all
 * with ENOSYS but those that this program needs.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cordon/call.h"
#include "cordon/denial.h"

#define MOST 20000

struct call {
    uint64_t nr, args[CORDON_ARGS];
};

static struct call calls[MOST];

static size_t read_calls(void)
{
    size_t count = 0;
    for (struct call *c = calls; count < MOST; c++, count++)
        if (scanf("%" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                  " %" SCNu64,
                  &c->nr, &c->args[0], &c->args[1], &c->args[2], &c->args[3], &c->args[4],
                  &c->args[5]) != 7)
            break;
    return count;
}

static void print(const struct call *call)
{
    const struct cordon_abi *abi = cordon_abi_native();
    char text[2048];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    struct cordon_data data = {
        .word = {[CORDON_WORD_NR] = (uint32_t)call->nr, [CORDON_WORD_ARCH] = abi->token}};
    for (unsigned i = 0; i < CORDON_ARGS; i++)
        cordon_data_set_argument(abi, &data, i, call->args[i]);
    cordon_call_print(&sink, &data, NULL);
    puts(text);
}

static int fail_all_calls(void)
{
    static struct sock_filter insns[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[5])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x600d, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
    };
    struct sock_fprog program = {sizeof insns / sizeof *insns, insns};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
           syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

int main(int argc, char **argv)
{
    size_t count = read_calls();
    bool make = argc > 1 && !strcmp(argv[1], "make");
    if (make && fail_all_calls())
        return 1;
    for (size_t i = 0; i < count; i++) {
        const uint64_t *a = calls[i].args;
        if (make)
            syscall((long)calls[i].nr, a[0], a[1], a[2], a[3], a[4], a[5]);
        else
            print(&calls[i]);
    }
    if (make)
        syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0x600d);
    return 0;
}
