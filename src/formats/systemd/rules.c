/* SPDX-License-Identifier: MIT */
/*
 * rules.c: expresses the stack of filters that systemd makes of a unit as rules of one policy.
 *
 * systemd makes one filter for each directive and each of the machine's ABIs, through libseccomp.
 * All of them judge a call, and the strictest action counts. The filter of SystemCallFilter= is the
 * newest, so its errors take precedence over those of other directives. That of
 * SystemCallArchitectures= kills the thread; only kill_process is stricter. So a directive's rule
 * only concerns calls that SystemCallFilter= allows, and comes before it.
 *
 * libseccomp compares 64 bits on 64-bit ABIs and the lower 32 elsewhere, x32 included, and knows
 * nothing of the arguments' types. It applies a rule about socket to socketcall(SYS_SOCKET), too.
 */
#include <string.h>

#include "systemd.h"

#define BIT(abi) (UINT32_C(1) << CORDON_ABI_##abi)

static const uint32_t eperm = 1, enosys = 38,
                      eafnosupport = 97; /* as on the machines that systemd knows */

/* ---- verdicts ---- */

static uint32_t stricter(uint32_t a, uint32_t b)
{
    return cordon_action_compare(a, b) <= 0 ? a : b;
}

static uint32_t denial(const struct systemd *systemd)
{
    return systemd->error ? (uint32_t)CORDON_ERRNO | systemd->error : (uint32_t)CORDON_KILL_PROCESS;
}

/* The verdict of SystemCallFilter= on a call; CORDON_NO_ID: on one that isn't listed. */
static uint32_t filter_answer(const struct systemd *systemd, uint16_t id)
{
    const struct systemd_list *list = &systemd->filter;
    if (!list->exists)
        return CORDON_ALLOW;
    const struct systemd_entry *entry = id == CORDON_NO_ID ? NULL : &list->entries[id];
    if (!entry || entry->state == SYSTEMD_ABSENT)
        return list->allow ? denial(systemd) : (uint32_t)CORDON_ALLOW;
    if (entry->state == SYSTEMD_LISTED)
        return list->allow ? (uint32_t)CORDON_ALLOW : denial(systemd);
    return entry->state == SYSTEMD_KILL ? (uint32_t)CORDON_KILL_PROCESS
                                        : (uint32_t)CORDON_ERRNO | entry->error;
}

static uint32_t log_answer(const struct systemd *systemd, uint16_t id)
{
    const struct systemd_list *list = &systemd->log;
    if (!list->exists)
        return CORDON_ALLOW;
    bool listed = id != CORDON_NO_ID && list->entries[id].state != SYSTEMD_ABSENT;
    return listed == list->allow ? CORDON_LOG : CORDON_ALLOW;
}

static bool is_listed(const struct systemd_list *list, uint16_t id)
{
    return list->exists && list->entries[id].state != SYSTEMD_ABSENT;
}

static uint32_t answer(const struct systemd *systemd, uint16_t id)
{
    return stricter(filter_answer(systemd, id), log_answer(systemd, id));
}

static struct cordon_place place_of(const struct systemd *systemd, uint16_t id)
{
    if (is_listed(&systemd->filter, id))
        return systemd->filter.entries[id].place;
    if (is_listed(&systemd->log, id))
        return systemd->log.entries[id].place;
    return systemd->filter.exists ? systemd->filter.place : systemd->log.place;
}

/* ---- rules ---- */

struct stack {
    struct systemd *systemd;
    struct cordon_tree *tree;
    struct flat flat;
    uint32_t listed; /* the local ABIs in SystemCallArchitectures= */
};

static uint32_t wide_abis(void)
{
    uint32_t abis = 0;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi((enum cordon_abi_id)id)->bits == 64)
            abis |= UINT32_C(1) << id;
    return abis & ~(BIT(X32) | BIT(MIPS64N32) | BIT(MIPSEL64N32));
}

static void add(struct stack *stack, uint32_t abis, uint16_t id, const struct cordon_cond *cond,
                uint32_t action, struct cordon_place place)
{
    if (abis && id != CORDON_NO_ID)
        flat_add(&stack->flat,
                 &(struct flat_rule){
                     .id = id, .abis = abis, .cond = cond, .action = action, .place = place});
}

