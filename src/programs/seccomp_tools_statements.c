/* SPDX-License-Identifier: MIT */
/* seccomp_tools_statements.c: parses the statements of seccomp-tools' assembler. */
#include "cordon/action.h"
#include "seccomp_tools_asm.h"

/* ---- operands ---- */

/* Takes X, or a number. */
static bool operand(struct sasm *sasm, struct cordon_insn *insn)
{
    if (!sasm_take_word(sasm, "x"))
        return sasm_number(sasm, &insn->k);
    insn->code = cordon_opcode_with_x(insn->code);
    return true;
}

/* [NUMBER] */
static bool index_of(struct sasm *sasm, uint32_t below, uint32_t *value)
{
    if (!sasm_take(sasm, "["))
        return sasm_expected(sasm, "\"[\"");
    const char *at = sasm->at;
    if (!sasm_number(sasm, value))
        return false;
    if (*value >= below)
        return sasm_refuse(sasm, at, 1, "the index must be below %u", below);
    return sasm_take(sasm, "]") || sasm_expected(sasm, "\"]\"");
}

/* ---- statements ---- */

static bool target(struct sasm *sasm, struct word *where)
{
    *where = sasm_peek(sasm);
    sasm->at += where->length;
    return where->length || sasm_expected(sasm, "a label");
}

static bool goto_target(struct sasm *sasm, struct word *where)
{
    if (sasm_take_word(sasm, "goto") || sasm_take_word(sasm, "jmp") || sasm_take_word(sasm, "jump"))
        return target(sasm, where);
    return sasm_expected(sasm, "goto");
}

static void swap(struct statement *statement)
{
    struct word yes = statement->yes;
    statement->yes = statement->no;
    statement->no = yes;
}

static const struct {
    char text[4];
    uint8_t code;
    bool negated; /* written as the opposite comparison with its targets swapped */
} operators[] = {
    {"<<=", CORDON_OP_LSH_K, false}, {">>=", CORDON_OP_RSH_K, false},
    {"+=", CORDON_OP_ADD_K, false},  {"-=", CORDON_OP_SUB_K, false},
    {"*=", CORDON_OP_MUL_K, false},  {"/=", CORDON_OP_DIV_K, false},
    {"|=", CORDON_OP_OR_K, false},   {"&=", CORDON_OP_AND_K, false},
    {"^=", CORDON_OP_XOR_K, false},  {"==", CORDON_OP_JEQ_K, false},
    {"!=", CORDON_OP_JEQ_K, true},   {">=", CORDON_OP_JGE_K, false},
    {"<=", CORDON_OP_JGT_K, true},   {">", CORDON_OP_JGT_K, false},
    {"<", CORDON_OP_JGE_K, true},    {"&", CORDON_OP_JSET_K, false},
};

/* Takes an operator and its operand. *negated: the comparison is the opposite one. */
static bool operation(struct sasm *sasm, struct cordon_insn *insn, bool *negated)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (sasm_take(sasm, operators[i].text)) {
            insn->code = operators[i].code;
            *negated = operators[i].negated;
            return operand(sasm, insn);
        }
    return sasm_expected(sasm, "an operator");
}

/* ([!(] A == 5 [)]) goto LABEL [else goto LABEL] */
static bool conditional(struct sasm *sasm, struct statement *statement)
{
    bool negated = false, turned = false;
    unsigned brackets = 1;
    if (!sasm_take(sasm, "("))
        return sasm_expected(sasm, "\"(\"");
    for (; sasm_take(sasm, "!"); brackets++, turned = !turned)
        if (!sasm_take(sasm, "("))
            return sasm_expected(sasm, "\"(\"");
    if (!sasm_take_word(sasm, "a"))
        return sasm_expected(sasm, "A");
    if (!operation(sasm, &statement->insn, &negated))
        return false;
    if (!cordon_opcode_is_branch(statement->insn.code))
        return sasm_expected(sasm, "a comparison");
    for (; brackets > 0; brackets--)
        if (!sasm_take(sasm, ")"))
            return sasm_expected(sasm, "\")\"");
    if (!goto_target(sasm, &statement->yes) ||
        (sasm_take_word(sasm, "else") && !goto_target(sasm, &statement->no)))
        return false;
    if (negated != turned)
        swap(statement);
    return true;
}

/* sys_number, arch, instruction_pointer, args[n], args_h[n], data[n]; the low half of what has 64
 * bits, or with >> 32 the high one */
static bool data_word(struct sasm *sasm, uint32_t *k)
{
    static const struct {
        char name[20];
        uint8_t offset, count, stride; /* count 0: it has no index */
        enum { ALL, LOW, HIGH } half;
    } words[] = {{"sys_number", 4 * CORDON_WORD_NR, 0, 0, ALL},
                 {"arch", 4 * CORDON_WORD_ARCH, 0, 0, ALL},
                 {"instruction_pointer", 4 * CORDON_WORD_IP, 0, 0, LOW},
                 {"args", 4 * CORDON_WORD_ARGS, CORDON_ARGS, 8, LOW},
                 {"args_h", 4 * CORDON_WORD_ARGS, CORDON_ARGS, 8, HIGH},
                 {"data", 0, 4 * CORDON_WORDS, 1, ALL}};
    bool big = sasm->abi && sasm->abi->big_endian;
    size_t i = 0;
    while (i < sizeof words / sizeof *words && !sasm_take_word(sasm, words[i].name))
        i++;
    if (i == sizeof words / sizeof *words)
        return false;
    uint32_t index = 0;
    if (words[i].count && !index_of(sasm, words[i].count, &index))
        return false;
    *k = words[i].offset + words[i].stride * index;
    if (words[i].half && (words[i].half == HIGH) != big)
        *k += 4;
    if (words[i].half == LOW && sasm_take(sasm, ">>")) {
        if (!sasm_take_word(sasm, "32"))
            return sasm_expected(sasm, "32");
        *k ^= 4;
    }
    return true;
}

