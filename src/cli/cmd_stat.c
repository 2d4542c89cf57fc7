/* SPDX-License-Identifier: MIT */
/* cmd_stat.c: cordon stat: what a filter lets through, what it costs, and where to look twice. */
#include <string.h>

#include "cli.h"
#include "cordon/action.h"
#include "cordon/describe.h"
#include "cordon/stat.h"

static void print_hole(void *context, const char *text)
{
    (void)context;
    printf("warning: %s\n", text);
}

static void note_hole(void *context, const char *text)
{
    json_array_append_new(context, json_string(text));
}

/* Is the ABI answered as a whole? Then it has one line. */
static bool is_whole(struct cordon_model *model, cordon_node node, const struct cordon_abi *abi,
                     uint32_t *value)
{
    cordon_node calls = cordon_model_restrict(model, cordon_part_of_arch(model, node, abi->token),
                                              CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    struct cordon_view view = cordon_model_view(model, calls);
    *value = view.value;
    return view.is_leaf && !view.is_computed;
}

static json_t *abi_json(const struct cordon_abi *abi, const struct cordon_abi_stat *stat)
{
    return json_pack("{ss si si si si sI sf sf sf}", "abi", abi->name, "allowed",
                     (int)stat->allowed, "checked", (int)stat->checked, "denied", (int)stat->denied,
                     "cached", (int)stat->cached, "install", (json_int_t)stat->install, "mean",
                     stat->mean, "uncached", stat->uncached, "weighted", stat->weighted);
}

static void print_abi(const struct cordon_abi *abi, const struct cordon_abi_stat *stat,
                      bool weighted)
{
    printf("%s: %u calls allowed, %u by arguments, %u denied; %u cached by the kernel\n", abi->name,
           stat->allowed, stat->checked, stat->denied, stat->cached);
    printf("  instructions: %.2f mean, %.2f where the filter runs", stat->mean, stat->uncached);
    if (weighted)
        printf(", %.2f weighted", stat->weighted);
    printf("; %llu emulated at install\n", (unsigned long long)stat->install);
}

/* The calls whose arguments are looked at, and at which. */
static void print_checked(struct cordon_model *model, cordon_node node,
                          const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        struct cordon_syscall call = cordon_syscall(abi, cordon_syscall_nth(abi, i));
        cordon_node part = cordon_part(model, node, abi->token, call.nr);
        if (cordon_model_view(model, part).is_leaf)
            continue;
        uint32_t words = cordon_model_words(model, part);
        printf("  %s looks at", call.name);
        for (unsigned arg = 0; arg <= CORDON_ARGS; arg++) {
            bool used =
                words >> cordon_abi_low(abi, arg) & 1 || words >> cordon_abi_high(abi, arg) & 1;
            if (used && arg < call.arg_count)
                printf(" %s", call.args[arg].name);
            else if (used)
                printf(arg == CORDON_ARGS ? " ip" : " arg%u", arg);
        }
        putchar('\n');
    }
}

static void stat_abis(struct cordon_model *model, cordon_node node,
                      const struct cordon_input *input, const struct options *options, json_t *abis)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        uint32_t value, other;
        bool asked = options->abi_count == 0;
        for (uint32_t i = 0; i < options->abi_count; i++)
            asked |= options->abis[i] == abi->id;
        struct cordon_view unknown = cordon_model_view(model, cordon_part_of_arch(model, node, 0));
        other = unknown.value;
        bool whole = is_whole(model, node, abi, &value);
        if (!asked || (options->abi_count == 0 && whole && unknown.is_leaf && value == other))
            continue;
        struct cordon_abi_stat stat =
            cordon_stat_abi(model, node, &input->program, abi, options->weights);
        if (abis) {
            json_array_append_new(abis, abi_json(abi, &stat));
        } else {
            print_abi(abi, &stat, options->weights && options->weights->count);
            print_checked(model, node, abi);
        }
    }
}

static int print_stat(const struct cordon_input *input, const struct options *options)
{
    struct cordon_model *model = new_model();
    cordon_node node;
    int status = EXIT_BAD;
    if (!model || input_graph(input, model, options, &node)) {
        cordon_model_free(model);
        return EXIT_BAD;
    }
    uint32_t worst = cordon_program_worst(&input->program);
    struct options shown = *options;
    shown.abi_count = input->policy ? 0 : options->abi_count;
    if (options->json) {
        json_t *abis = json_array(), *holes = json_array();
        stat_abis(model, node, input, &shown, abis);
        cordon_find_holes(model, node, note_hole, holes);
        status = print_json(json_pack("{ss si si so so}", "name", input->name, "length",
                                      (int)input->program.length, "worst", (int)worst, "abis", abis,
                                      "warnings", holes),
                            EXIT_YES);
    } else {
        char other[64];
        struct cordon_view unknown = cordon_model_view(model, cordon_part_of_arch(model, node, 0));
        printf("%s: %u instructions, at most %u of them executed\n", input->name,
               input->program.length, worst);
        stat_abis(model, node, input, &shown, NULL);
        action_text(unknown.value, other, sizeof other);
        if (unknown.is_leaf && !unknown.is_computed)
            printf("any other architecture: %s\n", other);
        cordon_find_holes(model, node, print_hole, NULL);
        status = finish_output(EXIT_YES);
    }
    if (cordon_model_status(model)) { /* what was printed is right as far as it goes */
        fail("%s: %s", input->name, cordon_error_text(cordon_model_status(model)));
        status = EXIT_BAD;
    }
    cordon_model_free(model);
    return status;
}

int command_stat(int argc, char **argv)
{
    struct options options = {0};
    int status, first = options_parse(argc, argv, &options, &status);
    if (first < 0)
        return status;
    struct cordon_reporter reporter = error_reporter(&options.json);
    struct cordon_input input;
    if (!input_read(&input, argv[first], &options, &reporter))
        return EXIT_BAD;
    status = print_stat(&input, &options);
    cordon_input_free(&input);
    return status;
}
