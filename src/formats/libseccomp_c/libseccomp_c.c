/* SPDX-License-Identifier: MIT */
/*
 * libseccomp_c.c: writes a policy as C source that makes an equivalent filter with libseccomp.
 *
 * How libseccomp combines several rules of one call depends on their order, their comparisons and
 * its release. So it gets rules for which none of this matters: the paths of the graph are
 * disjoint, and each is one rule, except those to the default. They use EQ and MASKED_EQ only:
 * libseccomp before 2.6.1 compiled ordered comparisons wrongly if their values share an upper half.
 *
 * Each ABI's rules go into a filter of their own, because libseccomp adds a rule to all
 * architectures of a filter; the filters are merged at the end.
 */
#include <string.h>

#include "cubes.h"
#include "libseccomp_skeleton.h"
#include "refusal.h"

#define MAX_RULES 4000u /* more than a filter can have: each takes at least one instruction */
#define MAX_LOOSE 64u   /* rules for numbers without a name */

struct writer {
    const struct cordon_policy *policy;
    const struct cordon_format_options *options;
    struct cordon_reporter *reporter;
    struct cordon_model *model;
    struct cordon_meaning meaning;
    struct cordon_string text;
    struct cordon_sink sink;
    uint32_t abis; /* bit per ABI */
    uint32_t by_default, bad_arch;
    const struct cordon_abi *abi; /* the current ABI and call */
    cordon_node part;             /* the part of the graph for its architecture */
    uint16_t id;
    uint32_t nr;
    bool tied;         /* a rule for it also applies to its multiplexer */
    uint32_t left;     /* rules that may be written yet */
    uint32_t loose;    /* rules without a name */
    bool full;         /* running out of room was reported */
    uint32_t reported; /* the decider that was reported last */
    enum cordon_error error;
};

/* ---- refusals ---- */

static uint32_t decider_of(struct writer *writer, const struct cube *cube)
{
    struct cordon_data data = {0};
    data.word[CORDON_WORD_ARCH] = writer->abi->token;
    data.word[CORDON_WORD_NR] = writer->nr;
    for (unsigned arg = 0; cube && arg < CORDON_ARGS; arg++) {
        data.word[cordon_abi_low(writer->abi, arg)] = (uint32_t)cube->value[arg];
        data.word[cordon_abi_high(writer->abi, arg)] = (uint32_t)(cube->value[arg] >> 32);
    }
    return cordon_model_evaluate(writer->model, writer->meaning.deciders, &data);
}

static bool is_answer(struct cordon_view view)
{
    return view.is_leaf && !view.is_computed;
}

static void complain(struct writer *writer, struct cordon_obstacle what, struct cordon_place place,
                     const char *why, const char *hint)
{
    struct refusals refusals = {writer->policy, writer->options, writer->reporter, writer->error};
    refuse(&refusals, what, place, hint, "%s on %s", why, writer->abi->name);
    writer->error = refusals.error;
}

/* Prints the current call, or its number. */
static struct cordon_obstacle at_hand(const struct writer *writer)
{
    return writer->id == CORDON_NO_ID ? at_numbers(writer->abi, writer->nr, writer->nr)
                                      : at_call(writer->id, UINT32_C(1) << writer->abi->id);
}

/* A decider of many calls is reported once. */
static void cannot(struct writer *writer, const struct cube *cube, struct cordon_obstacle what,
                   const char *why, const char *hint)
{
    uint32_t decider = decider_of(writer, cube);
    if (decider == writer->reported && !writer->options->obstacles)
        return;
    writer->reported = decider;
    complain(writer, what, cordon_policy_decider(writer->policy, decider).place, why, hint);
}

/* Actions that all releases of libseccomp accept: trap without data, errno below 4095. */
static bool has_action(uint32_t answer)
{
    const struct cordon_action *action = cordon_action_of(answer);
    uint32_t data = answer & CORDON_ACTION_DATA;
    if (!action ||
        (data && action->value != CORDON_ERRNO && action->value != (uint32_t)CORDON_TRACE))
        return false;
    return action->value != CORDON_ERRNO || data < CORDON_MAX_ERRNO;
}

/* ---- pieces of text ---- */

