/* SPDX-License-Identifier: MIT */
/*
 * strace.c: reads the output of strace(1) as a policy that allows exactly the calls that were made.
 *
 * A line has a thread ([pid 12] or 12), a time and place (-t, -r, -i, -n), and a call, the rest of
 * a call that was interrupted by another thread's line, a signal or an exit. Two lines about one
 * call are joined. A SIGSYS tells the architecture of the call before it. The tables of -c and -C
 * are read, too.
 */
#include <stddef.h>
#include <string.h>

#include "counts.h"
#include "lines.h"
#include "reading.h"
#include "room.h"
#include "seen.h"

/* Slots; of two threads in one, the older one's unfinished call ends early. */
#define THREADS 4096u

struct thread {
    uint32_t pid;
    bool other_abi; /* its ABI isn't native: `abi` */
    bool pending;
    enum cordon_abi_id abi;
    unsigned position; /* how many arguments were read */
    uint32_t last;     /* line of the last call, while signals are looked for */
    struct seen_call call;
};

struct reader {
    struct cordon_tree *tree;
    struct seen seen;
    struct thread *threads;
    struct lines lines;
    const char *at;             /* in the current line */
    struct thread *interrupted; /* its call continues on the next line */
    bool has_calls;             /* in lines of their own */
    struct counts counts;
    enum cordon_abi_id table_abi; /* of the calls in the tables of -c */
    uint8_t *trapped;             /* for each line: 1 + the ABI that a SIGSYS tells; NULL: none */
    uint32_t trapped_size;
};

static struct cordon_place place_at(const struct reader *reader, const char *at, size_t length)
{
    return lines_place(&reader->lines, reader->tree->name, at, length);
}

static void out_of_memory(struct cordon_tree *tree)
{
    cordon_tree_error(tree, CORDON_E_NO_MEMORY, (struct cordon_place){.file = tree->name}, NULL,
                      "out of memory");
}

/* ---- pieces of a line ---- */

static uint32_t read_pid(const char *at, const char *end)
{
    uint32_t pid = 0;
    for (; at < end && reading_is_digit(*at) && pid < 100000000; at++)
        pid = pid * 10 + (uint32_t)(*at - '0');
    return pid;
}

/* Skips what -Y adds to a pid, <cat>; strace escapes a > within. */
static const char *end_of_command(const char *at, const char *end)
{
    const char *close = at < end && *at == '<' ? memchr(at, '>', (size_t)(end - at)) : NULL;
    return close ? close + 1 : at;
}

/* The end of a number or time (12:34:56.789, 0.000012, 12<cat>), or NULL. */
static const char *end_of_time(const char *at, const char *end)
{
    const char *start = at;
    while (at < end && (reading_is_digit(*at) || *at == ':' || *at == '.'))
        at++;
    at = at > start ? end_of_command(at, end) : at;
    return at > start && at < end && (*at == ' ' || *at == '\t') ? at : NULL;
}

/* [257], [00007f54cab927f0], [????????????????]: number of the call, place in the program, pid. */
static const char *end_of_brackets(const char *at, const char *end)
{
    for (at++; at < end && *at != ']' && *at != '<'; at++)
        if (!reading_is_word(*at) && *at != ' ' && *at != '?')
            return NULL;
    at = end_of_command(at, end);
    return at < end && *at == ']' ? at + 1 : NULL;
}

/* Skips everything before the call; the pid, 0 if there is none. */
static uint32_t skip_prefix(const char **at, const char *end)
{
    uint32_t pid = 0;
    for (bool first = true;; first = false) {
        const char *here = line_skip_blanks(*at, end), *next = NULL;
        *at = here;
        if (here == end)
            return pid;
        if (line_begins(here, end, "[pid "))
            pid = read_pid(line_skip_blanks(here + 5, end), end);
        if (*here == '[' && !line_begins(here, end, "[ Process "))
            next = end_of_brackets(here, end);
        else if (*here == '(' && end - here > 1 && here[1] == '+' &&
                 (next = memchr(here, ')', (size_t)(end - here))))
            next++;
        else if (reading_is_digit(*here))
            next = end_of_time(here, end);
        if (!next)
            return pid;
        if (first && reading_is_digit(*here) && !memchr(here, ':', (size_t)(next - here)) &&
            !memchr(here, '.', (size_t)(next - here)))
            pid = read_pid(here, end);
        *at = next;
    }
}

