/* SPDX-License-Identifier: MIT */
/* readers_test.c: tests which form a text is detected as, the instructions read, and the places
 * of errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cordon/programs.h"
#include "failing.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define TEXT(text)   text, sizeof(text) - 1 /* it may hold zero bytes */

/* A return of 0 as bytes, in either byte order. */
#define LITTLE_RETURN "\x06\0\0\0\0\0\0\0"
#define BIG_RETURN    "\0\x06\0\0\0\0\0\0"

/* ---- what was reported ---- */

struct reports {
    struct cordon_diag first;
    char line[128]; /* the quoted line */
};

static void take_report(void *context, const struct cordon_diag *diag, const char *line,
                        uint32_t length)
{
    struct reports *reports = context;
    if (reports->first.code)
        return;
    reports->first = *diag;
    if (line)
        snprintf(reports->line, sizeof reports->line, "%.*s", (int)length, line);
}

static struct cordon_reporter reporter_of(struct reports *reports)
{
    *reports = (struct reports){0};
    return (struct cordon_reporter){.report = take_report, .context = reports};
}

/* ---- detection ---- */

static void each_text_is_detected(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *form; /* NULL: none */
    } cases[] = {
        {TEXT(""), NULL},
        {TEXT("\n"), NULL},
        {TEXT("default allow\n"), NULL},
        {TEXT("allow read\n"), NULL},
        {TEXT("# A = arch\nread: 1\n"), NULL},
        {TEXT("read: 1\n"), NULL},
        {TEXT("{\"defaultAction\": \"SCMP_ACT_ALLOW\"}"), NULL},
        {TEXT("a: 1\n"), NULL},
        {TEXT("return: 1\n"), NULL},
        {TEXT("\"no bytes\"\n"), NULL},
        {TEXT(LITTLE_RETURN), "bytes"},
        {TEXT(BIG_RETURN), "bytes"},
        {TEXT("\0"), "bytes"},
        {TEXT("  0: ld [0]\n"), "asm"},
        {TEXT("; a comment\n; another\nret #0\n"), "asm"},
        {TEXT("; nothing else"), NULL},
        {TEXT("jeq #1, 1, 2\n"), "asm"},
        {TEXT("raw 0x6, 0, 0, 0\n"), "asm"},
        {TEXT(" line  CODE  JT   JF      K\n"), "seccomp-tools-dump"},
        {TEXT(" 0000: 0x20 0x00 0x00 0x00000004  A = arch\n"), "seccomp-tools-dump"},
        {TEXT(" 0012: 0x06 0x00 0x00 0x00000004\n"), "seccomp-tools-dump"},
        {TEXT("$ seccomp-tools dump ./a\nWelcome\n line  CODE  JT   JF      K\n===="),
         "seccomp-tools-dump"},
        {TEXT("/*\n line  CODE  JT   JF      K\n====\n*/\n"), "seccomp-tools-dump"},
        {TEXT(" line  OP   JT   JF   K\n====\n"), "seccomp-tools-dump"},
        {TEXT("POLICY a {} /*\n line  CODE  JT   JF      K\n====\n*/\n"), NULL},
        {TEXT("# line  CODE  JT\n# ====\nread: 1\n"), NULL},
        {TEXT(" line  CODE of conduct\n"), NULL},
        {TEXT("bad: ret #0\n"), "labels-asm"},
        {TEXT("l0:\tld [4]\nl1:\tret #0\n"), "labels-asm"},
        {TEXT("  ld [4]\n  jne #1, bad\nbad: ret #0\n"), "labels-asm"},
        {TEXT("(000) ld       [4]\n(001) ret      #0\n"), "labels-asm"},
        {TEXT("ld [4]\njeq #1, 2, 2\nret #0\n"), "asm"},
        {TEXT("bad: 1\n"), NULL},
        {TEXT("2\n32 0 0 4\n6 0 0 0\n"), "decimals"},
        {TEXT("2,32 0 0 4,6 0 0 0,\n"), "decimals"},
        {TEXT("2\ndenylist\n"), NULL},
        {TEXT("2 32 0 0 4\n"), NULL},
        {TEXT("{ 0x06,  0,  0, 0x00000000 },\n"), "c-array"},
        {TEXT("{ .code = 6 },\n"), "c-array"},
        {TEXT("#define A 1\nstatic struct sock_filter f[] = { /* it */\nBPF_STMT(6, 0) };"),
         "c-array"},
        {TEXT("unsigned char f[] = {6,0,0,0,0,0,0,0};"), "c-array"},
        {TEXT("# a struct sock_filter []\nallow read(fd in {1, 2})\n"), NULL},
        {TEXT("// BPF_STMT(6, 0)\nPOLICY a { ALLOW { read } }\n"), NULL},
        {TEXT("{read, write}: 1\n"), NULL},
        {TEXT("{ \"a\": 1, \"b\": 2 }\n"), NULL},
        {TEXT("A = arch\n"), "seccomp-tools-asm"},
        {TEXT("# which machine?\nout: in: a = sys_number"), "seccomp-tools-asm"},
        {TEXT("0000: A = arch\n"), "seccomp-tools-asm"},
        {TEXT("X = 5\n"), "seccomp-tools-asm"},
        {TEXT("if (A == 5) goto 1\n"), "seccomp-tools-asm"},
        {TEXT("goto end\n"), "seccomp-tools-asm"},
        {TEXT("return ALLOW\n"), "seccomp-tools-asm"},
        {TEXT("return 0x123\n"), "seccomp-tools-asm"},
        {TEXT("return (123)\n"), "seccomp-tools-asm"},
        {TEXT("return NOTHING\n"), NULL},
        {TEXT("\"\\x06\\x00"), "ruby-string"},
        {TEXT("  1) LOAD 4  // Architecture\n"), "chromium-dump"},
        {TEXT("1)LOAD 4\n"), NULL},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct cordon_program_form *form =
            cordon_program_detect(cases[i].text, cases[i].length);
        const char *name = form ? form->name : "none", *wanted = cases[i].form;
        if (strcmp(name, wanted ? wanted : "none") != 0)
            fail_msg("\"%s\" is taken for %s", cases[i].text, name);
    }
}

