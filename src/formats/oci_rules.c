/* SPDX-License-Identifier: MIT */
/*
 * oci_rules.c: what a policy means as rules of libseccomp's kind, which hold for all architectures
 * at once. Calls that get the same single rule share it.
 */
#include "oci.h"
#include "refusal.h"

#include <string.h>

struct maker {
    struct oci_profile *profile;
    struct refusals refusals;
    struct cordon_model *model;
    cordon_node root;
    struct boxes here, there; /* of the call at hand, on two ABIs */
    uint16_t doors[2];
    uint32_t
        highest[CORDON_ABI_COUNT]; /* with a stub: the number behind which it begins; 0: no stub */
};

static const struct cordon_allocator *allocator_of(const struct maker *maker)
{
    return maker->profile->policy->arena.allocator;
}

static cordon_node part_of(struct maker *maker, const struct cordon_abi *abi, uint32_t nr)
{
    cordon_node part = cordon_model_follow(maker->model, maker->root, CORDON_WORD_ARCH, abi->token);
    return cordon_model_follow(maker->model, part, CORDON_WORD_NR, nr);
}

static bool sayable(uint32_t action)
{
    uint32_t data = action & CORDON_ACTION_DATA, plain = action & CORDON_ACTION_FULL;
    if (plain == CORDON_ERRNO)
        return data <= SCMP_MAX_ERRNO;
    return oci_action_name(plain) && (plain == CORDON_TRACE || data == 0);
}

/* ---- the frame ------------------------------------------------------------------------------- */

static bool policy_has(const struct cordon_policy *policy, enum cordon_abi_id abi)
{
    for (uint32_t i = 0; i < policy->abi_count; i++)
        if (policy->abis[i] == abi)
            return true;
    return false;
}

static bool is_enosys(struct maker *maker, const struct cordon_abi *abi, uint32_t nr)
{
    struct cordon_view view = cordon_model_view(maker->model, part_of(maker, abi, nr));
    return view.is_leaf && !view.is_computed &&
           view.value == ((uint32_t)CORDON_ERRNO | 38 /* ENOSYS */);
}

/* What runc puts in front isn't said, but where it begins must come from the profile. */
static void find_stubs(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        const struct cordon_abi *abi = cordon_abi(policy->abis[i]);
        uint32_t *highest = &maker->highest[abi->id];
        if (!is_enosys(maker, abi, abi->nr_last))
            continue;
        for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
            uint32_t nr = cordon_syscall_nr(abi, id);
            if (nr != CORDON_NO_NR && nr > *highest && !is_enosys(maker, abi, nr))
                *highest = nr;
        }
    }
}

/* A number that nobody knows, and no stub. */
static uint32_t unknown_number(const struct maker *maker, const struct cordon_abi *abi)
{
    for (uint32_t nr = maker->highest[abi->id]; nr > abi->nr_first; nr--)
        if (cordon_syscall_id_by_nr(abi, nr) == CORDON_NO_ID)
            return nr;
    return abi->nr_last;
}

/* The answer to numbers that nobody knows is the default. */
static void find_default(struct maker *maker)
{
    const struct cordon_abi *native = cordon_abi_native();
    const struct cordon_policy *policy = maker->profile->policy;
    struct cordon_view view =
        cordon_model_view(maker->model, part_of(maker, native, unknown_number(maker, native)));
    if (!policy_has(policy, native->id))
        refuse_at(&maker->refusals, policy->fallback.place, NULL,
                  "the runtimes add %s to every profile, and this policy isn't for it",
                  native->name);
    if (view.is_leaf && !view.is_computed && sayable(view.value)) {
        maker->profile->default_action = view.value;
        return;
    }
    refuse_at(&maker->refusals, policy->fallback.place, NULL,
              "a profile can't say what unknown calls are answered");
    refuse_error(&maker->refusals, CORDON_E_UNSUPPORTED); /* nor anything near it */
}

