/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure arithmetic of time and of frame counters. */

#include "time/time.h"

/* What cannot be true: the device streamed no earlier than since, and no frame
 * comes before it is captured. slack is forgiven: drivers stamp the end of a
 * frame ahead of time (vivid) or its beginning before they say that they
 * stream. */
static GstVirtcamVerdict
judge (const GstVirtcamStamps *self, GstClockTime stamp, GstClockTime now,
    GstClockTime slack)
{
  if (!GST_CLOCK_TIME_IS_VALID (stamp))
    return GST_VIRTCAM_STAMP_OTHER_CLOCK;
  if (stamp == 0)
    return GST_VIRTCAM_STAMP_ZERO;
  if (stamp > now + slack)
    return GST_VIRTCAM_STAMP_FUTURE;
  if (stamp + slack < self->since)
    return GST_VIRTCAM_STAMP_PAST;
  if (stamp <= self->stamp)
    return GST_VIRTCAM_STAMP_BACKWARD;
  return GST_VIRTCAM_STAMP_GOOD;
}

/* From the time with which a device stamped a frame (GST_CLOCK_TIME_NONE if by
 * another clock than CLOCK_MONOTONIC) that arrived now, to the time at which
 * it was captured: the stamp if it can be true, else now. captured is never of
 * the future, and greater than that of the frame before as long as now is. */
GstVirtcamVerdict
gst_virtcam_stamps_judge (GstVirtcamStamps *self, GstClockTime stamp,
    GstClockTime now, GstClockTime slack, GstClockTime *captured)
{
  GstVirtcamVerdict verdict = judge (self, stamp, now, slack);
  gboolean good = verdict == GST_VIRTCAM_STAMP_GOOD;
  GstClockTime best = good ? MIN (stamp, now) : now;

  /* a good stamp after a bad one may be older than the bad one's arrival */
  self->captured = MAX (best, MIN (self->captured + 1, now));
  if (good)
    self->stamp = stamp;
  *captured = self->captured;
  return verdict;
}

/* The end of a sentence that begins with "The camera stamps frames". */
const gchar *
gst_virtcam_verdict_explain (GstVirtcamVerdict verdict)
{
  static const gchar *const words[] = {
    [GST_VIRTCAM_STAMP_GOOD] = "with the time of their capture",
    [GST_VIRTCAM_STAMP_OTHER_CLOCK] = "by another clock than CLOCK_MONOTONIC",
    [GST_VIRTCAM_STAMP_ZERO] = "with a time of zero",
    [GST_VIRTCAM_STAMP_FUTURE] = "with times of the future",
    [GST_VIRTCAM_STAMP_PAST] = "with times before it began to stream",
    [GST_VIRTCAM_STAMP_BACKWARD] = "with times that do not advance",
  };

  return words[verdict];
}

/* captured: CLOCK_MONOTONIC ns. A frame older than the running time is put at
 * 0, one that claims to be of the future at now. */
GstClockTime
gst_virtcam_running_time (GstVirtcamMoment now, GstClockTime captured)
{
  GstClockTime age;

  if (captured >= now.monotonic)
    return now.running;
  age = now.monotonic - captured;
  return age < now.running ? now.running - age : 0;
}

/* GST_CLOCK_TIME_NONE if the rate is variable or unknown. */
GstClockTime
gst_virtcam_frame_duration (gint fps_n, gint fps_d)
{
  if (fps_n <= 0 || fps_d <= 0)
    return GST_CLOCK_TIME_NONE;
  return gst_util_uint64_scale_int_round (GST_SECOND, fps_d, fps_n);
}

/* The next frame follows nothing: not a drop, whatever its number. */
void
gst_virtcam_sequence_reset (GstVirtcamSequence *self)
{
  self->started = FALSE;
}

/* Another counter from here on, which starts at 0: offsets go on behind those
 * that were given. */
void
gst_virtcam_sequence_continue (GstVirtcamSequence *self)
{
  self->started = FALSE;
  self->second = 0;
  self->base = self->next;
}

/* The number of a field that comes alone, for gst_virtcam_sequence_advance().
 * V4L2 has a frame's number for both of its fields, but there are drivers that
 * count fields: which it is, and which field of a frame is the second, shows
 * when a number comes twice. Until then the driver's is as good. */
guint32
gst_virtcam_sequence_number_field (
    GstVirtcamSequence *self, guint32 frame, guint32 field)
{
  gboolean is_pair =
      self->started && frame == self->frame && field != self->field;

  if (is_pair && field != self->second) {
    self->second = field;
    self->last = frame * 2;
  }
  self->frame = frame;
  self->field = field;
  return self->second ? frame * 2 + (field == self->second) : frame;
}

static gboolean
advance_offset (GstVirtcamSequence *self, guint32 sequence, guint64 *missed)
{
  guint32 step = sequence - self->last;
  gboolean started = self->started;

  *missed = 0;
  self->started = TRUE;
  self->last = sequence;
  if (!started) {
    /* the counter may have wrapped, gone back or stood still before */
    self->offset = MAX (self->base + sequence, self->next);
    return TRUE;
  }
  if (step > G_MAXINT32) {
    self->offset += 1;
    return TRUE;
  }
  self->offset += MAX (step, 1);
  *missed = step > 1 ? step - 1 : 0;
  return *missed > 0;
}

/* Takes the next frame's number; self->offset is its number unrolled. Returns
 * TRUE at a discontinuity; missed says how many frames were lost there.
 * A driver that repeats a number does not count: its frames follow each other.
 * One that goes back started anew: a discontinuity, but nothing was lost. */
gboolean
gst_virtcam_sequence_advance (
    GstVirtcamSequence *self, guint32 sequence, guint64 *missed)
{
  gboolean gap = advance_offset (self, sequence, missed);

  self->next = self->offset + 1;
  self->base = self->offset - sequence;
  return gap;
}
