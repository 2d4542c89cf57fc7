/* SPDX-License-Identifier: MIT */
/* embed_policy.c: run at build time: embed_policy POLICY prints its filter as an initializer of C.
 */
#include <stdio.h>

#include "cordon/compile.h"
#include "cordon/policy.h"

static const char *read_text(const char *path, size_t *length)
{
    static char text[1 << 16];
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    *length = fread(text, 1, sizeof text, file);
    fclose(file);
    return *length < sizeof text ? text : NULL;
}

static void print_diag(void *context, const struct cordon_diag *diag, const char *line,
                       uint32_t line_length)
{
    (void)context;
    (void)line;
    (void)line_length;
    fprintf(stderr, "%s:%u: %s\n", diag->place.file ? diag->place.file : "policy", diag->place.line,
            diag->text);
}

int main(int argc, char **argv)
{
    struct cordon_policy *policy;
    struct cordon_compiled compiled;
    struct cordon_reporter reporter = {.report = print_diag};
    size_t length = 0;
    const char *text = argc == 2 ? read_text(argv[1], &length) : NULL;
    if (!text || cordon_policy_read(&policy, text, length, argv[1], NULL, &reporter) ||
        cordon_compile(&compiled, policy, NULL, 0, NULL, &reporter))
        return 1;
    const struct cordon_program *program = &compiled.code.program;
    for (uint32_t i = 0; i < program->length; i++)
        printf("{%u, %u, %u, %uu},\n", program->insns[i].code, program->insns[i].jt,
               program->insns[i].jf, program->insns[i].k);
    cordon_compiled_free(&compiled);
    cordon_policy_free(policy);
    return 0;
}
