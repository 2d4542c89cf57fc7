/* SPDX-License-Identifier: MIT */
/* notify.c: scenarios of targets and supervisors: the listener as a descriptor, its requests,
 * signals and deaths. */
#include "scenario.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static long receive(int listener, struct seccomp_notif *request)
{
    memset(request, 0, sizeof *request);
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, request) ? -errno : 0;
}

static long answer(int listener, uint64_t id, int error, long value, unsigned flags)
{
    struct seccomp_notif_resp response = {.id = id, .error = error, .val = value, .flags = flags};
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &response) ? -errno : 0;
}

static long valid(int listener, uint64_t id)
{
    return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) ? -errno : 0;
}

static long add(int listener, uint64_t id, int file, unsigned flags, int newfd,
                unsigned newfd_flags)
{
    struct seccomp_notif_addfd request = {.id = id,
                                          .flags = flags,
                                          .srcfd = (unsigned)file,
                                          .newfd = (unsigned)newfd,
                                          .newfd_flags = newfd_flags};
    int result = ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &request);
    return result < 0 ? -errno : result;
}

/* A child that makes the call and exits with its result; it closes the listener. */
static pid_t target(int listener, int calls)
{
    pid_t pid = forked();
    if (pid != 0)
        return pid;
    close(listener);
    long result = 0;
    for (int i = 0; i < calls; i++)
        result = call_getppid();
    _exit(result < 0 ? (int)-result : (int)result & 127);
}

static void ended(const char *what, pid_t pid)
{
    int status;
    waitpid(pid, &status, 0);
    say("%s: %s", what, status_text(status));
}

static int ready(int listener, int milliseconds)
{
    struct pollfd poller = {.fd = listener, .events = POLLIN | POLLOUT};
    return poll(&poller, 1, milliseconds) < 0 ? -errno : poller.revents;
}

/* ---- the requests ---- */

static void answers(void)
{
    static const struct {
        int error;
        long value;
        unsigned flags;
    } kinds[] = {{0, 42, 0}, {-EPERM, 0, 0}, {-EPERM, 42, 0}, {7, 0, 0}, {0, -3, 0}, {-512, 0, 0}};
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        pid_t pid = target(listener, 1);
        long got = receive(listener, &request);
        say("%zu: %ld, from it: %d, nr %d arch %#x flags %u", i, got, request.pid == (unsigned)pid,
            request.data.nr, request.data.arch, request.flags);
        say("valid %ld, of another id %ld", valid(listener, request.id),
            valid(listener, request.id + 1));
        say("bad flags %ld, with a value %ld, no such id %ld",
            answer(listener, request.id, 0, 0, 2),
            answer(listener, request.id, 0, 1, SECCOMP_USER_NOTIF_FLAG_CONTINUE),
            answer(listener, request.id + 5, 0, 0, 0));
        if (kinds[i].error == -512) { /* restarting: not done here */
            say("answered %ld", answer(listener, request.id, -EIO, 0, 0));
        } else {
            say("answered %ld", answer(listener, request.id, kinds[i].error, kinds[i].value, 0));
        }
        ended("target", pid);
        say("valid %ld, answered %ld", valid(listener, request.id),
            answer(listener, request.id, 0, 0, 0));
    }
}

static void continues(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getpgrp, 0);
    pid_t pid = forked();
    if (pid == 0) {
        pid_t group = getpgid(0);
        _exit(syscall(SYS_getpgrp) == group ? 3 : 4);
    }
    say("received %ld", receive(listener, &request));
    say("continued %ld", answer(listener, request.id, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE));
    ended("target", pid);
}

/* After this many calls with a listener, cordon handles a thread in another way (trap.c). */
#define MANY_CALLS 150

static void make_calls(int count)
{
    while (count-- > 0)
        CALL(SYS_getuid, 0, 0, 0);
}

