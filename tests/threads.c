/* SPDX-License-Identifier: MIT */
/*
 * threads.c: two threads use the whole library at the same time, and share everything that may be
 * shared. Built with ThreadSanitizer, which reports data races: threads FILE…
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cordon/compare.h"
#include "cordon/compile.h"
#include "cordon/convert.h"
#include "cordon/denial.h"
#include "cordon/describe.h"
#include "cordon/difference.h"
#include "cordon/input.h"
#include "cordon/lift.h"
#include "cordon/programs.h"
#include "cordon/stat.h"

#define MAX_TEXT (1u << 20)

struct job {
    char **paths;
    int path_count;
    const struct cordon_policy *shared; /* constant, so both may use it */
    pthread_barrier_t *start;
    unsigned policies, compiled, written, differences, programs;
};

/* ---- explaining ---- */

static void ignore_text(void *context, const char *text, size_t length)
{
    (void)text;
    *(size_t *)context += length;
}

static bool ignore_way(void *context, const struct cordon_way *way)
{
    *(size_t *)context += strlen(way->condition);
    return true;
}

static void ignore_lint(void *context, const struct cordon_diag *diag, const char *line,
                        uint32_t length)
{
    (void)line, (void)length;
    *(size_t *)context += strlen(diag->text);
}

static void explain_call(const struct cordon_compiled *compiled, const struct cordon_data *data)
{
    size_t length = 0;
    struct cordon_sink sink = {ignore_text, &length};
    uint32_t decider = cordon_model_evaluate(compiled->model, compiled->meaning.deciders, data);
    struct cordon_fallback rule = cordon_policy_decider(compiled->policy, decider);
    uint32_t line_length;
    cordon_policy_line(compiled->policy, rule.place, &line_length);
    cordon_action_print(&sink, cordon_program_run(&compiled->code.program, data).value);
    cordon_call_print(&sink, data, NULL);
    cordon_call_suggest(&sink, data);
}

static void explain(const struct cordon_compiled *compiled)
{
    size_t length = 0;
    const struct cordon_abi *abi = cordon_abi(compiled->policy->abis[0]);
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i += 17) {
        uint16_t id = cordon_syscall_nth(abi, i);
        struct cordon_data data = {{cordon_syscall_nr(abi, id), abi->token}};
        explain_call(compiled, &data);
        cordon_node part = cordon_part(compiled->model, compiled->meaning.verdicts, abi->token,
                                       data.word[CORDON_WORD_NR]);
        if (cordon_describe(compiled->model, part, abi, id, 0, 20, ignore_way, &length))
            continue;
    }
    struct cordon_reporter reporter = {.report = ignore_lint, .context = &length};
    cordon_check(&(struct cordon_check_input){.name = "policy",
                                              .policy = compiled->policy,
                                              .model = compiled->model,
                                              .meaning = compiled->meaning},
                 &reporter);
    cordon_stat_abi(compiled->model, compiled->meaning.verdicts, &compiled->code.program, abi,
                    NULL);
}

/* ---- comparing and converting ---- */

static void print_difference(void *context, const struct cordon_difference *difference)
{
    size_t length = 0;
    struct cordon_sink sink = {ignore_text, &length};
    (void)context;
    for (uint32_t i = 0; i < difference->region_count; i++)
        cordon_region_print(&sink, &difference->regions[i]);
}

static void compare(struct job *job, const struct cordon_compiled *compiled)
{
    cordon_node lifted, other;
    struct cordon_data witness;
    struct cordon_difference_options options = {.join_abis = true, .per_abi = 8};
    struct cordon_difference_listener listener = {.difference = print_difference};
    struct cordon_difference_summary summary;
    if (cordon_lift(&lifted, compiled->model, &compiled->code.program, NULL, NULL) ||
        cordon_policy_verdicts(job->shared, compiled->model, NULL, 0, &other, NULL))
        return;
    if (cordon_model_equal(compiled->model, lifted, other, &witness) == CORDON_NO)
        explain_call(compiled, &witness);
    if (cordon_differences(compiled->model, lifted, other, &options, &listener, &summary))
        return;
    job->differences += summary.found;
}

