/* SPDX-License-Identifier: MIT */
/* kafel_test.c: tests the meaning of kafel's policies, and refusals. */
#include "reading_test.h"

#define X64      CORDON_ABI_X86_64
#define ALLOWED  0x7fff0000u
#define KILLED   0u /* the thread */
#define ERROR(n) (0x00050000u | (n))

static const struct included texts[] = {
    {"base.policy", "#define OUT 1\nPOLICY base { ALLOW { write { fd == OUT } } }\n"},
    {"calls", "getpid, getppid"},
    {"nested.policy", "#include \"base.policy\"; USE base\n"},
    {"self.policy", "#include \"self.policy\"\n"},
    {"bad.policy", "\nALLOW { raed }\n"},
    {NULL, NULL},
};

static void policies_mean_what_kafel_means(void **state)
{
    (void)state;
    static const struct answer cases[] = {
        /* statements */
        {"POLICY a { ALLOW { read } } USE a DEFAULT KILL", X64, "read", {0}, ALLOWED},
        {"POLICY a { ALLOW { read } } USE a DEFAULT KILL", X64, "write", {0}, KILLED},
        {"POLICY a {} USE a DEFAULT ALLOW", X64, "write", {0}, ALLOWED},
        {"ALLOW { read }", X64, "read", {0}, ALLOWED},
        {"ALLOW { read } ERRNO(3) { read, write }", X64, "read", {0}, ALLOWED},
        {"ALLOW { read } ERRNO(3) { read, write }", X64, "write", {0}, ERROR(3)},
        {"ALLOW { read }, LOG { write }", X64, "write", {0}, 0x7ffc0000},
        {"DEFAULT ERRNO(0x26)", X64, "write", {0}, ERROR(38)},
        {"DEFAULT ALLOW KILL { read } ALLOW {}", X64, "read", {0}, KILLED},
        {"DEFAULT ALLOW DENY { read }", X64, "read", {0}, KILLED},
        {"DEFAULT ALLOW KILL_THREAD { read }", X64, "read", {0}, KILLED},
        {"KILL_PROCESS { read }", X64, "read", {0}, 0x80000000},
        {"USER_NOTIF { read }", X64, "read", {0}, 0x7fc00000},
        {"TRAP(65535) { read }", X64, "read", {0}, 0x0003ffff},
        {"TRACE(010) { read }", X64, "read", {0}, 0x7ff00008},
        {"#define N 0b101\nTRACE(N) { read }", X64, "read", {0}, 0x7ff00005},
        {"ERRNO(5000) { read }", X64, "read", {0}, ERROR(4095)},
        /* USE inserts the other policy; the second time it decides nothing */
        {"POLICY a { LOG { read } } POLICY b { USE a, KILL { read, write } } USE b DEFAULT ALLOW",
         X64,
         "read",
         {0},
         0x7ffc0000},
        {"POLICY a { LOG { read } } POLICY b { USE a, KILL { read, write } } USE b DEFAULT ALLOW",
         X64,
         "write",
         {0},
         KILLED},
        {"POLICY a { LOG { read } } USE a, KILL { read }, USE a", X64, "read", {0}, 0x7ffc0000},
        /* calls */
        {"ALLOW { SYSCALL[39] }", X64, "getpid", {0}, ALLOWED},
        {"#define me 39\nALLOW { me }", X64, "getpid", {0}, ALLOWED},
        {"ALLOW { SYSCALL[-1] }", X64, "0xffffffff", {0}, ALLOWED},
        {"ERRNO(1) { SYSCALL[-1] } DEFAULT ALLOW", X64, "0xffffffff", {0}, ERROR(1)},
        {"ERRNO(1) { SYSCALL[0x80000001] } DEFAULT ALLOW", X64, "0x80000001", {0}, ERROR(1)},
        {"ALLOW { newstat, newfstat, umount, sendfile64, newuname }", X64, "stat", {0}, ALLOWED},
        {"ALLOW { newstat, newfstat, umount, sendfile64, newuname }", X64, "umount2", {0}, ALLOWED},
        {"ALLOW { newstat, newfstat, umount, sendfile64, newuname }",
         X64,
         "sendfile",
         {0},
         ALLOWED},
        {"ALLOW { sendfile64 }", CORDON_ABI_I386, "sendfile", {0}, KILLED},
        {"ALLOW { sendfile64 }", CORDON_ABI_I386, "sendfile64", {0}, ALLOWED},
        {"ALLOW { read ON x86_64, write ON { arm, AMD64 }, open ON x86 }",
         X64,
         "read",
         {0},
         ALLOWED},
        {"ALLOW { read ON x86_64, write ON { arm, AMD64 }, open ON x86 }",
         X64,
         "write",
         {0},
         ALLOWED},
        {"ALLOW { read ON x86_64, write ON { arm, AMD64 }, open ON x86 }",
         X64,
         "open",
         {0},
         KILLED},
        {"ALLOW { read }", X64, "0x40000000", {0}, KILLED},
        {"ALLOW { socket { family == 1 } }", CORDON_ABI_I386, "socketcall", {1}, KILLED},
        {"ALLOW { socket, SYSCALL[102] { } }", CORDON_ABI_I386, "socketcall", {1}, ALLOWED},
        {"LOG { SYSCALL[102](a) { a == 2 }, socketcall }",
         CORDON_ABI_I386,
         "socketcall",
         {1},
         0x7ffc0000},
        /* arguments: by the kernel's names and the manual's; 32 bits where the kernel has an int */
        {"ALLOW { write { fd == 1 } }", X64, "write", {1}, ALLOWED},
        {"ALLOW { write { fd == 1 } }", X64, "write", {0x900000001}, ALLOWED},
        {"ALLOW { write { count == 1 } }", X64, "write", {0, 0, 0x900000001}, KILLED},
        {"ALLOW { write(fd, b, n) { fd == 1 } }", X64, "write", {1}, ALLOWED},
        {"ALLOW { write(fd, b, n) { fd == 1 } }", X64, "write", {0x900000001}, KILLED},
        {"ALLOW { write(a, b, c, d, e, f) { f == 1 } }", X64, "write", {0, 0, 0, 0, 0, 1}, ALLOWED},
        {"ALLOW { SYSCALL[1](a, b) { b == 1 } }", X64, "write", {0, 1}, ALLOWED},
        {"ALLOW { openat { dfd == 5 && filename != 0 } }", X64, "openat", {5, 1}, ALLOWED},
        {"ALLOW { openat { dirfd == 5 && pathname != 0 } }", X64, "openat", {5, 1}, ALLOWED},
        {"ALLOW { kill { pid == 0xffffffff } }", X64, "kill", {(uint64_t)-1}, ALLOWED},
        {"ALLOW { kill { pid == -1 } }", X64, "kill", {0xffffffff}, KILLED}, /* 64 bits of ones */
        {"ALLOW { kill { pid == -1 } }", X64, "kill", {(uint64_t)-1}, ALLOWED},
        {"ALLOW { kill { pid > 5 } }", X64, "kill", {0x80000000}, ALLOWED}, /* unsigned */
        {"ALLOW { kill { pid < 5 } }", X64, "kill", {0x80000000}, KILLED},
        {"ALLOW { chmod { mode == 0644 } }", X64, "chmod", {0, 0x10000 | 0644}, KILLED},
        {"ALLOW { chmod { mode == 0644 } }",
         X64,
         "chmod",
         {0, UINT64_C(0x100000000) | 0644},
         ALLOWED},
        {"ALLOW { mmap { fd == 1 } }", X64, "mmap", {0, 0, 0, 0, 0x100000001}, KILLED},
        {"ALLOW { write { fd == 0x100000001 } }", X64, "write", {0x100000001}, ALLOWED},
        {"ALLOW { write { fd == 0x100000001 } }", CORDON_ABI_I386, "write", {1}, KILLED},
        {"ALLOW { write { fd < 0x100000001 } }", CORDON_ABI_I386, "write", {1}, ALLOWED},
        /* expressions */
        {"ALLOW { read { fd == 1 || fd == 2 && count < 5 } }", X64, "read", {1, 0, 9}, ALLOWED},
        {"ALLOW { read { fd == 1 || fd == 2 && count < 5 } }", X64, "read", {2, 0, 9}, KILLED},
        {"ALLOW { read { fd == 1, fd == 2 } }", X64, "read", {2}, ALLOWED},
        {"ALLOW { read { !(fd == 1 || fd == 2) } }", X64, "read", {2}, KILLED},
        {"ALLOW { read { !fd == 1 && !!count == 2 } }", X64, "read", {2, 0, 2}, ALLOWED},
        {"ALLOW { read { 3 >= fd && 1 < fd } }", X64, "read", {3}, ALLOWED},
        {"ALLOW { read { 3 >= fd && 1 < fd } }", X64, "read", {1}, KILLED},
        {"ALLOW { read { (fd) == (1) } }", X64, "read", {1}, ALLOWED},
        {"#define A 1\n#define B 6\nALLOW { open { (flags & A|B) == 7 } }",
         X64,
         "open",
         {0, 1},
         ALLOWED},
        {"ALLOW { open { (flags & (1|6)) == 4 } }", X64, "open", {0, 12}, ALLOWED},
        {"ALLOW { open { flags & 3 == 1 } }", X64, "open", {0, 5}, ALLOWED}, /* & binds first */
        {"ALLOW { open { (flags | 8) == 9 } }", X64, "open", {0, 1}, ALLOWED},
        {"ALLOW { open { (flags | 8) == 9 } }", X64, "open", {0, 3}, KILLED},
        {"ALLOW { open { (flags | 8) == 1 } }", X64, "open", {0, 1}, KILLED},
        {"ALLOW { open { (flags | 8) < 10 } }", X64, "open", {0, 1}, ALLOWED},
        {"ALLOW { open { (flags | 8) < 10 } }", X64, "open", {0, 2}, KILLED},
        {"ALLOW { open { (flags & 5 | 8) > 9 } }", X64, "open", {0, 4}, ALLOWED},
        {"ALLOW { open { (flags & 5 | 8) > 9 } }", X64, "open", {0, 3}, KILLED},
        {"ALLOW { open { flags & 6 < 5 && flags != 1 } }", X64, "open", {0, 4}, ALLOWED},
        {"ALLOW { open { 1 == 1 } }", X64, "open", {0}, ALLOWED},
        {"ALLOW { open { 1 == 2, flags & 0 == 0 } }", X64, "open", {0, 7}, ALLOWED},
        {"ALLOW { open { flags == flags } }", X64, "open", {0, 7}, ALLOWED},
        {"ALLOW { open { 1 == 2 } } LOG { open }", X64, "open", {0}, 0x7ffc0000},
        {"#define fd 3\nALLOW { read { fd == 3 } }", X64, "read", {9}, ALLOWED}, /* the constant */
        /* texts */
        {"#include \"base.policy\"\nUSE base", X64, "write", {1}, ALLOWED},
        {"#include \"nested.policy\"\n", X64, "write", {1}, ALLOWED},
        {"ALLOW { read, #include \"calls\";\n, close }", X64, "getppid", {1}, ALLOWED},
        {"#include \"base.policy\" \"base2\";", X64, "write", {1}, ALLOWED},
        {"// one\n/* two * / **/ALLOW{read}//", X64, "read", {0}, ALLOWED},
        {"ALLOW\r\n{\tread }\r\n", X64, "read", {0}, ALLOWED},
    };
    static const struct included more[] = {
        {"base.policy", "#define OUT 1\nPOLICY base { ALLOW { write { fd == OUT } } }\n"},
        {"calls", "getpid, getppid"},
        {"nested.policy", "#include \"base.policy\"; USE base\n"},
        {"base2", "USE base"},
        {NULL, NULL},
    };
    check_answers("kafel", cases, COUNT(cases), more);
}