/* The value after `A =` or `X =`. */
static bool assignment(struct sasm *sasm, struct cordon_insn *insn, bool to_x)
{
    const char *start = sasm_peek(sasm).text;
    if (sasm_take_word(sasm, to_x ? "a" : "x")) {
        insn->code = to_x ? CORDON_OP_TAX : CORDON_OP_TXA;
    } else if (sasm_take_word(sasm, "mem")) {
        insn->code = to_x ? CORDON_OP_LDX_MEM : CORDON_OP_LD_MEM;
        return index_of(sasm, CORDON_SCRATCH, &insn->k);
    } else if (sasm_take_word(sasm, "len")) {
        insn->code = to_x ? CORDON_OP_LDX_LEN : CORDON_OP_LD_LEN;
    } else if (!to_x && sasm_take(sasm, "-") && sasm_take_word(sasm, "a")) {
        insn->code = CORDON_OP_NEG;
    } else {
        sasm->at = start;
        insn->code = CORDON_OP_LD_WORD;
        if (!to_x && data_word(sasm, &insn->k))
            return true;
        insn->code = to_x ? CORDON_OP_LDX_IMM : CORDON_OP_LD_IMM;
        return !sasm->failed && sasm_number(sasm, &insn->k);
    }
    return true;
}

/* A statement that begins with A: an assignment, arithmetic, or a comparison. */
static bool about_a(struct sasm *sasm, struct statement *statement)
{
    bool negated = false, equals = sasm_take(sasm, "==");
    if (equals)
        sasm->at -= 2; /* an operator, as below */
    if (!equals && sasm_take(sasm, "="))
        return assignment(sasm, &statement->insn, false);
    if (!operation(sasm, &statement->insn, &negated))
        return false;
    if (!cordon_opcode_is_branch(statement->insn.code))
        return true;
    if (!sasm_take(sasm, "?") || !target(sasm, &statement->yes) || !sasm_take(sasm, ":") ||
        !target(sasm, &statement->no))
        return sasm_expected(sasm, "? LABEL : LABEL");
    if (negated)
        swap(statement);
    return true;
}

bool sasm_return(struct sasm *sasm, struct cordon_insn *insn)
{
    static const struct {
        const char *name;
        uint32_t value;
    } actions[] = {{"KILL_PROCESS", (uint32_t)CORDON_KILL_PROCESS},
                   {"KILL", (uint32_t)CORDON_KILL_THREAD},
                   {"KILL_THREAD", (uint32_t)CORDON_KILL_THREAD},
                   {"TRAP", (uint32_t)CORDON_TRAP},
                   {"ERRNO", (uint32_t)CORDON_ERRNO},
                   {"TRACE", (uint32_t)CORDON_TRACE},
                   {"LOG", (uint32_t)CORDON_LOG},
                   {"ALLOW", (uint32_t)CORDON_ALLOW},
                   {"USER_NOTIF", (uint32_t)CORDON_USER_NOTIF}};
    uint32_t data = 0;
    insn->code = sasm_take_word(sasm, "a") ? CORDON_OP_RET_A : CORDON_OP_RET_K;
    if (insn->code == CORDON_OP_RET_A)
        return true;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        if (!sasm_take_word(sasm, actions[i].name))
            continue;
        const char *at = sasm_peek(sasm).text;
        if (at < sasm->end && *at == '(' && !sasm_number(sasm, &data))
            return false;
        insn->k = actions[i].value | (data & CORDON_ACTION_DATA); /* as seccomp-tools does */
        return true;
    }
    return sasm_number(sasm, &insn->k);
}

/* mem[n] = A or X */
static bool store(struct sasm *sasm, struct cordon_insn *insn)
{
    if (!index_of(sasm, CORDON_SCRATCH, &insn->k))
        return false;
    if (!sasm_take(sasm, "="))
        return sasm_expected(sasm, "\"=\"");
    insn->code = sasm_take_word(sasm, "x") ? CORDON_OP_STX : CORDON_OP_ST;
    return insn->code == CORDON_OP_STX || sasm_take_word(sasm, "a") ||
           sasm_expected(sasm, "A or X");
}

bool sasm_statement(struct sasm *sasm, struct statement *statement)
{
    struct cordon_insn *insn = &statement->insn;
    if (sasm_take_word(sasm, "a"))
        return about_a(sasm, statement);
    if (sasm_take_word(sasm, "x"))
        return sasm_take(sasm, "=") ? assignment(sasm, insn, true) : sasm_expected(sasm, "\"=\"");
    if (sasm_take_word(sasm, "mem"))
        return store(sasm, insn);
    if (sasm_take_word(sasm, "if"))
        return conditional(sasm, statement);
    if (sasm_take_word(sasm, "return"))
        return sasm_return(sasm, insn);
    insn->code = CORDON_OP_JA;
    if (!goto_target(sasm, &statement->yes))
        return false;
    statement->no = statement->yes;
    return true;
}
