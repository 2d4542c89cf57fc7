/* SPDX-License-Identifier: MIT */
/*
 * oci_rules.c: expresses a policy by rules in libseccomp's form, which apply to all architectures
 * at once. Calls that have the same single rule share it.
 */
#include "call_nodes.h"
#include "cordon/compare.h"
#include "gaps.h"
#include "oci.h"
#include "refusal.h"

const struct oci_dialect oci_own_dialect = {
    .adds = "the runtimes add", .action_name = oci_action_name, .has_stub = true};

struct maker {
    struct oci_profile *profile;
    const struct oci_dialect *dialect;
    struct refusals refusals;
    struct cordon_model *model;
    cordon_node root;
    struct boxes here;  /* of the current call */
    cordon_node *nodes; /* for each ABI of the policy, by call; CORDON_NODE_NONE: without a rule */
    cordon_node usual;  /* the last verdict that a call had for all arguments: */
    uint32_t usual_answer;
    const struct cordon_abi *abi;       /* the current one */
    bool x32_is_apart;                  /* the policy has one verdict for all of x32's calls */
    uint32_t highest[CORDON_ABI_COUNT]; /* with a stub: it begins after this number; 0: no stub */
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

static bool is_expressible(const struct maker *maker, uint32_t action)
{
    uint32_t data = action & CORDON_ACTION_DATA, plain = action & CORDON_ACTION_FULL;
    if (plain == CORDON_ERRNO)
        return data <= SCMP_MAX_ERRNO;
    return maker->dialect->action_name(plain) && (plain == CORDON_TRACE || data == 0);
}

/* ---- the frame ---- */

static bool is_enosys(struct maker *maker, const struct cordon_abi *abi, uint32_t nr)
{
    struct cordon_view view = cordon_model_view(maker->model, part_of(maker, abi, nr));
    return view.is_leaf && !view.is_computed && view.value == oci_enosys;
}

/* The lowest number from `least` on that runc counts: not that of a call that a multiplexer makes,
 * too. 0: there is none. */
static uint32_t next_counted(const struct cordon_abi *abi, uint32_t least)
{
    uint32_t found = 0;
    for (uint16_t id = 0; id < cordon_syscall_id_count(); id++) {
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr != CORDON_NO_NR && nr >= least && (!found || nr < found) &&
            !scmp_is_multiplexed(abi, id))
            found = nr;
    }
    return found;
}

/* runc's stub isn't written, but the number where it begins must follow from the profile. */
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
        *highest = *highest ? next_counted(abi, *highest) : 0;
    }
}

/* Is the policy's verdict for this number the stub's? */
static bool is_stub(struct maker *maker, const struct cordon_abi *abi, uint32_t nr)
{
    uint32_t highest = maker->highest[abi->id];
    return highest && nr > highest && is_enosys(maker, abi, nr);
}

/* An unassigned number below the stub; nr_last, which the stub decides: there is none. */
static uint32_t unknown_number(const struct maker *maker, const struct cordon_abi *abi)
{
    for (uint32_t nr = maker->highest[abi->id]; nr > abi->nr_first; nr--)
        if (cordon_syscall_id_by_nr(abi, nr) == CORDON_NO_ID)
            return nr;
    return abi->nr_last;
}

/* The verdict for a number that has no name and that the stub doesn't decide. */
static cordon_node unknown_part(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    const struct cordon_abi *abi = policy->host;
    uint32_t nr = unknown_number(maker, abi);
    for (uint32_t i = 0; maker->highest[abi->id] && nr == abi->nr_last && i < policy->abi_count;
         i++) {
        const struct cordon_abi *other = cordon_abi(policy->abis[i]);
        uint32_t found = unknown_number(maker, other);
        if (found == other->nr_last && other->id == CORDON_ABI_X86_64 &&
            !policy_has(policy, CORDON_ABI_X32))
            found = UINT32_MAX; /* between the stubs of two ABIs */
        if (found != other->nr_last) {
            abi = other;
            nr = found;
        }
    }
    return part_of(maker, abi, nr);
}

