/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "v4l2/node.h"

/* What an element counts and measures, from any thread. */
typedef struct _GstVirtcamStats GstVirtcamStats;

/* Each a guint64 of the structure of those elements that it concerns. */
typedef enum {
  GST_VIRTCAM_COUNT_CAPTURED,
  GST_VIRTCAM_COUNT_DROPPED,
  GST_VIRTCAM_COUNT_CORRUPTED,
  GST_VIRTCAM_COUNT_COPIED,
  GST_VIRTCAM_COUNT_BUFFERS,
  GST_VIRTCAM_COUNT_GROWN,
  GST_VIRTCAM_COUNT_BAD_TIMESTAMPS,
  GST_VIRTCAM_COUNT_CONVERTED,
  GST_VIRTCAM_COUNT_GIVEN,
  GST_VIRTCAM_COUNT_COPIED_IN,
  GST_VIRTCAM_COUNT_IMPORTED,
  GST_VIRTCAM_COUNT_UNWATCHED,
  GST_VIRTCAM_COUNT_UNFIT,
  GST_VIRTCAM_COUNT_NO_BUFFER,
  GST_VIRTCAM_COUNT_DISCONNECTS,
  GST_VIRTCAM_N_COUNTS,
} GstVirtcamCount;

GstVirtcamStats *gst_virtcam_stats_new (GstVirtcamDirection direction);
void gst_virtcam_stats_free (GstVirtcamStats *self);
void gst_virtcam_stats_reset (GstVirtcamStats *self);

void gst_virtcam_stats_add (
    GstVirtcamStats *self, GstVirtcamCount count, guint64 number);
void gst_virtcam_stats_set (
    GstVirtcamStats *self, GstVirtcamCount count, guint64 number);
guint64 gst_virtcam_stats_get (GstVirtcamStats *self, GstVirtcamCount count);

/* Counts a frame that is about to be pushed. missed: frames lost before it;
 * latency: ns since its capture. */
void gst_virtcam_stats_push (GstVirtcamStats *self, gboolean damaged,
    guint64 missed, GstClockTime latency);

GstStructure *gst_virtcam_stats_to_structure (GstVirtcamStats *self);
/* What GstBaseSink counts, to what its subclass did. */
void gst_virtcam_stats_add_base (GstStructure *stats, GstBaseSink *sink);
const gchar *gst_virtcam_stats_describe (GstVirtcamDirection direction);