/* ---- good texts ---- */

static const struct good {
    const char *text;
    size_t length;
    enum cordon_abi_id abi;
    bool big_endian;
    const char *program;
} good_texts[] = {
    {TEXT(LITTLE_RETURN), CORDON_ABI_S390X, false, "ret #0x0"},
    {TEXT(BIG_RETURN), CORDON_ABI_X86_64, true, "ret #0x0"},
    {TEXT("ret #0"), CORDON_ABI_S390X, true, "ret #0x0"},
    {TEXT("ld [0]\n\n; comment\n 1: jeq #5, 2, 3\t// comment\r\nret #0x7fff0000\n3: ret a"),
     CORDON_ABI_X86_64, false, "ld [0];jeq #0x5, 2, 3;ret #0x7fff0000;ret a"},
    {TEXT(" line  CODE  JT   JF      K\n=====\n 0000: 0x20 0x00 0x00 0x00000004  A = arch\n"
          " 0001: 0x15 0x01 0x00 0xc000003e  x\n 0002: 0x06 0x00 0x00 0x00000000\r\n"
          " 0x06 0x00 0x00 0x7fff0000"),
     CORDON_ABI_X86_64, false, "ld [4];jeq #0xc000003e, 3, 2;ret #0x0;ret #0x7fff0000"},
    {TEXT("$ seccomp-tools dump ./a\nHello: 0x5\n line  CODE  JT   JF      K\n=====\n"
          " 0000: 0x06 0x00 0x00 0x00000000  return KILL\n\nHello\n$ \n"),
     CORDON_ABI_X86_64, false, "ret #0x0"},
    {TEXT(" line  OP   JT   JF   K\n=====\n 0000: 0x20 0x00 0x00 0x00000004   ld  $data[4]\n"
          " 0001: 0x16 0x00 0x00 0x00000000   ret $acc\n"),
     CORDON_ABI_X86_64, false, "ld [4];ret a"},
    {TEXT("; comment\n ld [4] /* arch */\n  jne #0xc000003e, bad\n LDI 010\n jlt #-1, good, bad\n"
          "# comment\n jeq %x, good, next\nnext: jmp bad\n and #0b11\ngood:\n ret #0x7fff0000\n"
          "bad: ret #0\n"),
     CORDON_ABI_X86_64, false,
     "ld [4];jeq #0xc000003e, 2, 8;ld #0x8;jge #0xffffffff, 8, 7;jeq x, 7, 5;ja 8;and #0x3;"
     "ret #0x7fff0000;ret #0x0"},
    {TEXT("l0:\tld [4]\nl1:\tjset #0x5, l2, l3\nl2:\tldx #3\nl3:\tret a\n"), CORDON_ABI_X86_64,
     false, "ld [4];jset #0x5, 2, 3;ldx #0x3;ret a"},
    {TEXT("(000) ld       [4]\n(001) jeq      #0x5             jt 2\tjf 3\n(002) ret      #262144\n"
          "(003) ret      #0\n"),
     CORDON_ABI_X86_64, false, "ld [4];jeq #0x5, 2, 3;ret #0x40000;ret #0x0"},
    {TEXT("3\n32 0 0 4\n21 0 0 3221225534\r\n6 0 0 0\n"), CORDON_ABI_X86_64, false,
     "ld [4];jeq #0xc000003e, 2, 2;ret #0x0"},
    {TEXT("2,32 0 0 4,6 0 0 0,\n"), CORDON_ABI_X86_64, false, "ld [4];ret #0x0"},
    {TEXT("#include <x.h>\nstruct sock_filter f[] = {\n"
          "  BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (offsetof(struct seccomp_data, args[1]) + 4)),\n"
          "  BPF_JUMP(BPF_JMP+BPF_JEQ+BPF_K, __NR_write, 0, 1), // one\n"
          "  { .code = 0x15, .jf = 0, .k = AUDIT_ARCH_AARCH64 },\n"
          "  { (unsigned short) (0x06 | 0x00), 0, 0, (0x00050000U | (EPERM & 0xffff)) },\n"
          "  BPF_STMT(BPF_RET | BPF_K, ~SECCOMP_RET_DATA & 1 << 16 | SYS_openat),\n};\n"
          "struct sock_fprog p = { sizeof f / sizeof *f, f };\n"),
     CORDON_ABI_X86_64, false,
     "ld [28];jeq #0x1, 2, 3;jeq #0xc00000b7, 3, 3;ret #0x50001;ret #0x10101"},
    {TEXT("static const uint8_t f[] = {\n32,0,0,0,4,0,0,0,\n0x06, 0, 0, 0, 1, 0, 0xff, 127,\n};"),
     CORDON_ABI_X86_64, false, "ld [4];ret #0x7fff0001"},
    {TEXT("A = sys_number A != write ? 1 : next # four\n return ERRNO(5) ok: return a"),
     CORDON_ABI_I386, false, "ld [0];jeq #0x4, 2, 3;ret #0x50005;ret a"},
    {TEXT("A = sys_number\nif (!(A < X)) goto yes else goto no\nA = 1\nno: return KILL\nyes: "
          "return A"),
     CORDON_ABI_X86_64, false, "ld [0];jge x, 4, 3;ld #0x1;ret #0x0;ret a"},
    {TEXT("goto yes\nno: yes: return KILL"), CORDON_ABI_X86_64, false, "ja 1;ret #0x0"},
    {TEXT("A = args_h[2] A = args[2] A = args[2] >> 32 A = data[60] A = instruction_pointer >> 32 "
          "X = len return x32_read"),
     CORDON_ABI_X86_64, false, "ld [36];ld [32];ld [36];ld [60];ld [12];ldx #len;ret #0x40000000"},
    {TEXT("A = args_h[2] A = args[2] A = args[2] >> 32 A = data[60] A = instruction_pointer "
          "return TRAP(0xfabcd)"),
     CORDON_ABI_S390X, true, "ld [32];ld [36];ld [32];ld [60];ld [12];ret #0x3abcd"},
    {TEXT("A = timerfd return (amd64.timerfd)"), CORDON_ABI_I386, false, "ld #0x142;ret #0x11b"},
    {TEXT("A = ARCH_aarch64 A = aarch64.read A = amd64.read A = 0xFFFFFFFF A = -2147483648 A = -A "
          "return A"),
     CORDON_ABI_X86_64, false,
     "ld #0xc00000b7;ld #0x3f;ld #0x0;ld #0xffffffff;ld #0x80000000;neg;ret a"},
    {TEXT("\" \\x00\\x00\\x00\\x04\\x00\\x00\\x00\\x06\\x00\\x00\\x00\\a\\b\\#\\\"\" \n"),
     CORDON_ABI_X86_64, false, "ld [4];ret #0x22230807"},
    {TEXT("  7) LOAD 4  // Architecture\n  8) if A == 0xc000003e; then JMP 9 else JMP 11\n"
          "  9) A := A << 0x3\n 10) A := -A\n 11) JMP 12\n 12) RET 0x7fff0000\n"),
     CORDON_ABI_X86_64, false, "ld [4];jeq #0xc000003e, 2, 4;lsh #0x3;neg;ja 5;ret #0x7fff0000"},
};

