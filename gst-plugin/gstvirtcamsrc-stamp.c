/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a frame was captured, which one it is, and what was lost before it. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static GstClockTime
monotonic_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return GST_TIMESPEC_TO_TIME (now);
}

/* On the common clock, capture times and pipeline times are the same scale,
 * and nothing needs to be read or estimated. Audio, network and PTP clocks
 * derive from the system clock, and are none. */
void
gst_virtcam_src_note_clock (GstVirtcamSrc *self, GstClock *clock)
{
  GstClockType type = GST_CLOCK_TYPE_OTHER;
  gboolean same = FALSE;

  if (clock && G_OBJECT_TYPE (clock) == GST_TYPE_SYSTEM_CLOCK) {
    g_object_get (clock, "clock-type", &type, NULL);
    same = type == GST_CLOCK_TYPE_MONOTONIC;
  }
  GST_OBJECT_LOCK (self);
  self->clock_is_monotonic = same;
  GST_OBJECT_UNLOCK (self);
}

/* A clock may be calibrated, and slaved to another, at any time. */
static gboolean
is_calibrated (GstClock *clock)
{
  GstClockTime internal, external, num, denom;

  gst_clock_get_calibration (clock, &internal, &external, &num, &denom);
  return internal != external || num != denom;
}

/* GST_CLOCK_TIME_NONE without a clock. */
static GstClockTime
running_time_of (GstVirtcamSrc *self, GstClockTime captured)
{
  GstElement *element = GST_ELEMENT_CAST (self);
  g_autoptr (GstClock) clock = NULL;
  GstVirtcamMoment now;
  GstClockTime base_time, time;
  gboolean same;

  GST_OBJECT_LOCK (self);
  base_time = element->base_time;
  same = self->clock_is_monotonic && element->clock &&
         !is_calibrated (element->clock);
  if (element->clock && !same)
    clock = gst_object_ref (element->clock);
  GST_OBJECT_UNLOCK (self);

  if (same)
    return captured > base_time ? captured - base_time : 0;
  if (clock == NULL)
    return GST_CLOCK_TIME_NONE;
  now.monotonic = monotonic_now ();
  time = gst_clock_get_time (clock);
  now.running = time > base_time ? time - base_time : 0;
  return gst_virtcam_running_time (now, captured);
}

/* A driver on another clock tells nothing about the past. */
GstClockTime
gst_virtcam_src_capture_time (const VirtcamFrame *frame)
{
  return frame->time_ns ? frame->time_ns : monotonic_now ();
}

void
gst_virtcam_src_stamp_buffer (GstVirtcamSrc *self, GstBuffer *buffer,
    const VirtcamFrame *frame, GstClockTime captured)
{
  GstVirtcamSequence *sequence = &self->sequence;
  guint64 missed;
  gboolean gap =
      gst_virtcam_sequence_advance (sequence, frame->sequence, &missed);

  GST_BUFFER_PTS (buffer) = running_time_of (self, captured);
  GST_BUFFER_DURATION (buffer) = self->mode.duration;
  GST_BUFFER_OFFSET (buffer) = sequence->offset;
  GST_BUFFER_OFFSET_END (buffer) = sequence->offset + 1;
  if (gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (frame->damaged)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  if (frame->field == V4L2_FIELD_INTERLACED_TB)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TFF);

  GST_OBJECT_LOCK (self);
  self->stats.captured++;
  self->stats.dropped += missed;
  self->stats.corrupted += frame->damaged;
  GST_OBJECT_UNLOCK (self);
}

/* Frames of a pause have no running time: two of them, or one and a later one,
 * could have the same. Their gap is no loss. */
gboolean
gst_virtcam_src_is_stale (GstVirtcamSrc *self, GstClockTime captured)
{
  gboolean stale, resync;

  GST_OBJECT_LOCK (self);
  stale = !self->playing || captured < self->playing_since;
  resync = self->resync;
  self->resync = stale && resync;
  GST_OBJECT_UNLOCK (self);

  if (resync && !stale)
    gst_virtcam_sequence_reset (&self->sequence);
  return stale;
}

void
gst_virtcam_src_note_latency (GstVirtcamSrc *self, GstClockTime captured)
{
  GstClockTime now = monotonic_now ();

  GST_OBJECT_LOCK (self);
  self->stats.latency = now > captured ? now - captured : 0;
  GST_OBJECT_UNLOCK (self);
}
