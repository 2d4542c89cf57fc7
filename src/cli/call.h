/* SPDX-License-Identifier: MIT */
/* call.h: calls as commands take them: `openat AT_FDCWD 0 O_RDONLY|O_CLOEXEC`. */
#ifndef CLI_CALL_H
#define CLI_CALL_H

#include "cli.h"

/* A decimal, hexadecimal or octal number, or a negative one as its 64 bits. */
bool call_number(const char *text, size_t length, uint64_t *value);
/* NUMBER or CONSTANT, any of them joined by |. */
bool call_argument(const struct cordon_abi *abi, const char *text, size_t length, uint64_t *value);
/* The number of a call by its name or number. */
bool call_name(const struct cordon_abi *abi, const char *text, size_t length, uint32_t *nr);
void call_set(struct cordon_data *data, const struct cordon_abi *abi, unsigned arg, uint64_t value);

/* words[0] is the call, the others its arguments; false: reported. */
bool call_read(struct cordon_data *data, const char *command, const struct cordon_abi *abi,
               char **words, int count);
/* The ABI that a call is of when nothing else is said. */
const struct cordon_abi *call_abi(const struct cordon_input *input, const struct options *options);
/* Which statement of the policy decides. */
void call_print_decider(const struct cordon_input *input, const struct cordon_data *data);

#endif
