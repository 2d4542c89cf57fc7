/* SPDX-License-Identifier: MIT */
/*
 * cmd_graph.c: cordon graph: the decision graph as a drawing. Edges to one child are one arrow,
 * with the calls or the ranges as its label; each answer is one coloured box.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "cordon/action.h"
#include "cordon/describe.h"
#include "cordon/term.h"

#define SHOWN 12u /* names or ranges on a label before it is cut */

struct drawer {
    FILE *file;
    struct cordon_model *model;
    const struct cordon_abi *abi; /* of the architecture that was tested on the way */
    unsigned char *drawn;         /* by node id */
};

static const struct cordon_abi *word_abi;

static void print_word(struct cordon_sink *sink, uint32_t word)
{
    cordon_word_print(sink, word_abi, word);
}

static const char *color_of(uint32_t value)
{
    if (cordon_action_compare(value, (uint32_t)CORDON_LOG) >= 0)
        return "palegreen";
    if (cordon_action_compare(value, (uint32_t)CORDON_TRAP) <= 0)
        return "salmon";
    return "khaki";
}

static void draw_leaf(struct drawer *drawer, cordon_node node, const struct cordon_view *view)
{
    char text[64] = "computed";
    if (!view->is_computed)
        action_text(view->value, text, sizeof text);
    fprintf(drawer->file,
            "  n%u [label=\"%s\", shape=box, style=\"filled,rounded\", fillcolor=%s];\n", node.id,
            text, view->is_computed ? "khaki" : color_of(view->value));
}

/* A label that grows until it is long enough. */
struct label {
    struct cordon_string text;
    uint32_t count;
};

static void add_part(struct label *label, const char *text)
{
    struct cordon_sink sink = cordon_string_sink(&label->text);
    if (label->count++ >= SHOWN)
        return;
    if (label->count > 1)
        cordon_sink_text(&sink, label->count % 4 == 1 ? ",\\n" : ", ");
    cordon_sink_text(&sink, text);
}

/* Names of calls in first … last; a range without names as numbers. */
static void add_calls(struct drawer *drawer, struct label *label, uint32_t first, uint32_t last)
{
    char text[64];
    bool named = false;
    const struct cordon_abi *abi = drawer->abi;
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr < first || nr > last)
            continue;
        add_part(label, cordon_syscall_name(id));
        named = true;
    }
    if (named)
        return;
    snprintf(text, sizeof text, first == last ? "%#x" : "%#x–%#x", first, last);
    add_part(label, text);
}

static void add_range(struct drawer *drawer, struct label *label, const struct cordon_view *view,
                      uint32_t first, uint32_t last)
{
    char text[64];
    if (view->term == CORDON_WORD_NR && view->mask == UINT32_MAX) {
        add_calls(drawer, label, first, last);
        return;
    }
    if (view->term == CORDON_WORD_ARCH && first == last) {
        for (int id = 0; id < CORDON_ABI_COUNT; id++)
            if (cordon_abi(id)->token == first) {
                add_part(label, cordon_abi(id)->name);
                return;
            }
    }
    snprintf(text, sizeof text, first == last ? "%#x" : "%#x–%#x", first, last);
    if (view->term == CORDON_WORD_ARCH)
        snprintf(text, sizeof text, "other");
    add_part(label, text);
}

static void draw_edge(struct drawer *drawer, cordon_node node, const struct cordon_view *view,
                      cordon_node child)
{
    struct label label = {{0}, 0};
    uint32_t first = 0;
    for (uint32_t i = 0; i < view->edge_count; i++) {
        bool again = view->term == CORDON_WORD_ARCH && label.count && label.text.text &&
                     strstr(label.text.text, "other");
        if (cordon_node_same(view->edges[i].to, child) && !again)
            add_range(drawer, &label, view, first, view->edges[i].last & view->mask);
        first = view->edges[i].last + 1;
    }
    fprintf(drawer->file, "  n%u -> n%u [label=\"%s", node.id, child.id,
            label.text.text ? label.text.text : "");
    if (label.count > SHOWN)
        fprintf(drawer->file, ",\\n… %u more", label.count - SHOWN);
    fputs("\"];\n", drawer->file);
    cordon_string_free(&label.text);
}