static const char *skip_string(const char *at, const char *end)
{
    for (at++; at < end && *at != '"'; at++)
        if (*at == '\\' && at + 1 < end)
            at++;
    return at;
}

/* Skips what -y adds to a descriptor: 3</etc/passwd>, 4<TCP:[1.2.3.4:5->6.7.8.9:10]>. */
static const char *skip_angle(const char *at, const char *end)
{
    while (at < end && !(*at == '>' && at[-1] != '-'))
        at++;
    return at;
}

/* The end of an argument: a comma, the closing parenthesis, " <unfinished", or the end of the
 * line. */
static const char *end_of_argument(const char *at, const char *end)
{
    const char *start = at;
    for (unsigned depth = 0; at < end; at++) {
        if (depth == 0 && (*at == ',' || *at == ')' || line_begins(at, end, "<unfinished ")))
            return at;
        if (*at == '"')
            at = skip_string(at, end);
        else if (*at == '<' && at > start && reading_is_word(at[-1]))
            at = skip_angle(at, end);
        else if (*at == '(' || *at == '[' || *at == '{')
            depth++;
        else if (depth && (*at == ')' || *at == ']' || *at == '}'))
            depth--;
        if (at >= end)
            break;
    }
    return end;
}

/* ---- calls ---- */

/* clone's arguments have names and another order: child_stack=NULL, flags=CLONE_VM. */
static unsigned position_of(const struct cordon_syscall *call, unsigned position, const char **at,
                            const char *end)
{
    const char *name_end = *at;
    while (name_end < end && reading_is_word(*name_end))
        name_end++;
    if (name_end == *at || name_end == end || *name_end != '=')
        return position;
    size_t length = (size_t)(name_end - *at);
    unsigned arg = cordon_syscall_argument(call, *at, (uint32_t)length);
    if (arg == call->arg_count)
        return CORDON_ARGS;
    *at = name_end + 1;
    return arg;
}

static void read_argument(struct reader *reader, struct thread *thread, const char *at,
                          const char *end)
{
    const struct cordon_abi *abi = cordon_abi(thread->call.abi);
    uint16_t id = cordon_syscall_id_by_nr(abi, thread->call.nr);
    uint32_t wanted = seen_wants(&reader->seen, abi, id);
    if (!wanted)
        return;
    struct cordon_syscall call = cordon_syscall(abi, id);
    unsigned arg = position_of(&call, thread->position++, &at, end);
    if (arg >= CORDON_ARGS || !(wanted >> arg & 1))
        return;
    if (seen_value(abi, at, (size_t)(end - at), &thread->call.value[arg]))
        thread->call.known |= 1u << arg;
    else
        cordon_tree_warn(reader->tree, CORDON_LINT_UNREAD_VALUE,
                         place_at(reader, at, (size_t)(end - at)), NULL,
                         "the value of %s is unknown and is not tested", call.args[arg].name);
}

/* "strace: Process 12 attached" can be in the middle of a call, which then continues on the next
 * line. */
static const char *find_notice(const struct reader *reader)
{
    static const char notice[] = "strace: Process ", last[] = " attached";
    const char *end = reader->lines.end;
    if (end - reader->at < (ptrdiff_t)(sizeof last - 1) ||
        !line_begins(end - (sizeof last - 1), end, last))
        return NULL;
    for (const char *at = reader->at; at < end; at++)
        if (line_begins(at, end, notice))
            return at;
    return NULL;
}

