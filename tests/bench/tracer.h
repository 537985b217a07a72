/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a function of the kernel's costs, as its function_graph tracer tells. */
#ifndef BENCH_TRACER_H
#define BENCH_TRACER_H

#include "reader.h"

/**
 * tracer_instructions_to_draw:
 * @reader: a stream that goes
 * @function: the driver's that draws a frame, as set_ftrace_filter takes it
 * @count: how many frames to look at
 *
 * Returns: the instructions of a call, on average
 */
gdouble tracer_instructions_to_draw (
    Reader *reader, const char *function, guint count);

#endif
