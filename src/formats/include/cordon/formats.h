/* SPDX-License-Identifier: MIT */
/*
 * formats.h: other tools' formats: one row of a table and one folder each.
 *
 * A reader makes a policy tree with the meaning that the format's own tool gives the text; where
 * that tool behaves differently from what the text suggests, the reader warns. A writer gets a
 * policy in plain form (below) and refuses what the format cannot express, with a list; see
 * obstacles.h.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_FORMATS_H
#define CORDON_FORMATS_H

#include "cordon/policy.h"
#include "cordon/sink.h"

CORDON_BEGIN

/* What a writer may do with a policy that a format cannot express: see obstacles.h. */
enum cordon_approximation {
    CORDON_EXACTLY,  /* refuse it */
    CORDON_STRICTER, /* write one that allows less */
    CORDON_LOOSER,   /* write one that allows more */
    CORDON_NEAREST   /* write one that differs only where no call has a name */
};

struct cordon_obstacles;

/* The tool whose interpretation applies. Docker and Podman translate a profile
 * before runc or crun gets it.
 */
enum cordon_like {
    CORDON_LIKE_CRUN,
    CORDON_LIKE_RUNC,        /* unknown calls above the highest in the profile fail with ENOSYS */
    CORDON_LIKE_RUNC_1_1_5,  /* not on a native ABI that isn't in the profile */
    CORDON_LIKE_DOCKER,      /* 20.10, with runc 1.1.5 */
    CORDON_LIKE_PODMAN,      /* 4.3, with crun */
    CORDON_LIKE_SYSTEMD_252, /* units: the sets of calls of this version */
    CORDON_LIKE_SYSTEMD_257,
    CORDON_LIKE_SYSTEMD_262
};

struct cordon_format_options {
    struct cordon_policy_options policy;
    uint64_t caps;   /* bit per capability (linux/capability.h) that the program will have */
    uint16_t kernel; /* CORDON_LINUX(): the version that it will run on; 0: unknown */
    enum cordon_like like;
    const char *home; /* the folder for ${HOME} in a format; NULL: none */
    const char
        *part; /* which part of the text: a thread of seccompiler's, a policy of kafel's; NULL */
    enum cordon_approximation approximation; /* writers that support it approximate */
    /* Gets what a writer cannot express, instead of a report; NULL: it is reported. */
    struct cordon_obstacles *obstacles;
};

/* "crun"; NULL: beyond the last. The other way; false: unknown, *like is left alone. */
const char *cordon_like_name(enum cordon_like like);
bool cordon_like_by_name(const char *name, enum cordon_like *like);

/* Docker's default set, for `caps` (moby, oci/caps/defaults.go). */
#define CORDON_DOCKER_CAPS UINT64_C(0xa80425fb)
/* Podman's: without NET_RAW, MKNOD and AUDIT_WRITE. */
#define CORDON_PODMAN_CAPS UINT64_C(0x800405fb)

/*
 * A policy in plain form, as cordon_decompile() makes it: for each ABI and call at most `and` of
 * comparisons with single values or spans (COND_OR only where one argument is in a set of spans),
 * the ways of a call disjoint, but for a last rule without condition. No group is smaller than what
 * it stands for. Its text is the first of its texts.
 */
struct cordon_format {
    const char *name; /* "oci" */
    const char *summary;
    const char *suffix; /* of files: ".json"; NULL: none */
    /* Confidence that the text (with its file's name) is in this format: 0 no, from 40 on it claims
     * the text, 100 certain. NULL: never */
    int (*detect)(const char *text, size_t length, const char *name);
    enum cordon_error (*read)(struct cordon_policy **policy, const char *text, size_t length,
                              const char *name, const struct cordon_format_options *options,
                              struct cordon_reporter *reporter); /* NULL: only written */
    enum cordon_error (*write)(struct cordon_sink *sink, const struct cordon_policy *policy,
                               const struct cordon_format_options *options,
                               struct cordon_reporter *reporter); /* NULL: only read */
};

/*
 * The table, cordon's own language first; a format by name; the format of a text. If another format
 * also claims the text, *rival is set to it (rival NULL: not wanted), and the user should choose.
 */
const struct cordon_format *cordon_formats(size_t *count);
const struct cordon_format *cordon_format_by_name(const char *name, size_t length);
const struct cordon_format *cordon_format_detect(const char *text, size_t length, const char *name,
                                                 const struct cordon_format **rival);

/*
 * The format that the suffix of a file's name stands for; NULL: none. Where another format has the
 * same suffix, it is left in *rival (NULL allowed), else *rival is NULL.
 */
const struct cordon_format *cordon_format_of_file(const char *name,
                                                  const struct cordon_format **rival);

/* A list of capabilities and sets: "none", "default" (Docker's), "podman", "all"; false: unknown.
 * "default,CAP_BPF" */
bool cordon_caps_parse(const char *text, uint64_t *caps);
/* The first two numbers of a version, "6.1" or "6.1.0-13-amd64"; false: it has none. */
bool cordon_kernel_parse(const char *text, uint16_t *kernel);
/* The name of a capability by its number, without CAP_; NULL: beyond the last. */
const char *cordon_cap_name(unsigned cap);

CORDON_END

#endif
