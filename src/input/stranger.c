/* SPDX-License-Identifier: MIT */
/* stranger.c: recognizes texts of other tools that aren't read. */
#include "stranger.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "cordon/abi.h"

struct line {
    const char *at, *end; /* without blanks at both ends */
    bool indented;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next line that isn't blank or a comment; false: there is none. */
static bool next_line(struct line *line, const char **at, const char *end)
{
    while (*at < end) {
        const char *start = *at, *newline = memchr(start, '\n', (size_t)(end - start));
        const char *stop = newline ? newline : end;
        *at = newline ? newline + 1 : end;
        line->indented = is_blank(*start);
        while (start < stop && is_blank(*start))
            start++;
        while (stop > start && is_blank(stop[-1]))
            stop--;
        line->at = start;
        line->end = stop;
        if (start < stop && *start != '#')
            return true;
    }
    return false;
}

static bool begins(const struct line *line, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(line->end - line->at) >= length && !memcmp(line->at, word, length);
}

/* if ($arch == 3221225534) */
static bool is_pfc(const char *text, const char *end)
{
    struct line line;
    return next_line(&line, &text, end) && begins(&line, "if ($arch ");
}

/* Two fields that all resources have, and a kind that isn't read. */
static bool is_resource(const char *text, const char *end)
{
    bool version = false, other = false;
    for (struct line line; next_line(&line, &text, end);) {
        if (line.indented)
            continue;
        version |= begins(&line, "apiVersion:");
        if (begins(&line, "kind: SeccompProfile"))
            return false;
        other |= begins(&line, "kind:");
    }
    return version && other;
}

/* r0 = 0x7fff0000, after the index and the code of the instruction: 12: (b7) */
static bool is_ebpf(const char *text, const char *end)
{
    struct line line;
    if (!next_line(&line, &text, end))
        return false;
    const char *at = line.at;
    while (at < line.end && *at >= '0' && *at <= '9')
        at++;
    return at > line.at && line.end - at > 6 && !memcmp(at, ": (", 3) && at[5] == ')';
}

/* read, ~mount, socket AF_NETLINK - 1: each line is the name of a call, perhaps with arguments. */
static bool is_snapd(const char *text, const char *end)
{
    unsigned lines = 0;
    for (struct line line; next_line(&line, &text, end); lines++) {
        if (begins(&line, "@unrestricted") || begins(&line, "@complain"))
            continue;
        const char *name = line.at + (*line.at == '~'), *stop = name;
        while (stop < line.end && !is_blank(*stop))
            stop++;
        if (cordon_syscall_id(name, (uint32_t)(stop - name)) == CORDON_NO_ID)
            return false;
    }
    return lines > 1;
}

static const struct {
    struct stranger stranger;
    bool (*is)(const char *text, const char *end);
} strangers[] = {
    {{"libseccomp's pseudo filter code (PFC)",
      "seccomp_export_bpf(3) writes the filter itself, which can be read"},
     is_pfc},
    {{"a Kubernetes resource, but no SeccompProfile",
      "give the profile in it as a file of its own"},
     is_resource},
    {{"an eBPF program", "filters of seccomp are classic BPF programs"}, is_ebpf},
    {{"snapd's template: a list of calls",
      "cordon show pid:NUMBER reads the filter of a running snap"},
     is_snapd},
};

const struct stranger *stranger_find(const char *text, size_t length)
{
    for (size_t i = 0; length && i < sizeof strangers / sizeof *strangers; i++)
        if (strangers[i].is(text, text + length))
            return &strangers[i].stranger;
    return NULL;
}
