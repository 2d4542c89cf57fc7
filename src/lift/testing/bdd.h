/* SPDX-License-Identifier: MIT */
/*
 * bdd.h: a second idea of what a program means, sharing nothing with the model: each bit that it
 * returns as a binary decision diagram over the 512 bits of seccomp_data.
 */
#ifndef TESTING_BDD_H
#define TESTING_BDD_H

#include "cordon/engine.h"

/* Diagrams are ids; the same function is the same id until bdd_reset(). */
void bdd_reset(void);
/* The 32 bits of what the program returns. false: too large, or it multiplies or divides. */
bool bdd_program(const struct cordon_program *program, uint32_t returned[32]);

#endif
