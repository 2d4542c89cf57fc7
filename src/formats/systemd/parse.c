/* SPDX-License-Identifier: MIT */
/*
 * parse.c: parses the assignments of a unit that become filters.
 *
 * The reader ignores with a warning what systemd ignores with a warning.
 */
#include <string.h>

#include "systemd.h"

/* ---- names ---- */

const struct systemd_namespace systemd_namespaces[SYSTEMD_NAMESPACE_KINDS] = {
    {"cgroup", 0x02000000}, {"ipc", 0x08000000}, {"net", 0x40000000},
    {"mnt", 0x00020000},    {"pid", 0x20000000}, {"time", SYSTEMD_NAMESPACE_TIME},
    {"user", 0x10000000},   {"uts", 0x04000000}};

#define SWITCH_KEY(id, key, calls) key,
const char *const systemd_switch_keys[SYSTEMD_SWITCH_COUNT] = {SYSTEMD_SWITCHES(SWITCH_KEY)};
#undef SWITCH_KEY

static const struct {
    const char *name;
    enum cordon_abi_id abi;
} archs[] = {{"x86-64", CORDON_ABI_X86_64},
             {"x86", CORDON_ABI_I386},
             {"x32", CORDON_ABI_X32},
             {"arm64", CORDON_ABI_AARCH64},
             {"arm", CORDON_ABI_ARM},
             {"riscv64", CORDON_ABI_RISCV64},
             {"loongarch64", CORDON_ABI_LOONGARCH64},
             {"ppc", CORDON_ABI_PPC},
             {"ppc64", CORDON_ABI_PPC64},
             {"ppc64-le", CORDON_ABI_PPC64LE},
             {"s390", CORDON_ABI_S390},
             {"s390x", CORDON_ABI_S390X},
             {"mips", CORDON_ABI_MIPS},
             {"mips-le", CORDON_ABI_MIPSEL},
             {"mips64", CORDON_ABI_MIPS64},
             {"mips64-le", CORDON_ABI_MIPSEL64},
             {"mips64-n32", CORDON_ABI_MIPS64N32},
             {"mips64-le-n32", CORDON_ABI_MIPSEL64N32},
             {"parisc", CORDON_ABI_PARISC},
             {"parisc64", CORDON_ABI_PARISC64}};

const char *systemd_arch_name(enum cordon_abi_id abi)
{
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (archs[i].abi == abi)
            return archs[i].name;
    return NULL;
}

#define BIT(abi) (UINT32_C(1) << CORDON_ABI_##abi)

uint32_t systemd_local_abis(const struct cordon_abi *native)
{
    static const uint32_t families[] = {BIT(X86_64) | BIT(I386) | BIT(X32), BIT(AARCH64) | BIT(ARM),
                                        BIT(S390X) | BIT(S390),
                                        BIT(PPC64LE) | BIT(PPC64) | BIT(PPC)};
    uint32_t own = UINT32_C(1) << native->id, found = own;
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (families[i] & own && native->bits == 64)
            found = families[i];
    return found;
}

/* The sets that systemd has. cordon has more groups, which systemd doesn't know. */
static const char *const groups[] = {
    "@aio",        "@basic-io",    "@chown",    "@clock",      "@cpu-emulation",  "@debug",
    "@default",    "@file-system", "@io-event", "@ipc",        "@keyring",        "@known",
    "@memlock",    "@module",      "@mount",    "@network-io", "@obsolete",       "@pkey",
    "@privileged", "@process",     "@raw-io",   "@reboot",     "@resources",      "@sandbox",
    "@setuid",     "@signal",      "@swap",     "@sync",       "@system-service", "@timer"};
#define GROUP_COUNT (sizeof groups / sizeof *groups)

bool systemd_newest_group(const char *name, uint32_t length, struct cordon_group *group)
{
    for (size_t i = 0; i < GROUP_COUNT; i++)
        if (strlen(groups[i]) == length && !memcmp(groups[i], name, length))
            return cordon_group_by_name(name, length, group);
    return false;
}

static const char *nth_group(uint32_t index)
{
    return groups[index];
}

/* ---- values ---- */