static void check_frame(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    uint32_t no_arch = 0; /* no architecture has this token */
    struct cordon_view other = cordon_model_view(
        maker->model, cordon_model_follow(maker->model, maker->root, CORDON_WORD_ARCH, no_arch));
    if (!other.is_leaf || other.value != (uint32_t)CORDON_KILL_THREAD)
        refuse_at(&maker->refusals, policy->bad_arch.place,
                  "bad_arch kill_thread would be the same",
                  "libseccomp answers calls of other architectures with kill_thread");
    if (policy_has(policy, CORDON_ABI_X32) || !policy_has(policy, CORDON_ABI_X86_64))
        return;
    struct cordon_view high =
        cordon_model_view(maker->model, part_of(maker, cordon_abi(CORDON_ABI_X86_64), 0x80000000u));
    if (maker->highest[CORDON_ABI_X86_64] &&
        is_enosys(maker, cordon_abi(CORDON_ABI_X86_64), 0x80000000u))
        return;
    if (!high.is_leaf || high.value != (uint32_t)CORDON_KILL_THREAD)
        refuse_at(&maker->refusals, policy->fallback.place,
                  "kill_thread syscall 0x80000000..0xfffffffe would be the same",
                  "libseccomp kills these numbers on x86_64, or x32 must be allowed too");
}

/* ---- one call -------------------------------------------------------------------------------- */

static struct scmp_arg narrowed(struct scmp_arg arg)
{
    arg.value &= UINT32_MAX;
    arg.mask &= UINT32_MAX;
    if (arg.op == SCMP_MASKED_EQ && arg.mask == UINT32_MAX) {
        arg.op = SCMP_EQ;
        arg.mask = 0;
    }
    return arg;
}

/* Is a rule of a wide ABI, looked at with narrow eyes, this one? */
static bool same_box(const struct box *a, const struct box *b)
{
    if (a->action != b->action || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        struct scmp_arg x = narrowed(a->args[i]), y = narrowed(b->args[i]);
        if (x.index != y.index || x.op != y.op || x.value != y.value || x.mask != y.mask)
            return false;
    }
    return true;
}

static bool same_boxes(const struct boxes *a, const struct boxes *b)
{
    bool same = a->count == b->count;
    for (uint32_t i = 0; i < a->count && same; i++) {
        bool found = false;
        for (uint32_t k = 0; k < b->count && !found; k++)
            found = same_box(&a->list[i], &b->list[k]);
        same = found;
    }
    return same;
}

/* A door whose sub-calls are answered apart is said by the rules for those. */
static bool counts(struct maker *maker, const struct cordon_abi *abi, uint16_t id)
{
    uint32_t nr = cordon_syscall_nr(abi, id);
    if (nr == CORDON_NO_NR || (maker->highest[abi->id] && nr > maker->highest[abi->id]))
        return false;
    return (id != maker->doors[0] && id != maker->doors[1]) ||
           cordon_model_view(maker->model, part_of(maker, abi, nr)).is_leaf;
}

static bool boxes_on(struct maker *maker, struct boxes *boxes, const struct cordon_abi *abi,
                     uint16_t id)
{
    const char *why = NULL;
    uint32_t nr = cordon_syscall_nr(abi, id);
    boxes->count = 0;
    enum cordon_error error = boxes_of(boxes, maker->model, part_of(maker, abi, nr), abi,
                                       is_narrow(abi), maker->profile->default_action, &why);
    for (uint32_t i = 0; i < boxes->count && !error; i++)
        if (!sayable(boxes->list[i].action)) {
            error = CORDON_E_MEANING;
            why = "no action of a profile is that answer";
        }
    if (error == CORDON_E_NO_MEMORY)
        refuse_error(&maker->refusals, error);
    else if (error)
        refuse_at(&maker->refusals, place_of_call(maker->profile->policy, id, abi->id), NULL,
                  "%s on %s: %s", cordon_syscall_name(id), abi->name, why);
    return !error;
}

