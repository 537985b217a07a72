/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* One moment, read on both clocks. */
typedef struct {
  GstClockTime monotonic;
  GstClockTime running;
} GstVirtcamMoment;

/* The camera's 32-bit frame counter, unrolled. */
typedef struct {
  gboolean started;
  guint32 last;
  guint64 offset;
} GstVirtcamSequence;

GstClockTime gst_virtcam_running_time (
    GstVirtcamMoment now, GstClockTime captured);
GstClockTime gst_virtcam_frame_duration (gint fps_n, gint fps_d);

void gst_virtcam_sequence_reset (GstVirtcamSequence *self);
gboolean gst_virtcam_sequence_advance (
    GstVirtcamSequence *self, guint32 sequence, guint64 *missed);

G_END_DECLS
