/* SPDX-License-Identifier: MIT */
/*
 * next.h: what a stopped thread does next. Handlers return it, and the loop alone applies it.
 *
 * A thread leaves the entry of a call only with a pass, which judge.c makes when it has decided
 * about the call. What needs none can't express that.
 */
#ifndef NEXT_H
#define NEXT_H

/* That judge.c has decided about the call at the thread's current stop. Defined nowhere. */
struct pass;

enum next_kind {
    NEXT_STAND,  /* it stays stopped: others let it go later, or it is gone */
    NEXT_GO,     /* from a stop that is no entry, to the next one that matters */
    NEXT_CALL,   /* from the entry of its call, which is made */
    NEXT_STEP,   /* to its very next stop, whatever that is */
    NEXT_LISTEN, /* it stays stopped with its process, and hears of SIGCONT */
    NEXT_LEAVE,  /* its calls don't matter: they are ours, or it makes no more */
    /* Of handlers of calls; stops.c knows what follows. */
    NEXT_ALLOWED, /* the call may be made: its own handler is asked, if it has one */
    NEXT_DONE     /* the call is over: its tracer may look, and it goes on */
};

struct next {
    enum next_kind kind;
    int signal;
    const struct pass *pass;
};

static inline struct next next_stand(void)
{
    return (struct next){.kind = NEXT_STAND};
}

static inline struct next next_go(int signal)
{
    return (struct next){.kind = NEXT_GO, .signal = signal};
}

/* Without a pass it stands, here and below: it was gone when the pass should have been made. */
static inline struct next next_call(const struct pass *pass)
{
    return (struct next){.kind = pass ? NEXT_CALL : NEXT_STAND, .pass = pass};
}

static inline struct next next_allowed(const struct pass *pass)
{
    return (struct next){.kind = pass ? NEXT_ALLOWED : NEXT_STAND, .pass = pass};
}

static inline struct next next_step(int signal)
{
    return (struct next){.kind = NEXT_STEP, .signal = signal};
}

/* From the entry of a call. */
static inline struct next next_step_call(const struct pass *pass)
{
    return (struct next){.kind = pass ? NEXT_STEP : NEXT_STAND, .pass = pass};
}

static inline struct next next_listen(void)
{
    return (struct next){.kind = NEXT_LISTEN};
}

static inline struct next next_leave(int signal)
{
    return (struct next){.kind = NEXT_LEAVE, .signal = signal};
}

static inline struct next next_done(void)
{
    return (struct next){.kind = NEXT_DONE};
}

#endif
