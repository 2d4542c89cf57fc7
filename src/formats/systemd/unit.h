/* SPDX-License-Identifier: MIT */
/*
 * unit.h: systemd's unit files as assignments and their words.
 *
 * A line that ends in a backslash continues on the next one, comment lines in between are skipped,
 * and the backslash counts as a space. What systemd ignores with a warning is ignored with a
 * warning.
 */
#ifndef FORMATS_UNIT_H
#define FORMATS_UNIT_H

#include "reading.h"

struct unit_word {
    const char *text;
    uint32_t length;
    struct cordon_place place;
};

struct unit {
    struct reading reading;
    struct unit_word section; /* without the brackets; length 0: none yet */
    struct unit_word key;
};

/* False, reported: it isn't a text. */
bool unit_start(struct unit *unit, struct cordon_tree *tree, const char *name);
/* Goes to the next assignment; false: there is none, or the file is one that systemd refuses. */
bool unit_next(struct unit *unit);
/* The next word of the value; false: there is no more. */
bool unit_word(struct unit *unit, struct unit_word *word);

bool unit_is(const struct unit_word *word, const char *text);

#endif
