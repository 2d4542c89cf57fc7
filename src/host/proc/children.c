/* SPDX-License-Identifier: MIT */
/* children.c: the processes that a thread has created. */
#include "path.h"
#include "proc.h"

void proc_kill_children(pid_t pid, pid_t tid)
{
    char name[48];
    int child;
    snprintf(name, sizeof name, "task/%d/children", (int)tid);
    FILE *file = proc_file(pid, name);
    while (file && fscanf(file, "%d", &child) == 1)
        if (child > 1)
            kill(child, SIGKILL);
    if (file)
        fclose(file);
}
