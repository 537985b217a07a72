/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the pipeline must reckon with, and what was measured. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* The least is one frame, not what is measured: a driver may stamp the first
 * line of a frame, which is there an interval later, and a mixer that is told
 * less leaves out the frames that were captured just after a tick. The most is
 * what a frame waits until the driver runs out of buffers. To be called when
 * the rate or the number of buffers may have changed. */
void
gst_virtcam_src_announce_latency (GstVirtcamSrc *self)
{
  GstClockTime min = self->mode.duration, max = GST_CLOCK_TIME_NONE;
  gboolean changed;

  if (GST_CLOCK_TIME_IS_VALID (min))
    max = min * gst_virtcam_src_count_buffers (self);
  else
    min = 0;

  GST_OBJECT_LOCK (self);
  changed = self->latency_min != min || self->latency_max != max;
  self->latency_min = min;
  self->latency_max = max;
  GST_OBJECT_UNLOCK (self);

  if (changed)
    gst_element_post_message (GST_ELEMENT_CAST (self),
        gst_message_new_latency (GST_OBJECT_CAST (self)));
}

/* captured: CLOCK_MONOTONIC ns; the push is now. */
void
gst_virtcam_src_note_latency (GstVirtcamSrc *self, GstClockTime captured)
{
  GstClockTime latency = gst_virtcam_src_monotonic_now () - captured;

  GST_OBJECT_LOCK (self);
  self->stats.latency = latency;
  gst_virtcam_latency_add (&self->stats.latencies, latency);
  GST_OBJECT_UNLOCK (self);
}
