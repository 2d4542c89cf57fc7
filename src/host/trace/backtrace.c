/* SPDX-License-Identifier: MIT */
/* backtrace.c: the backtrace of a stopped thread, made by a helper program. */
#include "backtrace.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cordon/launch.h"
#include "machine.h"
#include "proc.h"

_Static_assert(BACKTRACE_REGISTERS >= MACHINE_UNWOUND, "the request has room for all");

extern char **environ;

/* ---- the request ---- */

static bool fill_registers(pid_t tid, struct backtrace_request *request)
{
    struct machine_regs regs;
    if (!machine_get_regs(tid, &regs))
        return false;
    request->register_size = machine_runs_compat(&regs) ? 4 : 8;
    request->register_count = machine_unwind(&regs, request->registers);
    request->stack_address = machine_stack(&regs);
    return true;
}

/* Reads page by page, as the end of the stack is unknown. */
static uint32_t read_stack(const struct cordon_stop *stop, uint64_t address, unsigned char *bytes)
{
    uint32_t size = 0;
    while (size < BACKTRACE_STACK) {
        size_t step = 4096 - ((address + size) & 4095);
        if (step > BACKTRACE_STACK - size)
            step = BACKTRACE_STACK - size;
        size_t got = cordon_stop_read(stop, address + size, bytes + size, step);
        size += (uint32_t)got;
        if (got < step)
            break;
    }
    return size;
}

/* ---- the helper ---- */

/*
 * The helper is in the folder of the command in a build tree; in the installed tree of the command,
 * which may have been moved; else where it was installed.
 */
static void helper_path(char *path, size_t room)
{
    static const char *const folders[] = {"", CORDON_LIBEXEC_FROM_BIN};
    char self[4096];
    const char *own_folder = proc_link(0, "exe", self, sizeof self) ? dirname(self) : NULL;
    for (size_t i = 0; own_folder && i < sizeof folders / sizeof *folders; i++) {
        snprintf(path, room, "%s/%scordon-backtrace", own_folder, folders[i]);
        if (access(path, X_OK) == 0)
            return;
    }
    snprintf(path, room, "%s/cordon-backtrace", CORDON_LIBEXEC);
}

static pid_t start_helper(int *to, int *from)
{
    char path[4200];
    char *argv[] = {path, NULL};
    int in[2], out[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    helper_path(path, sizeof path);
    if (pipe2(in, O_CLOEXEC))
        return -1;
    if (pipe2(out, O_CLOEXEC)) {
        close(in[0]);
        close(in[1]);
        return -1;
    }
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    if (posix_spawn(&pid, path, &actions, NULL, argv, environ))
        pid = -1;
    posix_spawn_file_actions_destroy(&actions);
    close(in[0]);
    close(out[1]);
    *to = in[1];
    *from = out[0];
    if (pid < 0) {
        close(*to);
        close(*from);
    }
    return pid;
}

static bool send_all(int fd, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t done = write(fd, at, length);
        if (done < 0 && errno != EINTR)
            return false;
        at += done > 0 ? done : 0;
        length -= done > 0 ? (size_t)done : 0;
    }
    return true;
}

/* ---- the answer ---- */

static char *next_field(char **line)
{
    char *field = strsep(line, "\t");
    return field && *field ? field : NULL;
}

static int read_frames(FILE *file, void (*frame)(void *context, const struct cordon_frame *frame),
                       void *context)
{
    char *text = NULL;
    size_t room = 0;
    int count = 0;
    while (getline(&text, &room, file) > 0) {
        char *line = text;
        line[strcspn(line, "\n")] = '\0';
        char *address = next_field(&line);
        struct cordon_frame made = {.address = address ? strtoull(address, NULL, 16) : 0};
        made.function = next_field(&line);
        char *offset = next_field(&line);
        made.offset = offset ? strtoull(offset, NULL, 16) : 0;
        made.module = next_field(&line);
        made.source = next_field(&line);
        char *number = next_field(&line);
        made.line = number ? atoi(number) : 0;
        frame(context, &made);
        count++;
    }
    free(text);
    return count;
}

static const char *ask_helper(const struct backtrace_request *request, const unsigned char *stack,
                              void (*frame)(void *context, const struct cordon_frame *frame),
                              void *context)
{
    int to, from;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    pid_t pid = start_helper(&to, &from);
    if (pid < 0)
        return "cordon-backtrace is not installed";
    sigaction(SIGPIPE, &ignore, &before);
    bool sent = send_all(to, request, sizeof *request) && send_all(to, stack, request->stack_size);
    sigaction(SIGPIPE, &before, NULL);
    close(to);
    FILE *file = fdopen(from, "r");
    int count = file && sent ? read_frames(file, frame, context) : 0;
    if (file)
        fclose(file);
    else
        close(from);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    return count ? NULL : "the stack cannot be unwound (or libdw.so.1 is not installed)";
}

const char *cordon_stop_backtrace(const struct cordon_stop *stop,
                                  void (*frame)(void *context, const struct cordon_frame *frame),
                                  void *context)
{
    struct backtrace_request request = {.pid = stop->pid, .tid = stop->tid};
    unsigned char *stack = malloc(BACKTRACE_STACK);
    if (!stack)
        return "out of memory";
    const char *problem = "the registers of the thread cannot be read";
    if (fill_registers(stop->tid, &request)) {
        request.stack_size = read_stack(stop, request.stack_address, stack);
        problem = ask_helper(&request, stack, frame, context);
    }
    free(stack);
    return problem;
}