static void odd_requests_after(int calls)
{
    char byte = 0;
    struct stat info;
    struct seccomp_notif request = {.id = 1};
    char path[64], where[128] = "";
    int listener = deny_with_listener(SYS_getppid, 0);
    make_calls(calls);
    pid_t pid = target(listener, 1);
    say("read %ld, write %ld, pread %ld", CALL(SYS_read, listener, &byte, 1),
        CALL(SYS_write, listener, &byte, 1),
        result_of(SYS_pread64, listener, (long)&byte, 1, 0, 0));
    say("readv %zd", readv(listener, &(struct iovec){&byte, 1}, 1));
    say("lseek %ld", CALL(SYS_lseek, listener, 0, SEEK_SET));
    say("unknown ioctl %ld, FIONREAD %ld", CALL(SYS_ioctl, listener, 0x5401, &byte),
        CALL(SYS_ioctl, listener, 0x541b, &byte));
    say("recv with content %d", ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) ? errno : 0);
    say("recv nowhere %ld", CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_RECV, 8));
    say("send nowhere %ld", CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_SEND, 8));
    say("set flags %ld %ld", CALL(SYS_ioctl, listener, 0x40082104, 1),
        CALL(SYS_ioctl, listener, 0x40082104, 2));
    say("valid, old number %ld", CALL(SYS_ioctl, listener, 0x80082102, &request.id));
    say("mmap %d", mmap(NULL, 4096, PROT_READ, MAP_SHARED, listener, 0) == MAP_FAILED ? errno : 0);
    say("flags %#x %#x", fcntl(listener, F_GETFL), fcntl(listener, F_GETFD));
    snprintf(path, sizeof path, "/proc/self/fd/%d", listener);
    say("link %zd %s", readlink(path, where, sizeof where - 1), where);
    int found = fstat(listener, &info);
    say("stat %d, type %o", found, info.st_mode & S_IFMT);
    say("getsockopt %d",
        getsockopt(listener, SOL_SOCKET, SO_TYPE, &info, &(socklen_t){4}) ? errno : 0);
    say("sendto %ld, shutdown %ld, listen %ld",
        result_of(SYS_sendto, listener, (long)&byte, 1, 0, 0), CALL(SYS_shutdown, listener, 2, 0),
        CALL(SYS_listen, listener, 1, 0));
    say("received %ld", receive(listener, &request));
    say("answered %ld", answer(listener, request.id, 0, 5, 0));
    ended("target", pid);
}

static void odd_requests(void)
{
    odd_requests_after(0);
}

static void odd_requests_later(void)
{
    odd_requests_after(MANY_CALLS);
}

static void busy(void)
{
    const struct rule rule = {SYS_getpgrp, SECCOMP_RET_USER_NOTIF};
    int listener = deny_with_listener(SYS_getppid, 0);
    long second = install(SECCOMP_FILTER_FLAG_NEW_LISTENER, 1, &rule, SECCOMP_RET_ALLOW);
    say("a second %ld", second);
    close(listener);
    say("its call %ld", call_getppid());
    second = install(SECCOMP_FILTER_FLAG_NEW_LISTENER, 1, &rule, SECCOMP_RET_ALLOW);
    say("the same number %d", second == listener);
    struct rlimit few = {(rlim_t)listener + 1, 4096};
    setrlimit(RLIMIT_NOFILE, &few);
    pid_t pid = forked();
    if (pid == 0) {
        say("no number left %ld",
            install(SECCOMP_FILTER_FLAG_NEW_LISTENER, 1, &rule, SECCOMP_RET_ALLOW));
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

/* ---- poll ---- */

static void polls(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    say("idle %#x", ready(listener, 0));
    pid_t pid = target(listener, 1);
    say("waiting %#x", ready(listener, 5000));
    receive(listener, &request);
    say("read %#x", ready(listener, 0));
    pid_t other = target(listener, 1);
    struct pollfd poller = {.fd = listener, .events = POLLIN};
    say("another %d %#x", poll(&poller, 1, 5000), poller.revents);
    say("both %#x", ready(listener, 0));
    answer(listener, request.id, 0, 1, 0);
    ended("first", pid);
    say("one %#x", ready(listener, 0));
    receive(listener, &request);
    answer(listener, request.id, 0, 2, 0);
    ended("second", other);
    say("none %#x", ready(listener, 0));
}

/* The listener outlives all users of the filter. */
static int orphan_listener(void)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair))
        give_up("socketpair");
    pid_t pid = forked();
    if (pid == 0) {
        char room[CMSG_SPACE(sizeof(int))] = {0}, byte = 0;
        struct iovec data = {&byte, 1};
        struct msghdr message = {
            .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
        int listener = deny_with_listener(SYS_getppid, 0);
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof listener);
        memcpy(CMSG_DATA(header), &listener, sizeof listener);
        sendmsg(pair[1], &message, 0);
        close(listener);
        if (read(pair[1], &byte, 1) == 1)
            call_getppid();
        _exit(0);
    }
    char room[CMSG_SPACE(sizeof(int))], byte;
    struct iovec data = {&byte, 1};
    struct msghdr message = {
        .msg_iov = &data, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    int listener = -1;
    if (recvmsg(pair[0], &message, 0) != 1)
        give_up("recvmsg");
    memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof listener);
    struct seccomp_notif request;
    if (write(pair[0], "g", 1) != 1)
        give_up("write");
    long got = receive(listener, &request);
    say("received elsewhere %ld, from it %d", got, request.pid == (unsigned)pid);
    answer(listener, request.id, 0, 0, 0);
    ended("the only user", pid);
    close(pair[0]);
    close(pair[1]);
    return listener;
}

