/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "source/stamper.h"

#include <gst/video/video.h>

#include "stream/allocator.h"
#include "time/time.h"

/* What a driver may be early by, if its rate is unknown. */
#define UNKNOWN_INTERVAL (GST_SECOND / 25)

struct _GstVirtcamStamper {
  GstBaseSrc *base;
  GstVirtcamClock *clock;
  GstVirtcamReport *report;
  GstCaps *capture_clock; /* of GstReferenceTimestampMeta; constant */
  GstVirtcamSequence sequence;
  GstVirtcamStamps stamps;
  gboolean bad_time_told;
};

GstVirtcamStamper *
gst_virtcam_stamper_new (
    GstBaseSrc *base, GstVirtcamClock *clock, GstVirtcamReport *report)
{
  GstVirtcamStamper *self = g_new0 (GstVirtcamStamper, 1);

  self->base = base;
  self->clock = clock;
  self->report = report;
  self->capture_clock =
      gst_caps_new_empty_simple ("timestamp/x-system-monotonic");
  return self;
}

void
gst_virtcam_stamper_free (GstVirtcamStamper *self)
{
  gst_caps_unref (self->capture_clock);
  g_free (self);
}

/* The element starts: frames are counted from 0, and the device may have come to
 * its senses. */
void
gst_virtcam_stamper_reset (GstVirtcamStamper *self)
{
  self->sequence = (GstVirtcamSequence){ 0 };
  self->stamps = (GstVirtcamStamps){ 0 };
  self->bad_time_told = FALSE;
}

/* The device begins to stream anew; since: CLOCK_MONOTONIC ns, before that. */
void
gst_virtcam_stamper_continue (GstVirtcamStamper *self, GstClockTime since)
{
  gst_virtcam_sequence_continue (&self->sequence);
  self->stamps.since = since;
}

static void
note_bad_time (GstVirtcamStamper *self, const GstVirtcamFrame *frame,
    GstClockTime now, GstVirtcamVerdict verdict)
{
  g_autofree gchar *camera = NULL;

  gst_virtcam_stats_add (gst_virtcam_report_get_stats (self->report),
      GST_VIRTCAM_COUNT_BAD_TIMESTAMPS, 1);
  if (self->bad_time_told)
    return;
  self->bad_time_told = TRUE;
  camera = gst_virtcam_report_dup_camera (self->report);
  GST_ELEMENT_WARNING (self->base, RESOURCE, READ,
      ("Camera %s stamps frames %s. Such frames get the time of their arrival.",
          camera, gst_virtcam_verdict_explain (verdict)),
      ("first: frame %u, stamped %" G_GUINT64_FORMAT
       " ns, the one before it %" G_GUINT64_FORMAT
       " ns, streaming since %" G_GUINT64_FORMAT
       " ns, arrived at %" G_GUINT64_FORMAT " ns of CLOCK_MONOTONIC",
          frame->sequence, frame->time_ns, self->stamps.stamp,
          self->stamps.since, now));
}

/* CLOCK_MONOTONIC ns: what the driver says, as far as that can be true. */
GstClockTime
gst_virtcam_stamper_judge (GstVirtcamStamper *self,
    const GstVirtcamFrame *frame, const GstVirtcamPace *pace)
{
  GstClockTime now = gst_util_get_timestamp ();
  GstClockTime stamp = frame->monotonic ? frame->time_ns : GST_CLOCK_TIME_NONE;
  GstClockTime slack = pace->duration, captured;
  GstVirtcamVerdict verdict;

  if (!GST_CLOCK_TIME_IS_VALID (slack))
    slack = UNKNOWN_INTERVAL;
  verdict =
      gst_virtcam_stamps_judge (&self->stamps, stamp, now, slack, &captured);
  if (verdict != GST_VIRTCAM_STAMP_GOOD)
    note_bad_time (self, frame, now, verdict);
  return captured;
}

/* Whether the frame is one of a pause, or from before it. */
gboolean
gst_virtcam_stamper_is_stale (GstVirtcamStamper *self, GstClockTime captured)
{
  gboolean resync;
  gboolean stale = gst_virtcam_clock_is_stale (self->clock, captured, &resync);

  if (resync)
    gst_virtcam_sequence_reset (&self->sequence);
  return stale;
}

/* The frames between the one before and this one, of which pts is the running
 * time. Its place in the stream is where they would have been; their age is
 * the jitter. */
