/* SPDX-License-Identifier: MIT */
/* install.c: makes a program that is stopped after its execve install a filter. */
#include <errno.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>

#include "cordon/action.h"
#include "proc.h"
#include "session.h"

static const char gone[] = "it ended, or did something else";

/* Maps the image where there is room, and closes it; *address is 0 where there is none. */
static bool map_image(const struct session *session, const struct cordon_program *program,
                      struct injection *injection, uint64_t *address)
{
    int64_t result;
    bool compat = injection->compat;
    *address = 0;
    for (unsigned i = 0; i < IMAGE_PLACES && !*address; i++) {
        uint64_t place = image_address(i), offset = image_offset(program, compat, i);
        const uint64_t args[CORDON_ARGS] = {
            place,
            image_size(program),
            PROT_READ,
            MAP_SHARED | MAP_FIXED_NOREPLACE,
            (uint64_t)session->image,
            compat ? offset >> 12 : offset, /* mmap2(2) counts pages */
        };
        if (!inject_call(injection, CALL_MMAP, args, &result))
            return false;
        if ((compat ? (uint32_t)result : (uint64_t)result) == place)
            *address = place;
    }
    const uint64_t close_args[CORDON_ARGS] = {(uint64_t)session->image};
    return inject_call(injection, CALL_CLOSE, close_args, &result);
}

/*
 * The filter judges this call too. If it doesn't simply allow it, the program keeps a mapping that
 * it can read, which does no harm.
 */
static bool unmap_image(const struct cordon_program *program, struct injection *injection,
                        uint64_t address)
{
    int64_t result;
    struct cordon_data data;
    const uint64_t args[CORDON_ARGS] = {address, image_size(program)};
    inject_data(injection, CALL_MUNMAP, args, &data);
    return cordon_program_run(program, &data).value != (uint32_t)CORDON_ALLOW ||
           inject_call(injection, CALL_MUNMAP, args, &result);
}

/* Compares with what the kernel shows. Where there is no /proc, the call's result has to do. */
static const char *verify(const struct session *session)
{
    struct proc_status status = proc_status(session->main);
    if (!status.state)
        return NULL;
    if (status.seccomp != SECCOMP_MODE_FILTER)
        return "the kernel shows no filter";
    if (session->filters >= 0 && status.seccomp_filters != session->filters + 1)
        return "the kernel doesn't show one filter more";
    return NULL;
}

/* ---- failures ---- */

static void tell(const struct session *session)
{
    const struct cordon_reporter *failures = &session->launch->failures;
    if (session->launch->no_trace && failures->report)
        failures->report(failures->context, session->diag, NULL, 0);
}

static enum cordon_error refused(struct session *session, int error_number)
{
    bool privilege = error_number == EACCES;
    const char *reason = privilege               ? "neither no_new_privs nor CAP_SYS_ADMIN"
                         : error_number == EBUSY ? "--explain needs the only listener"
                                                 : strerror(error_number);
    return cordon_diag_set(session->diag, privilege ? CORDON_E_PRIVILEGE : CORDON_E_SYSTEM,
                           "the kernel refused the filter: %s", reason);
}

static void must_die(struct session *session, enum cordon_error error)
{
    session->error = error;
    tell(session);
    kill(session->main, SIGKILL);
}

/* The kernel refused the filter. Whoever waits for a program without a tracer gets its status. */
static void give_up(struct session *session, struct injection *injection, int error_number)
{
    static const uint64_t args[CORDON_ARGS] = {126};
    session->error = refused(session, error_number);
    tell(session);
    if (!session->launch->no_trace || !inject_enter(injection, CALL_EXIT, args) ||
        !inject_run(injection))
        kill(session->main, SIGKILL);
}

/* ---- the call ---- */

/* NULL, or what went wrong; *result is what seccomp(2) returned: with an error, the program was
 * ended. */
static const char *install(struct session *session, const struct cordon_program *program,
                           int64_t *result)
{
    bool explain = session->launch->explain;
    struct injection injection;
    uint64_t address;
    const char *problem = inject_begin(&injection, session->main);
    if (problem)
        return problem;
    if (!map_image(session, program, &injection, &address))
        return gone;
    if (!address)
        return "there is no room in its memory";
    const uint64_t args[CORDON_ARGS] = {SECCOMP_SET_MODE_FILTER,
                                        explain ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0, address};
    if (!inject_call(&injection, CALL_SECCOMP, args, result))
        return gone;
    if (*result < 0) {
        give_up(session, &injection, (int)-*result);
        return NULL;
    }
    if (explain && (problem = denied_listen(session, &injection, (int)*result)))
        return problem;
    if (!unmap_image(program, &injection, address) || !inject_end(&injection))
        return gone;
    return verify(session);
}

/* ---- in a session ---- */

/* The program may use all its CPUs again. The tracer stays, as it only runs at stops. */
static void spread_out(const struct session *session)
{
    if (session->shares_cpu)
        sched_setaffinity(session->main, sizeof session->cpus, &session->cpus);
}

void session_install(struct session *session)
{
    const struct cordon_launch *launch = session->launch;
    int64_t result = 0;
    const char *problem =
        install(session, launch->installed ? launch->installed : launch->program, &result);
    if (problem) {
        must_die(session,
                 cordon_diag_set(session->diag, CORDON_E_SYSTEM,
                                 "the filter can't be installed in the program: %s", problem));
        return;
    }
    if (result < 0)
        return;
    session->installed = true;
    spread_out(session);
    /* From here on the program may outlive its tracer, unless that isn't wanted. */
    uintptr_t options = SESSION_FOLLOW | (launch->die_with_parent ? PTRACE_O_EXITKILL : 0);
    ptrace(PTRACE_SETOPTIONS, session->main, NULL, (void *)options);
}