static void say_selected(int listener, long seconds)
{
    fd_set in, out, except;
    FD_ZERO(&in);
    FD_ZERO(&out);
    FD_ZERO(&except);
    FD_SET(listener, &in);
    FD_SET(listener, &out);
    FD_SET(listener, &except);
    struct timeval limit = {seconds, 0};
    say("select %d: %d %d %d", select(listener + 1, &in, &out, &except, &limit),
        !!FD_ISSET(listener, &in), !!FD_ISSET(listener, &out), !!FD_ISSET(listener, &except));
}

static void hung_up_after(int calls)
{
    struct seccomp_notif request;
    int listener = orphan_listener();
    make_calls(calls);
    struct pollfd pollers[2] = {{.fd = listener, .events = POLLIN}, {.fd = listener}};
    say("poll %d %#x %#x", poll(pollers, 2, 5000), pollers[0].revents, pollers[1].revents);
    say("for all %#x", ready(listener, 0));
    struct pollfd all = {.fd = listener,
                         .events = POLLIN | POLLRDNORM | POLLRDHUP | POLLOUT | POLLPRI};
    struct timespec none = {0};
    say("ppoll %d %#x", ppoll(&all, 1, &none, NULL), all.revents);
    say_selected(listener, 0);
    say("receive %ld", receive(listener, &request));
    say("valid %ld", valid(listener, 1));
    int copy = dup(listener);
    close(listener);
    say("receive by a copy %ld", receive(copy, &request));
}

static void hung_up(void)
{
    hung_up_after(0);
}

static void hung_up_later(void)
{
    hung_up_after(MANY_CALLS);
}

static void hung_up_epoll(void)
{
    int listener = orphan_listener(), set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
    int count = epoll_wait(set, &event, 1, 5000);
    say("epoll %d %#x", count, event.events);
}

static void with_epoll(const char *what, unsigned edge)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0), set = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN | edge}, got = {0};
    epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
    say("%s: idle %d", what, epoll_wait(set, &got, 1, 0));
    pid_t pid = target(listener, 1);
    say("waiting %d %#x", epoll_wait(set, &got, 1, 5000), got.events);
    say("again %d", epoll_wait(set, &got, 1, 0));
    receive(listener, &request);
    say("read %d", epoll_wait(set, &got, 1, 0));
    pid_t other = target(listener, 1);
    say("another %d", epoll_wait(set, &got, 1, 5000));
    answer(listener, request.id, 0, 1, 0);
    receive(listener, &request);
    answer(listener, request.id, 0, 1, 0);
    ended("first", pid);
    ended("second", other);
    say("none %d", epoll_wait(set, &got, 1, 0));
    close(listener);
    close(set);
}

static void epoll_level(void)
{
    with_epoll("level", 0);
}

static void epoll_edge(void)
{
    with_epoll("edge", EPOLLET);
}

static void selects(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, 1);
    for (int i = 0; i < 2; i++) {
        say_selected(listener, 5);
        if (i == 0)
            receive(listener, &request);
    }
    answer(listener, request.id, 0, 1, 0);
    ended("target", pid);
}

/* ---- the descriptor ---- */

static void copies(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0), copy = dup(listener);
    pid_t pid = target(copy, 1);
    close(listener);
    say("by a copy %ld", receive(copy, &request));
    say("answered %ld", answer(copy, request.id, 0, 9, 0));
    ended("target", pid);
    int high = fcntl(copy, F_DUPFD, 1500);
    struct rlimit many;
    getrlimit(RLIMIT_NOFILE, &many);
    many.rlim_cur = many.rlim_max < 4096 ? many.rlim_max : 4096;
    setrlimit(RLIMIT_NOFILE, &many);
    if (high < 0)
        high = fcntl(copy, F_DUPFD, 1500);
    close(copy);
    pid = target(high, 1);
    say("by a high number %ld", receive(high, &request));
    say("answered %ld", answer(high, request.id, 0, 10, 0));
    ended("target", pid);
    close(high);
    say("closed: %ld", call_getppid());
}