static void
post_loss (GstVirtcamStamper *self, GstClockTime interval, GstClockTime pts,
    GstClockTime captured, guint64 missed)
{
  GstVirtcamStats *stats = gst_virtcam_report_get_stats (self->report);
  const GstSegment *segment = &self->base->segment;
  GstClockTime duration = GST_CLOCK_TIME_NONE, first = pts;
  GstClockTime age = gst_util_get_timestamp () - captured;
  guint64 processed = gst_virtcam_stats_get (stats, GST_VIRTCAM_COUNT_CAPTURED);
  guint64 dropped = gst_virtcam_stats_get (stats, GST_VIRTCAM_COUNT_DROPPED);
  GstMessage *message;

  if (GST_CLOCK_TIME_IS_VALID (interval)) {
    duration = missed * interval;
    age += duration;
    if (GST_CLOCK_TIME_IS_VALID (pts))
      first = pts > duration ? pts - duration : 0;
  }
  message = gst_message_new_qos (GST_OBJECT_CAST (self->base), TRUE,
      gst_segment_to_running_time (segment, GST_FORMAT_TIME, first),
      gst_segment_to_stream_time (segment, GST_FORMAT_TIME, first), first,
      duration);
  gst_message_set_qos_values (
      message, age, (gdouble) processed / (processed + dropped), 1000000);
  gst_message_set_qos_stats (message, GST_FORMAT_BUFFERS, processed, dropped);
  gst_element_post_message (GST_ELEMENT_CAST (self->base), message);
}

static guint32
number_of (GstVirtcamStamper *self, const GstVirtcamFrame *frame)
{
  if (frame->field == V4L2_FIELD_TOP || frame->field == V4L2_FIELD_BOTTOM)
    return gst_virtcam_sequence_number_field (
        &self->sequence, frame->sequence, frame->field);
  return frame->sequence;
}

static void
mark_field (GstBuffer *buffer, guint32 field)
{
  if (field != V4L2_FIELD_NONE && field != V4L2_FIELD_ANY)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_INTERLACED);
  if (field == V4L2_FIELD_INTERLACED_TB)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TFF);
  if (field == V4L2_FIELD_TOP)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_TOP_FIELD);
  if (field == V4L2_FIELD_BOTTOM)
    GST_BUFFER_FLAG_SET (buffer, GST_VIDEO_BUFFER_FLAG_BOTTOM_FIELD);
}

/* The peer's buffers may have such metas of their own. */
static GstReferenceTimestampMeta *
find_capture_meta (GstVirtcamStamper *self, GstBuffer *buffer)
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
static void
attach_capture_time (
    GstVirtcamStamper *self, GstBuffer *buffer, GstClockTime captured)
{
  GstReferenceTimestampMeta *meta = find_capture_meta (self, buffer);

  if (meta) {
    meta->timestamp = captured;
    return;
  }
  meta = gst_buffer_add_reference_timestamp_meta (
      buffer, self->capture_clock, captured, GST_CLOCK_TIME_NONE);
  if (gst_virtcam_allocator_has_made (buffer))
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED);
}

/* With do-timestamp the base class gives the time, as it does for every source. */
static GstClockTime
stamp_time (GstVirtcamStamper *self, GstBuffer *buffer, GstClockTime captured)
{
  GstClockTime base_time, pts;

  GST_OBJECT_LOCK (self->base);
  base_time = GST_ELEMENT_CAST (self->base)->base_time;
  GST_OBJECT_UNLOCK (self->base);
  pts = gst_virtcam_clock_running_time (self->clock, base_time, captured);
  if (!gst_base_src_get_do_timestamp (self->base))
    GST_BUFFER_PTS (buffer) = pts;
  return pts;
}

/* Also counts the frame. */
void
gst_virtcam_stamper_stamp (GstVirtcamStamper *self, GstBuffer *buffer,
    const GstVirtcamFrame *frame, const GstVirtcamPace *pace,
    GstClockTime captured)
{
  GstVirtcamSequence *sequence = &self->sequence;
  GstClockTime pts = stamp_time (self, buffer, captured);
  guint64 missed;
  gboolean gap =
      gst_virtcam_sequence_advance (sequence, number_of (self, frame), &missed);

  GST_BUFFER_DURATION (buffer) = pace->duration;
  GST_BUFFER_OFFSET (buffer) = sequence->offset;
  GST_BUFFER_OFFSET_END (buffer) = sequence->offset + 1;
  if (gap)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DISCONT);
  if (frame->damaged)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_CORRUPTED);
  if (frame->delta)
    GST_BUFFER_FLAG_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
  mark_field (buffer,
      frame->field == V4L2_FIELD_INTERLACED ? pace->field : frame->field);
  attach_capture_time (self, buffer, captured);
  gst_virtcam_stats_push (gst_virtcam_report_get_stats (self->report),
      frame->damaged, missed, gst_util_get_timestamp () - captured);
  if (missed)
    post_loss (self, pace->duration, pts, captured, missed);
}
