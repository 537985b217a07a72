/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* While the camera is away: what the others see, how the wait ends, and what
 * the camera may be when it comes back. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

static void
expect_message (Rig *rig, const gchar *name)
{
  gst_structure_free (rig_wait_for_message (rig, name));
}

/* A pipeline that has played, and whose camera has gone. */
static Rig *
rig_new_abandoned (TestCamera *camera, const gchar *policy)
{
  Rig *rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", policy);
  rig_set_caps (rig, SMALL);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  test_camera_unbind (camera);
  expect_message (rig, "virtcamsrc-disconnected");
  return rig;
}

static void
expect_return (Rig *rig, TestCamera *camera)
{
  test_camera_bind (camera);
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
}

/* Policies */

GST_START_TEST (eos_instead_of_an_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "eos");
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST (eos_does_not_come_again_when_the_camera_is_back)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "eos");
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  guint before = rig->n_frames;

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  test_camera_bind (camera);
  test_camera_settle ();
  rig_run (rig, 3);
  assert_equals_int (rig->n_frames, before + 3);
}
GST_END_TEST

GST_START_TEST (an_error_is_announced_as_well)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "error");
  g_autoptr (GError) error = rig_wait_for_error (rig, NULL);

  fail_unless (strstr (error->message, "was unplugged"), error->message);
  assert_equals_uint64 (rig_get_count (rig, "disconnects"), 1);
}
GST_END_TEST

static void
expect_error (Rig *rig, const gchar *words)
{
  g_autoptr (GError) error = rig_wait_for_error (rig, NULL);

  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ),
      error->message);
  fail_unless (strstr (error->message, words), error->message);
}

GST_START_TEST (a_camera_that_does_not_come_back_in_time_is_an_error)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");

  /* also when it is set only now */
  g_object_set (
      rig->source, "reconnect-timeout", (guint64) (GST_SECOND / 10), NULL);
  expect_error (rig, "did not come back in time");
}
GST_END_TEST

GST_START_TEST (a_policy_that_changes_ends_the_wait)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "error");
  expect_error (rig, "was unplugged");
}
GST_END_TEST

GST_START_TEST (an_absent_camera_at_the_start_is_an_error_all_the_same)
{
  g_autoptr (Rig) rig = rig_new ("/dev/video-that-is-not");
  g_autoptr (GError) error = NULL;

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  error = rig_run_into_error (rig, NULL);
  fail_unless (strstr (error->message, "There is no camera"), error->message);
}
GST_END_TEST

/* Whatever happens meanwhile */

GST_START_TEST (stop_while_waiting_returns)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");

  rig_stop (rig);
  test_camera_bind (camera);
  g_object_set (rig->source, "device", camera->node, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 3);
}
GST_END_TEST

GST_START_TEST (pause_ready_and_flush_do_not_end_the_wait)
{
  static const GstState states[] = { GST_STATE_PAUSED, GST_STATE_READY };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");

  for (guint i = 0; i < G_N_ELEMENTS (states); i++) {
    gst_element_set_state (rig->pipeline, states[i]);
    gst_element_get_state (rig->pipeline, NULL, NULL, GST_CLOCK_TIME_NONE);
    rig_play (rig);
  }
  rig_flush (rig, FALSE);
  gst_element_send_event (rig->source, gst_event_new_reconfigure ());
  expect_return (rig, camera);
  assert_equals_uint64 (rig_get_count (rig, "disconnects"), 1);
}
GST_END_TEST

GST_START_TEST (eos_from_an_event_ends_the_wait)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");
  g_autoptr (GstMessage) message = NULL;

  fail_unless (gst_element_send_event (rig->source, gst_event_new_eos ()));
  message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST (caps_of_an_absent_camera_are_the_last_known)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_abandoned (camera, "wait");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  g_autoptr (GstCaps) caps = gst_pad_query_caps (pad, NULL);
  g_autoptr (GstCaps) current = rig_get_caps (rig);
  g_autoptr (GstCaps) template = gst_pad_get_pad_template_caps (pad);

  fail_unless (gst_caps_can_intersect (caps, current));
  fail_if (gst_caps_is_equal (caps, template));
  fail_unless (gst_pad_query_accept_caps (pad, current));
}
GST_END_TEST