static bool grow(struct maker *maker, void **array, size_t *room, size_t size, size_t need)
{
    if (cordon_array_grow(allocator_of(maker), array, room, size, need))
        return true;
    refuse_error(&maker->refusals, CORDON_E_NO_MEMORY);
    return false;
}

/* The strictest or the loosest of the answers of a call. */
struct extreme {
    const struct refusals *refusals;
    bool found;
    uint32_t action;
};

static void find_extreme(void *context, uint32_t action)
{
    struct extreme *extreme = context;
    uint32_t answer;
    if (!extreme->found || approximate(extreme->refusals, extreme->action, action, &answer))
        extreme->action = action;
    extreme->found = true;
}

/* Approximating a call that can't be said: one answer for all of it, on the side that was asked
 * for. */
static void widen(struct maker *maker, uint16_t id)
{
    const struct cordon_policy *policy = maker->profile->policy;
    struct extreme extreme = {.refusals = &maker->refusals};
    maker->here.count = 0;
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        uint32_t nr = cordon_syscall_nr(cordon_abi(policy->abis[i]), id);
        if (nr != CORDON_NO_NR)
            refuse_error(&maker->refusals,
                         cordon_model_leaves(maker->model,
                                             part_of(maker, cordon_abi(policy->abis[i]), nr),
                                             find_extreme, &extreme));
    }
    if (!extreme.found || extreme.action == maker->profile->default_action)
        return;
    if (grow(maker, (void **)&maker->here.list, &maker->here.room, sizeof *maker->here.list, 1)) {
        maker->here.list[0] = (struct box){.action = extreme.action};
        maker->here.count = 1;
    }
}

static void add_name(struct maker *maker, uint16_t id)
{
    struct oci_profile *profile = maker->profile;
    if (grow(maker, (void **)&profile->names, &profile->name_room, sizeof id,
             profile->name_count + 1u))
        profile->names[profile->name_count++] = id;
}

static void add_rule(struct maker *maker, const struct box *box, uint16_t id)
{
    struct oci_profile *profile = maker->profile;
    if (!grow(maker, (void **)&profile->rules, &profile->rule_room, sizeof *profile->rules,
              profile->rule_count + 1u))
        return;
    profile->rules[profile->rule_count++] =
        (struct oci_rule){.box = *box, .name = profile->name_count, .name_count = 1};
    add_name(maker, id);
}

/* The rules of a call, from the first ABI that has it; the others must agree. */
static bool find_rules(struct maker *maker, uint16_t id)
{
    const struct cordon_policy *policy = maker->profile->policy;
    const struct cordon_abi *first = NULL;
    maker->here.count = 0;
    for (int turn = 0; turn < 2; turn++) /* wide ABIs first */
        for (uint32_t i = 0; i < policy->abi_count; i++) {
            const struct cordon_abi *abi = cordon_abi(policy->abis[i]);
            if (is_narrow(abi) != turn || !counts(maker, abi, id))
                continue;
            if (!boxes_on(maker, first ? &maker->there : &maker->here, abi, id))
                return false;
            if (first && !same_boxes(&maker->here, &maker->there)) {
                refuse_at(&maker->refusals, place_of_call(policy, id, abi->id), NULL,
                          "%s is judged otherwise on %s than on %s, and a profile's rules hold for "
                          "all architectures",
                          cordon_syscall_name(id), abi->name, first->name);
                return false;
            }
            first = first ? first : abi;
        }
    return true;
}

/* After a refusal the others are still looked for. */
static bool is_fatal(const struct maker *maker)
{
    return maker->refusals.error && maker->refusals.error != CORDON_E_MEANING;
}

/* What the calls that need no look at arguments are answered, by id; the others get their rules
 * now. */
