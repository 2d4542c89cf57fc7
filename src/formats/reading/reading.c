/* SPDX-License-Identifier: MIT */
/* reading.c: texts, lines, numbers and includes, for readers of other languages. */
#include "reading.h"

#include <stdio.h>
#include <string.h>

/* ---- the text at hand ---- */

static bool is_control(unsigned char c)
{
    return (c < ' ' && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
}

bool reading_start(struct reading *reading, struct cordon_tree *tree, const char *name)
{
    *reading = (struct reading){.tree = tree, .name = name, .line = 1};
    for (uint32_t i = 0; name && i < tree->policy->text_count; i++)
        if (tree->policy->texts[i].name == name) {
            reading->text = tree->policy->texts[i].text;
            reading->length = tree->policy->texts[i].length;
        }
    for (uint32_t i = 0; i < reading->length; i++) {
        unsigned char c = (unsigned char)reading->text[i];
        if (!is_control(c))
            continue;
        cordon_tree_error(tree, CORDON_E_FORMAT, cordon_tree_place(tree, name, i, 1), NULL,
                          "not a policy: unexpected control character 0x%02x", c);
        return false;
    }
    return reading->text != NULL;
}

int reading_peek(const struct reading *reading, uint32_t ahead)
{
    uint32_t at = reading->at + ahead;
    return at < reading->length ? (unsigned char)reading->text[at] : -1;
}

void reading_take(struct reading *reading)
{
    if (reading->text[reading->at++] == '\n') {
        reading->line++;
        reading->line_start = reading->at;
    }
}

struct cordon_place reading_place(const struct reading *reading, uint32_t from, uint32_t length)
{
    return (struct cordon_place){reading->name, reading->line, from - reading->line_start + 1,
                                 length};
}

int reading_punct(struct reading *reading)
{
    static const struct {
        char text[3];
        int punct;
    } pairs[] = {{"||", READING_OR}, {"&&", READING_AND}, {"==", READING_EQ},
                 {"!=", READING_NE}, {"<=", READING_LE},  {">=", READING_GE}};
    int c = reading_peek(reading, 0), next = reading_peek(reading, 1);
    reading_take(reading);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i].text[0] == c && pairs[i].text[1] == next) {
            reading_take(reading);
            return pairs[i].punct;
        }
    return c;
}

bool reading_is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool reading_is_digit(int c)
{
    return c >= '0' && c <= '9';
}

bool reading_is_word(int c)
{
    return reading_is_letter(c) || reading_is_digit(c);
}

/* ---- numbers ---- */

static uint32_t digit_of(int c)
{
    if (reading_is_digit(c))
        return (uint32_t)(c - '0');
    int lower = c | 0x20;
    return lower >= 'a' && lower <= 'f' ? (uint32_t)(lower - 'a' + 10) : UINT32_MAX;
}

const char *reading_number(const char *text, uint32_t length, uint64_t *value)
{
    uint32_t base = 10, at = 0;
    if (length > 1 && text[0] == '0') {
        int second = text[1] | 0x20;
        base = second == 'x' ? 16 : second == 'b' ? 2 : 8;
        at = base == 8 ? 1 : 2;
    }
    *value = 0;
    if (at == length)
        return "not a number";
    for (; at < length; at++) {
        uint32_t digit = digit_of(text[at]);
        if (digit >= base)
            return "not a number";
        if (*value > (UINT64_MAX - digit) / base)
            return "the number does not fit in 64 bits";
        *value = *value * base + digit;
    }
    return NULL;
}

/* ---- suggestions ---- */

void reading_suggest(const struct cordon_tree *tree, char *hint, const char *name, uint32_t length,
                     uint32_t count, const char *(*nth)(uint32_t index))
{
    bool collected = tree->reporter->errors < CORDON_POLICY_MAX_ERRORS; /* the search is slow */
    const char *nearest = collected ? cordon_name_nearest(name, length, count, nth) : NULL;
    hint[0] = '\0';
    if (nearest)
        snprintf(hint, 160, "did you mean %s?", nearest);
}

static const char *nth_call(uint32_t index)
{
    return cordon_syscall_name((uint16_t)index);
}

void reading_suggest_call(const struct cordon_tree *tree, char *hint, const char *name,
                          uint32_t length)
{
    reading_suggest(tree, hint, name, length, cordon_syscall_id_count(), nth_call);
}

