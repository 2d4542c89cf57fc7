/* SPDX-License-Identifier: MIT */
/* profile.c: parses the lines of profiles that concern system calls. */
#include <stdio.h>
#include <string.h>

#include "firejail.h"

#define MAX_IGNORED 32u /* Firejail's own limits */
#define MAX_LINE    8191u
#define MAX_DEPTH   16u

const struct firejail_name firejail_namespaces[FIREJAIL_NAMESPACES] = {
    {"cgroup", 0x02000000}, {"ipc", 0x08000000},  {"net", 0x40000000},  {"mnt", 0x00020000},
    {"pid", 0x20000000},    {"time", 0x00000080}, {"user", 0x10000000}, {"uts", 0x04000000}};
const struct firejail_name firejail_protocols[6] = {
    {"unix", 1}, {"inet", 2}, {"inet6", 10}, {"netlink", 16}, {"packet", 17}, {"bluetooth", 31}};

struct line {
    struct firejail_list command, rest; /* the text of `rest` is NULL if there is none */
};

struct profile {
    struct firejail *firejail;
    struct firejail_list ignored[MAX_IGNORED];
    uint32_t ignored_count;
};

/* ---- words ---- */

static bool is_text(const struct firejail_list *list, const char *text)
{
    return list->text && list->length == strlen(text) && !memcmp(list->text, text, list->length);
}

static struct firejail_list cut(const struct firejail_list *list, uint32_t from, uint32_t length)
{
    struct firejail_list part = *list;
    part.text += from;
    part.length = length;
    if (part.is_builtin)
        return part;
    part.place.column += from;
    part.place.length = length;
    return part;
}

bool firejail_word(struct firejail_list *list, struct firejail_list *word)
{
    uint32_t at = 0, end;
    while (at < list->length && list->text[at] == ',')
        at++;
    for (end = at; end < list->length && list->text[end] != ',';)
        end++;
    *word = cut(list, at, end - at);
    *list = cut(list, end, list->length - end);
    return word->length > 0;
}

static void refuse(struct profile *profile, const struct firejail_list *word, const char *what)
{
    cordon_tree_error(profile->firejail->tree, CORDON_E_NAME, word->place, NULL,
                      "Firejail refuses this: %s \"%.*s\"", what,
                      READING_WORD(word->text, word->length));
}

/* ---- values ---- */

static uint32_t value_of(const struct firejail_name *names, size_t count,
                         const struct firejail_list *word)
{
    for (size_t i = 0; i < count; i++)
        if (is_text(word, names[i].name))
            return names[i].value;
    return 0;
}

/* Lists that accumulate: a word is added, -word is removed, =word starts again. */
static uint64_t accumulate(struct profile *profile, struct firejail_list list,
                           const struct firejail_name *names, size_t count, bool bits,
                           uint64_t before, const char *what)
{
    struct firejail_list word;
    while (firejail_word(&list, &word)) {
        char sign = word.text[0];
        bool has_sign = sign == '-' || sign == '+' || sign == '=';
        struct firejail_list name = has_sign ? cut(&word, 1, word.length - 1) : word;
        uint32_t value = value_of(names, count, &name);
        uint64_t bit = bits ? value : UINT64_C(1) << value;
        if (sign == '=')
            before = 0;
        if (!value && name.length)
            refuse(profile, &name, what);
        else if (name.length)
            before = sign == '-' ? before & ~bit : before | bit;
    }
    return before;
}

static void set_protocols(struct profile *profile, const struct line *line)
{
    struct firejail *firejail = profile->firejail;
    firejail->families = accumulate(profile, line->rest, firejail_protocols, 6, false,
                                    firejail->families, "unknown protocol");
    firejail->protocols = true;
    firejail->protocols_place = line->command.place;
}