static void print_program(const struct cordon_program *program, char *text, size_t room)
{
    struct cordon_buffer buffer = {text, room, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    for (uint32_t i = 0; i < program->length; i++) {
        if (i)
            cordon_sink_text(&sink, ";");
        cordon_insn_print(&sink, &program->insns[i], i);
    }
}

static void good_texts_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good_texts); i++) {
        const struct good *good = &good_texts[i];
        struct cordon_program_options options = {.abi = cordon_abi(good->abi)};
        struct cordon_owned_program read;
        struct reports reports;
        struct cordon_reporter reporter = reporter_of(&reports);
        char text[256];
        if (cordon_program_read(&read, NULL, good->text, good->length, "text", &options, &reporter))
            fail_msg("%s: %u:%u: %s", good->text, reports.first.place.line,
                     reports.first.place.column, reports.first.text);
        print_program(&read.program, text, sizeof text);
        assert_string_equal(text, good->program);
        assert_int_equal(read.big_endian, good->big_endian);
        cordon_owned_program_free(&read);
        cordon_owned_program_free(&read); /* of a zeroed one */
    }
}

static void names_default_to_this_machine(void **state)
{
    (void)state;
    struct cordon_owned_program read;
    uint32_t nr = cordon_syscall_nr(cordon_abi_native(), cordon_syscall_id("write", 5));
    assert_int_equal(
        cordon_program_read(&read, NULL, TEXT("A = write return A"), "text", NULL, NULL),
        CORDON_OK);
    assert_int_equal(read.insns[0].k, nr);
    assert_false(read.big_endian);
    cordon_owned_program_free(&read);
}