/* Converts to all formats, to some approximately; each result is read again and compared. */
static void convert(struct job *job, const struct cordon_input *input)
{
    size_t count;
    const struct cordon_format *formats = cordon_formats(&count);
    for (size_t i = 0; i < count; i++) {
        struct cordon_reporter reporter = {0};
        struct cordon_convert_options options = {
            .to = &formats[i], .approximation = i % 2 ? CORDON_STRICTER : CORDON_EXACTLY};
        struct cordon_conversion conversion;
        if (!formats[i].write || cordon_convert(&conversion, input, &options, &reporter))
            continue;
        job->written += conversion.answer != CORDON_CONVERSION_REFUSED;
        cordon_conversion_free(&conversion);
    }
}

static void write_program(const struct cordon_program *program)
{
    const struct cordon_program_source source = {program, false, "program"};
    const struct cordon_program_writer *writer;
    for (size_t i = 0; (writer = cordon_program_writer(i)); i++) {
        size_t length = 0;
        struct cordon_sink sink = {ignore_text, &length};
        if (writer->write(&sink, &source, NULL))
            abort();
    }
}

/* ---- one policy, one thread ---- */

static void use_policy(struct job *job, const struct cordon_policy *policy)
{
    struct cordon_compiled compiled;
    struct cordon_reporter reporter = {0};
    job->policies++;
    if (cordon_compile(&compiled, policy, NULL, 0, NULL, &reporter))
        return;
    job->compiled++;
    explain(&compiled);
    compare(job, &compiled);
    write_program(&compiled.code.program);
    cordon_compiled_free(&compiled);
}

static void read_text(struct job *job, const char *text, size_t length, const char *name)
{
    struct cordon_input input;
    struct cordon_input_options options = {
        .format = {.caps = CORDON_DOCKER_CAPS, .kernel = CORDON_LINUX(6, 1)}, .uncompiled = true};
    if (cordon_input_read(&input, text, length, name, &options, NULL))
        return;
    if (input.kind == CORDON_INPUT_POLICY) {
        use_policy(job, input.policy);
    } else {
        job->programs++;
        write_program(&input.program);
    }
    convert(job, &input);
    cordon_input_free(&input);
}

static void read_path(struct job *job, const char *path)
{
    static _Thread_local char text[MAX_TEXT];
    FILE *file = fopen(path, "re");
    if (!file)
        abort();
    size_t length = fread(text, 1, sizeof text, file);
    fclose(file);
    read_text(job, text, length, path);
}

static void *run(void *context)
{
    struct job *job = context;
    pthread_barrier_wait(job->start);
    use_policy(job, job->shared);
    size_t count;
    const struct cordon_builtin *builtins = cordon_builtins(&count);
    for (size_t i = 0; i < count; i++)
        read_text(job, builtins[i].text, builtins[i].length, builtins[i].name);
    for (int i = 0; i < job->path_count; i++)
        read_path(job, job->paths[i]);
    return NULL;
}

int main(int argc, char **argv)
{
    struct cordon_policy *shared;
    pthread_barrier_t start;
    pthread_t thread;
    if (cordon_policy_read_file(&shared, "@stdio", NULL, NULL))
        return 2;
    pthread_barrier_init(&start, NULL, 2);
    struct job job = {argv + 1, argc - 1, shared, &start, 0, 0, 0, 0, 0}, other = job;
    if (pthread_create(&thread, NULL, run, &other))
        return 2;
    run(&job);
    pthread_join(thread, NULL);
    cordon_policy_free(shared);
    printf("%u policies, %u compiled, %u written, %u differences, %u programs\n", job.policies,
           job.compiled, job.written, job.differences, job.programs);
    return job.policies == other.policies && job.compiled == other.compiled &&
                   job.written == other.written && job.differences == other.differences &&
                   job.programs == other.programs
               ? 0
               : 1;
}