static void set_namespaces(struct profile *profile, const struct line *line)
{
    static const char all[] = "cgroup,ipc,net,mnt,pid,time,user,uts";
    struct firejail *firejail = profile->firejail;
    struct firejail_list list = line->rest;
    if (!list.text)
        list = (struct firejail_list){all, sizeof all - 1, line->command.place, true};
    firejail->denied = (uint32_t)accumulate(profile, list, firejail_namespaces, FIREJAIL_NAMESPACES,
                                            true, firejail->denied, "unknown kind of namespace");
    firejail->namespaces = true;
    firejail->namespaces_place = line->command.place;
}

static void set_error(struct profile *profile, const struct line *line)
{
    uint64_t value = 0;
    const struct firejail_list *word = &line->rest;
    if (is_text(word, "kill"))
        profile->firejail->error = (uint32_t)CORDON_KILL_THREAD;
    else if (is_text(word, "log"))
        profile->firejail->error = (uint32_t)CORDON_LOG;
    else if (word->text && word->text[0] == 'E' &&
             cordon_constant_value(profile->firejail->tree->host, word->text, word->length,
                                   &value) &&
             value <= CORDON_MAX_ERRNO)
        profile->firejail->error = (uint32_t)CORDON_ERRNO | (uint32_t)value;
    else
        refuse(profile, word->text ? word : &line->command, "unknown error");
}

/* ---- commands ---- */

/* The characters that a list may contain. */
static void check_list(struct profile *profile, const struct firejail_list *list)
{
    for (uint32_t i = 0; i < list->length; i++)
        if (!reading_is_letter(list->text[i]) && !reading_is_digit(list->text[i]) &&
            !strchr(",:@-$!", list->text[i])) {
            struct firejail_list byte = cut(list, i, 1);
            refuse(profile, &byte, "invalid character in a list of calls:");
            return;
        }
}

static bool set_lists(struct profile *profile, const struct line *line,
                      struct firejail_lists *lists, const char *prefix)
{
    struct firejail_list *list = NULL;
    size_t length = strlen(prefix);
    if (line->command.length < length || memcmp(line->command.text, prefix, length) != 0)
        return false;
    struct firejail_list kind =
        cut(&line->command, (uint32_t)length, line->command.length - (uint32_t)length);
    if (!kind.length)
        list = &lists->more;
    else if (is_text(&kind, ".drop"))
        list = &lists->drop;
    else if (is_text(&kind, ".keep"))
        list = &lists->keep;
    if (!list)
        return false;
    if (!line->rest.text && strcmp(prefix, "seccomp")) /* only seccomp may be without a list */
        kind = line->command;
    if (!line->rest.text && kind.length) {
        refuse(profile, &line->command, "missing list after");
        return true;
    }
    lists->on = true;
    lists->place = line->command.place;
    if (line->rest.text) {
        check_list(profile, &line->rest);
        *list = line->rest;
    }
    return true;
}

static bool set_switch(const struct line *line, const char *name, bool *on,
                       struct cordon_place *place)
{
    if (line->rest.text || !is_text(&line->command, name))
        return false;
    *on = true;
    *place = line->command.place;
    return true;
}

static void run_command(struct profile *profile, const struct line *line)
{
    struct firejail *firejail = profile->firejail;
    struct cordon_place nowhere;
    if (is_text(&line->command, "protocol") && line->rest.text)
        set_protocols(profile, line);
    else if (is_text(&line->command, "restrict-namespaces"))
        set_namespaces(profile, line);
    else if (is_text(&line->command, "seccomp-error-action"))
        set_error(profile, line);
    else if (!set_switch(line, "memory-deny-write-execute", &firejail->mdwx,
                         &firejail->mdwx_place) &&
             !set_switch(line, "seccomp.block-secondary", &firejail->block_secondary,
                         &firejail->block_place) &&
             !set_switch(line, "allow-debuggers", &firejail->debuggers, &nowhere) &&
             !set_lists(profile, line, &firejail->secondary, "seccomp.32"))
        set_lists(profile, line, &firejail->native, "seccomp");
}

