/* SPDX-License-Identifier: MIT */
/*
 * unreaped.c: processes that have ended, and for whose end their parents haven't waited.
 *
 * By the rules of kernels before 6.11 they still use their filters, so their listeners haven't hung
 * up. Nothing tells the tracer when a parent has waited, so it looks now and then.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "facility.h"
#include "task.h"

struct unreaped {
    struct unreaped *next;
    struct cordon_task seccomp;
    pid_t pid;
};

void unreaped_add(struct task *task)
{
    struct session *session = task->session;
    bool is_process = task->process && task->process->tgid == task->tid;
    struct unreaped *unreaped = is_process ? calloc(1, sizeof *unreaped) : NULL;
    if (!unreaped) { /* the kernel reaps other threads itself */
        cordon_task_reap(&task->seccomp);
        return;
    }
    *unreaped =
        (struct unreaped){.next = session->unreaped, .seccomp = task->seccomp, .pid = task->tid};
    session->unreaped = unreaped;
}

void unreaped_check(struct session *session)
{
    for (struct unreaped **at = &session->unreaped; *at;) {
        struct unreaped *unreaped = *at;
        if (!kill(unreaped->pid, 0) || errno != ESRCH) {
            at = &unreaped->next;
            continue;
        }
        *at = unreaped->next;
        cordon_task_reap(&unreaped->seccomp);
        free(unreaped);
    }
}