static void put_action(struct writer *writer, uint32_t answer)
{
    static const struct {
        uint32_t value;
        const char *name;
    } names[] = {{(uint32_t)CORDON_KILL_PROCESS, "SCMP_ACT_KILL_PROCESS"},
                 {CORDON_KILL_THREAD, "SCMP_ACT_KILL_THREAD"},
                 {CORDON_TRAP, "SCMP_ACT_TRAP"},
                 {CORDON_ERRNO, "SCMP_ACT_ERRNO"},
                 {CORDON_USER_NOTIF, "SCMP_ACT_NOTIFY"},
                 {CORDON_TRACE, "SCMP_ACT_TRACE"},
                 {CORDON_LOG, "SCMP_ACT_LOG"},
                 {CORDON_ALLOW, "SCMP_ACT_ALLOW"}};
    uint32_t action = answer & CORDON_ACTION_FULL;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].value == action)
            cordon_sink_text(&writer->sink, names[i].name);
    if (action == CORDON_ERRNO || action == CORDON_TRACE) {
        cordon_sink_text(&writer->sink, "(");
        cordon_sink_decimal(&writer->sink, answer & CORDON_ACTION_DATA);
        cordon_sink_text(&writer->sink, ")");
    }
}

static void put_comparison(struct writer *writer, unsigned arg, uint64_t mask, uint64_t value,
                           uint64_t all)
{
    struct cordon_sink *sink = &writer->sink;
    cordon_sink_text(sink, "{");
    cordon_sink_decimal(sink, arg);
    cordon_sink_text(sink, mask == all ? ", SCMP_CMP_EQ, " : ", SCMP_CMP_MASKED_EQ, ");
    cordon_sink_hex(sink, mask == all ? value : mask, 1);
    cordon_sink_text(sink, ", ");
    cordon_sink_hex(sink, mask == all ? 0 : value, 1);
    cordon_sink_text(sink, "}");
}

static void put_rule(struct writer *writer, const struct cube *cube, uint32_t answer, uint64_t all)
{
    struct cordon_sink *sink = &writer->sink;
    unsigned count = 0;
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++)
        count += cube->mask[arg] != 0;
    cordon_sink_text(sink, writer->id == CORDON_NO_ID ? "    {NULL" : "    {\"");
    cordon_sink_text(sink, writer->id == CORDON_NO_ID ? "" : cordon_syscall_name(writer->id));
    cordon_sink_text(sink, writer->id == CORDON_NO_ID ? ", " : "\", ");
    cordon_sink_decimal(sink, writer->nr);
    cordon_sink_text(sink, ", ");
    put_action(writer, answer);
    cordon_sink_text(sink, writer->tied ? ", TIED, " : ", EXACT, ");
    cordon_sink_decimal(sink, count);
    cordon_sink_text(sink, ", {");
    for (unsigned arg = 0, put = 0; arg < CORDON_ARGS; arg++)
        if (cube->mask[arg]) {
            cordon_sink_text(sink, put++ ? ", " : "");
            put_comparison(writer, arg, cube->mask[arg], cube->value[arg], all);
        }
    cordon_sink_text(sink, count ? "}},\n" : "{0}}},\n");
}

/* ---- multiplexers ---- */

/*
 * libseccomp applies a rule about socket to socketcall(SYS_SOCKET), too. That must match the
 * policy's verdict for the multiplexer, or the multiplexer must have a rule without condition,
 * which takes precedence.
 */
static bool multiplexer_agrees(struct writer *writer, struct cordon_subcall subcall,
                               struct cordon_view call)
{
    struct cordon_model *model = writer->model;
    uint32_t nr = cordon_syscall_nr(writer->abi, subcall.multiplexer);
    cordon_node multiplexer = cordon_model_restrict(model, writer->part, CORDON_WORD_NR, nr, nr);
    struct cordon_view view = cordon_model_view(model, multiplexer);
    if (is_answer(view) && view.value != writer->by_default)
        return true;
    unsigned low = cordon_abi_low(writer->abi, 0);
    view = cordon_model_view(
        model, cordon_model_restrict(model, multiplexer, low, subcall.selector, subcall.selector));
    return is_answer(call) && is_answer(view) && view.value == call.value;
}

/* Is the current call a sub-call that libseccomp's rule would decide differently from the
 * policy? */