/* ---- lines ---- */

/* The current line without comment and surrounding blanks; advances to the next line. */
static struct firejail_list take_line(struct reading *reading)
{
    uint32_t from = reading->at, end = from;
    int c;
    while ((c = reading_peek(reading, 0)) == ' ' || c == '\t')
        reading_take(reading), from = end = reading->at;
    for (; (c = reading_peek(reading, 0)) != -1 && c != '\n' && c != '#'; reading_take(reading))
        if (c != ' ' && c != '\t' && c != '\r')
            end = reading->at + 1;
    struct firejail_list line = {.text = reading->text + from,
                                 .length = end - from,
                                 .place = reading_place(reading, from, end - from)};
    while ((c = reading_peek(reading, 0)) != -1 && c != '\n')
        reading_take(reading);
    if (c == '\n')
        reading_take(reading);
    return line;
}

static struct line split(const struct firejail_list *whole)
{
    const char *space = memchr(whole->text, ' ', whole->length);
    uint32_t length = space ? (uint32_t)(space - whole->text) : whole->length, from = length;
    struct line line = {.command = cut(whole, 0, length)};
    while (from < whole->length && whole->text[from] == ' ')
        from++;
    if (from < whole->length)
        line.rest = cut(whole, from, whole->length - from);
    return line;
}

static bool is_ignored(const struct profile *profile, const struct firejail_list *line)
{
    for (uint32_t i = 0; i < profile->ignored_count; i++) {
        const struct firejail_list *ignored = &profile->ignored[i];
        if (line->length >= ignored->length &&
            !memcmp(line->text, ignored->text, ignored->length) &&
            (line->length == ignored->length || line->text[ignored->length] == ' '))
            return true;
    }
    return false;
}

static void ignore(struct profile *profile, const struct firejail_list *what)
{
    if (profile->ignored_count == MAX_IGNORED || !what->text)
        cordon_tree_error(profile->firejail->tree, CORDON_E_BUDGET, what->place, NULL,
                          "Firejail ignores at most %u commands", MAX_IGNORED);
    else
        profile->ignored[profile->ignored_count++] = *what;
}

static void read_lines(struct profile *profile, const char *name, unsigned depth);

static bool is_local(const struct firejail_list *name)
{
    return name->length >= 6 && !memcmp(name->text + name->length - 6, ".local", 6);
}

static bool is_there(const struct cordon_format_options *options, const char *path)
{
    char *text = NULL;
    size_t length;
    const struct cordon_loader *loader = &options->policy.loader;
    if (!loader->open_text || loader->open_text(loader->context, path, &text, &length))
        return false;
    loader->close_text(loader->context, text);
    return true;
}

#define MAX_PATH 4096u

static bool look(const struct cordon_format_options *options, char path[MAX_PATH],
                 const char *before, const char *folder, const struct firejail_list *name)
{
    return (size_t)snprintf(path, MAX_PATH, "%s%s%.*s", before, folder, (int)name->length,
                            name->text) < MAX_PATH &&
           is_there(options, path);
}

static bool take_macro(struct firejail_list *name, const char *macro)
{
    uint32_t length = (uint32_t)strlen(macro);
    if (name->length < length || memcmp(name->text, macro, length))
        return false;
    *name = cut(name, length, name->length - length);
    return true;
}

/* The places where Firejail looks, in its order, and last the folder of the including profile;
 * false: not found. */
static bool find(const struct cordon_format_options *options, const char *from,
                 struct firejail_list name, char path[MAX_PATH])
{
    const char *home = options->home ? options->home : "";
    if (take_macro(&name, "${CFG}"))
        return look(options, path, "", "/etc/firejail", &name);
    if (take_macro(&name, "${HOME}") || take_macro(&name, "~"))
        return look(options, path, home, "", &name);
    bool bare = !memchr(name.text, '/', name.length);
    return (bare && (look(options, path, home, "/.config/firejail/", &name) ||
                     look(options, path, "", "/etc/firejail/", &name))) ||
           (reading_beside(path, MAX_PATH, from, name.text, name.length) &&
            is_there(options, path));
}