/* They are found by binary search. */
static void own_names_are_in_order(void **state)
{
    (void)state;
#define CALL(name, numbers) name,
    static const char *const names[] = {
#include "names.def"
    };
#undef CALL
    for (size_t i = 1; i < COUNT(names); i++)
        assert_true(strcmp(names[i - 1], names[i]) < 0);
}

/* Names in the kernel's definitions for which the manual has others. */
static void the_kernels_names_are_known(void **state)
{
    (void)state;
    static const char *const names[] = {
        "accept.upeer_sockaddr",
        "accept.upeer_addrlen",
        "access.filename",
        "arch_prctl.code",
        "bind.umyaddr",
        "bpf.uattr",
        "chmod.filename",
        "chown.user",
        "clock_gettime.which_clock",
        "clone.clone_flags",
        "connect.uservaddr",
        "dup.fildes",
        "epoll_ctl.op",
        "epoll_wait.events",
        "exit_group.error_code",
        "faccessat.dfd",
        "fallocate.len",
        "fcntl.cmd",
        "fcntl.arg",
        "futex.op",
        "futex.val",
        "getpriority.which",
        "getrandom.flags",
        "getsockopt.level",
        "getsockopt.optname",
        "ioctl.cmd",
        "ioctl.arg",
        "keyctl.option",
        "keyctl.arg2",
        "lseek.whence",
        "madvise.behavior",
        "membarrier.cmd",
        "memfd_create.flags",
        "mkdir.mode",
        "mknod.dev",
        "mmap.addr",
        "mmap.len",
        "mmap.prot",
        "mmap.flags",
        "mmap.off",
        "mount.flags",
        "mprotect.prot",
        "mremap.flags",
        "msync.flags",
        "openat.dfd",
        "openat.filename",
        "open.mode",
        "perf_event_open.cpu",
        "personality.personality",
        "pipe2.flags",
        "poll.timeout_msecs",
        "prctl.option",
        "prctl.arg2",
        "pread64.pos",
        "prlimit64.resource",
        "ptrace.request",
        "quotactl.cmd",
        "read.count",
        "reboot.cmd",
        "recvfrom.flags",
        "renameat2.flags",
        "rt_sigaction.sig",
        "seccomp.op",
        "sendto.addr_len",
        "setns.nstype",
        "setsockopt.optname",
        "shmctl.cmd",
        "shutdown.how",
        "signalfd4.flags",
        "socket.family",
        "socket.type",
        "socketpair.family",
        "splice.flags",
        "symlinkat.newdfd",
        "syslog.type",
        "tgkill.sig",
        "timer_settime.flags",
        "unlinkat.flag",
        "unshare.unshare_flags",
        "utimensat.dfd",
        "wait4.upid",
        "wait4.options",
        "waitid.which",
        "waitid.options",
        "write.fd",
        "writev.vec",
    };
    unsigned unknown = 0;
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[128];
        struct collected collected;
        const char *dot = strchr(names[i], '.');
        snprintf(text, sizeof text, "ALLOW { %.*s { %s == 1 } }", (int)(dot - names[i]), names[i],
                 dot + 1);
        struct cordon_policy *policy = read_format("kafel", text, NULL, NULL, &collected);
        if (!policy)
            print_message("# %s: %s\n", names[i], collected.first);
        unknown += !policy;
        cordon_policy_free(policy);
    }
    assert_int_equal(unknown, 0);
}