/* The supervisor calls execve, and keeps the listener. */
static void by_exec(void)
{
    int listener = deny_with_listener(SYS_getppid, 0);
    fcntl(listener, F_SETFD, 0);
    pid_t supervisor = forked();
    if (supervisor == 0) {
        char name[] = "scenario", choice[] = "notify-serve", number[16];
        snprintf(number, sizeof number, "%d", listener);
        char *list[] = {name, choice, NULL};
        setenv("LISTENER", number, 1);
        execv("/proc/self/exe", list);
        _exit(1);
    }
    close(listener);
    long result = call_getppid();
    ended("supervisor", supervisor);
    say("result %ld, then %ld", result, call_getppid());
}

/* The program that by_exec executes. */
static void serve(void)
{
    struct seccomp_notif request;
    const char *number = getenv("LISTENER");
    if (!number)
        return;
    int listener = atoi(number);
    say("received %ld", receive(listener, &request));
    answer(listener, request.id, 0, 21, 0);
}

/* Many notifications, one after the other; stops_test.py counts the stops of these. */
static void rounds(void)
{
    const char *wanted = getenv("ROUNDS");
    int count = wanted ? atoi(wanted) : MANY_CALLS, answered = 0;
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, count);
    while (answered < count && !receive(listener, &request) &&
           !answer(listener, request.id, 0, answered % 100, 0))
        answered++;
    say("answered %d", answered);
    ended("target", pid);
}

/* ---- deaths and signals ---- */

static void supervisor_dies(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t supervisor = forked();
    if (supervisor == 0) {
        receive(listener, &request);
        raise(SIGKILL);
    }
    pid_t first = target(listener, 1);
    close(listener);
    ended("supervisor", supervisor);
    ended("target", first);
    say("later %ld", call_getppid());
}

static void target_dies(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, 1);
    say("received %ld, valid %ld", receive(listener, &request), valid(listener, request.id));
    kill(pid, SIGKILL);
    ended("killed when read", pid);
    say("valid %ld, answered %ld, events %#x", valid(listener, request.id),
        answer(listener, request.id, 0, 0, 0), ready(listener, 0));
    pid = target(listener, 1);
    ready(listener, 5000);
    kill(pid, SIGTERM);
    ended("killed when waiting", pid);
    say("events %#x, received %ld", ready(listener, 0), receive(listener, &request));
}

static void on_usr1(int number)
{
    (void)number;
}

static pid_t signalled_target(int listener, int flags)
{
    pid_t pid = forked();
    if (pid == 0) {
        struct sigaction action = {.sa_handler = on_usr1, .sa_flags = flags};
        close(listener);
        sigaction(SIGUSR1, &action, NULL);
        long result = call_getppid();
        _exit(result < 0 ? (int)-result : (int)result & 127);
    }
    return pid;
}

static void await_delivered(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/status", pid);
    while (status_field(path, "ShdPnd") > 0)
        pause_for(1);
    pause_for(10);
}

static void interrupted(const char *what, int flags, unsigned more_flags, bool read_first)
{
    struct seccomp_notif request = {0};
    int listener = deny_with_listener(SYS_getppid, more_flags);
    pid_t pid = signalled_target(listener, flags);
    ready(listener, 5000);
    if (read_first)
        receive(listener, &request);
    uint64_t id = request.id;
    await_state(pid, 'S');
    kill(pid, SIGUSR1);
    if (read_first && more_flags)
        await_state(pid, 'D');
    else
        await_delivered(pid);
    say("%s: events %#x, valid %ld", what, ready(listener, 0), valid(listener, id));
    if (read_first)
        say("answered %ld", answer(listener, id, 0, 11, 0));
    for (int i = 0; i < 3 && ready(listener, 30) & POLLIN; i++) {
        long got = receive(listener, &request);
        say("received %ld, another %d", got, request.id != id);
        if (!got)
            say("answered %ld", answer(listener, request.id, 0, 12, 0));
    }
    ended("target", pid);
    close(listener);
}

static void signals_read(void)
{
    interrupted("read, restarts", (int)SA_RESTART, 0, true);
    interrupted("read, fails", 0, 0, true);
}

static void signals_unread(void)
{
    interrupted("unread, restarts", (int)SA_RESTART, 0, false);
    interrupted("unread, fails", 0, 0, false);
}

static void signals_killable(void)
{
    interrupted("killable, read", 0, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, true);
    interrupted("killable, unread", 0, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, false);
}