static void add_numbers(struct stack *stack, uint32_t abis, uint32_t first, uint32_t last,
                        uint32_t action, struct cordon_place place)
{
    if (abis)
        flat_add(&stack->flat, &(struct flat_rule){.id = CORDON_NO_ID,
                                                   .first = first,
                                                   .last = last,
                                                   .abis = abis,
                                                   .action = action,
                                                   .place = place});
}

static uint16_t call(const char *name)
{
    return cordon_syscall_id(name, (uint32_t)strlen(name));
}

/* Adds a directive's rule, unless SystemCallFilter= denies the call anyway. */
static void deny(struct stack *stack, uint32_t abis, uint16_t id, const struct cordon_cond *cond,
                 uint32_t error, struct cordon_place place)
{
    if (id != CORDON_NO_ID && filter_answer(stack->systemd, id) == (uint32_t)CORDON_ALLOW)
        add(stack, abis & stack->listed, id, cond, (uint32_t)CORDON_ERRNO | error, place);
}

/* ---- conditions ---- */

/* Is any of these bits set? */
static const struct cordon_cond *any_bit(struct stack *stack, unsigned arg, uint32_t mask,
                                         struct cordon_place place)
{
    return cordon_tree_compare(stack->tree, CORDON_COND_BITS, arg, true,
                               cordon_tree_number(stack->tree, mask, place), NULL, place);
}

/* Are all of them? */
static const struct cordon_cond *all_bits(struct stack *stack, unsigned arg, uint32_t mask,
                                          struct cordon_place place)
{
    return cordon_tree_compare(stack->tree, CORDON_COND_EQ, arg, true,
                               cordon_tree_number(stack->tree, mask, place),
                               cordon_tree_number(stack->tree, mask, place), place);
}

/* A comparison of the bits that libseccomp treats as the whole argument. */
static const struct cordon_cond *compare(struct stack *stack, enum cordon_cond_form form,
                                         unsigned arg, bool wide, uint64_t value,
                                         struct cordon_place place)
{
    const struct cordon_expr *mask =
        wide ? NULL : cordon_tree_number(stack->tree, UINT32_MAX, place);
    return cordon_tree_compare(stack->tree, form, arg, true, mask,
                               cordon_tree_number(stack->tree, value, place), place);
}

/* The argument is one of the values whose bits are set in `set`, or none of them. */
static const struct cordon_cond *in_set(struct stack *stack, unsigned arg, bool wide, uint64_t set,
                                        bool inside, struct cordon_place place)
{
    const struct cordon_cond *conds[SYSTEMD_MAX_FAMILIES];
    uint32_t count = 0;
    for (unsigned value = 0; value < SYSTEMD_MAX_FAMILIES; value++)
        if (set >> value & 1)
            conds[count++] =
                compare(stack, inside ? CORDON_COND_EQ : CORDON_COND_NE, arg, wide, value, place);
    return inside ? reading_any(stack->tree, conds, count) : reading_all(stack->tree, conds, count);
}

/* Denies a call by the value of an argument; 64 and 32 bits are two rules. */
static void deny_values(struct stack *stack, uint32_t abis, uint16_t id, unsigned arg, uint64_t set,
                        bool inside, uint32_t error, struct cordon_place place)
{
    for (int wide = 0; wide < 2; wide++)
        deny(stack, abis & (wide ? wide_abis() : ~wide_abis()), id,
             in_set(stack, arg, wide, set, inside, place), error, place);
}

/* ---- the directives ---- */