static bool stopped_by_multiplexer(struct writer *writer, cordon_node node)
{
    uint32_t count = writer->id == CORDON_NO_ID ? 0 : cordon_subcall_count(writer->abi);
    writer->tied = false;
    for (uint32_t i = 0; i < count; i++) {
        struct cordon_subcall subcall = cordon_subcall_nth(writer->abi, i);
        if (subcall.id != writer->id)
            continue;
        struct cordon_view view = cordon_model_view(writer->model, node);
        writer->tied = true;
        if ((is_answer(view) && view.value == writer->by_default) ||
            multiplexer_agrees(writer, subcall, view))
            return false;
        cannot(writer, NULL, with(at_hand(writer), writer->by_default),
               "libseccomp applies the rule to the multiplexer (socketcall, ipc) too",
               "decide the whole multiplexer, for example errno(ENOSYS) socketcall");
        return true;
    }
    return false;
}

/* ---- rules ---- */

static void each_way(void *context, const struct cube *cube, uint32_t answer)
{
    struct writer *writer = context;
    /* libseccomp treats x32 as a 32-bit architecture */
    bool narrow = writer->abi->bits == 32 || writer->abi->id == CORDON_ABI_X32;
    uint64_t all = narrow ? UINT32_MAX : UINT64_MAX;
    for (unsigned arg = 0; arg < CORDON_ARGS; arg++)
        if (cube->mask[arg] & ~all) {
            cannot(writer, cube, at_hand(writer),
                   "libseccomp cannot test the upper half of an argument", "");
            return;
        }
    if (!has_action(answer))
        cannot(writer, cube, at_action(answer),
               "libseccomp has no such action (data of trap, errno above 4094)", "");
    else if (writer->left && writer->left--)
        put_rule(writer, cube, answer, all);
}

static void take_rule(void *context, uint32_t decider)
{
    uint32_t *first = context;
    *first = decider < *first ? decider : *first;
}

/* The first of the rules that judge the current call. */
static struct cordon_place place_at_hand(struct writer *writer)
{
    struct cordon_model *model = writer->model;
    uint32_t first = CORDON_BY_DEFAULT;
    cordon_node node = cordon_model_restrict(model, writer->meaning.deciders, CORDON_WORD_ARCH,
                                             writer->abi->token, writer->abi->token);
    node = cordon_model_restrict(model, node, CORDON_WORD_NR, writer->nr, writer->nr);
    if (cordon_model_leaves(model, node, take_rule, &first))
        first = CORDON_BY_DEFAULT;
    return cordon_policy_decider(writer->policy, first).place;
}

static void write_call(struct writer *writer, uint16_t id, uint32_t nr, cordon_node node)
{
    static const char *const why[] = {
        [CUBES_IP] = "libseccomp cannot test the instruction pointer",
        [CUBES_COMPUTED] = "libseccomp cannot compute with arguments",
        [CUBES_TOO_MANY] = "this needs more rules than fit in a filter",
    };
    writer->id = id;
    writer->nr = nr;
    if (writer->full || stopped_by_multiplexer(writer, node)) {
        /* the paths after the first one that doesn't fit may produce rules, too */
        if (writer->full && writer->options->obstacles &&
            !cordon_model_view(writer->model, node).is_leaf)
            complain(writer, at_hand(writer), place_at_hand(writer), why[CUBES_TOO_MANY], "");
        return;
    }
    size_t start = writer->text.length;
    enum cubes_end end = cubes_each(writer->model, node, writer->abi, writer->by_default,
                                    writer->left, each_way, writer);
    if (end == CUBES_DONE)
        return;
    if (!writer->text.failed)
        writer->text.length = start;
    writer->full = end == CUBES_TOO_MANY;
    complain(writer, at_hand(writer), place_at_hand(writer), why[end], "");
}

/* ---- numbers ---- */