/* ---- bad texts ---- */

static void assert_refused(const char *form, const char *text, size_t length, uint32_t line,
                           uint32_t column, const char *message)
{
    const struct cordon_program_form *forced = NULL;
    for (size_t i = 0; form && (forced = cordon_program_form(i)) && strcmp(forced->name, form);)
        i++;
    struct reports reports;
    struct cordon_reporter reporter = reporter_of(&reports);
    struct cordon_owned_program read = {0};
    enum cordon_error error =
        cordon_program_read(&read, forced, text, length, "text", NULL, &reporter);
    if (!error)
        fail_msg("\"%s\" is read", text);
    assert_int_equal(reports.first.code, error);
    assert_null(read.insns);
    if (reports.first.place.line != line || reports.first.place.column != column ||
        !strstr(reports.first.text, message))
        fail_msg("\"%s\": %u:%u: %s", text, reports.first.place.line, reports.first.place.column,
                 reports.first.text);
    assert_string_equal(reports.first.place.file, "text");
    if (line) { /* the quoted line is the text's */
        for (uint32_t i = 1; i < line; i++)
            text = strchr(text, '\n') + 1;
        assert_memory_equal(text, reports.line, strcspn(text, "\n"));
    }
}

static void bad_texts_are_refused_at_their_place(void **state)
{
    (void)state;
    static const char expected_number[] = "not a 32-bit number", invalid[] = "not an instruction";
    static const struct {
        const char *text;
        uint32_t line, column;
        const char *message;
    } cases[] = {
        {"default allow", 0, 0, "not a program in a known format"},
        {"ld [0]\nfrob #1\nret #0", 2, 1, invalid},
        {"ret #0\n 1: jeq #1, 0, 2\n", 2, 13, invalid},
        {" 0000: 0x20 0x00 0x100 0x00", 1, 18, invalid},
        {" 0000: 0x20 0x00 0x00 0x0z", 1, 23, invalid},
        {" 0000: 0x20 0x00 0x00 0x0A = arch", 1, 23, invalid},
        {" 0000: 0x10000 0x00 0x00 0x0", 1, 8, invalid},
        {" 0000: 0x20 0x00 0x00\n", 1, 22, invalid},
        {" 0000: 0x20 0x00 0x00 0x04\n 0002: 0x06 0x00 0x00 0x00", 2, 2, "expected row 1"},
        {" 0000: 0x06 0x00 0x00 0x00\n$ \n 0000: 0x06 0x00 0x00 0x00", 3, 2, "a second filter"},
        {" line  CODE  JT\n====\n 0000: 0x06 0x00 0x00 0x00\n line  CODE  JT", 4, 2,
         "a second filter"},
        {"jne #1, bad\nret #0\n", 1, 9, "its label is unknown"},
        {"a: ld [4]\na: ret #0\n", 2, 1, "duplicate label"},
        {"a: ld [4]\njmp a\nret #0\n", 2, 5, "out of reach"},
        {"a: ld [4]\nret #0x7fff0000 #", 2, 1, "not an instruction"},
        {"a: ret ", 1, 1, "not an instruction"},
        {"a: ld [4]\nfrob\nret #0\n", 2, 1, "not an instruction"},
        {"a: ld [4]\njeq #1, 2 3\nret #0\n", 2, 10, "not an instruction"},
        {"2\n6 0 0 0\n", 1, 1, "only 1 of 2 instructions"},
        {"1\n6 0 0 0\n6 0 0 0\n", 3, 1, "more than the 1 instructions"},
        {"2\n6 0 0 0\n6 0 256 0\n", 3, 8, "expected four numbers"},
        {"2\n6 0 0 0\n6 0 0\n", 3, 6, "expected four numbers"},
        {"{ 6, 0, 0, 0x100000000 },\n", 1, 12, "not a 32-bit number"},
        {"{ 6, 0, 0, MINE },\n", 1, 12, "cc -E replaces macros"},
        {"{ 6, 0, 256, 0 },\n", 1, 17, "expected code below"},
        {"{ 6, 0, 0, 0, },\n{ 6, 0, 0 0 }", 2, 11, "expected \",\" or \"}\""},
        {"BPF_STMT(6, 0), ALLOW(read),\n", 1, 17, "expected BPF_STMT, BPF_JUMP or {"},
        {"BPF_STMT(32, offsetof(struct seccomp_data, args[6]))\n", 1, 51, "an argument below 6"},
        {"BPF_STMT(32, offsetof(struct data, nr))\n", 1, 30, "expected struct seccomp_data"},
        {"BPF_STMT(6, 0) };\nf[] = { BPF_STMT(6, 0) };", 2, 9, "a second filter"},
        {"f[] = {6,0,0,0,0,0,0,0,6};\n", 1, 25, "not a multiple of 8"},
        {"A = arch\nA == 1 ? z : next\nreturn KILL", 2, 10, "unknown label"},
        {"A = arch\nA == 1 ? 0z : next\nreturn KILL", 2, 10, "unknown label"},
        {"A = 0z\nreturn A", 1, 5, expected_number},
        {"A = 4294967296\nreturn A", 1, 5, expected_number},
        {"A = -2147483649\nreturn A", 1, 6, expected_number},
        {"A = -write\nreturn A", 1, 6, expected_number},
        {"A = nothing\nreturn A", 1, 5, expected_number},
        {"A = ARCH_nothing\nreturn A", 1, 5, expected_number},
        {"A = (1", 1, 7, "expected \")\""},
        {"A = ", 1, 5, "expected a number or the name of a call"},
        {"A = args[0] >> 16", 1, 16, "expected 32"},
        {"A = args", 1, 9, "expected \"[\""},
        {"A = args[6]", 1, 10, "must be below 6"},
        {"mem[16] = A", 0, 0, "not a program"},
        {"A = 1\nmem[16] = A", 2, 5, "must be below 16"},
        {"A = 1\nmem[1] A", 2, 8, "expected \"=\""},
        {"A = 1\nmem[1] = 1", 2, 10, "expected A or X"},
        {"A = 1\nA ~ 2", 2, 3, "expected an operator"},
        {"A = 1\nA == 2 5", 2, 8, "expected ? LABEL : LABEL"},
        {"if (A += 1) goto 1", 1, 11, "expected a comparison"},
        {"if (X == 1) goto 1", 1, 5, "expected A"},
        {"if (!A == 1) goto 1", 1, 6, "expected \"(\""},
        {"if (A == 1 goto 1", 1, 12, "expected \")\""},
        {"if (A == 1) return A", 1, 13, "expected goto"},
        {"X = 1\nX += 1", 2, 3, "expected \"=\""},
        {"a: A = 1\na: return A", 2, 1, "duplicate label"},
        {"A = 1\nnext: return A", 2, 1, "is reserved for the next statement"},
        {"up: A = 1\ngoto up", 2, 6, "jumps only go forward"},
        {"A = 1\ngoto", 2, 5, "expected a label"},
        {"\"\\x06\\q\"", 1, 6, "unknown escape sequence"},
        {"\"\\x06\\x0\"", 1, 6, "unknown escape sequence"},
        {"\"\\x06", 1, 6, "unterminated"},
        {"\"\\x06\" x", 1, 8, "unexpected text after the string"},
        {"\"\\x06\"", 1, 1, "the number of bytes is not a multiple of 8"},
        {"1) ???\n2) RET 0x0\n", 1, 4, invalid},
        {"1) RET 0x0\n3) RET 0x0\n", 2, 1, invalid},
        {"1) A := A % 0x1\n", 1, 4, invalid},
        {"1) JMP 1\n2) RET 0x0\n", 1, 4, invalid},
        {"1) if A == 0x1; then JMP 2 else JMP 258\n2) RET 0x0\n", 1, 4, invalid},
        {"1) RET 0x0 or more\n", 1, 4, invalid},
        {"1) LOAD 9999999999\n", 1, 4, invalid},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_refused(NULL, cases[i].text, strlen(cases[i].text), cases[i].line, cases[i].column,
                       cases[i].message);
    assert_refused(NULL, NULL, 0, 0, 0, "not a program in a known format");
    assert_refused("bytes", TEXT(LITTLE_RETURN "\6\0"), 0, 0, "truncated filter: 10 bytes");
    assert_refused("asm", TEXT("frob"), 1, 1, invalid);
    assert_refused("seccomp-tools-dump", TEXT("ld [0]"), 1, 1, invalid);
    assert_refused("chromium-dump", TEXT("ret #0"), 1, 1, invalid);
    assert_refused("seccomp-tools-asm", TEXT("ret #0"), 1, 1, "expected goto");
}

static void at_most_20_errors_are_reported(void **state)
{
    (void)state;
    struct reports reports;
    struct cordon_reporter reporter = reporter_of(&reports);
    struct cordon_owned_program read;
    char text[256] = "ret #0\n";
    for (int i = 0; i < 30; i++)
        strcat(text, "frob\n");
    assert_int_equal(cordon_program_read(&read, NULL, text, strlen(text), "text", NULL, &reporter),
                     CORDON_E_SYNTAX);
    assert_int_equal(reporter.errors, 20);
}

static void invalid_programs_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t insn;
        enum cordon_reason reason;
    } cases[] = {
        {"ld [4]\nld [3]\nret #0", 1, CORDON_REASON_LOAD_ALIGN},
        {"ret #0\nld [4]", 1, CORDON_REASON_NO_RETURN},
        {"goto 5\nreturn KILL", 0, CORDON_REASON_JUMP_RANGE},
        {"; nothing\n0: ; at all", CORDON_NO_INSN, CORDON_REASON_EMPTY},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct reports reports;
        struct cordon_reporter reporter = reporter_of(&reports);
        struct cordon_owned_program read;
        assert_int_equal(cordon_program_read(&read, NULL, cases[i].text, strlen(cases[i].text),
                                             "text", NULL, &reporter),
                         CORDON_E_PROGRAM);
        assert_int_equal(reports.first.insn, cases[i].insn);
        assert_non_null(strstr(reports.first.text, cordon_reason_text(cases[i].reason)));
    }
}