/* If socket(2) can be made through socketcall(2), systemd makes no filter. */
static void restrict_families(struct stack *stack)
{
    const struct systemd *systemd = stack->systemd;
    struct cordon_place place = systemd->families_place;
    uint32_t abis = BIT(X86_64) | BIT(X32) | BIT(ARM) | BIT(AARCH64) | BIT(RISCV64) |
                    BIT(LOONGARCH64) | BIT(MIPS64) | BIT(MIPSEL64) | BIT(MIPS64N32) |
                    BIT(MIPSEL64N32);
    uint64_t set = systemd->families;
    if (!systemd->has_families || (!systemd->families_allow && !set))
        return;
    if (stack->listed & ~abis)
        cordon_tree_warn(
            stack->tree, CORDON_LINT_MULTIPLEXER, place,
            "SystemCallArchitectures=native prevents that",
            "systemd does not restrict sockets on %s",
            cordon_abi((enum cordon_abi_id)__builtin_ctz(stack->listed & ~abis))->name);
    if (systemd->families_allow)
        set &= ~UINT64_C(1); /* AF_UNSPEC is never allowed */
    else if (stack->listed & wide_abis())
        cordon_tree_warn(stack->tree, CORDON_LINT_WIDE_COMPARISON, place,
                         "list the allowed families instead",
                         "systemd compares these families in 64 bits, the kernel reads 32: "
                         "AF_INET|1<<32 evades the filter");
    if (!set)
        deny(stack, abis, call("socket"), NULL, eafnosupport, place);
    else
        deny_values(stack, abis, call("socket"), 0, set, !systemd->families_allow, eafnosupport,
                    place);
}

static void restrict_namespaces(struct stack *stack)
{
    const struct systemd *systemd = stack->systemd;
    struct cordon_place place = systemd->namespaces_place;
    uint32_t denied = (SYSTEMD_NAMESPACES | SYSTEMD_NAMESPACE_TIME) & ~systemd->retained;
    uint32_t swapped = BIT(S390) | BIT(S390X);
    if (!systemd->has_namespaces || !(SYSTEMD_NAMESPACES & ~systemd->retained))
        return;
    deny(stack, UINT32_MAX, call("clone3"), NULL, enosys, place);
    deny(stack, UINT32_MAX, call("unshare"), any_bit(stack, 0, denied, place), eperm, place);
    deny(stack, ~swapped, call("clone"), any_bit(stack, 0, denied, place), eperm, place);
    deny(stack, swapped, call("clone"), any_bit(stack, 1, denied, place), eperm, place);
    if (!(systemd->retained & SYSTEMD_NAMESPACES)) {
        deny(stack, UINT32_MAX, call("setns"), NULL, eperm, place);
        return;
    }
    if (stack->listed & wide_abis())
        cordon_tree_warn(stack->tree, CORDON_LINT_WIDE_COMPARISON, place, NULL,
                         "systemd compares type 0 of setns in 64 bits, the kernel reads 32: 1<<32 "
                         "evades the filter");
    deny(stack, UINT32_MAX, call("setns"), any_bit(stack, 1, denied, place), eperm, place);
    deny_values(stack, UINT32_MAX, call("setns"), 1, 1, true, eperm, place);
}

static void deny_write_execute(struct stack *stack, struct cordon_place place)
{
    const uint32_t prot_write_exec = 6, prot_exec = 4, shm_exec = 0x8000;
    uint32_t two_mmaps = BIT(I386) | BIT(S390);
    uint32_t plain = BIT(X86_64) | BIT(X32) | BIT(AARCH64) | BIT(RISCV64) | BIT(LOONGARCH64);
    uint32_t ipc = BIT(PPC) | BIT(PPC64) | BIT(PPC64LE) | BIT(S390X);
    uint32_t all = two_mmaps | plain | ipc | BIT(ARM);
    deny(stack, two_mmaps, call("mmap"), NULL, eperm, place);
    deny(stack, two_mmaps | BIT(ARM), call("mmap2"), all_bits(stack, 2, prot_write_exec, place),
         eperm, place);
    deny(stack, plain | ipc, call("mmap"), all_bits(stack, 2, prot_write_exec, place), eperm,
         place);
    deny(stack, all, call("mprotect"), any_bit(stack, 2, prot_exec, place), eperm, place);
    deny(stack, all, call("pkey_mprotect"), any_bit(stack, 2, prot_exec, place), eperm, place);
    deny(stack, plain | BIT(ARM), call("shmat"), any_bit(stack, 2, shm_exec, place), eperm, place);
}

