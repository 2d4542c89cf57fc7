/* SPDX-License-Identifier: MIT */
/*
 * listener.c: the descriptor of a listener: one end of a pair of sockets. The tracer has the other.
 *
 * A real descriptor can be polled, duplicated, sent and inherited without the tracer. Its poll
 * events are made by filling and draining: a byte to read is POLLIN, room for data to the tracer is
 * POLLOUT, and a shutdown when no thread uses the filter is POLLHUP. The tracer keeps no copy of
 * the program's end, so that its own end shows the last close. Where it needs that end, it fetches
 * it from a process that has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "facility.h"
#include "inject.h"
#include "proc.h"
#include "queue.h"
#include "resume.h"
#include "task.h"
#include "tracee.h"

struct port {
    struct port *next;
    struct session *session;
    struct cordon_listener *listener;
    int ours;
    ino_t inode;
    unsigned shown; /* CORDON_EVENT_* that poll returns */
    pid_t holder;   /* a process that had it last, and its number there */
    int holder_fd;
};

/* ---- hearing of the last close ---- */

static volatile sig_atomic_t something_closed;

static void on_close(int number)
{
    (void)number;
    struct itimerval soon = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000};
    something_closed = 1;
    setitimer(ITIMER_REAL, &soon, NULL); /* until the loop has checked: it may be about to wait */
}

static void watch(int fd)
{
    struct sigaction action = {.sa_handler = on_close};
    sigaction(SIGIO, &action, NULL);
    fcntl(fd, F_SETOWN, getpid());
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK);
}

/* ---- reaching the program's end ---- */

static int fetch(const struct port *port, pid_t pid, int fd)
{
    struct stat info;
    int theirs = proc_fetch(pid, fd);
    if (theirs >= 0 && (fstat(theirs, &info) || info.st_ino != port->inode)) {
        close(theirs);
        return -1;
    }
    return theirs;
}

/* If the last holder no longer has it: from any traced process. */
static int search(struct port *port)
{
    for (size_t i = 0; i < sizeof port->session->processes / sizeof *port->session->processes; i++)
        for (struct process *process = port->session->processes[i]; process;
             process = process->chain) {
            int fd = proc_socket_number(process->tgid, port->inode);
            if (fd < 0)
                continue;
            port->holder = process->tgid;
            port->holder_fd = fd;
            return fetch(port, process->tgid, fd);
        }
    return -1;
}

static int their_end(struct port *port)
{
    int fd = fetch(port, port->holder, port->holder_fd);
    return fd >= 0 ? fd : search(port);
}

/* ---- what poll finds ---- */

