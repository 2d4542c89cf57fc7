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

static const char *const severities[] = {
    [CORDON_NOTE] = "note", [CORDON_WARNING] = "warning", [CORDON_ERROR] = "error"};

static void print_place(const struct cordon_diag *diag)
{
    if (diag->place.file && diag->place.line)
        fprintf(stderr, "%s:%u:%u: ", diag->place.file, diag->place.line, diag->place.column);
    else if (diag->place.file)
        fprintf(stderr, "%s: ", diag->place.file);
    else
        fputs("cordon: ", stderr);
    if (diag->insn != CORDON_NO_INSN)
        fprintf(stderr, "instruction %u: ", diag->insn);
}

/* Keeps tabs, so that the caret is below the right character. */
static void print_caret(const struct cordon_diag *diag, const char *line, uint32_t length)
{
    uint32_t shown = length < 400 ? length : 400;
    fprintf(stderr, "    %.*s\n    ", (int)shown, line);
    uint32_t column = diag->place.column ? diag->place.column - 1 : 0;
    for (uint32_t i = 0; i < column && i < shown; i++)
        fputc(line[i] == '\t' ? '\t' : ' ', stderr);
    fputc('^', stderr);
    for (uint32_t i = 1; i < diag->place.length && column + i < shown; i++)
        fputc('~', stderr);
    fputc('\n', stderr);
}

/* The text is the diagnostic's, or a longer one. */
static void print_diag(const struct cordon_diag *diag, const char *text, const char *line,
                       uint32_t length)
{
    bool color = use_color(stderr);
    print_place(diag);
    fprintf(stderr, "%s%s:%s %s\n",
            !color                             ? ""
            : diag->severity == CORDON_ERROR   ? "\033[1;31m"
            : diag->severity == CORDON_WARNING ? "\033[1;35m"
                                               : "\033[1;36m",
            severities[diag->severity], color ? "\033[0m" : "", text);
    if (line && diag->place.line)
        print_caret(diag, line, length);
    if (diag->hint[0])
        fprintf(stderr, "    %s\n", diag->hint);
}

/* Names of files can be invalid UTF-8, which JSON has no text for. */
static json_t *text_json(const char *text)
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

static void print_json_diag(const struct cordon_diag *diag, const char *text)
{
    json_t *object = json_pack("{ss so ss}", "severity", severities[diag->severity], "text",
                               text_json(text), "hint", diag->hint);
    if (diag->place.file)
        json_object_set_new(object, "file", text_json(diag->place.file));
    if (diag->place.line) {
        json_object_set_new(object, "line", json_integer(diag->place.line));
        json_object_set_new(object, "column", json_integer(diag->place.column));
    }
    if (diag->insn != CORDON_NO_INSN)
        json_object_set_new(object, "instruction", json_integer(diag->insn));
    json_dumpf(object, stderr, JSON_COMPACT);
    fputc('\n', stderr);
    json_decref(object);
}

void report_diag(const struct cordon_diag *diag, const char *line, uint32_t length)
{
    if (as_json)
        print_json_diag(diag, diag->text);
    else
        print_diag(diag, diag->text, line, length);
}

static void report_text(enum cordon_severity severity, const char *format, va_list args)
{
    const struct cordon_diag diag = {.severity = severity, .insn = CORDON_NO_INSN};
    char *text = NULL;
    if (vasprintf(&text, format, args) < 0)
        text = NULL;
    if (as_json)
        print_json_diag(&diag, text ? text : "out of memory");
    else
        print_diag(&diag, text ? text : "out of memory", NULL, 0);
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

/* FNV-1a over a message and its place. */
static uint64_t hash_of(const struct cordon_diag *diag)
{
    uint64_t hash = 0xcbf29ce484222325u ^ diag->place.line ^ (uint64_t)diag->place.column << 32;
    const char *const texts[] = {diag->place.file ? diag->place.file : "", diag->text};
    for (int i = 0; i < 2; i++)
        for (const char *at = texts[i]; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    return hash;
}

/* A message that is repeated for several calls or ABIs of a rule is printed once. */
static bool was_printed(const struct cordon_diag *diag)
{
    static uint64_t printed[2 * CORDON_POLICY_MAX_ERRORS];
    static size_t count;
    uint64_t hash = hash_of(diag);
    size_t known =
        count < sizeof printed / sizeof *printed ? count : sizeof printed / sizeof *printed;
    for (size_t i = 0; i < known && diag->place.line; i++)
        if (printed[i] == hash)
            return true;
    printed[count++ % (sizeof printed / sizeof *printed)] = hash;
    return false;
}

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context;
    if (!was_printed(diag))
        report_diag(diag, line, length);
}

struct cordon_reporter terminal_reporter(void)
{
    return (struct cordon_reporter){.report = report};
}

static void report_error(void *context, const struct cordon_diag *diag, const char *line,
                         uint32_t length)
{
    if (diag->severity == CORDON_ERROR)
        report(context, diag, line, length);
}

struct cordon_reporter error_reporter(void)
{
    return (struct cordon_reporter){.report = report_error};
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
