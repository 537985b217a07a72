/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the driver's tracepoints tell of every frame, camera by camera. */
#ifndef LOAD_TRACE_H
#define LOAD_TRACE_H

#include <glib.h>

typedef struct _LoadTrace LoadTrace;

/**
 * LoadStory:
 * @last: the number of the last frame that the program got; what comes after
 *   it is not counted
 * @filled: frames filled until then
 * @missed: frames dropped for want of an empty buffer
 * @late: frames given up because the machine was too slow to draw them
 * @dropped: all frames dropped, also after @last
 */
typedef struct
{
  guint last;
  guint filled;
  guint missed;
  guint late;
  guint dropped;
} LoadStory;

/** Returns: (nullable): NULL where this kernel has no tracepoints */
LoadTrace *load_trace_start (void);

/** Events have happened since, and from here on no more are noted. */
void load_trace_stop (LoadTrace * trace);
void load_trace_free (LoadTrace * trace);

/**
 * load_trace_read:
 * @node: such as "/dev/video3"
 * @story: (inout): @last is read, the rest is filled in
 *
 * Ends the test where a frame is neither filled nor dropped, or both, or where
 * one is dropped though a buffer is empty.
 */
void load_trace_read (LoadTrace * trace, const char *node, LoadStory * story);

#endif
