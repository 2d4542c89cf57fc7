/* SPDX-License-Identifier: MIT */
/*
 * suggest_format.c: writes a suggested rule as the policy's own format has it: a line, an entry of
 * JSON, or a name less in the list that denied the call.
 */
#include <stdio.h>
#include <string.h>

#include "cordon/comparison.h"
#include "suggest.h"

enum { MAX_TESTS = 6 };

/* argument & mask == value; mask 0: the whole register. */
struct test {
    unsigned argument;
    uint64_t mask, value;
};

struct written {
    struct cordon_sink *sink;
    const char *name; /* of the call */
    uint32_t action;
    struct test tests[MAX_TESTS];
    unsigned count;
};

/* ---- conditions ---- */

/* Formats compare whole registers, so the upper half is masked where the call has bits in it. */
static bool add_test(struct written *written, const struct cordon_cond *cond,
                     const struct cordon_data *data, const struct cordon_abi *abi, uint16_t id)
{
    struct cordon_operand operand = cordon_comparison_operand(cond, abi, id);
    struct cordon_intervals values = {0};
    struct cordon_comparison_fault fault;
    struct test *test = &written->tests[written->count];
    uint64_t bits = cordon_comparison_bits(operand.bits);
    if (cond->form != CORDON_COND_EQ || operand.argument >= CORDON_ARGS ||
        written->count == MAX_TESTS ||
        cordon_comparison_values(cond, abi, &operand, &cordon_allocator_libc, &test->mask, &values,
                                 &fault))
        return false;
    bool single = values.count == 1 && values.items[0].first == values.items[0].last;
    bool whole = (test->mask & bits) == bits;
    test->argument = operand.argument;
    test->value = single ? values.items[0].first : 0;
    if (whole && cordon_data_argument(abi, data, operand.argument) == test->value)
        test->mask = 0;
    else
        test->mask &= bits;
    cordon_intervals_free(&values, &cordon_allocator_libc);
    written->count++;
    return single;
}

static bool add_tests(struct written *written, const struct cordon_cond *cond,
                      const struct cordon_data *data, const struct cordon_abi *abi, uint16_t id)
{
    if (cond->form == CORDON_COND_AND)
        return add_tests(written, cond->left, data, abi, id) &&
               add_tests(written, cond->right, data, abi, id);
    return add_test(written, cond, data, abi, id);
}

/* ---- the formats ---- */

static void print(const struct written *written, const char *text)
{
    cordon_sink_text(written->sink, text);
}

static bool is_allow(const struct written *written)
{
    return written->action == (uint32_t)CORDON_ALLOW;
}

static void print_errno(const struct written *written)
{
    cordon_sink_decimal(written->sink, written->action & 0xffff);
}

static bool print_minijail(const struct written *written)
{
    print(written, written->name);
    print(written, is_allow(written) ? ": " : ": return ");
    if (!is_allow(written))
        print_errno(written);
    else if (!written->count)
        print(written, "1");
    for (unsigned i = 0; i < written->count; i++) {
        const struct test *test = &written->tests[i];
        if (test->mask && test->value)
            return false; /* it has no comparison of masked bits with a value */
        print(written, i ? " && arg" : "arg");
        cordon_sink_decimal(written->sink, test->argument);
        print(written, test->mask ? " in ~" : " == ");
        cordon_sink_hex(written->sink, test->mask ? test->mask : test->value, 1);
    }
    return true;
}

static void print_kafel_test(const struct written *written, const struct test *test)
{
    const char argument[] = {(char)('a' + test->argument), '\0'};
    print(written, test->mask ? "(" : "");
    print(written, argument);
    if (test->mask) {
        print(written, " & ");
        cordon_sink_hex(written->sink, test->mask, 1);
        print(written, ")");
    }
    print(written, " == ");
    cordon_sink_hex(written->sink, test->value, 1);
}

static bool print_kafel(const struct written *written)
{
    print(written, is_allow(written) ? "ALLOW" : "ERRNO(");
    if (!is_allow(written)) {
        print_errno(written);
        print(written, ")");
    }
    print(written, " { ");
    print(written, written->name);
    print(written, written->count ? "(a, b, c, d, e, f) { " : "");
    for (unsigned i = 0; i < written->count; i++) {
        print(written, i ? " && " : "");
        print_kafel_test(written, &written->tests[i]);
    }
    print(written, written->count ? " } }" : " }");
    return true;
}