static void restrict_sxid(struct stack *stack, struct cordon_place place)
{
    static const struct {
        const char *name;
        uint8_t mode;
    } calls[] = {{"chmod", 1},   {"fchmod", 1}, {"fchmodat", 2}, {"fchmodat2", 2}, {"mkdir", 1},
                 {"mkdirat", 2}, {"mknod", 1},  {"mknodat", 2},  {"creat", 1}};
    const uint32_t sxid = 06000;
    uint64_t creat = 0100;
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        deny(stack, UINT32_MAX, call(calls[i].name), any_bit(stack, calls[i].mode, sxid, place),
             eperm, place);
    (void)cordon_constant_value(stack->tree->host, "O_CREAT", 7, &creat);
    for (unsigned at = 0; at < 2; at++)
        deny(stack, UINT32_MAX, call(at ? "openat" : "open"),
             cordon_tree_and(stack->tree, any_bit(stack, at + 1, (uint32_t)creat, place),
                             any_bit(stack, at + 2, sxid, place)),
             eperm, place);
    deny(stack, UINT32_MAX, call("openat2"), NULL, enosys, place);
}

static void restrict_realtime(struct stack *stack, struct cordon_place place)
{
    const uint64_t ordinary = 1 << 0 | 1 << 3 | 1 << 5; /* SCHED_OTHER, BATCH, IDLE */
    deny_values(stack, UINT32_MAX, call("sched_setscheduler"), 1, ordinary, false, eperm, place);
}

static void lock_personality(struct stack *stack, struct cordon_place place)
{
    deny_values(stack, UINT32_MAX, call("personality"), 0,
                UINT64_C(1) << stack->systemd->personality, false, eperm, place);
}

/* The calls, or the set, that a directive denies altogether. */
static void deny_calls(struct stack *stack, const char *names, struct cordon_place place)
{
    struct cordon_group group;
    uint32_t abis = UINT32_MAX;
    if (!strcmp(names, "_sysctl"))
        abis = ~(BIT(X32) | BIT(AARCH64) | BIT(RISCV64) | BIT(LOONGARCH64));
    struct systemd_set set;
    if (systemd_group(stack->systemd->like, names, (uint32_t)strlen(names), &set, &group)) {
        for (uint32_t i = 0; i < group.member_count; i++)
            deny(stack, abis, group.members[i], NULL, eperm, place);
        return;
    }
    for (const char *at = names; *at; at += strspn(at, " ")) {
        uint32_t length = (uint32_t)strcspn(at, " ");
        deny(stack, abis, cordon_syscall_id(at, length), NULL, eperm, place);
        at += length;
    }
}

static void apply_switches(struct stack *stack)
{
#define SWITCH_CALLS(id, key, calls) calls,
    static const char *const calls[] = {SYSTEMD_SWITCHES(SWITCH_CALLS)};
#undef SWITCH_CALLS
    static void (*const special[SYSTEMD_SWITCH_COUNT])(struct stack *, struct cordon_place) = {
        [SYSTEMD_MDWX] = deny_write_execute,
        [SYSTEMD_REALTIME] = restrict_realtime,
        [SYSTEMD_SUID_SGID] = restrict_sxid,
        [SYSTEMD_PERSONALITY] = lock_personality};
    struct systemd_switch *switches = stack->systemd->switches;
    if (switches[SYSTEMD_DYNAMIC_USER].on)
        switches[SYSTEMD_SUID_SGID] = switches[SYSTEMD_DYNAMIC_USER];
    for (int i = 0; i < SYSTEMD_SWITCH_COUNT; i++) {
        if (!switches[i].on)
            continue;
        if (special[i])
            special[i](stack, switches[i].place);
        else if (calls[i])
            deny_calls(stack, calls[i], switches[i].place);
    }
}

/* ---- the lists ---- */

/* A rule about the whole multiplexer has precedence; otherwise each sub-call is a rule. */
static uint32_t multiplexer_answer(const struct stack *stack, uint16_t multiplexer, uint16_t id)
{
    const struct systemd *systemd = stack->systemd;
    uint16_t in_filter = is_listed(&systemd->filter, multiplexer) ? multiplexer : id;
    uint16_t in_log = is_listed(&systemd->log, multiplexer) ? multiplexer : id;
    return stricter(filter_answer(systemd, in_filter), log_answer(systemd, in_log));
}

