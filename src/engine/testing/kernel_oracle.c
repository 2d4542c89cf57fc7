/* SPDX-License-Identifier: MIT */
/* kernel_oracle.c: runs programs in the kernel, as socket filters. */
#include "kernel_oracle.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/socket.h>

#define SHOWN 63u

/* Maps return values to what a packet length can show. */
uint32_t make_observable(struct random *random, struct cordon_insn *insns, uint32_t length)
{
    const struct cordon_insn tail[] = {{CORDON_OP_RSH_K, 0, 0, 6 * random_under(random, 6)},
                                       {CORDON_OP_AND_K, 0, 0, SHOWN},
                                       {CORDON_OP_RET_A, 0, 0, 0}};
    for (uint32_t i = 0; i < length; i++) {
        if (insns[i].code == CORDON_OP_RET_K)
            insns[i].k &= SHOWN;
        else if (insns[i].code == CORDON_OP_RET_A)
            insns[i] = (struct cordon_insn){CORDON_OP_JA, 0, 0, length - i - 1};
    }
    memcpy(&insns[length], tail, sizeof tail);
    return length + sizeof tail / sizeof *tail;
}

bool oracle_attach(int receiver, const struct cordon_insn *insns, uint32_t length)
{
    struct sock_fprog program = {(unsigned short)length, (struct sock_filter *)(uintptr_t)insns};
    return setsockopt(receiver, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
}

/* The result of the kernel's run, or -1 if it can't run the program. */
long oracle_run(const int pair[2], const struct cordon_data *data)
{
    uint32_t packet[CORDON_WORDS];
    char received[sizeof packet];
    for (int i = 0; i < CORDON_WORDS; i++)
        packet[i] = __builtin_bswap32(data->word[i]);
    if (send(pair[0], packet, sizeof packet, 0) != (ssize_t)sizeof packet)
        return -1;
    ssize_t length = recv(pair[1], received, sizeof received, MSG_DONTWAIT);
    if (length < 0)
        return errno == EAGAIN ? 0 : -1; /* a program that returns 0 drops the packet */
    return length;
}
