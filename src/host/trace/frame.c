/* SPDX-License-Identifier: MIT */
/* frame.c: prints a frame of a backtrace. */
#include <string.h>

#include "cordon/launch.h"

void cordon_frame_print(struct cordon_sink *sink, const struct cordon_frame *frame)
{
    const char *slash = frame->module ? strrchr(frame->module, '/') : NULL;
    const char *module = slash ? slash + 1 : frame->module;
    const char *base = frame->function ? frame->function : module;
    cordon_sink_escaped(sink, base ? base : "");
    cordon_sink_text(sink, base ? "+" : "");
    cordon_sink_hex(sink, base ? frame->offset : frame->address, 1);
    if (frame->source) {
        cordon_sink_text(sink, " ");
        cordon_sink_escaped(sink, frame->source);
        cordon_sink_text(sink, ":");
        cordon_sink_signed(sink, frame->line);
    }
    if (frame->function && module) {
        cordon_sink_text(sink, " (");
        cordon_sink_escaped(sink, module);
        cordon_sink_text(sink, ")");
    }
}
