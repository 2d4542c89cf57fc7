/* SPDX-License-Identifier: MIT */
/* denial_report.c: prints the report on a denied call: the call, the verdict, the policy's line,
 * the thread, the backtrace, and the rule that would allow it. */
#include "denial_report.h"

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

/* ---- text ---- */

static void print_frame(void *context, const struct cordon_frame *frame)
{
    int *number = context;
    struct cordon_sink sink = file_sink(stderr);
    fprintf(stderr, "    %s#%-2d ", *number ? "         " : "    at   ", *number);
    ++*number;
    cordon_frame_print(&sink, frame);
    fputc('\n', stderr);
}

static void print_text(const struct cordon_denial *denial, const struct cordon_input *input,
                       const struct cordon_stop *stop)
{
    struct cordon_sink sink = file_sink(stderr);
    const struct cordon_denial_context context = {input->name, stop->comm, stop->tid, stop->pid,
                                                  use_color(stderr)};
    cordon_denial_print(&sink, denial, &context);
    int number = 0;
    const char *problem = cordon_stop_backtrace(stop, print_frame, &number);
    if (problem)
        fprintf(stderr, "    at       no backtrace: %s\n", problem);
    if (input->kind == CORDON_INPUT_POLICY)
        cordon_denial_print_suggestion(&sink, denial, &context);
}

/* ---- JSON ---- */

static void add_frame(void *context, const struct cordon_frame *frame)
{
    json_t *object = json_pack("{sI}", "address", (json_int_t)frame->address);
    if (frame->function)
        json_object_set_new(object, "function", text_json(frame->function));
    if (frame->module)
        json_object_set_new(object, "module", text_json(frame->module));
    if (frame->source) {
        json_object_set_new(object, "source", text_json(frame->source));
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
        json_pack("{ss ss ss so si si so so}", "call", denial->call, "verdict", verdict, "by",
                  cause->origin ? cause->origin : cordon_cause_text(cause->kind), "comm",
                  text_json(stop->comm), "tid", (int)stop->tid, "pid", (int)stop->pid, "data",
                  words_json(&stop->data), "backtrace", frames);
    if (!object)
        return;
    if (denial->suggestion.text[0])
        json_object_set_new(object, "allow", json_string(denial->suggestion.text));
    if (denial->suggestion.written[0])
        json_object_set_new(object, "written", json_string(denial->suggestion.written));
    if (cause->in_text)
        json_object_set_new(object, "place",
                            json_pack("{so si si}", "file", text_json(cause->place.file), "line",
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
