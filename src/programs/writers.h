/* SPDX-License-Identifier: MIT */
/* writers.h: the functions that writers.def refers to. */
#ifndef PROGRAMS_WRITERS_H
#define PROGRAMS_WRITERS_H

#include "cordon/programs.h"

#define WRITER(id, name, is_binary, summary)                                                       \
    enum cordon_error write_##id(struct cordon_sink *sink,                                         \
                                 const struct cordon_program_source *source,                       \
                                 const struct cordon_allocator *allocator);
#include "writers.def"
#undef WRITER

#endif
