/* SPDX-License-Identifier: MIT */
/*
 * stranger.h: texts of other tools that aren't read. They are named, in place of the errors that
 * they would have as a policy in cordon's language.
 */
#ifndef INPUT_STRANGER_H
#define INPUT_STRANGER_H

#include <stddef.h>

struct stranger {
    const char *what; /* "libseccomp's pseudo filter code" */
    const char *hint; /* what to do instead */
};

/* What a text is; NULL: nothing known. */
const struct stranger *stranger_find(const char *text, size_t length);

#endif
