/* SPDX-License-Identifier: MIT */
/* log.c: which verdicts are logged, and the names in actions_logged. */
#include <errno.h>
#include <string.h>

#include "chain.h"
#include "cordon/action.h"

/* A bit per action, in the order of the table. */
enum {
#define ROW(name, word, value, data) ROW_##name,
    CORDON_ACTIONS(ROW)
#undef ROW
        ROWS
};

#define BIT(row) (1u << (row))

/* One set for all tasks, as in the kernel. This is the engine's only writable variable. */
static _Atomic uint32_t logged = BIT(ROWS) - 1 - BIT(ROW_ALLOW);

static const struct {
    uint32_t value;
    char name[13];
    bool needs_flag; /* only if the filter was installed with LOG */
} rows[ROWS] = {
#define ALWAYS(row)                  ((row) == ROW_KILL_PROCESS || (row) == ROW_KILL_THREAD || (row) == ROW_LOG)
#define ROW(name, word, value, data) {value, word, !ALWAYS(ROW_##name)},
    CORDON_ACTIONS(ROW)
#undef ROW
#undef ALWAYS
};

static unsigned row_of(uint32_t verdict)
{
    for (unsigned i = 0; i < ROWS; i++)
        if (rows[i].value == (verdict & CORDON_ACTION_FULL))
            return i;
    return ROW_KILL_PROCESS; /* the action of unknown ones */
}

void log_verdict(struct cordon_task *task, const struct cordon_filter *filter, uint32_t verdict,
                 const struct cordon_data *data, int signal)
{
    unsigned row = row_of(verdict);
    if (!(logged & BIT(row)))
        return;
    if (rows[row].needs_flag && !(filter && filter->flags & CORDON_FLAG_LOG))
        return;
    struct cordon_log_record record = {data, verdict & CORDON_ACTION_FULL, signal};
    task->host->log(task, &record);
}

/* ---- actions_logged ---- */

static uint32_t name_length(const char *text, uint32_t length)
{
    uint32_t n = 0;
    while (n < length && text[n] && text[n] != ' ')
        n++;
    return n;
}

uint32_t cordon_actions_logged(char *text, uint32_t room)
{
    uint32_t bits = logged, length = 0;
    for (unsigned i = 0; i < ROWS; i++) {
        if (!(bits & BIT(i)))
            continue;
        if (length && length++ < room)
            text[length - 1] = ' ';
        for (const char *c = rows[i].name; *c; c++)
            if (length++ < room)
                text[length - 1] = *c;
    }
    if (room)
        text[length < room ? length : room - 1] = '\0';
    return length;
}

/* The kernel's buffer ends where the list of all names would end; a line ends at the newline. */
static uint32_t line_length(const char *text, uint32_t length)
{
    uint32_t most = sizeof CORDON_ACTIONS_AVAIL - 1, n = 0;
    while (n < length && n < most && text[n] && text[n] != '\n')
        n++;
    return n;
}

static bool find_row(const char *name, uint32_t length, unsigned *row)
{
    for (*row = 0; *row < ROWS; ++*row)
        if (name_length(rows[*row].name, sizeof rows[*row].name) == length &&
            !memcmp(rows[*row].name, name, length))
            return true;
    return false;
}

int64_t cordon_actions_log(const char *text, uint32_t length)
{
    uint32_t bits = 0, end = line_length(text, length);
    for (uint32_t at = 0; at < end;) {
        uint32_t name = name_length(text + at, end - at);
        unsigned row;
        if (name == 0)
            break; /* two blanks: the rest isn't read */
        if (!find_row(text + at, name, &row))
            return -EINVAL;
        bits |= BIT(row);
        at += name + 1;
    }
    if (bits & BIT(ROW_ALLOW))
        return -EINVAL;
    logged = bits;
    return 0;
}
