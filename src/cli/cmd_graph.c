/* SPDX-License-Identifier: MIT */
/* cmd_graph.c: cordon graph: draws the decision graph; graphviz makes SVG of it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cordon/draw.h"
#include "subject.h"

/* graphviz reads the text from a pipe, so no temporary file is needed. */
static int draw_svg(const char *text, size_t length, const char *output)
{
    char command[] = "dot -Tsvg >&3";
    char *picture = NULL;
    size_t size = 0;
    if (system("command -v dot >/dev/null 2>&1"))
        return fail("-t svg needs the program dot: apt install graphviz");
    FILE *result = tmpfile();
    if (!result || dup2(fileno(result), 3) < 0)
        return fail("temporary file: %s", strerror(errno));
    FILE *pipe = popen(command, "w");
    bool good = pipe && fwrite(text, 1, length, pipe) == length;
    good = pipe && pclose(pipe) == 0 && good;
    if (good) {
        rewind(result);
        FILE *memory = open_memstream(&picture, &size);
        for (int c; memory && (c = getc(result)) != EOF;)
            putc(c, memory);
        good = memory && fclose(memory) == 0 && write_whole(output, picture, size);
    } else {
        fail("dot failed");
    }
    fclose(result);
    free(picture);
    return good ? EXIT_YES : EXIT_BAD;
}

static int graph(const struct subject *subject, const struct options *options)
{
    struct cordon_string text = {0};
    struct cordon_sink sink = cordon_string_sink(&text);
    const char *output = options->output ? options->output : "-";
    int status;
    enum cordon_error error = cordon_draw_dot(&sink, subject->model, subject->node, NULL);
    if (!error && text.failed)
        error = CORDON_E_NO_MEMORY;
    if (error)
        status = fail("%s: %s", subject->input.name, cordon_error_text(error));
    else if (options->json)
        status = print_json(json_pack("{ss ss}", "name", subject->input.name, "dot", text.text),
                            EXIT_YES);
    else if (option_choice(options, OPTION_GRAPH_TYPE) == 1)
        status = draw_svg(text.text, text.length, output);
    else
        status = write_whole(output, text.text, text.length) ? EXIT_YES : EXIT_BAD;
    cordon_string_free(&text);
    return status;
}

int command_graph(const struct options *options)
{
    struct subject subject;
    if (!subject_open(&subject, options->arguments[0], options))
        return EXIT_BAD;
    int status = graph(&subject, options);
    subject_close(&subject);
    return status;
}
