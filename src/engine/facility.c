/* SPDX-License-Identifier: MIT */
/*
 * facility.c: seccomp(2) and prctl(2): the requests, and the order of the checks before anything
 * changes.
 *
 * Facts: kernel/seccomp.c (do_seccomp, seccomp_set_mode_filter, seccomp_prepare_filter).
 */
#include "cordon/facility.h"

#include <errno.h>
#include <string.h>

#include "chain.h"
#include "cordon/action.h"

#define ALL_FLAGS      0x3fu
#define LISTENER_FLAGS (CORDON_FLAG_WAIT_KILLABLE_RECV | CORDON_FLAG_ALLOW_NESTED_LISTENERS)

/* ---- the program ---- */

struct request {
    uint16_t length;
    uint64_t insns;
};

/* struct sock_fprog: 16 bytes with the pointer at offset 8; for 32-bit callers 8 bytes, at
 * offset 4. */
static int read_request(struct cordon_task *task, uint64_t from, bool compat,
                        struct request *request)
{
    unsigned char bytes[16];
    int error = task->host->copy_in(task, bytes, from, compat ? 8 : 16);
    if (error)
        return error;
    memcpy(&request->length, bytes, sizeof request->length);
    uint32_t narrow;
    memcpy(&narrow, bytes + 4, sizeof narrow);
    memcpy(&request->insns, bytes + 8, sizeof request->insns);
    if (compat)
        request->insns = narrow;
    return 0;
}

static int verify(struct cordon_filter *filter)
{
    uint32_t length = filter->program.length;
    uint16_t *room = filter->host->allocate(length * sizeof *room);
    if (!room)
        return -ENOMEM;
    bool accepted = cordon_program_verify_in(&filter->program, filter->insns, length, room, NULL);
    filter->host->release(room);
    if (!accepted)
        return -EINVAL;
    filter->cost = chain_cost(&filter->program);
    return 0;
}

static int fill(struct cordon_task *task, struct cordon_filter *filter, uint64_t insns)
{
    if (!insns)
        return -EINVAL;
    int error = task->host->copy_in(task, filter->insns, insns,
                                    filter->program.length * sizeof *filter->insns);
    return error ? error : verify(filter);
}

static int prepare(struct cordon_task *task, uint32_t flags, uint64_t args, bool compat,
                   struct cordon_filter **prepared)
{
    const struct cordon_host *host = task->host;
    struct request request;
    int error = read_request(task, args, compat, &request);
    if (error)
        return error;
    if (request.length == 0 || request.length > CORDON_MAX_INSNS)
        return -EINVAL;
    if (!host->no_new_privs(task) && !host->is_admin(task))
        return -EACCES;
    struct cordon_filter *filter = chain_filter_make(host, request.length, flags);
    if (!filter)
        return -ENOMEM;
    error = fill(task, filter, request.insns);
    if (error) {
        chain_filter_discard(filter);
        return error;
    }
    *prepared = filter;
    return 0;
}

/* ---- installing ---- */

static int64_t attach(struct cordon_task *task, struct cordon_filter *filter, uint32_t flags)
{
    int64_t result = chain_attach(task, filter, flags);
    if (result)
        chain_filter_discard(filter);
    return result;
}

static int64_t attach_with_listener(struct cordon_task *task, struct cordon_filter *filter,
                                    uint32_t flags)
{
    const struct cordon_host *host = task->host;
    struct cordon_listener *listener = notify_listener_make(filter);
    int fd = listener ? host->listener_make(task, listener) : -ENOMEM;
    if (fd < 0) {
        if (listener)
            notify_listener_discard(listener);
        chain_filter_discard(filter);
        return fd;
    }
    int64_t result = chain_attach(task, filter, flags);
    if (result) {
        host->listener_drop(task, listener, fd);
        notify_listener_discard(listener);
        chain_filter_discard(filter);
        return result;
    }
    host->listener_publish(task, listener, fd);
    return fd;
}

