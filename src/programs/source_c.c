/* SPDX-License-Identifier: MIT */
/* source_c.c: writes a program as C, alone or with a function that loads it. */
#include "source.h"

static void put_array(struct cordon_sink *sink, const struct cordon_program_source *source)
{
    static const struct row row = {{"    {", ", ", ", ", ", ", "},"}, {" /* ", " */\n"}};
    cordon_sink_text(sink, "\nstatic const struct sock_filter filter[] = {\n");
    put_insns(sink, source, &row);
    cordon_sink_text(sink, "};\n");
}

enum cordon_error write_c(struct cordon_sink *sink, const struct cordon_program_source *source,
                          const struct cordon_allocator *allocator)
{
    (void)allocator;
    put_title(sink, "/* ", source, ". Load it with seccomp(2). */\n#include <linux/filter.h>\n");
    put_array(sink, source);
    return CORDON_OK;
}

static const char includes[] = ": load_filter() loads it. */\n"
                               "#include <errno.h>\n"
                               "#include <linux/filter.h>\n"
                               "#include <linux/seccomp.h>\n"
                               "#include <stdint.h>\n"
                               "#include <sys/prctl.h>\n"
                               "#include <sys/syscall.h>\n"
                               "#include <unistd.h>\n\n";

static const char loader[] =
    "\n/*\n"
    " * Puts all threads of this process under the filter, for good. Returns 0 or a negative "
    "errno;\n"
    " * -ESRCH: a thread is already under another filter, and only no_new_privs was set.\n"
    " * -524: the kernel's BPF compiler refuses the filter, for instance as it is too long for\n"
    " * 32-bit ARM.\n"
    " */\n"
    "int load_filter(void);\n"
    "int load_filter(void)\n{\n"
    "    struct sock_fprog program = {sizeof filter / sizeof *filter,\n"
    "                                 (struct sock_filter *)(uintptr_t)filter};\n"
    "    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))\n"
    "        return -errno;\n"
    "    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,\n"
    "                          SECCOMP_FILTER_FLAG_TSYNC, &program);\n"
    "    if (result > 0) /* the thread that can't be synchronised */\n"
    "        return -ESRCH;\n"
    "    return result < 0 ? -errno : 0;\n}\n";

enum cordon_error write_c_loader(struct cordon_sink *sink,
                                 const struct cordon_program_source *source,
                                 const struct cordon_allocator *allocator)
{
    (void)allocator;
    put_title(sink, "/* ", source, includes);
    cordon_sink_text(sink, source->big_endian ? "#if __BYTE_ORDER__ != __ORDER_BIG_ENDIAN__\n"
                                              : "#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__\n");
    cordon_sink_text(sink, "#error \"the filter is for machines of the other byte order\"\n"
                           "#endif\n");
    put_array(sink, source);
    cordon_sink_text(sink, loader);
    return CORDON_OK;
}
