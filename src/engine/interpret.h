/* SPDX-License-Identifier: MIT */
/* interpret.h: runs a program from a given instruction. Private to the engine. */
#ifndef ENGINE_INTERPRET_H
#define ENGINE_INTERPRET_H

#include "cordon/engine.h"

/* The rest of a run that has reached instruction `start` and has not written scratch memory. */
uint32_t interpret_from(const struct cordon_program *program, const struct cordon_data *data,
                        uint32_t start, uint32_t a, uint32_t x);

#endif
