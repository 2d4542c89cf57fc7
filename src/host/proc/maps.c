/* SPDX-License-Identifier: MIT */
/* maps.c: what is mapped in another process. */
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "path.h"
#include "proc.h"

bool proc_maps_file(pid_t pid, uint64_t address, uint64_t size, int file)
{
    char line[512];
    struct stat info;
    bool found = false;
    FILE *maps = proc_file(pid, "maps");
    if (!maps)
        return false;
    while (!found && fgets(line, sizeof line, maps)) {
        uint64_t first, end, offset, inode;
        unsigned major, minor;
        char mode[5];
        found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64, &first, &end,
                       mode, &offset, &major, &minor, &inode) == 7 &&
                first == address && end - first >= size && offset == 0 && !fstat(file, &info) &&
                inode == info.st_ino && makedev(major, minor) == info.st_dev;
    }
    fclose(maps);
    return found;
}
