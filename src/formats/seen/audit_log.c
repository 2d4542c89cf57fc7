/* SPDX-License-Identifier: MIT */
/* audit_log.c: outcomes of calls, and records that are missing, in a log of the audit system. */
#include "audit_log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reading.h"

#define RUN_APART 100000u /* serials further apart belong to another boot, or to another log */

/* ---- dropped records ---- */

/* The decimal number that ends before `at`. */
static uint64_t number_before(const char *line, const char *at)
{
    const char *digits = at;
    uint64_t number = 0;
    while (digits > line && reading_is_digit(digits[-1]))
        digits--;
    for (; digits < at && number < UINT32_MAX; digits++)
        number = number * 10 + (uint64_t)(*digits - '0');
    return number;
}

bool audit_log_drop(struct audit_log *log, const struct lines *lines)
{
    const char *line = lines->line, *end = lines->end;
    static const char *const others[] = {"hold queue overflow", "backlog limit exceeded",
                                         "rate limit exceeded", "audit_lost="};
    const char *at = line_find(line, end, " callbacks suppressed");
    uint64_t dropped = at ? number_before(line, at) : UINT64_MAX;
    if (!line_find(line, end, "audit"))
        return false;
    for (size_t i = 0; i < sizeof others / sizeof *others && !at; i++)
        at = line_find(line, end, others[i]);
    if (!at || line_find(at, end, "audit_lost=0 "))
        return false;
    if (!log->dropped)
        log->first_drop = lines_place(lines, log->tree->name, at, 1);
    log->dropped = dropped > UINT64_MAX - log->dropped ? UINT64_MAX : log->dropped + dropped;
    return true;
}

/* ---- serials ---- */

static void end_run(struct audit_log *log)
{
    uint64_t span = log->last_serial - log->first_serial + 1;
    if (log->has_serial && span > log->serials)
        log->missing += span - log->serials;
    log->has_serial = false;
}

/* Lines can be out of order, so a run is counted as a whole: its span, and the serials in it. */
void audit_log_serial(struct audit_log *log, const struct lines *lines)
{
    const char *end = lines->end;
    const char *at = line_find(lines->line, end, "audit("), *close = NULL, *colon;
    close = at ? memchr(at, ')', (size_t)(end - at)) : NULL;
    colon = close ? memrchr(at, ':', (size_t)(close - at)) : NULL;
    uint64_t serial = colon ? number_before(colon + 1, close) : 0;
    if (!serial)
        return;
    bool hole = log->has_serial && serial > log->last_serial + 1;
    if (!log->has_serial || serial + RUN_APART < log->first_serial ||
        serial > log->last_serial + RUN_APART) {
        end_run(log);
        log->has_serial = true;
        log->first_serial = log->last_serial = serial;
        log->previous_serial = log->serials = 0;
        hole = false;
    }
    if (hole && !log->first_hole.line)
        log->first_hole = lines_place(lines, log->tree->name, at, 1);
    log->serials += serial != log->previous_serial;
    log->previous_serial = serial;
    log->first_serial = serial < log->first_serial ? serial : log->first_serial;
    log->last_serial = serial > log->last_serial ? serial : log->last_serial;
}

/* ---- outcomes ---- */

/* The kernel's record has the filter's action as a number, ausearch -i as a word. */
static bool outcome_of(const char *code, size_t length, enum audit_outcome *outcome)
{
    static const struct {
        const char *code;
        enum audit_outcome outcome;
    } outcomes[] = {
        {"0x0", AUDIT_KILLED},         {"0x80000000", AUDIT_KILLED},   {"kill", AUDIT_KILLED},
        {"kill-thread", AUDIT_KILLED}, {"kill-process", AUDIT_KILLED}, {"0x30000", AUDIT_DENIED},
        {"trap", AUDIT_DENIED},        {"0x50000", AUDIT_DENIED},      {"errno", AUDIT_DENIED},
        {"0x7ffc0000", AUDIT_LOGGED},  {"log", AUDIT_LOGGED},          {"0x7fff0000", AUDIT_LOGGED},
        {"allow", AUDIT_LOGGED}};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        if (strlen(outcomes[i].code) == length && !memcmp(outcomes[i].code, code, length)) {
            *outcome = outcomes[i].outcome;
            return true;
        }
    return false;
}

/* Adds a name to a list, once; what doesn't fit becomes "…". */
static void add_name(char *list, size_t room, const char *name)
{
    size_t used = strlen(list), length = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at++)
        if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ','))
            return;
    if (used && !strcmp(list + used - 3, "..."))
        return;
    bool fits = used + length + sizeof ", , ..." < room;
    snprintf(list + used, room - used, "%s%s", used ? ", " : "", fits ? name : "...");
}

void audit_log_outcome(struct audit_log *log, const char *code, size_t length, const char *call,
                       struct cordon_place place)
{
    enum audit_outcome outcome;
    if (!outcome_of(code, length, &outcome))
        return;
    if (!log->outcomes[outcome].records++)
        log->outcomes[outcome].first = place;
    add_name(log->outcomes[outcome].calls, sizeof log->outcomes[outcome].calls, call);
}

/* ---- reports ---- */

static void tell_outcome(struct audit_log *log, enum audit_outcome outcome, const char *what)
{
    uint32_t records = log->outcomes[outcome].records;
    struct cordon_message message = cordon_policy_message(log->tree->policy, CORDON_NOTE, CORDON_OK,
                                                          log->outcomes[outcome].first, NULL);
    if (records)
        cordon_reporter_tell(log->tree->reporter, &message,
                             "%s in %" PRIu32 " %s, allowed by this policy: %s", what, records,
                             records == 1 ? "record" : "records", log->outcomes[outcome].calls);
}

void audit_log_tell(struct audit_log *log)
{
    static const char hint[] = "auditd writes more records than the kernel's log; see auditctl -b";
    end_run(log);
    tell_outcome(log, AUDIT_KILLED, "killed");
    tell_outcome(log, AUDIT_DENIED, "denied");
    if (log->dropped == UINT64_MAX)
        cordon_tree_warn(log->tree, CORDON_LINT_RECORD_GAPS, log->first_drop, hint,
                         "the log has gaps: records were dropped, and with them perhaps calls");
    else if (log->dropped)
        cordon_tree_warn(log->tree, CORDON_LINT_RECORD_GAPS, log->first_drop, hint,
                         "the log has gaps: %" PRIu64 " records were dropped, and with them "
                         "perhaps calls",
                         log->dropped);
    if (log->missing)
        cordon_tree_warn(log->tree, CORDON_LINT_RECORD_GAPS, log->first_hole, NULL,
                         "%" PRIu64 " serial numbers are missing: other records, or lost calls",
                         log->missing);
}