/* ---- limits ---- */

static char *repeat(const char *unit, uint32_t count, const char *before, const char *after)
{
    size_t length = strlen(unit);
    char *text = malloc(strlen(before) + count * length + strlen(after) + 1);
    assert_non_null(text);
    char *at = text + strlen(strcpy(text, before));
    for (uint32_t i = 0; i < count; i++)
        at = (char *)memcpy(at, unit, length + 1) + length;
    strcpy(at, after);
    return text;
}

static void programs_have_at_most_4096_instructions(void **state)
{
    (void)state;
    static const struct {
        const char *before, *unit, *after;
    } forms[] = {{"", "ret #0\n", ""},
                 {" line  CODE  JT\n====\n", "0x06 0x00 0x00 0x00\n", ""},
                 {"", "return KILL\n", ""},
                 {"start:\n", "ret #0\n", ""},
                 {"f[] = {", "{ 6, 0, 0, 0 },", "};"},
                 {"f[] = {", "6,0,0,0,0,0,0,0,", "};"},
                 {"\"", "\\x06\\x00\\x00\\x00\\x00\\x00\\x00\\x00", "\""}};
    for (size_t i = 0; i < COUNT(forms); i++)
        for (uint32_t more = 0; more < 3; more++) {
            char *text =
                repeat(forms[i].unit, CORDON_MAX_INSNS + more, forms[i].before, forms[i].after);
            struct cordon_owned_program read = {0};
            enum cordon_error error =
                cordon_program_read(&read, NULL, text, strlen(text), "text", NULL, NULL);
            assert_int_equal(error != CORDON_OK, more > 0);
            assert_int_equal(read.program.length, more ? 0 : CORDON_MAX_INSNS);
            cordon_owned_program_free(&read);
            free(text);
        }
    char *bytes = calloc(CORDON_MAX_INSNS + 9, 8);
    assert_non_null(bytes);
    struct cordon_owned_program read;
    assert_int_equal(
        cordon_program_read(&read, NULL, bytes, (CORDON_MAX_INSNS + 9) * 8, "bytes", NULL, NULL),
        CORDON_E_PROGRAM);
    free(bytes);
}

