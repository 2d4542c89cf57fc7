/* SPDX-License-Identifier: MIT */
/* room.h: the readers and writers, as the table names them; a file each. */
#ifndef FORMATS_ROOM_H
#define FORMATS_ROOM_H

#include "cordon/formats.h"

typedef int detect_fn(const char *text, size_t length, const char *name);
typedef enum cordon_error read_fn(struct cordon_policy **policy, const char *text, size_t length,
                                  const char *name, const struct cordon_format_options *options,
                                  struct cordon_reporter *reporter);
typedef enum cordon_error write_fn(struct cordon_sink *sink, const struct cordon_policy *policy,
                                   const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter);

detect_fn cordon_text_detect; /* cordon_text.c */
read_fn cordon_text_read;
detect_fn kafel_detect; /* kafel.c */
read_fn kafel_read;
write_fn kafel_write;
detect_fn minijail_detect; /* minijail.c */
read_fn minijail_read;
write_fn minijail_write;
detect_fn systemd_detect; /* systemd.c */
read_fn systemd_read;
write_fn systemd_write;
write_fn libseccomp_c_write; /* libseccomp_c.c */
detect_fn oci_detect;        /* oci.c */
read_fn oci_read;
write_fn oci_write;           /* oci_write.c */
detect_fn seccompiler_detect; /* seccompiler.c */
read_fn seccompiler_read;
write_fn seccompiler_write; /* seccompiler_write.c */
detect_fn k8s_detect;       /* k8s.c */
read_fn k8s_read;
write_fn k8s_write;

/* caps.c: "CAP_SYS_ADMIN", or without CAP_. */
bool cap_by_name(const char *name, size_t length, uint64_t *cap);
detect_fn strace_detect; /* strace.c */
read_fn strace_read;
detect_fn audit_detect; /* audit.c */
read_fn audit_read;
detect_fn firejail_detect; /* firejail.c */
read_fn firejail_read;
write_fn firejail_write;

#endif