static void killable_states(void)
{
    struct seccomp_notif request;
    int status, listener = deny_with_listener(SYS_getppid, SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
    pid_t pid = signalled_target(listener, 0);
    say("S %d", await_state(pid, 'S'));
    receive(listener, &request);
    kill(pid, SIGUSR1);
    say("D %d", await_state(pid, 'D'));
    kill(pid, SIGSTOP);
    pause_for(30);
    say("not stopped %d, valid %ld", waitpid(pid, &status, WNOHANG | WUNTRACED) == 0,
        valid(listener, request.id));
    say("answered %ld", answer(listener, request.id, 0, 13, 0));
    say("stopped %d", waitpid(pid, &status, WUNTRACED) == pid);
    say("%s", status_text(status));
    kill(pid, SIGCONT);
    ended("target", pid);
    pid = signalled_target(listener, 0);
    receive(listener, &request);
    kill(pid, SIGTERM);
    ended("by a fatal signal", pid);
    say("valid %ld", valid(listener, request.id));
}

static void ignored_signals(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, 1);
    receive(listener, &request);
    static const int ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
    for (int i = 0; i < 4; i++) {
        kill(pid, ignored[i]);
        pause_for(10);
        say("signal %d: valid %ld", ignored[i], valid(listener, request.id));
    }
    answer(listener, request.id, 0, 14, 0);
    ended("target", pid);
}

static void stopped_target(void)
{
    struct seccomp_notif request;
    int status, listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, 1);
    receive(listener, &request);
    uint64_t id = request.id;
    kill(pid, SIGSTOP);
    waitpid(pid, &status, WUNTRACED);
    say("%s, valid %ld", status_text(status), valid(listener, id));
    kill(pid, SIGCONT);
    waitpid(pid, &status, WCONTINUED);
    say("continued %d", !!WIFCONTINUED(status));
    if (ready(listener, 5000) & POLLIN) {
        long got = receive(listener, &request);
        say("again %ld, another %d", got, request.id != id);
    }
    answer(listener, request.id, 0, 15, 0);
    ended("target", pid);
}

static void on_alarm(int number)
{
    (void)number;
}

/* A supervisor's wait is interrupted. */
static void receiver_signalled(void)
{
    struct sigaction action = {.sa_handler = on_alarm};
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t self = getpid();
    sigaction(SIGUSR2, &action, NULL);
    pid_t sender = forked();
    while (sender == 0) {
        pause_for(5);
        kill(self, SIGUSR2);
    }
    say("receive %ld", receive(listener, &request));
    kill(sender, SIGKILL);
    ended("sender", sender);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR2, &action, NULL);
    sender = forked();
    if (sender == 0) {
        for (int i = 0; i < 5; i++) {
            pause_for(5);
            kill(self, SIGUSR2);
        }
        _exit((int)call_getppid());
    }
    say("receive %ld", receive(listener, &request));
    answer(listener, request.id, 0, 16, 0);
    ended("sender", sender);
}

/* ---- several supervisors ---- */

static void *serve_some(void *listener)
{
    struct seccomp_notif request;
    for (;;) {
        long got = receive((int)(intptr_t)listener, &request);
        if (got == -ENOENT || got == -EINTR)
            continue;
        if (got)
            return NULL;
        answer((int)(intptr_t)listener, request.id, 0, 17, 0);
    }
}

static void many_supervisors(void)
{
    int status, good = 0, listener = deny_with_listener(SYS_getppid, 0);
    for (int i = 0; i < 4; i++)
        thread_run(serve_some, (void *)(intptr_t)listener);
    for (int i = 0; i < 8; i++)
        target(listener, 20);
    while (wait(&status) > 0)
        good += WIFEXITED(status) && WEXITSTATUS(status) == 17;
    say("good %d", good);
}

/* Targets that are signalled continuously still get their answers. */
static void storm(void)
{
    int status, listener = deny_with_listener(SYS_getppid, 0);
    thread_run(serve_some, (void *)(intptr_t)listener);
    struct sigaction action = {.sa_handler = on_usr1, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &action, NULL);
    pid_t pid = forked();
    if (pid == 0) {
        for (int i = 0; i < 200; i++)
            if (call_getppid() != 17)
                _exit(1);
        _exit(0);
    }
    while (waitpid(pid, &status, WNOHANG) == 0) {
        kill(pid, SIGUSR1);
        pause_for(1);
    }
    say("%s", status_text(status));
}