/* Reads the rest of the call; the call is pending if the line is interrupted. */
static void read_arguments(struct reader *reader, struct thread *thread)
{
    const char *at = reader->at, *cut = find_notice(reader), *end = cut ? cut : reader->lines.end;
    thread->pending = false;
    while (at < end) {
        at = line_skip_blanks(at, end);
        const char *stop = end_of_argument(at, end);
        if (stop > at)
            read_argument(reader, thread, at, stop);
        at = stop;
        if (line_begins(at, end, "<unfinished ")) {
            thread->pending = true;
            return;
        }
        if (at < end && *at == ')')
            break;
        at++;
    }
    if (at >= end && cut) {
        thread->pending = true;
        reader->interrupted = thread;
        return;
    }
    seen_add(&reader->seen, &thread->call);
}

/* syscall_0x1f3 */
static bool by_number(const char *name, size_t length, uint64_t *nr)
{
    return length > 8 && !memcmp(name, "syscall_", 8) &&
           seen_value(cordon_abi_native(), name + 8, length - 8, nr);
}

/* strace has names of its own for old calls. */
static void replace_name(const char **name, size_t *length)
{
    static const struct {
        const char *strace, *ours;
    } others[] = {{"old_mmap", "mmap"}, {"oldselect", "select"}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strlen(others[i].strace) == *length && !memcmp(others[i].strace, *name, *length)) {
            *name = others[i].ours;
            *length = strlen(*name);
            return;
        }
}

/* Of the call on the current line. The signal doesn't tell x32 from x86_64. */
static const struct cordon_abi *abi_of_call(const struct reader *reader,
                                            const struct thread *thread)
{
    const struct cordon_abi *abi = thread->other_abi ? cordon_abi(thread->abi) : reader->tree->host;
    unsigned trapped = reader->trapped ? reader->trapped[reader->lines.number - 1] : 0;
    return trapped && cordon_abi(trapped - 1)->token != abi->token ? cordon_abi(trapped - 1) : abi;
}

static void read_call(struct reader *reader, struct thread *thread, const char *name, size_t length)
{
    const struct cordon_abi *abi = abi_of_call(reader, thread);
    struct cordon_place place = place_at(reader, name, length);
    uint64_t nr;
    if (by_number(name, length, &nr)) {
        if (seen_is_skip(reader->tree, place, nr))
            return;
    } else {
        replace_name(&name, &length);
        nr = seen_number(reader->tree, abi, name, length, place,
                         "without -o strace marks programs of another ABI");
        if (nr == CORDON_NO_NR)
            return;
    }
    if (thread->pending)
        seen_add(&reader->seen, &thread->call);
    thread->call = (struct seen_call){.abi = abi->id, .nr = (uint32_t)nr, .place = place};
    thread->position = 0;
    read_arguments(reader, thread);
}

/* ---- lines ---- */

static struct thread *thread_of(struct reader *reader, uint32_t pid)
{
    struct thread *thread = &reader->threads[pid % THREADS];
    if (thread->pid != pid && thread->pending)
        seen_add(&reader->seen, &thread->call);
    if (thread->pid != pid)
        *thread = (struct thread){.pid = pid};
    return thread;
}