static void a_conditional_jump_skips_at_most_255(void **state)
{
    (void)state;
    for (uint32_t skipped = 255; skipped <= 256; skipped++) {
        char *text = repeat("A += 1\n", skipped, "A = 1\nA == 1 ? end : next\n", "end: return A");
        struct cordon_owned_program read = {0};
        struct reports reports;
        struct cordon_reporter reporter = reporter_of(&reports);
        enum cordon_error error =
            cordon_program_read(&read, NULL, text, strlen(text), "text", NULL, &reporter);
        assert_int_equal(error, skipped == 255 ? CORDON_OK : CORDON_E_SYNTAX);
        if (error)
            assert_int_equal(reports.first.place.column, 10);
        cordon_owned_program_free(&read);
        free(text);
    }
}

static void failing_allocations_are_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good_texts); i++) {
        enum cordon_error error = CORDON_E_NO_MEMORY;
        for (int n = 0; error; n++) {
            int left = n;
            struct cordon_allocator allocator = failing_allocator(&left);
            struct cordon_program_options options = {&allocator, cordon_abi(good_texts[i].abi)};
            struct cordon_owned_program read = {0};
            struct reports reports;
            struct cordon_reporter reporter = reporter_of(&reports);
            error = cordon_program_read(&read, NULL, good_texts[i].text, good_texts[i].length,
                                        "text", &options, &reporter);
            assert_int_equal(reports.first.code, error);
            assert_true(!error || (error == CORDON_E_NO_MEMORY && !read.insns));
            assert_true(n < 10);
            cordon_owned_program_free(&read);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_text_is_detected),
        cmocka_unit_test(good_texts_are_read),
        cmocka_unit_test(names_default_to_this_machine),
        cmocka_unit_test(bad_texts_are_refused_at_their_place),
        cmocka_unit_test(at_most_20_errors_are_reported),
        cmocka_unit_test(invalid_programs_are_refused),
        cmocka_unit_test(programs_have_at_most_4096_instructions),
        cmocka_unit_test(a_conditional_jump_skips_at_most_255),
        cmocka_unit_test(failing_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
