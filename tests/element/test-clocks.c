/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipeline clocks that are no system clock although their class says so:
 * GstAudioClock, GstNetClientClock and GstPtpClock all derive from it. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define INTERVAL (GST_SECOND / 30)
#define AHEAD (3600 * GST_SECOND)

typedef GstSystemClock DerivedClock;
typedef GstSystemClockClass DerivedClockClass;
static GType derived_clock_get_type (void);
G_DEFINE_TYPE (DerivedClock, derived_clock, GST_TYPE_SYSTEM_CLOCK)

/* Somebody else has the processor once, when the next one reads the clock. */
typedef enum { NEVER, BEFORE_READING, AFTER_READING } Preemption;

static gint preempted;

static void
spend_time (gboolean now)
{
  GstClockTime end = gst_util_get_timestamp () + 50 * GST_MSECOND;

  while (now && gst_util_get_timestamp () < end)
    continue;
}

static GstClockTime
derived_clock_get_internal_time (GstClock *clock)
{
  gint when = g_atomic_int_exchange (&preempted, NEVER);
  GstClockTime time;

  spend_time (when == BEFORE_READING);
  time = gst_util_get_timestamp ();
  spend_time (when == AFTER_READING);
  return time + AHEAD;
}

static void
derived_clock_class_init (DerivedClockClass *klass)
{
  GST_CLOCK_CLASS (klass)->get_internal_time = derived_clock_get_internal_time;
}

static void
derived_clock_init (DerivedClock *self)
{
}

static void
check_pts (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstClock *clock = data;
  GstClockTime running =
      gst_clock_get_time (clock) - gst_element_get_base_time (rig->source);
  GstClockTime age =
      gst_util_get_timestamp () - rig_read_stamp (rig, buffer).time_ns;

  fail_unless (GST_BUFFER_PTS (buffer) <= running - age + GST_MSECOND);
  fail_unless (GST_BUFFER_PTS (buffer) + INTERVAL >= running - age,
      "frame %u: PTS %" GST_TIME_FORMAT " at %" GST_TIME_FORMAT, number,
      GST_TIME_ARGS (GST_BUFFER_PTS (buffer)), GST_TIME_ARGS (running));
}

GST_START_TEST (
    pts_is_the_capture_time_on_a_clock_derived_from_the_system_clock)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstClock) clock =
      g_object_new (derived_clock_get_type (), "name", "audio", NULL);

  gst_pipeline_use_clock (GST_PIPELINE (rig->pipeline), clock);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_pts, clock);
  rig_run (rig, 20);
}
GST_END_TEST

/* The clock is set before it is calibrated, as a slave of another one is. */
static void
calibrate_then_check (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstClock *clock = data;

  if (number == 3)
    gst_clock_set_calibration (clock, 0, 10 * GST_SECOND, 1, 1);
  else if (number > 6)
    check_pts (rig, buffer, number, data);
}

GST_START_TEST (pts_follows_a_clock_that_is_calibrated_while_playing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstClock) clock =
      g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "slave", NULL);

  gst_pipeline_use_clock (GST_PIPELINE (rig->pipeline), clock);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, calibrate_then_check, clock);
  rig_run (rig, 20);
}
GST_END_TEST

/* The clock is CLOCK_MONOTONIC but for a constant, so PTS is known exactly. */
static void
check_exact_pts (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstReferenceTimestampMeta *capture =
      gst_buffer_get_reference_timestamp_meta (buffer, NULL);
  GstClockTimeDiff pts = GST_BUFFER_PTS (buffer);
  GstClockTimeDiff expected =
      capture->timestamp + AHEAD - gst_element_get_base_time (rig->source);

  fail_unless (ABS (pts - expected) < GST_MSECOND,
      "frame %u is %" GST_STIME_FORMAT " off", number,
      GST_STIME_ARGS (pts - expected));
  if (number == 10)
    g_atomic_int_set (&preempted, GPOINTER_TO_INT (data));
}

GST_START_TEST (pts_does_not_jump_when_reading_the_clock_takes_long)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstClock) clock =
      g_object_new (derived_clock_get_type (), "name", "audio", NULL);

  gst_pipeline_use_clock (GST_PIPELINE (rig->pipeline), clock);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_exact_pts, GINT_TO_POINTER (BEFORE_READING + __i__));
  rig_run (rig, 20);
  assert_equals_int (g_atomic_int_get (&preempted), NEVER);
}
GST_END_TEST

static Suite *
clocks_suite (void)
{
  Suite *suite = suite_create ("clocks");
  TCase *tcase = tcase_create ("clocks");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, pts_is_the_capture_time_on_a_clock_derived_from_the_system_clock);
  tcase_add_test (tcase, pts_follows_a_clock_that_is_calibrated_while_playing);
  tcase_add_loop_test (
      tcase, pts_does_not_jump_when_reading_the_clock_takes_long, 0, 2);
  return suite;
}

GST_CHECK_MAIN (clocks);
