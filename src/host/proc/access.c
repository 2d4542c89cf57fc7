/* SPDX-License-Identifier: MIT */
/* access.c: what the kernel would permit one process about another: by ids and capabilities. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc.h"

#ifndef NS_GET_OWNER_UID
#define NS_GET_OWNER_UID _IO(NSIO, 0x4)
#endif

static bool same_file(const struct stat *one, const struct stat *other)
{
    return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

/*
 * cap_capable() in security/commoncap.c: from the target's namespace outwards, until it is the
 * caller's, or one that the caller owns in its own.
 */
bool proc_is_capable(pid_t caller, pid_t target, unsigned capability)
{
    struct proc_status status = proc_status(caller);
    struct stat own, here;
    uid_t owner = (uid_t)-1;
    bool capable = false, inside = false;
    if (!status.tgid || !proc_stat(caller, "ns/user", &own))
        return false;
    for (int fd = proc_open(target, "ns/user", O_RDONLY), next; fd >= 0; fd = next) {
        next = -1;
        if (!fstat(fd, &here) && same_file(&own, &here))
            capable =
                (status.capabilities >> capability & 1) || (inside && owner == status.uids[1]);
        else if (!ioctl(fd, NS_GET_OWNER_UID, &owner) && (inside = true))
            next = ioctl(fd, NS_GET_PARENT);
        close(fd);
    }
    return capable;
}

static bool same_ids(const struct proc_status *caller, const struct proc_status *target)
{
    for (unsigned i = 0; i < 3; i++)
        if (caller->uid != target->uids[i] || caller->gid != target->gids[i])
            return false;
    return true;
}

/* Files that aren't readable by all belong to root where the process isn't dumpable. */
static bool is_dumpable(pid_t pid, const struct proc_status *status)
{
    struct stat info;
    return proc_stat(pid, "stat", &info) && info.st_uid == status->uids[1];
}

/* cap_ptrace_access_check() in security/commoncap.c */
static bool has_capabilities_of(pid_t caller, const struct proc_status *one, pid_t target,
                                const struct proc_status *other)
{
    struct stat ours, theirs;
    return !(other->permitted & ~one->permitted) && proc_stat(caller, "ns/user", &ours) &&
           proc_stat(target, "ns/user", &theirs) && same_file(&ours, &theirs);
}

bool proc_may_trace(pid_t caller, pid_t target)
{
    struct proc_status one = proc_status(caller), other = proc_status(target);
    if (!one.tgid || !other.tgid)
        return false;
    if (proc_is_capable(caller, target, CAP_SYS_PTRACE))
        return true;
    return same_ids(&one, &other) && is_dumpable(target, &other) &&
           has_capabilities_of(caller, &one, target, &other);
}

bool proc_may_be_asked(pid_t caller, pid_t target)
{
    struct proc_status one = proc_status(caller), other = proc_status(target);
    return one.tgid && other.tgid &&
           (has_capabilities_of(caller, &one, target, &other) ||
            proc_is_capable(caller, target, CAP_SYS_PTRACE));
}
