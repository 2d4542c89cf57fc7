/* SPDX-License-Identifier: MIT */
/* firejail.h: what a profile says about system calls, and the filters that Firejail makes of it. */
#ifndef FORMATS_FIREJAIL_H
#define FORMATS_FIREJAIL_H

#include "reading.h"

/* ---- what a profile says ---- */

/* Words between commas. */
struct firejail_list {
    const char *text; /* NULL: not given */
    uint32_t length;
    struct cordon_place place; /* of its first byte */
};

/* seccomp and seccomp.32: at most one of each kind counts. */
struct firejail_lists {
    bool on;
    struct firejail_list more, drop, keep; /* on top of the default; instead of it; what is kept */
    struct cordon_place place;
};

struct firejail {
    struct cordon_tree *tree;
    const struct cordon_format_options *options;
    struct firejail_lists native, secondary;
    uint32_t error; /* the action of what is denied */
    bool block_secondary, debuggers, mdwx, namespaces, protocols;
    struct cordon_place block_place, mdwx_place, namespaces_place, protocols_place;
    uint32_t denied;   /* CLONE_NEW… */
    uint64_t families; /* bit per address family */
};

#define FIREJAIL_NAMESPACES 8
struct firejail_name {
    const char *name;
    uint32_t value;
};
extern const struct firejail_name firejail_namespaces[FIREJAIL_NAMESPACES];
extern const struct firejail_name firejail_protocols[6];

/* groups.c: the members of a group, or NULL. */
const char *firejail_group(const char *name, uint32_t length);
extern const char firejail_secondary[];
/* Is the call in the default list? */
bool firejail_is_default(uint16_t id);

/* profile.c: the lines of the text that `tree` knows as its own, and of what it includes.
 */
void firejail_profile(struct firejail *firejail, struct cordon_tree *tree,
                      const struct cordon_format_options *options);
/* The next word of a list; false: there is none. */
bool firejail_word(struct firejail_list *list, struct firejail_list *word);

/* ---- filters ---- */

#define FIREJAIL_MAX_ENTRIES 4096u /* a filter can't have more */
#define FIREJAIL_MAX_FILTERS 16u

struct firejail_entry {
    uint32_t nr;
    uint32_t action;
    const struct cordon_cond *cond; /* where it doesn't hold, the call is allowed */
    struct cordon_place place;
};

/* For one ABI; the first entry for a number decides, else `rest`. */
struct firejail_filter {
    enum cordon_abi_id abi;
    uint32_t rest;
    struct cordon_place place;
    struct firejail_entry *entries;
    uint32_t count;
    size_t room;
};

/* The youngest first. */
struct firejail_filters {
    struct firejail_filter filters[FIREJAIL_MAX_FILTERS];
    uint32_t count;
};

/* filters.c, args.c */
void firejail_filters(struct firejail *firejail, struct firejail_filters *filters);
struct firejail_filter *firejail_begin(struct firejail_filters *filters, enum cordon_abi_id abi,
                                       uint32_t rest, struct cordon_place place);
void firejail_add(struct firejail *firejail, struct firejail_filter *filter,
                  const struct firejail_entry *entry);
void firejail_protocol_filter(struct firejail *firejail, struct firejail_filters *filters);
void firejail_mdwx_filter(struct firejail *firejail, struct firejail_filters *filters,
                          enum cordon_abi_id abi);
void firejail_namespaces_filter(struct firejail *firejail, struct firejail_filters *filters,
                                enum cordon_abi_id abi);
void firejail_block_filter(struct firejail *firejail, struct firejail_filters *filters);
/* What seccomp.block-secondary answers. */
uint32_t firejail_block_error(const struct firejail *firejail);
/* The machine's 32-bit ABI; the native one: there is none. */
enum cordon_abi_id firejail_secondary_abi(void);

/* stack.c: all filters as rules; frees them. */
void firejail_stack(struct firejail *firejail, struct firejail_filters *filters);

#endif