static void a_part_names_a_policy(void **state)
{
    (void)state;
    static const char text[] =
        "POLICY one { ALLOW { read } } POLICY two { USE one, LOG { write } } "
        "DEFAULT ERRNO(1)";
    static const struct {
        const char *part;
        uint32_t read, write;
        unsigned warnings;
    } cases[] = {{NULL, ERROR(1), ERROR(1), 1},
                 {"one", ALLOWED, ERROR(1), 0},
                 {"two", ALLOWED, 0x7ffc0000, 0}};
    const uint64_t none[6] = {0};
    struct collected collected;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct cordon_model *model;
        struct cordon_policy *policy = read_format("kafel", text, NULL, cases[i].part, &collected);
        assert_int_equal(collected.warnings, cases[i].warnings);
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        cordon_node node = build_for(model, policy, X64, text);
        assert_int_equal(verdict_of(model, node, X64, "read", none), cases[i].read);
        assert_int_equal(verdict_of(model, node, X64, "write", none), cases[i].write);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
    assert_null(read_format("kafel", text, NULL, "tow", &collected));
    assert_string_equal(collected.first, "0:0: unknown policy \"tow\" | did you mean two?");
}

static void errors_name_their_place(void **state)
{
    (void)state;
    static const struct refusal cases[] = {
        {"", "1:1: the policy is empty | DEFAULT KILL"},
        {"// none\n", "2:1: the policy is empty | DEFAULT KILL"},
        {"ALLOW { raed }", "1:9: unknown system call \"raed\" | did you mean read?"},
        {"ALLOW { read", "1:13: expected \",\" or \"}\", found the end of the text"},
        {"ALLOW { read, }", "1:15: expected the name of a system call, found \"}\""},
        {"ALLOW read", "1:7: expected \"{\", found \"read\""},
        {"PERMIT { read }", "1:1: expected #define, POLICY, USE, DEFAULT or an action, found "
                            "\"PERMIT\""},
        {"DEFAULT FOO",
         "1:9: expected an action (ALLOW, ERRNO, KILL, KILL_PROCESS, LOG, TRAP, TRACE "
         "…), found \"FOO\""},
        {"DEFAULT KILL DEFAULT KILL", "1:14: duplicate \"DEFAULT\""},
        {"ERRNO { read }", "1:7: expected \"(\", found \"{\""},
        {"ERRNO(65536) { read }", "1:7: the range is 0 to 65535"},
        {"ERRNO(EPERM) { read }", "1:7: expected a number, found \"EPERM\""},
        {"USE nothing", "1:5: no policy \"nothing\" is defined before this"},
        {"POLICY some { } USE soma",
         "1:21: no policy \"soma\" is defined before this | did you mean some?"},
        {"POLICY a { } POLICY a { }", "1:21: duplicate policy name"},
        {"#define A 1\n#define A 1\n#define A 2\n", "3:9: already defined as 0x1"},
        {"#define A B\n", "1:11: expected a number, found \"B\""},
        {"#undef A\n", "1:2: expected define or include, found \"undef\""},
        {"ALLOW { read { size == 1 } }",
         "1:16: \"size\" is neither an argument nor a constant | it "
         "has fd, buf, count"},
        {"ALLOW { open { flags == O_RDONLY } }",
         "1:25: \"O_RDONLY\" is neither an argument nor a constant | it has pathname, flags, mode"},
        {"ALLOW { read(a) { fd == 1 } }",
         "1:19: \"fd\" is neither an argument nor a constant | the "
         "rule declares its own arguments"},
        {"ALLOW { SYSCALL[1] { fd == 1 } }", "1:22: \"fd\" is neither an argument nor a constant | "
                                             "declare them: SYSCALL[1](first, second)"},
        {"POLICY unused { ALLOW { raed } } DEFAULT KILL",
         "1:25: unknown system call \"raed\" | did you mean read?"},
        {"ALLOW { read(a, a) }", "1:17: duplicate argument name"},
        {"ALLOW { read(a, b, c, d, e, f, g) }", "1:32: system calls have at most 6 arguments"},
        {"ALLOW { read ON vax }", "1:17: unknown architecture \"vax\" | x86_64, x86, arm, aarch64, "
                                  "mips, mips64, riscv64, m68k"},
        {"ALLOW { SYSCALL[0x100000000] }", "1:9: system call numbers have 32 bits"},
        {"ALLOW { read { fd } }", "1:19: expected a comparison: == != < <= > >=, found \"}\""},
        {"ALLOW { read { fd == 1 == 2 } }", "1:24: expected \"&&\", \"||\", \",\" or \"}\", found "
                                            "\"==\""},
        {"ALLOW { read { (fd == 1) & 1 } }", "1:17: expected a number or an argument, found a "
                                             "condition"},
        {"ALLOW { read { fd && count == 1 } }", "1:16: expected a comparison: == != < <= > >="},
        {"ALLOW { read { !fd } }", "1:17: expected a comparison: == != < <= > >="},
        {"ALLOW { read { (fd == 1 } }", "1:25: expected \")\", found \"}\""},
        {"ALLOW { read { fd == buf } }", "1:16: a policy of cordon cannot compare two arguments"},
        {"ALLOW { read { (fd | buf) == 1 } }",
         "1:20: a policy of cordon cannot compute with two arguments"},
        {"ALLOW { read { fd == 09 } }", "1:22: not a number"},
        {"ALLOW { read { fd == 0x1ffffffffffffffff } }",
         "1:22: the number does not fit in 64 bits"},
        {"ALLOW { read } $", "1:16: unexpected character"},
        {"/* ALLOW", "1:1: unterminated comment"},
        {"#include \"none\"\n", "1:10: cannot include none: there is none | "
                                "-I DIR or --root DIR say where it is"},
        {"#include \"bad.policy\"\n",
         "bad.policy:2:9: unknown system call \"raed\" | did you mean read?"},
        {"#include \"self.policy\"\n",
         "self.policy:1:10: includes are nested deeper than 16 | does "
         "it include itself?"},
        {"#include \"base.policy\"", "1:23: expected \"FILE\", a newline or \";\" in #include"},
        {"#include \"base.policy\n", "1:10: expected \"FILE\" on one line"},
        {"\001", "1:1: not a policy: unexpected control character 0x01"},
    };
    check_refusals("kafel", cases, COUNT(cases), texts);
}

