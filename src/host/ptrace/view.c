/* SPDX-License-Identifier: MIT */
/*
 * view.c: corrects what /proc shows of traced threads.
 *
 * The program opens the file itself. If the file would show the kernel's seccomp or the tracer, the
 * tracer reads it and replaces it, under the same descriptor, by a corrected copy in memory. The
 * copy has the state of the moment when the file was opened.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "calls.h"
#include "inject.h"
#include "next.h"
#include "proc.h"
#include "task.h"
#include "tracee.h"

#define LARGEST   16384
#define DIRECTORY "/proc/sys/kernel/seccomp/"

struct text {
    char bytes[LARGEST];
    size_t length;
};

enum kind { NONE, STATUS, STAT, SYSCALL, AVAIL, LOGGED };
static const char *const names[] = {[STATUS] = "status",
                                    [STAT] = "stat",
                                    [SYSCALL] = "syscall",
                                    [AVAIL] = "actions_avail",
                                    [LOGGED] = "actions_logged"};

static enum kind kind_of(const char *path)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    for (enum kind kind = STATUS; kind <= LOGGED; kind++)
        if (!strcmp(base, names[kind]))
            return kind;
    return NONE;
}

/* ---- the opened file ---- */

struct opening {
    uint64_t path;
    uint64_t flags;
};

static struct opening opening_of(struct task *task)
{
    struct opening opening = {task_pointer(task, 1), task->call.args[2]};
    if (task_is_call(task, CALL_OPEN))
        opening = (struct opening){task_pointer(task, 0), task->call.args[1]};
    else if (task_is_call(task, CALL_OPENAT2) &&
             task_copy_in(task, &opening.flags, task_pointer(task, 2), sizeof opening.flags))
        opening.flags = 0;
    return opening;
}

/* Opens a file on procfs for reading; -1: it is elsewhere. What isn't on procfs is never opened:
 * that could wait for somebody, or do something. */
static int open_again(const struct task *task, const char *name)
{
    struct statfs fs;
    int file = -1, place = proc_open(task->tid, name, O_PATH);
    if (place >= 0 && !fstatfs(place, &fs) && fs.f_type == PROC_SUPER_MAGIC)
        file = proc_reopen(place, O_RDONLY | O_NONBLOCK | O_NOCTTY);
    if (place >= 0)
        close(place);
    return file;
}

/* Reads the file at a descriptor of the thread, and its path; false: it isn't on procfs. */
static bool read_file(struct task *task, int fd, char *where, size_t room, struct text *text)
{
    char name[32];
    snprintf(name, sizeof name, "fd/%d", fd);
    if (!proc_link(task->tid, name, where, room))
        return false;
    int file = open_again(task, name);
    if (file < 0)
        return false;
    bool good = true;
    text->length = 0;
    for (ssize_t got = 1; good && got > 0 && text->length < LARGEST - 256;
         text->length += (size_t)got)
        if ((got = read(file, text->bytes + text->length, LARGEST - 256 - text->length)) < 0)
            good = false;
    close(file);
    text->bytes[text->length] = '\0';
    return good && text->length > 0;
}

/* ".../123/status", ".../123/task/124/stat" */
static struct task *meant(struct task *reader, const char *where)
{
    const char *end = strrchr(where, '/');
    const char *start = end;
    while (start && start > where && start[-1] >= '0' && start[-1] <= '9')
        start--;
    return start && start != end ? task_by_id(reader, (pid_t)strtol(start, NULL, 10)) : NULL;
}

/* ---- contents ---- */

static char state_of(const struct task *task, char seen)
{
    if (task->nested.shown)
        return 't';
    if (task->park.held)
        return 'D';
    if (task->at == AT_GROUP)
        return 'T';
    if (seen != 't')
        return seen;
    return task_is_in_call(task) || task->park.kind ? 'S' : 'R';
}

