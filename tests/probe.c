/* SPDX-License-Identifier: MIT */
/* probe.c: makes one system call and prints its errno, 0 if it is allowed: probe NUMBER
 * [ARGUMENT…]. Static, so that it runs in any container. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    long words[7] = {0};
    for (int i = 1; i < argc && i <= 7; i++)
        words[i - 1] = (long)strtoull(argv[i], NULL, 0);
    long result = syscall(words[0], words[1], words[2], words[3], words[4], words[5], words[6]);
    printf("%d\n", result == -1 ? errno : 0);
    return 0;
}
