/* SPDX-License-Identifier: MIT */
/* analysis_test.c: tests explanations of verdicts, their causes, and drawings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/check.h"
#include "cordon/denial.h"
#include "cordon/draw.h"
#include "cordon/explain.h"
#include "cordon/stat.h"
#include "failing.h"
#include "policies.h"

#define X86_64 0xc000003eu

static const char text[] = "arch x86_64\n"
                           "default kill_process\n"
                           "newer_than 5.10 errno(ENOSYS)\n"
                           "allow read, socket(domain == AF_UNIX), openat(flags & 3 == 1)\n";

static struct cordon_model *make_model(void)
{
    struct cordon_model *model;
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    return model;
}

/* ---- explanations ---- */

struct collected {
    struct cordon_model *model;
    struct cordon_string text;
    const struct cordon_data *call;
};

static void collect_decision(void *context, const struct cordon_step *decision)
{
    struct collected *collected = context;
    struct cordon_sink sink = cordon_string_sink(&collected->text);
    cordon_step_print(&sink, collected->model, cordon_abi(CORDON_ABI_X86_64), collected->call,
                      decision);
    cordon_sink_text(&sink, "\n");
}

static void collect_change(void *context, const struct cordon_change *change)
{
    struct collected *collected = context;
    struct cordon_sink sink = cordon_string_sink(&collected->text);
    cordon_sink_decimal(&sink, change->word);
    cordon_sink_text(&sink, " ");
    cordon_sink_decimal(&sink, change->before);
    cordon_sink_text(&sink, " ");
    cordon_sink_decimal(&sink, change->after);
    cordon_sink_text(&sink, change->verdict == (uint32_t)CORDON_ALLOW ? " allowed\n" : " denied\n");
}

static void check_explained(const struct cordon_data *call, const char *decisions,
                            const char *changes)
{
    struct collected collected = {.model = make_model()}, changed = {0};
    cordon_node node = graph_of_policy(collected.model, text);
    collected.call = call;
    uint32_t verdict =
        cordon_explain_steps(collected.model, node, call, collect_decision, &collected);
    assert_int_equal(verdict, cordon_model_evaluate(collected.model, node, call));
    assert_string_equal(collected.text.text, decisions);
    cordon_explain_changes(collected.model, node, call, collect_change, &changed);
    assert_string_equal(changed.text.text ? changed.text.text : "", changes);
    cordon_string_free(&collected.text);
    cordon_string_free(&changed.text);
    cordon_model_free(collected.model);
}

static void test_decisions_and_changes(void **state)
{
    (void)state;
    check_explained(&(struct cordon_data){.word = {41, X86_64, [4] = 2}},
                    "arch is 0xc000003e (x86_64)\nnr is 0x29 (socket)\ndomain is AF_INET, in the "
                    "range 0x2 to 0xffffffff\n",
                    "4 2 1 allowed\n");
    check_explained(&(struct cordon_data){.word = {257, X86_64, [8] = 0x41}},
                    "arch is 0xc000003e (x86_64)\n"
                    "nr is 0x101 (openat)\n"
                    "flags & O_ACCMODE is O_WRONLY\n",
                    "8 65 64 denied\n8 65 67 denied\n8 65 66 denied\n");
    check_explained(&(struct cordon_data){.word = {0, 1}},
                    "arch is 0x1 (x86_64), in the range 0x0 to 0xc000003d\n", "");
}

/* ---- causes ---- */

struct compiled {
    struct cordon_policy *policy;
    struct cordon_compiled compiled;
};

static struct compiled compile(void)
{
    struct compiled compiled;
    struct cordon_reporter reporter = {0};
    assert_int_equal(cordon_policy_read(&compiled.policy, text, strlen(text), "p", NULL, &reporter),
                     CORDON_OK);
    assert_int_equal(cordon_compile(&compiled.compiled, compiled.policy, NULL, 0, NULL, &reporter),
                     CORDON_OK);
    return compiled;
}

static void free_compiled(struct compiled *compiled)
{
    cordon_compiled_free(&compiled->compiled);
    cordon_policy_free(compiled->policy);
}

static void test_causes(void **state)
{
    (void)state;
    static const struct {
        struct cordon_data call;
        enum cordon_cause_kind kind;
        const char *name;
        uint32_t line;
    } rows[] = {
        {{.word = {0, X86_64}}, CORDON_CAUSE_RULE, "rule", 4},
        {{.word = {1, X86_64}}, CORDON_CAUSE_DEFAULT, "default", 2},
        {{.word = {450, X86_64}}, CORDON_CAUSE_NEWER, "newer_than", 3},
        {{.word = {1, 1}}, CORDON_CAUSE_BAD_ARCH, "bad_arch", 0},
    };
    struct compiled compiled = compile();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cordon_cause cause = cordon_policy_cause(&compiled.compiled, &rows[i].call);
        assert_int_equal(cause.kind, rows[i].kind);
        assert_string_equal(cordon_cause_name(cause.kind), rows[i].name);
        assert_int_equal(cause.place.line, rows[i].line);
        assert_int_equal(cause.in_text, rows[i].line != 0);
        assert_true(!cause.in_text == !cause.line);
        assert_int_equal(cause.insn, CORDON_NO_INSN);
    }
    free_compiled(&compiled);
}