static void fill(int fd)
{
    char bytes[4096] = {0};
    while (send(fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_NOSIGNAL) > 0 ||
           send(fd, bytes, 1, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
        ;
}

static void drain(int fd)
{
    char bytes[4096];
    while (recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0)
        ;
}

static void show(struct port *port, unsigned events)
{
    unsigned change = port->shown ^ events;
    bool reach = (change & CORDON_EVENT_IN && !(events & CORDON_EVENT_IN)) ||
                 (change & CORDON_EVENT_OUT && !(events & CORDON_EVENT_OUT));
    int theirs = reach ? their_end(port) : -1;
    if (change & CORDON_EVENT_IN && events & CORDON_EVENT_IN)
        send(port->ours, "!", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    else if (change & CORDON_EVENT_IN && theirs >= 0)
        drain(theirs);
    if (change & CORDON_EVENT_OUT && events & CORDON_EVENT_OUT)
        drain(port->ours);
    else if (change & CORDON_EVENT_OUT && theirs >= 0)
        fill(theirs);
    if (change & CORDON_EVENT_HUP && events & CORDON_EVENT_HUP)
        shutdown(port->ours, SHUT_RDWR);
    if (theirs >= 0)
        close(theirs);
    port->shown = events;
}

/* ---- for the engine ---- */

/* Injects socketpair(2). Returns the program's end or -errno; *ours is the other end. */
static int make_pair(struct task *task, uint64_t page, int *ours)
{
    int pair[2];
    long made = task_inject(task, CALL_SOCKETPAIR, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, page, 0);
    if (made < 0)
        return (int)made;
    if (task_copy_in(task, pair, page, sizeof pair))
        return -ENOMEM;
    *ours = descriptor_fetch(task, pair[1]);
    task_inject(task, CALL_CLOSE, (uint64_t)pair[1], 0, 0, 0, 0);
    if (*ours >= 0)
        return pair[0];
    task_inject(task, CALL_CLOSE, (uint64_t)pair[0], 0, 0, 0, 0);
    return -ENOMEM;
}

void listener_prepare(struct task *task)
{
    int ours = -1;
    struct port *port = calloc(1, sizeof *port);
    uint64_t page = port ? task_scratch(task) : 0;
    int fd = page ? make_pair(task, page, &ours) : -ENOMEM;
    if (page)
        task_scratch_free(task, page);
    if (!port)
        return;
    *port = (struct port){.session = task->session,
                          .ours = ours,
                          .inode = fd < 0 ? 0 : proc_socket(task->process->tgid, fd),
                          .holder = task->process->tgid,
                          .holder_fd = fd};
    task->port = port;
}

/* What the engine hasn't taken is closed. */
void listener_settle(struct task *task)
{
    struct port *port = task->port;
    task->port = NULL;
    if (!port)
        return;
    if (port->holder_fd >= 0)
        task_inject(task, CALL_CLOSE, (uint64_t)port->holder_fd, 0, 0, 0, 0);
    if (port->ours >= 0)
        close(port->ours);
    free(port);
}

int host_listener_make(struct cordon_task *seccomp, struct cordon_listener *listener)
{
    struct task *task = (struct task *)seccomp;
    struct port *port = task->port;
    if (!port || port->holder_fd < 0)
        return port ? port->holder_fd : -ENOMEM;
    task->port = NULL;
    port->listener = listener;
    cordon_listener_set_context(listener, port);
    return port->holder_fd;
}

void host_listener_publish(struct cordon_task *seccomp, struct cordon_listener *listener, int fd)
{
    struct task *task = (struct task *)seccomp;
    struct port *port = cordon_listener_context(listener);
    int least = 1, theirs = fetch(port, port->holder, fd);
    if (theirs >= 0) {
        setsockopt(theirs, SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
        fill(theirs);
        close(theirs);
    }
    task->process->holds = true;
    port->next = task->session->ports;
    task->session->ports = port;
    watch(port->ours);
}

void host_listener_drop(struct cordon_task *seccomp, struct cordon_listener *listener, int fd)
{
    struct task *task = (struct task *)seccomp;
    (void)fd; /* it is port->holder_fd */
    task->port = cordon_listener_context(listener);
}

/* Supervisors that sleep in RECV try again. */
static void wake_readers(struct session *session)
{
    for (size_t i = 0; i < sizeof session->tasks / sizeof *session->tasks; i++)
        for (struct task *task = session->tasks[i]; task; task = task->chain)
            if (task->park.kind == PARK_IOCTL)
                task_wake(task);
}

void host_listener_changed(struct cordon_listener *listener)
{
    struct port *port = cordon_listener_context(listener);
    if (!port)
        return;
    unsigned events = cordon_listener_events(listener);
    if (events != port->shown)
        show(port, events);
    if (events & (CORDON_EVENT_IN | CORDON_EVENT_HUP))
        wake_readers(port->session);
}

struct cordon_listener *listener_of(struct task *task, int fd)
{
    ino_t inode = task->session->ports ? proc_socket(task->process->tgid, fd) : 0;
    for (struct port *port = task->session->ports; inode && port; port = port->next)
        if (port->inode == inode) {
            port->holder = task->process->tgid;
            port->holder_fd = fd;
            return port->listener;
        }
    return NULL;
}

bool listeners_are_held(const struct process *process, const struct port *ports)
{
    const struct port *port = ports;
    while (port && proc_socket_number(process->tgid, port->inode) < 0)
        port = port->next;
    return port != NULL;
}

bool is_listener(const struct session *session, ino_t inode)
{
    const struct port *port = session->ports;
    while (port && port->inode != inode)
        port = port->next;
    return port != NULL;
}

/* After a hang-up, only a search shows whether any process still has it. */
static bool is_closed(struct port *port)
{
    struct pollfd poller = {.fd = port->ours, .events = POLLIN};
    if (poll(&poller, 1, 0) <= 0 || !(poller.revents & POLLHUP))
        return false;
    int theirs = port->shown & CORDON_EVENT_HUP ? their_end(port) : -1;
    if (theirs >= 0)
        close(theirs);
    return theirs < 0;
}

void listeners_check(struct session *session)
{
    if (!something_closed)
        return;
    something_closed = 0;
    queue_tick(session);
    for (struct port **at = &session->ports; *at;) {
        struct port *port = *at;
        if (!is_closed(port)) {
            at = &port->next;
            continue;
        }
        *at = port->next;
        cordon_listener_set_context(port->listener, NULL);
        cordon_listener_close(port->listener);
        close(port->ours);
        free(port);
    }
}
