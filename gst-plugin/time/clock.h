/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* A pipeline's clock beside CLOCK_MONOTONIC, by which V4L2 stamps frames, and
 * since when the pipeline plays. From any thread. */
typedef struct _GstVirtcamClock GstVirtcamClock;

GstVirtcamClock *gst_virtcam_clock_new (void);
void gst_virtcam_clock_free (GstVirtcamClock *self);

void gst_virtcam_clock_set (GstVirtcamClock *self, GstClock *clock);
GstClockTime gst_virtcam_clock_running_time (
    GstVirtcamClock *self, GstClockTime base_time, GstClockTime captured);

GstClockTime gst_virtcam_clock_monotonic_time (GstVirtcamClock *self,
    GstClockTime base_time, const GstSegment *segment, GstClockTime pts);

void gst_virtcam_clock_play (GstVirtcamClock *self, gboolean playing);
gboolean gst_virtcam_clock_is_playing (GstVirtcamClock *self);
gboolean gst_virtcam_clock_is_stale (
    GstVirtcamClock *self, GstClockTime captured, gboolean *resync);