/* Replaces `size` bytes at `at`. */
static void text_replace(struct text *text, char *at, size_t size, const char *with)
{
    size_t more = strlen(with);
    if (text->length + more >= LARGEST)
        return;
    memmove(at + more, at + size, (size_t)(text->bytes + text->length + 1 - at) - size);
    memcpy(at, with, more);
    text->length += more - size;
}

static char *line_at(struct text *text, const char *key)
{
    char *at = strstr(text->bytes, key);
    return at && (at == text->bytes || at[-1] == '\n') ? at : NULL;
}

static void set_line(struct text *text, const char *key, const char *line)
{
    char *at = line_at(text, key);
    if (at)
        text_replace(text, at, strcspn(at, "\n") + 1, line);
}

static void view_status(struct task *reader, const struct task *task, struct text *text)
{
    static const struct {
        char letter;
        const char *line;
    } states[] = {{'t', "State:\tt (tracing stop)\n"},
                  {'D', "State:\tD (disk sleep)\n"},
                  {'T', "State:\tT (stopped)\n"},
                  {'S', "State:\tS (sleeping)\n"},
                  {'R', "State:\tR (running)\n"}};
    char line[128];
    char *state = line_at(text, "State:\t");
    char now = state ? state_of(task, state[7]) : 'R';
    for (size_t i = 0; state && i < sizeof states / sizeof *states; i++)
        if (states[i].letter == now && state[7] != now)
            set_line(text, "State:\t", states[i].line);
    const struct process *tracer = task->nested.tracer;
    snprintf(line, sizeof line, "TracerPid:\t%d\n", tracer ? process_id_for(reader, tracer) : 0);
    set_line(text, "TracerPid:\t", line);
    if (task->session->hides_no_new_privs && !task->trap.no_new_privs)
        set_line(text, "NoNewPrivs:\t", "NoNewPrivs:\t0\n");
    if (task->wants_nnp)
        set_line(text, "NoNewPrivs:\t", "NoNewPrivs:\t1\n");
    set_line(text, "Seccomp:\t", "");
    set_line(text, "Seccomp_filters:\t", "");
    char *nnp = line_at(text, "NoNewPrivs:\t");
    snprintf(line, sizeof line, "Seccomp:\t%d\nSeccomp_filters:\t%u\n", (int)task->seccomp.mode,
             task->seccomp.filter_count);
    if (nnp)
        text_replace(text, nnp + strcspn(nnp, "\n") + 1, 0, line);
}

static void view_stat(const struct task *task, struct text *text)
{
    char *end = strrchr(text->bytes, ')');
    if (end && end[1] == ' ' && end[2])
        end[2] = state_of(task, end[2]);
}

static void view_syscall(const struct task *task, struct text *text)
{
    const struct call *call = &task->call;
    if (!task->park.kind)
        return;
    text->length = (size_t)snprintf(
        text->bytes, LARGEST, "%d 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx 0x%llx\n",
        call->nr, (unsigned long long)call->args[0], (unsigned long long)call->args[1],
        (unsigned long long)call->args[2], (unsigned long long)call->args[3],
        (unsigned long long)call->args[4], (unsigned long long)call->args[5],
        (unsigned long long)call->sp, (unsigned long long)call->ip);
}

static void view_actions(enum kind kind, struct text *text)
{
    if (kind == AVAIL) {
        text->length = (size_t)snprintf(text->bytes, LARGEST, "%s\n", CORDON_ACTIONS_AVAIL);
        return;
    }
    text->length = cordon_actions_logged(text->bytes, LARGEST - 1);
    text->bytes[text->length++] = '\n';
}

/* ---- putting it in place ---- */

/* A file with the text, opened with the flags that the program asked for (F_GETFL shows them). */
static int make_file(enum kind kind, uint64_t flags, const struct text *text)
{
    int whole = memfd_create(names[kind], MFD_CLOEXEC), file = -1;
    if (whole < 0)
        return -1;
    if (write(whole, text->bytes, text->length) == (ssize_t)text->length)
        file = proc_reopen(whole, (int)(flags & (O_ACCMODE | O_APPEND | O_NONBLOCK)));
    close(whole);
    return file;
}

