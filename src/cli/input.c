/* SPDX-License-Identifier: MIT */
/* input.c: reading what commands work on, whatever it is, and writing results whole or not at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cordon/files.h"
#include "cordon/filters.h"
#include "cordon/lift.h"
#include "cordon/optimize.h"
#include "cordon/programs.h"

/* ---- files ---- */

bool slurp_file(struct text_file *file, const char *path)
{
    bool standard_input = !strcmp(path, "-");
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    *file = (struct text_file){0};
    const char *problem =
        fd < 0 ? strerror(errno) : cordon_file_read(fd, false, &file->bytes, &file->length);
    if (fd > STDIN_FILENO)
        close(fd);
    if (problem)
        fail("%s: %s", path, problem);
    return !problem;
}

/* A name beside the file: same folder, so that the rename is one step. */
static int open_beside(const char *path, char *name, size_t room)
{
    if ((size_t)snprintf(name, room, "%s.XXXXXX", path) >= room) {
        errno = ENAMETOOLONG;
        return -1;
    }
    int fd = mkostemp(name, O_CLOEXEC);
    mode_t mask = umask(0);
    umask(mask);
    if (fd >= 0 && fchmod(fd, 0666 & ~mask)) {
        close(fd);
        unlink(name);
        return -1;
    }
    return fd;
}

static bool write_fd(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t done = write(fd, bytes, length);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return false;
        bytes += done;
        length -= (size_t)done;
    }
    return true;
}

/* Devices and pipes can't be replaced by a rename: they are written to directly. */
static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

static bool write_special(const char *path, const void *bytes, size_t length)
{
    int fd = !strcmp(path, "-") ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write_fd(fd, bytes, length);
    if (!good)
        fail("%s: %s", path, strerror(errno));
    if (fd > STDOUT_FILENO)
        close(fd);
    return good;
}

bool write_whole(const char *path, const void *bytes, size_t length)
{
    char name[4096];
    if (!strcmp(path, "-") || is_special(path))
        return write_special(path, bytes, length);
    int fd = open_beside(path, name, sizeof name);
    if (fd < 0) {
        fail("%s: %s", path, strerror(errno));
        return false;
    }
    bool good = write_fd(fd, bytes, length);
    good = close(fd) == 0 && good;
    good = good && rename(name, path) == 0;
    if (!good) {
        fail("%s: %s", path, strerror(errno));
        unlink(name);
    }
    return good;
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

/* ---- anything ---- */

static bool input_policy(struct input *input, const struct text_file *file,
                         const struct options *options, struct cordon_reporter *reporter)
{
    input->kind = INPUT_POLICY;
    enum cordon_error error =
        file ? reading_read(&input->policy, file, input->name, options, reporter)
             : cordon_policy_read_file(&input->policy, input->name, NULL, reporter);
    if (error || options->uncompiled)
        return !error;
    error = cordon_compile(&input->compiled, input->policy, options->abis, options->abi_count,
                           options->weights, reporter);
    if (error)
        return false;
    input->program = input->compiled.code.program;
    input->big_endian = input->compiled.big_endian;
    return true;
}

static bool input_program(struct input *input, const struct cordon_program_form *form,
                          const struct text_file *file, const struct options *options,
                          struct cordon_reporter *reporter)
{
    struct cordon_program_options reading = {
        .abi = options->abi_count ? cordon_abi(options->abis[0]) : NULL};
    input->kind = INPUT_FILTER;
    if (cordon_program_read(&input->read, form, file->bytes, file->length, input->name, &reading,
                            reporter))
        return false;
    input->program = input->read.program;
    input->big_endian = input->read.big_endian;
    return true;
}

static bool input_text(struct input *input, const struct text_file *file,
                       const struct options *options, struct cordon_reporter *reporter)
{
    const struct cordon_program_form *form =
        options->reading.from ? NULL : cordon_program_detect(file->bytes, file->length);
    return form ? input_program(input, form, file, options, reporter)
                : input_policy(input, file, options, reporter);
}

/* ---- processes ---- */

static bool report_error(enum cordon_error error, struct cordon_diag *diag)
{
    if (error)
        report_diag(diag, NULL, 0);
    return !error;
}

/* A stack as one program. */
static bool join_stack(struct input *input, const struct cordon_filters *filters)
{
    struct cordon_diag diag;
    input->compiled.model = new_model();
    if (!input->compiled.model ||
        !report_error(cordon_stack_join(&input->compiled.code, input->compiled.model,
                                        filters->programs, filters->count, NULL, &diag),
                      &diag))
        return false;
    input->program = input->compiled.code.program;
    return true;
}

static bool input_pid(struct input *input, const char *number)
{
    struct cordon_filters filters;
    struct cordon_diag diag;
    char *end;
    long pid = strtol(number, &end, 10);
    if (pid <= 0 || *end || pid > INT32_MAX) {
        fail("%s: which process?", input->name);
        return false;
    }
    if (!report_error(cordon_filters_read(&filters, (pid_t)pid, &diag), &diag))
        return false;
    input->kind = INPUT_FILTER;
    input->big_endian = cordon_abi_native()->big_endian;
    bool good = false;
    if (filters.count == 0) {
        fail("process %ld is under no filter", pid);
    } else if (filters.count > 1) {
        good = join_stack(input, &filters);
    } else {
        input->program = filters.programs[0];
        input->insns = (struct cordon_insn *)(uintptr_t)filters.programs[0].insns;
        filters.count = 0; /* taken over */
        good = true;
    }
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

enum cordon_error input_graph(const struct input *input, struct cordon_model *model,
                              const struct options *options, cordon_node *node)
{
    struct cordon_diag diag;
    cordon_node verdicts = CORDON_NODE_NONE;
    enum cordon_error error;
    if (input->kind == INPUT_FILTER)
        error = cordon_lift(node, model, &input->program, NULL, &diag);
    else
        error = cordon_policy_verdicts(input->policy, model, options->abis, options->abi_count,
                                       &verdicts, NULL);
    if (error)
        fail("%s: %s", input->name, cordon_error_text(error));
    else if (input->kind == INPUT_POLICY)
        *node = verdicts;
    return error;
}

bool input_read(struct input *input, const char *path, const struct options *options,
                struct cordon_reporter *reporter)
{
    *input = (struct input){.name = path};
    bool good;
    if (path[0] == '@') {
        good = input_policy(input, NULL, options, reporter);
    } else if (!strncmp(path, "pid:", 4)) {
        good = input_pid(input, path + 4);
    } else {
        struct text_file file;
        good = slurp_file(&file, path);
        if (good)
            good = input_text(input, &file, options, reporter);
        free(file.bytes);
    }
    if (!good)
        input_free(input);
    return good;
}

void input_free(struct input *input)
{
    cordon_compiled_free(&input->compiled);
    cordon_policy_free(input->policy);
    cordon_owned_program_free(&input->read);
    free(input->insns);
    *input = (struct input){0};
}
