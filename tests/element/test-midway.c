/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Drivers that break off, or tell of a change, midway through a stream. */

#include <errno.h>
#include <gst/base/gstbasesrc.h>
#include <linux/videodev2.h>

#include "driver.h"
#include "rig.h"
#include "vivid.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

/* What the driver is like; 0: as it is. */
static struct {
  guint breaks_off_after; /* so many frames; until it is started again */
  gboolean stays_broken;  /* though it is started again */
  guint n_refusals;       /* of starts */
} driver;

static guint n_started, n_dequeued;
static gboolean broken;

/* The streaming thread is held up in a driver's answer. */
static struct {
  GMutex lock;
  GCond changed;
  GThread *test;
  gulong request; /* 0: none */
  gboolean held, released;
} hold_up;

static void
hold_streaming_thread_up (gulong request)
{
  g_mutex_lock (&hold_up.lock);
  if (request == hold_up.request && g_thread_self () != hold_up.test) {
    hold_up.held = TRUE;
    g_cond_broadcast (&hold_up.changed);
    while (!hold_up.released)
      g_cond_wait (&hold_up.changed, &hold_up.lock);
  }
  g_mutex_unlock (&hold_up.lock);
}

static void
await_hold_up (void)
{
  g_mutex_lock (&hold_up.lock);
  while (!hold_up.held)
    g_cond_wait (&hold_up.changed, &hold_up.lock);
  g_mutex_unlock (&hold_up.lock);
}

static void
release_hold_up (void)
{
  g_mutex_lock (&hold_up.lock);
  hold_up.released = TRUE;
  g_cond_broadcast (&hold_up.changed);
  g_mutex_unlock (&hold_up.lock);
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result;

  hold_streaming_thread_up (request);
  if (request == VIDIOC_STREAMOFF && !driver.stays_broken)
    broken = FALSE;
  n_started += request == VIDIOC_STREAMON;
  if (request == VIDIOC_STREAMON && driver.n_refusals > 0) {
    driver.n_refusals--;
    errno = ENOSPC;
    return -1;
  }
  if (request == VIDIOC_DQBUF && broken) {
    errno = EIO;
    return -1;
  }
  result = driver_ask (fd, request, argument);
  if (result == 0 && request == VIDIOC_DQBUF)
    broken = ++n_dequeued == driver.breaks_off_after;
  return result;
}

/* EIO */

#define N_FRAMES 40
#define N_HELD 2

typedef struct {
  GstBuffer *held[N_HELD];
  VirtcamStamp stamps[N_HELD];
  guint64 offset;
} Frames;

static void
check_held (Rig *rig, Frames *frames)
{
  for (guint i = 0; i < N_HELD; i++) {
    VirtcamStamp stamp = rig_read_stamp (rig, frames->held[i]);

    assert_equals_uint64 (stamp.time_ns, frames->stamps[i].time_ns);
    gst_clear_buffer (&frames->held[i]);
  }
}

/* The first ones are held over the break. */
static void
check_frame (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Frames *frames = data;
  VirtcamStamp stamp = rig_read_stamp (rig, buffer);

  if (number < N_HELD) {
    frames->held[number] = gst_buffer_ref (buffer);
    frames->stamps[number] = stamp;
  }
  fail_unless (number == 0 || GST_BUFFER_OFFSET (buffer) > frames->offset);
  frames->offset = GST_BUFFER_OFFSET (buffer);
  if (number == driver.breaks_off_after)
    fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT));
  if (number == N_FRAMES - 1)
    check_held (rig, frames);
}

static void
check_break (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Frames frames = { 0 };

  n_started = n_dequeued = 0;
  driver.breaks_off_after = 10;
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_frame, &frames);
  rig_run (rig, N_FRAMES);
  assert_equals_int (rig->n_frames, N_FRAMES);
  assert_equals_int (n_started, 2);
}

