/* SPDX-License-Identifier: MIT */
/* plain_host.c: implements the host of structs; see plain_host.h. */
#include "plain_host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct plain_world plain_world = {.allocations_left = -1};

static struct plain_thread *thread_of(struct cordon_task *task)
{
    return (struct plain_thread *)(void *)task;
}

/* ---- memory ---- */

static bool is_inside(uint64_t address, size_t size, uint64_t start, size_t room)
{
    return address >= start && size <= room && address - start <= room - size;
}

static int copy_in(struct cordon_task *task, void *to, uint64_t from, size_t size)
{
    if (is_inside(from, size, PLAIN_MEMORY, PLAIN_MEMORY_SIZE))
        memcpy(to, thread_of(task)->process->memory + (from - PLAIN_MEMORY), size);
    else if (is_inside(from, size, PLAIN_CONSTANT, PLAIN_CONSTANT_SIZE))
        memset(to, 0, size);
    else
        return -EFAULT;
    return 0;
}

static int copy_out(struct cordon_task *task, uint64_t to, const void *from, size_t size)
{
    if (!is_inside(to, size, PLAIN_MEMORY, PLAIN_MEMORY_SIZE))
        return -EFAULT;
    memcpy(thread_of(task)->process->memory + (to - PLAIN_MEMORY), from, size);
    return 0;
}

void plain_write(struct plain_process *process, uint64_t to, const void *from, size_t size)
{
    memcpy(process->memory + (to - PLAIN_MEMORY), from, size);
}

void plain_read(const struct plain_process *process, void *to, uint64_t from, size_t size)
{
    memcpy(to, process->memory + (from - PLAIN_MEMORY), size);
}

static void *allocate(size_t size)
{
    if (plain_world.allocations_left == 0) {
        plain_world.allocations_left = -1;
        return NULL;
    }
    if (plain_world.allocations_left > 0)
        plain_world.allocations_left--;
    void *memory = malloc(size);
    if (!memory)
        abort();
    memset(memory, 0xa5, size);
    plain_world.allocations++;
    return memory;
}

static void release(void *memory)
{
    plain_world.allocations -= memory != NULL;
    free(memory);
}

static void *own(size_t size)
{
    void *memory = calloc(1, size);
    if (!memory)
        abort();
    return memory;
}

/* ---- threads ---- */

static bool no_new_privs(struct cordon_task *task)
{
    return thread_of(task)->no_new_privs;
}

static void set_no_new_privs(struct cordon_task *task)
{
    thread_of(task)->no_new_privs = true;
}

static bool is_admin(struct cordon_task *task)
{
    return thread_of(task)->is_admin;
}

static void forbid_tsc(struct cordon_task *task)
{
    thread_of(task)->tsc_is_forbidden = true;
}

static struct cordon_task *next_thread(struct cordon_task *task, struct cordon_task *previous)
{
    struct plain_process *process = thread_of(task)->process;
    bool is_behind = !previous;
    for (uint32_t i = 0; i < process->thread_count; i++) {
        struct plain_thread *thread = process->threads[i];
        if (is_behind && &thread->task != task && !thread->is_exiting)
            return &thread->task;
        is_behind |= &thread->task == previous;
    }
    return NULL;
}

static int32_t thread_id(struct cordon_task *reader, struct cordon_task *task)
{
    (void)reader;
    return thread_of(task)->id;
}

static void wake(struct cordon_task *task)
{
    thread_of(task)->wakes++;
}

struct plain_thread *plain_thread_new(struct plain_process *process, int32_t id)
{
    if (process->thread_count == PLAIN_THREADS)
        abort();
    struct plain_thread *thread = own(sizeof *thread);
    thread->task.host = &plain_host;
    thread->process = process;
    thread->id = id;
    process->threads[process->thread_count++] = thread;
    if (process->thread_count == 1)
        process->id = id;
    return thread;
}

static void inherit(struct plain_thread *child, const struct plain_thread *parent)
{
    child->no_new_privs = parent->no_new_privs;
    child->is_admin = parent->is_admin;
    cordon_task_fork(&child->task, &parent->task);
}

struct plain_thread *plain_clone(struct plain_thread *parent, int32_t id)
{
    struct plain_thread *child = plain_thread_new(parent->process, id);
    inherit(child, parent);
    return child;
}

struct plain_thread *plain_fork(struct plain_thread *parent, int32_t id)
{
    struct plain_process *process = plain_process_new(), *from = parent->process;
    memcpy(process->memory, from->memory, PLAIN_MEMORY_SIZE);
    process->descriptor_limit = from->descriptor_limit;
    for (uint32_t i = 0; i < PLAIN_DESCRIPTORS; i++) {
        process->descriptors[i] = from->descriptors[i];
        if (process->descriptors[i])
            process->descriptors[i]->references++;
    }
    struct plain_thread *child = plain_thread_new(process, id);
    inherit(child, parent);
    return child;
}

void plain_thread_exit(struct plain_thread *thread)
{
    struct plain_process *process = thread->process;
    cordon_task_exit(&thread->task);
    cordon_task_reap(&thread->task);
    uint32_t i = 0;
    while (process->threads[i] != thread)
        i++;
    process->thread_count--;
    memmove(&process->threads[i], &process->threads[i + 1],
            (process->thread_count - i) * sizeof(struct plain_thread *));
    free(thread);
}

struct plain_process *plain_process_new(void)
{
    struct plain_process *process = own(sizeof *process);
    process->memory = own(PLAIN_MEMORY_SIZE);
    process->descriptor_limit = PLAIN_DESCRIPTORS;
    return process;
}

