/* SPDX-License-Identifier: MIT */
/* listing.h: a program as text for people, with what its numbers mean. asm reads it back. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "cli.h"

void listing_print(FILE *file, const struct cordon_program *program);
/* Only the instructions of a path, in its order. */
void listing_print_path(FILE *file, const struct cordon_program *program, const uint32_t *path,
                        uint32_t count);
json_t *listing_json(const struct cordon_program *program);

#endif
