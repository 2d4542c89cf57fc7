/* SPDX-License-Identifier: MIT */
/*
 * chain.h: the inside of filters and listeners, and the functions that the facility's files share.
 * Private to the engine.
 */
#ifndef ENGINE_CHAIN_H
#define ENGINE_CHAIN_H

#include "cordon/abi.h"
#include "cordon/facility.h"
#include "cordon/specialise.h"

/*
 * Filters form a tree that grows at its leaves: each refers to the one that was newest when it was
 * installed. A thread's chain leads from its newest filter to the root; forks share tails.
 */
struct cordon_filter {
    const struct cordon_host *host;
    struct cordon_filter *older;
    uint32_t users;      /* threads that have it as their newest, and younger filters with users */
    uint32_t references; /* threads, younger filters, an open listener; freed at 0 */
    uint32_t flags;
    bool is_nested; /* it has a listener, and an older filter had an open one */
    uint32_t cost;                    /* its length as the kernel counts it: see chain_cost() */
    struct cordon_listener *listener; /* NULL: never had one, or it is closed */
    struct cordon_plan *plan; /* of the chain from here on; NULL: it is no thread's newest now */
    struct cordon_program program;
    struct cordon_insn insns[];
};

struct cordon_listener {
    struct cordon_filter *filter;
    void *context;
    uint64_t next_id;
    uint32_t requests; /* RECV takes one, or waits; a request cancelled unread leaves one */
    struct cordon_task *first, *last; /* waiting targets, oldest first */
};

/* Does the kernel whose rules apply have what came with this version (CORDON_LINUX())? */
static inline bool rules_since(const struct cordon_host *host, uint16_t version)
{
    return !host->rules.kernel || host->rules.kernel >= version;
}

/* ---- chain.c ---- */

/* Allocates a filter for a program of this length, unfilled; NULL: no memory. */
struct cordon_filter *chain_filter_make(const struct cordon_host *host, uint32_t length,
                                        uint32_t flags);
/* Frees a filter that no thread ever had. */
void chain_filter_discard(struct cordon_filter *filter);
/* The length of a program after the kernel's translation. */
uint32_t chain_cost(const struct cordon_program *program);
/*
 * Makes the filter the newest one of the thread, and with TSYNC of its siblings. 0, or the reason
 * of failure (a negative errno, or the id of a thread that can't be synchronised); then nothing has
 * changed.
 */
int64_t chain_attach(struct cordon_task *task, struct cordon_filter *filter, uint32_t flags);
/* An open listener holds a reference to its filter. */
void chain_refer(struct cordon_filter *filter);
void chain_unrefer(struct cordon_filter *filter);

/* ---- notify.c ---- */

/* Makes a listener of a filter that isn't attached yet; NULL: no memory. */
struct cordon_listener *notify_listener_make(struct cordon_filter *filter);
/* Drops a listener before it can be used. */
void notify_listener_discard(struct cordon_listener *listener);
/* The thread's call waits for the filter's supervisor from now on; `winner` has decided that. */
void notify_begin(struct cordon_task *task, const struct cordon_filter *filter,
                  const struct cordon_filter *winner, const struct cordon_data *data);
/* The waiting target with this id, or NULL. */
struct cordon_task *notify_find(const struct cordon_listener *listener, uint64_t id);

/* ---- log.c ---- */

/* Logs a record if actions_logged and, where it matters, the filter's LOG flag require it. */
void log_verdict(struct cordon_task *task, const struct cordon_filter *filter, uint32_t verdict,
                 const struct cordon_data *data, int signal);

#endif
