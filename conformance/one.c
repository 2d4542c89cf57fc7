/* SPDX-License-Identifier: MIT
 *
 * one.c: runs single selftests: prints their names, or runs the test that its argument names. The
 * harness of 6.1 has no option for this, and seccomp_bpf.c must stay unmodified, so this file
 * includes it and has a main of its own. */
#define main run_all /* of TEST_HARNESS_MAIN */
#include "seccomp_bpf.c"
#undef main

static int run_one(struct __fixture_metadata *f, struct __fixture_variant_metadata *v,
                   struct __test_metadata *t)
{
    t->results =
        mmap(NULL, sizeof *t->results, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (t->results == MAP_FAILED)
        return 2;
    __run_test(f, v, t);
    return t->passed ? 0 : 1;
}

int main(int argc, char **argv)
{
    struct __fixture_variant_metadata none = {.name = ""};
    char name[256];

    for (struct __fixture_metadata *f = __fixture_list; f; f = f->next)
        for (struct __fixture_variant_metadata *v = f->variant ? f->variant : &none; v; v = v->next)
            for (struct __test_metadata *t = f->tests; t; t = t->next) {
                snprintf(name, sizeof name, "%s%s%s.%s", f->name, v->name[0] ? "." : "", v->name,
                         t->name);
                if (argc < 2)
                    puts(name);
                else if (!strcmp(name, argv[1]))
                    return run_one(f, v, t);
            }
    return argc < 2 ? 0 : 2;
}
