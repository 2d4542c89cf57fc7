/* SPDX-License-Identifier: MIT */
/*
 * describe.c: prints paths through a graph as conditions.
 *
 * A path is a list of facts about masked words. The facts about the two halves of an argument are
 * joined if one 64-bit comparison expresses both; otherwise each half is compared separately.
 */
#include "cordon/describe.h"

#include <string.h>

#include "cordon/term.h"

#define MAX_FACTS 256u
#define FEW       3u /* at most this many values are listed; more become a range */

/* (term & mask) is in one of the spans from first_span on */
struct fact {
    cordon_term term;
    uint32_t mask;
    size_t first_span;
    uint32_t span_count;
};

struct span {
    uint64_t first, last;
};

struct describer {
    struct cordon_model *model;
    const struct cordon_abi *abi;
    struct cordon_syscall call; /* as the facts of the path tell its arguments */
    uint16_t id;
    unsigned flags;
    uint32_t left; /* paths that may still be reported */
    bool (*way)(void *context, const struct cordon_way *way);
    void *context;
    struct fact facts[MAX_FACTS];
    uint32_t fact_count;
    struct span *spans; /* a stack */
    size_t span_count, span_room;
    struct cordon_string text;
    bool is_expressible, joined;
    enum cordon_error error;
};

/* Restricts words to their known values; the common case needs no new nodes. */
static cordon_node know(struct cordon_model *model, cordon_node node, unsigned word, uint32_t value)
{
    struct cordon_view view = cordon_model_view(model, node);
    if (cordon_model_status(model))
        return node;
    if (!view.is_leaf && view.term == word && view.mask == UINT32_MAX)
        return cordon_model_follow(model, node, word, value);
    bool later = view.is_leaf || view.term > CORDON_WORD_ARCH ||
                 (word == CORDON_WORD_ARCH && view.term == CORDON_WORD_NR);
    return later ? node : cordon_model_restrict(model, node, word, value, value);
}

cordon_node cordon_part_of_arch(struct cordon_model *model, cordon_node node, uint32_t arch)
{
    return know(model, node, CORDON_WORD_ARCH, arch);
}

cordon_node cordon_part(struct cordon_model *model, cordon_node node, uint32_t arch, uint32_t nr)
{
    return know(model, know(model, node, CORDON_WORD_ARCH, arch), CORDON_WORD_NR, nr);
}

/* ---- operands ---- */

/* An argument (CORDON_ARGS: ip) as this ABI passes it. */
static unsigned arg_of_word(const struct cordon_abi *abi, unsigned word, bool *high)
{
    for (unsigned arg = 0; arg <= CORDON_ARGS; arg++) {
        *high = cordon_abi_high(abi, arg) == word;
        if (*high || cordon_abi_low(abi, arg) == word)
            return arg;
    }
    return CORDON_ARGS + 1;
}

void cordon_word_print(struct cordon_sink *sink, const struct cordon_abi *abi, unsigned word)
{
    bool high = false;
    if (word < 2) {
        cordon_sink_text(sink, word == CORDON_WORD_NR ? "nr" : "arch");
        return;
    }
    unsigned arg = arg_of_word(abi, word, &high);
    cordon_sink_text(sink, arg == CORDON_ARGS ? "ip" : "arg");
    if (arg < CORDON_ARGS)
        cordon_sink_decimal(sink, arg);
    cordon_sink_text(sink, high ? " high" : " low");
}

static void print_abi_word(void *context, struct cordon_sink *sink, uint32_t word)
{
    cordon_word_print(sink, context, word);
}

void cordon_test_print(struct cordon_sink *sink, const struct cordon_model *model,
                       const struct cordon_abi *abi, cordon_term term, uint32_t mask)
{
    cordon_model_term_print(model, term, print_abi_word, (void *)(uintptr_t)abi, sink);
    if (mask == UINT32_MAX)
        return;
    cordon_sink_text(sink, " & ");
    cordon_sink_hex(sink, mask, 1);
}

