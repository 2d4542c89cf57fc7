/* SPDX-License-Identifier: MIT */
/*
 * lxc.c: reads LXC's seccomp profiles:
 *
 *     2
 *     denylist allow
 *     reject_force_umount
 *     [all]
 *     mount errno 1
 *     personality errno 1 [0,8,SCMP_CMP_EQ]
 *
 * The first line is the version. Version 1 is a list of allowed numbers of this machine's own ABI.
 * LXC adds each line of version 2 for all ABIs of the machine with seccomp_rule_add_exact(3); a
 * line [arch] only says whether the lines below it are for a machine of this kind.
 */
#include "lxc.h"

#include <string.h>

#include "lines.h"
#include "oci.h"
#include "reading.h"

struct lxc {
    struct cordon_tree *tree;
    struct scmp scmp;
    uint32_t default_action, rule_action;
    struct lines lines;
    bool *decided;  /* by call: a line without arguments was read */
    bool elsewhere; /* below the name of another machine's architecture */
};

struct word {
    const char *text;
    uint32_t length;
};

static struct cordon_place place_of(const struct lxc *lxc, const char *at, uint32_t length)
{
    return lines_place(&lxc->lines, lxc->tree->name, at, length);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* ---- architectures ---- */

/* A machine's ABIs, its own first; the others are at most two. */
static const enum cordon_abi_id machines[][3] = {
    {CORDON_ABI_X86_64, CORDON_ABI_I386, CORDON_ABI_X32},
    {CORDON_ABI_AARCH64, CORDON_ABI_ARM, CORDON_ABI_ARM},
    {CORDON_ABI_PPC64, CORDON_ABI_PPC, CORDON_ABI_PPC},
    {CORDON_ABI_MIPS64, CORDON_ABI_MIPS, CORDON_ABI_MIPS64N32},
    {CORDON_ABI_MIPSEL64, CORDON_ABI_MIPSEL, CORDON_ABI_MIPSEL64N32}};

uint32_t lxc_abis(const struct cordon_abi *host)
{
    uint32_t abis = UINT32_C(1) << host->id;
    for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
        if (machines[i][0] == host->id)
            abis |= UINT32_C(1) << machines[i][1] | UINT32_C(1) << machines[i][2];
    return abis;
}

/* [arm64]: the ABIs that the lines below are for; 0: unknown. */
static uint32_t abis_of_section(struct word name)
{
    static const struct {
        const char *names[2];
        enum cordon_abi_id abi;
    } sections[] = {{{"[x86]", "[X86]"}, CORDON_ABI_I386},
                    {{"[x32]", "[X32]"}, CORDON_ABI_X32},
                    {{"[x86_64]", "[X86_64]"}, CORDON_ABI_X86_64},
                    {{"[arm]", "[ARM]"}, CORDON_ABI_ARM},
                    {{"[arm64]", "[ARM64]"}, CORDON_ABI_AARCH64},
                    {{"[ppc64le]", "[PPC64LE]"}, CORDON_ABI_PPC64LE},
                    {{"[ppc64]", "[PPC64]"}, CORDON_ABI_PPC64},
                    {{"[ppc]", "[PPC]"}, CORDON_ABI_PPC},
                    {{"[mips64]", "[MIPS64]"}, CORDON_ABI_MIPS64},
                    {{"[mips64n32]", "[MIPS64N32]"}, CORDON_ABI_MIPS64N32},
                    {{"[mips]", "[MIPS]"}, CORDON_ABI_MIPS},
                    {{"[mipsel64]", "[MIPSEL64]"}, CORDON_ABI_MIPSEL64},
                    {{"[mipsel64n32]", "[MIPSEL64N32]"}, CORDON_ABI_MIPSEL64N32},
                    {{"[mipsel]", "[MIPSEL]"}, CORDON_ABI_MIPSEL},
                    {{"[s390x]", "[S390X]"}, CORDON_ABI_S390X},
                    {{"[s390]", "[S390]"}, CORDON_ABI_S390}};
    for (size_t i = 0; i < 2 * (sizeof sections / sizeof *sections); i++) {
        const char *known = sections[i / 2].names[i % 2];
        if (strlen(known) == name.length && !memcmp(known, name.text, name.length))
            return UINT32_C(1) << sections[i / 2].abi;
    }
    bool all =
        name.length == 5 && (!memcmp(name.text, "[all]", 5) || !memcmp(name.text, "[ALL]", 5));
    return all ? UINT32_MAX : 0;
}

static void read_section(struct lxc *lxc)
{
    struct word name = {lxc->lines.line, (uint32_t)(lxc->lines.end - lxc->lines.line)};
    while (name.length && name.text[name.length - 1] == '\r')
        name.length--;
    uint32_t abis = abis_of_section(name), here = lxc_abis(lxc->tree->host);
    struct cordon_place place = place_of(lxc, name.text, name.length);
    lxc->elsewhere = !(abis & here);
    if (!abis)
        cordon_tree_error(lxc->tree, CORDON_E_ARCH, place, "[x86], [x86_64], [arm64], [all], ...",
                          "LXC knows no architecture \"%.*s\"",
                          READING_WORD(name.text, name.length));
    else if (lxc->elsewhere)
        cordon_tree_warn(lxc->tree, CORDON_LINT_IGNORED_TEXT, place, NULL,
                         "the lines below are for other machines, and passed over");
    else if (abis != UINT32_MAX && abis != here)
        cordon_tree_warn(lxc->tree, CORDON_LINT_OTHER_ABI, place, NULL,
                         "LXC applies the lines below to all architectures of this machine");
}

/* ---- actions ---- */

static const struct {
    const char *name;
    uint32_t action;
} actions[] = {{"kill", (uint32_t)CORDON_KILL_THREAD},
               {"errno", (uint32_t)CORDON_ERRNO},
               {"allow", (uint32_t)CORDON_ALLOW},
               {"trap", (uint32_t)CORDON_TRAP},
               {"notify", (uint32_t)CORDON_USER_NOTIF}};

const char *lxc_action_name(uint32_t action)
{
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (actions[i].action == action)
            return actions[i].name;
    return NULL;
}

/* LXC reads a decimal number and ignores what follows it. */
static bool read_errno(struct lxc *lxc, const char *at, uint32_t *action)
{
    const char *number = skip_blanks(at, lxc->lines.end), *digit = number;
    uint64_t value = 0;
    bool negative = digit < lxc->lines.end && *digit == '-';
    for (digit += negative; digit < lxc->lines.end && reading_is_digit(*digit) && value < 1u << 30;)
        value = value * 10 + (uint64_t)(*digit++ - '0');
    struct cordon_place place = place_of(lxc, number, (uint32_t)(digit - number));
    if (digit == number + negative) {
        cordon_tree_error(lxc->tree, CORDON_E_SYNTAX, place_of(lxc, number, 1), NULL,
                          "expected a number after errno");
        return false;
    }
    if (line_begins(number, lxc->lines.end, "0x"))
        cordon_tree_warn(lxc->tree, CORDON_LINT_IGNORED_TEXT, place, "write it as a decimal number",
                         "LXC reads this as 0");
    *action |= (uint32_t)(negative ? 0 - value : value) & CORDON_ACTION_DATA;
    if ((*action & CORDON_ACTION_DATA) <= SCMP_MAX_ERRNO)
        return true;
    cordon_tree_error(lxc->tree, CORDON_E_RANGE, place, NULL, "an errno is larger than %u",
                      SCMP_MAX_ERRNO);
    return false;
}

/* LXC compares the beginning of the word only. */
static bool read_action(struct lxc *lxc, const char *at, uint32_t *action)
{
    at = skip_blanks(at, lxc->lines.end);
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (line_begins(at, lxc->lines.end, actions[i].name)) {
            *action = actions[i].action;
            return *action != (uint32_t)CORDON_ERRNO ||
                   read_errno(lxc, at + strlen(actions[i].name), action);
        }
    cordon_tree_error(lxc->tree, CORDON_E_NAME, place_of(lxc, at, 1),
                      at < lxc->lines.end && *at == '[' ? "the action comes before the arguments"
                                                        : NULL,
                      "expected kill, errno, allow, trap or notify");
    return false;
}

/* ---- arguments ---- */

struct arguments {
    struct scmp_arg list[CORDON_ARGS];
    unsigned count, seen;
};

static bool bad_argument(struct lxc *lxc, struct word word, const char *what)
{
    cordon_tree_error(
        lxc->tree, CORDON_E_SYNTAX, place_of(lxc, word.text, word.length ? word.length : 1),
        "[INDEX,VALUE,SCMP_CMP_EQ] or [INDEX,VALUE,SCMP_CMP_MASKED_EQ,MASK]", "expected %s", what);
    return false;
}

/* Takes the next part of an argument, which ends at a comma or at `end`. */
static struct word take_part(const char **at, const char *end)
{
    const char *start = skip_blanks(*at, end), *stop = start;
    while (stop < end && *stop != ',')
        stop++;
    *at = stop < end ? stop + 1 : stop;
    return (struct word){start, (uint32_t)(stop - start)};
}

static int op_of(struct word word)
{
    static const char *const signs[] = {
        [SCMP_NE] = "!=", [SCMP_LT] = "<", [SCMP_LE] = "<=",       [SCMP_EQ] = "==",
        [SCMP_GE] = ">=", [SCMP_GT] = ">", [SCMP_MASKED_EQ] = "&="};
    for (int op = 0; op <= SCMP_MASKED_EQ; op++)
        if ((strlen(signs[op]) == word.length && !memcmp(signs[op], word.text, word.length)) ||
            (strlen(oci_op_names[op]) == word.length &&
             !memcmp(oci_op_names[op], word.text, word.length)))
            return op;
    return -1;
}

/* The value of a masked comparison is under the mask, which is 0 if it is left out: then the
 * comparison always holds. */
static bool read_argument(struct lxc *lxc, const char *at, const char *end,
                          struct arguments *arguments)
{
    struct word index = take_part(&at, end), value = take_part(&at, end), op = take_part(&at, end),
                mask = take_part(&at, end);
    uint64_t which;
    struct scmp_arg arg = {0};
    int found = op_of(op);
    if (reading_number(index.text, index.length, &which) || which >= CORDON_ARGS)
        return bad_argument(lxc, index, "the number of an argument, 0 to 5");
    if (reading_number(value.text, value.length, &arg.value))
        return bad_argument(lxc, value, "a number");
    if (found < 0)
        return bad_argument(lxc, op, "a comparison");
    if ((mask.length && reading_number(mask.text, mask.length, &arg.mask)) || at < end)
        return bad_argument(lxc, mask, "a mask");
    arg.index = (uint8_t)which;
    arg.op = (uint8_t)found;
    if (arguments->seen >> which & 1) {
        cordon_tree_error(lxc->tree, CORDON_E_MEANING, place_of(lxc, index.text, index.length),
                          "libseccomp refuses it", "argument %u is compared twice", arg.index);
        return false;
    }
    arguments->seen |= 1u << which;
    if (arg.op == SCMP_MASKED_EQ)
        arg.value &= arg.mask;
    if (arg.op != SCMP_MASKED_EQ || arg.mask)
        arguments->list[arguments->count++] = arg;
    return true;
}

/* [0,5,SCMP_CMP_EQ][1,1,SCMP_CMP_MASKED_EQ,1] */
static bool read_arguments(struct lxc *lxc, const char *at, struct arguments *arguments)
{
    *arguments = (struct arguments){.count = 0};
    at = memchr(at, '[', (size_t)(lxc->lines.end - at));
    for (const char *close; at && at < lxc->lines.end && *at != '\r'; at = close + 1) {
        close = memchr(at, ']', (size_t)(lxc->lines.end - at));
        if (*at != '[' || !close)
            return bad_argument(lxc, (struct word){at, 1}, close ? "[, or nothing" : "]");
        if (!read_argument(lxc, at + 1, close, arguments))
            return false;
    }
    return true;
}

/* ---- rules ---- */

/* libseccomp keeps the first rule without comparisons. */
static void add_to_call(struct lxc *lxc, uint16_t id, const struct arguments *arguments,
                        uint32_t action, struct cordon_place place)
{
    if (!lxc->decided)
        return;
    if (lxc->decided[id]) {
        cordon_tree_warn(lxc->tree, CORDON_LINT_DEAD_RULE, place, NULL,
                         "this line does nothing: another one decides all of %s",
                         cordon_syscall_name(id));
        return;
    }
    uint32_t not_on = lxc->scmp.reached ? lxc->scmp.reached[id] & lxc->scmp.abis : 0;
    for (; not_on; not_on &= not_on - 1)
        cordon_tree_warn(lxc->tree, CORDON_LINT_PARTLY_DENIED, place,
                         "the multiplexer can be denied as a whole",
                         "LXC makes no rule for %s on %s, where a multiplexer can make it",
                         cordon_syscall_name(id), cordon_abi(__builtin_ctz(not_on))->name);
    lxc->decided[id] = arguments->count == 0;
    scmp_add(&lxc->scmp, id, arguments->list, arguments->count, action, place);
}

static void reject_force_umount(struct lxc *lxc)
{
    static const struct arguments force = {.list = {{1, SCMP_MASKED_EQ, 1 /* MNT_FORCE */, 1}},
                                           .count = 1};
    add_to_call(lxc, cordon_syscall_id("umount2", 7), &force,
                (uint32_t)CORDON_ERRNO | 13 /* EACCES */, place_of(lxc, lxc->lines.line, 19));
}

static void add_rule(struct lxc *lxc, struct word name, uint32_t action,
                     const struct arguments *arguments)
{
    uint16_t id = cordon_syscall_id(name.text, name.length);
    struct cordon_place place = place_of(lxc, name.text, name.length);
    char hint[160];
    if (id == CORDON_NO_ID) {
        reading_suggest_call(lxc->tree, hint, name.text, name.length);
        cordon_tree_warn(lxc->tree, CORDON_LINT_UNKNOWN_NAME, place, hint[0] ? hint : NULL,
                         "LXC passes over the unknown system call \"%.*s\"",
                         READING_WORD(name.text, name.length));
    } else if (action == lxc->default_action) {
        cordon_tree_error(lxc->tree, CORDON_E_MEANING, place, "LXC doesn't start the container",
                          "the action is that of calls without a line: libseccomp refuses it");
    } else {
        add_to_call(lxc, id, arguments, action, place);
    }
}

static void read_rule(struct lxc *lxc)
{
    const char *end = lxc->lines.end,
               *blank = memchr(lxc->lines.line, ' ', (size_t)(end - lxc->lines.line));
    struct word name = {lxc->lines.line, (uint32_t)((blank ? blank : end) - lxc->lines.line)};
    struct arguments arguments;
    uint32_t action = lxc->rule_action;
    const char *rest = blank ? skip_blanks(blank, end) : end;
    if (rest < end && *rest != '#' && !read_action(lxc, rest, &action))
        return;
    if (!read_arguments(lxc, rest, &arguments))
        return;
    if (line_begins(lxc->lines.line, end, "reject_force_umount"))
        reject_force_umount(lxc);
    else if (skip_blanks(name.text, name.text + name.length) < name.text + name.length)
        add_rule(lxc, name, action, &arguments);
}

static void read_line(struct lxc *lxc)
{
    if (lxc->lines.line == lxc->lines.end || lxc->lines.line[0] == '#')
        return;
    if (lxc->lines.line[0] == '[')
        read_section(lxc);
    else if (!lxc->elsewhere)
        read_rule(lxc);
}

/* Version 1: one number on each line; what follows it is ignored. */
static void read_number(struct lxc *lxc)
{
    const char *digits = skip_blanks(lxc->lines.line, lxc->lines.end), *at = digits;
    uint64_t nr = 0;
    while (at < lxc->lines.end && reading_is_digit(*at) && nr < 1u << 30)
        nr = nr * 10 + (uint64_t)(*at++ - '0');
    struct cordon_place place = place_of(lxc, digits, at > digits ? (uint32_t)(at - digits) : 1);
    if (at == digits || nr >= 1u << 30) {
        cordon_tree_error(lxc->tree, CORDON_E_SYNTAX, place, NULL, "expected the number of a call");
        return;
    }
    uint16_t id = cordon_syscall_id_by_nr(lxc->tree->host, (uint32_t)nr);
    if (id == CORDON_NO_ID)
        cordon_tree_numbers(lxc->tree, 0, (uint32_t)nr, (uint32_t)nr, NULL, (uint32_t)CORDON_ALLOW,
                            place);
    else
        add_to_call(lxc, id, &(struct arguments){.count = 0}, (uint32_t)CORDON_ALLOW, place);
}

/* ---- the head ---- */

static const struct {
    const char *word;
    bool denies;
} styles[] = {{"denylist", true}, {"blacklist", true}, {"allowlist", false}, {"whitelist", false}};

/* Takes the version and the blanks after it; 0: none. */
static unsigned take_version(const char **at, const char *end)
{
    while (*at < end && strchr(" \t\r\n", **at))
        ++*at;
    unsigned version = *at < end && (**at == '1' || **at == '2') ? (unsigned)(**at - '0') : 0;
    const char *after = *at + 1;
    if (!version || after == end || !strchr(" \t\r\n", *after))
        return 0;
    while (after < end && strchr(" \t\r\n", *after))
        after++;
    *at = after;
    return version;
}

/* "allowlist errno 5": the second word is the verdict for calls without a line. */
static void read_style(struct lxc *lxc, unsigned version)
{
    const char *blank = memchr(lxc->lines.line, ' ', (size_t)(lxc->lines.end - lxc->lines.line));
    size_t style = 0;
    while (style < 4 && !line_begins(lxc->lines.line, lxc->lines.end, styles[style].word))
        style++;
    if (style == 4 || (version == 1 && style != 2))
        cordon_tree_error(lxc->tree, CORDON_E_SYNTAX, place_of(lxc, lxc->lines.line, 1), NULL,
                          version == 1 ? "expected allowlist" : "expected allowlist or denylist");
    bool denies = style < 4 && styles[style].denies;
    lxc->default_action = denies ? (uint32_t)CORDON_ALLOW : (uint32_t)CORDON_KILL_THREAD;
    lxc->rule_action = denies ? (uint32_t)CORDON_KILL_THREAD : (uint32_t)CORDON_ALLOW;
    if (blank && version == 2)
        read_action(lxc, blank, &lxc->default_action);
    cordon_tree_default(
        lxc->tree, lxc->default_action,
        place_of(lxc, lxc->lines.line, (uint32_t)(lxc->lines.end - lxc->lines.line)));
}

static void read_lines(struct lxc *lxc, const char *text, const char *end)
{
    const char *at = text;
    unsigned version = take_version(&at, end);
    lxc->lines = lines_of(at, (size_t)(end - at));
    for (const char *start = text; start < at; start++)
        lxc->lines.number += *start == '\n';
    lines_next(&lxc->lines);
    if (!version) {
        cordon_tree_error(lxc->tree, CORDON_E_SYNTAX, place_of(lxc, at, 1), NULL,
                          "expected the version, 1 or 2, on a line");
        return;
    }
    read_style(lxc, version);
    cordon_tree_host_only(lxc->tree);
    scmp_begin(&lxc->scmp, lxc->tree, version == 2 ? lxc_abis(lxc->tree->host) : 0,
               oci_report_rule);
    lxc->scmp.direct = true;
    while (lines_next(&lxc->lines))
        if (version == 2)
            read_line(lxc);
        else
            read_number(lxc);
    scmp_end(&lxc->scmp);
}

enum cordon_error lxc_read(struct cordon_policy **policy, const char *text, size_t length,
                           const char *name, const struct cordon_format_options *options,
                           struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    struct lxc lxc = {.tree = &tree};
    if (!tree.error)
        lxc.decided =
            cordon_arena_array(&tree.policy->arena, cordon_syscall_id_count(), sizeof *lxc.decided);
    if (!tree.error && !lxc.decided)
        cordon_tree_error(&tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree.name}, NULL,
                          "out of memory");
    if (!tree.error)
        read_lines(&lxc, text, text + length);
    return cordon_tree_end(&tree, policy);
}

static bool begins_profile(const char *at, const char *end)
{
    bool version = take_version(&at, end);
    for (size_t i = 0; version && i < sizeof styles / sizeof *styles; i++)
        if (line_begins(at, end, styles[i].word))
            return true;
    return false;
}

/* No other text begins so; below other lines, it may be meant for a reader that skips them. */
int lxc_detect(const char *text, size_t length, const char *name)
{
    struct lines lines = lines_of(text, length);
    (void)name;
    if (begins_profile(text, lines.stop))
        return 100;
    while (lines_next(&lines))
        if ((*lines.line == '1' || *lines.line == '2') && begins_profile(lines.line, lines.stop))
            return 40;
    return 0;
}
