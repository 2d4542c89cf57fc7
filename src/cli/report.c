/* SPDX-License-Identifier: MIT */
/* report.c: prints messages: place, text, the line with a caret, and a hint; or JSON. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static bool as_json; /* of the whole command */

void report_as_json(void)
{
    as_json = true;
}

int usage_error(const char *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "cordon %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry: cordon help %s\n", command);
    return EXIT_BAD;
}

bool use_color(FILE *file)
{
    const char *no_color = getenv("NO_COLOR");
    return !(no_color && *no_color) && isatty(fileno(file));
}

/* Names of files can be invalid UTF-8, which JSON has no text for. */
json_t *text_json(const char *text)
{
    json_t *made = json_string(text);
    char *ascii = made ? NULL : strdup(text);
    for (char *at = ascii; at && *at; at++)
        if (*at & 0x80)
            *at = '?';
    if (!made)
        made = json_string(ascii);
    free(ascii);
    return made;
}

json_t *diag_json(const struct cordon_diag *diag, const char *text)
{
    json_t *object =
        json_pack("{ss* ss so ss ss*}", "id", diag->lint ? cordon_lint_row(diag->lint)->id : NULL,
                  "severity", cordon_severity_name(diag->severity), "text", text_json(text), "hint",
                  diag->hint, "example", diag->example[0] ? diag->example : NULL);
    if (diag->place.file)
        json_object_set_new(object, "file", text_json(diag->place.file));
    if (diag->place.line) {
        json_object_set_new(object, "line", json_integer(diag->place.line));
        json_object_set_new(object, "column", json_integer(diag->place.column));
    }
    if (diag->insn != CORDON_NO_INSN)
        json_object_set_new(object, "instruction", json_integer(diag->insn));
    return object;
}

static void print_json_diag(const struct cordon_diag *diag, const char *text)
{
    json_t *object = diag_json(diag, text);
    json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

void report_diag(const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct cordon_sink sink = file_sink(stderr);
    if (as_json)
        print_json_diag(diag, diag->text);
    else
        cordon_diag_print(&sink, diag, line, length, use_color(stderr));
}

static void report_text(enum cordon_severity severity, const char *format, va_list args)
{
    const struct cordon_diag diag = {.severity = severity, .insn = CORDON_NO_INSN};
    char *text;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    const char *shown = text ? text : "out of memory";
    struct cordon_sink sink = file_sink(stderr);
    if (as_json) {
        print_json_diag(&diag, shown);
    } else {
        cordon_diag_print_head(&sink, &diag, use_color(stderr));
        cordon_sink_escaped(&sink, shown);
        fputc('\n', stderr);
    }
    free(text);
}

int fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_text(CORDON_ERROR, format, args);
    va_end(args);
    return EXIT_BAD;
}

void remark(enum cordon_severity severity, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report_text(severity, format, args);
    va_end(args);
}

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    static struct cordon_diag_history printed;
    bool hidden = diag->lint && diag->severity < *(const enum cordon_severity *)context;
    if (!hidden && !cordon_diag_is_repeated(&printed, diag))
        report_diag(diag, line, length);
}

struct cordon_reporter level_reporter(enum cordon_severity least)
{
    static enum cordon_severity levels[] = {CORDON_NOTE, CORDON_WARNING, CORDON_ERROR};
    return (struct cordon_reporter){.report = report, .context = &levels[least]};
}

struct cordon_reporter terminal_reporter(void)
{
    return level_reporter(CORDON_WARNING);
}

static void write_file(void *context, const char *text, size_t length)
{
    fwrite(text, 1, length, context);
}

struct cordon_sink file_sink(FILE *file)
{
    return (struct cordon_sink){write_file, file};
}

void action_text(uint32_t verdict, char *text, size_t room)
{
    struct cordon_buffer buffer = {text, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_action_print(&sink, verdict);
}

json_t *words_json(const struct cordon_data *data)
{
    json_t *words = json_array();
    for (int i = 0; i < CORDON_WORDS; i++)
        json_array_append_new(words, json_integer(data->word[i]));
    return words;
}

int finish_output(int status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    return fail("standard output: %s", strerror(errno));
}

int finish_list(json_t *list, bool json)
{
    if (json)
        return print_json(list, EXIT_YES);
    json_decref(list);
    return finish_output(EXIT_YES);
}

int print_json(json_t *value, int status)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(value);
    return finish_output(status);
}