static void hostile_texts_end_in_errors(void **state)
{
    (void)state;
    struct collected collected;
    char *text = calloc(1, 4 << 20);
    assert_non_null(text);
    static const char *const repeated[] = {"(", "!", "fd|", "fd==1&&", "fd==1,", "!("};
    for (size_t i = 0; i < COUNT(repeated); i++) {
        char *at = text + sprintf(text, "ALLOW { read { ");
        for (int n = 0; n < 100000; n++)
            at = stpcpy(at, repeated[i]);
        assert_null(read_format("kafel", text, NULL, NULL, &collected));
        assert_int_equal(collected.errors, 1);
    }
    memset(text, '#', 1000000);
    text[1000000] = '\0';
    assert_null(read_format("kafel", text, NULL, NULL, &collected));
    char *at = text;
    for (int i = 0; i < 100000; i++)
        at += sprintf(at, "POLICY p%d{%s}", i, i ? "USE p0" : "");
    assert_null(read_format("kafel", text, NULL, NULL, &collected));
    at = text;
    for (int i = 0; i < 8000; i++)
        at += i ? sprintf(at, "POLICY p%d{USE p%d}", i, i - 1) : sprintf(at, "POLICY p0{}");
    assert_null(read_format("kafel", text, NULL, NULL, &collected));
    at = text + sprintf(text, "ALLOW { read");
    for (int i = 0; i < 200000; i++)
        at += sprintf(at, ", raed%d", i % 10);
    sprintf(at, "}");
    assert_null(read_format("kafel", text, NULL, NULL, &collected));
    assert_int_equal(collected.errors, CORDON_POLICY_MAX_ERRORS);
    free(text);
}