static void print_member(const struct written *written, const char *name, uint64_t value)
{
    print(written, ", \"");
    print(written, name);
    print(written, "\": ");
    cordon_sink_decimal(written->sink, value);
}

static void print_container_test(const struct written *written, const struct test *test)
{
    print(written, "{\"index\": ");
    cordon_sink_decimal(written->sink, test->argument);
    print_member(written, "value", test->mask ? test->mask : test->value);
    if (test->mask)
        print_member(written, "valueTwo", test->value);
    print(written, test->mask ? ", \"op\": \"SCMP_CMP_MASKED_EQ\"}" : ", \"op\": \"SCMP_CMP_EQ\"}");
}

static bool print_oci(const struct written *written)
{
    print(written, "{\"names\": [\"");
    print(written, written->name);
    print(written, is_allow(written) ? "\"], \"action\": \"SCMP_ACT_ALLOW\""
                                     : "\"], \"action\": \"SCMP_ACT_ERRNO\"");
    if (!is_allow(written))
        print_member(written, "errnoRet", written->action & 0xffff);
    print(written, written->count ? ", \"args\": [" : "");
    for (unsigned i = 0; i < written->count; i++) {
        print(written, i ? ", " : "");
        print_container_test(written, &written->tests[i]);
    }
    print(written, written->count ? "]}" : "}");
    return true;
}

static bool print_k8s(const struct written *written) /* YAML takes JSON */
{
    print(written, "- ");
    return print_oci(written);
}

static bool print_systemd(const struct written *written)
{
    print(written, "SystemCallFilter=");
    print(written, written->name);
    return is_allow(written) && !written->count;
}

static bool print_firejail(const struct written *written)
{
    print(written, written->name);
    return is_allow(written) && !written->count;
}

static bool print_seccompiler(const struct written *written)
{
    print(written, "{\"syscall\": \"");
    print(written, written->name);
    print(written, written->count ? "\", \"args\": [" : "\"}");
    for (unsigned i = 0; i < written->count; i++) {
        const struct test *test = &written->tests[i];
        print(written, i ? ", {\"index\": " : "{\"index\": ");
        cordon_sink_decimal(written->sink, test->argument);
        print(written, ", \"type\": \"qword\", \"op\": ");
        print(written, test->mask ? "{\"masked_eq\": " : "\"eq\"");
        if (test->mask)
            cordon_sink_decimal(written->sink, test->mask);
        print(written, test->mask ? "}" : "");
        print_member(written, "val", test->value);
        print(written, "}");
    }
    print(written, written->count ? "]}" : "");
    return is_allow(written);
}

/*
 * `line`: what the line of the rules has beside which it goes, NULL: anything. `once`: a call has
 * one rule only; `undoes`: what is written takes back what an earlier line denied;
 * `is_line`: a call's name begins a line of its own.
 */
static const struct row {
    const char *format;
    bool (*print)(const struct written *written);
    const char *where, *line;
    bool once, undoes, is_line;
} rows[] = {
    {"minijail", print_minijail, "a line like", NULL, true, false, true},
    {"kafel", print_kafel, "a statement like that of", NULL, true, false, false},
    {"oci", print_oci, "an entry of \"syscalls\" like that of", NULL, false, false, false},
    {"k8s", print_k8s, "an entry of syscalls like that of", NULL, false, false, false},
    {"seccompiler", print_seccompiler, "an entry of \"filter\" like that of", NULL, false, false,
     false},
    {"systemd", print_systemd, "a line like", "SystemCallFilter=", true, true, false},
    {"firejail", print_firejail, "in the list at", "seccomp.keep", true, false, false},
};

static const struct row *row_of(const struct cordon_policy *policy)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(policy->format, rows[i].format))
            return &rows[i];
    return NULL;
}

/* ---- where it goes ---- */

bool suggest_is_literal(const struct cordon_policy *policy, const struct cordon_place *place,
                        const char *name)
{
    uint32_t length, size = (uint32_t)strlen(name);
    const char *line = cordon_policy_line(policy, *place, &length);
    uint32_t at = place->column ? place->column - 1 : 0;
    if (line && at < length && (line[at] == '"' || line[at] == '\''))
        at++;
    return line && at + size <= length && !memcmp(line + at, name, size) &&
           (at + size == length ||
            !memchr("_abcdefghijklmnopqrstuvwxyz0123456789:", line[at + size], 38));
}

static bool has(const char *line, uint32_t length, const char *word)
{
    size_t size = strlen(word);
    for (uint32_t i = 0; line && i + size <= length; i++)
        if (!memcmp(line + i, word, size))
            return true;
    return false;
}