/* Numbers first … last have no name: libseccomp's verdict for all of them is `instead`. */
static void write_gap(struct writer *writer, uint32_t first, uint32_t last, cordon_node node,
                      uint32_t instead)
{
    struct cordon_view view = cordon_model_view(writer->model, node);
    if (is_answer(view) && view.value == instead)
        return;
    bool minus_one = first == UINT32_MAX; /* tracers set it to skip calls: no rule is about it */
    bool single =
        !(writer->abis & (writer->abis - 1)) && instead == writer->by_default && !minus_one;
    if (single && last - first < MAX_LOOSE && writer->loose + (last - first) < MAX_LOOSE) {
        for (uint64_t nr = first; nr <= last; nr++, writer->loose++)
            write_call(writer, CORDON_NO_ID, (uint32_t)nr, node);
        return;
    }
    writer->id = CORDON_NO_ID;
    writer->nr = first;
    static const char *const what[] = {
        "libseccomp has no rules for ranges of numbers without a name",
        "libseccomp treats negative numbers as another architecture's",
        "libseccomp has no rules for the number -1"};
    bool negative = first >= 0x80000000u;
    const char *hint = negative ? "make bad_arch the same as default; no kernel has such calls"
                       : decider_of(writer, NULL) == CORDON_BY_NEWER
                           ? "remove newer_than, which the format cannot express"
                           : "";
    struct cordon_obstacle obstacle = at_numbers(writer->abi, first, last);
    cannot(writer, NULL,
           instead == writer->by_default ? with_default(obstacle, instead)
                                         : with(obstacle, instead),
           what[negative + minus_one], hint);
}

/* The numbers first … last of an ABI: the named calls, and the gaps between them. */
static void write_numbers(struct writer *writer, uint32_t first, uint32_t last, cordon_node node,
                          uint32_t instead)
{
    const struct cordon_abi *abi = writer->abi;
    uint32_t count = cordon_syscall_count(abi), i = cordon_syscall_index_from(abi, first);
    for (; i < count && !writer->text.failed; i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        uint32_t nr = cordon_syscall_nr(abi, id);
        if (nr > last)
            break;
        if (nr > first)
            write_gap(writer, first, nr - 1, node, instead);
        write_call(writer, id, nr, node);
        if (nr == last)
            return;
        first = nr + 1;
    }
    write_gap(writer, first, last, node, instead);
}

/* Numbers of one region, for which libseccomp has one verdict without a rule. */
static void write_region(struct writer *writer, uint32_t first, uint32_t last, uint32_t instead)
{
    struct cordon_view view = cordon_model_view(writer->model, writer->part);
    if (view.is_leaf || view.term != CORDON_WORD_NR || view.mask != UINT32_MAX) {
        write_numbers(writer, first, last, writer->part, instead);
        return;
    }
    for (uint32_t i = 0; i < view.edge_count; i++) {
        /* edges move when nodes are made */
        view = cordon_model_view(writer->model, writer->part);
        uint32_t from = i ? view.edges[i - 1].last + 1 : 0, to = view.edges[i].last;
        from = from > first ? from : first;
        to = to < last ? to : last;
        if (from <= to)
            write_numbers(writer, from, to, view.edges[i].to, instead);
    }
}

/* libseccomp distinguishes the numbers of x86_64 and x32 by bit 30, unless the filter has both;
 * -1 belongs to neither. */
static void write_regions(struct writer *writer)
{
    const struct cordon_abi *abi = writer->abi;
    bool has_x32 = writer->abis >> CORDON_ABI_X32 & 1;
    bool alone = abi->id == CORDON_ABI_X86_64 && !has_x32;
    write_region(writer, abi->nr_first, abi->nr_last, writer->by_default);
    if (abi->id == CORDON_ABI_X86_64 && has_x32)
        return; /* written once for both */
    write_region(writer, 0x80000000u, UINT32_MAX - 1,
                 alone ? writer->bad_arch : writer->by_default);
    write_region(writer, UINT32_MAX, UINT32_MAX, writer->by_default);
}

/* ---- the whole ---- */

static void write_abi(struct writer *writer)
{
    struct cordon_sink *sink = &writer->sink;
    writer->part = cordon_model_restrict(writer->model, writer->meaning.verdicts, CORDON_WORD_ARCH,
                                         writer->abi->token, writer->abi->token);
    cordon_sink_text(sink, "\nstatic const struct rule rules_");
    cordon_sink_text(sink, writer->abi->name);
    cordon_sink_text(sink, "[] = {\n");
    /* in the order of numbers, so multiplexers come before their sub-calls, and their rules
     * without condition keep their precedence */
    writer->reported = UINT32_MAX;
    write_regions(writer);
    cordon_sink_text(sink, "    {NULL, -1, 0, EXACT, 0, {{0}}},\n};\n");
}