/* The ABIs that are in every profile must be the policy's. */
static void check_abis(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    uint32_t listed = maker->dialect->abis, always = UINT32_C(1) << policy->host->id | listed;
    struct cordon_place nowhere = {.file = policy->name};
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        const struct cordon_abi *abi = cordon_abi(id);
        bool has = policy_has(policy, abi->id);
        if (always >> id & 1 && !has)
            refuse(&maker->refusals, at_all(), nowhere,
                   listed ? "-a names the architectures that a policy is converted for" : NULL,
                   "%s %s to every profile, and this policy does not cover it",
                   maker->dialect->adds, abi->name);
        else if (listed && has && !(listed >> id & 1))
            refuse(&maker->refusals, with(at_abi(abi->id), (uint32_t)CORDON_KILL_THREAD), nowhere,
                   NULL, "%s no %s to profiles", maker->dialect->adds, abi->name);
    }
}

/* The verdict for unassigned numbers is the default. */
static void find_default(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    struct cordon_view view = cordon_model_view(maker->model, unknown_part(maker));
    check_abis(maker);
    if (view.is_leaf && !view.is_computed && is_expressible(maker, view.value)) {
        maker->profile->default_action = view.value;
        return;
    }
    refuse(&maker->refusals,
           view.is_leaf && !view.is_computed ? at_action(view.value) : at_default(),
           policy->fallback.place, NULL, "the verdict for unknown calls");
    maker->profile->default_action = (uint32_t)CORDON_KILL_PROCESS; /* to find further refusals */
}

static bool kills(struct maker *maker, const struct cordon_abi *abi, uint32_t nr)
{
    struct cordon_view view = cordon_model_view(maker->model, part_of(maker, abi, nr));
    return view.is_leaf && !view.is_computed && view.value == (uint32_t)CORDON_KILL_THREAD;
}

/* No rule can apply to both if x32 has a single verdict and x86_64 doesn't. */
static void check_x32(struct maker *maker)
{
    struct cordon_model *model = maker->model;
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X32);
    cordon_node part = cordon_model_follow(model, maker->root, CORDON_WORD_ARCH, abi->token);
    cordon_node first = cordon_model_follow(model, part, CORDON_WORD_NR, abi->nr_first);
    if (!cordon_node_same(first, cordon_model_follow(model, part, CORDON_WORD_NR, abi->nr_last)))
        return; /* most calls end here */
    cordon_node all =
        cordon_model_restrict(model, part, CORDON_WORD_NR, abi->nr_first, abi->nr_last);
    cordon_node others = cordon_model_restrict(model, part, CORDON_WORD_NR, 0, abi->nr_first - 1);
    maker->x32_is_apart = cordon_model_view(model, all).is_leaf && !cordon_node_same(all, others);
    if (maker->x32_is_apart)
        refuse(&maker->refusals, with(at_abi(CORDON_ABI_X32), (uint32_t)CORDON_KILL_THREAD),
               maker->profile->policy->fallback.place, NULL,
               "a profile has the same rules for x32 as for x86_64, or omits x32, which means "
               "kill_thread");
}

static void check_frame(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    uint32_t no_arch = 0; /* a token of no architecture */
    struct cordon_view other = cordon_model_view(
        maker->model, cordon_model_follow(maker->model, maker->root, CORDON_WORD_ARCH, no_arch));
    if (!other.is_leaf || other.value != (uint32_t)CORDON_KILL_THREAD)
        refuse(&maker->refusals, at_bad_arch((uint32_t)CORDON_KILL_THREAD), policy->bad_arch.place,
               "bad_arch kill_thread would be equivalent",
               "libseccomp returns kill_thread for calls of other architectures");
    if (!policy_has(policy, CORDON_ABI_X86_64))
        return;
    if (policy_has(policy, CORDON_ABI_X32)) {
        check_x32(maker);
        return;
    }
    const struct cordon_abi *abi = cordon_abi(CORDON_ABI_X86_64);
    bool x32 = kills(maker, abi, CORDON_X32_BIT) || is_stub(maker, abi, CORDON_X32_BIT);
    bool high = kills(maker, abi, 0x80000000u) || is_stub(maker, abi, 0x80000000u);
    if (!x32)
        refuse(&maker->refusals,
               with(at_numbers(abi, CORDON_X32_BIT, 0x7fffffffu), (uint32_t)CORDON_KILL_THREAD),
               policy->bad_arch.place, NULL,
               "libseccomp returns kill_thread for calls of x32, unless the profile includes x32");
    if (!high)
        refuse(&maker->refusals,
               with(at_numbers(abi, 0x80000000u, 0xfffffffeu), (uint32_t)CORDON_KILL_THREAD),
               policy->fallback.place,
               "kill_thread syscall 0x80000000..0xfffffffe would be equivalent",
               "libseccomp kills these numbers on x86_64, unless the profile includes x32");
}

