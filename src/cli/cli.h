/* SPDX-License-Identifier: MIT */
/* cli.h: shared by the commands: the table of commands, options, messages, input and output. */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>
#include <stdio.h>

#include "cordon/input.h"
#include "cordon/prove.h"

/* Exit statuses. */
enum { EXIT_YES = 0, EXIT_NO = 1, EXIT_BAD = 2, EXIT_UNDECIDED = 3, EXIT_NOT_RUN = 126 };

/* ---- the tables ---- */

enum option_id {
    OPTION_NONE,
#define OPTION(id, letter, name, argument, completes, help) OPTION_##id,
#include "options.def"
#undef OPTION
    OPTION_COUNT
};

struct option_row {
    char letter; /* 0: none */
    const char *name, *argument, *completes, *help;
};

extern const struct option_row option_rows[OPTION_COUNT];

/* The argument that ends the options; in the second kind it is a call. */
enum option_order { OPTIONS_ANYWHERE, OPTIONS_FIRST, OPTIONS_BEFORE_CALL };
enum { MAX_OPTIONS = 24 };

struct command {
    const char *name;
    enum option_order order;
    int least, most; /* arguments */
    const char *arguments, *completes, *summary;
    unsigned char options[MAX_OPTIONS]; /* ids, OPTION_NONE at the end */
};

extern const struct command commands[];
extern const size_t command_count;

/* NULL: there is no such command. */
const struct command *find_command(const char *name);
int unknown_command(const char *name); /* reports; EXIT_BAD */
void print_help(FILE *file);
int print_command_help(const struct command *command);

/* ---- options ---- */

/* How policies in other formats are read. */
struct reading {
    const struct cordon_format *from; /* NULL: detected */
    bool has_caps;                    /* given by --caps; otherwise Docker's default */
    const char *rules;                /* in front of a policy's own; NULL: none */
    struct cordon_format_options options;
};

/* The options of most commands; the others are in `value`. */
struct options {
    const char *command; /* for messages */
    bool json;
    enum cordon_abi_id abis[CORDON_ABI_COUNT];
    uint32_t abi_count;
    const char *output;
    const struct cordon_weights *weights; /* NULL: the default */
    struct reading reading;
    char **arguments; /* `count` of them, and NULL */
    int count;
    bool uncompiled;                 /* policies are only read */
    const char *value[OPTION_COUNT]; /* by option; NULL: not given, "": a flag was given */
};

/* The commands; each returns an exit status. */
#define COMMAND(name, ...) int command_##name(const struct options *options);
#include "commands.def"
#undef COMMAND

/*
 * Parses a command's options and checks the number of its arguments; ignores argv[0]. False: the
 * command must end, with *status.
 */
bool options_parse(struct options *options, const struct command *command, int argc, char **argv,
                   int *status);
/* The index of an option's value among its words; -1: the option wasn't given. */
int option_choice(const struct options *options, enum option_id id);
/* Reports wrong usage; returns EXIT_BAD. */
int usage_error(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
int missing_argument(const char *command);
int missing_output(const char *command);
/* Reports another failure of the whole command; returns EXIT_BAD. */
int fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Reports what is no failure. */
void remark(enum cordon_severity severity, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- messages ---- */

bool use_color(FILE *file);
/* From now on each diagnostic is a line of JSON; wrong usage is reported as text. */
void report_as_json(void);
/* Prints diagnostics to standard error, without lints below a severity. */
struct cordon_reporter level_reporter(enum cordon_severity least);
struct cordon_reporter terminal_reporter(void); /* without notes */
void report_diag(const struct cordon_diag *diag, const char *line, uint32_t length);
/* A diagnostic with its text, which may be longer than diag->text. */
json_t *diag_json(const struct cordon_diag *diag, const char *text);
/* A sink that writes to a stream. */
struct cordon_sink file_sink(FILE *file);
/* The text of a printer, cut to the room. */
void action_text(uint32_t verdict, char *text, size_t room);
/* The sixteen words of a call. */
json_t *words_json(const struct cordon_data *data);
/* A string, also of what isn't UTF-8. */
json_t *text_json(const char *text);
/* Prints and frees the value; EXIT_BAD if standard output fails. */
int print_json(json_t *value, int status);
/* Ends a list that was made for JSON: prints it, or only flushes what was printed as text. */
int finish_list(json_t *list, bool json);
/* Flushes standard output; a failure (full disk) becomes EXIT_BAD. */
int finish_output(int status);

/* ---- input ---- */

/*
 * Reads any input: a policy, "@name", raw BPF of either byte order, assembler text, "pid:NUMBER" (a
 * stack of filters becomes one program); "-" is standard input.
 */
bool input_read(struct cordon_input *input, const char *path, const struct options *options,
                struct cordon_reporter *reporter);
/*
 * Reads a policy or filter that this machine can run, and compiles a policy for the running kernel,
 * quickly. False: an error was reported.
 */
bool program_policy(struct cordon_input *input, const char *path, const struct options *options);
/* The meaning as a graph, in a model that several inputs can share; NONE: reported. */
enum cordon_error input_graph(const struct cordon_input *input, struct cordon_model *model,
                              const struct options *options, cordon_node *node);
/* Prints how two graphs of return values differ, as cordon diff does; returns its exit status. */
int diff_graphs(struct cordon_model *model, const cordon_node nodes[2], const char *const names[2],
                const struct options *options, bool subset);
/* A new model, or NULL: reported. */
struct cordon_model *new_model(void);
/* --weights kernel-cache|equal|FILE, into memory that stays; false: reported. */
bool weights_read(const char *text, struct options *options);
/* Writes a program to a file; false: reported. */
bool write_program(const char *path, const struct cordon_program_writer *writer,
                   const struct cordon_program_source *source);
/* Writes its bytes in its machine's byte order; false: reported. */
bool write_filter(const char *path, const struct cordon_program *program, bool big_endian);

struct text_file {
    char *bytes;
    size_t length;
};
/* The whole of a file ("-": standard input), at most 16 MiB; false: reported. */
bool slurp_file(struct text_file *file, const char *path);
/* Takes an option if it concerns reading; false: its value is wrong, reported. */
bool reading_option(struct options *options, enum option_id id, const char *value);
/* Takes all of them for a file, with defaults for those that weren't given. */
struct cordon_input_options reading_options(const struct options *options, const char *path);
/* Writes a file whole or not at all, by renaming a temporary one. "-" is standard output. */
bool write_whole(const char *path, const void *bytes, size_t length);

#endif