/* Without the instruction that decides, the program would return another verdict. */
static void test_returning_instruction(void **state)
{
    (void)state;
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct compiled compiled = compile();
    const struct cordon_program *program = &compiled.compiled.code.program;
    struct cordon_program changed;
    struct cordon_fault fault;
    for (uint32_t nr = 0; nr < 500; nr++) {
        struct cordon_data call = {.word = {nr, X86_64}};
        struct cordon_cause cause = cordon_program_cause(program, &call);
        assert_int_equal(cause.kind, CORDON_CAUSE_INSTRUCTION);
        assert_true(cause.insn < program->length);
        memcpy(insns, program->insns, program->length * sizeof *insns);
        insns[cause.insn].k ^= 0x12345;
        assert_true(cordon_program_verify(&changed, insns, program->length, &fault));
        assert_int_equal(cordon_program_run(&changed, &call).value,
                         cordon_program_run(program, &call).value ^ 0x12345);
    }
    changed.length = 0;
    assert_int_equal(cordon_program_cause(&changed, &(struct cordon_data){{0}}).insn,
                     CORDON_NO_INSN);
    free_compiled(&compiled);
}

static void check_report(const struct cordon_denial *denial, const char *expected)
{
    const struct cordon_denial_context context = {"a.policy", "worker", 12, 10, false};
    char printed[2048];
    struct cordon_buffer buffer = {printed, sizeof printed, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_denial_print(&sink, denial, &context);
    cordon_denial_print_suggestion(&sink, denial, &context);
    assert_string_equal(printed, expected);
}

static void test_denial(void **state)
{
    (void)state;
    struct compiled compiled = compile();
    struct cordon_denial denial;
    struct cordon_data call = {.word = {41, X86_64, [4] = 2, [6] = 1}};
    cordon_denial_make(&denial, &compiled.compiled, &compiled.compiled.code.program, &call, 7,
                       NULL);
    assert_string_equal(denial.call, "socket(AF_INET, SOCK_STREAM, IPPROTO_IP)");
    assert_string_equal(denial.suggestion.text, "allow socket(domain in {AF_UNIX, AF_INET})");
    assert_int_equal(denial.verdict, 7);
    assert_int_equal(denial.cause.kind, CORDON_CAUSE_DEFAULT);
    check_report(&denial, "cordon: stopped: socket(AF_INET, SOCK_STREAM, IPPROTO_IP)\n"
                          "    verdict  kill_thread(7)\n"
                          "    why      no rule matches: the default at p:2:1\n"
                          "             default kill_process\n"
                          "    thread   worker, thread 12 of process 10\n"
                          "    to allow allow socket(domain in {AF_UNIX, AF_INET})   "
                          "(instead of p:4:13)\n");
    cordon_denial_make(&denial, NULL, &compiled.compiled.code.program, &call, 7, NULL);
    assert_int_equal(denial.cause.kind, CORDON_CAUSE_INSTRUCTION);
    denial.cause.insn = 9;
    denial.call[0] = '\0';
    strcpy(denial.suggestion.note, "it is dangerous");
    check_report(&denial, "cordon: stopped: \n"
                          "    verdict  kill_thread(7)\n"
                          "    why      instruction 9 of a.policy returns it\n"
                          "    thread   worker, thread 12 of process 10\n"
                          "    to allow no rule is suggested: it is dangerous\n");
    free_compiled(&compiled);
}

/* ---- drawing ---- */

static void test_drawing(void **state)
{
    (void)state;
    struct cordon_string drawn = {0};
    struct cordon_sink sink = cordon_string_sink(&drawn);
    struct cordon_model *model = make_model();
    cordon_node node = graph_of_policy(model, text);
    assert_int_equal(cordon_draw_dot(&sink, model, node, NULL), CORDON_OK);
    static const char *const parts[] = {
        "digraph filter {\n",
        "[label=\"arch\", shape=ellipse];\n",
        "[label=\"arg2 low & 0x3\", shape=ellipse];\n",
        "[label=\"allow\", shape=box, style=\"filled,rounded\", fillcolor=palegreen];\n",
        "[label=\"kill_process\", shape=box, style=\"filled,rounded\", fillcolor=salmon];\n",
        "[label=\"x86_64\"];\n",
        "[label=\"read\"];\n",
        "[label=\"0x1\"];\n",
        "[label=\"0, 0x2–0xffffffff\"];\n",
        " more\"];\n",
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (!strstr(drawn.text, parts[i]))
            fail_msg("no %s in:\n%s", parts[i], drawn.text);
    assert_string_equal(drawn.text + drawn.length - 3, "\n}\n");
    cordon_string_free(&drawn);
    cordon_model_free(model);
}

static void drop(void *context, const char *part, size_t length)
{
    (void)context, (void)part, (void)length;
}

static void test_drawing_without_memory(void **state)
{
    (void)state;
    struct cordon_sink sink = {drop, NULL};
    struct cordon_model *model = make_model();
    cordon_node node = graph_of_policy(model, text);
    int left = 0;
    struct cordon_allocator allocator = failing_allocator(&left);
    assert_int_equal(cordon_draw_dot(&sink, model, node, &allocator), CORDON_E_NO_MEMORY);
    assert_int_equal(cordon_draw_dot(&sink, model, node, &allocator), CORDON_OK);
    cordon_model_free(model);
}

/* ---- figures and lints ---- */

static void collect_lint(void *context, const struct cordon_diag *diag, const char *line,
                         uint32_t length)
{
    struct cordon_sink sink = cordon_string_sink(context);
    (void)line, (void)length;
    cordon_sink_text(&sink, cordon_lint_row(diag->lint)->id);
    cordon_sink_text(&sink, ": ");
    cordon_sink_text(&sink, diag->text);
    cordon_sink_text(&sink, "\n");
}

static void expect_lints(const char *policy, enum cordon_severity least, const char *expected)
{
    struct cordon_string seen = {0};
    struct cordon_reporter reporter = {.report = collect_lint, .context = &seen};
    struct cordon_check_input input = {.name = "policy", .model = make_model(), .least = least};
    input.meaning.verdicts = graph_of_policy(input.model, policy);
    input.meaning.deciders = CORDON_NODE_NONE;
    cordon_check(&input, &reporter);
    assert_string_equal(seen.text ? seen.text : "", expected);
    cordon_string_free(&seen);
    cordon_model_free(input.model);
}

static void test_lints(void **state)
{
    (void)state;
    expect_lints(text, CORDON_NOTE, "");
    expect_lints("default allow\nbad_arch allow\nerrno(1) reboot\narch x86_64\n", CORDON_WARNING,
                 "open-abi: all calls of i386 are allowed: the same process can make them\n"
                 "open-abi: all calls of x32 are allowed: the same process can make them\n");
    expect_lints("arch x86_64\ndefault errno(1)\nallow dup(whole arg0 == 1)\n", CORDON_NOTE,
                 "upper-half: dup: the upper half of oldfd must be 0 for the rule to match, the "
                 "kernel ignores it\n");
    expect_lints("arch aarch64\ndefault allow\nbad_arch allow\nerrno(1) reboot\n", CORDON_WARNING,
                 "open-abi: all calls of arm are allowed: the same process can make them\n");
    expect_lints("arch x86_64\ndefault errno(1)\nallow bpf, ptrace\n", CORDON_NOTE,
                 "ptrace: ptrace is allowed on x86_64: a process can change the calls of another\n"
                 "bpf: bpf is allowed on x86_64\n");
    expect_lints(
        "arch x86_64, i386\ndefault kill_process\nallow clone(flags == 0), clone3\n"
        "on i386 { allow read }\n"
        "on x86_64 { allow write(whole arg2 & 0xffffffff == 3), dup(whole arg0 == 1) }\n",
        CORDON_WARNING,
        "laxer-abi: i386 allows calls that x86_64 denies, for example read\n"
        "clone3: clone is restricted, but clone3 is allowed on x86_64\n"
        "half-argument: write: only the lower half of count is tested, the kernel uses all of it\n"
        "clone3: clone is restricted, but clone3 is allowed on i386\n");
}

/* The same condition on both leaves no way around. */
static void test_shared_condition(void **state)
{
    (void)state;
    expect_lints("arch x86_64\ndefault errno(1)\nallow clone(ip < 0x1000), clone3(ip < 0x1000)\n",
                 CORDON_WARNING, "");
}

static void test_figures(void **state)
{
    (void)state;
    struct cordon_model *model = make_model();
    cordon_node node = graph_of_policy(model, text);
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    uint32_t value;
    assert_int_equal(cordon_tested_arguments(model, node, abi, 0), 0);
    assert_int_equal(cordon_tested_arguments(model, node, abi, 41), 1);
    assert_int_equal(cordon_tested_arguments(model, node, abi, 257), 4);
    assert_false(cordon_is_uniform(model, node, abi, &value));
    assert_true(cordon_is_uniform(model, node, cordon_abi(CORDON_ABI_I386), &value));
    assert_int_equal(value, 0x80000000u);
    cordon_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decisions_and_changes),
        cmocka_unit_test(test_causes),
        cmocka_unit_test(test_returning_instruction),
        cmocka_unit_test(test_denial),
        cmocka_unit_test(test_drawing),
        cmocka_unit_test(test_lints),
        cmocka_unit_test(test_shared_condition),
        cmocka_unit_test(test_figures),
        cmocka_unit_test(test_drawing_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
