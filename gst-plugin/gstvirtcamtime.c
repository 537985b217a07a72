/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure arithmetic of time and of frame counters. */

#include "gstvirtcamtime.h"

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

/* Takes the next frame's number; self->offset is its number unrolled. Returns
 * TRUE at a discontinuity; missed says how many frames were lost there.
 * A driver that repeats a number does not count: its frames follow each other.
 * One that goes back started anew: a discontinuity, but nothing was lost. */
gboolean
gst_virtcam_sequence_advance (
    GstVirtcamSequence *self, guint32 sequence, guint64 *missed)
{
  guint32 step = sequence - self->last;
  gboolean started = self->started;

  *missed = 0;
  self->started = TRUE;
  self->last = sequence;
  if (!started) {
    self->offset = sequence;
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
