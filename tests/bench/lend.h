/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What each frame of tests/bench/lend begins with, in the words of the machine. */
#ifndef BENCH_LEND_H
#define BENCH_LEND_H

#include <glib.h>

#define LEND_WIDTH 640
#define LEND_HEIGHT 360

/**
 * LendNote:
 * @pushed: when it was pushed, CLOCK_MONOTONIC of the host, in nanoseconds
 * @given: how many frames the guest had been given before
 * @copied: how often the host had copied one of those; twice counts twice
 */
typedef struct {
  guint64 pushed, given, copied;
} LendNote;

#endif