/* "32 bit"; false: unknown. */
static bool abi_of_mode(const char *at, const char *end, enum cordon_abi_id *abi)
{
    static const struct {
        const char *words;
        enum cordon_abi_id abi;
    } modes[] = {
        {"64 bit", CORDON_ABI_X86_64}, {"32 bit", CORDON_ABI_I386}, {"x32", CORDON_ABI_X32}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (line_begins(at, end, modes[i].words)) {
            *abi = modes[i].abi;
            return true;
        }
    return false;
}

/* [ Process PID=12 runs in 32 bit mode. ] */
static void read_mode(struct reader *reader, const char *at, uint32_t pid)
{
    const char *end = reader->lines.end, *in = line_find(at, end, " in ");
    uint32_t named = read_pid(at + 14, end);
    enum cordon_abi_id abi;
    if (!in || !abi_of_mode(in + 4, end, &abi))
        return;
    for (int turn = 0; turn < (pid ? 1 : 2); turn++) {
        struct thread *thread = thread_of(reader, turn ? 0 : named);
        thread->other_abi = true;
        thread->abi = abi;
    }
}

/* The tables of -c; false: the line isn't in one. */
static bool read_counts(struct reader *reader)
{
    static const char title[] = "System call usage summary for ";
    const char *name;
    size_t length;
    if (line_begins(reader->lines.line, reader->lines.end, title))
        return abi_of_mode(reader->lines.line + sizeof title - 1, reader->lines.end,
                           &reader->table_abi);
    if (!counts_line(&reader->counts, reader->lines.line, reader->lines.end, &name, &length))
        return false;
    if (!name)
        return true;
    struct cordon_place place = place_at(reader, name, length);
    replace_name(&name, &length);
    seen_add_named(&reader->seen, cordon_abi(reader->table_abi), name, length, place);
    return true;
}

static void read_resumed(struct reader *reader, struct thread *thread)
{
    const char *end = reader->lines.end, *at = reader->at;
    while (at < end && !line_begins(at, end, " resumed>"))
        at++;
    if (at == end || !thread->pending)
        return; /* the first part had no pid, so the rest counts as it is */
    reader->at = at + 9;
    read_arguments(reader, thread);
}

static void read_line(struct reader *reader)
{
    const char *end = reader->lines.end;
    if (reader->interrupted) {
        struct thread *thread = reader->interrupted;
        reader->interrupted = NULL;
        read_arguments(reader, thread);
        return;
    }
    if (read_counts(reader))
        return;
    uint32_t pid = skip_prefix(&reader->at, end);
    if (line_begins(reader->at, end, "strace: "))
        reader->at += 8;
    const char *at = reader->at;
    if (line_begins(at, end, "[ Process PID=")) {
        read_mode(reader, at, pid);
        return;
    }
    if (line_begins(at, end, "<... ")) {
        read_resumed(reader, thread_of(reader, pid));
        return;
    }
    const char *name_end = at;
    while (name_end < end && reading_is_word(*name_end))
        name_end++;
    if (name_end > at && name_end < end && *name_end == '(') {
        reader->at = name_end + 1;
        reader->has_calls = true;
        read_call(reader, thread_of(reader, pid), at, (size_t)(name_end - at));
        return;
    }
    static const char *const idle[] = {"+++ ", "--- ", "> ", "?\?\?\?(", "Process ", "[ Process "};
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++)
        if (line_begins(at, end, idle[i]))
            return;
    if (at < end)
        cordon_tree_warn(
            reader->tree, CORDON_LINT_IGNORED_TEXT, place_at(reader, at, (size_t)(end - at)),
            "strace -o FILE separates its output from the program's", "not a line of strace");
}

static void each_line(struct reader *reader, const char *text, size_t length,
                      void (*handle)(struct reader *reader))
{
    reader->lines = lines_of(text, length);
    while (lines_next(&reader->lines)) {
        reader->at = reader->lines.line;
        handle(reader);
    }
}

/* ---- signals ---- */

/* AUDIT_ARCH_I386, the architecture of a SIGSYS; NULL: unknown. */
static const struct cordon_abi *abi_of_signal(const char *at, const char *end)
{
    static const char field[] = "si_arch=AUDIT_ARCH_";
    char name[16];
    size_t length = 0;
    at = line_find(at, end, field);
    for (at = at ? at + sizeof field - 1 : end; at < end && reading_is_word(*at); at++) {
        if (length == sizeof name)
            return NULL;
        name[length++] = *at >= 'A' && *at <= 'Z' ? (char)(*at | 0x20) : *at;
    }
    return cordon_abi_by_name(name, (uint32_t)length);
}

static void note_signal(struct reader *reader)
{
    const char *end = reader->lines.end;
    struct thread *thread = thread_of(reader, skip_prefix(&reader->at, end));
    const char *at = reader->at;
    if (line_begins(at, end, "--- SIGSYS ")) {
        const struct cordon_abi *abi = abi_of_signal(at, end);
        if (abi && thread->last)
            reader->trapped[thread->last - 1] = (uint8_t)(abi->id + 1);
        return;
    }
    while (at < end && reading_is_word(*at))
        at++;
    if (at > reader->at && at < end && *at == '(')
        thread->last = reader->lines.number;
}

