/* SPDX-License-Identifier: MIT */
/* cmd_emulate.c: cordon emulate: a program gets seccomp from our engine, not from the kernel. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cordon/call.h"
#include "cordon/emulate.h"
#include "denial_report.h"

struct watch {
    const struct cordon_input *input; /* the policy of -p; NULL: none */
    int evidence, log;                /* -1: not asked for */
    bool explain, json;
};

/* A line is one write, so that writers of several emulations don't mix. */
static void append_line(int fd, json_t *object)
{
    char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
    json_decref(object);
    if (!text)
        return;
    size_t length = strlen(text);
    text[length] = '\n';
    if (write(fd, text, length + 1) < 0)
        fail("evidence: %s", strerror(errno));
    free(text);
}

static void installed(void *context, const struct cordon_install_event *event)
{
    const struct watch *watch = context;
    char hash[17] = "";
    if (watch->evidence < 0)
        return;
    if (event->program.length)
        snprintf(hash, sizeof hash, "%016llx",
                 (unsigned long long)cordon_program_hash(&event->program));
    append_line(watch->evidence,
                json_pack("{ss si si so si si sI ss}", "event", "filter", "pid", event->pid, "tid",
                          event->tid, "comm", text_json(event->comm), "flags", (int)event->flags,
                          "instructions", (int)event->program.length, "result",
                          (json_int_t)event->result, "hash", hash));
}

static void add_verdict(const struct watch *watch, const struct cordon_verdict_event *event)
{
    char verdict[64];
    action_text(event->verdict, verdict, sizeof verdict);
    const struct cordon_abi *abi =
        cordon_abi_of_call(event->data->word[CORDON_WORD_ARCH], event->data->word[CORDON_WORD_NR]);
    uint16_t id =
        abi ? cordon_syscall_id_by_nr(abi, event->data->word[CORDON_WORD_NR]) : CORDON_NO_ID;
    json_t *args = json_array();
    for (unsigned i = 0; abi && i < CORDON_ARGS; i++)
        json_array_append_new(args,
                              json_integer((json_int_t)cordon_data_argument(abi, event->data, i)));
    append_line(watch->evidence,
                json_pack("{ss si si so ss ss? ss? si so si}", "event", "verdict", "pid",
                          event->pid, "tid", event->tid, "comm", text_json(event->comm), "verdict",
                          verdict, "abi", abi ? abi->name : NULL, "call",
                          id == CORDON_NO_ID ? NULL : cordon_syscall_name(id), "nr",
                          (int)(int32_t)event->data->word[CORDON_WORD_NR], "args", args, "filter",
                          (int)event->filter_index));
}

#define PATH_SHOWN 64

/* The instructions that the deciding filter executed. */
static void print_path(const struct cordon_program *program, const struct cordon_data *data)
{
    uint32_t path[PATH_SHOWN];
    struct cordon_run run = cordon_program_trace(program, data, path, PATH_SHOWN);
    struct cordon_sink sink = file_sink(stderr);
    for (uint32_t i = 0; i < run.steps && i < PATH_SHOWN; i++) {
        fprintf(stderr, "    %s %4u ", i ? "        " : "path    ", path[i]);
        cordon_insn_print(&sink, &program->insns[path[i]], path[i]);
        fputc('\n', stderr);
    }
    if (run.steps > PATH_SHOWN)
        fprintf(stderr, "             … %u more\n", run.steps - PATH_SHOWN);
}

static void explain(const struct watch *watch, const struct cordon_verdict_event *event)
{
    struct cordon_stop stop = {
        .tid = event->tid, .pid = event->pid, .data = *event->data, .verdict = event->verdict};
    snprintf(stop.comm, sizeof stop.comm, "%s", event->comm);
    char name[64] = "strict mode";
    struct cordon_input filter = {.kind = CORDON_INPUT_PROGRAM, .name = name};
    if (event->filter) {
        filter.program = cordon_filter_program(event->filter);
        snprintf(name, sizeof name, "filter %u", event->filter_index);
    }
    bool ours = watch->input && event->filter && event->filter_index == 0 &&
                filter.program.length == watch->input->program.length &&
                !memcmp(filter.program.insns, watch->input->program.insns,
                        filter.program.length * sizeof *filter.program.insns);
    denial_report(ours ? watch->input : &filter, &stop, watch->json);
    if (event->filter && !ours && !watch->json)
        print_path(&filter.program, event->data);
}

static void verdict(void *context, const struct cordon_verdict_event *event)
{
    const struct watch *watch = context;
    if (watch->evidence >= 0)
        add_verdict(watch, event);
    if (watch->explain)
        explain(watch, event);
}

static void log_record(void *context, const char *record)
{
    const struct watch *watch = context;
    if (dprintf(watch->log, "%s\n", record) < 0)
        fail("log: %s", strerror(errno));
}

static int open_output(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (fd < 0)
        fail("%s: %s", path, strerror(errno));
    return fd;
}

/* --trap, or else CORDON_TRAP. */
static enum cordon_trap trap_of(const struct options *options)
{
    const char *how = options->value[OPTION_TRAP];
    if (!how)
        how = getenv("CORDON_TRAP");
    if (how && !strcmp(how, "kernel"))
        return CORDON_TRAP_KERNEL;
    return how && !strcmp(how, "stops") ? CORDON_TRAP_STOPS : CORDON_TRAP_BEST;
}

static int emulate(const struct options *options, const struct cordon_input *input, char **argv)
{
    const char *evidence = options->value[OPTION_EVIDENCE], *log = options->value[OPTION_LOG];
    struct watch watch = {.input = input,
                          .evidence = -1,
                          .log = -1,
                          .explain = options->value[OPTION_EXPLAIN_ALL],
                          .json = options->json};
    if (evidence && (watch.evidence = open_output(evidence)) < 0)
        return EXIT_BAD;
    if (log && (watch.log = open_output(log)) < 0)
        return EXIT_BAD;
    const int keep[] = {watch.evidence, watch.log, watch.explain ? STDERR_FILENO : -1};
    struct cordon_emulation emulation = {
        .argv = argv,
        .program = input ? &input->program : NULL,
        .trap = trap_of(options),
        .rules = {.kernel = options->reading.options.kernel,
                  .nested_listeners = options->value[OPTION_NESTED]},
        .detach = options->value[OPTION_DETACH],
        .die_with_parent = options->value[OPTION_DIE_WITH_PARENT],
        .keep = keep,
        .keep_count = 3,
        .context = &watch};
    if (evidence)
        emulation.installed = installed;
    if (evidence || watch.explain)
        emulation.verdict = verdict;
    if (log)
        emulation.log = log_record;
    int status;
    struct cordon_diag diag;
    enum cordon_error error = cordon_emulate(&emulation, &status, &diag);
    if (error)
        report_diag(&diag, NULL, 0);
    return error && error != CORDON_E_NOT_FOUND ? EXIT_BAD : status;
}

int command_emulate(const struct options *options)
{
    const char *policy = options->value[OPTION_POLICY];
    struct cordon_input input = {0};
    if (policy && !program_policy(&input, policy, options))
        return EXIT_BAD;
    int status = emulate(options, policy ? &input : NULL, options->arguments);
    cordon_input_free(&input);
    return status;
}
