/* SPDX-License-Identifier: MIT */
/* compare.c: does one policy allow no more than another? If it allows more, prints a call that
 * shows it: compare A B */
#include <cordon.h>
#include <stdio.h>
#include <string.h>

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u: %s\n", diag->place.file ? diag->place.file : "policy", diag->place.line,
            diag->text);
}

/* The verdicts of a policy, as a graph. */
static enum cordon_error meaning(struct cordon_model *model, const char *path,
                                 cordon_node *verdicts)
{
    struct cordon_reporter reporter = {report, NULL, 0, 0};
    struct cordon_policy_options options = {NULL, 0, cordon_file_loader, NULL};
    struct cordon_policy *policy;
    enum cordon_error error = cordon_policy_read_file(&policy, path, &options, &reporter);
    if (error)
        return error;
    error = cordon_policy_verdicts(policy, model, NULL, 0, verdicts, &reporter);
    cordon_policy_free(policy);
    return error;
}

/* Prints one difference: its calls, and both verdicts. */
static void print(void *context, const struct cordon_difference *difference)
{
    char text[512];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    (void)context;
    for (uint32_t i = 0; i < difference->region_count; i++) {
        cordon_sink_text(&sink, i ? ", " : "");
        cordon_region_print(&sink, &difference->regions[i]);
    }
    if (difference->condition[0]) {
        cordon_sink_text(&sink, " if ");
        cordon_sink_text(&sink, difference->condition);
    }
    cordon_sink_text(&sink, ": ");
    cordon_action_print(&sink, difference->a);
    cordon_sink_text(&sink, " and ");
    cordon_action_print(&sink, difference->b);
    puts(text);
}

static int compare(struct cordon_model *model, const char *a_path, const char *b_path)
{
    cordon_node a, b;
    struct cordon_difference_options options;
    struct cordon_difference_listener listener = {print, NULL, NULL};
    struct cordon_difference_summary summary;
    if (meaning(model, a_path, &a) || meaning(model, b_path, &b))
        return 2;
    memset(&options, 0, sizeof options);
    if (cordon_differences(model, a, b, &options, &listener, &summary))
        return 2;
    puts(summary.answer == CORDON_YES  ? "equal"
         : summary.answer == CORDON_NO ? "different"
                                       : "undecided");
    return summary.answer == CORDON_YES ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct cordon_model *model;
    if (argc != 3 || cordon_model_create(&model, NULL, 0))
        return 2;
    int status = compare(model, argv[1], argv[2]);
    cordon_model_free(model);
    return status;
}
