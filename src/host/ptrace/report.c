/* SPDX-License-Identifier: MIT */
/* report.c: reports verdicts and installations, and makes records as the kernel's audit log has. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "proc.h"
#include "report.h"
#include "task.h"
#include "tracee.h"

static uint32_t index_of(const struct cordon_task *task, const struct cordon_filter *filter)
{
    uint32_t index = 0;
    if (!filter)
        return 0;
    while ((filter = cordon_filter_older(filter)))
        index++;
    return index < task->filter_count ? index : 0;
}

void report_verdict(struct task *task, const struct cordon_data *data,
                    const struct cordon_decision *decision)
{
    const struct cordon_emulation *emulation = task->session->emulation;
    char comm[PROC_COMM];
    proc_comm(task->tid, comm);
    struct cordon_verdict_event event = {.tid = task->tid,
                                         .pid = task->process->tgid,
                                         .comm = comm,
                                         .data = data,
                                         .verdict = decision->verdict,
                                         .filter = decision->filter,
                                         .filter_index =
                                             index_of(&task->seccomp, decision->filter)};
    emulation->verdict(emulation->context, &event);
}

void report_installed(struct task *task, uint32_t flags, int64_t result)
{
    const struct cordon_emulation *emulation = task->session->emulation;
    char comm[PROC_COMM];
    if (!emulation->installed)
        return;
    proc_comm(task->tid, comm);
    struct cordon_install_event event = {.tid = task->tid,
                                         .pid = task->process->tgid,
                                         .comm = comm,
                                         .flags = flags,
                                         .result = result};
    bool failed = result < 0 || (result > 0 && !(flags & CORDON_FLAG_NEW_LISTENER));
    if (!failed && task->seccomp.filter)
        event.program = cordon_filter_program(task->seccomp.filter);
    emulation->installed(emulation->context, &event);
}

/* As audit_log_untrustedstring(): in quotes, or as hexadecimal digits if a reader could take it for
 * something else. */
static void print_untrusted(char *out, size_t room, const char *text)
{
    bool plain = true;
    for (const char *at = text; *at; at++)
        plain = plain && *at > ' ' && *at < 0x7f && *at != '"';
    struct cordon_buffer buffer = {out, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_sink_text(&sink, plain ? "\"" : "");
    for (const char *at = text; *at; at++) {
        const char *digits = "0123456789ABCDEF";
        char hex[] = {digits[(unsigned char)*at >> 4], digits[*at & 15], '\0'};
        cordon_sink_text(&sink, plain ? (char[]){*at, '\0'} : hex);
    }
    cordon_sink_text(&sink, plain ? "\"" : "");
}

/* Fields in the order of audit_log_seccomp(), kernel/auditsc.c. */
void report_log(struct cordon_task *seccomp, const struct cordon_log_record *record)
{
    struct task *task = (struct task *)seccomp;
    const struct cordon_emulation *emulation = task->session->emulation;
    char comm[PROC_COMM], exe[256], comm_text[2 * PROC_COMM + 2], exe_text[2 * sizeof exe + 2];
    char text[sizeof comm_text + sizeof exe_text + 256];
    struct timespec now;
    if (!emulation->log)
        return;
    proc_comm(task->tid, comm);
    proc_link(task->tid, "exe", exe, sizeof exe);
    print_untrusted(comm_text, sizeof comm_text, comm);
    print_untrusted(exe_text, sizeof exe_text, exe);
    struct proc_status status = proc_status(task->tid);
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t ip;
    memcpy(&ip, &record->data->word[CORDON_WORD_IP], sizeof ip);
    snprintf(text, sizeof text,
             "type=1326 audit(%lld.%03ld:0): auid=4294967295 uid=%u gid=%u ses=4294967295 pid=%d "
             "comm=%s exe=%s sig=%d arch=%x syscall=%d compat=%d ip=0x%" PRIx64 " code=0x%x",
             (long long)now.tv_sec, now.tv_nsec / 1000000, status.uid, status.gid,
             task->process->tgid, comm_text, exe_text, record->signal,
             record->data->word[CORDON_WORD_ARCH], (int32_t)record->data->word[CORDON_WORD_NR],
             task_is_compat(task), ip, record->action);
    emulation->log(emulation->context, text);
}
