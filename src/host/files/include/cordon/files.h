/* SPDX-License-Identifier: MIT */
/*
 * files.h: whole files in memory, and the loader by which texts include files.
 *
 * Thread safety: functions of their arguments.
 */
#ifndef CORDON_FILES_H
#define CORDON_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "cordon/policy.h"

CORDON_BEGIN

/*
 * Reads the rest of a descriptor (not closed), at most 16 MiB, into memory of malloc(3). NULL, or
 * why not: a constant text, or that of errno. With `only_files` devices and pipes are refused.
 */
const char *cordon_file_read(int fd, bool only_files, char **bytes, size_t *length);

/* Opens regular files by their paths: a pipe that is included doesn't wait for a writer. */
extern const struct cordon_loader cordon_file_loader;

/* Where included files are, if not where the including text says. All of it is borrowed. */
struct cordon_file_search {
    const char *root;           /* holds the files whose paths are absolute; NULL: they are here */
    const char *policy;         /* the including file: its folder may be outside of the root */
    const char *const *folders; /* searched for the last name of a path where no file is */
    size_t folder_count;
};

/* cordon_file_loader, except that files are searched. `search` lives as long as the loader. */
struct cordon_loader cordon_file_searcher(const struct cordon_file_search *search);

/* Writes all bytes to a descriptor (not closed). NULL, or why not: a text of errno. */
const char *cordon_file_write_to(int fd, const void *bytes, size_t length);
/*
 * Writes a file whole or not at all: beside it first, then renamed. A symbolic link to a file is
 * followed, also to a file that does not exist. The mode of an existing file is kept, and its owner
 * where the caller may set it. Signals to the thread wait until the file is renamed or removed.
 * Devices and pipes, which a rename would replace, are written to directly. NULL, or why not.
 */
const char *cordon_file_write(const char *path, const void *bytes, size_t length);

CORDON_END

#endif
