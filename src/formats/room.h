/* SPDX-License-Identifier: MIT */
/* room.h: the functions of the readers and writers in the table, one folder each. */
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

#define READ_ONLY(stem, name, suffix, summary)                                                     \
    detect_fn stem##_detect;                                                                       \
    read_fn stem##_read;
#define WRITE_ONLY(stem, name, suffix, summary) write_fn stem##_write;
#define READ_WRITE(stem, name, suffix, summary)                                                    \
    READ_ONLY(stem, name, suffix, summary) WRITE_ONLY(stem, name, suffix, summary)
#include "formats.def"
#undef READ_ONLY
#undef WRITE_ONLY
#undef READ_WRITE

/* caps.c: "CAP_SYS_ADMIN", or without CAP_ */
bool cap_by_name(const char *name, size_t length, uint64_t *cap);

#endif
