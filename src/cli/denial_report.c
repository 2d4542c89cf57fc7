/* SPDX-License-Identifier: MIT */
/* denial_report.c: the call, the verdict, the policy's line, the thread, the place, and the way
 * out. */
#include "denial_report.h"

#include <string.h>

#include "cordon/denial.h"

struct report {
    char call[1024], verdict[64], suggestion[256];
    struct cordon_fallback said; /* what decided, for policies */
    const char *by;
    const char *line; /* of the policy */
    uint32_t line_length;
    uint32_t instruction; /* that returned, for filters */
};

static size_t read_stop(void *context, uint64_t address, void *bytes, size_t size)
{
    return cordon_stop_read(context, address, bytes, size);
}

static const char *decider_name(uint32_t decider)
{
    switch (decider) {
    case CORDON_BY_DEFAULT:
        return "no rule names it: the default";
    case CORDON_BY_BAD_ARCH:
        return "the policy isn't for this architecture: bad_arch";
    case CORDON_BY_NEWER:
        return "the call is newer than the policy: newer_than";
    default:
        return "rule";
    }
}

/* The instruction that returns is the last one on the path: found by running without its tail. */
static uint32_t returning_instruction(const struct cordon_program *program,
                                      const struct cordon_data *data)
{
    for (uint32_t i = 0; i < program->length; i++) {
        if (program->insns[i].code != CORDON_OP_RET_K)
            continue;
        struct cordon_insn copy[CORDON_MAX_INSNS];
        memcpy(copy, program->insns, program->length * sizeof *copy);
        copy[i].k ^= 0x5a5a5a5a;
        struct cordon_program changed = {copy, program->length};
        if (cordon_program_run(&changed, data).value != cordon_program_run(program, data).value)
            return i;
    }
    return CORDON_NO_INSN;
}

static void fill_policy(struct report *report, const struct cordon_input *input,
                        const struct cordon_data *data)
{
    uint32_t decider =
        cordon_model_evaluate(input->compiled.model, input->compiled.meaning.deciders, data);
    report->said = cordon_policy_decider(input->policy, decider);
    report->by = decider_name(decider);
    report->line = cordon_policy_line(input->policy, report->said.place, &report->line_length);
}

static struct report make_report(const struct cordon_input *input, const struct cordon_stop *stop)
{
    struct report report = {.by = "filter", .instruction = CORDON_NO_INSN};
    struct cordon_memory memory = {read_stop, (void *)(uintptr_t)stop};
    struct cordon_buffer call = {report.call, sizeof report.call, 0};
    struct cordon_sink sink = cordon_buffer_sink(&call);
    cordon_call_print(&sink, &stop->data, &memory);
    struct cordon_buffer suggestion = {report.suggestion, sizeof report.suggestion, 0};
    sink = cordon_buffer_sink(&suggestion);
    cordon_call_suggest(&sink, &stop->data);
    action_text(stop->verdict, report.verdict, sizeof report.verdict);
    if (input->kind == CORDON_INPUT_POLICY)
        fill_policy(&report, input, &stop->data);
    else
        report.instruction = returning_instruction(&input->program, &stop->data);
    return report;
}

/* ---- text ---- */

static const char *paint(const char *code)
{
    return use_color(stderr) ? code : "";
}

static void print_frame(void *context, const struct cordon_frame *frame)
{
    int *number = context;
    const char *module = frame->module ? strrchr(frame->module, '/') : NULL;
    fprintf(stderr, "    %s#%-2d ", *number ? "         " : "    at   ", *number);
    ++*number;
    if (frame->function)
        fprintf(stderr, "%s+0x%llx", frame->function, (unsigned long long)frame->offset);
    else
        fprintf(stderr, "0x%llx", (unsigned long long)frame->address);
    if (frame->source)
        fprintf(stderr, " %s:%d", frame->source, frame->line);
    if (frame->module)
        fprintf(stderr, " (%s)", module ? module + 1 : frame->module);
    fputc('\n', stderr);
}

static void print_why(const struct report *report, const struct cordon_input *input)
{
    if (report->said.said) {
        fprintf(stderr, "    why      %s at %s:%u:%u\n", report->by, report->said.place.file,
                report->said.place.line, report->said.place.column);
        if (report->line)
            fprintf(stderr, "             %s%.*s%s\n", paint("\033[2m"),
                    (int)(report->line_length < 200 ? report->line_length : 200), report->line,
                    paint("\033[0m"));
    } else if (report->instruction != CORDON_NO_INSN) {
        fprintf(stderr, "    why      instruction %u of %s returns it\n", report->instruction,
                input->name);
    } else {
        fprintf(stderr, "    why      %s (not said in %s)\n", report->by, input->name);
    }
}

static void print_way_out(const struct report *report)
{
    fprintf(stderr, "    to allow %s%s%s", paint("\033[32m"), report->suggestion, paint("\033[0m"));
    bool rule = !strcmp(report->by, "rule");
    if (rule)
        fprintf(stderr, "   (before %s:%u)", report->said.place.file, report->said.place.line);
    fputc('\n', stderr);
}

static void print_text(const struct report *report, const struct cordon_input *input,
                       const struct cordon_stop *stop)
{
    fprintf(stderr, "%scordon: stopped:%s %s\n", paint("\033[1;31m"), paint("\033[0m"),
            report->call);
    fprintf(stderr, "    verdict  %s\n", report->verdict);
    print_why(report, input);
    fprintf(stderr, "    thread   %s, thread %d of process %d\n", stop->comm, stop->tid, stop->pid);
    int number = 0;
    const char *problem = cordon_stop_backtrace(stop, print_frame, &number);
    if (problem)
        fprintf(stderr, "    at       no backtrace: %s\n", problem);
    if (input->kind == CORDON_INPUT_POLICY)
        print_way_out(report);
}

/* ---- JSON ---- */

static void add_frame(void *context, const struct cordon_frame *frame)
{
    json_t *object = json_pack("{sI}", "address", (json_int_t)frame->address);
    if (frame->function)
        json_object_set_new(object, "function", json_string(frame->function));
    if (frame->module)
        json_object_set_new(object, "module", json_string(frame->module));
    if (frame->source) {
        json_object_set_new(object, "source", json_string(frame->source));
        json_object_set_new(object, "line", json_integer(frame->line));
    }
    json_array_append_new(context, object);
}

static void print_json_line(const struct report *report, const struct cordon_stop *stop)
{
    json_t *frames = json_array();
    cordon_stop_backtrace(stop, add_frame, frames);
    json_t *object =
        json_pack("{ss ss ss ss si si so so}", "call", report->call, "verdict", report->verdict,
                  "by", report->by, "comm", stop->comm, "tid", (int)stop->tid, "pid",
                  (int)stop->pid, "data", words_json(&stop->data), "backtrace", frames);
    if (!object)
        return;
    json_object_set_new(object, "allow", json_string(report->suggestion));
    if (report->said.said)
        json_object_set_new(object, "place",
                            json_pack("{ss si si}", "file", report->said.place.file, "line",
                                      (int)report->said.place.line, "column",
                                      (int)report->said.place.column));
    if (report->instruction != CORDON_NO_INSN)
        json_object_set_new(object, "instruction", json_integer(report->instruction));
    json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

void denial_report(const struct cordon_input *input, const struct cordon_stop *stop, bool json)
{
    struct report report = make_report(input, stop);
    if (json)
        print_json_line(&report, stop);
    else
        print_text(&report, input, stop);
}
