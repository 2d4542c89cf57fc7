/* SPDX-License-Identifier: MIT */
/*
 * multiplexers.c: socketcall(2) and ipc(2), which make other calls.
 *
 * Facts: include/uapi/linux/net.h, include/uapi/linux/ipc.h, net/socket.c, ipc/syscall.c and, for
 * its five-argument ipc, arch/s390/kernel/sys_s390.c.
 */
#include "cordon/abi.h"

#include <string.h>

#include "ids.inc"

#define MEM CORDON_IN_MEMORY

/* ipc(call, first, second, third, ptr, fifth): registers 1 to 5. */
#define FIRST  1
#define SECOND 2
#define THIRD  3
#define PTR    4
#define FIFTH  5

struct row {
    uint16_t id;
    uint8_t selector;
    uint8_t position[CORDON_ARGS];
};

/* All arguments of socketcall's sub-calls are in memory. */
static const uint16_t socket_calls[] = {
    ID_socket,     ID_bind,    ID_connect, ID_listen,  ID_accept,   ID_getsockname, ID_getpeername,
    ID_socketpair, ID_send,    ID_recv,    ID_sendto,  ID_recvfrom, ID_shutdown,    ID_setsockopt,
    ID_getsockopt, ID_sendmsg, ID_recvmsg, ID_accept4, ID_recvmmsg, ID_sendmmsg};

/*
 * The commands of semctl, msgctl and shmctl are in registers too, but with a version bit (IPC_64)
 * that the kernel strips. A caller could evade a comparison by setting it, so they count as passed
 * in memory.
 */
static const struct row ipc_calls[] = {
    {ID_semop, 1, {FIRST, PTR, SECOND, MEM, MEM, MEM}},
    {ID_semget, 2, {FIRST, SECOND, THIRD, MEM, MEM, MEM}},
    {ID_semctl, 3, {FIRST, SECOND, MEM, MEM, MEM, MEM}},
    {ID_semtimedop, 4, {FIRST, PTR, SECOND, FIFTH, MEM, MEM}},
    {ID_msgsnd, 11, {FIRST, PTR, SECOND, THIRD, MEM, MEM}},
    {ID_msgrcv,
     12,
     {FIRST, MEM, SECOND, MEM, THIRD, MEM}}, /* version 0: msgp and msgtyp in memory */
    {ID_msgget, 13, {FIRST, SECOND, MEM, MEM, MEM, MEM}},
    {ID_msgctl, 14, {FIRST, MEM, PTR, MEM, MEM, MEM}},
    {ID_shmat, 21, {FIRST, PTR, SECOND, MEM, MEM, MEM}},
    {ID_shmdt, 22, {PTR, MEM, MEM, MEM, MEM, MEM}},
    {ID_shmget, 23, {FIRST, SECOND, THIRD, MEM, MEM, MEM}},
    {ID_shmctl, 24, {FIRST, MEM, PTR, MEM, MEM, MEM}},
};

#define SOCKET_CALLS (sizeof socket_calls / sizeof *socket_calls)
#define IPC_CALLS    (sizeof ipc_calls / sizeof *ipc_calls)

static struct cordon_subcall socket_subcall(uint32_t index)
{
    uint16_t id = socket_calls[index];
    return (struct cordon_subcall){.multiplexer = ID_socketcall,
                                   .id = id,
                                   .name = cordon_syscall_name(id),
                                   .selector = index + 1,
                                   .mask = UINT32_MAX,
                                   .position = {MEM, MEM, MEM, MEM, MEM, MEM}};
}

/* The upper half of ipc's selector is a version. s390 refuses any version but 0, which makes no
 * difference here. */
static struct cordon_subcall ipc_subcall(const struct cordon_abi *abi, uint32_t index)
{
    const struct row *row = &ipc_calls[index];
    struct cordon_subcall call = {.multiplexer = ID_ipc,
                                  .id = row->id,
                                  .name = cordon_syscall_name(row->id),
                                  .selector = row->selector,
                                  .mask = 0xffff};
    memcpy(call.position, row->position, sizeof call.position);
    bool five = abi->id == CORDON_ABI_S390 || abi->id == CORDON_ABI_S390X;
    for (unsigned i = 0; five && i < CORDON_ARGS; i++)
        if (call.position[i] == FIFTH)
            call.position[i] = THIRD; /* five arguments only: the timeout is the third */
    return call;
}

uint32_t cordon_subcall_count(const struct cordon_abi *abi)
{
    bool has_socket = cordon_syscall_nr(abi, ID_socketcall) != CORDON_NO_NR;
    bool has_ipc = cordon_syscall_nr(abi, ID_ipc) != CORDON_NO_NR;
    return (has_socket ? SOCKET_CALLS : 0) + (has_ipc ? IPC_CALLS : 0);
}

struct cordon_subcall cordon_subcall_nth(const struct cordon_abi *abi, uint32_t index)
{
    if (cordon_syscall_nr(abi, ID_socketcall) == CORDON_NO_NR)
        return ipc_subcall(abi, index);
    return index < SOCKET_CALLS ? socket_subcall(index) : ipc_subcall(abi, index - SOCKET_CALLS);
}