/* A rule of the text that what is written can stand beside. */
static bool is_like(const struct cordon_policy *policy, const struct row *row,
                    const struct cordon_rule *rule)
{
    uint32_t length = 0;
    if (!rule->place.line || !rule->place.file || strcmp(rule->place.file, policy->name) != 0)
        return false;
    const char *line = cordon_policy_line(policy, rule->place, &length);
    return !row->line || has(line, length, row->line);
}

bool suggest_is_same_word(const struct cordon_rule *one, const struct cordon_rule *other)
{
    const struct cordon_place *a = &one->place, *b = &other->place;
    return one->form == CORDON_CALL_NAME && other->form == one->form && one->id == other->id &&
           a->line == b->line && a->column == b->column && a->file && b->file &&
           !strcmp(a->file, b->file);
}

/* mkdir: return 1 */
static bool begins_line(const struct cordon_policy *policy, const struct cordon_place *place,
                        const char *name)
{
    uint32_t length, size = (uint32_t)strlen(name);
    const char *line = cordon_policy_line(policy, *place, &length);
    return line && length > size && !memcmp(line, name, size) && line[size] == ':';
}

/* An unconditional denial that is one word of the text, or one line of minijail's, and goes. */
static const struct cordon_rule *find_gone(const struct cordon_policy *policy,
                                           const struct row *row, const struct cordon_rule *made,
                                           uint32_t decider)
{
    const struct cordon_rule *rule = decider < CORDON_BY_DEFAULT ? &policy->rules[decider] : NULL;
    if (!rule || rule->cond || made->cond || row->undoes || !is_like(policy, row, rule))
        return NULL;
    const char *name = cordon_syscall_name(made->id);
    bool names_it = row->is_line ? begins_line(policy, &rule->place, name)
                                 : suggest_is_literal(policy, &rule->place, name);
    return names_it ? rule : NULL;
}

static bool is_ambiguous(const struct cordon_policy *policy, const struct row *row,
                         const struct cordon_rule *made, uint32_t decider,
                         const struct cordon_rule *gone)
{
    bool denied = decider < CORDON_BY_DEFAULT && !gone;
    if (denied && row->undoes)
        return !is_like(policy, row, &policy->rules[decider]);
    for (uint32_t i = 0; i < policy->rule_count; i++) {
        const struct cordon_rule *rule = &policy->rules[i];
        if (rule->form == CORDON_CALL_NAME && rule->id == made->id &&
            !(gone && suggest_is_same_word(rule, gone)) &&
            (row->once || rule->action != made->action))
            return true;
    }
    return denied || made->abis;
}

/* The rule beside which something is written: one that allows, or `any`. */
static const struct cordon_rule *find_like(const struct cordon_policy *policy,
                                           const struct row *row, bool any)
{
    for (uint32_t i = 0; i < policy->rule_count; i++)
        if ((any || policy->rules[i].action == (uint32_t)CORDON_ALLOW) &&
            is_like(policy, row, &policy->rules[i]))
            return &policy->rules[i];
    return NULL;
}

void suggest_in_format(struct cordon_suggestion *suggestion, const struct cordon_policy *policy,
                       const struct cordon_rule *made, const struct cordon_data *data,
                       uint32_t decider)
{
    const struct row *row = row_of(policy);
    const struct cordon_abi *abi =
        cordon_abi_of_call(data->word[CORDON_WORD_ARCH], data->word[CORDON_WORD_NR]);
    struct cordon_buffer buffer = {suggestion->written, sizeof suggestion->written, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    struct written written = {&sink, cordon_syscall_name(made->id), made->action, {{0}}, 0};
    if (!row)
        return;
    const struct cordon_rule *gone = find_gone(policy, row, made, decider);
    const struct cordon_rule *like =
        gone && row->is_line ? gone
                             : find_like(policy, row, row->undoes && decider < CORDON_BY_DEFAULT);
    if (!like || made->form != CORDON_CALL_NAME || is_ambiguous(policy, row, made, decider, gone) ||
        (made->cond && !add_tests(&written, made->cond, data, abi, made->id)) ||
        !row->print(&written) || buffer.length >= sizeof suggestion->written) {
        suggestion->written[0] = '\0';
        return;
    }
    suggestion->where = like == gone ? "instead of" : row->where;
    suggestion->place = like->place;
    if (gone && like != gone)
        suggestion->taken = gone->place;
}