/* GAP events */

typedef struct {
  GMutex lock;
  GCond came;
  guint n_gaps;
  gboolean in_gap;
  GstClockTime end; /* of what came so far */
} Gaps;

static GstPadProbeReturn
follow_gaps (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Gaps *gaps = data;
  GstClockTime start, duration;

  g_mutex_lock (&gaps->lock);
  if (info->type & GST_PAD_PROBE_TYPE_BUFFER) {
    GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);

    fail_unless (!gaps->in_gap || GST_BUFFER_PTS (buffer) >= gaps->end);
    gaps->in_gap = FALSE;
    gaps->end = GST_BUFFER_PTS (buffer) + GST_BUFFER_DURATION (buffer);
  } else if (GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) ==
             GST_EVENT_GAP) {
    gst_event_parse_gap (GST_PAD_PROBE_INFO_EVENT (info), &start, &duration);
    assert_equals_uint64 (start, gaps->end);
    gaps->end = start + duration;
    gaps->n_gaps++;
    gaps->in_gap = TRUE;
    g_cond_signal (&gaps->came);
  }
  g_mutex_unlock (&gaps->lock);
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (gap_events_fill_the_absence_without_a_hole)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  Gaps gaps = { .n_gaps = 0 };

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, SMALL);
  gst_pad_add_probe (pad,
      GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM,
      follow_gaps, &gaps, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  test_camera_unbind (camera);
  g_mutex_lock (&gaps.lock);
  while (gaps.n_gaps < 5)
    g_cond_wait (&gaps.came, &gaps.lock);
  g_mutex_unlock (&gaps.lock);
  expect_return (rig, camera);
}
GST_END_TEST

/* A camera and a white picture, side by side */

typedef struct {
  GMutex lock;
  GCond came;
  guint n_with, n_without; /* the camera's picture */
} Mixed;

static void
look_at_mixed (
    GstElement *sink, GstBuffer *buffer, GstPad *pad, gpointer user_data)
{
  Mixed *mixed = user_data;
  guint8 row[320];
  gboolean with = FALSE;

  fail_unless_equals_int (gst_buffer_extract (buffer, 320 * 60, row, 320), 320);
  for (guint x = 0; x < 160; x++)
    with |= row[x] > 16;
  /* before the white picture is there, nothing counts */
  if (row[200] < 200)
    return;
  g_mutex_lock (&mixed->lock);
  mixed->n_with += with;
  mixed->n_without += !with;
  g_cond_signal (&mixed->came);
  g_mutex_unlock (&mixed->lock);
}

static void
wait_for_mixed (Mixed *mixed, guint *count)
{
  guint until;

  g_mutex_lock (&mixed->lock);
  until = *count + 5;
  while (*count < until)
    g_cond_wait (&mixed->came, &mixed->lock);
  g_mutex_unlock (&mixed->lock);
}

GST_START_TEST (a_mixer_goes_on_without_the_camera_and_with_it_again)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *line = g_strdup_printf (
      "compositor name=mix background=black sink_1::xpos=160 ! "
      "video/x-raw,format=I420,width=320,height=120 ! fakesink name=sink "
      "sync=false signal-handoffs=true "
      "virtcamsrc device=%s on-disconnect=wait ! "
      "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! "
      "mix.sink_0 "
      "videotestsrc is-live=true pattern=white ! "
      "video/x-raw,format=I420,width=160,height=120,framerate=30/1 ! "
      "mix.sink_1",
      camera->node);
  g_autoptr (GstElement) pipeline = gst_parse_launch (line, NULL);
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (pipeline), "sink");
  Mixed mixed = { .n_with = 0 };

  g_signal_connect (sink, "handoff", G_CALLBACK (look_at_mixed), &mixed);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  wait_for_mixed (&mixed, &mixed.n_with);
  test_camera_unbind (camera);
  wait_for_mixed (&mixed, &mixed.n_without);
  test_camera_bind (camera);
  wait_for_mixed (&mixed, &mixed.n_with);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}