static void in_namespace(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t outer = forked();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID))
            give_up("a pid namespace");
        pid_t pid = target(listener, 1);
        int status;
        waitpid(pid, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    long got = receive(listener, &request);
    say("received %ld, by the number outside %d", got,
        request.pid > 1 && request.pid != (unsigned)outer && !kill((pid_t)request.pid, 0));
    answer(listener, request.id, 0, 18, 0);
    ended("target", outer);
    /* and the other way round: the supervisor is inside, the target isn't */
    outer = forked();
    if (outer == 0) {
        if (unshare(CLONE_NEWPID))
            give_up("a pid namespace");
        pid_t inner = forked();
        if (inner == 0) {
            got = receive(listener, &request);
            say("received %ld, number %u", got, request.pid);
            answer(listener, request.id, 0, 19, 0);
            _exit(0);
        }
        waitpid(inner, NULL, 0);
        _exit(0);
    }
    pid_t pid = target(listener, 1);
    ended("supervisor", outer);
    ended("target", pid);
}

/* ---- giving descriptors ---- */

static pid_t open_target(int listener)
{
    pid_t pid = forked();
    if (pid == 0) {
        close(listener);
        for (int i = 0; i < 6; i++)
            call_getppid();
        for (int fd = 3; fd < 40; fd++) {
            int flags = fcntl(fd, F_GETFD);
            if (flags >= 0)
                say("target has %d, flags %d, %d", fd, flags, (int)lseek(fd, 0, SEEK_CUR));
        }
        _exit(0);
    }
    return pid;
}

static void give(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    int file = open("/proc/self/exe", O_RDONLY);
    lseek(file, 77, SEEK_SET);
    pid_t pid = open_target(listener);
    receive(listener, &request);
    say("bad file %ld, bad flags %ld, bad descriptor flags %ld",
        add(listener, request.id, 999, 0, 0, 0), add(listener, request.id, file, 4, 0, 0),
        add(listener, request.id, file, 0, 0, 1));
    say("number without SETFD %ld, no such id %ld", add(listener, request.id, file, 0, 30, 0),
        add(listener, request.id + 1, file, 0, 0, 0));
    say("given %d", add(listener, request.id, file, 0, 0, 0) >= 0);
    say("close on exec %d", add(listener, request.id, file, 0, 0, O_CLOEXEC) >= 0);
    say("as 30 %ld", add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SETFD, 30, 0));
    say("as 30 again %ld",
        add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SETFD, 30, O_CLOEXEC));
    say("as 0 %ld", add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SETFD, 0, 0));
    say("too high %ld", add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SETFD, 1 << 30, 0));
    answer(listener, request.id, 0, 1, 0);
    receive(listener, &request);
    say("and answered %d", add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SEND, 0, 0) >= 0);
    receive(listener, &request);
    say("as 31 and answered %ld",
        add(listener, request.id, file, SECCOMP_ADDFD_FLAG_SEND | SECCOMP_ADDFD_FLAG_SETFD, 31, 0));
    say("given to one answered %ld", add(listener, request.id, file, 0, 0, 0));
    for (int i = 0; i < 3; i++) {
        receive(listener, &request);
        answer(listener, request.id, 0, 1, 0);
    }
    ended("target", pid);
    say("given to one gone %ld", add(listener, request.id, file, 0, 0, 0));
}

static void give_sizes(void)
{
    struct seccomp_notif request;
    struct {
        struct seccomp_notif_addfd addfd;
        uint64_t more;
    } large = {0};
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = target(listener, 1);
    receive(listener, &request);
    large.addfd = (struct seccomp_notif_addfd){.id = request.id, .srcfd = 1};
    say("small %ld", CALL(SYS_ioctl, listener, _IOC(_IOC_WRITE, '!', 3, 16), &large));
    say("large %d", CALL(SYS_ioctl, listener, _IOC(_IOC_WRITE, '!', 3, 32), &large) >= 0);
    large.more = 1;
    say("unknown content %ld", CALL(SYS_ioctl, listener, _IOC(_IOC_WRITE, '!', 3, 32), &large));
    say("huge %ld", CALL(SYS_ioctl, listener, _IOC(_IOC_WRITE, '!', 3, 4096), &large));
    say("nowhere %ld", CALL(SYS_ioctl, listener, SECCOMP_IOCTL_NOTIF_ADDFD, 8));
    answer(listener, request.id, 0, 1, 0);
    ended("target", pid);
}

