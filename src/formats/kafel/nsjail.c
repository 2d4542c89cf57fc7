/* SPDX-License-Identifier: MIT */
/*
 * nsjail.c: reads and writes nsjail's configuration, whose seccomp_string lines are a policy of
 * kafel's, or whose seccomp_policy_file names one:
 *
 *     name: "box"
 *     seccomp_string: "ERRNO(1) { ptrace }"
 *     seccomp_string: "DEFAULT ALLOW"
 *
 * kafel's reader gets the text with blanks for everything else, so that places stay right.
 */
#include <string.h>

#include "lines.h"
#include "reading.h"
#include "room.h"

/* The fields that are about calls. */
enum { STRING, FILE_NAME, FIELDS };
static const char *const fields[FIELDS] = {"seccomp_string", "seccomp_policy_file"};

struct blanker {
    char *text; /* becomes the policy */
    size_t at, length;
    bool has[FIELDS];
};

static void blank(struct blanker *blanker, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        if (blanker->text[i] != '\n')
            blanker->text[i] = ' ';
}

static void blank_byte(struct blanker *blanker)
{
    blank(blanker, blanker->at, blanker->at + 1);
    blanker->at++;
}

static bool is_at(const struct blanker *blanker, const char *word)
{
    size_t size = strlen(word);
    return blanker->length - blanker->at >= size &&
           !memcmp(blanker->text + blanker->at, word, size);
}

/* ---- strings ---- */

static bool is_quote(const struct blanker *blanker)
{
    return blanker->at < blanker->length &&
           (blanker->text[blanker->at] == '"' || blanker->text[blanker->at] == '\'');
}

/* An escape in a kept string: \n and \t are blanks, \" and \\ the character after a blank. */
static void keep_escape(struct blanker *blanker)
{
    char c = blanker->at + 1 < blanker->length ? blanker->text[blanker->at + 1] : ' ';
    blank_byte(blanker);
    if (blanker->at < blanker->length && (c == 'n' || c == 't' || c == 'r'))
        blank_byte(blanker);
    else if (blanker->at < blanker->length && c != '\n')
        blanker->at++;
}

/*
 * Blanks the quotes of a string, or all of it. nsjail puts a newline after each string, so one of
 * kafel's comments ends there, or at \n.
 */
static void take_string(struct blanker *blanker, bool kept)
{
    char quote = blanker->text[blanker->at];
    bool comment = false;
    blank_byte(blanker);
    while (blanker->at < blanker->length && blanker->text[blanker->at] != quote &&
           blanker->text[blanker->at] != '\n') {
        comment = (comment || is_at(blanker, "//")) && !is_at(blanker, "\\n");
        if (kept && !comment && blanker->text[blanker->at] == '\\')
            keep_escape(blanker);
        else if (kept && !comment)
            blanker->at++;
        else if (blanker->text[blanker->at] == '\\' && blanker->at + 1 < blanker->length &&
                 !comment)
            blank_byte(blanker), blank_byte(blanker);
        else
            blank_byte(blanker);
    }
    if (blanker->at < blanker->length)
        blank_byte(blanker);
}

/* ---- the configuration ---- */

static void skip_gap(struct blanker *blanker)
{
    while (blanker->at < blanker->length && strchr(" \t\r\n:", blanker->text[blanker->at]))
        blank_byte(blanker);
}

/* Writes #include at the start of a field, and gives the name of the file its quotes back. */
static void make_include(struct blanker *blanker, size_t start, size_t quote)
{
    static const char include[] = "#include";
    size_t close = quote + 1;
    memcpy(blanker->text + start, include, sizeof include - 1);
    while (close < blanker->length && blanker->text[close] != ' ' && blanker->text[close] != '\n')
        close++;
    blanker->text[quote] = '"';
    if (close < blanker->length && blanker->text[close] == ' ')
        blanker->text[close] = '"';
}

/* A field's name, and its strings if it is one of the two. */
static void take_field(struct blanker *blanker)
{
    size_t start = blanker->at, end = start;
    while (end < blanker->length && reading_is_word((unsigned char)blanker->text[end]))
        end++;
    int field = 0;
    while (field < FIELDS &&
           (strlen(fields[field]) != end - start || !is_at(blanker, fields[field])))
        field++;
    while (blanker->at < end)
        blank_byte(blanker);
    if (field == FIELDS)
        return;
    skip_gap(blanker);
    if (!is_quote(blanker))
        return;
    blanker->has[field] = true;
    size_t quote = blanker->at;
    for (; is_quote(blanker) && (field == STRING || blanker->at == quote); skip_gap(blanker))
        take_string(blanker, true);
    if (field == FILE_NAME)
        make_include(blanker, start, quote);
}

