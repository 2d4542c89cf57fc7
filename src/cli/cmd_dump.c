/* SPDX-License-Identifier: MIT */
/* cmd_dump.c: cordon dump: saves the filters of a running process as files. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cordon/filters.h"

/* A filter that was written already: threads of a process mostly share their filters. */
struct saved {
    struct cordon_insn *insns;
    uint32_t length;
};

struct dumper {
    const char *prefix;
    struct saved *saved;
    uint32_t count;
    size_t room;
    json_t *threads;  /* NULL: text */
    uint32_t filters; /* filters seen */
};

static void file_name(const struct dumper *dumper, uint32_t index, char *name, size_t room)
{
    snprintf(name, room, "%s.%u.bpf", dumper->prefix, index);
}

/* The number of the file that holds the filter; writes a new file if there is none. -1:
 * reported. */
static int save(struct dumper *dumper, const struct cordon_program *program)
{
    size_t size = program->length * sizeof(struct cordon_insn);
    char name[4096];
    for (uint32_t i = 0; i < dumper->count; i++)
        if (dumper->saved[i].length == program->length &&
            !memcmp(dumper->saved[i].insns, program->insns, size))
            return (int)i;
    struct cordon_insn *copy = malloc(size);
    if (!copy || !cordon_array_grow(&cordon_allocator_libc, (void **)&dumper->saved, &dumper->room,
                                    sizeof *dumper->saved, dumper->count + 1u)) {
        free(copy);
        fail("out of memory");
        return -1;
    }
    memcpy(copy, program->insns, size);
    dumper->saved[dumper->count] = (struct saved){copy, program->length};
    file_name(dumper, dumper->count, name, sizeof name);
    if (!write_whole(name, copy, size)) {
        free(copy);
        return -1;
    }
    return (int)dumper->count++;
}

static bool dump_thread(struct dumper *dumper, pid_t thread)
{
    struct cordon_filters filters;
    struct cordon_diag diag;
    enum cordon_error error = cordon_filters_read(&filters, thread, &diag);
    if (error) {
        report_diag(&diag, NULL, 0);
        return false;
    }
    json_t *files = json_array();
    if (!dumper->threads)
        printf("thread %d:%s", (int)thread, filters.count ? "" : " no filter");
    bool good = true;
    for (uint32_t i = 0; i < filters.count && good; i++) {
        int index = save(dumper, &filters.programs[i]);
        char name[4096];
        good = index >= 0;
        file_name(dumper, (uint32_t)index, name, sizeof name);
        if (good && dumper->threads)
            json_array_append_new(files, json_string(name));
        else if (good)
            printf(" %s (%u instructions)", name, filters.programs[i].length);
        dumper->filters++;
    }
    if (!dumper->threads)
        putchar('\n');
    else
        json_array_append_new(dumper->threads,
                              json_pack("{si sO}", "thread", (int)thread, "files", files));
    json_decref(files);
    cordon_filters_free(&filters);
    return good;
}

/* A thread that ends meanwhile isn't a failure. New threads may start: the list is a snapshot. */
static int dump_process(struct dumper *dumper, long pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/task", pid);
    DIR *folder = opendir(path);
    if (!folder)
        return fail("process %ld does not exist", pid);
    bool good = true;
    for (struct dirent *entry; good && (entry = readdir(folder));)
        if (entry->d_name[0] != '.')
            good = dump_thread(dumper, (pid_t)strtol(entry->d_name, NULL, 10));
    closedir(folder);
    if (good && dumper->filters == 0)
        fail("process %ld has no filter; nothing was written", pid);
    return good ? dumper->filters ? EXIT_YES : EXIT_NO : EXIT_BAD;
}

int command_dump(const struct options *options)
{
    char *end;
    long pid = strtol(options->arguments[0], &end, 10);
    if (pid <= 0 || *end)
        return usage_error("dump", "\"%s\" is not a process number", options->arguments[0]);
    struct dumper dumper = {.prefix = options->output ? options->output : options->arguments[0]};
    if (options->json)
        dumper.threads = json_array();
    int status = dump_process(&dumper, pid);
    for (uint32_t i = 0; i < dumper.count; i++)
        free(dumper.saved[i].insns);
    free(dumper.saved);
    return options->json ? print_json(dumper.threads, status) : finish_output(status);
}
