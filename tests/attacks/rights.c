/* SPDX-License-Identifier: MIT */
/*
 * rights.c: what the host does for a program, it does with the rights of that program: tracing
 * across users, capabilities, dumpability and namespaces, and requests whose numbers or addresses
 * aren't what the kernel takes. The kernel refuses each of them.
 */
#include "attack.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NOBODY = 65534, OTHER = 65533 };

struct who {
    uid_t real, effective, saved;
    gid_t group, saved_group;
    bool undumpable, keeps_capability, own_namespace;
};

static void become(const struct who *who)
{
    if (who->keeps_capability)
        prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
    setgroups(0, NULL);
    if (setresgid(who->group, who->group, who->saved_group) ||
        setresuid(who->real, who->effective, who->saved))
        not_run("setresuid");
    if (who->keeps_capability) {
        struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
        struct __user_cap_data_struct data[2] = {{1 << CAP_NET_ADMIN, 1 << CAP_NET_ADMIN, 0}};
        syscall(SYS_capset, &header, data);
    }
    prctl(PR_SET_DUMPABLE, !who->undumpable, 0, 0, 0);
    if (who->own_namespace && unshare(CLONE_NEWUSER))
        not_run("unshare");
}

/* {the target, the tracer}: the tracer may not. */
static const struct who pairs[][2] = {
    {{0, 0, 0, 0, 0, 0, 0, 0}, {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{0, 0, 0, 0, 0, 0, 0, 0}, {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 1}},
    {{NOBODY, NOBODY, 0, NOBODY, NOBODY, 0, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{0, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 1}},
    {{NOBODY, NOBODY, NOBODY, OTHER, OTHER, 0, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{NOBODY, NOBODY, NOBODY, NOBODY, OTHER, 0, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 1, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 1, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 1}},
    {{NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 1, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0}},
    {{OTHER, OTHER, OTHER, OTHER, OTHER, 0, 0, 0},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 1, 0}},
    {{OTHER, OTHER, OTHER, OTHER, OTHER, 0, 0, 1},
     {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 1}},
};

static void must_refuse(const char *what, long result)
{
    if (result >= 0)
        escaped("%s is allowed", what);
    else if (result != -EPERM && result != -EACCES)
        differs("%s: %ld", what, result);
}

static long ptraced(long request, pid_t pid)
{
    return syscall(SYS_ptrace, request, pid, 0L, 0L) < 0 ? -errno : 0;
}

static void attach(long number)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready))
        not_run("pipe");
    pid_t target = forked();
    if (target == 0) {
        become(&pairs[number][0]);
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* other users clear it */
        (void)!write(ready[1], "r", 1);
        for (;;)
            pause();
    }
    (void)!read(ready[0], &byte, 1);
    pid_t tracer = forked();
    if (tracer == 0) {
        become(&pairs[number][1]);
        must_refuse("seize", ptraced(PTRACE_SEIZE, target));
        must_refuse("attach", ptraced(PTRACE_ATTACH, target));
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/mem", target);
        must_refuse("its memory", open(path, O_RDONLY) < 0 ? -errno : 0);
        _exit(0);
    }
    waitpid(tracer, NULL, 0);
    end_child(target);
}

/* A process may not be traced by its parent just because it asks for it. */
static void trace_me(long number)
{
    pid_t parent = forked();
    if (parent == 0) {
        int ready[2];
        char byte = 0;
        if (pipe(ready))
            _exit(0);
        pid_t child = forked();
        if (child == 0) {
            (void)!read(ready[0], &byte, 1);
            become(&pairs[number][0]);
            must_refuse("traceme", ptraced(PTRACE_TRACEME, 0));
            _exit(0);
        }
        become(&pairs[number][1]);
        (void)!write(ready[1], "r", 1);
        waitpid(child, NULL, 0);
        _exit(0);
    }
    waitpid(parent, NULL, 0);
}

/* A setuid program that a tracer without rights started has no more rights than the tracer. */
static void setuid_program(long by_group)
{
    char copy[300], command[700];
    snprintf(copy, sizeof copy, "%s/id", folder);
    snprintf(command, sizeof command, "cp /usr/bin/id %s && chmod %s %s", copy,
             by_group ? "2755" : "4755", copy);
    if (system(command))
        not_run("cp");
    pid_t tracer = forked();
    if (tracer == 0) {
        static const struct who nobody = {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0};
        become(&nobody);
        pid_t child = forked();
        if (child == 0) {
            ptrace(PTRACE_TRACEME, 0, 0, 0);
            execl(copy, copy, by_group ? "-g" : "-u", NULL);
            _exit(1);
        }
        int status;
        while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
            snprintf(command, sizeof command, "/proc/%d/status", child);
            char line[100];
            int effective = -1;
            FILE *file = fopen(command, "r");
            while (file && fgets(line, sizeof line, file))
                sscanf(line, by_group ? "Gid: %*d %d" : "Uid: %*d %d", &effective);
            if (file)
                fclose(file);
            if (effective == 0)
                escaped("a traced setuid program is root");
            ptrace(PTRACE_CONT, child, 0, 0);
        }
        _exit(0);
    }
    waitpid(tracer, NULL, 0);
}

/* Files that only root may read stay closed when the host looks at them for others. */
static void secret_file(long unused)
{
    (void)unused;
    char path[300], link[300];
    snprintf(path, sizeof path, "%s/secret", folder);
    mkdir(path, 0700);
    snprintf(link, sizeof link, "%s/secret/status", folder);
    close(open(link, O_CREAT | O_WRONLY, 0600));
    pid_t reader = forked();
    if (reader == 0) {
        static const struct who nobody = {NOBODY, NOBODY, NOBODY, NOBODY, NOBODY, 0, 0, 0};
        become(&nobody);
        must_refuse("a secret file", open(link, O_RDONLY) < 0 ? -errno : 0);
        must_refuse("root's environment", open("/proc/1/environ", O_RDONLY) < 0 ? -errno : 0);
        must_refuse("root's call", open("/proc/1/syscall", O_RDONLY) < 0 ? -errno : 0);
        _exit(0);
    }
    waitpid(reader, NULL, 0);
}

#define PAIR(name, number)                                                                         \
    {                                                                                              \
        "attach-" name, FILTER, attach, number, ROOT                                               \
    }

const struct attack attacks[] = {
    PAIR("root", 0),
    PAIR("root-from-namespace", 1),
    PAIR("saved-root", 2),
    PAIR("real-root", 3),
    PAIR("group", 4),
    PAIR("saved-group", 5),
    PAIR("undumpable", 6),
    PAIR("undumpable-from-namespace", 7),
    PAIR("capability", 8),
    PAIR("with-other-capability", 9),
    PAIR("other-namespace", 10),
    {"traceme-root", FILTER, trace_me, 0, ROOT | TRACES},
    {"traceme-saved-root", FILTER, trace_me, 2, ROOT | TRACES},
    {"traceme-capability", FILTER, trace_me, 8, ROOT | TRACES},
    {"setuid", FILTER, setuid_program, 0, ROOT | TRACES},
    {"setgid", FILTER, setuid_program, 1, ROOT | TRACES},
    {"secret-file", FILTER, secret_file, 0, ROOT},
    {0},
};