static void blank_others(struct blanker *blanker)
{
    while (blanker->at < blanker->length) {
        unsigned char c = (unsigned char)blanker->text[blanker->at];
        if (is_quote(blanker))
            take_string(blanker, false);
        else if (c == '#')
            while (blanker->at < blanker->length && blanker->text[blanker->at] != '\n')
                blank_byte(blanker);
        else if (reading_is_letter(c))
            take_field(blanker);
        else
            blank_byte(blanker);
    }
}

static enum cordon_error refuse(const char *name, struct cordon_reporter *reporter,
                                enum cordon_error error, const char *what)
{
    struct cordon_message message = {
        .severity = CORDON_ERROR, .code = error, .place = {.file = name}};
    cordon_reporter_tell(reporter, &message, "%s", what);
    return error;
}

enum cordon_error nsjail_read(struct cordon_policy **policy, const char *text, size_t length,
                              const char *name, const struct cordon_format_options *options,
                              struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator =
        options->policy.allocator ? options->policy.allocator : &cordon_allocator_libc;
    size_t size = length + 1;
    char *copy = allocator->resize(allocator->context, NULL, 0, size);
    enum cordon_error error;
    if (!copy)
        return refuse(name, reporter, CORDON_E_NO_MEMORY, "out of memory");
    if (length)
        memcpy(copy, text, length);
    copy[length] = '\n'; /* which ends an #include */
    struct blanker blanker = {.text = copy, .length = length};
    blank_others(&blanker);
    if (blanker.has[STRING] && blanker.has[FILE_NAME])
        error = refuse(name, reporter, CORDON_E_FORMAT,
                       "both seccomp_string and seccomp_policy_file are here");
    else if (!blanker.has[STRING] && !blanker.has[FILE_NAME])
        error = refuse(name, reporter, CORDON_E_FORMAT,
                       "it has no policy: neither seccomp_string nor seccomp_policy_file");
    else
        error = kafel_read(policy, copy, size, name, options, reporter);
    allocator->resize(allocator->context, copy, size, 0);
    return error;
}

/* ---- detection ---- */

/* Does a line begin with one of the two fields? */
static bool has_field(const char *text, size_t length)
{
    struct lines lines = lines_of(text, length);
    while (lines_next(&lines)) {
        const char *at = line_skip_blanks(lines.line, lines.end);
        for (size_t i = 0; i < FIELDS; i++)
            if (line_begins(at, lines.end, fields[i]) && at + strlen(fields[i]) < lines.stop &&
                strchr(": \t", at[strlen(fields[i])]))
                return true;
    }
    return false;
}

/* The first field of a configuration: a name in lower case, then a colon or a brace. */
static bool begins_configuration(const char *at, const char *end)
{
    while (at < end && strchr(" \t\r\n#", *at)) {
        const char *newline = *at == '#' ? memchr(at, '\n', (size_t)(end - at)) : at;
        at = newline ? newline + 1 : end;
    }
    const char *start = at;
    while (at < end && ((*at >= 'a' && *at <= 'z') || *at == '_'))
        at++;
    const char *after = at;
    while (after < end && *after == ' ')
        after++;
    return at > start && after < end && (*after == ':' || *after == '{');
}

/* kafel's own reader would claim the strings. */
int nsjail_detect(const char *text, size_t length, const char *name)
{
    (void)name;
    if (!has_field(text, length))
        return 0;
    return begins_configuration(text, text + length) ? 100 : 40;
}

/* ---- writing ---- */

struct quoter {
    struct cordon_sink *sink;
    bool inside; /* of a string */
};

static void write_line(void *context, const char *text, size_t length)
{
    struct quoter *quoter = context;
    for (size_t i = 0; i < length; i++) {
        if (!quoter->inside)
            cordon_sink_text(quoter->sink, "seccomp_string: \"");
        quoter->inside = text[i] != '\n';
        if (text[i] == '\n')
            cordon_sink_text(quoter->sink, "\"\n");
        else
            quoter->sink->write(quoter->sink->context, &text[i], 1);
    }
}

/* The lines of a configuration that hold the policy; kafel's policies have no quotes. */
enum cordon_error nsjail_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                               const struct cordon_format_options *options,
                               struct cordon_reporter *reporter)
{
    struct quoter quoter = {.sink = sink};
    struct cordon_sink kafel = {write_line, &quoter};
    return kafel_write(&kafel, policy, options, reporter);
}
