/* SPDX-License-Identifier: MIT */
/* cmd_syscalls.c: cordon syscalls: prints the tables of calls and groups. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* ---- one call ---- */

static void format_since(uint16_t since, char text[16])
{
    if (since == 0)
        strcpy(text, "-");
    else
        snprintf(text, 16, "%u.%u", since >> 8, since & 0xff);
}

static void print_arguments(const struct cordon_abi *abi, const struct cordon_syscall *call)
{
    putchar('(');
    for (unsigned i = 0; i < call->arg_count; i++) {
        const struct cordon_arg *arg = &call->args[i];
        printf("%s%s: %s", i ? ", " : "", arg->name, cordon_arg_kind_name(arg->kind));
        if (arg->set != CORDON_NO_SET)
            printf(" %s", cordon_constant_set_name(arg->set));
        if (cordon_arg_bits(abi, arg) < abi->bits)
            printf(" %u bits", cordon_arg_bits(abi, arg));
    }
    printf(")\n");
}

static json_t *call_json(const struct cordon_abi *abi, const struct cordon_syscall *call)
{
    char since[16];
    format_since(call->since, since);
    json_t *args = json_array();
    for (unsigned i = 0; i < call->arg_count; i++) {
        const struct cordon_arg *arg = &call->args[i];
        json_array_append_new(args, json_pack("{ss ss ss si sb}", "name", arg->name, "kind",
                                              cordon_arg_kind_name(arg->kind), "set",
                                              cordon_constant_set_name(arg->set), "bits",
                                              (int)cordon_arg_bits(abi, arg), "signed",
                                              (int)cordon_arg_signed(arg)));
    }
    return json_pack("{ss ss sI ss so}", "arch", abi->name, "name", call->name, "number",
                     (json_int_t)call->nr, "since", since, "arguments", args);
}

/* The output: lines of text or a JSON array. */
struct listing {
    json_t *json;
    bool names, many_abis;
    unsigned found;
};

static void show(struct listing *listing, const struct cordon_abi *abi, uint16_t id)
{
    struct cordon_syscall call = cordon_syscall(abi, id);
    if (call.nr == CORDON_NO_NR)
        return;
    listing->found++;
    if (listing->json) {
        json_array_append_new(listing->json, call_json(abi, &call));
    } else if (listing->names) {
        puts(call.name);
    } else {
        char since[16];
        format_since(call.since, since);
        if (listing->many_abis)
            printf("%-12s ", abi->name);
        printf("%6u %-24s %-5s ", call.nr, call.name, since);
        print_arguments(abi, &call);
    }
}

/* ---- which calls ---- */

static bool matches(const char *what, const struct cordon_abi *abi, uint16_t id)
{
    char *end;
    unsigned long number = strtoul(what, &end, 0);
    if (*end == '\0' && what[0] >= '0' && what[0] <= '9')
        return cordon_syscall_nr(abi, id) == number;
    struct cordon_group group;
    if (what[0] == '@')
        return cordon_group_by_name(what, (uint32_t)strlen(what), &group) &&
               cordon_group_has(&group, id);
    return fnmatch(what, cordon_syscall_name(id), 0) == 0;
}

static void show_matching(struct listing *listing, const struct cordon_abi *abi, const char *what)
{
    for (uint32_t i = 0; i < cordon_syscall_count(abi); i++) {
        uint16_t id = cordon_syscall_nth(abi, i);
        if (!what || matches(what, abi, id))
            show(listing, abi, id);
    }
}

static int show_groups(bool json)
{
    json_t *list = json_array();
    for (uint32_t i = 0; i < cordon_group_count(); i++) {
        struct cordon_group group = cordon_group_nth(i);
        json_array_append_new(list, json_pack("{ss ss si}", "name", group.name, "description",
                                              group.description, "calls", (int)group.member_count));
        if (!json)
            printf("%-16s %s\n", group.name, group.description);
    }
    return finish_list(list, json);
}

/* ---- the command ---- */

int command_syscalls(const struct options *options)
{
    if (options->value[OPTION_GROUPS])
        return show_groups(options->json);
    uint32_t count = options->abi_count ? options->abi_count : 1;
    struct listing listing = {.names = options->value[OPTION_NAMES],
                              .json = options->json ? json_array() : NULL,
                              .many_abis = count > 1};
    int result = EXIT_YES;
    for (int i = 0; i < options->count || i == 0; i++) {
        listing.found = 0;
        for (uint32_t abi = 0; abi < count; abi++)
            show_matching(&listing,
                          options->abi_count ? cordon_abi(options->abis[abi]) : cordon_abi_native(),
                          options->arguments[i]);
        if (listing.found == 0) {
            fail("no system call matches \"%s\"", options->arguments[i]);
            result = EXIT_NO;
        }
    }
    return listing.json ? print_json(listing.json, result) : finish_output(result);
}
