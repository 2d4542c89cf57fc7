/* SPDX-License-Identifier: MIT */
/* options.c: options that commands share, and complaints about the others. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { OPTION_JSON = 1000 };

int fail(const char *format, ...)
{
    va_list args;
    fputs("cordon: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_BAD;
}

int usage_error(const char *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "cordon %s: ", command);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\ncordon help %s says how it is used\n", command);
    return EXIT_BAD;
}

static bool add_abi(struct options *options, const struct cordon_abi *abi)
{
    for (uint32_t i = 0; i < options->abi_count; i++)
        if (options->abis[i] == abi->id)
            return true;
    options->abis[options->abi_count++] = abi->id;
    return true;
}

/* A list like x86_64,i386; "all" and "native" are understood. */
static bool parse_arches(const char *command, struct options *options, const char *text)
{
    while (*text) {
        uint32_t length = (uint32_t)strcspn(text, ",");
        const struct cordon_abi *abi = cordon_abi_by_name(text, length);
        if (length == 6 && !memcmp(text, "native", 6))
            abi = cordon_abi_native();
        if (length == 3 && !memcmp(text, "all", 3)) {
            for (int id = 0; id < CORDON_ABI_COUNT; id++)
                add_abi(options, cordon_abi(id));
        } else if (!abi) {
            usage_error(command, "no architecture \"%.*s\"", (int)length, text);
            return false;
        } else {
            add_abi(options, abi);
        }
        text += length + (text[length] == ',');
    }
    return true;
}

static size_t count_options(const struct option *own)
{
    size_t count = 0;
    while (own && own[count].name)
        count++;
    return count;
}

#define MAX_OWN 16

int options_parse(int argc, char **argv, struct options *options, const char *own_short,
                  const struct option *own, bool (*take)(void *, int, const char *), void *context,
                  int *status)
{
    static const struct option common[] = {{"json", no_argument, NULL, OPTION_JSON},
                                           {"arch", required_argument, NULL, 'a'},
                                           {"output", required_argument, NULL, 'o'},
                                           {"from", required_argument, NULL, OPTION_FROM},
                                           {"caps", required_argument, NULL, OPTION_CAPS},
                                           {"kernel", required_argument, NULL, OPTION_KERNEL},
                                           {"like", required_argument, NULL, OPTION_LIKE},
                                           {"part", required_argument, NULL, OPTION_PART},
                                           {0}};
    struct option all[MAX_OWN + sizeof common / sizeof *common] = {0};
    char shorts[64];
    size_t own_count = count_options(own);
    memcpy(all, own ? own : common, own_count * sizeof *all);
    memcpy(all + own_count, common, sizeof common);
    /* "+" in front: options end at the first argument, as what follows has options of its own. */
    bool ordered = own_short[0] == '+';
    snprintf(shorts, sizeof shorts, "%s:a:o:%s", ordered ? "+" : "", own_short + ordered);
    *status = EXIT_BAD;
    options->command = options->command ? options->command : argv[0];
    opterr = 0;
    optind = 0; /* glibc: start anew */
    for (int option; (option = getopt_long(argc, argv, shorts, all, NULL)) != -1;) {
        if (option == '?') {
            usage_error(options->command, "no option \"%s\"", argv[optind - 1]);
            return -1;
        } else if (option == ':') {
            usage_error(options->command, "%s needs a value", argv[optind - 1]);
            return -1;
        } else if (option == OPTION_JSON) {
            options->json = true;
        } else if (option == 'a') {
            if (!parse_arches(options->command, options, optarg))
                return -1;
        } else if (option == 'o') {
            options->output = optarg;
        } else if (option >= OPTION_FROM) {
            if (!reading_option(options, option, optarg))
                return -1;
        } else if (!take(context, option, optarg)) {
            return -1;
        }
    }
    return optind;
}