/* ---- writing ---- */

static void policies_are_written_as_people_do(void **state)
{
    (void)state;
    static const struct written cases[] = {
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nallow read, close, "
         "stat\nerrno(5) "
         "open\n",
         "ALLOW {\n    close,\n    read,\n    SYSCALL[4]\n}\nERRNO(5) {\n    open\n}\nDEFAULT "
         "KILL\n"},
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nlog write(fd == 1 or count > 5)\n"
         "trap(3) write(whole fd != 7)\n",
         "LOG {\n    write(fd, buf, count) { ((fd & 0xffffffff) == 0x1) || (count >= 0x6) }\n}\n"
         "TRAP(3) {\n    write(fd) { fd != 0x7 }\n}\nDEFAULT KILL\n"},
        {"arch x86_64, i386\ndefault kill_thread\nbad_arch kill_thread\nallow read\non i386 { "
         "allow "
         "open }\n",
         "ALLOW {\n    read,\n    open ON x86\n}\nDEFAULT KILL\n"},
    };
    check_written("kafel", cases, COUNT(cases));
}

static void inexpressible_policies_are_refused(void **state)
{
    (void)state;
    static const struct inexpressible cases[] = {
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_process\n",
         "3:1: the format cannot express this: calls of other architectures kill the thread", false,
         true},
        {"arch x86_64\ndefault log\nbad_arch kill_thread\n",
         "3:1: the format cannot express this: calls of x32 get the default, not bad_arch", true,
         true},
        {"arch s390x\ndefault log\nbad_arch kill_thread\n",
         "0:0: the format cannot express this: calls of s390x", false, false},
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nlog syscall 1000..10000\n",
         "4:5: the format cannot express this: too many numbers: kafel has no ranges", true, true},
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nlog read(ip < 5)\n",
         "4:10: the format cannot express this: read: the instruction pointer", true, true},
        {"arch x86_64\ndefault kill_thread\nbad_arch kill_thread\nlog * (arg0 == 1)\n",
         "4:5: the format cannot express this: a rule for any call that does not apply to all of "
         "them",
         false, false},
    };
    check_inexpressible("kafel", cases, COUNT(cases));
}

