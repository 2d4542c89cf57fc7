/* SPDX-License-Identifier: MIT */
/* source_go.c: writes a program as Go, with a function that loads it. */
#include <string.h>

#include "source.h"

static const char imports[] =
    "\n// It needs the package syscall only.\npackage filter\n\n"
    "import (\n\t\"errors\"\n\t\"runtime\"\n\t\"syscall\"\n\t\"unsafe\"\n)\n\n"
    "// Filter is the program, as seccomp(2) takes it.\n"
    "var Filter = []syscall.SockFilter{\n";

static const char constants[] = "}\n\nconst (\n"
                                "\tprSetNoNewPrivs = 38\n"
                                "\tsetModeFilter   = 1\n"
                                "\tflagTsync       = 1\n)\n\n";

static const char loader[] =
    "\n// Load puts all threads of this process under the filter, for good. Errno 524: the "
    "kernel's\n"
    "// BPF compiler refuses the filter, for instance as it is too long for 32-bit ARM.\n"
    "func Load() error {\n"
    "\tnumber, known := seccompNumber[runtime.GOARCH]\n"
    "\tif !known {\n"
    "\t\treturn errors.New(\"the filter isn't for this machine\")\n"
    "\t}\n"
    "\tprogram := syscall.SockFprog{Len: uint16(len(Filter)), Filter: &Filter[0]}\n"
    "\t// Both calls must be made by one thread: no_new_privs is a thread's.\n"
    "\truntime.LockOSThread()\n"
    "\tdefer runtime.UnlockOSThread()\n"
    "\tif _, _, errno := syscall.RawSyscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, "
    "0); errno != 0 {\n"
    "\t\treturn errno\n"
    "\t}\n"
    "\tthread, _, errno := syscall.RawSyscall(number, setModeFilter, flagTsync, "
    "uintptr(unsafe.Pointer(&program)))\n"
    "\tif errno != 0 {\n"
    "\t\treturn errno\n"
    "\t}\n"
    "\tif thread != 0 {\n"
    "\t\treturn errors.New(\"a thread is under another filter\")\n"
    "\t}\n"
    "\treturn nil\n"
    "}\n";

static void put_number(struct cordon_sink *sink, const struct machine *machine)
{
    static const char blanks[] = "        "; /* gofmt aligns the numbers */
    size_t length = strlen(machine->go);
    cordon_sink_text(sink, "\t\"");
    cordon_sink_text(sink, machine->go);
    cordon_sink_text(sink, "\":");
    cordon_sink_text(sink, blanks + (length < 8 ? length : 8));
    cordon_sink_text(sink, " ");
    cordon_sink_decimal(sink, seccomp_nr(machine));
    cordon_sink_text(sink, ",\n");
}

static void put_seccomp_numbers(struct cordon_sink *sink, bool big_endian)
{
    cordon_sink_text(sink,
                     "// The number of seccomp(2), which package syscall doesn't have, on the\n"
                     "// machines of the filter's byte order.\n"
                     "var seccompNumber = map[string]uintptr{\n");
    for (size_t i = 0; i < MACHINES; i++)
        if (machines[i].go && cordon_abi(machines[i].abi)->big_endian == big_endian)
            put_number(sink, &machines[i]);
    cordon_sink_text(sink, "}\n");
}

enum cordon_error write_go(struct cordon_sink *sink, const struct cordon_program_source *source,
                           const struct cordon_allocator *allocator)
{
    static const struct row row = {{"\t{Code: ", ", Jt: ", ", Jf: ", ", K: ", "},"},
                                   {" // ", "\n"}};
    (void)allocator;
    cordon_sink_text(sink, "//go:build linux\n\n");
    put_title(sink, "// Package filter: see Load.\n//\n// ", source, imports);
    put_insns(sink, source, &row);
    cordon_sink_text(sink, constants);
    put_seccomp_numbers(sink, source->big_endian);
    cordon_sink_text(sink, loader);
    return CORDON_OK;
}