/* A signal comes after the call that it is about, which is read with the right architecture. */
static void find_signals(struct reader *reader, const char *text, size_t length)
{
    const struct cordon_allocator *allocator = reader->tree->allocator;
    struct lines lines = lines_of(text, length);
    if (!line_find(text, text + length, "si_arch="))
        return;
    while (lines_next(&lines))
        reader->trapped_size++;
    reader->trapped = allocator->resize(allocator->context, NULL, 0, reader->trapped_size);
    if (!reader->trapped) {
        out_of_memory(reader->tree);
        return;
    }
    memset(reader->trapped, 0, reader->trapped_size);
    each_line(reader, text, length, note_signal);
    memset(reader->threads, 0, THREADS * sizeof *reader->threads);
}

/* ---- the whole ---- */

static void read_lines(struct reader *reader, const char *text, size_t length)
{
    const struct cordon_allocator *allocator = reader->tree->allocator;
    find_signals(reader, text, length);
    each_line(reader, text, length, read_line);
    if (reader->trapped)
        allocator->resize(allocator->context, reader->trapped, reader->trapped_size, 0);
    for (uint32_t i = 0; i < THREADS; i++)
        if (reader->threads[i].pending)
            seen_add(&reader->seen, &reader->threads[i].call);
}

enum cordon_error strace_read(struct cordon_policy **policy, const char *text, size_t length,
                              const char *name, const struct cordon_format_options *options,
                              struct cordon_reporter *reporter)
{
    struct cordon_tree tree;
    struct reader reader = {.tree = &tree};
    size_t size = THREADS * sizeof *reader.threads;
    cordon_tree_begin(&tree, text, length, name, &options->policy, reporter);
    if (tree.error)
        return cordon_tree_end(&tree, policy);
    const struct cordon_allocator *allocator = tree.allocator;
    reader.table_abi = tree.host->id;
    seen_begin(&reader.seen, &tree, options->part);
    reader.threads = allocator->resize(allocator->context, NULL, 0, size);
    if (!reader.threads) {
        out_of_memory(&tree);
    } else {
        memset(reader.threads, 0, size);
        read_lines(&reader, text, length);
        if (reader.counts.any && !reader.has_calls)
            cordon_tree_warn(&tree, CORDON_LINT_RECORD_GAPS,
                             (struct cordon_place){.file = tree.name}, NULL,
                             "strace -c doesn't count exit and exit_group");
        allocator->resize(allocator->context, reader.threads, size, 0);
    }
    seen_end(&reader.seen);
    return cordon_tree_end(&tree, policy);
}

/* ---- detection ---- */

/* A known call with a result, or an interrupted one. */
static bool is_call(const char *at, const char *end)
{
    const char *name;
    skip_prefix(&at, end);
    for (name = at; at < end && reading_is_word(*at);)
        at++;
    if (at == end || *at != '(' || cordon_syscall_id(name, (uint32_t)(at - name)) == CORDON_NO_ID)
        return false;
    for (; at < end; at++) {
        const char *after = *at == ')' ? line_skip_blanks(at + 1, end) : at;
        if (line_begins(at, end, "<unfinished ...>") ||
            (*at == ')' && line_begins(after, end, "= ")))
            return true;
    }
    return false;
}

/* A table of calls, or lines of them. */
int strace_detect(const char *text, size_t length, const char *name)
{
    struct lines lines = lines_of(text, length);
    unsigned calls = 0, read = 0;
    bool name_first, table = false;
    (void)name;
    for (; read < 64 && lines_next(&lines); read++) {
        calls += is_call(lines.line, lines.end);
        table |= counts_heading(lines.line, lines.end, &name_first) &&
                 !line_find(lines.line, lines.end, "total");
    }
    return table ? 80 : !calls ? 0 : calls * 2 > read ? 90 : 40;
}
