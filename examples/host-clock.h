/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The clock of the machine that a virtual machine runs on, for a guest of
 * tests/guest/boot --vm-camera, which can ask for it.
 */
#ifndef HOST_CLOCK_H
#define HOST_CLOCK_H

#include <glib.h>

/**
 * HostClock:
 * @ahead: what the host's CLOCK_MONOTONIC shows more than ours, in nanoseconds
 * @error: how much more or less that may be
 */
typedef struct {
  gint64 ahead;
  gint64 error;
} HostClock;

/**
 * host_clock_read:
 * @port: the port to the host, /dev/virtio-ports/lab
 * @clock: (out): what was found
 *
 * Asks again and again, and relies on the answer that came fastest: the host looked
 * at its clock at some time between the question and the answer.
 *
 * Returns: %FALSE, with a message, where nobody answers
 */
gboolean host_clock_read (const char *port, HostClock *clock);

#endif