static void give_limited(void)
{
    struct seccomp_notif request;
    int listener = deny_with_listener(SYS_getppid, 0);
    pid_t pid = forked();
    if (pid == 0) {
        close(listener);
        int next = dup(0);
        close(next);
        struct rlimit few = {(rlim_t)next + 1, 4096};
        setrlimit(RLIMIT_NOFILE, &few);
        call_getppid();
        _exit(0);
    }
    receive(listener, &request);
    say("the last %d", add(listener, request.id, 1, 0, 0, 0) >= 0);
    say("one more %ld", add(listener, request.id, 1, 0, 0, 0));
    say("in its place %ld", add(listener, request.id, 1, SECCOMP_ADDFD_FLAG_SETFD, 0, 0));
    say("beyond %ld", add(listener, request.id, 1, SECCOMP_ADDFD_FLAG_SETFD, 900, 0));
    say("and answered %ld", add(listener, request.id, 1, SECCOMP_ADDFD_FLAG_SEND, 0, 0));
    say("still there %ld", valid(listener, request.id));
    say("answered %ld", answer(listener, request.id, 0, 0, 0));
    ended("target", pid);
}

static void *give_all_the_time(void *listener)
{
    struct seccomp_notif request;
    for (;;) {
        if (receive((int)(intptr_t)listener, &request))
            continue;
        add((int)(intptr_t)listener, request.id, 1, 0, 0, O_CLOEXEC);
        add((int)(intptr_t)listener, request.id, 1, SECCOMP_ADDFD_FLAG_SETFD, 50, 0);
        answer((int)(intptr_t)listener, request.id, 0, 20, 0);
    }
    return NULL;
}

/* Targets are killed while they receive descriptors. */
static void give_to_dying(void)
{
    int listener = deny_with_listener(SYS_getppid, 0);
    thread_run(give_all_the_time, (void *)(intptr_t)listener);
    for (int i = 0; i < 40; i++) {
        int status;
        pid_t pid = forked();
        if (pid == 0)
            for (;;) {
                call_getppid();
                syscall(SYS_close_range, 60, ~0u, 0);
                for (int fd = 51; fd < 60; fd++)
                    close(fd);
            }
        pause_for(i % 4 + 1);
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
        if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
            say("%s", status_text(status));
    }
    say("all killed");
}

/* ---- with TSYNC and more filters ---- */

static atomic_bool installed;

static void *calls_it(void *unused)
{
    while (!installed)
        pause_for(1);
    say("its thread: %ld", call_getppid());
    return unused;
}

