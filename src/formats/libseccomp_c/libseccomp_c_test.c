/* SPDX-License-Identifier: MIT */
/*
 * libseccomp_c_test.c: compiles, links and runs the C source for libseccomp. The filter that
 * libseccomp makes is lifted and must mean the same as the policy.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cordon/compare.h"
#include "cordon/formats.h"
#include "cordon/lift.h"
#include "messages_test.h"

static char folder[] = "/tmp/cordon-libseccomp-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static struct cordon_policy *read_policy(const char *text)
{
    struct cordon_policy *policy = NULL;
    struct messages messages = {.reporter = {.report = remember, .context = &messages}};
    if (cordon_policy_read(&policy, text, strlen(text), "p", NULL, &messages.reporter))
        fail_msg("%s", messages.text);
    return policy;
}

static enum cordon_error write_source(struct cordon_string *source, const char *text,
                                      struct messages *messages)
{
    const struct cordon_format *format = cordon_format_by_name("libseccomp-c", 12);
    struct cordon_format_options options = {.part = NULL};
    struct cordon_policy *policy = read_policy(text);
    struct cordon_sink sink = cordon_string_sink(source);
    *messages = (struct messages){.reporter = {.report = remember, .context = messages}};
    enum cordon_error error = format->write(&sink, policy, &options, &messages->reporter);
    cordon_policy_free(policy);
    return error;
}

/* Compiles and runs the source; returns the filter that libseccomp exports. */
static size_t export(const struct cordon_string *source, struct cordon_insn *insns, size_t room)
{
    static const char ending[] =
        "int main(void)\n{\n    int error;\n"
        "    scmp_filter_ctx filter = make_filter(&error);\n"
        "    return filter ? -seccomp_export_bpf(filter, 1) : -error;\n}\n";
    char path[64], command[256];
    snprintf(path, sizeof path, "%s/filter.c", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fwrite(source->text, 1, source->length, file);
    fputs(ending, file);
    assert_int_equal(fclose(file), 0);
    snprintf(command, sizeof command,
             "cd %s && cc -O0 -std=c99 -Wall -Wextra -pedantic -Werror filter.c -o filter "
             "-lseccomp && ./filter",
             folder);
    FILE *output = popen(command, "r");
    assert_non_null(output);
    size_t count = fread(insns, sizeof *insns, room, output);
    assert_int_equal(pclose(output), 0);
    return count;
}

static void must_be_preserved(const char *text)
{
    static struct cordon_insn insns[CORDON_MAX_INSNS];
    struct messages messages;
    struct cordon_string source = {0};
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_program program;
    struct cordon_data witness;
    cordon_node node;
    if (write_source(&source, text, &messages))
        fail_msg("%s", messages.text);
    size_t count = export(&source, insns, CORDON_MAX_INSNS);
    struct cordon_policy *policy = read_policy(text);
    if (!cordon_program_verify(&program, insns, (uint32_t)count, NULL))
        fail_msg("%zu instructions of libseccomp's are no filter", count);
    assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
    assert_int_equal(cordon_policy_build(policy, model, NULL, 0, &meaning, NULL), CORDON_OK);
    assert_int_equal(cordon_lift(&node, model, &program, NULL, NULL), CORDON_OK);
    if (cordon_model_equal(model, meaning.verdicts, node, &witness) != CORDON_YES)
        fail_msg(
            "%s\n%s: arch 0x%x, nr 0x%x, args 0x%x 0x%x, 0x%x 0x%x: policy 0x%x, libseccomp 0x%x",
            source.text, text, witness.word[1], witness.word[0], witness.word[4], witness.word[5],
            witness.word[6], witness.word[7],
            cordon_model_evaluate(model, meaning.verdicts, &witness),
            cordon_model_evaluate(model, node, &witness));
    cordon_model_free(model);
    cordon_policy_free(policy);
    cordon_string_free(&source);
}

static void meanings_are_preserved(void **state)
{
    (void)state;
    must_be_preserved("arch x86_64\ndefault kill_process\nallow read, write, exit_group\n"
                      "errno(EPERM) ptrace\nlog uname\ntrace(7) getpid\ntrap gettid\n");
    /* a rest with a verdict other than the default, ranges, masks, signs, both halves */
    must_be_preserved(
        "arch x86_64\ndefault errno(EPERM)\nbad_arch errno(EPERM)\n"
        "errno(ENOSYS) clone(flags & 0x7e020000)\nallow clone\n"
        "allow ioctl(request in {0x5400..0x5413, TIOCGWINSZ, FIONREAD} and fd <= 2)\n"
        "allow kill(pid > 0 and sig == SIGTERM)\nkill_process kill(pid < -1)\nlog kill\n"
        "allow lseek(offset in {-1, 5..0x100000005})\n"
        "allow mmap(addr < 0x10000 and prot & PROT_EXEC == 0)\n"
        "allow socket(domain in {AF_UNIX, AF_INET} and type & 0xf == SOCK_STREAM)\n"
        "allow prctl(whole arg1 == 0x100000000 or arg0 == 1)\n");
}

static void a_large_policy_is_preserved(void **state)
{
    (void)state;
    must_be_preserved("arch x86_64, i386\ndefault kill_process\nerrno(ENOSYS) socketcall, ipc\n"
                      "allow @basic-io, @signal, @exec, @exit, @timer, mmap, mprotect\n"
                      "errno(EPERM) clone(flags & CLONE_NEWUSER), unshare, setns\n"
                      "allow socket(domain == AF_UNIX)\n");
}

static void several_abis_are_preserved(void **state)
{
    (void)state;
    must_be_preserved("arch x86_64, i386, x32\ndefault errno(ENOSYS)\nbad_arch kill_process\n"
                      "kill_process socketcall\n" /* a multiplexer as a whole */
                      "allow read, write, mmap, socket, connect\non i386 { allow mmap2, _llseek }\n"
                      "on x32 { allow openat(flags & O_ACCMODE == O_RDONLY) }\n"
                      "allow openat(flags & O_ACCMODE == O_RDWR)\nlog rt_sigaction\n");
    /* a multiplexer whose calls have the verdicts of the direct ones */
    must_be_preserved(
        "arch i386\ndefault kill_process\nallow socket, connect, accept, send, semget\n");
}

static void must_be_refused(const char *text, const char *why)
{
    struct messages messages;
    struct cordon_string source = {0};
    assert_int_equal(write_source(&source, text, &messages), CORDON_E_MEANING);
    if (!strstr(messages.text, why))
        fail_msg("%s\nlacks %s", messages.text, why);
    assert_null(source.text);
}

static void inexpressible_policies_are_refused(void **state)
{
    (void)state;
    must_be_refused("arch x86_64\ndefault kill_process\nallow read\nallow write(ip >= 0x1000)\n",
                    "4:7: the format cannot express this: write: libseccomp cannot test the "
                    "instruction pointer on x86_64");
    must_be_refused("arch x86_64\ndefault kill_process\ntrap(5) read\n",
                    "3:9: the format cannot express this: libseccomp has no such action");
    must_be_refused("arch x86_64\ndefault errno(4095)\n",
                    "2:1: the format cannot express this: libseccomp has no such default");
    must_be_refused("arch x86_64\ndefault errno(EPERM)\nallow read\n",
                    "2:1: the format cannot express this: libseccomp treats negative numbers");
    must_be_refused("arch x86_64\ndefault kill_process\nnewer_than 6.1 errno(ENOSYS)\nallow read\n",
                    "3:1: the format cannot express this: libseccomp has no rules for ranges");
    must_be_refused(
        "arch x32\ndefault kill_process\nallow lseek(whole offset == 0x100000000)\n",
        "3:7: the format cannot express this: lseek: libseccomp cannot test the upper half");
    must_be_refused(
        "arch x86_64\ndefault kill_process\n"
        "allow kill(pid != 5 and sig != 6), tgkill(tgid != 5 and pid != 6 and sig != 7)\n",
        "3:36: the format cannot express this: tgkill: this needs more rules than fit in a filter");
    must_be_refused("arch i386\ndefault kill_process\nerrno(ENOSYS) socketcall(call == 1)\n"
                    "allow socket\n",
                    "4:7: the format cannot express this: socket: libseccomp applies the rule to "
                    "the multiplexer");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meanings_are_preserved),
        cmocka_unit_test(several_abis_are_preserved),
        cmocka_unit_test(a_large_policy_is_preserved),
        cmocka_unit_test(inexpressible_policies_are_refused),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
