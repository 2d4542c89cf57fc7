/* SPDX-License-Identifier: MIT */
/* audit_records.c: receives the kernel's audit records; see audit_records.h. */
#include "audit_records.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#include "both.h"

#define MARK 12345 /* the call of the process whose record ends the stream */

static int listening = -1;

/* ---- the kernel's ---- */

struct record {
    int process;
    int signal;
    uint32_t arch, nr, action;
};

static unsigned long long field(const char *text, const char *name, int base)
{
    const char *found = strstr(text, name);
    return found ? (unsigned long long)strtoll(found + strlen(name), NULL, base) : 0;
}

/* false: not a record of seccomp. */
static bool parse(const char *bytes, size_t length, struct record *record)
{
    static char text[9000];
    struct nlmsghdr header;
    if (length < sizeof header)
        return false;
    memcpy(&header, bytes, sizeof header);
    length -= sizeof header;
    if (header.nlmsg_type != AUDIT_SECCOMP || length >= sizeof text)
        return false;
    memcpy(text, bytes + sizeof header, length);
    text[length] = '\0';
    record->process = (int)field(text, " pid=", 10);
    record->signal = (int)field(text, " sig=", 10);
    record->arch = (uint32_t)field(text, " arch=", 16);
    record->nr = (uint32_t)field(text, " syscall=", 10);
    record->action = (uint32_t)field(text, " code=", 16);
    return true;
}

/* A process of the test makes the last record. */
static int mark(void)
{
    int child = fork();
    if (child == 0) {
        struct sock_filter insns[] = {{CORDON_OP_LD_WORD, 0, 0, 0},
                                      {CORDON_OP_JEQ_K, 0, 1, MARK},
                                      {CORDON_OP_RET_K, 0, 0, SECCOMP_RET_LOG},
                                      {CORDON_OP_RET_K, 0, 0, SECCOMP_RET_ALLOW}};
        struct sock_fprog program = {4, insns};
        prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
        syscall(MARK);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return child;
}

static bool is_one_of(int process, const int *processes, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (processes[i] == process)
            return true;
    return false;
}

/* Have all records arrived, with none lost? */
enum outcome { NOTHING_LOST, SOME_LOST, NO_RECORDS };

static enum outcome read_until_mark(struct record *records, unsigned *found, const int *processes,
                                    unsigned count)
{
    enum outcome outcome = NOTHING_LOST;
    struct record record = {0};
    *found = 0;
    for (int last = mark(); record.process != last;) {
        static char bytes[9000];
        ssize_t length = recv(listening, bytes, sizeof bytes, 0);
        if (length < 0 && errno != ENOBUFS)
            return NO_RECORDS;
        if (length < 0) {
            outcome = SOME_LOST;
            continue;
        }
        if (!parse(bytes, (size_t)length, &record) || !is_one_of(record.process, processes, count))
            continue;
        if (*found == PLAIN_RECORDS)
            outcome = SOME_LOST;
        else
            records[(*found)++] = record;
    }
    return outcome;
}

bool audit_listen(void)
{
    struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = 1};
    const int room = 1 << 22;
    unsigned none;
    const struct timeval patience = {.tv_sec = 10}, little = {.tv_sec = 2};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
    if (fd < 0)
        return false;
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
        close(fd);
        return false;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &little, sizeof little);
    listening = fd;
    /* Some namespaces receive no records, and some machines log nothing. */
    if (read_until_mark(NULL, &none, NULL, 0) == NO_RECORDS) {
        close(fd);
        listening = -1;
        return false;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return true;
}

/* ---- cordon's own ---- */

/* If several threads are killed at once, the order of their records is undefined. */
static int by_all(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct record));
}

static void show(const char *whose, const struct record *records, unsigned count)
{
    both_say("\n#   %s:", whose);
    for (unsigned i = 0; i < count; i++)
        both_say("\n#     pid %d sig %d arch %x nr %d action %x", records[i].process,
                 records[i].signal, records[i].arch, (int)records[i].nr, records[i].action);
}

void audit_compare(const int *processes, unsigned count)
{
    static struct record ours[PLAIN_RECORDS], theirs[PLAIN_RECORDS];
    if (listening < 0 || plain_world.record_count > PLAIN_RECORDS)
        return;
    unsigned our_count = plain_world.record_count, their_count;
    for (unsigned i = 0; i < our_count; i++)
        ours[i] = (struct record){plain_world.record_process[i], plain_world.records[i].signal,
                                  plain_world.record_data[i].word[CORDON_WORD_ARCH],
                                  plain_world.record_data[i].word[CORDON_WORD_NR],
                                  plain_world.records[i].action};
    enum outcome outcome = read_until_mark(theirs, &their_count, processes, count);
    if (outcome != NOTHING_LOST) {
        if (outcome == NO_RECORDS)
            both_differ("the audit says no more");
        return;
    }
    qsort(ours, our_count, sizeof *ours, by_all);
    qsort(theirs, their_count, sizeof *theirs, by_all);
    if (our_count == their_count && !memcmp(ours, theirs, our_count * sizeof *ours))
        return;
    show("our records", ours, our_count);
    show("the kernel's", theirs, their_count);
    both_differ("records");
}
