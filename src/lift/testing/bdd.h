/* SPDX-License-Identifier: MIT */
/*
 * bdd.h: a second implementation of what a program means, which shares nothing with the model: each
 * bit of the result is a binary decision diagram over the 512 bits of seccomp_data.
 */
#ifndef TESTING_BDD_H
#define TESTING_BDD_H

#include "cordon/engine.h"

/* Diagrams are ids; equal functions have equal ids until bdd_reset(). */
void bdd_reset(void);
/* Diagrams of the 32 bits that the program returns. false: too large, or the program multiplies
 * or divides. */
bool bdd_program(const struct cordon_program *program, uint32_t returned[32]);

#endif
