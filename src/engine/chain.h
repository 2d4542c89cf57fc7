/* SPDX-License-Identifier: MIT */
/*
 * chain.h: what a filter and a listener are inside, and what the files of the facility ask of each
 * other. Private to the engine.
 */
#ifndef ENGINE_CHAIN_H
#define ENGINE_CHAIN_H

#include "cordon/facility.h"
#include "cordon/specialise.h"

/*
 * Filters form a tree that grows at its leaves: each knows the one that was newest when it was
 * installed. A thread's chain leads from its newest filter to the root; forks share tails.
 */
struct cordon_filter {
    const struct cordon_host *host;
    struct cordon_filter *older;
    uint32_t users;      /* threads whose newest it is, and younger filters with users */
    uint32_t references; /* threads, younger filters, an open listener; freed at 0 */
    uint32_t flags;
    uint32_t cost;                    /* its length as the kernel counts it: chain_cost() */
    struct cordon_listener *listener; /* NULL: never had one, or it is closed */
    struct cordon_plan *plan; /* of the chain from here; NULL: no thread's newest any more */
    struct cordon_program program;
    struct cordon_insn insns[];
};

struct cordon_listener {
    struct cordon_filter *filter;
    void *context;
    uint64_t next_id;
    uint32_t requests; /* RECV takes one, or waits; a request cancelled unread stays counted */
    struct cordon_task *first, *last; /* targets that wait, oldest first */
};

/* ---- chain.c ---- */

/* Room for a program of this length, nothing filled in; NULL: no memory. */
struct cordon_filter *chain_filter_make(const struct cordon_host *host, uint32_t length,
                                        uint32_t flags);
/* One that no thread ever had. */
void chain_filter_discard(struct cordon_filter *filter);
/* The length of a program after the kernel's translation. */
uint32_t chain_cost(const struct cordon_program *program);
/*
 * Makes the filter the newest of the thread, and with TSYNC of its siblings: 0, or why not (a
 * negative errno, or the id of a thread that can't be synchronised), and nothing has changed.
 */
int64_t chain_attach(struct cordon_task *task, struct cordon_filter *filter, uint32_t flags);
/* An open listener refers to its filter. */
void chain_refer(struct cordon_filter *filter);
void chain_unrefer(struct cordon_filter *filter);

/* ---- notify.c ---- */

/* A listener of a filter that isn't attached yet; NULL: no memory. */
struct cordon_listener *notify_listener_make(struct cordon_filter *filter);
/* Before it could be used. */
void notify_listener_discard(struct cordon_listener *listener);
/* The call of the thread waits for the filter's supervisor from now on. */
void notify_begin(struct cordon_task *task, const struct cordon_filter *filter,
                  const struct cordon_data *data);
/* The waiting target with this id, or NULL. */
struct cordon_task *notify_find(const struct cordon_listener *listener, uint64_t id);

/* ---- log.c ---- */

/* A record, if actions_logged and, where that matters, the filter's LOG flag require it. */
void log_verdict(struct cordon_task *task, const struct cordon_filter *filter, uint32_t verdict,
                 const struct cordon_data *data, int signal);

#endif
