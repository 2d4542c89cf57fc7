/* SPDX-License-Identifier: MIT */
/* compare.c: does one policy allow no more than another? If it does, a call that shows it: compare
 * A B */
#include <cordon.h>
#include <stdio.h>

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    (void)context, (void)line, (void)length;
    fprintf(stderr, "%s:%u: %s\n", diag->place.file ? diag->place.file : "policy", diag->place.line,
            diag->text);
}

/* What a policy answers to each call, as a graph. */
static enum cordon_error meaning(struct cordon_model *model, const char *path,
                                 cordon_node *verdicts)
{
    struct cordon_reporter reporter = {report, NULL, 0, 0};
    struct cordon_policy *policy;
    enum cordon_error error = cordon_policy_read_file(&policy, path, NULL, &reporter);
    if (error)
        return error;
    error = cordon_policy_verdicts(policy, model, NULL, 0, verdicts, &reporter);
    cordon_policy_free(policy);
    return error;
}

static void print_call(const struct cordon_data *call)
{
    char text[512];
    struct cordon_buffer buffer = {text, sizeof text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_call_print(&sink, call, NULL);
    printf("no: %s\n", text);
}

static int compare(struct cordon_model *model, const char *a_path, const char *b_path)
{
    cordon_node a, b;
    struct cordon_data call;
    if (meaning(model, a_path, &a) || meaning(model, b_path, &b))
        return 2;
    switch (cordon_model_subset(model, a, b, &call)) {
    case CORDON_YES:
        puts("yes");
        return 0;
    case CORDON_NO:
        print_call(&call);
        return 1;
    default:
        puts("undecided");
        return 3;
    }
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
