/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Queries and events are answered as those of a live camera, and at once. */

#include <gst/base/gstbasesrc.h>

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=60/1"

static Rig *
rig_new_small (TestCamera *camera)
{
  Rig *rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  return rig;
}

static GstPad *
get_pad (Rig *rig)
{
  return gst_element_get_static_pad (rig->source, "src");
}

static void
expect_eos (Rig *rig)
{
  g_autoptr (GstMessage) message = gst_bus_timed_pop_filtered (
      rig->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);

  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
}

/* What it says of itself */

GST_START_TEST (settings_say_up_to_which_state_they_can_be_set)
{
  static const struct {
    const gchar *name;
    guint flag;
  } settings[] = {
    { "device", GST_PARAM_MUTABLE_READY },
    { "camera", GST_PARAM_MUTABLE_READY },
    { "convert", GST_PARAM_MUTABLE_READY },
    { "io-mode", GST_PARAM_MUTABLE_READY },
    { "on-disconnect", GST_PARAM_MUTABLE_PLAYING },
    { "reconnect-timeout", GST_PARAM_MUTABLE_PLAYING },
  };
  const guint all = GST_PARAM_MUTABLE_READY | GST_PARAM_MUTABLE_PAUSED |
                    GST_PARAM_MUTABLE_PLAYING;
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  GParamSpec *spec = g_object_class_find_property (
      G_OBJECT_GET_CLASS (rig->source), settings[__i__].name);

  fail_unless (spec != NULL, "no %s", settings[__i__].name);
  fail_unless ((spec->flags & all) == settings[__i__].flag, "%s", spec->name);
}
GST_END_TEST

GST_START_TEST (the_description_is_a_line)
{
  g_autoptr (GstElementFactory) factory =
      gst_element_factory_find ("virtcamsrc");
  const gchar *description = gst_element_factory_get_metadata (
      factory, GST_ELEMENT_METADATA_DESCRIPTION);

  fail_if (strchr (description, '\n'), description);
  fail_if (strstr (description, "gst-launch"), description);
}
GST_END_TEST

/* A tool that formats the code once took their hyphens for minus signs. */
GST_START_TEST (names_of_error_domains_have_no_blanks)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  const gchar *name;

  /* errors are there once there was one */
  g_error_free (rig_run_into_error (rig, NULL));
  for (GQuark quark = 1; (name = g_quark_to_string (quark)); quark++)
    fail_if (strstr (name, "virtcam") && strstr (name, "quark") &&
                 strchr (name, ' '),
        "%s", name);
}
GST_END_TEST

/* Queries */

GST_START_TEST (it_is_live_and_has_no_preroll)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);

  fail_unless (gst_base_src_is_live (GST_BASE_SRC (rig->source)));
  fail_unless_equals_int (
      gst_element_set_state (rig->pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  fail_unless_equals_int (
      gst_element_set_state (rig->pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
}
GST_END_TEST

GST_START_TEST (it_does_not_look_for_types)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  gboolean typefind = TRUE, timestamp = TRUE;

  g_object_get (
      rig->source, "typefind", &typefind, "do-timestamp", &timestamp, NULL);
  fail_if (typefind);
  fail_if (timestamp);
}
GST_END_TEST

GST_START_TEST (seeking_is_answered_with_no)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstQuery) query = gst_query_new_seeking (GST_FORMAT_TIME);
  gboolean seekable = TRUE;

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  fail_unless (gst_element_query (rig->source, query));
  gst_query_parse_seeking (query, NULL, &seekable, NULL, NULL);
  fail_if (seekable);
}
GST_END_TEST

GST_START_TEST (position_is_the_running_time)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  gint64 first = -1, second = -1;

  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  fail_unless (
      gst_element_query_position (rig->source, GST_FORMAT_TIME, &first));
  rig_wait_for_frames (rig, 6);
  fail_unless (
      gst_element_query_position (rig->source, GST_FORMAT_TIME, &second));
  fail_unless (first >= 0 && second > first);
}
GST_END_TEST

/* As other cameras say it: programs take FALSE for a fault, and warn. */
GST_START_TEST (the_duration_is_unknown)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  gint64 duration = 0;

  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  fail_unless (
      gst_element_query_duration (rig->pipeline, GST_FORMAT_TIME, &duration));
  fail_unless_equals_int64 (duration, -1);
  duration = 0;
  fail_unless (
      gst_element_query_duration (rig->source, GST_FORMAT_TIME, &duration));
  fail_unless_equals_int64 (duration, -1);
}
GST_END_TEST

