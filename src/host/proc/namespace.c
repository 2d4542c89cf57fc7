/* SPDX-License-Identifier: MIT */
/* namespace.c: the ids of threads in each other's pid namespaces. */
#include <fcntl.h>
#include <linux/nsfs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "path.h"
#include "proc.h"

bool proc_in_our_namespace(pid_t tid, const char *type)
{
    char name[32], theirs[64], ours[64];
    snprintf(name, sizeof name, "ns/%s", type);
    return proc_link(tid, name, theirs, sizeof theirs) && proc_link(0, name, ours, sizeof ours) &&
           !strcmp(theirs, ours);
}

static int open_namespace(pid_t tid)
{
    return proc_open(tid, "ns/pid", O_RDONLY);
}

/* Is the namespace of `tid`, `up` levels further out, that of `reader`? */
static bool same_namespace(pid_t reader, pid_t tid, unsigned up)
{
    struct stat here, there;
    int fd = open_namespace(tid), mine = open_namespace(reader);
    while (fd >= 0 && up--) {
        int parent = ioctl(fd, NS_GET_PARENT);
        close(fd);
        fd = parent;
    }
    bool same = fd >= 0 && mine >= 0 && !fstat(fd, &there) && !fstat(mine, &here) &&
                here.st_ino == there.st_ino;
    if (fd >= 0)
        close(fd);
    if (mine >= 0)
        close(mine);
    return same;
}

pid_t proc_id_for(pid_t reader, pid_t tid)
{
    if (proc_in_our_namespace(reader, "pid"))
        return tid;
    unsigned depth = proc_status(reader).id_count;
    struct proc_status status = proc_status(tid);
    if (!depth || depth > status.id_count || !same_namespace(reader, tid, status.id_count - depth))
        return 0;
    return status.ids[depth - 1];
}

bool proc_is_init(pid_t tid)
{
    struct proc_status status = proc_status(tid);
    return status.id_count && status.ids[status.id_count - 1] == 1;
}