static const struct cordon_arg *declared(const struct describer *describer, unsigned arg)
{
    bool has = arg < CORDON_ARGS && describer->call.name && arg < describer->call.arg_count;
    return has ? &describer->call.args[arg] : NULL;
}

/* How an argument is compared. */
struct manner {
    unsigned arg;
    const struct cordon_arg *named; /* by name, in the kernel's width; NULL: whole register */
    unsigned bits;
    bool is_signed;
};

static void print_operand(struct cordon_sink *sink, const struct manner *manner)
{
    if (manner->named) {
        cordon_sink_text(sink, manner->named->name);
        return;
    }
    if (manner->arg == CORDON_ARGS) {
        cordon_sink_text(sink, "ip");
        return;
    }
    cordon_sink_text(sink, "whole arg");
    cordon_sink_decimal(sink, manner->arg);
}

static void print_value(struct describer *describer, struct cordon_sink *sink,
                        const struct manner *manner, uint64_t value, bool in_mask)
{
    const struct cordon_arg *arg = declared(describer, manner->arg);
    bool named = arg && arg->set != CORDON_NO_SET && !(describer->flags & CORDON_DESCRIBE_NUMBERS);
    if (named && in_mask && arg->kind == CORDON_KIND_FLAGS) {
        cordon_mask_print(sink, describer->abi, arg, value);
        return;
    }
    struct cordon_field field;
    bool is_mode = named && !strcmp(cordon_constant_set_name(arg->set), "open_flags");
    bool parts = named && !in_mask &&
                 (arg->kind == CORDON_KIND_FLAGS ||
                  cordon_constant_set_field(describer->abi, arg->set, 0, &field));
    if (parts && (value || is_mode)) {
        struct cordon_arg wide = *arg;
        char text[256];
        struct cordon_buffer buffer = {text, sizeof text, 0};
        struct cordon_sink inner = cordon_buffer_sink(&buffer);
        wide.type = CORDON_TYPE_ULONG;
        cordon_arg_print(&inner, describer->abi, &wide, value);
        cordon_sink_text(sink, text);
        return;
    }
    const char *name = named ? cordon_constant_name(describer->abi, arg->set, value) : NULL;
    if (name && arg->kind != CORDON_KIND_FLAGS)
        cordon_sink_text(sink, name);
    else if (manner->is_signed && !in_mask && value > INT64_MAX)
        cordon_sink_signed(sink, (int64_t)value);
    else if (value < 10)
        cordon_sink_decimal(sink, value);
    else
        cordon_sink_hex(sink, value, 1);
}

/* ---- comparisons ---- */

static bool push_span(struct describer *describer, uint64_t first, uint64_t last)
{
    if (!cordon_array_grow(&cordon_allocator_libc, (void **)&describer->spans,
                           &describer->span_room, sizeof *describer->spans,
                           describer->span_count + 1)) {
        describer->error = CORDON_E_NO_MEMORY;
        return false;
    }
    describer->spans[describer->span_count++] = (struct span){first, last};
    return true;
}

static void print_set(struct describer *describer, struct cordon_sink *sink,
                      const struct manner *manner, size_t start, size_t end)
{
    cordon_sink_text(sink, " in {");
    for (size_t i = start; i < end; i++) {
        struct span span = describer->spans[i];
        cordon_sink_text(sink, i == start ? "" : ", ");
        for (; span.first < span.last && span.last - span.first < FEW; span.first++) {
            print_value(describer, sink, manner, span.first, false);
            cordon_sink_text(sink, ", ");
        }
        print_value(describer, sink, manner, span.first, false);
        if (span.last != span.first) {
            cordon_sink_text(sink, "..");
            print_value(describer, sink, manner, span.last, false);
        }
    }
    cordon_sink_text(sink, "}");
}

