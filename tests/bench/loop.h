/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The least that a program can do to take frames, and the threads that make
 * them. */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include "reader.h"

/**
 * loop_frame:
 * @buffer: the frame that was taken and is queued again
 *
 * poll, DQBUF, QBUF.
 */
void loop_frame (Reader *reader, struct v4l2_buffer *buffer);

/** Takes frames, and looks at none. */
void loop_frames (Reader *reader, guint count);

/** Instructions of each frame: of the kernel thread that draws, and of this
 * process, which takes it. */
typedef struct {
  double drawing, taking;
} LoopCost;

/**
 * loop_start:
 * @device: virtcam or vivid
 * @count: how many frames to measure
 *
 * Starts the stream, which goes on, and leaves what that costs out.
 */
LoopCost loop_start (
    Reader *reader, const char *device, const char *node, guint count);

/**
 * loop_thread_name:
 *
 * Returns: (transfer full): of the kernel thread that draws for @node, which is
 * virtcam's, or vivid's where its name says so
 */
char *loop_thread_name (const char *device, const char *node);

#endif