/* Puts the text at descriptor `fd`, or at a new one for -1; returns the number or -errno. */
static int64_t replace(struct task *task, int fd, uint64_t flags, enum kind kind,
                       const struct text *text)
{
    struct stat info;
    int file = make_file(kind, flags, text);
    if (file < 0)
        return -ENOMEM;
    int64_t result = descriptor_install(task, file, fd >= 0, fd, flags & O_CLOEXEC);
    if (result >= 0 && kind == LOGGED && (flags & O_ACCMODE) != O_RDONLY && !fstat(file, &info))
        task->session->logged = info.st_ino;
    close(file);
    return result;
}

static struct next view_procfs(struct task *task, enum kind kind, int fd, uint64_t flags)
{
    struct text text;
    char where[256];
    if (!read_file(task, fd, where, sizeof where, &text))
        return next_done();
    struct task *about = kind < AVAIL ? meant(task, where) : NULL;
    if ((kind < AVAIL && !about) || (kind >= AVAIL && !strstr(where, "/kernel/seccomp/")))
        return next_done();
    if (kind == STATUS)
        view_status(task, about, &text);
    else if (kind == STAT)
        view_stat(about, &text);
    else if (kind == SYSCALL)
        view_syscall(about, &text);
    else
        view_actions(kind, &text);
    return call_finish(task, replace(task, fd, flags, kind, &text));
}

/* A kernel without seccomp has no files of its settings. */
static struct next view_missing(struct task *task, const char *path, enum kind kind, uint64_t flags)
{
    struct text text;
    if (kind < AVAIL || strncmp(path, DIRECTORY, strlen(DIRECTORY)))
        return next_done();
    if (kind == AVAIL && (flags & O_ACCMODE) != O_RDONLY)
        return call_finish(task, -EACCES);
    view_actions(kind, &text);
    return call_finish(task, replace(task, -1, flags, kind, &text));
}

bool view_is_concerned(struct task *task)
{
    char path[256];
    return !proc_read_string(task->tid, opening_of(task).path, path, sizeof path) ||
           kind_of(path) != NONE;
}

struct next view_opened(struct task *task)
{
    char path[256];
    int64_t fd;
    struct opening opening = opening_of(task);
    if (task_result(task, &fd) && fd >= 0 && door_was_opened(task, (int)fd)) {
        task_inject(task, CALL_CLOSE, (uint64_t)fd, 0, 0, 0, 0);
        return call_finish(task, -EACCES);
    }
    if (!task_result(task, &fd) || !proc_read_string(task->tid, opening.path, path, sizeof path))
        return next_done();
    enum kind kind = kind_of(path);
    if (kind != NONE && fd == -ENOENT)
        return view_missing(task, path, kind, opening.flags);
    if (kind != NONE && fd >= 0)
        return view_procfs(task, kind, (int)fd, opening.flags);
    return next_done();
}

bool view_written(struct task *task, int64_t *result)
{
    char name[32], text[256];
    struct stat info;
    if (!task->session->logged)
        return false;
    snprintf(name, sizeof name, "fd/%d", (int)task->call.args[0]);
    if (!proc_stat(task->tid, name, &info) || info.st_ino != task->session->logged ||
        !S_ISREG(info.st_mode))
        return false;
    uint64_t length = task->call.args[2];
    *result = (int64_t)length;
    if (length >= sizeof text || task_copy_in(task, text, task_pointer(task, 1), length))
        *result = length >= sizeof text ? -EINVAL : -EFAULT;
    else if (!task->seccomp.host->is_admin(&task->seccomp))
        *result = -EPERM;
    else if (cordon_actions_log(text, (uint32_t)length))
        *result = -EINVAL;
    return true;
}
