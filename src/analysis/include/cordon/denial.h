/* SPDX-License-Identifier: MIT */
/*
 * denial.h: the text of a report on a denied call: the call with its arguments decoded, and the
 * smallest rule that would have allowed it.
 *
 * It does not access processes: memory is read through a callback. Thread safety: functions of
 * their arguments.
 */
#ifndef CORDON_DENIAL_H
#define CORDON_DENIAL_H

#include "cordon/abi.h"
#include "cordon/api.h"
#include "cordon/cause.h"
#include "cordon/sink.h"
#include "cordon/suggest.h"

CORDON_BEGIN

/* Copies up to `size` bytes at `address` of the program; returns how many could be read. */
struct cordon_memory {
    size_t (*read)(void *context, uint64_t address, void *bytes, size_t size);
    void *context;
};

/* openat(AT_FDCWD, "/etc/passwd", O_RDONLY|O_CLOEXEC, 0); an unknown number as syscall 999(…). */
void cordon_call_print(struct cordon_sink *sink, const struct cordon_data *data,
                       const struct cordon_memory *memory);

/*
 * The smallest rule that allows this call, whatever the policy: its name, and conditions on the
 * arguments that say what kind of call it is (domain, request, command, access mode), not on
 * addresses, descriptors and sizes; or a rule with which programs do without it. Returns NULL, or
 * why no rule is printed: it would allow user namespaces, or memory that is both writable and
 * executable. suggest.h knows the policy.
 */
const char *cordon_call_suggest(struct cordon_sink *sink, const struct cordon_data *data);

/* Everything about one denied call. */
struct cordon_denial {
    struct cordon_data data;
    uint32_t verdict;
    struct cordon_cause cause;           /* borrows from the policy */
    char call[1024];                     /* as cordon_call_print() writes it, cut */
    struct cordon_suggestion suggestion; /* only if there is a policy */
};

/* policy NULL: only the program is known. memory NULL: pointers are printed as numbers. */
void cordon_denial_make(struct cordon_denial *denial, const struct cordon_compiled *policy,
                        const struct cordon_program *program, const struct cordon_data *data,
                        uint32_t verdict, const struct cordon_memory *memory);

/* What a report adds to a denial. Texts are borrowed. */
struct cordon_denial_context {
    const char *name;   /* of the policy or filter */
    const char *thread; /* name of the thread */
    int32_t tid, pid;
    bool color; /* for a terminal */
};

/* Prints the call, the verdict, why, and the thread, as lines of text; a backtrace may follow. */
void cordon_denial_print(struct cordon_sink *sink, const struct cordon_denial *denial,
                         const struct cordon_denial_context *context);
/* "allow read   (before p.cordon:3; …)": one line, without its end. */
void cordon_suggestion_print(struct cordon_sink *sink, const struct cordon_suggestion *suggestion);
/* Prints the last line: the rule that allows the call. Only useful if there is a policy. */
void cordon_denial_print_suggestion(struct cordon_sink *sink, const struct cordon_denial *denial,
                                    const struct cordon_denial_context *context);

CORDON_END

#endif