/* ---- reporting ---- */

void reading_error(struct cordon_tree *tree, bool *failed, enum cordon_error code,
                   struct cordon_place place, const char *hint, const char *format, va_list args)
{
    char text[256];
    if (*failed)
        return;
    *failed = true;
    vsnprintf(text, sizeof text, format, args);
    cordon_tree_error(tree, code, place, hint && hint[0] ? hint : NULL, "%s", text);
}

/* ---- includes ---- */

/* Keeps all texts of a policy, because errors quote them. */
static bool is_too_much(const struct cordon_policy *policy, size_t more)
{
    uint64_t sum = more;
    for (uint32_t i = 0; i < policy->text_count; i++)
        sum += policy->texts[i].length;
    return more > CORDON_POLICY_MAX_BYTES || sum > READING_MAX_BYTES;
}

bool reading_beside(char *whole, size_t room, const char *from, const char *path, uint32_t length)
{
    const char *slash = length && path[0] == '/' ? NULL : strrchr(from, '/');
    int folder = slash ? (int)(slash - from) + 1 : 0;
    bool here = folder && length > 2 && path[0] == '.' && path[1] == '/';
    path += here ? 2 : 0;
    length -= here ? 2 : 0;
    return (size_t)snprintf(whole, room, "%.*s%.*s", folder, from, (int)length, path) < room;
}

const char *reading_include(struct cordon_tree *tree, const struct cordon_format_options *options,
                            const char *from, const char *path, uint32_t length,
                            struct cordon_place place)
{
    char name[4096], *text = NULL;
    size_t text_length = 0;
    bool fits = reading_beside(name, sizeof name, from, path, length);
    if (!tree->policy || !fits || tree->policy->text_count > READING_MAX_INCLUDES) {
        cordon_tree_error(tree, CORDON_E_BUDGET, place, NULL,
                          fits ? "more than %u texts are included" : "the name is too long",
                          READING_MAX_INCLUDES);
        return NULL;
    }
    const struct cordon_loader *loader = &options->policy.loader;
    const char *problem = loader->open_text
                              ? loader->open_text(loader->context, name, &text, &text_length)
                              : "files cannot be opened here";
    if (problem) {
        bool installed = name[0] == '/' || !strchr(name, '/');
        cordon_tree_error(tree, CORDON_E_IO, place,
                          installed ? "-I DIR or --root DIR say where it is" : NULL,
                          "cannot include %.200s: %s", name, problem);
        return NULL;
    }
    bool too_much = is_too_much(tree->policy, text_length);
    if (too_much)
        cordon_tree_error(tree, CORDON_E_BUDGET, place, NULL, "more than %u MiB are included",
                          READING_MAX_BYTES >> 20);
    const char *known = too_much ? NULL : cordon_tree_text(tree, text, text_length, name);
    loader->close_text(loader->context, text);
    return known;
}

/* ---- conditions ---- */

const struct cordon_expr *reading_expr(struct cordon_tree *tree, struct cordon_expr expr)
{
    struct cordon_expr *copy =
        tree->policy ? cordon_arena_alloc(&tree->policy->arena, sizeof *copy) : NULL;
    if (copy)
        *copy = expr;
    else
        cordon_tree_error(tree, CORDON_E_NO_MEMORY, expr.place, NULL, "out of memory");
    return copy;
}

static const struct cordon_cond *
pair_up(struct cordon_tree *tree, const struct cordon_cond **conds, uint32_t count,
        const struct cordon_cond *(*join)(struct cordon_tree *, const struct cordon_cond *,
                                          const struct cordon_cond *))
{
    for (; count > 1; count = (count + 1) / 2)
        for (uint32_t i = 0; i < count; i += 2)
            conds[i / 2] = i + 1 < count ? join(tree, conds[i], conds[i + 1]) : conds[i];
    return count ? conds[0] : NULL;
}

const struct cordon_cond *reading_all(struct cordon_tree *tree, const struct cordon_cond **conds,
                                      uint32_t count)
{
    return pair_up(tree, conds, count, cordon_tree_and);
}

const struct cordon_cond *reading_any(struct cordon_tree *tree, const struct cordon_cond **conds,
                                      uint32_t count)
{
    return pair_up(tree, conds, count, cordon_tree_or);
}