static void for_all_threads(void)
{
    struct seccomp_notif request;
    void *thread = thread_run(calls_it, NULL);
    int listener = deny_with_listener(SYS_getppid,
                                      SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
    installed = true;
    long got = receive(listener, &request);
    say("received %ld, a thread %d", got, request.pid != (unsigned)getpid());
    answer(listener, request.id, 0, 23, 0);
    thread_join(thread);
}

static void newest_wins(void)
{
    struct seccomp_notif request;
    int older = deny_with_listener(SYS_getppid, 0);
    deny(SYS_getppid, SECCOMP_RET_TRACE | 1);
    pid_t pid = target(older, 1);
    say("over TRACE: %ld", receive(older, &request));
    answer(older, request.id, 0, 24, 0);
    ended("target", pid);
    pid_t other = forked();
    if (other == 0) {
        deny(SYS_getppid, ERRNO(3));
        _exit((int)-call_getppid());
    }
    ended("under ERRNO", other);
}

/* ---- listeners on top of others: proposed for Linux, and refused by those that exist ---- */

#define NESTING 64u /* SECCOMP_FILTER_FLAG_ALLOW_NESTED_LISTENERS */

static long listen_too(unsigned flags)
{
    struct rule rule = {SYS_getppid, SECCOMP_RET_USER_NOTIF};
    return install(SECCOMP_FILTER_FLAG_NEW_LISTENER | flags, 1, &rule, SECCOMP_RET_ALLOW);
}

static void no_nesting(void)
{
    deny_with_listener(SYS_getppid, 0);
    say("another %ld, with the flag %ld", listen_too(0), listen_too(NESTING));
}

/* The supervisor at this level answers, or lets the next one decide. */
static void answer_at(int level, int listener, unsigned flags)
{
    struct seccomp_notif request;
    long received = receive(listener, &request);
    say("level %d: received %ld, call %d", level, received, request.data.nr == SYS_getppid);
    say("  answered %ld", answer(listener, request.id, 0, flags ? 0 : 40 + level, flags));
}

static void nested(void)
{
    int listeners[4] = {deny_with_listener(SYS_getppid, NESTING)};
    deny(SYS_getppid, SECCOMP_RET_USER_NOTIF); /* without a listener: it changes nothing */
    for (int i = 1; i < 4; i++)
        say("another %d", (listeners[i] = (int)listen_too(i < 3 ? NESTING : 0)) >= 0);
    say("above one without the flag %ld", listen_too(NESTING));
    pid_t pid = target(listeners[1], 2);
    for (int i = 3; i > 0; i--)
        answer_at(i, listeners[i], i > 1 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0);
    say("the oldest is asked %d", ready(listeners[0], 0));
    close(listeners[1]);
    for (int i = 3; i > 1; i--)
        answer_at(i, listeners[i], SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    ended("answered, then a closed listener was asked", pid);
}

static void nested_unaware(void)
{
    int older = deny_with_listener(SYS_getppid, 0), newer = (int)listen_too(0);
    pid_t pid = target(older, 1);
    answer_at(1, newer, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    answer_at(0, older, 0);
    ended("target", pid);
}

/* ---- by the rules of a kernel, which the options of cordon set ---- */

static int hangs_up(int listener)
{
    struct pollfd poller = {.fd = listener};
    return poll(&poller, 1, 100) == 1 && poller.revents & POLLHUP;
}

/* The only user of a filter ends; its parent waits for it afterwards. */
static void dead_user(void)
{
    enum { LISTENER = 100 };
    pid_t pid = (pid_t)result_of(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        dup2(deny_with_listener(SYS_getppid, 0), LISTENER);
        _exit(0);
    }
    int listener = LISTENER;
    await_state(pid, 'Z');
    say("set flags %ld", CALL(SYS_ioctl, listener, 0x40082104, 1));
    say("hung up when dead %d", hangs_up(listener));
    ended("the user", pid);
    say("hung up when reaped %d", hangs_up(listener));
    pid = forked();
    if (pid == 0) {
        struct seccomp_notif request;
        alarm(1);
        _exit((int)-receive(listener, &request));
    }
    ended("receiver", pid);
}

static void *outlives(void *leader)
{
    await_state(getpid(), *(char *)leader);
    long result = install(SECCOMP_FILTER_FLAG_TSYNC, 0, NULL, SECCOMP_RET_ALLOW);
    say("TSYNC %s", result == getpid() ? "fails for the first thread" : result ? "fails" : "works");
    _exit(0);
}

/* The first thread has a filter of its own, and is dead. */
static void dead_leader_body(void)
{
    char zombie = 'Z';
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    thread_run(outlives, &zombie);
    install(0, 0, NULL, SECCOMP_RET_ALLOW);
    syscall(SYS_exit, 0);
}

static void dead_leader(void)
{
    in_child("process", dead_leader_body);
}

const struct scenario notifying[] = {{"notify-answers", answers},
                                     {"notify-continue", continues},
                                     {"notify-odd-requests", odd_requests},
                                     {"notify-odd-requests-later", odd_requests_later},
                                     {"notify-rounds", rounds},
                                     {"notify-busy", busy},
                                     {"notify-poll", polls},
                                     {"notify-hung-up", hung_up},
                                     {"notify-hung-up-later", hung_up_later},
                                     {"notify-hung-up-epoll", hung_up_epoll},
                                     {"notify-epoll-level", epoll_level},
                                     {"notify-epoll-edge", epoll_edge},
                                     {"notify-select", selects},
                                     {"notify-copies", copies},
                                     {"notify-exec", by_exec},
                                     {"notify-serve", serve},
                                     {"notify-supervisor-dies", supervisor_dies},
                                     {"notify-target-dies", target_dies},
                                     {"notify-signals-read", signals_read},
                                     {"notify-signals-unread", signals_unread},
                                     {"notify-signals-killable", signals_killable},
                                     {"notify-killable-states", killable_states},
                                     {"notify-ignored-signals", ignored_signals},
                                     {"notify-stopped-target", stopped_target},
                                     {"notify-receiver-signalled", receiver_signalled},
                                     {"notify-many-supervisors", many_supervisors},
                                     {"notify-storm", storm},
                                     {"notify-namespaces", in_namespace},
                                     {"notify-give", give},
                                     {"notify-give-sizes", give_sizes},
                                     {"notify-give-limited", give_limited},
                                     {"notify-give-to-dying", give_to_dying},
                                     {"notify-all-threads", for_all_threads},
                                     {"notify-newest-wins", newest_wins},
                                     {"notify-no-nesting", no_nesting},
                                     {"notify-dead-user", dead_user},
                                     {"own-notify-dead-user-6.1", dead_user},
                                     {"notify-dead-leader", dead_leader},
                                     {"own-notify-dead-leader-6.1", dead_leader},
                                     {"own-notify-nested", nested},
                                     {"own-notify-nested-unaware", nested_unaware},
                                     {0}};
