/* SPDX-License-Identifier: MIT */
/* differences.c: prints how a converted policy differs, in a line for each kind of difference. */
#include <string.h>

#include "cordon/convert.h"
#include "cordon/difference.h"

#define SHOWN 2u /* calls and ranges of numbers in a line */

static void print_abis(struct cordon_sink *sink, uint32_t abis)
{
    const char *before = "";
    uint32_t shown = 0;
    for (int id = 0; id < CORDON_ABI_COUNT; id++)
        if (abis >> id & 1 && shown++ < SHOWN) {
            cordon_sink_text(sink, before);
            cordon_sink_text(sink, cordon_abi(id)->name);
            before = ", ";
        }
    if (shown <= SHOWN)
        return;
    cordon_sink_text(sink, " and ");
    cordon_sink_decimal(sink, shown - SHOWN);
    cordon_sink_text(sink, " more ABIs");
}

struct printer {
    struct cordon_sink *sink;
    char last[512]; /* lines about architectures without a name are alike */
};

static void print_line(struct cordon_sink *sink, const struct cordon_difference *difference)
{
    const struct cordon_abi *abi = difference->regions[0].abi;
    if (difference->abis & (difference->abis - 1)) {
        print_abis(sink, difference->abis);
    } else if (!abi) {
        cordon_sink_text(sink, "other architectures");
    } else {
        cordon_sink_text(sink, abi->name);
        cordon_sink_text(sink, ": ");
        cordon_difference_print_regions(sink, difference, SHOWN);
    }
    if (difference->condition[0]) {
        cordon_sink_text(sink, "(");
        cordon_sink_text(sink, difference->condition);
        cordon_sink_text(sink, ")");
    }
    cordon_sink_text(sink, ": ");
    cordon_action_print(sink, difference->a);
    cordon_sink_text(sink, " instead of ");
    cordon_action_print(sink, difference->b);
    cordon_sink_text(sink, "\n");
}

static void print_difference(void *context, const struct cordon_difference *difference)
{
    struct printer *printer = context;
    char line[sizeof printer->last];
    struct cordon_buffer buffer = {line, sizeof line, 0};
    struct cordon_sink sink = cordon_buffer_sink(&buffer);
    print_line(&sink, difference);
    if (strcmp(line, printer->last) != 0)
        cordon_sink_text(printer->sink, line);
    strcpy(printer->last, line);
}

enum cordon_error cordon_conversion_print_differences(struct cordon_sink *sink,
                                                      const struct cordon_conversion *conversion)
{
    struct cordon_difference_options options = {.join_abis = true,
                                                .allocator = conversion->allocator};
    struct printer printer = {.sink = sink};
    struct cordon_difference_listener listener = {.difference = print_difference,
                                                  .context = &printer};
    struct cordon_difference_summary summary;
    enum cordon_error error =
        cordon_differences(conversion->model, conversion->converted, conversion->original, &options,
                           &listener, &summary);
    return error ? error : summary.limit;
}
