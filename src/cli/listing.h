/* SPDX-License-Identifier: MIT */
/* listing.h: a program as text for people, with what its numbers mean. asm reads it back. */
#ifndef CLI_LISTING_H
#define CLI_LISTING_H

#include "cli.h"

void listing_print(FILE *file, const struct cordon_program *program);
json_t *listing_json(const struct cordon_program *program);

#endif