static int64_t set_filter(struct cordon_task *task, uint32_t flags, uint64_t args, bool compat)
{
    bool tsync = flags & CORDON_FLAG_TSYNC, listener = flags & CORDON_FLAG_NEW_LISTENER;
    uint32_t nesting =
        task->host->rules.nested_listeners ? CORDON_FLAG_ALLOW_NESTED_LISTENERS : 0;
    if (flags & ~(ALL_FLAGS | nesting))
        return -EINVAL;
    if (tsync && listener && !(flags & CORDON_FLAG_TSYNC_ESRCH))
        return -EINVAL; /* the result could be a thread or a descriptor */
    if (flags & LISTENER_FLAGS && !listener)
        return -EINVAL;
    struct cordon_filter *filter;
    int error = prepare(task, flags, args, compat, &filter);
    if (error)
        return error;
    return listener ? attach_with_listener(task, filter, flags) : attach(task, filter, flags);
}

int64_t cordon_task_install(struct cordon_task *task, const struct cordon_insn *insns,
                            uint32_t length, uint32_t flags)
{
    if (flags & ~(uint32_t)CORDON_FLAG_LOG || length == 0 || length > CORDON_MAX_INSNS)
        return -EINVAL;
    struct cordon_filter *filter = chain_filter_make(task->host, length, flags);
    if (!filter)
        return -ENOMEM;
    memcpy(filter->insns, insns, length * sizeof *insns);
    int error = verify(filter);
    if (error) {
        chain_filter_discard(filter);
        return error;
    }
    return attach(task, filter, flags);
}

/* ---- the other operations ---- */

static int64_t set_strict(struct cordon_task *task)
{
    if (task->mode != CORDON_MODE_DISABLED && task->mode != CORDON_MODE_STRICT)
        return -EINVAL;
    task->host->forbid_tsc(task);
    task->mode = CORDON_MODE_STRICT;
    return 0;
}

/* Data bits make an action unknown here. */
static bool is_action(uint32_t value)
{
#define SAME(name, word, action, data)                                                             \
    if (value == (action))                                                                         \
        return true;
    CORDON_ACTIONS(SAME)
#undef SAME
    return false;
}

static int64_t is_action_available(struct cordon_task *task, uint64_t args)
{
    uint32_t action;
    int error = task->host->copy_in(task, &action, args, sizeof action);
    if (error)
        return error;
    return is_action(action) ? 0 : -EOPNOTSUPP;
}

static int64_t write_sizes(struct cordon_task *task, uint64_t args)
{
    static const uint16_t sizes[3] = {CORDON_IOCTL_SIZE(CORDON_IOCTL_RECV),
                                      CORDON_IOCTL_SIZE(CORDON_IOCTL_SEND),
                                      sizeof(struct cordon_data)};
    return task->host->copy_out(task, args, sizes, sizeof sizes);
}

int64_t cordon_seccomp(struct cordon_task *task, uint32_t operation, uint32_t flags, uint64_t args,
                       bool compat)
{
    switch (operation) {
    case CORDON_SET_MODE_STRICT:
        return flags || args ? -EINVAL : set_strict(task);
    case CORDON_SET_MODE_FILTER:
        return set_filter(task, flags, args, compat);
    case CORDON_GET_ACTION_AVAIL:
        return flags ? -EINVAL : is_action_available(task, args);
    case CORDON_GET_NOTIF_SIZES:
        return flags ? -EINVAL : write_sizes(task, args);
    default:
        return -EINVAL;
    }
}

int64_t cordon_prctl_get(const struct cordon_task *task)
{
    return task->mode;
}

int64_t cordon_prctl_set(struct cordon_task *task, uint64_t mode, uint64_t args, bool compat)
{
    switch (mode) {
    case CORDON_MODE_STRICT:
        return set_strict(task);
    case CORDON_MODE_FILTER:
        return set_filter(task, 0, args, compat);
    default:
        return -EINVAL;
    }
}
