/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* buckets an octave, and how many of them from 16 ns to 17 s */
#define GST_VIRTCAM_LATENCY_OCTAVE 64
#define GST_VIRTCAM_LATENCY_BUCKETS (25 * GST_VIRTCAM_LATENCY_OCTAVE)

/* How often each latency occurred, in a constant size; all zero is empty. */
typedef struct {
  guint64 counts[GST_VIRTCAM_LATENCY_BUCKETS];
  guint64 total;
  GstClockTime max;
} GstVirtcamLatency;

void gst_virtcam_latency_add (GstVirtcamLatency *self, GstClockTime latency);
GstClockTime gst_virtcam_latency_percentile (
    const GstVirtcamLatency *self, guint percent);
GstClockTime gst_virtcam_latency_max (const GstVirtcamLatency *self);

G_END_DECLS
