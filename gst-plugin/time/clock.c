/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "time/clock.h"

#include "time/time.h"

/* Reading two clocks takes less, unless the thread is preempted between. */
#define QUICK (20 * GST_USECOND)
#define MAX_READINGS 5

struct _GstVirtcamClock {
  /* guards all below; the clock's calibration is read under it */
  GMutex lock;
  GstClock *clock; /* a reference, or NULL */
  gboolean is_monotonic;
  gboolean playing;
  GstClockTime playing_since; /* CLOCK_MONOTONIC */
  gboolean resync; /* the next fresh frame is the first since a pause */
};

GstVirtcamClock *
gst_virtcam_clock_new (void)
{
  GstVirtcamClock *self = g_new0 (GstVirtcamClock, 1);

  g_mutex_init (&self->lock);
  return self;
}

void
gst_virtcam_clock_free (GstVirtcamClock *self)
{
  gst_clear_object (&self->clock);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* On the common clock, capture times and pipeline times are the same scale,
 * and nothing needs to be read or estimated. Audio, network and PTP clocks
 * derive from the system clock, and are none. */
void
gst_virtcam_clock_set (GstVirtcamClock *self, GstClock *clock)
{
  GstClockType type = GST_CLOCK_TYPE_OTHER;
  GstClock *before;

  if (clock && G_OBJECT_TYPE (clock) == GST_TYPE_SYSTEM_CLOCK)
    g_object_get (clock, "clock-type", &type, NULL);
  g_mutex_lock (&self->lock);
  before = self->clock;
  self->clock = clock ? gst_object_ref (clock) : NULL;
  self->is_monotonic = type == GST_CLOCK_TYPE_MONOTONIC;
  g_mutex_unlock (&self->lock);
  gst_clear_object (&before);
}

/* A clock may be calibrated, and slaved to another, at any time. */
static gboolean
is_calibrated (GstClock *clock)
{
  GstClockTime internal, external, num, denom;

  gst_clock_get_calibration (clock, &internal, &external, &num, &denom);
  return internal != external || num != denom;
}

/* One moment on both clocks: the middle of the quickest of some readings. */
static GstVirtcamMoment
read_moment (GstClock *clock, GstClockTime base_time)
{
  GstVirtcamMoment moment = { 0 };
  GstClockTime least = GST_CLOCK_TIME_NONE;

  for (guint i = 0; i < MAX_READINGS && least > QUICK; i++) {
    GstClockTime before = gst_util_get_timestamp ();
    GstClockTime time = gst_clock_get_time (clock);
    GstClockTime took = gst_util_get_timestamp () - before;

    if (took >= least)
      continue;
    least = took;
    moment.monotonic = before + took / 2;
    moment.running = time > base_time ? time - base_time : 0;
  }
  return moment;
}

/* NULL: there is no clock, or, where same is set, it need not be read. Else a
 * reference. */
static GstClock *
ref_other (GstVirtcamClock *self, gboolean *same)
{
  GstClock *other = NULL;

  g_mutex_lock (&self->lock);
  *same = self->is_monotonic && !is_calibrated (self->clock);
  if (self->clock && !*same)
    other = gst_object_ref (self->clock);
  g_mutex_unlock (&self->lock);
  return other;
}

/* The running time of a moment, captured, of CLOCK_MONOTONIC;
 * GST_CLOCK_TIME_NONE without a clock. */
GstClockTime
gst_virtcam_clock_running_time (
    GstVirtcamClock *self, GstClockTime base_time, GstClockTime captured)
{
  gboolean same;
  g_autoptr (GstClock) other = ref_other (self, &same);

  if (same)
    return captured > base_time ? captured - base_time : 0;
  if (other == NULL)
    return GST_CLOCK_TIME_NONE;
  return gst_virtcam_running_time (read_moment (other, base_time), captured);
}

static GstClockTime
to_running_time (const GstSegment *segment, GstClockTime pts)
{
  if (!GST_CLOCK_TIME_IS_VALID (pts) || segment->format != GST_FORMAT_TIME)
    return GST_CLOCK_TIME_NONE;
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, pts);
}

/* The other way: the moment of CLOCK_MONOTONIC at which a frame of the segment is
 * due; GST_CLOCK_TIME_NONE without a clock or a time, or before time began. */
GstClockTime
gst_virtcam_clock_monotonic_time (GstVirtcamClock *self, GstClockTime base_time,
    const GstSegment *segment, GstClockTime pts)
{
  const GstClockTime running = to_running_time (segment, pts);
  gboolean same;
  g_autoptr (GstClock) other = ref_other (self, &same);
  GstVirtcamMoment now;

  if (!GST_CLOCK_TIME_IS_VALID (running))
    return GST_CLOCK_TIME_NONE;
  if (same)
    return base_time + running;
  if (other == NULL)
    return GST_CLOCK_TIME_NONE;
  now = read_moment (other, base_time);
  if (now.monotonic + running < now.running)
    return GST_CLOCK_TIME_NONE;
  return now.monotonic + running - now.running;
}

/* To be called before the pipeline goes to PLAYING, or leaves it. */
void
gst_virtcam_clock_play (GstVirtcamClock *self, gboolean playing)
{
  g_mutex_lock (&self->lock);
  self->playing = playing;
  self->playing_since = gst_util_get_timestamp ();
  self->resync = TRUE;
  g_mutex_unlock (&self->lock);
}

gboolean
gst_virtcam_clock_is_playing (GstVirtcamClock *self)
{
  gboolean playing;

  g_mutex_lock (&self->lock);
  playing = self->playing;
  g_mutex_unlock (&self->lock);
  return playing;
}

/* Frames of a pause have no running time: two of them, or one and a later one,
 * could have the same. resync: the frame is the first after a pause; what is
 * missing before it is no loss. */
gboolean
gst_virtcam_clock_is_stale (
    GstVirtcamClock *self, GstClockTime captured, gboolean *resync)
{
  gboolean stale;

  g_mutex_lock (&self->lock);
  stale = !self->playing || captured < self->playing_since;
  *resync = self->resync && !stale;
  self->resync = self->resync && stale;
  g_mutex_unlock (&self->lock);
  return stale;
}
