/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What gst-validate's scenarios of the same names do, at virtcamsink: a viewer that
 * was there first watches all the time. */

#include <poll.h>

#include "feed.h"

#define RATE 30
#define UPSTREAM \
  "videotestsrc ! video/x-raw,format=YUY2,width=320,height=240,framerate=30/1"

typedef struct {
  Feed *feed;
  Producer *producer;
  Viewer *viewer;
  struct v4l2_buffer last;
} Scene;

/* Without a placeholder a viewer gets what upstream has sent, or nothing. */
static void
scene_start (Scene *scene)
{
  scene->feed = feed_new ("placeholder", "none", NULL);
  scene->producer = producer_new (scene->feed->output, UPSTREAM);
  scene->viewer = viewer_new (scene->feed->node, V4L2_PIX_FMT_YUYV, 320, 240);
}

static void
scene_end (Scene *scene)
{
  viewer_free (scene->viewer);
  producer_free (scene->producer);
  feed_free (scene->feed);
}

static GstClockTime
time_of (const struct v4l2_buffer *buffer)
{
  return GST_TIMEVAL_TO_TIME (buffer->timestamp);
}

/* Whole frames, later and later; how many the viewer missed. */
static guint
watch (Scene *scene, guint n_frames)
{
  guint n_missed = 0;

  for (guint i = 0; i < n_frames; i++) {
    struct v4l2_buffer buffer;

    viewer_next (scene->viewer, &buffer);
    fail_if (buffer.flags & V4L2_BUF_FLAG_ERROR);
    assert_equals_int (buffer.bytesused, 320 * 240 * 2);
    if (scene->last.length) {
      fail_unless (time_of (&buffer) > time_of (&scene->last));
      n_missed += buffer.sequence - scene->last.sequence - 1;
    }
    scene->last = buffer;
    viewer_return (scene->viewer, &buffer);
  }
  return n_missed;
}

static gboolean
has_frame (Scene *scene)
{
  struct pollfd wait = { .fd = scene->viewer->fd, .events = POLLIN };

  return poll (&wait, 1, 0) == 1;
}

static void
finish (Scene *scene)
{
  g_autoptr (GstMessage) message = NULL;

  fail_unless (
      gst_element_send_event (scene->producer->pipeline, gst_event_new_eos ()));
  message = gst_bus_timed_pop_filtered (scene->producer->bus,
      GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}

GST_START_TEST (play_15s)
{
  Scene scene = { 0 };
  GstClockTime begin;

  scene_start (&scene);
  producer_play (scene.producer);
  watch (&scene, 1);
  begin = time_of (&scene.last);
  assert_equals_int (watch (&scene, 15 * RATE), 0);
  fail_unless (ABS (GST_CLOCK_DIFF (begin + 15 * GST_SECOND,
                   time_of (&scene.last))) <= GST_SECOND / RATE);
  finish (&scene);
  scene_end (&scene);
}
GST_END_TEST

/* Waits 2 s, in which nothing may fail. */
static void
rest (Scene *scene)
{
  gst_element_set_state (scene->producer->pipeline, GST_STATE_PAUSED);
  fail_unless (gst_bus_timed_pop_filtered (scene->producer->bus, 2 * GST_SECOND,
                   GST_MESSAGE_ERROR) == NULL);
}

GST_START_TEST (pause_resume)
{
  Scene scene = { 0 };

  scene_start (&scene);
  for (guint i = 0; i < 5; i++) {
    producer_play (scene.producer);
    watch (&scene, RATE);
    rest (&scene);
    while (has_frame (&scene))
      watch (&scene, 1);
    rest (&scene);
    fail_if (has_frame (&scene));
  }
  producer_play (scene.producer);
  assert_equals_int (watch (&scene, RATE), 0);
  finish (&scene);
  scene_end (&scene);
}
GST_END_TEST

GST_START_TEST (change_state_intensive)
{
  Scene scene = { 0 };

  scene_start (&scene);
  for (guint i = 0; i < 40; i++) {
    producer_stop (scene.producer);
    producer_play (scene.producer);
    /* some of the lives end before the first frame */
    if (i % 4 == 0)
      watch (&scene, 1);
  }
  watch (&scene, 5);
  finish (&scene);
  scene_end (&scene);
}
GST_END_TEST

static Suite *
sink_scenarios_suite (void)
{
  Suite *suite = suite_create ("sink-scenarios");
  TCase *tcase = tcase_create ("sink-scenarios");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, play_15s);
  tcase_add_test (tcase, pause_resume);
  tcase_add_test (tcase, change_state_intensive);
  return suite;
}

GST_CHECK_MAIN (sink_scenarios);
