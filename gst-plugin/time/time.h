/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* One moment, read on both clocks. */
typedef struct {
  GstClockTime monotonic;
  GstClockTime running;
} GstVirtcamMoment;

/* The camera's 32-bit frame counter, unrolled. */
typedef struct {
  gboolean started;
  guint32 last;
  guint32 frame, field; /* of the last field that came alone */
  guint32 second;       /* field of each frame; 0: not seen yet */
  guint64 offset;
  guint64 base; /* offset of the number 0, modulo 2^64 */
  guint64 next; /* the smallest offset that was not given yet */
} GstVirtcamSequence;

/* What is wrong with a device's time stamp. */
typedef enum {
  GST_VIRTCAM_STAMP_GOOD,
  GST_VIRTCAM_STAMP_OTHER_CLOCK,
  GST_VIRTCAM_STAMP_ZERO,
  GST_VIRTCAM_STAMP_FUTURE,
  GST_VIRTCAM_STAMP_PAST,
  GST_VIRTCAM_STAMP_BACKWARD,
} GstVirtcamVerdict;

/* What the time stamps of a stream are judged by; all CLOCK_MONOTONIC ns. */
typedef struct {
  GstClockTime since;    /* when the device began to stream */
  GstClockTime stamp;    /* the last good stamp */
  GstClockTime captured; /* the last answer */
} GstVirtcamStamps;

GstVirtcamVerdict gst_virtcam_stamps_judge (GstVirtcamStamps *self,
    GstClockTime stamp, GstClockTime now, GstClockTime slack,
    GstClockTime *captured);
const gchar *gst_virtcam_verdict_explain (GstVirtcamVerdict verdict);

GstClockTime gst_virtcam_running_time (
    GstVirtcamMoment now, GstClockTime captured);
GstClockTime gst_virtcam_frame_duration (gint fps_n, gint fps_d);

void gst_virtcam_sequence_reset (GstVirtcamSequence *self);
void gst_virtcam_sequence_continue (GstVirtcamSequence *self);
guint32 gst_virtcam_sequence_number_field (
    GstVirtcamSequence *self, guint32 frame, guint32 field);
gboolean gst_virtcam_sequence_advance (
    GstVirtcamSequence *self, guint32 sequence, guint64 *missed);

/* time/latency.c */

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
