/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the ways to break a camera share: how often, from which seed, and the
 * figures that docs/reliability.md is made of.
 */
#ifndef BREAKING_H
#define BREAKING_H

#include <glib.h>

#include "fixture.h"
#include "reader.h"

/**
 * breaking_times:
 * @quick: for `tests/run breaking`
 * @full: for `tests/run soak`, which sets VIRTCAM_SOAK
 *
 * Returns: how often to try
 */
guint breaking_times (guint quick, guint full);

/**
 * breaking_seed:
 *
 * Prints it as well: VIRTCAM_SEED=that repeats the test.
 *
 * Returns: VIRTCAM_SEED, or a fixed number where that is not set
 */
guint32 breaking_seed (void);

/**
 * breaking_figure:
 *
 * Prints what was tried and how often, in a line that tests/run shows.
 */
void breaking_figure (const char *format, ...) G_GNUC_PRINTF (1, 2);

#endif
