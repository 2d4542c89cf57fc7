/* SPDX-License-Identifier: MIT */
/*
 * backtrace.c: where in the program a stopped thread is, by elfutils' libdwfl.
 *
 * libdw is loaded when a backtrace is asked for: linking it would cost every start of the command
 * more than all else it does.
 */
#include <dlfcn.h>
#include <elfutils/libdwfl.h>
#include <stdlib.h>

#include "cordon/launch.h"

#define MAX_FRAMES 64

#define FUNCTIONS(X)                                                                               \
    X(dwfl_begin)                                                                                  \
    X(dwfl_end)                                                                                    \
    X(dwfl_linux_proc_report)                                                                      \
    X(dwfl_report_end)                                                                             \
    X(dwfl_linux_proc_attach)                                                                      \
    X(dwfl_getthread_frames)                                                                       \
    X(dwfl_frame_pc)                                                                               \
    X(dwfl_addrmodule)                                                                             \
    X(dwfl_module_addrinfo)                                                                        \
    X(dwfl_module_info)                                                                            \
    X(dwfl_module_getsrc)                                                                          \
    X(dwfl_lineinfo)                                                                               \
    X(dwfl_linux_proc_find_elf)                                                                    \
    X(dwfl_standard_find_debuginfo)

struct libdw {
#define MEMBER(name) __typeof__(&name) name;
    FUNCTIONS(MEMBER)
#undef MEMBER
    void *handle;
};

static const char *load(struct libdw *libdw)
{
    libdw->handle = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!libdw->handle)
        return "libdw.so.1 (elfutils) is not installed";
#define LOAD(name)                                                                                 \
    *(void **)&libdw->name = dlsym(libdw->handle, #name);                                          \
    if (!libdw->name)                                                                              \
        return "libdw.so.1 has no " #name;
    FUNCTIONS(LOAD)
#undef LOAD
    return NULL;
}

struct walk {
    const struct libdw *libdw;
    Dwfl *dwfl;
    void (*frame)(void *context, const struct cordon_frame *frame);
    void *context;
    int frames;
};

static void describe(const struct walk *walk, Dwarf_Addr address, struct cordon_frame *frame)
{
    const struct libdw *libdw = walk->libdw;
    Dwfl_Module *module = libdw->dwfl_addrmodule(walk->dwfl, address);
    if (!module)
        return;
    GElf_Sym symbol;
    GElf_Off offset = 0;
    frame->module = libdw->dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    frame->function =
        libdw->dwfl_module_addrinfo(module, address, &offset, &symbol, NULL, NULL, NULL);
    frame->offset = offset;
    Dwfl_Line *line = libdw->dwfl_module_getsrc(module, address);
    if (line)
        frame->source = libdw->dwfl_lineinfo(line, NULL, &frame->line, NULL, NULL, NULL);
}

static int on_frame(Dwfl_Frame *state, void *argument)
{
    struct walk *walk = argument;
    Dwarf_Addr pc;
    bool activation;
    if (walk->frames == MAX_FRAMES || !walk->libdw->dwfl_frame_pc(state, &pc, &activation))
        return DWARF_CB_ABORT;
    walk->frames++;
    struct cordon_frame frame = {.address = pc};
    describe(walk, activation ? pc : pc - 1, &frame); /* a return address is behind its call */
    walk->frame(walk->context, &frame);
    return DWARF_CB_OK;
}

static const char *walk_thread(const struct libdw *libdw, const struct cordon_stop *stop,
                               struct walk *walk)
{
    if (libdw->dwfl_linux_proc_report(walk->dwfl, stop->pid) ||
        libdw->dwfl_report_end(walk->dwfl, NULL, NULL))
        return "the program's mappings can't be read";
    if (libdw->dwfl_linux_proc_attach(walk->dwfl, stop->pid, true))
        return "the program's threads can't be read";
    libdw->dwfl_getthread_frames(walk->dwfl, stop->tid, on_frame, walk);
    return walk->frames ? NULL : "the stack can't be unwound";
}

const char *cordon_stop_backtrace(const struct cordon_stop *stop,
                                  void (*frame)(void *context, const struct cordon_frame *frame),
                                  void *context)
{
    struct libdw libdw = {0};
    const char *problem = load(&libdw);
    if (problem) {
        if (libdw.handle)
            dlclose(libdw.handle);
        return problem;
    }
    char *debuginfo_path = NULL;
    const Dwfl_Callbacks callbacks = {.find_elf = libdw.dwfl_linux_proc_find_elf,
                                      .find_debuginfo = libdw.dwfl_standard_find_debuginfo,
                                      .debuginfo_path = &debuginfo_path};
    struct walk walk = {.libdw = &libdw, .frame = frame, .context = context};
    walk.dwfl = libdw.dwfl_begin(&callbacks);
    problem = walk.dwfl ? walk_thread(&libdw, stop, &walk) : "out of memory";
    if (walk.dwfl)
        libdw.dwfl_end(walk.dwfl);
    dlclose(libdw.handle);
    return problem;
}
