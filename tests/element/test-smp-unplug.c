/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The camera goes away under the element. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

static void
assert_unplugged (Rig *rig)
{
  g_autofree gchar *debug = NULL;
  g_autoptr (GError) error = rig_wait_for_error (rig, &debug);

  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ),
      "%s (%s)", error->message, debug);
  fail_unless (strstr (error->message, "was unplugged"), error->message);
}

typedef void (*Unplug) (TestCamera *camera);

static void
check_unplug (const gchar *caps, Unplug unplug, const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, caps);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  unplug (camera);
  assert_unplugged (rig);
  rig_stop (rig);
}

GST_START_TEST (unbind_while_streaming_posts_that_the_camera_was_unplugged)
{
  check_unplug (SMALL, test_camera_unbind, "mmap");
  check_unplug (SMALL, test_camera_unbind, "dmabuf");
}
GST_END_TEST

GST_START_TEST (removal_while_streaming_posts_that_the_camera_was_unplugged)
{
  check_unplug (SMALL, test_camera_remove, "mmap");
  check_unplug (SMALL, test_camera_remove, "dmabuf");
}
GST_END_TEST

/* At one frame in five seconds the element is nearly always waiting. */
GST_START_TEST (unplug_while_waiting_for_a_frame_posts_an_error_at_once)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, "video/x-raw,width=160");
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  assert_unplugged (rig);
}
GST_END_TEST

GST_START_TEST (unplug_in_ready_is_reported_at_the_start)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  test_camera_unbind (camera);
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  assert_unplugged (rig);
}
GST_END_TEST

GST_START_TEST (unplug_in_paused_is_reported_when_playing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  test_camera_unbind (camera);
  gst_element_set_state (rig->pipeline, GST_STATE_PLAYING);
  assert_unplugged (rig);
}
GST_END_TEST

static void
hold_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstBuffer **held = data;

  if (number == 0)
    *held = gst_buffer_ref (buffer);
}

static void
check_held_memory (const gchar *io_mode)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (GstBuffer) held = NULL;
  Rig *rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, hold_first, &held);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  test_camera_unbind (camera);
  assert_unplugged (rig);
  assert_equals_int (rig_read_stamp (rig, held).sequence, 0);
  test_camera_remove (camera);
  assert_equals_int (rig_read_stamp (rig, held).sequence, 0);
  rig_free (rig);
  assert_equals_int (gst_buffer_memset (held, 0, 1, 100), 100);
}

GST_START_TEST (memory_held_past_unplug_stays_readable)
{
  check_held_memory ("mmap");
  check_held_memory ("dmabuf");
}
GST_END_TEST

GST_START_TEST (the_camera_that_returns_is_used_at_the_next_start)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  assert_unplugged (rig);
  rig_stop (rig);
  test_camera_bind (camera);
  g_object_set (rig->source, "device", camera->node, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 5);
}
GST_END_TEST

/* The element is stopped and the camera taken away by two threads at once. */
static gpointer
unbind_thread (gpointer camera)
{
  test_camera_unbind (camera);
  return NULL;
}

GST_START_TEST (stop_and_unplug_may_meet)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  for (guint i = 0; i < 10; i++) {
    g_autoptr (Rig) rig = rig_new (camera->node);
    GThread *thread;

    rig_set_caps (rig, SMALL);
    rig_play (rig);
    rig_wait_for_frames (rig, 1);
    thread = g_thread_new ("unbind", unbind_thread, camera);
    rig_stop (rig);
    g_thread_join (thread);
    test_camera_bind (camera);
  }
}
GST_END_TEST

static Suite *
unplug_suite (void)
{
  Suite *suite = suite_create ("unplug");
  TCase *tcase = tcase_create ("unplug");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (
      tcase, unbind_while_streaming_posts_that_the_camera_was_unplugged);
  tcase_add_test (
      tcase, removal_while_streaming_posts_that_the_camera_was_unplugged);
  tcase_add_test (
      tcase, unplug_while_waiting_for_a_frame_posts_an_error_at_once);
  tcase_add_test (tcase, unplug_in_ready_is_reported_at_the_start);
  tcase_add_test (tcase, unplug_in_paused_is_reported_when_playing);
  tcase_add_test (tcase, memory_held_past_unplug_stays_readable);
  tcase_add_test (tcase, the_camera_that_returns_is_used_at_the_next_start);
  tcase_add_test (tcase, stop_and_unplug_may_meet);
  return suite;
}

GST_CHECK_MAIN (unplug);
