/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Everything that is executed on a processor: what a thread does not get that takes
 * all that nobody else wants. So interrupts, which belong to no thread, are counted.
 */
#ifndef BENCH_LEFTOVER_H
#define BENCH_LEFTOVER_H

#include "reader.h"

typedef struct _Leftover Leftover;

/** Starts the thread, and sees how much it gets while nothing else happens. */
Leftover *leftover_new (void);
void leftover_free (Leftover *leftover);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Leftover, leftover_free)

/**
 * leftover_of_frames:
 * @reader: a stream that goes
 * @interval: (out): nanoseconds between two frames, at least. What happens besides,
 *    such as the timer's ticks, is a part of each frame that is in proportion to that:
 *    streams that are compared should have the same.
 *
 * Returns: the instructions of everybody for a frame
 */
double leftover_of_frames (
    Leftover *leftover, Reader *reader, gint64 *interval);

#endif
