/* SPDX-License-Identifier: MIT */
/*
 * audit_log.h: what a log says beside the calls in it: what became of them, and whether records are
 * missing. The kernel drops records when many are written, and without auditd most of them.
 */
#ifndef FORMATS_AUDIT_LOG_H
#define FORMATS_AUDIT_LOG_H

#include "cordon/tree.h"
#include "lines.h"

enum audit_outcome { AUDIT_LOGGED, AUDIT_DENIED, AUDIT_KILLED, AUDIT_OUTCOMES };

struct audit_log {
    struct cordon_tree *tree;
    struct {
        uint32_t records;
        struct cordon_place first;
        char calls[120]; /* names, each once, while they fit */
    } outcomes[AUDIT_OUTCOMES];
    uint64_t dropped; /* as the kernel says; UINT64_MAX: it doesn't say how many */
    struct cordon_place first_drop;
    bool has_serial; /* of the current run: since a boot */
    uint64_t first_serial, last_serial, previous_serial, serials, missing;
    struct cordon_place first_hole;
};

/* Is the line the kernel's message that records were dropped? */
bool audit_log_drop(struct audit_log *log, const struct lines *lines);
/* The serial of a record, the number after the colon in audit(1.2:3); several
 * lines belong to one record. */
void audit_log_serial(struct audit_log *log, const struct lines *lines);
/* What became of a call: `code` is the text after "code=". */
void audit_log_outcome(struct audit_log *log, const char *code, size_t length, const char *call,
                       struct cordon_place place);
/* Reports what was found. */
void audit_log_tell(struct audit_log *log);

#endif
