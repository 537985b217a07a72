/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* When a frame was captured, which one it is, and what was lost before it. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* What a driver may be early by, if its rate is unknown. */
#define UNKNOWN_INTERVAL (GST_SECOND / 25)

GstClockTime
gst_virtcam_src_monotonic_now (void)
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
  now.monotonic = gst_virtcam_src_monotonic_now ();
  time = gst_clock_get_time (clock);
  now.running = time > base_time ? time - base_time : 0;
  return gst_virtcam_running_time (now, captured);
}

/* A new stream: the device may have come to its senses. */
void
gst_virtcam_src_reset_time (GstVirtcamSrc *self)
{
  self->capture = (GstVirtcamCapture){ 0 };
  self->bad_time_told = FALSE;
}

/* Before the device begins to stream. */
void
gst_virtcam_src_note_stream_on (GstVirtcamSrc *self)
{
  self->capture.since = gst_virtcam_src_monotonic_now ();
}

static void
note_bad_time (GstVirtcamSrc *self, const VirtcamFrame *frame, GstClockTime now,
    GstVirtcamVerdict verdict)
{
  GST_OBJECT_LOCK (self);
  self->stats.bad_timestamps++;
  GST_OBJECT_UNLOCK (self);

  if (self->bad_time_told)
    return;
  self->bad_time_told = TRUE;
  GST_ELEMENT_WARNING (self, RESOURCE, READ,
      ("Camera %s stamps frames %s. Such frames get the time of their arrival.",
          virtcam_node_get_path (self->node),
          gst_virtcam_verdict_explain (verdict)),
      ("first: frame %u, stamped %" G_GUINT64_FORMAT
       " ns, the one before it %" G_GUINT64_FORMAT
       " ns, streaming since %" G_GUINT64_FORMAT
       " ns, arrived at %" G_GUINT64_FORMAT " ns of CLOCK_MONOTONIC",
          frame->sequence, frame->time_ns, self->capture.stamp,
          self->capture.since, now));
}

/* CLOCK_MONOTONIC ns: what the driver says, as far as that can be true. */
GstClockTime
gst_virtcam_src_capture_time (GstVirtcamSrc *self, const VirtcamFrame *frame)
{
  GstClockTime now = gst_virtcam_src_monotonic_now ();
  GstClockTime stamp = frame->monotonic ? frame->time_ns : GST_CLOCK_TIME_NONE;
  GstClockTime slack = self->mode.duration, captured;
  GstVirtcamVerdict verdict;

  if (!GST_CLOCK_TIME_IS_VALID (slack))
    slack = UNKNOWN_INTERVAL;
  verdict =
      gst_virtcam_capture_judge (&self->capture, stamp, now, slack, &captured);
  if (verdict != GST_VIRTCAM_STAMP_GOOD)
    note_bad_time (self, frame, now, verdict);
  return captured;
}

/* The frames between the one before and this one, of which pts is the running
 * time. Its place in the stream is where they would have been; their age is
 * the jitter. */
static void
post_loss (GstVirtcamSrc *self, GstClockTime pts, GstClockTime captured,
    guint64 missed)
{
  const GstSegment *segment = &GST_BASE_SRC (self)->segment;
  GstClockTime duration = GST_CLOCK_TIME_NONE, first = pts;
  GstClockTime age = gst_virtcam_src_monotonic_now () - captured;
  guint64 processed, dropped;
  GstMessage *message;

  if (GST_CLOCK_TIME_IS_VALID (self->mode.duration)) {
    duration = missed * self->mode.duration;
    age += duration;
    if (GST_CLOCK_TIME_IS_VALID (pts))
      first = pts > duration ? pts - duration : 0;
  }
  GST_OBJECT_LOCK (self);
  processed = self->stats.captured;
  dropped = self->stats.dropped;
  GST_OBJECT_UNLOCK (self);

  message = gst_message_new_qos (GST_OBJECT_CAST (self), TRUE,
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, first),
      gst_segment_to_stream_time (segment, GST_FORMAT_TIME, first), first,
      duration);
  gst_message_set_qos_values (
      message, age, (gdouble) processed / (processed + dropped), 1000000);
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, processed, dropped);
  gst_element_post_message (GST_ELEMENT_CAST (self), message);
}

static void
count_frame (GstVirtcamSrc *self, const VirtcamFrame *frame, guint64 missed)
{
  GST_OBJECT_LOCK (self);
  self->stats.captured++;
  self->stats.dropped += missed;
  self->stats.corrupted += frame->damaged;
  GST_OBJECT_UNLOCK (self);
}

/* With do-timestamp the base class gives both times, as it does for every
 * source. Without a DTS it would invent one for the first buffer: the start of
 * the segment, whatever the time. */
static void
stamp_times (GstVirtcamSrc *self, GstBuffer *buffer, GstClockTime pts)
{
  if (!gst_base_src_get_do_timestamp (GST_BASE_SRC_CAST (self)))
    GST_BUFFER_PTS (buffer) = GST_BUFFER_DTS (buffer) = pts;
  GST_BUFFER_DURATION (buffer) = self->mode.duration;
}

static void
mark_field (GstVirtcamSrc *self, GstBuffer *buffer, guint32 field)
{
  /* its order is the mode's */
  if (field == V4L2_FIELD_INTERLACED)
    field = self->mode.picture.field;
  if (field != V4L2_FIELD_NONE && field != V4L2_FIELD_ANY)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  if (field == V4L2_FIELD_INTERLACED_TB)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TFF);
  if (field == V4L2_FIELD_TOP)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TOP_FIELD);
  if (field == V4L2_FIELD_BOTTOM)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
}

void
gst_virtcam_src_stamp_buffer (GstVirtcamSrc *self, GstBuffer *buffer,
    const VirtcamFrame *frame, GstClockTime captured)
{
  GstVirtcamSequence *sequence = &self->sequence;
  GstClockTime pts = running_time_of (self, captured);
  guint64 missed;
  gboolean gap =
      gst_virtcam_sequence_advance (sequence, frame->sequence, &missed);

  stamp_times (self, buffer, pts);
  GST_BUFFER_OFFSET (buffer) = sequence->offset;
  GST_BUFFER_OFFSET_END (buffer) = sequence->offset + 1;
  if (gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (frame->damaged)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  mark_field (self, buffer, frame->field);

  count_frame (self, frame, missed);
  if (missed)
    post_loss (self, pts, captured, missed);
}

/* The peer's buffers may have such metas of their own. */
static GstReferenceTimestampMeta *
find_capture_meta (GstVirtcamSrc *self, GstBuffer *buffer)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (
              buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE))) {
    GstReferenceTimestampMeta *reference = (GstReferenceTimestampMeta *) meta;

    if (reference->reference == self->capture_clock ||
        gst_caps_is_strictly_equal (reference->reference, self->capture_clock))
      return reference;
  }
  return NULL;
}

/* The element's own buffers keep the meta, so that it is allocated but once for
 * each. */
void
gst_virtcam_src_stamp_capture_time (
    GstVirtcamSrc *self, GstBuffer *buffer, GstClockTime captured)
{
  GstReferenceTimestampMeta *meta = find_capture_meta (self, buffer);

  if (meta) {
    meta->timestamp = captured;
    return;
  }
  meta = gst_buffer_add_reference_timestamp_meta (
      buffer, self->capture_clock, captured, GST_CLOCK_TIME_NONE);
  if (gst_virtcam_wrapper_has_made (buffer))
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED);
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
