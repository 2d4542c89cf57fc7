/* SPDX-License-Identifier: MIT */
/* cmd_stat.c: cordon stat: prints what a filter allows, its cost, and its holes. */
#include "cordon/describe.h"
#include "cordon/findings.h"
#include "cordon/stat.h"
#include "subject.h"

static void print_finding(void *context, const struct cordon_finding *finding)
{
    (void)context;
    printf("warning: %s\n", finding->text);
}

static void note_finding(void *context, const struct cordon_finding *finding)
{
    json_array_append_new(context, json_string(finding->text));
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

/* Prints the calls whose arguments are tested, with these arguments. */
static void print_checked(const struct subject *subject, const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        struct cordon_syscall call = cordon_syscall(abi, cordon_syscall_nth(abi, i));
        uint32_t tested = cordon_tested_arguments(subject->model, subject->node, abi, call.nr);
        if (!tested)
            continue;
        printf("  %s looks at", call.name);
        for (unsigned arg = 0; arg <= CORDON_ARGS; arg++)
            if (tested >> arg & 1 && arg < call.arg_count)
                printf(" %s", call.args[arg].name);
            else if (tested >> arg & 1)
                printf(arg == CORDON_ARGS ? " ip" : " arg%u", arg);
        putchar('\n');
    }
}

/* The verdict for architectures without an ABI; a leaf, if it is constant. */
static struct cordon_view other_answer(const struct subject *subject)
{
    return cordon_model_view(subject->model, cordon_part_of_arch(subject->model, subject->node, 0));
}

/* For a filter those of -a; else those that aren't judged like unknown architectures. */
static bool is_shown(const struct subject *subject, const struct options *options,
                     const struct cordon_abi *abi)
{
    bool chosen = !subject->input.policy && options->abi_count;
    uint32_t value;
    for (uint32_t i = 0; chosen && i < options->abi_count; i++)
        if (options->abis[i] == abi->id)
            return true;
    if (chosen)
        return false;
    struct cordon_view other = other_answer(subject);
    bool uniform = cordon_is_uniform(subject->model, subject->node, abi, &value);
    return !uniform || !other.is_leaf || value != other.value;
}

static void stat_abis(const struct subject *subject, const struct options *options, json_t *abis)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        if (!is_shown(subject, options, abi))
            continue;
        struct cordon_abi_stat stat = cordon_stat_abi(
            subject->model, subject->node, &subject->input.program, abi, options->weights);
        if (abis) {
            json_array_append_new(abis, abi_json(abi, &stat));
        } else {
            print_abi(abi, &stat, options->weights && options->weights->count);
            print_checked(subject, abi);
        }
    }
}

static int stat_as_json(const struct subject *subject, const struct options *options)
{
    const struct cordon_program *program = &subject->input.program;
    json_t *abis = json_array(), *findings = json_array();
    stat_abis(subject, options, abis);
    cordon_findings(subject->model, subject->node, note_finding, findings);
    return print_json(json_pack("{ss si si so so}", "name", subject->input.name, "length",
                                (int)program->length, "worst", (int)cordon_program_worst(program),
                                "abis", abis, "warnings", findings),
                      EXIT_YES);
}

static int stat_as_text(const struct subject *subject, const struct options *options)
{
    const struct cordon_program *program = &subject->input.program;
    struct cordon_view other = other_answer(subject);
    char text[64];
    printf("%s: %u instructions, at most %u of them executed\n", subject->input.name,
           program->length, cordon_program_worst(program));
    stat_abis(subject, options, NULL);
    action_text(other.value, text, sizeof text);
    if (other.is_leaf && !other.is_computed)
        printf("any other architecture: %s\n", text);
    cordon_findings(subject->model, subject->node, print_finding, NULL);
    return finish_output(EXIT_YES);
}

int command_stat(const struct options *options)
{
    struct subject subject;
    if (!subject_open(&subject, options->arguments[0], options))
        return EXIT_BAD;
    int status = options->json ? stat_as_json(&subject, options) : stat_as_text(&subject, options);
    enum cordon_error error = cordon_model_status(subject.model);
    if (error) /* the printed part is correct */
        status = fail("%s: %s", subject.input.name, cordon_error_text(error));
    subject_close(&subject);
    return status;
}