GST_END_TEST

/* What it can do when it comes back */

static void
exchange_sizes (Rig *rig, TestCamera *camera, const gchar *sizes)
{
  fail_unless (test_camera_set (camera, "enabled", "0", NULL));
  expect_message (rig, "virtcamsrc-disconnected");
  fail_unless (test_camera_set (camera, "sizes", sizes, NULL));
  test_camera_enable (camera);
}

static Rig *
rig_new_with_sizes (TestCamera *camera, const gchar *caps)
{
  Rig *rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  rig_set_caps (rig, caps);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  return rig;
}

static gint
get_width (Rig *rig)
{
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  gint width = 0;

  gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
  return width;
}

GST_START_TEST (the_camera_keeps_its_mode_if_it_still_has_it)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "160x120 320x240", NULL);
  g_autoptr (Rig) rig = rig_new_with_sizes (camera, "video/x-raw");
  const gint width = get_width (rig);

  exchange_sizes (rig, camera, "160x120 320x240 640x480");
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  assert_equals_int (get_width (rig), width);
}
GST_END_TEST

GST_START_TEST (a_camera_with_other_modes_is_negotiated_anew)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (Rig) rig = rig_new_with_sizes (camera, "video/x-raw");

  exchange_sizes (rig, camera, "320x240");
  expect_message (rig, "virtcamsrc-reconnected");
  rig_wait_for_frames (rig, rig->n_frames + 3);
  assert_equals_int (get_width (rig), 320);
}
GST_END_TEST

GST_START_TEST (modes_that_suit_nobody_are_an_error_that_says_so)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (Rig) rig =
      rig_new_with_sizes (camera, "video/x-raw,width=160,height=120");
  g_autoptr (GError) error = NULL;

  exchange_sizes (rig, camera, "320x240");
  error = rig_wait_for_error (rig, NULL);
  fail_unless (
      g_error_matches (error, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT),
      error->message);
  fail_unless (strstr (error->message, "width"), error->message);
}
GST_END_TEST

static Suite *
absence_suite (void)
{
  Suite *suite = suite_create ("absence");
  TCase *tcase = tcase_create ("absence");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, eos_instead_of_an_error);
  tcase_add_test (tcase, eos_does_not_come_again_when_the_camera_is_back);
  tcase_add_test (tcase, an_error_is_announced_as_well);
  tcase_add_test (tcase, a_camera_that_does_not_come_back_in_time_is_an_error);
  tcase_add_test (tcase, a_policy_that_changes_ends_the_wait);
  tcase_add_test (
      tcase, an_absent_camera_at_the_start_is_an_error_all_the_same);
  tcase_add_test (tcase, stop_while_waiting_returns);
  tcase_add_test (tcase, pause_ready_and_flush_do_not_end_the_wait);
  tcase_add_test (tcase, eos_from_an_event_ends_the_wait);
  tcase_add_test (tcase, caps_of_an_absent_camera_are_the_last_known);
  tcase_add_test (tcase, gap_events_fill_the_absence_without_a_hole);
  tcase_add_test (tcase, a_mixer_goes_on_without_the_camera_and_with_it_again);
  tcase_add_test (tcase, the_camera_keeps_its_mode_if_it_still_has_it);
  tcase_add_test (tcase, a_camera_with_other_modes_is_negotiated_anew);
  tcase_add_test (tcase, modes_that_suit_nobody_are_an_error_that_says_so);
  return suite;
}

GST_CHECK_MAIN (absence);