GST_START_TEST (formats_are_those_of_time)
{
  g_autoptr (Rig) rig = rig_new ("/dev/null");
  g_autoptr (GstPad) pad = get_pad (rig);
  g_autoptr (GstQuery) query = gst_query_new_formats ();
  GstFormat format;
  guint count;

  fail_unless (gst_pad_query (pad, query));
  gst_query_parse_n_formats (query, &count);
  gst_query_parse_nth_format (query, 0, &format);
  assert_equals_int (count, 1);
  fail_unless_equals_int (format, GST_FORMAT_TIME);
}
GST_END_TEST

GST_START_TEST (scheduling_is_push_only)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstPad) pad = get_pad (rig);
  g_autoptr (GstQuery) query = gst_query_new_scheduling ();

  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  fail_unless (gst_pad_query (pad, query));
  fail_unless (gst_query_has_scheduling_mode (query, GST_PAD_MODE_PUSH));
  fail_if (gst_query_has_scheduling_mode (query, GST_PAD_MODE_PULL));
}
GST_END_TEST

GST_START_TEST (segment_and_latency_are_those_of_the_stream)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstQuery) segment = gst_query_new_segment (GST_FORMAT_UNDEFINED);
  g_autoptr (GstQuery) latency = gst_query_new_latency ();
  GstClockTime min, max;
  GstFormat format;
  gboolean live;
  gint64 start, stop;

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  fail_unless (gst_element_query (rig->source, segment));
  gst_query_parse_segment (segment, NULL, &format, &start, &stop);
  fail_unless_equals_int (format, GST_FORMAT_TIME);
  assert_equals_int64 (start, 0);
  assert_equals_int64 (stop, -1);
  fail_unless (gst_element_query (rig->source, latency));
  gst_query_parse_latency (latency, &live, &min, &max);
  fail_unless (live);
  assert_equals_uint64 (min, gst_util_uint64_scale_round (GST_SECOND, 1, 60));
  fail_unless (max >= min);
}
GST_END_TEST

GST_START_TEST (caps_are_accepted_if_the_camera_has_them)
{
  g_autoptr (TestCamera) camera = test_camera_new ("sizes", "160x120", NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstPad) pad = get_pad (rig);
  g_autoptr (GstCaps) has = gst_caps_from_string (SMALL);
  g_autoptr (GstCaps) has_not = gst_caps_from_string (
      "video/x-raw,format=YUY2,width=168,height=120,framerate=60/1");

  gst_element_set_state (rig->source, GST_STATE_READY);
  fail_unless (gst_pad_query_accept_caps (pad, has));
  fail_if (gst_pad_query_accept_caps (pad, has_not));
}
GST_END_TEST

/* Events */

static guint
count_discont (Rig *rig)
{
  return GPOINTER_TO_UINT (rig->data);
}

static void
note_discont (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT))
    rig->data = GUINT_TO_POINTER (count_discont (rig) + 1);
}

GST_START_TEST (a_seek_is_refused_and_changes_nothing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstPad) pad = get_pad (rig);

  fail_if (gst_element_send_event (
      rig->source, gst_event_new_seek (1.0, GST_FORMAT_TIME, 0,
                       GST_SEEK_TYPE_SET, 0, GST_SEEK_TYPE_NONE, 0)));
  rig_on_frame (rig, note_discont, NULL);
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  for (guint i = 0; i < 3; i++) {
    GstEvent *seek =
        gst_event_new_seek (1.0, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH,
            GST_SEEK_TYPE_SET, i == 2 ? GST_SECOND : 0, GST_SEEK_TYPE_NONE, 0);

    fail_if (i == 0 ? gst_pad_send_event (pad, seek)
                    : gst_element_send_event (rig->source, seek));
  }
  rig_wait_for_frames (rig, rig->n_frames + 5);
  assert_equals_int (count_discont (rig), 1);
}
GST_END_TEST

GST_START_TEST (events_for_upstream_are_answered_as_from_the_peer)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  fail_unless (gst_element_send_event (
      rig->source, gst_event_new_latency (20 * GST_MSECOND)));
  fail_unless (gst_element_send_event (rig->source,
      gst_event_new_qos (GST_QOS_TYPE_UNDERFLOW, 1.5, 1000, GST_SECOND)));
  fail_unless (
      gst_element_send_event (rig->source, gst_event_new_reconfigure ()));
  fail_if (gst_element_send_event (
      rig->source, gst_event_new_navigation (
                       gst_structure_new_empty ("application/x-test"))));
  rig_wait_for_frames (rig, rig->n_frames + 5);
}
GST_END_TEST

