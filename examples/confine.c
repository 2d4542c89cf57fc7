/* SPDX-License-Identifier: MIT */
/* confine.c: a program that gives up what it doesn't need. */
#include <cordon.h>
#include <stdio.h>

int main(void)
{
    struct cordon_diag diag;
    if (cordon_confine("@stdio", NULL, &diag))
        return fprintf(stderr, "not confined: %s\n", diag.text), 1;
    puts("confined");
}