static void warn_name(struct systemd *systemd, const struct unit_word *word, uint32_t length,
                      const char *what)
{
    char hint[160];
    if (systemd->tree->reporter->warnings >= CORDON_POLICY_MAX_ERRORS)
        return; /* the search for suggestions is slow */
    if (word->text[0] == '@')
        reading_suggest(systemd->tree, hint, word->text, length, GROUP_COUNT, nth_group);
    else
        reading_suggest_call(systemd->tree, hint, word->text, length);
    cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word->place, hint[0] ? hint : NULL,
                     "unknown %s \"%.*s\": systemd ignores it", what,
                     READING_WORD(word->text, length));
}

static int parse_boolean(const struct unit_word *word)
{
    static const char *const words[] = {"0",     "1",    "no", "yes", "n",   "y",
                                        "false", "true", "f",  "t",   "off", "on"};
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++)
        if (strlen(words[i]) == word->length) {
            uint32_t at = 0;
            while (at < word->length && (word->text[at] | 0x20) == (words[i][at] | 0x20))
                at++;
            if (at == word->length)
                return i & 1;
        }
    return -1;
}

/* An error by name or number; kill is 0. */
static bool parse_error(const struct systemd *systemd, const char *text, uint32_t length,
                        struct systemd_entry *entry)
{
    uint64_t value = 0;
    entry->state = SYSTEMD_KILL;
    if (length == 4 && !memcmp(text, "kill", 4))
        return true;
    entry->state = SYSTEMD_ERRNO;
    bool known = length && text[0] == 'E'
                     ? cordon_constant_value(systemd->tree->host, text, length, &value)
                     : !reading_number(text, length, &value);
    entry->error = (uint16_t)value;
    return known && value <= CORDON_MAX_ERRNO;
}

/* ---- lists of calls ---- */

static void set_call(struct systemd_list *list, uint16_t id, bool inverted,
                     const struct systemd_entry *entry)
{
    if (!inverted == list->allow || (inverted && entry->state != SYSTEMD_LISTED))
        list->entries[id] = *entry;
    else
        list->entries[id].state = SYSTEMD_ABSENT;
}

static void set_group(struct systemd_list *list, const struct cordon_group *group, bool inverted,
                      const struct systemd_entry *entry)
{
    for (uint32_t i = 0; i < group->member_count; i++)
        set_call(list, group->members[i], inverted, entry);
}

static bool begin_list(struct systemd *systemd, struct systemd_list *list, bool allow,
                       struct cordon_place place)
{
    *list = (struct systemd_list){.exists = true, .allow = allow, .place = place};
    list->entries = cordon_arena_array(&systemd->tree->policy->arena, cordon_syscall_id_count(),
                                       sizeof *list->entries);
    if (!list->entries)
        cordon_tree_error(systemd->tree, CORDON_E_NO_MEMORY, place, NULL, "out of memory");
    return list->entries != NULL;
}

static void add_item(struct systemd *systemd, struct systemd_list *list,
                     const struct unit_word *word, bool inverted)
{
    struct systemd_entry entry = {.state = SYSTEMD_LISTED, .place = word->place};
    bool errors = list == &systemd->filter; /* a log has no error */
    const char *colon = errors ? memchr(word->text, ':', word->length) : NULL;
    uint32_t length = colon ? (uint32_t)(colon - word->text) : word->length;
    if (colon && !parse_error(systemd, colon + 1, word->length - length - 1, &entry)) {
        cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word->place, NULL,
                         "unknown error \"%.*s\": systemd ignores it",
                         READING_WORD(colon + 1, word->length - length - 1));
        return;
    }
    if (entry.state != SYSTEMD_LISTED && !inverted) {
        cordon_tree_warn(systemd->tree, CORDON_LINT_IGNORED_TEXT, word->place, "SystemCallFilter=~",
                         "systemd ignores it: allowed calls have no error number");
        return;
    }
    struct cordon_group group;
    struct systemd_set set;
    uint16_t id = cordon_syscall_id(word->text, length);
    if (word->text[0] == '@' && systemd_group(systemd->like, word->text, length, &set, &group))
        set_group(list, &group, inverted, &entry);
    else if (word->text[0] != '@' && id != CORDON_NO_ID)
        set_call(list, id, inverted, &entry);
    else
        warn_name(systemd, word, length, word->text[0] == '@' ? "set" : "system call");
}

/* A `~` in front of the first word, which may then be empty. */
static bool take_tilde(struct unit_word *word)
{
    bool tilde = word->length && word->text[0] == '~';
    if (tilde) {
        word->text++, word->length--;
        word->place.column++, word->place.length = word->length;
    }
    return tilde;
}

