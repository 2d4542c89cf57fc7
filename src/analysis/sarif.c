/* SPDX-License-Identifier: MIT */
/* sarif.c: writes diagnostics as a SARIF log. */
#include "cordon/sarif.h"

#include <string.h>

#include "cordon/version.h"

#define SCHEMA                                                                                     \
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* Bytes that JSON has no place for are written as ?: texts may quote hostile input. */
static void write_string(struct cordon_sink *sink, const char *text)
{
    cordon_sink_text(sink, "\"");
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            sink->write(sink->context, "\\", 1);
        sink->write(sink->context, (unsigned char)*text < ' ' || *text & 0x80 ? "?" : text, 1);
    }
    cordon_sink_text(sink, "\"");
}

/* A file's name as a relative reference (RFC 3986). */
static void write_uri(struct cordon_sink *sink, const char *name)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/@";
    static const char digits[] = "0123456789ABCDEF";
    cordon_sink_text(sink, "\"");
    for (; *name; name++) {
        unsigned char c = (unsigned char)*name;
        char escape[] = {'%', digits[c >> 4], digits[c & 15]};
        bool is_plain = strchr(plain, c);
        sink->write(sink->context, is_plain ? name : escape, is_plain ? 1 : sizeof escape);
    }
    cordon_sink_text(sink, "\"");
}

static void write_member(struct cordon_sink *sink, const char *before, const char *text)
{
    cordon_sink_text(sink, before);
    write_string(sink, text);
}

/* Lints have rules; errors have the level alone. */
static void write_rule(struct cordon_sink *sink, const struct cordon_lint_row *row)
{
    write_member(sink, "{\"id\": ", row->id);
    write_member(sink, ", \"shortDescription\": {\"text\": ", row->summary);
    write_member(sink,
                 "}, \"defaultConfiguration\": {\"level\": ", cordon_severity_name(row->severity));
    cordon_sink_text(sink, "}}");
}

void cordon_sarif_begin(struct cordon_sarif *sarif, struct cordon_sink *sink)
{
    *sarif = (struct cordon_sarif){.sink = sink};
    write_member(sink, "{\"$schema\": ", SCHEMA);
    write_member(sink,
                 ",\n \"version\": \"2.1.0\",\n \"runs\": [{\"tool\": {\"driver\": {\"name\": "
                 "\"cordon\", \"version\": ",
                 cordon_version());
    cordon_sink_text(sink, ", \"rules\": [");
    for (enum cordon_lint lint = CORDON_LINT_NONE + 1; lint < CORDON_LINT_END; lint++) {
        cordon_sink_text(sink, lint == CORDON_LINT_NONE + 1 ? "\n  " : ",\n  ");
        write_rule(sink, cordon_lint_row(lint));
    }
    cordon_sink_text(sink, "]}},\n  \"results\": [");
}

static void write_number(struct cordon_sink *sink, const char *before, uint32_t number)
{
    cordon_sink_text(sink, before);
    cordon_sink_decimal(sink, number);
}

static void write_place(struct cordon_sink *sink, const struct cordon_place *place)
{
    cordon_sink_text(
        sink, ",\n   \"locations\": [{\"physicalLocation\": {\"artifactLocation\": {\"uri\": ");
    write_uri(sink, place->file);
    cordon_sink_text(sink, "}");
    if (place->line) {
        write_number(sink, ", \"region\": {\"startLine\": ", place->line);
        write_number(sink, ", \"startColumn\": ", place->column ? place->column : 1);
        write_number(sink, ", \"endColumn\": ",
                     (place->column ? place->column : 1) + (place->length ? place->length : 1));
        cordon_sink_text(sink, "}");
    }
    cordon_sink_text(sink, "}}]");
}

void cordon_sarif_add(struct cordon_sarif *sarif, const struct cordon_diag *diag)
{
    struct cordon_sink *sink = sarif->sink;
    cordon_sink_text(sink, sarif->results++ ? ",\n  {" : "\n  {");
    if (diag->lint)
        write_member(sink, "\"ruleId\": ", cordon_lint_row(diag->lint)->id);
    write_member(
        sink, diag->lint ? ", \"level\": " : "\"level\": ", cordon_severity_name(diag->severity));
    char text[sizeof diag->text + sizeof diag->hint + sizeof diag->example + 32];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink message = cordon_buffer_sink(&buffer);
    cordon_sink_text(&message, diag->text);
    if (diag->hint[0]) {
        cordon_sink_text(&message, "; ");
        cordon_sink_text(&message, diag->hint);
    }
    if (diag->example[0]) {
        cordon_sink_text(&message, "; for example ");
        cordon_sink_text(&message, diag->example);
    }
    write_member(sink, ", \"message\": {\"text\": ", text);
    cordon_sink_text(sink, "}");
    if (diag->place.file)
        write_place(sink, &diag->place);
    cordon_sink_text(sink, "}");
}

void cordon_sarif_end(struct cordon_sarif *sarif)
{
    cordon_sink_text(sarif->sink, "]}]}\n");
}
