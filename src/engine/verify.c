/* SPDX-License-Identifier: MIT */
/*
 * verify.c: decides which programs the kernel accepts: each single instruction, the data flow of
 * scratch memory, and the program as a whole.
 */
#include "cordon/engine.h"

#include <string.h>

#include "isa.h"

static const char *const reason_texts[] = {
#define TEXT(name, text) text,
    CORDON_REASONS(TEXT)
#undef TEXT
};

const char *cordon_reason_text(enum cordon_reason reason)
{
    return reason_texts[reason];
}

static bool refuse(struct cordon_fault *fault, enum cordon_reason reason, uint32_t insn)
{
    if (fault)
        *fault = (struct cordon_fault){reason, insn};
    return false;
}

/* Checks one instruction with `left` instructions after it. */
static enum cordon_reason check_insn(const struct cordon_insn *insn, uint32_t left)
{
    const struct isa_row *row = isa_find(insn->code);
    if (!row)
        return CORDON_REASON_OPCODE;
    switch ((enum check)row->check) {
    case CHECK_WORD:
        if (insn->k >= sizeof(struct cordon_data))
            return CORDON_REASON_LOAD_RANGE;
        return insn->k % 4 ? CORDON_REASON_LOAD_ALIGN : CORDON_REASON_NONE;
    case CHECK_LOAD:
    case CHECK_STORE:
        return insn->k >= CORDON_SCRATCH ? CORDON_REASON_SCRATCH_RANGE : CORDON_REASON_NONE;
    case CHECK_NOT_ZERO:
        return insn->k == 0 ? CORDON_REASON_DIVISION : CORDON_REASON_NONE;
    case CHECK_BELOW_32:
        return insn->k >= 32 ? CORDON_REASON_SHIFT : CORDON_REASON_NONE;
    case CHECK_JUMP:
        return insn->k >= left ? CORDON_REASON_JUMP_RANGE : CORDON_REASON_NONE;
    case CHECK_BRANCH:
        return insn->jt >= left || insn->jf >= left ? CORDON_REASON_JUMP_RANGE : CORDON_REASON_NONE;
    case CHECK_NOTHING:
    case CHECK_RETURN:
        break;
    }
    return CORDON_REASON_NONE;
}

/*
 * Scratch words that are certainly written, in one pass, because jumps only go forward:
 * `written[i]` is the intersection over all jumps to i. A return doesn't end the flow into the next
 * instruction: the kernel's check doesn't compute reachability either.
 */
static bool check_scratch(const struct cordon_insn *insns, uint32_t length, uint16_t *written,
                          struct cordon_fault *fault)
{
    memset(written, 0xff, length * sizeof *written);
    uint16_t now = 0;
    for (uint32_t i = 0; i < length; i++) {
        const struct cordon_insn *insn = &insns[i];
        now &= written[i];
        switch ((enum check)isa_find(insn->code)->check) {
        case CHECK_STORE:
            now |= (uint16_t)(1u << insn->k);
            break;
        case CHECK_LOAD:
            if (!(now >> insn->k & 1))
                return refuse(fault, CORDON_REASON_SCRATCH_UNSET, i);
            break;
        case CHECK_JUMP:
            written[i + 1 + insn->k] &= now;
            now = UINT16_MAX;
            break;
        case CHECK_BRANCH:
            written[i + 1 + insn->jt] &= now;
            written[i + 1 + insn->jf] &= now;
            now = UINT16_MAX;
            break;
        default:
            break;
        }
    }
    return true;
}

bool cordon_program_verify_in(struct cordon_program *program, const struct cordon_insn *insns,
                              uint32_t length, uint16_t *room, struct cordon_fault *fault)
{
    if (length == 0)
        return refuse(fault, CORDON_REASON_EMPTY, 0);
    if (length > CORDON_MAX_INSNS)
        return refuse(fault, CORDON_REASON_TOO_LONG, 0);
    for (uint32_t i = 0; i < length; i++) {
        enum cordon_reason reason = check_insn(&insns[i], length - i - 1);
        if (reason)
            return refuse(fault, reason, i);
    }
    if (isa_find(insns[length - 1].code)->check != CHECK_RETURN)
        return refuse(fault, CORDON_REASON_NO_RETURN, length - 1);
    if (!check_scratch(insns, length, room, fault))
        return false;
    *program = (struct cordon_program){insns, length};
    return true;
}

bool cordon_program_verify(struct cordon_program *program, const struct cordon_insn *insns,
                           uint32_t length, struct cordon_fault *fault)
{
    uint16_t room[CORDON_MAX_INSNS];
    return cordon_program_verify_in(program, insns, length, room, fault);
}

/* FNV-1a */
uint64_t cordon_program_hash(const struct cordon_program *program)
{
    const unsigned char *bytes = (const unsigned char *)program->insns;
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < program->length * sizeof *program->insns; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3;
    return hash;
}