static void parse_list(struct systemd *systemd, struct unit *unit, struct systemd_list *list)
{
    struct unit_word word;
    if (!unit_word(unit, &word)) {
        *list = (struct systemd_list){0};
        return;
    }
    struct unit_word first = word;
    bool inverted = take_tilde(&word);
    if (!list->exists) {
        if (!begin_list(systemd, list, !inverted, first.place))
            return;
        struct cordon_group group;
        struct systemd_set set;
        struct systemd_entry entry = {.state = SYSTEMD_LISTED, .place = first.place};
        /* systemd always allows the calls that every program needs */
        if (!inverted && list == &systemd->filter &&
            systemd_group(systemd->like, "@default", 8, &set, &group))
            set_group(list, &group, false, &entry);
    }
    do
        if (word.length)
            add_item(systemd, list, &word, inverted);
    while (unit_word(unit, &word));
}

/* ---- the other values ---- */

static void parse_error_number(struct systemd *systemd, struct unit *unit)
{
    struct unit_word word;
    struct systemd_entry entry;
    if (!unit_word(unit, &word)) {
        systemd->error = 0;
    } else if (!parse_error(systemd, word.text, word.length, &entry) ||
               (entry.state == SYSTEMD_ERRNO && !entry.error)) {
        cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word.place, NULL,
                         "unknown error \"%.*s\": systemd ignores it",
                         READING_WORD(word.text, word.length));
    } else {
        systemd->error = entry.state == SYSTEMD_KILL ? 0 : entry.error;
    }
}

static uint32_t parse_arch(const struct systemd *systemd, const struct unit_word *word)
{
    if (unit_is(word, "native"))
        return UINT32_C(1) << systemd->tree->host->id;
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++)
        if (unit_is(word, archs[i].name))
            return UINT32_C(1) << archs[i].abi;
    return 0;
}

static void parse_archs(struct systemd *systemd, struct unit *unit)
{
    struct unit_word word;
    if (!unit_word(unit, &word)) {
        systemd->archs = 0;
        return;
    }
    systemd->archs_place = unit->key.place;
    do {
        uint32_t abi = parse_arch(systemd, &word);
        if (!abi)
            cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word.place, NULL,
                             "unknown architecture \"%.*s\": systemd ignores it",
                             READING_WORD(word.text, word.length));
        else if (systemd->tree->host->big_endian !=
                 cordon_abi((enum cordon_abi_id)__builtin_ctz(abi))->big_endian)
            cordon_tree_error(
                systemd->tree, CORDON_E_ARCH, word.place, NULL,
                "systemd cannot start the unit: the byte order is not this machine's");
        systemd->archs |= abi;
    } while (unit_word(unit, &word));
}

static void parse_families(struct systemd *systemd, struct unit *unit)
{
    struct unit_word word;
    bool has = unit_word(unit, &word), none = has && unit_is(&word, "none");
    if (!has || none) {
        systemd->families = 0;
        systemd->has_families = systemd->families_allow = none;
        systemd->families_place = unit->key.place;
        return;
    }
    bool inverted = take_tilde(&word);
    if (!systemd->has_families) {
        systemd->has_families = true;
        systemd->families_allow = !inverted;
        systemd->families_place = unit->key.place;
    }
    do {
        uint64_t family = SYSTEMD_MAX_FAMILIES;
        if (!word.length)
            continue;
        if (word.length < 4 || memcmp(word.text, "AF_", 3) ||
            !cordon_constant_value(systemd->tree->host, word.text, word.length, &family) ||
            family >= SYSTEMD_MAX_FAMILIES)
            cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word.place, NULL,
                             "unknown address family \"%.*s\": systemd ignores it",
                             READING_WORD(word.text, word.length));
        else if (!inverted == systemd->families_allow)
            systemd->families |= UINT64_C(1) << family;
        else
            systemd->families &= ~(UINT64_C(1) << family);
    } while (unit_word(unit, &word));
}