static void decide_multiplexer(struct stack *stack, const struct cordon_abi *abi,
                               uint16_t multiplexer)
{
    uint32_t rest = multiplexer_answer(stack, multiplexer, CORDON_NO_ID), bit = UINT32_C(1)
                                                                                << abi->id;
    struct cordon_place place = place_of(stack->systemd, multiplexer);
    uint32_t count = cordon_subcall_count(abi);
    for (uint32_t i = 0; i < count; i++) {
        struct cordon_subcall sub = cordon_subcall_nth(abi, i);
        if (sub.multiplexer != multiplexer || sub.id == CORDON_NO_ID)
            continue;
        uint32_t own = multiplexer_answer(stack, multiplexer, sub.id);
        struct cordon_place there = place_of(stack->systemd, sub.id);
        if (own != rest)
            add(stack, bit, multiplexer,
                compare(stack, CORDON_COND_EQ, 0, abi->bits == 64, sub.selector, there), own,
                there);
    }
    add(stack, bit, multiplexer, NULL, rest, place);
}

static void decide_multiplexers(struct stack *stack)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi((enum cordon_abi_id)id);
        if (!(stack->listed >> id & 1) || !cordon_subcall_count(abi))
            continue;
        decide_multiplexer(stack, abi, call("socketcall"));
        decide_multiplexer(stack, abi, call("ipc"));
    }
}

static void apply_lists(struct stack *stack)
{
    struct systemd *systemd = stack->systemd;
    uint32_t rest = answer(systemd, CORDON_NO_ID);
    decide_multiplexers(stack);
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
        if (!is_listed(&systemd->filter, id) && !is_listed(&systemd->log, id))
            continue;
        uint32_t own = answer(systemd, id);
        if (own != rest)
            add(stack, stack->listed, id, NULL, own, place_of(systemd, id));
    }
}

/* ---- the whole ---- */

/*
 * ABIs of SystemCallArchitectures= that aren't the machine's get no other filters. Those that it
 * excludes are other architectures to the policy. If x32 is excluded, its numbers above 2^31 are,
 * too, but -1 belongs to x86_64.
 */
static void restrict_archs(struct stack *stack)
{
    struct systemd *systemd = stack->systemd;
    struct cordon_place place = systemd->archs_place;
    add_numbers(stack, systemd->archs & ~systemd_local_abis(systemd->tree->host), 0, UINT32_MAX,
                (uint32_t)CORDON_ALLOW, place);
    if (!systemd->archs || !(stack->listed & BIT(X86_64)) || stack->listed & BIT(X32))
        return;
    add_numbers(stack, BIT(X86_64), 0x80000000u, UINT32_MAX - 1, (uint32_t)CORDON_KILL_THREAD,
                place);
}

/* libseccomp refuses rules with the default's action. */
static void check_lists(struct stack *stack)
{
    struct systemd *systemd = stack->systemd;
    if (!systemd->filter.exists || !systemd->filter.allow)
        return;
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
        const struct systemd_entry *entry = &systemd->filter.entries[id];
        if (entry->state != SYSTEMD_ABSENT && filter_answer(systemd, id) == denial(systemd)) {
            cordon_tree_warn(stack->tree, CORDON_LINT_CANNOT_START, entry->place,
                             "remove the error number",
                             "systemd cannot start the unit: libseccomp refuses a rule for %s with "
                             "the same action as the default",
                             cordon_syscall_name(id));
            return;
        }
    }
}

void systemd_rules(struct systemd *systemd)
{
    struct cordon_tree *tree = systemd->tree;
    struct stack stack = {.systemd = systemd, .tree = tree};
    uint32_t local = systemd_local_abis(tree->host), archs = systemd->archs;
    uint32_t native = UINT32_C(1) << tree->host->id;
    stack.listed = archs ? (archs | native) & local : local;
    if (stack.listed & native)
        cordon_tree_abi(tree, tree->host->id);
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if ((stack.listed | archs) >> id & 1)
            cordon_tree_abi(tree, (enum cordon_abi_id)id);
    cordon_tree_default(tree, answer(systemd, CORDON_NO_ID),
                        systemd->filter.exists ? systemd->filter.place : systemd->log.place);
    cordon_tree_bad_arch(tree, archs ? (uint32_t)CORDON_KILL_THREAD : (uint32_t)CORDON_ALLOW,
                         systemd->archs_place);
    cordon_tree_host_only(tree);
    check_lists(&stack);
    flat_begin(&stack.flat, tree);
    restrict_archs(&stack);
    restrict_families(&stack);
    restrict_namespaces(&stack);
    apply_switches(&stack);
    apply_lists(&stack);
    flat_end(&stack.flat);
}
