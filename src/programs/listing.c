/* SPDX-License-Identifier: MIT */
/*
 * listing.c: lists instructions with comments: the word that is loaded, the call or architecture
 * that a number is compared with, the action that is returned.
 *
 * One pass tracks the word in A and the architecture that was tested, because jumps only go
 * forward. Where paths with different states meet, the state becomes unknown.
 */
#include <stdio.h>

#include "cordon/action.h"
#include "writers.h"

/* The state before an instruction. */
struct known {
    bool reached;
    int word;       /* index of the word in A, -1: unknown */
    uint32_t token; /* the architecture, 0: unknown */
};

struct cordon_listing {
    const struct cordon_allocator *allocator;
    uint32_t token; /* the architecture where the program doesn't tell */
    struct cordon_program program;
    struct known known[];
};

/* ---- facts ---- */

static void meet(struct known *at, struct known now)
{
    if (!at->reached) {
        *at = now;
        return;
    }
    if (at->word != now.word)
        at->word = -1;
    if (at->token != now.token)
        at->token = 0;
}

/* Does an instruction that neither jumps nor returns leave A unchanged, apart from a mask? */
static bool keeps_word(uint16_t code)
{
    enum cordon_opcode_class class = cordon_opcode_class(code);
    return code == CORDON_OP_AND_K || class == CORDON_CLASS_ST || class == CORDON_CLASS_STX ||
           class == CORDON_CLASS_LDX;
}

static void flow(struct known *known, const struct cordon_insn *insn, uint32_t at)
{
    struct known now = known[at];
    if (!now.reached || cordon_opcode_is_return(insn->code))
        return;
    if (insn->code == CORDON_OP_JA) {
        meet(&known[at + 1 + insn->k], now);
    } else if (cordon_opcode_is_branch(insn->code)) {
        struct known taken = now;
        if (insn->code == CORDON_OP_JEQ_K && now.word == CORDON_WORD_ARCH)
            taken.token = insn->k;
        meet(&known[at + 1 + insn->jt], taken);
        meet(&known[at + 1 + insn->jf], now);
    } else {
        if (insn->code == CORDON_OP_LD_WORD)
            now.word = (int)(insn->k / 4);
        else if (!keeps_word(insn->code))
            now.word = -1;
        meet(&known[at + 1], now);
    }
}

static size_t size_of(const struct cordon_program *program)
{
    return sizeof(struct cordon_listing) + program->length * sizeof(struct known);
}

enum cordon_error cordon_listing_create(struct cordon_listing **listing,
                                        const struct cordon_program *program,
                                        const struct cordon_abi *abi,
                                        const struct cordon_allocator *allocator)
{
    allocator = allocator ? allocator : &cordon_allocator_libc;
    struct cordon_listing *made = allocator->resize(allocator->context, NULL, 0, size_of(program));
    if (!made)
        return CORDON_E_NO_MEMORY;
    made->allocator = allocator;
    made->token = abi ? abi->token : cordon_abi_native()->token;
    made->program = *program;
    for (uint32_t i = 0; i < program->length; i++)
        made->known[i] = (struct known){i == 0, -1, 0};
    for (uint32_t i = 0; i < program->length; i++)
        flow(made->known, &program->insns[i], i);
    *listing = made;
    return CORDON_OK;
}

void cordon_listing_free(struct cordon_listing *listing)
{
    if (listing)
        listing->allocator->resize(listing->allocator->context, listing, size_of(&listing->program),
                                   0);
}

/* ---- comments ---- */

static const struct cordon_abi *abi_of_token(uint32_t token)
{
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (cordon_abi(id)->token == token)
            return cordon_abi(id);
    return NULL;
}

static void comment_word(struct cordon_sink *sink, int word, uint32_t token)
{
    static const char *const fixed[] = {"nr", "arch"};
    if (word < 2) {
        cordon_sink_text(sink, fixed[word]);
        return;
    }
    const struct cordon_abi *abi = abi_of_token(token);
    bool high = abi && ((word & 1) != 0) != abi->big_endian;
    cordon_sink_text(sink, word < CORDON_WORD_ARGS ? "ip" : "arg");
    if (word >= CORDON_WORD_ARGS)
        cordon_sink_decimal(sink, (uint64_t)(word - CORDON_WORD_ARGS) / 2);
    cordon_sink_text(sink, high ? " high" : " low");
}

static void comment_value(struct cordon_sink *sink, const struct known *known, uint32_t token,
                          uint32_t k)
{
    if (known->word == CORDON_WORD_ARCH) {
        const struct cordon_abi *abi = abi_of_token(k);
        if (abi)
            cordon_sink_text(sink, abi->name);
    } else if (known->word == CORDON_WORD_NR) {
        const struct cordon_abi *abi = cordon_abi_of_call(token, k);
        uint16_t id = abi ? cordon_syscall_id_by_nr(abi, k) : CORDON_NO_ID;
        if (id != CORDON_NO_ID)
            cordon_sink_text(sink, cordon_syscall_name(id));
    }
}

static void comment(struct cordon_sink *sink, const struct cordon_listing *listing, uint32_t index)
{
    const struct cordon_insn *insn = &listing->program.insns[index];
    const struct known *known = &listing->known[index];
    uint32_t token = known->token ? known->token : listing->token;
    if (insn->code == CORDON_OP_LD_WORD)
        comment_word(sink, (int)(insn->k / 4), token);
    else if (cordon_opcode_is_branch(insn->code) && !cordon_opcode_uses_x(insn->code))
        comment_value(sink, known, token, insn->k);
    else if (insn->code == CORDON_OP_RET_K)
        cordon_action_print(sink, insn->k);
}

/* ---- lines ---- */

struct cordon_listing_line cordon_listing_line(const struct cordon_listing *listing, uint32_t index)
{
    struct cordon_listing_line line = {.index = index, .insn = listing->program.insns[index]};
    struct cordon_buffer text = {line.text, sizeof line.text, 0};
    struct cordon_buffer words = {line.comment, sizeof line.comment, 0};
    struct cordon_sink sink = cordon_buffer_sink(&text);
    cordon_insn_print(&sink, &line.insn, index);
    sink = cordon_buffer_sink(&words);
    comment(&sink, listing, index);
    return line;
}

void cordon_listing_line_print(struct cordon_sink *sink, const struct cordon_listing_line *line)
{
    char text[sizeof line->text + sizeof line->comment + 32];
    snprintf(text, sizeof text, line->comment[0] ? "%4u: %-30s ; %s\n" : "%4u: %s\n", line->index,
             line->text, line->comment);
    cordon_sink_text(sink, text);
}

enum cordon_error write_asm(struct cordon_sink *sink, const struct cordon_program_source *source,
                            const struct cordon_allocator *allocator)
{
    struct cordon_listing *listing;
    enum cordon_error error = cordon_listing_create(&listing, source->program, NULL, allocator);
    if (error)
        return error;
    for (uint32_t i = 0; i < source->program->length; i++) {
        struct cordon_listing_line line = cordon_listing_line(listing, i);
        cordon_listing_line_print(sink, &line);
    }
    cordon_listing_free(listing);
    return CORDON_OK;
}
