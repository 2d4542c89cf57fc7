/* SPDX-License-Identifier: MIT */
/* oci_words.c: the names of actions, operators and machines in container profiles. */
#include <stdio.h>

#include "oci.h"
#include "scmp.h"

/* KILL is another name of KILL_THREAD. It comes last, so that it isn't written. */
static const struct {
    const char *name;
    uint32_t action;
} actions[] = {{"SCMP_ACT_ALLOW", (uint32_t)CORDON_ALLOW},
               {"SCMP_ACT_LOG", (uint32_t)CORDON_LOG},
               {"SCMP_ACT_TRACE", (uint32_t)CORDON_TRACE},
               {"SCMP_ACT_NOTIFY", (uint32_t)CORDON_USER_NOTIF},
               {"SCMP_ACT_ERRNO", (uint32_t)CORDON_ERRNO},
               {"SCMP_ACT_TRAP", (uint32_t)CORDON_TRAP},
               {"SCMP_ACT_KILL_THREAD", (uint32_t)CORDON_KILL_THREAD},
               {"SCMP_ACT_KILL_PROCESS", (uint32_t)CORDON_KILL_PROCESS},
               {"SCMP_ACT_KILL", (uint32_t)CORDON_KILL_THREAD}};

#define ACTIONS (sizeof actions / sizeof *actions)

const char *const oci_op_names[] = {[SCMP_NE] = "SCMP_CMP_NE",
                                    [SCMP_LT] = "SCMP_CMP_LT",
                                    [SCMP_LE] = "SCMP_CMP_LE",
                                    [SCMP_EQ] = "SCMP_CMP_EQ",
                                    [SCMP_GE] = "SCMP_CMP_GE",
                                    [SCMP_GT] = "SCMP_CMP_GT",
                                    [SCMP_MASKED_EQ] = "SCMP_CMP_MASKED_EQ"};

#define OPS (sizeof oci_op_names / sizeof *oci_op_names)

const char *oci_action_name(uint32_t action)
{
    for (size_t i = 0; i < ACTIONS; i++)
        if (actions[i].action == action)
            return actions[i].name;
    return NULL;
}

/* SCMP_ARCH_… names: cordon's names in upper case, except one. */
const char *oci_arch_name(enum cordon_abi_id abi)
{
#define ARCH(id, name, token, bits, big) "SCMP_ARCH_" #id,
    static const char *const names[] = {CORDON_ABIS(ARCH)};
#undef ARCH
    return abi == CORDON_ABI_I386 ? "SCMP_ARCH_X86" : names[abi];
}

static const char *nth_action(uint32_t index)
{
    return actions[index].name;
}

static const char *nth_op(uint32_t index)
{
    return oci_op_names[index];
}

static const char *nth_arch(uint32_t index)
{
    return oci_arch_name((enum cordon_abi_id)index);
}

/* The index of a word of a table; -1: reported. */
static int find_word(struct document *document, const struct value *value, const char *what,
                     uint32_t count, const char *(*nth)(uint32_t index))
{
    char hint[160];
    if (!value_is(document, value, VALUE_TEXT, what))
        return -1;
    for (uint32_t i = 0; i < count; i++)
        if (value_equals(value, nth(i)))
            return (int)i;
    const char *near = cordon_name_nearest(value->text, value->length, count, nth);
    snprintf(hint, sizeof hint, near ? "did you mean %s?" : "%s", near ? near : "");
    cordon_tree_error(document->tree, CORDON_E_NAME, value_place(document, value), hint,
                      "%s cannot be \"%.60s\"", what, value->text);
    return -1;
}

int oci_find_action(struct document *document, const struct value *value, const char *what,
                    uint32_t *action)
{
    int index = find_word(document, value, what, ACTIONS, nth_action);
    if (index >= 0)
        *action = actions[index].action;
    return index;
}

int oci_find_op(struct document *document, const struct value *value)
{
    return find_word(document, value, "\"op\"", OPS, nth_op);
}

int oci_find_arch(struct document *document, const struct value *value)
{
    return find_word(document, value, "an architecture", CORDON_ABI_COUNT, nth_arch);
}

/* The machine's name in Go; mostly cordon's. */
const char *oci_machine_name(enum cordon_abi_id abi)
{
    static const char *const others[CORDON_ABI_COUNT] = {[CORDON_ABI_X86_64] = "amd64",
                                                         [CORDON_ABI_I386] = "x86",
                                                         [CORDON_ABI_AARCH64] = "arm64",
                                                         [CORDON_ABI_LOONGARCH64] = "loong64"};
    return others[abi] ? others[abi] : cordon_abi(abi)->name;
}