static void written_text_means_the_same(void **state)
{
    (void)state;
    static const char *const archs[] = {"x86_64", "i386", "aarch64", "mips", "arm"};
    unsigned written = 0;
    for (unsigned round = 0; round < 4000; round++) {
        static char text[65536];
        const char *arch = archs[round % COUNT(archs)];
        const struct cordon_abi *abi = cordon_abi_by_name(arch, (uint32_t)strlen(arch));
        random_policy(text, arch, "default kill_thread\nbad_arch kill_thread\n", round % 3,
                      abi->bits == 64 && round % 2);
        if (round % 4 == 0)
            strcat(text,
                   "log syscall 900..905(arg0 == 4)\nallow syscall 902, fstat, stat, umount2\n");
        struct cordon_policy *policy = read_ours(text);
        written += survives("kafel", policy, abi->id, text);
        cordon_policy_free(policy);
    }
    print_message("# %u of 4000 written, read and equal\n", written);
    assert_int_equal(written, 4000);
}

/* If there are several architectures, each keeps its meaning. */
static void architectures_stay_apart(void **state)
{
    (void)state;
    static const char text[] =
        "arch x86_64, i386, aarch64\ndefault kill_thread\nbad_arch kill_thread\n"
        "on i386 { errno(ENOSYS) socketcall, ipc }\nallow read, stat, getuid32, sendfile\n"
        "log mprotect(prot & PROT_EXEC)\non aarch64 { trap(1) openat(flags == O_DIRECTORY) }\n"
        "allow openat(flags == O_DIRECTORY), clone(flags & CLONE_NEWUSER == 0)\n";
    static const enum cordon_abi_id abis[] = {CORDON_ABI_X86_64, CORDON_ABI_I386,
                                              CORDON_ABI_AARCH64};
    struct cordon_policy *policy = read_ours(text);
    for (size_t i = 0; i < COUNT(abis); i++)
        assert_true(survives("kafel", policy, abis[i], text));
    cordon_policy_free(policy);
}

