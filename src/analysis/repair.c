/* SPDX-License-Identifier: MIT */
/* repair.c: what to write instead, in the format that the policy is written in. */
#include "checker.h"

#include <stdio.h>
#include <string.h>

/* How a rule of each format gets more calls: before the first, between two, after the last. */
static const struct {
    const char *format, *before, *between, *after;
} additions[] = {
    {"cordon", "name ", ", ", " in this rule, too"},
    {"oci", "add \"", "\", \"", "\" to \"names\""},
    {"k8s", "add ", ", ", " to names"},
    {"minijail", "the same line for ", ", ", ""},
    {"kafel", "add ", ", ", " to this list"},
    {"systemd", "add ", " ", " to SystemCallFilter="},
    {"firejail", "add ", ",", " to this list"},
    {"seccompiler", "the same rule with {\"syscall\": \"", "\"}, {\"syscall\": \"", "\"}"},
    {NULL, "the same for ", ", ", ""},
};

static void append(char *text, size_t room, const char *more)
{
    size_t length = strlen(text);
    snprintf(text + length, room - length, "%s", more);
}

void repair_by_adding(const struct checker *checker, const uint16_t *calls, uint32_t count,
                      char *text, size_t room)
{
    const struct cordon_policy *policy = checker->input->policy;
    size_t row = 0;
    while (additions[row].format &&
           !(policy && policy->format && !strcmp(policy->format, additions[row].format)))
        row++;
    snprintf(text, room, "%s", additions[row].before);
    for (uint32_t i = 0; i < count; i++) {
        append(text, room, i ? additions[row].between : "");
        append(text, room, cordon_syscall_name(calls[i]));
    }
    append(text, room, additions[row].after);
}

/* How a comparison of each format looks at 32 bits: %s is the argument, %u the value. */
void repair_by_masking(const struct checker *checker, const char *arg, uint32_t value, char *text,
                       size_t room)
{
    const struct cordon_policy *policy = checker->input->policy;
    const char *format = policy && policy->format ? policy->format : "";
    unsigned number = (unsigned)value;
    if (!strcmp(format, "oci") || !strcmp(format, "k8s"))
        snprintf(text, room,
                 "compare single values: \"value\": 4294967295, \"valueTwo\": %u, \"op\": "
                 "\"SCMP_CMP_MASKED_EQ\"",
                 number);
    else if (!strcmp(format, "kafel"))
        snprintf(text, room, "(%s & 0xffffffff) == %u", arg, number);
    else if (!strcmp(format, "seccompiler"))
        snprintf(text, room, "\"type\": \"dword\"");
    else if (!strcmp(format, "cordon"))
        snprintf(text, room, "without \"whole\", what the kernel uses is compared");
    else if (!strcmp(format, "minijail"))
        snprintf(text, room, "minijail cannot mask here: allow single values with ==");
    else
        snprintf(text, room, "compare %s & 0xffffffff with %u", arg, number);
}
