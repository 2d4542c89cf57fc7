/* SPDX-License-Identifier: MIT */
/* checker.h: shared by the checks: what is asked of the graph, and how they report. */
#ifndef ANALYSIS_CHECKER_H
#define ANALYSIS_CHECKER_H

#include "cordon/check.h"

struct checker {
    const struct cordon_check_input *input;
    struct cordon_reporter *reporter;
    const struct cordon_abi *abi; /* the current one; NULL: the whole */
};

/* ---- how far calls are allowed ---- */

enum openness { CLOSED, CHECKED, OPEN };

/* CORDON_NO_ID: closed, as is a call that the ABI lacks. */
enum openness openness_of(const struct checker *checker, const struct cordon_abi *abi, uint16_t id);
enum openness openness_of_name(const struct checker *checker, const char *name);
enum openness openness_of_arch(const struct checker *checker, uint32_t arch);
/* The number of calls of an ABI that are allowed whatever their arguments. */
uint32_t count_open(const struct checker *checker, const struct cordon_abi *abi);
cordon_node verdicts_of(const struct checker *checker, const struct cordon_abi *abi, uint32_t nr);
/* Does a call fail or die whatever its arguments? Not where another process decides. */
bool is_closed(const struct checker *checker, uint16_t id, uint32_t *answer);
/* The same, but other than with ENOSYS, which makes callers try an older call. */
bool is_refused(const struct checker *checker, uint16_t id);
/* Is a number of the current ABI allowed that no call has? */
bool allows_unknown(const struct checker *checker);
/* Is one of the policy's rules what decides the call? */
bool is_decided_by_rule(const struct checker *checker, uint16_t id);
uint16_t id_of(const char *name);
/* CORDON_NO_NR: the ABI lacks the call. */
uint32_t nr_of(const struct cordon_abi *abi, uint16_t id);

/* ---- reports ---- */

/* The place of what allows a call of the current ABI, or else of what denies it. */
struct cordon_place place_of(const struct checker *checker, uint16_t id, bool allowing);
void tell(const struct checker *checker, enum cordon_lint lint, struct cordon_place place,
          const char *hint, const char *format, ...) __attribute__((format(printf, 5, 6)));

/* repair.c: "add "mkdirat" to "names"", for the rule at the lint's place. */
void repair_by_adding(const struct checker *checker, const uint16_t *calls, uint32_t count,
                      char *text, size_t room);

/* The form of the comparison of `arg` with `value` that looks at 32 bits. */
void repair_by_masking(const struct checker *checker, const char *arg, uint32_t value, char *text,
                       size_t room);

/* ---- the checks ---- */

void check_orders(struct checker *checker);
void check_nothing(struct checker *checker);
/* check_abis.c: is the filter for machines that have this ABI? */
bool is_meant(const struct checker *checker, const struct cordon_abi *abi);
void check_abis(struct checker *checker);      /* of the whole */
void check_arguments(struct checker *checker); /* these of one ABI */
void check_calls(struct checker *checker);
void check_siblings(struct checker *checker);
void check_essentials(struct checker *checker);
void check_age(struct checker *checker);

#endif
