/* SPDX-License-Identifier: MIT */
/*
 * listing.c: instructions with comments: the word that is loaded, the call or architecture that a
 * number is compared with, the answer that is returned.
 *
 * What A holds, and which architecture was tested, is followed in a straight line along the jumps;
 * where ways meet with different knowledge, it is forgotten.
 */
#include "listing.h"

#include <stdlib.h>
#include <string.h>

/* What is known when an instruction is reached. */
struct known {
    bool reached;
    int word;       /* index of the word in A, -1: unknown */
    uint32_t token; /* the architecture, 0: unknown */
};

static void meet(struct known *at, struct known now)
{
    if (!at->reached) {
        *at = now;
        at->reached = true;
        return;
    }
    if (at->word != now.word)
        at->word = -1;
    if (at->token != now.token)
        at->token = 0;
}

#define IS_LOAD(code)   ((code) == 0x20)
#define IS_BRANCH(code) (((code)&7) == 5 && (code) != 5)
#define IS_RETURN(code) (((code)&7) == 6)

static void flow(const struct cordon_insn *insn, uint32_t at, struct known *known)
{
    struct known now = known[at];
    if (!now.reached || IS_RETURN(insn->code))
        return;
    if (insn->code == 0x05) {
        meet(&known[at + 1 + insn->k], now);
    } else if (IS_BRANCH(insn->code)) {
        struct known taken = now;
        if (insn->code == 0x15 && now.word == CORDON_WORD_ARCH)
            taken.token = insn->k;
        meet(&known[at + 1 + insn->jt], taken);
        meet(&known[at + 1 + insn->jf], now);
    } else {
        bool keeps = insn->code == 0x02 || insn->code == 0x03 || (insn->code & 7) == 1;
        if (IS_LOAD(insn->code))
            now.word = (int)(insn->k / 4);
        else if (!keeps && insn->code != 0x54)
            now.word = -1;
        meet(&known[at + 1], now);
    }
}

static struct known *follow(const struct cordon_program *program)
{
    struct known *known = calloc(program->length + 1u, sizeof *known);
    if (!known)
        return NULL;
    known[0] = (struct known){true, -1, 0};
    for (uint32_t i = 0; i < program->length; i++)
        flow(&program->insns[i], i, known);
    return known;
}

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
    const struct cordon_abi *abi = abi_of_token(token ? token : cordon_abi_native()->token);
    bool high = abi && ((word & 1) != 0) != abi->big_endian;
    cordon_sink_text(sink, word < CORDON_WORD_ARGS ? "ip" : "arg");
    if (word >= CORDON_WORD_ARGS)
        cordon_sink_decimal(sink, (uint64_t)(word - CORDON_WORD_ARGS) / 2);
    cordon_sink_text(sink, high ? " high" : " low");
}

static void comment_value(struct cordon_sink *sink, const struct known *known, uint32_t k)
{
    if (known->word == CORDON_WORD_ARCH) {
        const struct cordon_abi *abi = abi_of_token(k);
        if (abi)
            cordon_sink_text(sink, abi->name);
    } else if (known->word == CORDON_WORD_NR) {
        uint32_t token = known->token ? known->token : cordon_abi_native()->token;
        const struct cordon_abi *abi = cordon_abi_of_call(token, k);
        uint16_t id = abi ? cordon_syscall_id_by_nr(abi, k) : CORDON_NO_ID;
        if (id != CORDON_NO_ID)
            cordon_sink_text(sink, cordon_syscall_name(id));
    }
}

static void comment(struct cordon_sink *sink, const struct cordon_insn *insn,
                    const struct known *known)
{
    if (IS_LOAD(insn->code))
        comment_word(sink, (int)(insn->k / 4), known->token);
    else if (IS_BRANCH(insn->code) && !(insn->code & 8))
        comment_value(sink, known, insn->k);
    else if (insn->code == 0x06)
        cordon_action_print(sink, insn->k);
}

struct line {
    char text[96], comment[96];
};

static struct line make_line(const struct cordon_program *program, const struct known *known,
                             uint32_t i)
{
    struct line line;
    struct cordon_buffer buffer = {line.text, sizeof line.text, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    cordon_insn_print(&sink, &program->insns[i], i);
    struct cordon_buffer second = {line.comment, sizeof line.comment, 0};
    sink = cordon_buffer_sink(&second);
    if (known)
        comment(&sink, &program->insns[i], &known[i]);
    return line;
}

static void print_line(FILE *file, const struct cordon_program *program, const struct known *known,
                       uint32_t i)
{
    struct line line = make_line(program, known, i);
    fprintf(file, line.comment[0] ? "%4u: %-30s ; %s\n" : "%4u: %s\n", i, line.text, line.comment);
}

void listing_print(FILE *file, const struct cordon_program *program)
{
    struct known *known = follow(program);
    for (uint32_t i = 0; i < program->length; i++)
        print_line(file, program, known, i);
    free(known);
}

void listing_print_path(FILE *file, const struct cordon_program *program, const uint32_t *path,
                        uint32_t count)
{
    struct known *known = follow(program);
    for (uint32_t i = 0; i < count; i++)
        print_line(file, program, known, path[i]);
    free(known);
}

json_t *listing_json(const struct cordon_program *program)
{
    struct known *known = follow(program);
    json_t *list = json_array();
    for (uint32_t i = 0; i < program->length; i++) {
        const struct cordon_insn *insn = &program->insns[i];
        struct line line = make_line(program, known, i);
        json_array_append_new(list, json_pack("{si si si si sI ss ss}", "index", (int)i, "code",
                                              (int)insn->code, "jt", (int)insn->jt, "jf",
                                              (int)insn->jf, "k", (json_int_t)insn->k, "text",
                                              line.text, "comment", line.comment));
    }
    free(known);
    return list;
}