static uint64_t all_bits(unsigned bits)
{
    return bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* Of signed numbers: intervals are cut where the sign changes. */
static void make_signed(struct describer *describer, size_t start, unsigned bits)
{
    uint64_t sign = UINT64_C(1) << (bits - 1), extend = ~all_bits(bits);
    for (size_t i = start, end = describer->span_count; i < end; i++) {
        struct span *span = &describer->spans[i];
        if (span->first < sign && span->last >= sign) {
            uint64_t last = span->last;
            span->last = sign - 1;
            push_span(describer, sign | extend, last | extend);
        } else if (span->first >= sign) {
            span->first |= extend;
            span->last |= extend;
        }
    }
}

/* The spans since `start`, of unsigned numbers, as the shortest comparison; they are popped. */
static void print_comparison(struct describer *describer, struct cordon_sink *sink,
                             const struct manner *manner, uint64_t mask, size_t start)
{
    uint64_t most = mask;
    size_t count = describer->span_count - start;
    struct span *spans = describer->spans + start, one = spans[0];
    bool outside = count == 2 && spans[0].first == 0 && spans[1].last == most &&
                   spans[0].last + 2 == spans[1].first;
    bool masked = mask != all_bits(manner->bits);
    uint64_t hole = spans[0].last + 1;
    print_operand(sink, manner);
    if (masked) {
        cordon_sink_text(sink, " & ");
        print_value(describer, sink, manner, mask, true);
    }
    if (masked && count == 1 && one.last == most && one.first == (mask & -mask)) {
        /* any bit: the lowest set bit is the least value that isn't 0 */
    } else if (count == 1 && one.first == one.last) {
        cordon_sink_text(sink, " == ");
        if (manner->is_signed && !masked)
            make_signed(describer, start, manner->bits);
        print_value(describer, sink, manner, describer->spans[start].first, false);
    } else if (outside) {
        bool negative = manner->is_signed && !masked && hole >> (manner->bits - 1);
        cordon_sink_text(sink, " != ");
        print_value(describer, sink, manner, negative ? hole | ~all_bits(manner->bits) : hole,
                    false);
    } else if (count == 1 && one.first == 0 && !manner->is_signed) {
        cordon_sink_text(sink, " <= ");
        print_value(describer, sink, manner, one.last, false);
    } else if (count == 1 && one.last == most && !manner->is_signed) {
        cordon_sink_text(sink, " >= ");
        print_value(describer, sink, manner, one.first, false);
    } else {
        if (manner->is_signed && !masked)
            make_signed(describer, start, manner->bits);
        print_set(describer, sink, manner, start, describer->span_count);
    }
    describer->span_count = start;
}

static void begin_comparison(struct describer *describer, struct cordon_sink *sink)
{
    cordon_sink_text(sink, describer->joined ? " and " : "");
    describer->joined = true;
}

/* Prints one fact about one half alone. */
static void print_half(struct describer *describer, const struct fact *fact, unsigned arg,
                       bool high)
{
    struct cordon_sink sink = cordon_string_sink(&describer->text);
    const struct cordon_arg *named = declared(describer, arg);
    unsigned bits = named ? cordon_arg_bits(describer->abi, named) : 64;
    bool low_only = !high && named && bits == 32;
    bool short_one = !high && named && bits == 16 && fact->mask == 0xffff;
    bool mask_named = !high && named && fact->mask != UINT32_MAX &&
                      (fact->mask & ~(uint32_t)all_bits(bits < 32 ? bits : 32)) == 0;
    unsigned shift = high ? 32 : 0;
    struct manner manner = {.arg = arg, .bits = describer->abi->bits};
    if (low_only || short_one || mask_named)
        manner = (struct manner){arg, named, bits, cordon_arg_signed(named)};
    if (arg == CORDON_ARGS)
        manner.bits = 64;
    uint64_t mask = (uint64_t)fact->mask << shift;
    if (high && manner.bits == 32)
        describer->is_expressible = false;
    size_t start = describer->span_count;
    for (uint32_t i = 0; i < fact->span_count; i++) {
        struct span span = describer->spans[fact->first_span + i];
        if (!push_span(describer, span.first << shift, span.last << shift))
            return;
    }
    begin_comparison(describer, &sink);
    print_comparison(describer, &sink, &manner, mask, start);
}

/* Prints both halves as one comparison: the high half has one value, or the low half isn't
 * tested. */
static bool print_both(struct describer *describer, const struct fact *low, const struct fact *high,
                       unsigned arg)
{
    const struct span *high_spans = describer->spans + high->first_span;
    if (high->mask != UINT32_MAX || (low && low->mask != UINT32_MAX))
        return false;
    bool one = high->span_count == 1 && high_spans[0].first == high_spans[0].last;
    if (low && !one)
        return false;
    struct cordon_sink sink = cordon_string_sink(&describer->text);
    const struct cordon_arg *named = declared(describer, arg);
    bool wide = named && cordon_arg_bits(describer->abi, named) == 64;
    struct manner manner = {arg, wide ? named : NULL, 64, wide && cordon_arg_signed(named)};
    size_t start = describer->span_count;
    const struct fact *counted = low ? low : high;
    for (uint32_t i = 0; i < counted->span_count; i++) {
        struct span span = describer->spans[counted->first_span + i];
        uint64_t above = describer->spans[high->first_span].first << 32;
        bool pushed = low ? push_span(describer, above | span.first, above | span.last)
                          : push_span(describer, span.first << 32, span.last << 32 | UINT32_MAX);
        if (!pushed)
            return true;
    }
    begin_comparison(describer, &sink);
    print_comparison(describer, &sink, &manner, UINT64_MAX, start);
    return true;
}

static void print_computed(struct describer *describer, const struct fact *fact)
{
    struct cordon_sink sink = cordon_string_sink(&describer->text);
    describer->is_expressible = false;
    begin_comparison(describer, &sink);
    cordon_model_term_print(describer->model, fact->term, NULL, NULL, &sink);
    struct manner manner = {.arg = CORDON_ARGS + 1, .bits = 32};
    if (fact->mask != UINT32_MAX) {
        cordon_sink_text(&sink, " & ");
        cordon_sink_hex(&sink, fact->mask, 1);
    }
    print_set(describer, &sink, &manner, fact->first_span, fact->first_span + fact->span_count);
}

/* ---- ways ---- */

static const struct fact *full_fact(const struct describer *describer, unsigned word)
{
    const struct fact *found = NULL;
    for (uint32_t i = 0; i < describer->fact_count; i++)
        if (describer->facts[i].term == word) {
            if (found || describer->facts[i].mask != UINT32_MAX)
                return NULL; /* it has more facts than one comparison can express */
            found = &describer->facts[i];
        }
    return found;
}

static bool mentions(const struct describer *describer, unsigned word)
{
    for (uint32_t i = 0; i < describer->fact_count; i++)
        if (describer->facts[i].term == word)
            return true;
    return false;
}

static void print_argument(struct describer *describer, unsigned arg)
{
    unsigned low_word = cordon_abi_low(describer->abi, arg);
    unsigned high_word = cordon_abi_high(describer->abi, arg);
    const struct fact *low = full_fact(describer, low_word);
    const struct fact *high = full_fact(describer, high_word);
    bool wide = describer->abi->bits == 64 || arg == CORDON_ARGS;
    if (wide && high && (low || !mentions(describer, low_word)) &&
        print_both(describer, low, high, arg))
        return;
    for (uint32_t i = 0; i < describer->fact_count; i++) {
        const struct fact *fact = &describer->facts[i];
        if (fact->term == low_word || fact->term == high_word)
            print_half(describer, fact, arg, fact->term == high_word);
    }
}

/* What arguments mean can depend on others, whose values the path may tell. */
static void specify(struct describer *describer)
{
    uint64_t values[CORDON_ARGS] = {0};
    unsigned known = 0;
    if (describer->id == CORDON_NO_ID)
        return;
    describer->call = cordon_syscall(describer->abi, describer->id);
    for (unsigned arg = 0; arg < describer->call.arg_count; arg++) {
        const struct fact *fact = full_fact(describer, cordon_abi_low(describer->abi, arg));
        const struct span *span = fact ? describer->spans + fact->first_span : NULL;
        if (!fact || fact->span_count != 1 || span->first != span->last)
            continue;
        values[arg] = span->first;
        known |= 1u << arg;
    }
    cordon_syscall_specify(describer->abi, &describer->call, values, known);
}

static bool report_way(struct describer *describer, cordon_node leaf)
{
    if (describer->left-- == 0) {
        describer->error = CORDON_E_BUDGET;
        return false;
    }
    specify(describer);
    describer->text.length = 0;
    describer->joined = false;
    describer->is_expressible = true;
    for (unsigned arg = 0; arg <= CORDON_ARGS; arg++)
        print_argument(describer, arg == 0 ? CORDON_ARGS : arg - 1);
    for (uint32_t i = 0; i < describer->fact_count; i++)
        if (describer->facts[i].term >= CORDON_WORDS)
            print_computed(describer, &describer->facts[i]);
        else if (describer->facts[i].term < CORDON_WORD_IP)
            describer->is_expressible = false;
    if (describer->text.failed)
        describer->error = CORDON_E_NO_MEMORY;
    if (describer->error)
        return false;
    struct cordon_way way = {leaf, describer->joined ? describer->text.text : "",
                             describer->is_expressible &&
                                 !cordon_model_view(describer->model, leaf).is_computed};
    return describer->way(describer->context, &way);
}

static bool walk(struct describer *describer, cordon_node node);

/* All edges of a switch to one child, as one fact. */
static bool walk_child(struct describer *describer, cordon_node node, cordon_node child)
{
    struct cordon_view view = cordon_model_view(describer->model, node);
    size_t start = describer->span_count;
    uint32_t first = 0;
    for (uint32_t i = 0; i < view.edge_count; i++) {
        uint32_t last = view.edges[i].last & view.mask;
        /* the least value of the masked word above the previous edge */
        uint32_t least = i ? (((first - 1) | ~view.mask) + 1) & view.mask : 0;
        if (cordon_node_same(view.edges[i].to, child) && !push_span(describer, least, last))
            return false;
        first = last + 1;
    }
    if (describer->fact_count == MAX_FACTS) {
        describer->error = CORDON_E_BUDGET;
        return false;
    }
    describer->facts[describer->fact_count++] =
        (struct fact){view.term, view.mask, start, (uint32_t)(describer->span_count - start)};
    bool more = walk(describer, child);
    describer->fact_count--;
    describer->span_count = start;
    return more;
}

static bool walk(struct describer *describer, cordon_node node)
{
    struct cordon_view view = cordon_model_view(describer->model, node);
    if (view.is_leaf && describer->flags & CORDON_DESCRIBE_NOT_0 && !view.is_computed &&
        !view.value)
        return true;
    if (view.is_leaf)
        return report_way(describer, node);
    for (uint32_t i = 0; i < view.edge_count; i++) {
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = cordon_node_same(view.edges[j].to, view.edges[i].to);
        if (!seen && !walk_child(describer, node, view.edges[i].to))
            return false;
    }
    return true;
}

enum cordon_error cordon_describe(struct cordon_model *model, cordon_node node,
                                  const struct cordon_abi *abi, uint16_t id, unsigned flags,
                                  uint32_t limit,
                                  bool (*way)(void *context, const struct cordon_way *way),
                                  void *context)
{
    enum cordon_error status = cordon_model_status(model);
    struct describer describer = {.model = model,
                                  .abi = abi,
                                  .id = id,
                                  .flags = flags,
                                  .left = limit,
                                  .way = way,
                                  .context = context};
    if (status)
        return status;
    walk(&describer, node);
    cordon_string_free(&describer.text);
    if (describer.spans)
        cordon_allocator_libc.resize(NULL, describer.spans,
                                     describer.span_room * sizeof *describer.spans, 0);
    return describer.error;
}
