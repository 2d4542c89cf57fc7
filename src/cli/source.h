/* SPDX-License-Identifier: MIT */
/* source.h: a filter as source code, for programs that carry it inside. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli.h"

void source_c(FILE *file, const struct input *input); /* the array alone */
/* The array and a function that puts the whole process under it. */
void source_c_loader(FILE *file, const struct input *input);
void source_rust(FILE *file, const struct input *input);
void source_go(FILE *file, const struct input *input);

#endif
