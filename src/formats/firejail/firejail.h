/* SPDX-License-Identifier: MIT */
/* firejail.h: the content of a profile about system calls, and the filters that Firejail makes
 * of it. */
#ifndef FORMATS_FIREJAIL_H
#define FORMATS_FIREJAIL_H

#include "reading.h"

/* ---- profiles ---- */

/* Words separated by commas. */
struct firejail_list {
    const char *text; /* NULL: not given */
    uint32_t length;
    struct cordon_place place; /* of its first byte; of a built-in list: of what stands for it */
    bool is_builtin;
};

/* seccomp and seccomp.32: at most one list of each kind counts. */
struct firejail_lists {
    bool on;
    struct firejail_list more, drop, keep; /* besides the default list; instead of it; kept calls */
    struct cordon_place place;
};

struct firejail {
    struct cordon_tree *tree;
    const struct cordon_format_options *options;
    struct firejail_lists native, secondary;
    uint32_t error; /* the action for denied calls */
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

/* profile.c: parses the lines of the text that `tree` has as its own, and of what it includes. */
void firejail_profile(struct firejail *firejail, struct cordon_tree *tree,
                      const struct cordon_format_options *options);
/* The next word of a list; false: there is no more. */
bool firejail_word(struct firejail_list *list, struct firejail_list *word);

/* ---- filters ---- */

#define FIREJAIL_MAX_ENTRIES 4096u /* more than a filter can have */
#define FIREJAIL_MAX_FILTERS 16u

struct firejail_entry {
    uint32_t nr;
    uint32_t action;
    const struct cordon_cond *cond; /* if it doesn't hold, the call is allowed */
    struct cordon_place place;
};

/* A filter for one ABI. The first entry for a number decides; otherwise `rest`. */
struct firejail_filter {
    enum cordon_abi_id abi;
    uint32_t rest;
    struct cordon_place place;
    struct firejail_entry *entries;
    uint32_t count;
    size_t room;
};

/* The newest first. */
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
/* The action of seccomp.block-secondary. */
uint32_t firejail_block_error(const struct firejail *firejail);
/* A machine's 32-bit ABI; its own if there is none. */
enum cordon_abi_id firejail_secondary_abi(const struct cordon_abi *host);

/* stack.c: adds rules for all filters to the tree; frees the filters. */
void firejail_stack(struct firejail *firejail, struct firejail_filters *filters);

#endif