GST_START_TEST (a_flush_from_the_application_goes_on)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);

  rig_play (rig);
  for (guint i = 0; i < 5; i++) {
    rig_wait_for_frames (rig, rig->n_frames + 2);
    rig_flush (rig, i % 2 == 0);
  }
  rig_wait_for_frames (rig, rig->n_frames + 2);
}
GST_END_TEST

GST_START_TEST (a_flush_from_downstream_goes_on)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new_small (camera);
  g_autoptr (GstPad) pad = get_pad (rig);

  rig_keep_state (rig);
  rig_play (rig);
  for (guint i = 0; i < 5; i++) {
    rig_wait_for_frames (rig, rig->n_frames + 2);
    fail_unless (gst_pad_send_event (pad, gst_event_new_flush_start ()));
    fail_unless (
        gst_pad_send_event (pad, gst_event_new_flush_stop (i % 2 == 0)));
  }
  rig_wait_for_frames (rig, rig->n_frames + 2);
}
GST_END_TEST

/* A camera of a frame every five seconds gives nothing for a long time. */
static Rig *
rig_new_slow (TestCamera *camera)
{
  Rig *rig = rig_new (camera->node);

  rig_set_caps (rig, "video/x-raw,width=160");
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  return rig;
}

GST_START_TEST (eos_from_an_event_does_not_wait_for_a_frame)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Rig) rig = rig_new_slow (camera);
  GstClockTime before = gst_util_get_timestamp ();

  fail_unless (gst_element_send_event (rig->source, gst_event_new_eos ()));
  expect_eos (rig);
  fail_unless (gst_util_get_timestamp () - before < GST_SECOND);
  assert_equals_int (rig->n_frames, 1);
}
GST_END_TEST

/* Live sources send nothing in PAUSED, no end either. */
GST_START_TEST (eos_in_paused_is_the_first_thing_when_playing)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Rig) rig = rig_new_slow (camera);
  GstClockTime before;

  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  fail_unless (gst_element_send_event (rig->source, gst_event_new_eos ()));
  before = gst_util_get_timestamp ();
  rig_play (rig);
  expect_eos (rig);
  fail_unless (gst_util_get_timestamp () - before < GST_SECOND);
  assert_equals_int (rig->n_frames, 1);
}
GST_END_TEST

GST_START_TEST (pause_does_not_wait_for_a_frame)
{
  g_autoptr (TestCamera) camera = test_camera_new ("intervals", "5/1", NULL);
  g_autoptr (Rig) rig = rig_new_slow (camera);
  GstClockTime before = gst_util_get_timestamp ();

  gst_element_set_state (rig->pipeline, GST_STATE_PAUSED);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  fail_unless (gst_util_get_timestamp () - before < GST_SECOND);
}
GST_END_TEST

static Suite *
manners_suite (void)
{
  Suite *suite = suite_create ("manners");
  TCase *tcase = tcase_create ("manners");

  tcase_set_timeout (tcase, 300);
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (
      tcase, settings_say_up_to_which_state_they_can_be_set, 0, 6);
  tcase_add_test (tcase, the_description_is_a_line);
  tcase_add_test (tcase, names_of_error_domains_have_no_blanks);
  tcase_add_test (tcase, it_is_live_and_has_no_preroll);
  tcase_add_test (tcase, it_does_not_look_for_types);
  tcase_add_test (tcase, seeking_is_answered_with_no);
  tcase_add_test (tcase, position_is_the_running_time);
  tcase_add_test (tcase, the_duration_is_unknown);
  tcase_add_test (tcase, formats_are_those_of_time);
  tcase_add_test (tcase, scheduling_is_push_only);
  tcase_add_test (tcase, segment_and_latency_are_those_of_the_stream);
  tcase_add_test (tcase, caps_are_accepted_if_the_camera_has_them);
  tcase_add_test (tcase, a_seek_is_refused_and_changes_nothing);
  tcase_add_test (tcase, events_for_upstream_are_answered_as_from_the_peer);
  tcase_add_test (tcase, a_flush_from_the_application_goes_on);
  tcase_add_test (tcase, a_flush_from_downstream_goes_on);
  tcase_add_test (tcase, eos_from_an_event_does_not_wait_for_a_frame);
  tcase_add_test (tcase, eos_in_paused_is_the_first_thing_when_playing);
  tcase_add_test (tcase, pause_does_not_wait_for_a_frame);
  return suite;
}

GST_CHECK_MAIN (manners);