/* Rules have names, so all other numbers get the default. */
static void check_range(void *context, uint32_t first, uint32_t last, cordon_node node)
{
    struct maker *maker = context;
    const struct cordon_policy *policy = maker->profile->policy;
    struct cordon_view view = cordon_model_view(maker->model, node);
    bool x32_too = maker->abi->id == CORDON_ABI_X86_64 && !policy_has(policy, CORDON_ABI_X32);
    if (x32_too && first >= 0x80000000u && last < UINT32_MAX)
        return; /* libseccomp kills them: see check_frame() */
    if (x32_too && first >= 0x80000000u)
        first = UINT32_MAX;
    if (is_stub(maker, maker->abi, first))
        return;
    if (!view.is_leaf || view.is_computed || view.value != maker->profile->default_action)
        refuse(&maker->refusals,
               with_default(at_gap(maker->abi, first, last), maker->profile->default_action),
               policy->fallback.place, NULL, "have no name on %s, and get the default",
               maker->abi->name);
}

static void check_numbers(struct maker *maker)
{
    const struct cordon_policy *policy = maker->profile->policy;
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        maker->abi = cordon_abi(policy->abis[i]);
        gaps_each(
            maker->model,
            cordon_model_follow(maker->model, maker->root, CORDON_WORD_ARCH, maker->abi->token),
            maker->abi, maker->abi->id != CORDON_ABI_X32, check_range, maker);
    }
}

/* ---- one call ---- */

/* Do the rules that were found on another ABI have the meaning needed here? */
static bool same_meaning(struct maker *maker, const struct cordon_abi *abi, cordon_node wanted)
{
    const struct boxes *boxes = &maker->here;
    bool same = true;
    /* libseccomp has no order of rules, so overlaps on narrow ABIs must not matter */
    for (int last = 0; last < 2 && same; last++) {
        cordon_node made = boxes_meaning(boxes, maker->model, abi, is_narrow(abi),
                                         maker->profile->default_action, last);
        same = cordon_model_equal(maker->model, made, wanted, NULL) == CORDON_YES;
    }
    return same;
}

/* Without rules for multiplexers the calls that they can make get the default. */
static void drop_multiplexed(struct maker *maker, const struct cordon_abi *abi, cordon_node *nodes)
{
    const struct cordon_policy *policy = maker->profile->policy;
    for (uint32_t i = 0; i < cordon_subcall_count(abi); i++) {
        uint16_t id = cordon_subcall_nth(abi, i).id;
        struct cordon_view view = cordon_model_view(maker->model, nodes[id]);
        bool absent = cordon_node_same(nodes[id], CORDON_NODE_NONE);
        nodes[id] = CORDON_NODE_NONE;
        if (!absent && (!view.is_leaf || view.value != maker->profile->default_action))
            refuse(
                &maker->refusals,
                with_default(at_call(id, UINT32_C(1) << abi->id), maker->profile->default_action),
                place_of_call(policy, id, abi->id), NULL,
                "there are no rules for it on %s, where a multiplexer can make it", abi->name);
    }
}

/* A multiplexer whose sub-calls have different verdicts is expressed by their rules. Calls of
 * the stub get no rules. */
static void find_nodes(struct maker *maker, const struct cordon_abi *abi, cordon_node *nodes)
{
    const uint16_t multiplexers[] = {cordon_syscall_id("socketcall", 10),
                                     cordon_syscall_id("ipc", 3)};
    uint32_t highest = maker->highest[abi->id];
    call_nodes_find(maker->model,
                    cordon_model_follow(maker->model, maker->root, CORDON_WORD_ARCH, abi->token),
                    abi, nodes);
    bool is_apart = abi->id == CORDON_ABI_X32 && maker->x32_is_apart;
    for (uint16_t id = 0; (highest || is_apart) && id < cordon_syscall_id_count(); id++)
        if (is_apart || cordon_syscall_nr(abi, id) > highest)
            nodes[id] = CORDON_NODE_NONE;
    if (maker->dialect->direct)
        drop_multiplexed(maker, abi, nodes);
    for (int i = 0; i < 2; i++)
        if (!cordon_model_view(maker->model, nodes[multiplexers[i]]).is_leaf)
            nodes[multiplexers[i]] = CORDON_NODE_NONE;
}

