/* SPDX-License-Identifier: MIT */
/* action.c: the actions of filters, by value, by name and as text. */
#include "cordon/action.h"

#include <string.h>

#include "cordon/abi.h"

static const struct cordon_action actions[] = {
#define ROW(id, name, value, data) {name, value, data},
    CORDON_ACTIONS(ROW)
#undef ROW
};

#define ACTIONS (sizeof actions / sizeof *actions)

const struct cordon_action *cordon_action_of(uint32_t return_value)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (actions[i].value == (return_value & CORDON_ACTION_FULL))
            return &actions[i];
    return NULL;
}

const struct cordon_action *cordon_action_nth(uint32_t index)
{
    return index < ACTIONS ? &actions[index] : NULL;
}

const struct cordon_action *cordon_action_by_name(const char *name, uint32_t length)
{
    if (length == 4 && !memcmp(name, "kill", 4))
        return cordon_action_of((uint32_t)CORDON_KILL_THREAD);
    for (size_t i = 0; i < ACTIONS; i++)
        if (strlen(actions[i].name) == length && !memcmp(actions[i].name, name, length))
            return &actions[i];
    return NULL;
}

/* Errno numbers differ between machines. These are the generic ones, as on x86 and arm. */
static const char *errno_name(uint32_t number)
{
    uint16_t set = cordon_constant_set_by_name("errno", 5);
    return cordon_constant_name(cordon_abi(CORDON_ABI_X86_64), set, number);
}

static void print_data(struct cordon_sink *sink, const struct cordon_action *action, uint32_t data)
{
    const char *name = action->value == CORDON_ERRNO && data ? errno_name(data) : NULL;
    cordon_sink_text(sink, "(");
    if (name)
        cordon_sink_text(sink, name);
    else
        cordon_sink_decimal(sink, data);
    cordon_sink_text(sink, ")");
}

void cordon_action_print(struct cordon_sink *sink, uint32_t return_value)
{
    const struct cordon_action *action = cordon_action_of(return_value);
    if (!action) {
        cordon_sink_text(sink, "unknown(");
        cordon_sink_hex(sink, return_value, 8);
        cordon_sink_text(sink, ")");
        return;
    }
    uint32_t data = return_value & CORDON_ACTION_DATA;
    bool kills = action->value == (uint32_t)CORDON_KILL_PROCESS ||
                 action->value == (uint32_t)CORDON_KILL_THREAD;
    cordon_sink_text(sink, action->name);
    if (action->has_data && (data || !kills))
        print_data(sink, action, data);
}

int cordon_action_compare(uint32_t a, uint32_t b)
{
    int32_t first = (int32_t)(a & CORDON_ACTION_FULL), second = (int32_t)(b & CORDON_ACTION_FULL);
    return (first > second) - (first < second);
}

bool cordon_action_runs(uint32_t return_value)
{
    return cordon_action_compare(return_value, (uint32_t)CORDON_LOG) >= 0;
}