/* A missing .local is no error, nor is one that can't be opened. */
static void include(struct profile *profile, const char *from, const struct firejail_list *name,
                    unsigned depth)
{
    struct firejail *firejail = profile->firejail;
    char path[MAX_PATH];
    bool found = find(firejail->options, from, *name, path);
    if (!found && is_local(name))
        return;
    if (depth == MAX_DEPTH) {
        cordon_tree_error(firejail->tree, CORDON_E_BUDGET, name->place, NULL,
                          "profiles include each other more than %u deep", MAX_DEPTH);
        return;
    }
    const char *known = found ? reading_include(firejail->tree, firejail->options, "", path,
                                                (uint32_t)strlen(path), name->place)
                              : reading_include(firejail->tree, firejail->options, from, name->text,
                                                name->length, name->place);
    if (known)
        read_lines(profile, known, depth + 1);
}

/* Does the line after a condition, "?HAS_NET: protocol unix", concern system calls? */
static bool concerns_calls(const struct firejail_list *whole)
{
    static const char *const words[] = {
        "seccomp", "protocol",       "memory-deny-write-execute", "restrict-namespaces",
        "include", "allow-debuggers"};
    const char *colon = memchr(whole->text, ':', whole->length);
    uint32_t at = colon ? (uint32_t)(colon - whole->text) + 1 : 0;
    while (at < whole->length && whole->text[at] == ' ')
        at++;
    if (whole->length - at > 7 && !memcmp(whole->text + at, "ignore ", 7))
        at += 7;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (whole->length - at >= strlen(words[i]) &&
            !memcmp(whole->text + at, words[i], strlen(words[i])))
            return true;
    return false;
}

static void read_line(struct profile *profile, const char *name, const struct firejail_list *whole,
                      unsigned depth)
{
    struct line line = split(whole);
    if (whole->length > MAX_LINE)
        cordon_tree_error(profile->firejail->tree, CORDON_E_BUDGET, whole->place, NULL,
                          "Firejail reads lines of %u bytes at most", MAX_LINE);
    else if (whole->text[0] == '?' && concerns_calls(whole))
        cordon_tree_warn(profile->firejail->tree, CORDON_LINT_IGNORED_TEXT, whole->place, NULL,
                         "ignored: it depends on how Firejail is called");
    else if (is_ignored(profile, whole))
        return;
    else if (is_text(&line.command, "include") && line.rest.text)
        include(profile, name, &line.rest, depth);
    else if (is_text(&line.command, "ignore"))
        ignore(profile, line.rest.text ? &line.rest : &line.command);
    else
        run_command(profile, &line);
}

static void read_lines(struct profile *profile, const char *name, unsigned depth)
{
    struct reading reading;
    struct cordon_tree *tree = profile->firejail->tree;
    if (!reading_start(&reading, tree, name))
        return;
    while (!tree->error && reading_peek(&reading, 0) != -1) {
        struct firejail_list line = take_line(&reading);
        if (line.length)
            read_line(profile, name, &line, depth);
    }
}

void firejail_profile(struct firejail *firejail, struct cordon_tree *tree,
                      const struct cordon_format_options *options)
{
    struct profile profile = {.firejail = firejail};
    *firejail = (struct firejail){
        .tree = tree, .options = options, .error = (uint32_t)CORDON_ERRNO | 1 /* EPERM */};
    if (!tree->error)
        read_lines(&profile, tree->name, 0);
    if (firejail->block_secondary && !firejail->native.on) {
        firejail->native.on = true;
        firejail->native.place = firejail->block_place;
    }
}