static bool boxes_on(struct maker *maker, const struct cordon_abi *abi, uint16_t id,
                     cordon_node node)
{
    const char *why = NULL;
    const struct cordon_policy *policy = maker->profile->policy;
    enum cordon_error error = boxes_of(&maker->here, maker->model, node, abi, is_narrow(abi),
                                       maker->profile->default_action, &why);
    if (error && error != CORDON_E_NO_MEMORY)
        refuse(&maker->refusals, at_call(id, UINT32_C(1) << abi->id),
               place_of_call(policy, id, abi->id), NULL, "on %s %s", abi->name, why);
    else
        refuse_error(&maker->refusals, error);
    for (uint32_t i = 0; i < maker->here.count && !error; i++) {
        uint32_t action = maker->here.list[i].action;
        if (is_expressible(maker, action))
            continue;
        refuse(&maker->refusals, at_action(action), place_of_call(policy, id, abi->id), NULL,
               "profiles have no such action");
        error = CORDON_E_MEANING;
    }
    return !error;
}

static bool grow(struct maker *maker, void **array, size_t *room, size_t size, size_t need)
{
    if (need <= *room || cordon_array_grow(allocator_of(maker), array, room, size, need))
        return true;
    refuse_error(&maker->refusals, CORDON_E_NO_MEMORY);
    return false;
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

static bool fits_multiplexer(struct maker *maker, uint16_t id)
{
    const struct cordon_policy *policy = maker->profile->policy;
    bool fits = maker->dialect->direct || oci_fits_multiplexer(policy, &maker->here, id);
    if (!fits)
        refuse(&maker->refusals, at_call(id, 0), place_of_call(policy, id, policy->host->id), NULL,
               "libseccomp applies its rules to socketcall too, where the first argument cannot be "
               "tested");
    return fits;
}

/* The rules of a call, made for the first ABI that has it; they must be right on the others. */
static bool find_rules(struct maker *maker, uint16_t id)
{
    const struct cordon_policy *policy = maker->profile->policy;
    const struct cordon_abi *first = NULL;
    maker->here.count = 0;
    for (int turn = 0; turn < 2; turn++) /* wide ABIs first: narrow ones compare less */
        for (uint32_t i = 0; i < policy->abi_count; i++) {
            const struct cordon_abi *abi = cordon_abi(policy->abis[i]);
            cordon_node node = maker->nodes[i * (size_t)cordon_syscall_id_count() + id];
            if (is_narrow(abi) != turn || cordon_node_same(node, CORDON_NODE_NONE))
                continue;
            if (!first && !boxes_on(maker, abi, id, node))
                return false;
            if (first && !same_meaning(maker, abi, node)) {
                refuse(&maker->refusals, at_call(id, 0), place_of_call(policy, id, abi->id), NULL,
                       "its verdict on %s differs from that on %s, and the rules of a profile "
                       "apply to all architectures",
                       abi->name, first->name);
                return false;
            }
            first = first ? first : abi;
        }
    return fits_multiplexer(maker, id);
}

/* Most calls have one verdict for all arguments, the same on all ABIs, and shared with other
 * calls. */
static bool one_answer(struct maker *maker, uint16_t id, uint32_t *answer)
{
    cordon_node found = CORDON_NODE_NONE;
    uint32_t ids = cordon_syscall_id_count(), end = ids * maker->profile->policy->abi_count;
    for (uint32_t at = id; at < end; at += ids) {
        cordon_node node = maker->nodes[at];
        if (cordon_node_same(found, CORDON_NODE_NONE))
            found = node;
        else if (!cordon_node_same(node, CORDON_NODE_NONE) && !cordon_node_same(node, found))
            return false;
    }
    if (cordon_node_same(found, CORDON_NODE_NONE))
        return true;
    if (!cordon_node_same(found, maker->usual)) {
        struct cordon_view view = cordon_model_view(maker->model, found);
        if (!view.is_leaf || view.is_computed || !is_expressible(maker, view.value))
            return false;
        maker->usual = found;
        maker->usual_answer = view.value;
    }
    *answer = maker->usual_answer;
    return true;
}

/* After a refusal the search for others continues. */
static bool is_fatal(const struct maker *maker)
{
    return maker->refusals.error && maker->refusals.error != CORDON_E_MEANING;
}

/* Finds the verdicts of calls whose arguments don't matter, by id; makes the rules of the
 * others. */
static void find_all(struct maker *maker, uint32_t *answers)
{
    uint32_t ids = cordon_syscall_id_count();
    for (uint16_t id = 0; id < ids && !is_fatal(maker); id++) {
        answers[id] = maker->profile->default_action;
        if (one_answer(maker, id, &answers[id]) || !find_rules(maker, id))
            continue;
        if (maker->here.count == 1 && maker->here.list[0].count == 0)
            answers[id] = maker->here.list[0].action;
        else
            for (uint32_t i = 0; i < maker->here.count; i++)
                add_rule(maker, &maker->here.list[i], id);
    }
}

/* Is there a rule with this verdict among those from `first` on? */
static bool has_rule(const struct oci_profile *profile, uint32_t first, uint32_t action)
{
    for (uint32_t i = first; i < profile->rule_count; i++)
        if (profile->rules[i].box.action == action)
            return true;
    return false;
}

/* Calls that have the same verdict share a rule. */
static void share_rules(struct maker *maker, const uint32_t *answers)
{
    struct oci_profile *profile = maker->profile;
    uint32_t ids = cordon_syscall_id_count(), start = profile->rule_count;
    for (uint32_t first = 0; first < ids && !maker->refusals.error; first++) {
        if (answers[first] == profile->default_action || has_rule(profile, start, answers[first]))
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

/* The highest calls are named even if they have the default. */
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
    const struct cordon_policy *policy = maker->profile->policy;
    const struct cordon_allocator *allocator = allocator_of(maker);
    uint32_t *answers = NULL;
    size_t room = 0, node_room = 0, ids = cordon_syscall_id_count();
    if (grow(maker, (void **)&answers, &room, sizeof *answers, ids) &&
        grow(maker, (void **)&maker->nodes, &node_room, sizeof *maker->nodes,
             ids * policy->abi_count)) {
        for (uint32_t i = 0; i < policy->abi_count; i++)
            find_nodes(maker, cordon_abi(policy->abis[i]), maker->nodes + i * ids);
        find_all(maker, answers);
        /* checks all of them, to list everything that cannot be expressed */
        if (!maker->refusals.error)
            share_rules(maker, answers);
        name_highest(maker, answers);
    }
    if (answers)
        allocator->resize(allocator->context, answers, room * sizeof *answers, 0);
    if (maker->nodes)
        allocator->resize(allocator->context, maker->nodes, node_room * sizeof *maker->nodes, 0);
}

enum cordon_error oci_profile_make(struct oci_profile *profile, const struct cordon_policy *policy,
                                   const struct oci_dialect *dialect,
                                   const struct cordon_format_options *options,
                                   struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator = policy->arena.allocator;
    struct maker maker = {.profile = profile,
                          .dialect = dialect,
                          .refusals = {policy, options, reporter, CORDON_OK},
                          .here = {.allocator = allocator},
                          .usual = CORDON_NODE_NONE};
    *profile = (struct oci_profile){.policy = policy};
    enum cordon_error error = cordon_model_create(&maker.model, allocator, 0);
    if (!error)
        error = cordon_policy_verdicts(policy, maker.model, NULL, 0, &maker.root,
                                       NULL); /* warned already */
    if (!error) {
        maker.root = cordon_model_reduce(maker.model, maker.root);
        error = cordon_model_status(maker.model);
    }
    refuse_error(&maker.refusals, error);
    if (!error) {
        if (dialect->has_stub && oci_has_stub(options))
            find_stubs(&maker);
        find_default(&maker);
        check_frame(&maker);
        check_numbers(&maker);
        make_rules(&maker);
    }
    boxes_free(&maker.here);
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
