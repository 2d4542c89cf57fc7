/* SPDX-License-Identifier: MIT */
/*
 * plain_host.h: a host of the facility made of plain structs: processes with threads, memory and
 * descriptors. Nothing runs on its own: tests do what threads would do, and check the state.
 *
 * All threads see the same addresses: PLAIN_MEMORY is readable and writable, PLAIN_CONSTANT is
 * read-only (zeros), and nothing else is mapped.
 */
#ifndef ENGINE_TESTING_PLAIN_HOST_H
#define ENGINE_TESTING_PLAIN_HOST_H

#include "cordon/facility.h"

#define PLAIN_MEMORY        0x10000000u
#define PLAIN_MEMORY_SIZE   0x10000u
#define PLAIN_CONSTANT      0x20000000u
#define PLAIN_CONSTANT_SIZE 0x1000u
#define PLAIN_NOWHERE       0x30000000u

#define PLAIN_HEADER (PLAIN_MEMORY + 0x100u)
#define PLAIN_INSNS  (PLAIN_MEMORY + 0x5000u)

#define PLAIN_THREADS     8
#define PLAIN_DESCRIPTORS 16
#define PLAIN_RECORDS     256

struct plain_file {
    unsigned references;              /* users: descriptors, and ADDFDs in progress */
    struct cordon_listener *listener; /* NULL: an ordinary file */
};

struct plain_process;

struct plain_thread {
    struct cordon_task task; /* first member: one can be cast to the other */
    struct plain_process *process;
    int32_t id;
    bool no_new_privs;
    bool is_admin;
    bool is_exiting;
    bool tsc_is_forbidden;
    unsigned wakes; /* calls of host.wake() for this thread */
};

struct plain_process {
    int32_t id;
    struct plain_thread *threads[PLAIN_THREADS];
    uint32_t thread_count;
    struct plain_file *descriptors[PLAIN_DESCRIPTORS];
    uint32_t descriptor_limit; /* RLIMIT_NOFILE */
    unsigned char *memory;     /* at PLAIN_MEMORY */
};

struct plain_world {
    int allocations_left; /* allocations until one fails; negative: none does */
    unsigned allocations; /* number not released yet */
    unsigned files;       /* number of open files */
    unsigned changes;     /* calls of host.listener_changed() */
    uint64_t next_random; /* what host.random() returns */
    struct cordon_log_record records[PLAIN_RECORDS];
    struct cordon_data record_data[PLAIN_RECORDS];
    int32_t record_process[PLAIN_RECORDS];
    unsigned record_count;
};
extern struct plain_world plain_world;
extern struct cordon_host plain_host; /* tests set its rules */

struct plain_process *plain_process_new(void);
/* Ends the process with all threads and descriptors; listeners are closed, threads exit. */
void plain_process_free(struct plain_process *process);
struct plain_thread *plain_thread_new(struct plain_process *process, int32_t id);
/* Makes a thread (in the same process) or process, as clone(2) does. */
struct plain_thread *plain_clone(struct plain_thread *parent, int32_t id);
struct plain_thread *plain_fork(struct plain_thread *parent, int32_t id);
void plain_thread_exit(struct plain_thread *thread);

/* Opens a new file; negative: no descriptor is free. Closes, duplicates. */
int plain_open(struct plain_process *process);
int plain_close(struct plain_process *process, uint32_t fd);
bool plain_is_open(const struct plain_process *process, uint32_t fd);
struct cordon_listener *plain_listener(const struct plain_process *process, int64_t fd);
/* What a target does with an ADDFD: the number, or a negative errno. */
int32_t plain_install(struct plain_process *process, const struct cordon_addfd *addfd);

/* seccomp(SET_MODE_FILTER) with this program, which is written to the thread's memory first: the
 * header at PLAIN_HEADER, the instructions at PLAIN_INSNS. */
int64_t plain_filter(struct plain_thread *thread, const struct cordon_insn *insns, uint16_t length,
                     uint32_t flags);
/* The same with a program that always returns this value. */
int64_t plain_filter_always(struct plain_thread *thread, uint32_t verdict, uint32_t flags);
void plain_put_header(struct plain_process *process, uint16_t length, uint64_t insns);

void plain_write(struct plain_process *process, uint64_t to, const void *from, size_t size);
void plain_read(const struct plain_process *process, void *to, uint64_t from, size_t size);

#endif