/* As after a hiccup of the bus: what helps is STREAMOFF and STREAMON. */
GST_START_TEST (a_driver_that_breaks_off_with_eio_is_started_again)
{
  check_break ("mmap");
  check_break ("dmabuf");
}
GST_END_TEST

GST_START_TEST (a_driver_that_stays_broken_is_tried_again_after_a_stop)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstMessage) message = NULL;

  driver.stays_broken = broken = TRUE;
  rig_set_caps (rig, SMALL);
  rig_keep_state (rig);
  rig_play (rig);
  message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);

  /* once more, and then no longer */
  driver.stays_broken = FALSE;
  broken = TRUE;
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
}
GST_END_TEST

/* As where the bus has no room, until another camera stops. */
static void
check_refused_start (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GError) error = NULL;

  driver.n_refusals = 1;
  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  rig_keep_state (rig);
  rig_play (rig);
  error = rig_wait_for_error (rig, NULL);
  fail_unless (
      strstr (error->message, "failed to start") != NULL, error->message);
  rig_flush (rig, TRUE);
  rig_wait_for_frames (rig, 3);
}

GST_START_TEST (a_driver_that_refused_to_start_is_tried_again_after_a_flush)
{
  check_refused_start ("mmap");
  check_refused_start ("dmabuf");
}
GST_END_TEST

/* A change of the source, followed while the pad flushes */

static gboolean (*unlock) (GstBaseSrc *base);

static gboolean
unlock_and_release (GstBaseSrc *base)
{
  if (GST_PAD_IS_FLUSHING (GST_BASE_SRC_PAD (base)))
    release_hold_up ();
  return unlock (base);
}

/* The streaming thread is about to ask what the source is now. */
static Rig *
play_into_change (Vivid *vivid)
{
  Rig *rig = rig_new (vivid->node);
  GstBaseSrcClass *klass = GST_BASE_SRC_GET_CLASS (rig->source);

  unlock = klass->unlock;
  klass->unlock = unlock_and_release;
  vivid_give_timings (vivid, VIVID_720P25);
  rig_keep_state (rig);
  rig_accept_video_meta (rig);
  rig_set_caps (rig, "video/x-raw,format=YUY2");
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  g_mutex_lock (&hold_up.lock);
  hold_up.test = g_thread_self ();
  hold_up.request = VIDIOC_QUERY_DV_TIMINGS;
  g_mutex_unlock (&hold_up.lock);
  vivid_give_timings (vivid, VIVID_1080P30);
  await_hold_up ();
  return rig;
}

static void
assert_no_error (Rig *rig)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (rig->bus, GST_MESSAGE_ERROR);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *debug = NULL;

  if (message)
    gst_message_parse_error (message, &error, &debug);
  fail_if (message != NULL, "%s (%s)", error->message, debug);
}

GST_START_TEST (a_source_that_changes_on_the_way_to_ready_is_no_error)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = play_into_change (vivid);

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  assert_no_error (rig);
  rig_play (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=1920,height=1080");
}
GST_END_TEST

GST_START_TEST (a_source_that_changes_in_a_flush_is_followed)
{
  g_autoptr (Vivid) vivid = vivid_open (VIVID_HDMI);
  g_autoptr (Rig) rig = play_into_change (vivid);

  rig_flush (rig, TRUE);
  assert_no_error (rig);
  rig_wait_for_caps (rig, "video/x-raw,width=1920,height=1080");
}
GST_END_TEST

static Suite *
midway_suite (void)
{
  Suite *suite = suite_create ("midway");
  TCase *tcase = tcase_create ("midway");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_driver_that_breaks_off_with_eio_is_started_again);
  tcase_add_test (
      tcase, a_driver_that_stays_broken_is_tried_again_after_a_stop);
  tcase_add_test (
      tcase, a_driver_that_refused_to_start_is_tried_again_after_a_flush);
  tcase_add_test (tcase, a_source_that_changes_on_the_way_to_ready_is_no_error);
  tcase_add_test (tcase, a_source_that_changes_in_a_flush_is_followed);
  return suite;
}

GST_CHECK_MAIN (midway);