static void draw_test(struct drawer *drawer, cordon_node node, const struct cordon_view *view)
{
    char text[256];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    word_abi = drawer->abi;
    cordon_model_term_print(drawer->model, view->term, print_word, &sink);
    if (view->mask != UINT32_MAX) {
        cordon_sink_text(&sink, " & ");
        cordon_sink_hex(&sink, view->mask, 1);
    }
    fprintf(drawer->file, "  n%u [label=\"%s\", shape=ellipse];\n", node.id, text);
}

static const struct cordon_abi *abi_of_edge(const struct drawer *drawer,
                                            const struct cordon_view *view, uint32_t value)
{
    const struct cordon_abi *abi = cordon_abi_of_call(value, 0);
    return view->term == CORDON_WORD_ARCH && abi ? abi : drawer->abi;
}

static void draw(struct drawer *drawer, cordon_node node)
{
    struct cordon_view view = cordon_model_view(drawer->model, node);
    if (drawer->drawn[node.id])
        return;
    drawer->drawn[node.id] = 1;
    if (view.is_leaf) {
        draw_leaf(drawer, node, &view);
        return;
    }
    draw_test(drawer, node, &view);
    const struct cordon_abi *outer = drawer->abi;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = cordon_node_same(view.edges[j].to, view.edges[i].to);
        if (seen)
            continue;
        drawer->abi = abi_of_edge(drawer, &view, view.edges[i].last);
        draw(drawer, view.edges[i].to);
        drawer->abi = outer;
        draw_edge(drawer, node, &view, view.edges[i].to);
    }
}

/* ---- output ---- */

/* graphviz draws; the text goes through a pipe, so that nothing is left behind. */
static int draw_svg(const char *text, size_t length, const char *output)
{
    char command[] = "dot -Tsvg >&3";
    char *picture = NULL;
    size_t size = 0;
    if (system("command -v dot >/dev/null 2>&1"))
        return fail("graphviz draws SVG, and there is no dot here: apt install graphviz");
    FILE *result = tmpfile();
    if (!result || dup2(fileno(result), 3) < 0)
        return fail("a temporary file: %s", strerror(errno));
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
        fail("dot could not draw it");
    }
    fclose(result);
    free(picture);
    return good ? EXIT_YES : EXIT_BAD;
}

static int graph(const struct cordon_input *input, const struct options *options)
{
    struct drawer drawer = {.model = new_model(), .abi = cordon_abi_native()};
    char *text = NULL;
    size_t size = 0;
    cordon_node node;
    int status = EXIT_BAD;
    const char *output = options->output ? options->output : "-";
    drawer.file = open_memstream(&text, &size);
    if (drawer.file && drawer.model && !input_graph(input, drawer.model, options, &node)) {
        node = cordon_model_reduce(drawer.model, node);
        drawer.drawn = calloc(node.id + 1u, 1);
        if (drawer.drawn && !cordon_model_status(drawer.model)) {
            fputs("digraph filter {\n  rankdir=LR;\n  node [fontname=\"sans-serif\"];\n"
                  "  edge [fontname=\"sans-serif\", fontsize=10];\n",
                  drawer.file);
            draw(&drawer, node);
            fputs("}\n", drawer.file);
            status = EXIT_YES;
        }
    }
    if (drawer.file)
        fclose(drawer.file);
    if (status == EXIT_YES && options->json)
        status = print_json(json_pack("{ss ss}", "name", input->name, "dot", text), EXIT_YES);
    else if (status == EXIT_YES && option_choice(options, OPTION_GRAPH_TYPE) == 1)
        status = draw_svg(text, size, output);
    else if (status == EXIT_YES)
        status = write_whole(output, text, size) ? EXIT_YES : EXIT_BAD;
    free(text);
    free(drawer.drawn);
    cordon_model_free(drawer.model);
    return status;
}

int command_graph(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct cordon_input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    status = graph(&input, &options);
    cordon_input_free(&input);
    return status;
}