static void write_parts(struct writer *writer)
{
    static const char *const names[] = {
        [CORDON_ABI_I386] = "X86",
        [CORDON_ABI_X86_64] = "X86_64",
        [CORDON_ABI_X32] = "X32",
    };
    struct cordon_sink *sink = &writer->sink;
    cordon_sink_text(sink, "\nstatic const struct {\n    uint32_t arch;\n"
                           "    const struct rule *rules;\n} parts[] = {\n");
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        if (!(writer->abis >> id & 1))
            continue;
        const char *name = cordon_abi(id)->name;
        cordon_sink_text(sink, "    {SCMP_ARCH_");
        if (id < (int)(sizeof names / sizeof *names))
            cordon_sink_text(sink, names[id]);
        for (; id > CORDON_ABI_X32 && *name; name++) {
            char upper[2] = {(char)(*name >= 'a' && *name <= 'z' ? *name - 32 : *name), '\0'};
            cordon_sink_text(sink, upper);
        }
        cordon_sink_text(sink, ", rules_");
        cordon_sink_text(sink, cordon_abi(id)->name);
        cordon_sink_text(sink, "},\n");
    }
    cordon_sink_text(sink, "};\n");
}

static void write_head(struct writer *writer)
{
    cordon_sink_text(&writer->sink, skeleton_head);
    cordon_sink_text(&writer->sink, "\n#define DEFAULT  ");
    put_action(writer, writer->by_default);
    cordon_sink_text(&writer->sink, "\n#define BAD_ARCH ");
    put_action(writer, writer->bad_arch);
    cordon_sink_text(&writer->sink, "\n");
}

static void write_all(struct writer *writer)
{
    write_head(writer);
    for (int id = 0; id < CORDON_ABI_COUNT; id++) {
        writer->abi = cordon_abi(id);
        if (writer->abis >> id & 1)
            write_abi(writer);
    }
    write_parts(writer);
    cordon_sink_text(&writer->sink, skeleton_tail);
}

/* The whole policy must be expressible: one byte order, and only actions that libseccomp has. */
static void check_frame(struct writer *writer)
{
    const struct cordon_policy *policy = writer->policy;
    bool big = cordon_abi(policy->abis[0])->big_endian;
    writer->abi = cordon_abi(policy->abis[0]);
    writer->id = CORDON_NO_ID;
    for (uint32_t i = 0; i < policy->abi_count; i++) {
        writer->abis |= UINT32_C(1) << policy->abis[i];
        if (cordon_abi(policy->abis[i])->big_endian != big)
            complain(writer, with(at_abi(policy->abis[i]), policy->bad_arch.action),
                     (struct cordon_place){.file = policy->name},
                     "machines of two byte orders, beginning", "write one file for each (-a)");
    }
    writer->by_default = policy->fallback.action;
    writer->bad_arch = policy->bad_arch.action;
    if (!has_action(writer->by_default))
        complain(writer, at_action(writer->by_default), policy->fallback.place,
                 "libseccomp has no such default", "");
    if (!has_action(writer->bad_arch))
        complain(writer, at_action_anywhere(writer->bad_arch), policy->bad_arch.place,
                 "libseccomp has no such bad_arch", "");
}

enum cordon_error libseccomp_c_write(struct cordon_sink *sink, const struct cordon_policy *policy,
                                     const struct cordon_format_options *options,
                                     struct cordon_reporter *reporter)
{
    const struct cordon_allocator *allocator = options->policy.allocator;
    struct writer writer = {.policy = policy,
                            .options = options,
                            .reporter = reporter,
                            .text = {.allocator = allocator},
                            .left = MAX_RULES};
    writer.sink = cordon_string_sink(&writer.text);
    enum cordon_error error =
        cordon_model_create(&writer.model, allocator, options->policy.byte_cap);
    if (error)
        return error;
    error = cordon_policy_build(policy, writer.model, NULL, 0, &writer.meaning, NULL);
    if (!error) {
        check_frame(&writer);
        write_all(&writer);
        error = writer.error ? writer.error : cordon_model_status(writer.model);
        if (!error && writer.text.failed)
            error = CORDON_E_NO_MEMORY;
    }
    if (!error)
        sink->write(sink->context, writer.text.text, writer.text.length);
    cordon_string_free(&writer.text);
    cordon_model_free(writer.model);
    return error;
}
