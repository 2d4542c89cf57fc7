/* SPDX-License-Identifier: MIT */
/* inspect.c: reads the filters of a thread, for the host and for ptrace(2). */
#include <errno.h>
#include <string.h>

#include "chain.h"

const struct cordon_filter *cordon_task_filter(const struct cordon_task *task, uint64_t index)
{
    uint64_t count = 0;
    for (const struct cordon_filter *f = task->filter; f; f = f->older)
        count++;
    if (index >= count)
        return NULL;
    const struct cordon_filter *filter = task->filter;
    for (uint64_t above = count - 1 - index; above; above--)
        filter = filter->older;
    return filter;
}

const struct cordon_filter *cordon_filter_older(const struct cordon_filter *filter)
{
    return filter->older;
}

struct cordon_program cordon_filter_program(const struct cordon_filter *filter)
{
    return filter->program;
}

uint32_t cordon_filter_flags(const struct cordon_filter *filter)
{
    return filter->flags;
}

/* ---- ptrace(2) ---- */

static bool may_look(const struct cordon_task *tracer, bool privileged)
{
    return privileged && tracer->mode == CORDON_MODE_DISABLED;
}

static int find(const struct cordon_task *tracee, uint64_t index,
                const struct cordon_filter **filter)
{
    if (tracee->mode != CORDON_MODE_FILTER)
        return -EINVAL;
    *filter = cordon_task_filter(tracee, index);
    return *filter ? 0 : -ENOENT;
}

int64_t cordon_ptrace_get_filter(struct cordon_task *tracer, const struct cordon_task *tracee,
                                 bool privileged, uint64_t index, uint64_t buffer)
{
    if (!may_look(tracer, privileged))
        return -EACCES;
    const struct cordon_filter *filter;
    int error = find(tracee, index, &filter);
    if (error)
        return error;
    uint32_t length = filter->program.length;
    if (buffer)
        error =
            tracer->host->copy_out(tracer, buffer, filter->insns, length * sizeof *filter->insns);
    return error ? error : (int64_t)length;
}

int64_t cordon_ptrace_get_metadata(struct cordon_task *tracer, const struct cordon_task *tracee,
                                   bool privileged, uint64_t size, uint64_t buffer)
{
    struct {
        uint64_t index;
        uint64_t flags;
    } metadata = {0};
    if (!may_look(tracer, privileged))
        return -EACCES;
    if (size > sizeof metadata)
        size = sizeof metadata;
    if (size < sizeof metadata.index)
        return -EINVAL;
    int error = tracer->host->copy_in(tracer, &metadata.index, buffer, sizeof metadata.index);
    if (error)
        return error;
    const struct cordon_filter *filter;
    error = find(tracee, metadata.index, &filter);
    if (error)
        return error;
    metadata.flags = filter->flags & CORDON_FLAG_LOG;
    error = tracer->host->copy_out(tracer, buffer, &metadata, (size_t)size);
    return error ? error : (int64_t)size;
}
