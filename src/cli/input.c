/* SPDX-License-Identifier: MIT */
/* input.c: reads the inputs of commands, in any form, and writes results whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cordon/files.h"
#include "cordon/filters.h"

/* ---- files ---- */

/* The second reader would find nothing, and take that for an empty policy. */
static const char *read_standard_input(struct text_file *file)
{
    static bool done;
    const char *problem =
        done ? "already read" : cordon_file_read(STDIN_FILENO, false, &file->bytes, &file->length);
    done = true;
    return problem;
}

static const char *read_named(struct text_file *file, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return strerror(errno);
    const char *problem = cordon_file_read(fd, false, &file->bytes, &file->length);
    close(fd);
    return problem;
}

bool slurp_file(struct text_file *file, const char *path)
{
    bool standard = !strcmp(path, "-");
    *file = (struct text_file){0};
    const char *problem = standard ? read_standard_input(file) : read_named(file, path);
    if (problem)
        fail("%s: %s", standard ? "standard input" : *path ? path : "\"\"", problem);
    return !problem;
}

bool write_whole(const char *path, const void *bytes, size_t length)
{
    bool standard = !strcmp(path, "-");
    const char *problem = standard ? cordon_file_write_to(STDOUT_FILENO, bytes, length)
                                   : cordon_file_write(path, bytes, length);
    if (problem)
        fail("%s: %s", standard ? "standard output" : path, problem);
    return !problem;
}

bool write_program(const char *path, const struct cordon_program_writer *writer,
                   const struct cordon_program_source *source)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    bool good = !writer->write(&sink, source, NULL) && !text.failed;
    if (!good)
        fail("out of memory");
    good = good && write_whole(path, text.text, text.length);
    cordon_string_free(&text);
    return good;
}

bool write_filter(const char *path, const struct cordon_program *program, bool big_endian)
{
    struct cordon_program_source source = {.program = program, .big_endian = big_endian};
    return write_program(path, cordon_program_writer_by_name("bpf"), &source);
}

/* ---- processes ---- */

static bool report_error(enum cordon_error error, struct cordon_diag *diag)
{
    if (error)
        report_diag(diag, NULL, 0);
    return !error;
}

static bool input_pid(struct cordon_input *input, const char *name)
{
    struct cordon_filters filters;
    struct cordon_diag diag;
    char *end;
    long pid = strtol(name + strlen("pid:"), &end, 10);
    if (pid <= 0 || *end || pid > INT32_MAX) {
        fail("%s: not a process number", name);
        return false;
    }
    if (!report_error(cordon_filters_read(&filters, (pid_t)pid, &diag), &diag))
        return false;
    if (!filters.count)
        fail("process %ld has no filter", pid);
    bool good = filters.count &&
                report_error(
                    cordon_input_stack(input, filters.programs, filters.count, name, &diag), &diag);
    cordon_filters_free(&filters);
    return good;
}

/* ---- meaning ---- */

struct cordon_model *new_model(void)
{
    struct cordon_model *model = NULL;
    if (cordon_model_create(&model, NULL, 0))
        fail("out of memory");
    return model;
}

enum cordon_error input_graph(const struct cordon_input *input, struct cordon_model *model,
                              const struct options *options, cordon_node *node)
{
    enum cordon_error error =
        cordon_input_graph(input, model, options->abis, options->abi_count, node, NULL);
    if (error)
        fail("%s: %s", input->name, cordon_error_text(error));
    return error;
}

bool input_read(struct cordon_input *input, const char *path, const struct options *options,
                struct cordon_reporter *reporter)
{
    struct cordon_input_options reading = reading_options(options, path);
    struct text_file file = {0};
    *input = (struct cordon_input){0};
    if (!strncmp(path, "pid:", 4))
        return input_pid(input, path);
    if (path[0] != '@' && !slurp_file(&file, path))
        return false;
    if (path[0] != '@' && file.length == 0 && !strcmp(options->command, "asm")) {
        free(file.bytes);
        fail("%s: the filter is empty", path);
        return false;
    }
    enum cordon_error error =
        cordon_input_read(input, file.bytes, file.length, path, &reading, reporter);
    free(file.bytes);
    return !error;
}

bool program_policy(struct cordon_input *input, const char *path, const struct options *options)
{
    static const struct cordon_weights now = {.kind = CORDON_WEIGHTS_KERNEL_CACHE, .quick = true};
    struct cordon_reporter reporter = terminal_reporter();
    struct options quick = *options;
    quick.weights = &now;
    if (!input_read(input, path, &quick, &reporter))
        return false;
    if (!input->big_endian)
        return true;
    cordon_input_free(input);
    usage_error(options->command, "the policy is for machines of the other byte order");
    return false;
}