/* Uses all the words, or none of them if one is unknown. */
static bool parse_namespace_flags(struct systemd *systemd, struct unit *unit,
                                  struct unit_word *word, uint32_t *flags)
{
    bool good = true;
    *flags = 0;
    do {
        uint32_t flag = 0;
        for (size_t i = 0; i < SYSTEMD_NAMESPACE_KINDS; i++)
            if (unit_is(word, systemd_namespaces[i].name))
                flag = systemd_namespaces[i].flag;
        if (word->length && !flag) {
            good = false;
            cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word->place, NULL,
                             "unknown kind of namespace \"%.*s\": systemd ignores the line",
                             READING_WORD(word->text, word->length));
        }
        *flags |= flag;
    } while (unit_word(unit, word));
    return good;
}

static void parse_namespaces(struct systemd *systemd, struct unit *unit)
{
    struct unit_word word;
    uint32_t flags;
    bool has = unit_word(unit, &word);
    int all = has ? parse_boolean(&word) : -1;
    if (!has || all >= 0) {
        systemd->has_namespaces = has;
        systemd->retained = all ? 0 : SYSTEMD_NAMESPACES;
        systemd->namespaces_place = unit->key.place;
        return;
    }
    bool inverted = take_tilde(&word);
    if (!parse_namespace_flags(systemd, unit, &word, &flags))
        return;
    if (!systemd->has_namespaces)
        systemd->retained = inverted ? SYSTEMD_NAMESPACES & ~flags : flags;
    else if (inverted)
        systemd->retained &= ~flags;
    else
        systemd->retained |= flags;
    systemd->has_namespaces = true;
    systemd->namespaces_place = unit->key.place;
}

static void parse_switch(struct systemd *systemd, struct unit *unit, struct systemd_switch *one)
{
    struct unit_word word;
    int on = unit_word(unit, &word) ? parse_boolean(&word) : -1;
    if (on >= 0)
        *one = (struct systemd_switch){on, unit->key.place};
    else
        cordon_tree_warn(systemd->tree, CORDON_LINT_IGNORED_TEXT, word.place, "yes or no",
                         "systemd ignores it: neither on nor off");
}

/* The personality that LockPersonality= keeps. */
static void parse_personality(struct systemd *systemd, struct unit *unit)
{
    struct unit_word word;
    uint32_t arch = unit_word(unit, &word) ? parse_arch(systemd, &word) : 0;
    uint32_t local = systemd_local_abis(systemd->tree->host);
    if (arch & local && !(arch & BIT(X32)))
        systemd->personality =
            systemd->tree->host->bits == 64 &&
                    cordon_abi((enum cordon_abi_id)__builtin_ctz(arch))->bits == 32
                ? 8 /* PER_LINUX32 */
                : 0;
    else if (word.length)
        cordon_tree_warn(systemd->tree, CORDON_LINT_UNKNOWN_NAME, word.place, NULL,
                         "unknown personality: systemd ignores it");
}

/* ---- the whole ---- */

static void parse_assignment(struct systemd *systemd, struct unit *unit)
{
    if (unit_is(&unit->key, "SystemCallFilter"))
        parse_list(systemd, unit, &systemd->filter);
    else if (unit_is(&unit->key, "SystemCallLog"))
        parse_list(systemd, unit, &systemd->log);
    else if (unit_is(&unit->key, "SystemCallErrorNumber"))
        parse_error_number(systemd, unit);
    else if (unit_is(&unit->key, "SystemCallArchitectures"))
        parse_archs(systemd, unit);
    else if (unit_is(&unit->key, "RestrictAddressFamilies"))
        parse_families(systemd, unit);
    else if (unit_is(&unit->key, "RestrictNamespaces"))
        parse_namespaces(systemd, unit);
    else if (unit_is(&unit->key, "Personality"))
        parse_personality(systemd, unit);
    for (int i = 0; i < SYSTEMD_SWITCH_COUNT; i++)
        if (unit_is(&unit->key, systemd_switch_keys[i]))
            parse_switch(systemd, unit, &systemd->switches[i]);
}

static bool is_ours(const struct unit_word *section)
{
    return unit_is(section, "Service") || unit_is(section, "Socket") || unit_is(section, "Mount") ||
           unit_is(section, "Swap");
}

void systemd_parse(struct systemd *systemd, struct cordon_tree *tree,
                   const struct cordon_format_options *options)
{
    struct unit unit;
    *systemd =
        (struct systemd){.tree = tree, .like = options->like, .retained = SYSTEMD_NAMESPACES};
    if (tree->error || !unit_start(&unit, tree, tree->name))
        return;
    while (!tree->error && unit_next(&unit))
        if (is_ours(&unit.section))
            parse_assignment(systemd, &unit);
}