void plain_process_free(struct plain_process *process)
{
    while (process->thread_count)
        plain_thread_exit(process->threads[0]);
    for (uint32_t fd = 0; fd < PLAIN_DESCRIPTORS; fd++)
        plain_close(process, fd);
    free(process->memory);
    free(process);
}

/* ---- filters ---- */

void plain_put_header(struct plain_process *process, uint16_t length, uint64_t insns)
{
    unsigned char header[16] = {0};
    memcpy(header, &length, sizeof length);
    memcpy(header + 8, &insns, sizeof insns);
    plain_write(process, PLAIN_HEADER, header, sizeof header);
}

int64_t plain_filter(struct plain_thread *thread, const struct cordon_insn *insns, uint16_t length,
                     uint32_t flags)
{
    plain_write(thread->process, PLAIN_INSNS, insns, length * sizeof *insns);
    plain_put_header(thread->process, length, PLAIN_INSNS);
    return cordon_seccomp(&thread->task, CORDON_SET_MODE_FILTER, flags, PLAIN_HEADER, false);
}

int64_t plain_filter_always(struct plain_thread *thread, uint32_t verdict, uint32_t flags)
{
    return plain_filter(thread, &(struct cordon_insn){CORDON_OP_RET_K, 0, 0, verdict}, 1, flags);
}

/* ---- descriptors ---- */

static int free_descriptor(const struct plain_process *process)
{
    for (uint32_t fd = 0; fd < process->descriptor_limit; fd++)
        if (!process->descriptors[fd])
            return (int)fd;
    return -EMFILE;
}

static struct plain_file *file_new(void)
{
    struct plain_file *file = own(sizeof *file);
    file->references = 1;
    plain_world.files++;
    return file;
}

static void file_drop(void *memory)
{
    struct plain_file *file = memory;
    if (!file || --file->references)
        return;
    if (file->listener)
        cordon_listener_close(file->listener);
    plain_world.files--;
    free(file);
}

int plain_open(struct plain_process *process)
{
    int fd = free_descriptor(process);
    if (fd >= 0)
        process->descriptors[fd] = file_new();
    return fd;
}

int plain_close(struct plain_process *process, uint32_t fd)
{
    if (fd >= PLAIN_DESCRIPTORS || !process->descriptors[fd])
        return -EBADF;
    struct plain_file *file = process->descriptors[fd];
    process->descriptors[fd] = NULL;
    file_drop(file);
    return 0;
}

bool plain_is_open(const struct plain_process *process, uint32_t fd)
{
    return fd < PLAIN_DESCRIPTORS && process->descriptors[fd];
}

struct cordon_listener *plain_listener(const struct plain_process *process, int64_t fd)
{
    if (fd < 0 || fd >= PLAIN_DESCRIPTORS || !process->descriptors[fd])
        return NULL;
    return process->descriptors[fd]->listener;
}

int32_t plain_install(struct plain_process *process, const struct cordon_addfd *addfd)
{
    int fd = addfd->set ? (int)addfd->newfd : free_descriptor(process);
    if (addfd->set && addfd->newfd >= process->descriptor_limit)
        return -EBADF;
    if (fd < 0)
        return fd;
    struct plain_file *file = addfd->file;
    file->references++;
    plain_close(process, (uint32_t)fd);
    process->descriptors[fd] = file;
    return fd;
}

static int listener_make(struct cordon_task *task, struct cordon_listener *listener)
{
    struct plain_process *process = thread_of(task)->process;
    int fd = plain_open(process);
    if (fd >= 0)
        cordon_listener_set_context(listener, process->descriptors[fd]);
    return fd;
}

static void listener_publish(struct cordon_task *task, struct cordon_listener *listener, int fd)
{
    (void)task;
    (void)fd;
    struct plain_file *file = cordon_listener_context(listener);
    file->listener = listener;
}

static void listener_drop(struct cordon_task *task, struct cordon_listener *listener, int fd)
{
    (void)listener;
    plain_close(thread_of(task)->process, (uint32_t)fd);
}

static void listener_changed(struct cordon_listener *listener)
{
    (void)listener;
    plain_world.changes++;
}

static void *file_take(struct cordon_task *supervisor, uint32_t fd)
{
    const struct plain_process *process = thread_of(supervisor)->process;
    if (fd >= PLAIN_DESCRIPTORS || !process->descriptors[fd])
        return NULL;
    process->descriptors[fd]->references++;
    return process->descriptors[fd];
}

/* ---- the rest ---- */

static void note(struct cordon_task *task, const struct cordon_log_record *record)
{
    unsigned i = plain_world.record_count++ % PLAIN_RECORDS;
    plain_world.record_data[i] = *record->data;
    plain_world.record_process[i] = thread_of(task)->process->id;
    plain_world.records[i] = *record;
    plain_world.records[i].data = &plain_world.record_data[i];
}

static uint64_t number(void)
{
    return plain_world.next_random;
}

struct cordon_host plain_host = {
    .copy_in = copy_in,
    .copy_out = copy_out,
    .allocate = allocate,
    .release = release,
    .no_new_privs = no_new_privs,
    .set_no_new_privs = set_no_new_privs,
    .is_admin = is_admin,
    .next_thread = next_thread,
    .thread_id = thread_id,
    .forbid_tsc = forbid_tsc,
    .listener_make = listener_make,
    .listener_publish = listener_publish,
    .listener_drop = listener_drop,
    .listener_changed = listener_changed,
    .wake = wake,
    .file_take = file_take,
    .file_drop = file_drop,
    .log = note,
    .random = number,
};
