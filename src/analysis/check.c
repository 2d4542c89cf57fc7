/* SPDX-License-Identifier: MIT */
/* check.c: runs the checks of a policy or filter. */
#include "checker.h"

/* ---- comments ---- */

struct comments {
    const struct checker *checker;
    const char *file;
};

static void check_id(void *context, const char *id, size_t length, uint32_t first, uint32_t last)
{
    const struct comments *comments = context;
    struct cordon_place place = {
        .file = comments->file, .line = last == UINT32_MAX ? 0 : first, .column = 1};
    if (cordon_lint_by_id(id, length) == CORDON_LINT_NONE)
        tell(comments->checker, CORDON_LINT_UNKNOWN_LINT, place, "cordon-check(1) lists the lints",
             "a comment ignores \"%.*s\", which is no lint", (int)(length < 40 ? length : 40), id);
}

static void check_comments(const struct checker *checker)
{
    const struct cordon_policy *policy = checker->input->policy;
    for (uint32_t i = 0; policy && i < policy->text_count; i++) {
        struct comments comments = {checker, policy->texts[i].name};
        cordon_lint_comments(policy->texts[i].text, policy->texts[i].length, check_id, &comments);
    }
}

/* ---- the whole ---- */

static bool has_calls(const struct checker *checker)
{
    for (uint32_t i = 0; i < cordon_syscall_count(checker->abi); i++)
        if (openness_of(checker, checker->abi, cordon_syscall_nth(checker->abi, i)) != CLOSED)
            return true;
    return false;
}

void cordon_check(const struct cordon_check_input *input, struct cordon_reporter *reporter)
{
    struct checker checker = {.input = input, .reporter = reporter};
    if (!reporter)
        return;
    check_comments(&checker);
    check_nothing(&checker);
    check_orders(&checker);
    check_abis(&checker);
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        checker.abi = cordon_abi(id);
        if (!is_meant(&checker, checker.abi) || !has_calls(&checker) ||
            count_open(&checker, checker.abi) == cordon_syscall_count(checker.abi))
            continue; /* nothing is allowed, or everything, which is reported already */
        check_calls(&checker);
        check_siblings(&checker);
        check_essentials(&checker);
        check_age(&checker);
        check_arguments(&checker);
    }
}
