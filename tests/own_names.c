/* SPDX-License-Identifier: MIT */
/* own_names.c: a program whose functions have the names of internal functions of the library; it
 * must link with it. */
#include <cordon.h>
#include <stdio.h>
#include <string.h>

int execute(void);
int ask(void);
int park(void);

int execute(void)
{
    return 1;
}

int ask(void)
{
    return 2;
}

int park(void)
{
    return 3;
}

int main(void)
{
    struct cordon_policy *policy = NULL;
    struct cordon_compiled compiled;
    static const char text[] = "default kill_process\nallow read, exit_group\n";
    if (cordon_policy_read(&policy, text, strlen(text), "text", NULL, NULL) ||
        cordon_compile(&compiled, policy, NULL, 0, NULL, NULL))
        return 1;
    printf("%d %s\n", execute() + ask() + park(), cordon_version());
    cordon_compiled_free(&compiled);
    cordon_policy_free(policy);
    return 0;
}
