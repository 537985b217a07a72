/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* v4l2loopback, as tests/bench/loopback has built it for this kernel. */
#ifndef BENCH_LOOPBACK_H
#define BENCH_LOOPBACK_H

#include <glib.h>

/**
 * loopback_available:
 *
 * Returns: whether there is a module, $VIRTCAM_LOOPBACK. tests/bench/run builds
 * none where no peer is wanted.
 */
gboolean loopback_available (void);

/**
 * loopback_load:
 * @devices: how many, at most 8. Their nodes are the first that are free, and
 *   are both, output and capture.
 * @buffers: the most that a program gets of each
 */
void loopback_load (guint devices, guint buffers);

/**
 * loopback_find:
 *
 * Returns: (transfer full): the node of the only device
 */
char *loopback_find (void);

void loopback_unload (void);

#endif
