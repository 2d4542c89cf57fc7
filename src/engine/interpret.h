/* SPDX-License-Identifier: MIT */
/* interpret.h: the interpreter from the middle of a program. Private to the engine. */
#ifndef ENGINE_INTERPRET_H
#define ENGINE_INTERPRET_H

#include "cordon/engine.h"

/* The rest of a run that is before instruction `start` and has not written scratch memory.
 */
uint32_t interpret_from(const struct cordon_program *program, const struct cordon_data *data,
                        uint32_t start, uint32_t a, uint32_t x);

#endif
