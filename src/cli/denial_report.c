/* SPDX-License-Identifier: MIT */
/* denial_report.c: prints the report on a denied call: the call, the verdict, the policy's line,
 * the thread, the backtrace, and the rule that would allow it. */
#include "denial_report.h"

#include <string.h>

#include "cordon/denial.h"

static size_t read_stop(void *context, uint64_t address, void *bytes, size_t size)
{
    return cordon_stop_read(context, address, bytes, size);
}

static void make_denial(struct cordon_denial *denial, const struct cordon_input *input,
                        const struct cordon_stop *stop)
{
    struct cordon_memory memory = {read_stop, (void *)(uintptr_t)stop};
    cordon_denial_make(denial, input->kind == CORDON_INPUT_POLICY ? &input->compiled : NULL,
                       &input->program, &stop->data, stop->verdict, &memory);
}

static const char *cause_text(enum cordon_cause_kind kind)
{
    static const char *const texts[] = {
        [CORDON_CAUSE_INSTRUCTION] = "filter",
        [CORDON_CAUSE_RULE] = "rule",
        [CORDON_CAUSE_DEFAULT] = "no rule matches: the default",
        [CORDON_CAUSE_BAD_ARCH] = "the policy is not for this architecture: bad_arch",
        [CORDON_CAUSE_NEWER] = "the call is newer than the policy: newer_than"};
    return texts[kind];
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

static void print_why(const struct cordon_cause *cause, const struct cordon_input *input)
{
    if (cause->in_text) {
        fprintf(stderr, "    why      %s at %s:%u:%u\n", cause_text(cause->kind), cause->place.file,
                cause->place.line, cause->place.column);
        if (cause->line)
            fprintf(stderr, "             %s%.*s%s\n", paint("\033[2m"),
                    (int)(cause->line_length < 200 ? cause->line_length : 200), cause->line,
                    paint("\033[0m"));
    } else if (cause->insn != CORDON_NO_INSN) {
        fprintf(stderr, "    why      instruction %u of %s returns it\n", cause->insn, input->name);
    } else {
        fprintf(stderr, "    why      %s (not in %s)\n", cause_text(cause->kind), input->name);
    }
}

static void print_way_out(const struct cordon_denial *denial)
{
    fprintf(stderr, "    to allow %s%s%s", paint("\033[32m"), denial->suggestion, paint("\033[0m"));
    if (denial->cause.kind == CORDON_CAUSE_RULE)
        fprintf(stderr, "   (before %s:%u)", denial->cause.place.file, denial->cause.place.line);
    fputc('\n', stderr);
}

static void print_text(const struct cordon_denial *denial, const struct cordon_input *input,
                       const struct cordon_stop *stop)
{
    char verdict[64];
    action_text(denial->verdict, verdict, sizeof verdict);
    fprintf(stderr, "%scordon: stopped:%s %s\n", paint("\033[1;31m"), paint("\033[0m"),
            denial->call);
    fprintf(stderr, "    verdict  %s\n", verdict);
    print_why(&denial->cause, input);
    fprintf(stderr, "    thread   %s, thread %d of process %d\n", stop->comm, stop->tid, stop->pid);
    int number = 0;
    const char *problem = cordon_stop_backtrace(stop, print_frame, &number);
    if (problem)
        fprintf(stderr, "    at       no backtrace: %s\n", problem);
    if (input->kind == CORDON_INPUT_POLICY)
        print_way_out(denial);
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

static void print_json_line(const struct cordon_denial *denial, const struct cordon_stop *stop)
{
    const struct cordon_cause *cause = &denial->cause;
    char verdict[64];
    json_t *frames = json_array();
    action_text(denial->verdict, verdict, sizeof verdict);
    cordon_stop_backtrace(stop, add_frame, frames);
    json_t *object =
        json_pack("{ss ss ss ss si si so so}", "call", denial->call, "verdict", verdict, "by",
                  cause_text(cause->kind), "comm", stop->comm, "tid", (int)stop->tid, "pid",
                  (int)stop->pid, "data", words_json(&stop->data), "backtrace", frames);
    if (!object)
        return;
    json_object_set_new(object, "allow", json_string(denial->suggestion));
    if (cause->in_text)
        json_object_set_new(object, "place",
                            json_pack("{ss si si}", "file", cause->place.file, "line",
                                      (int)cause->place.line, "column", (int)cause->place.column));
    if (cause->insn != CORDON_NO_INSN)
        json_object_set_new(object, "instruction", json_integer(cause->insn));
    json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

void denial_report(const struct cordon_input *input, const struct cordon_stop *stop, bool json)
{
    struct cordon_denial denial;
    make_denial(&denial, input, stop);
    if (json)
        print_json_line(&denial, stop);
    else
        print_text(&denial, input, stop);
}
