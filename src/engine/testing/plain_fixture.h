/* SPDX-License-Identifier: MIT */
/* plain_fixture.h: a process with one thread on the plain host, for cmocka tests. */
#ifndef ENGINE_TESTING_PLAIN_FIXTURE_H
#define ENGINE_TESTING_PLAIN_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "plain_host.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

#define X86_64 0xc000003eu
#define I386   0x40000003u

struct fixture {
    struct plain_process *process;
    struct plain_thread *thread;
    struct cordon_task *task;
};

static inline struct fixture begin(void)
{
    plain_world = (struct plain_world){.allocations_left = -1};
    plain_host.rules = (struct cordon_rules){0};
    struct fixture f = {.process = plain_process_new()};
    f.thread = plain_thread_new(f.process, 100);
    f.thread->no_new_privs = true;
    f.task = &f.thread->task;
    return f;
}

/* Everything must have been freed with the last process. */
static inline void end(struct fixture *f)
{
    plain_process_free(f->process);
    assert_int_equal(plain_world.allocations, 0);
    assert_int_equal(plain_world.files, 0);
}

static inline struct cordon_data call(uint32_t arch, uint32_t nr)
{
    return (struct cordon_data){{nr, arch}};
}

static inline struct cordon_decision judge(struct cordon_task *task, uint32_t nr)
{
    struct cordon_data data = call(X86_64, nr);
    return cordon_task_judge(task, &data);
}

#endif
