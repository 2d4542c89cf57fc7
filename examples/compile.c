/* SPDX-License-Identifier: MIT */
/* compile.c: compiles a policy to a filter, in the bytes that bwrap --seccomp reads: compile
 * POLICY >FILTER */
#include <cordon.h>
#include <stdio.h>

static void write_stderr(void *context, const char *text, size_t length)
{
    (void)context;
    fwrite(text, 1, length, stderr);
}

static void report(void *context, const struct cordon_diag *diag, const char *line, uint32_t length)
{
    struct cordon_sink sink = {write_stderr, NULL};
    (void)context;
    cordon_diag_print(&sink, diag, line, length, false);
}

static int compile(const struct cordon_policy *policy, struct cordon_reporter *reporter)
{
    struct cordon_compiled compiled;
    if (cordon_compile(&compiled, policy, NULL, 0, NULL, reporter))
        return 1;
    const struct cordon_program *program = &compiled.code.program;
    size_t written = fwrite(program->insns, sizeof *program->insns, program->length, stdout);
    int status = written == program->length && fflush(stdout) == 0 ? 0 : 1;
    cordon_compiled_free(&compiled);
    return status;
}

int main(int argc, char **argv)
{
    struct cordon_reporter reporter = {report, NULL, 0, 0};
    struct cordon_policy_options options = {NULL, 0, cordon_file_loader, NULL};
    struct cordon_policy *policy;
    if (argc != 2 || cordon_policy_read_file(&policy, argv[1], &options, &reporter))
        return 2;
    int status = compile(policy, &reporter);
    cordon_policy_free(policy);
    return status;
}