/* ---- random expressions of kafel's against plain arithmetic ---- */

/* The value of `bits` of a text for the arguments, with kafel's sizes. */
struct made {
    uint64_t value;
    bool wide, number;
};

static struct made random_bits(char **text, const uint64_t args[6], int depth, unsigned arg)
{
    static const uint64_t numbers[] = {
        0, 1, 3, 8, 0xf0, 0x80000000, 0xffffffff, 0x100000001, 0xff00000000, UINT64_MAX};
    if (depth > 0 && random_below(3)) {
        bool is_or = random_below(2);
        *text += sprintf(*text, "(");
        struct made left = random_bits(text, args, depth - 1, arg);
        *text += sprintf(*text, is_or ? " | " : " & ");
        struct made right = random_bits(text, args, depth - 1, arg);
        *text += sprintf(*text, ")");
        struct made both = {is_or ? left.value | right.value : left.value & right.value,
                            left.wide || right.wide, left.number && right.number};
        const struct made *fixed = left.number ? &left : &right,
                          *open = left.number ? &right : &left;
        uint64_t keeps = is_or ? 0 : UINT64_MAX;
        if (both.number)
            both.wide = both.value > UINT32_MAX;
        else if (fixed->number && fixed->value == keeps)
            return *open;
        else if (fixed->number && fixed->value == ~keeps)
            return (struct made){~keeps, ~keeps > UINT32_MAX, true};
        return both;
    }
    if (random_below(2)) {
        uint64_t number = numbers[random_below(COUNT(numbers))];
        *text += sprintf(*text, "0x%llx", (unsigned long long)number);
        return (struct made){number, number > UINT32_MAX, true};
    }
    *text += sprintf(*text, "%s", arg ? "offset" : "fd"); /* lseek: 4 and 8 bytes */
    return (struct made){args[arg], arg == 1, false};
}

static bool random_comparison(char **text, const uint64_t args[6])
{
    static const char *const ops[] = {"==", "!=", "<", "<=", ">", ">="};
    unsigned op = random_below(COUNT(ops));
    bool turned = random_below(2);
    struct made made[2];
    char *first = *text;
    do { /* an argument is on at most one side */
        *text = first;
        for (int side = 0; side < 2; side++) {
            made[side] = side == turned ? random_bits(text, args, 3, random_below(2))
                                        : random_bits(text, args, 0, 0);
            *text += side ? 0 : sprintf(*text, " %s ", ops[op]);
        }
    } while (!made[0].number && !made[1].number);
    uint64_t all = made[0].wide || made[1].wide ? UINT64_MAX : UINT32_MAX;
    uint64_t left = made[0].value & all, right = made[1].value & all;
    bool results[] = {left == right, left != right, left<right, left <= right, left> right,
                      left >= right};
    return results[op];
}

static void expressions_are_computed_as_kafel_does(void **state)
{
    (void)state;
    static const uint64_t values[] = {
        0,         1, 2, 3, 9, 0xf0, 0x80000000, 0xffffffff, 0x100000001, 0x100000000, 0xff000000f1,
        UINT64_MAX};
    for (unsigned round = 0; round < 20000; round++) {
        char text[4096], *at = text + sprintf(text, "ALLOW { lseek { ");
        uint64_t args[6];
        struct collected collected;
        struct cordon_model *model;
        for (int i = 0; i < 6; i++)
            args[i] = values[random_below(COUNT(values))];
        bool expected = random_comparison(&at, args);
        sprintf(at, " } }");
        struct cordon_policy *policy = read_format("kafel", text, NULL, NULL, &collected);
        if (!policy)
            fail_msg("%s\n%s", collected.first, text);
        assert_int_equal(cordon_model_create(&model, NULL, 0), CORDON_OK);
        cordon_node node = build_for(model, policy, X64, text);
        uint32_t verdict = verdict_of(model, node, X64, "lseek", args);
        if (verdict != (expected ? ALLOWED : KILLED))
            fail_msg("lseek(0x%llx, 0x%llx) 0x%x: %s", (unsigned long long)args[0],
                     (unsigned long long)args[1], verdict, text);
        cordon_model_free(model);
        cordon_policy_free(policy);
    }
}