static void find_all(struct maker *maker, uint32_t *answers)
{
    uint32_t ids = cordon_syscall_id_count();
    for (uint16_t id = 0; id < ids && !is_fatal(maker); id++) {
        answers[id] = maker->profile->default_action;
        if (!find_rules(maker, id) && maker->refusals.approximation)
            widen(maker, id);
        if (maker->here.count == 1 && maker->here.list[0].count == 0)
            answers[id] = maker->here.list[0].action;
        else
            for (uint32_t i = 0; i < maker->here.count; i++)
                add_rule(maker, &maker->here.list[i], id);
    }
}

/* Calls that are answered alike share a rule. */
static void share_rules(struct maker *maker, const uint32_t *answers)
{
    struct oci_profile *profile = maker->profile;
    uint32_t ids = cordon_syscall_id_count();
    for (uint32_t first = 0; first < ids && !maker->refusals.error; first++) {
        bool done = answers[first] == profile->default_action;
        for (uint32_t id = 0; id < first && !done; id++)
            done = answers[id] == answers[first];
        if (done)
            continue;
        struct box box = {.action = answers[first]};
        add_rule(maker, &box, (uint16_t)first);
        for (uint32_t id = first + 1; id < ids && !maker->refusals.error; id++)
            if (answers[id] == answers[first]) {
                add_name(maker, (uint16_t)id);
                profile->rules[profile->rule_count - 1].name_count++;
            }
    }
}

/* The highest calls are named, also where the default does for them. */
static void name_highest(struct maker *maker, const uint32_t *answers)
{
    struct box box = {.action = maker->profile->default_action};
    for (int abi = 0; abi < CORDON_ABI_COUNT && !maker->refusals.error; abi++) {
        uint16_t id = maker->highest[abi]
                          ? cordon_syscall_id_by_nr(cordon_abi(abi), maker->highest[abi])
                          : CORDON_NO_ID;
        if (id != CORDON_NO_ID && answers[id] == box.action)
            add_rule(maker, &box, id);
    }
}

static void make_rules(struct maker *maker)
{
    uint32_t *answers = NULL;
    size_t room = 0;
    if (!grow(maker, (void **)&answers, &room, sizeof *answers, cordon_syscall_id_count()))
        return;
    find_all(maker, answers);
    /* all of them are looked at, to list what can't be said */
    if (!maker->refusals.error)
        share_rules(maker, answers);
    name_highest(maker, answers);
    allocator_of(maker)->resize(allocator_of(maker)->context, answers, room * sizeof *answers, 0);
}

enum cordon_error oci_profile_make(struct oci_profile *profile, const struct cordon_policy *policy,
                                   const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter)
{
    struct cordon_meaning meaning;
    const struct cordon_allocator *allocator = policy->arena.allocator;
    struct maker maker = {
        .profile = profile,
        .refusals = {policy, reporter, options->approximation, CORDON_OK},
        .here = {.allocator = allocator},
        .there = {.allocator = allocator},
        .doors = {cordon_syscall_id("socketcall", 10), cordon_syscall_id("ipc", 3)}};
    *profile = (struct oci_profile){.policy = policy};
    enum cordon_error error = cordon_model_create(&maker.model, allocator, 0);
    if (!error)
        error =
            cordon_policy_build(policy, maker.model, NULL, 0, &meaning, NULL); /* warned before */
    refuse_error(&maker.refusals, error);
    if (!error) {
        maker.root = cordon_model_reduce(maker.model, meaning.verdicts);
        if (oci_has_stub(options))
            find_stubs(&maker);
        find_default(&maker);
        check_frame(&maker);
        make_rules(&maker);
    }
    boxes_free(&maker.here);
    boxes_free(&maker.there);
    cordon_model_free(maker.model);
    return maker.refusals.error;
}

void oci_profile_free(struct oci_profile *profile)
{
    const struct cordon_allocator *allocator = profile->policy->arena.allocator;
    if (profile->rules)
        allocator->resize(allocator->context, profile->rules,
                          profile->rule_room * sizeof *profile->rules, 0);
    if (profile->names)
        allocator->resize(allocator->context, profile->names,
                          profile->name_room * sizeof *profile->names, 0);
    profile->rules = NULL;
    profile->names = NULL;
}