static void failing_allocations_are_survived(void **state)
{
    (void)state;
    check_failing_allocations(
        "kafel",
        "#include \"nested.policy\"\n#define A 1\nPOLICY b { USE base, LOG { "
        "open(a, b) ON x86_64 { !(a & 3|4) == A || b > 5 } } }\nUSE b DEFAULT "
        "TRAP(1) ALLOW { SYSCALL[5], read { (fd | 1) < 7 } }\n",
        texts);
}

static void failing_writers_are_survived(void **state)
{
    (void)state;
    check_failing_writer("kafel",
                         "arch x86_64\ndefault kill_thread\nbad_arch kill_thread\n"
                         "allow read, close\nlog openat(flags & 3 == 0 and dirfd in {1, 3} or "
                         "whole mode > 5)\nerrno(1) openat\n");
}

static void the_examples_are_read_and_written(void **state)
{
    (void)state;
    static const char *const names[] = {"shell.kafel", "top.kafel", "numbers.kafel"};
    check_examples("kafel", names, COUNT(names));
}

/* The names of arguments in the kernel's definitions, which kafel uses, and whether kafel
 * compares 64 bits. */
static void arguments_have_the_kernels_names(void **state)
{
    (void)state;
    static const struct {
        const char *call, *argument;
        unsigned position;
        bool wide;
    } names[] = {
        {"arch_prctl", "addr", 1, true},
        {"execveat", "fd", 0, false},
        {"getrandom", "count", 1, true},
        {"mbind", "mode", 2, true},
        {"memfd_create", "uname", 0, true},
        {"mount", "type", 2, true},
        {"mq_open", "u_name", 0, true},
        {"mq_open", "u_attr", 3, true},
        {"mq_timedsend", "u_msg_ptr", 1, true},
        {"perf_event_open", "attr_uptr", 0, true},
        {"process_vm_readv", "liovcnt", 2, true},
        {"recvfrom", "size", 2, true},
        {"rt_sigprocmask", "nset", 1, true},
        {"sched_getattr", "size", 2, false},
        {"sched_setaffinity", "user_mask_ptr", 2, true},
        {"seccomp", "uargs", 2, true},
        {"signalfd4", "user_mask", 1, true},
        {"swapon", "specialfile", 0, true},
        {"vmsplice", "iov", 1, true},
        {"vmsplice", "nr_segs", 2, true},
        {"bind", "addrlen", 2, false},
        {"clone", "clone_flags", 0, true},
        {"openat", "dfd", 0, false},
        {"waitid", "upid", 1, false},
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        char text[128];
        snprintf(text, sizeof text, "ALLOW { %s { %s == 5 } }", names[i].call, names[i].argument);
        struct answer cases[2] = {{text, X64, names[i].call, {0}, ALLOWED},
                                  {text, X64, names[i].call, {0}, ALLOWED}};
        cases[0].args[names[i].position] = 5;
        cases[1].args[names[i].position] = UINT64_C(0x100000005);
        cases[1].verdict = names[i].wide ? KILLED : ALLOWED;
        check_answers("kafel", cases, COUNT(cases), NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_mean_what_kafel_means),
        cmocka_unit_test(arguments_have_the_kernels_names),
        cmocka_unit_test(own_names_are_in_order),
        cmocka_unit_test(the_kernels_names_are_known),
        cmocka_unit_test(a_part_names_a_policy),
        cmocka_unit_test(errors_name_their_place),
        cmocka_unit_test(hostile_texts_end_in_errors),
        cmocka_unit_test(policies_are_written_as_people_do),
        cmocka_unit_test(inexpressible_policies_are_refused),
        cmocka_unit_test(written_text_means_the_same),
        cmocka_unit_test(architectures_stay_apart),
        cmocka_unit_test(expressions_are_computed_as_kafel_does),
        cmocka_unit_test(failing_allocations_are_survived),
        cmocka_unit_test(failing_writers_are_survived),
        cmocka_unit_test(the_examples_are_read_and_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
