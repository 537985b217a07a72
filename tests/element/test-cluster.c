/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controls that depend on each other: with vivid's gain-automatic, its gain is
 * what the driver makes it. V4L2 takes the one that ends this and the value
 * together, in one call. */

#include <linux/videodev2.h>
#include <stdio.h>

#include "controls.h"

/* The driver makes it up to 255 from the time, in seconds, and that is less. */
#define GAIN 177

static void
expect_gain (const gchar *vivid)
{
  fail_unless_equals_int (camera_get (vivid, V4L2_CID_AUTOGAIN), 0);
  fail_unless_equals_int (camera_get (vivid, V4L2_CID_GAIN), GAIN);
}

static void
expect_one_call (void)
{
  fail_unless_equals_int (driver_n_sets_of_both (), 1);
  fail_unless_equals_int (driver_n_sets (V4L2_CID_AUTOGAIN), 1);
  fail_unless_equals_int (driver_n_sets (V4L2_CID_GAIN), 1);
}

/* As another program leaves it; each test ends so. */
static void
make_automatic (const gchar *vivid)
{
  camera_set (vivid, V4L2_CID_AUTOGAIN, 1);
  driver_count_sets (V4L2_CID_AUTOGAIN, V4L2_CID_GAIN);
}

static GstElement *
launch (const gchar *device, const gchar *properties)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = g_strdup_printf (
      "virtcamsrc name=source num-buffers=1 device=%s %s ! fakesink", device,
      properties);
  GstElement *pipeline = gst_parse_launch (line, &error);

  fail_unless (error == NULL, "%s", error ? error->message : "");
  return pipeline;
}

/* From NULL to the end, and back. */
static void
run (GstElement *pipeline)
{
  g_autoptr (GstBus) bus = gst_element_get_bus (pipeline);
  g_autoptr (GstMessage) message = NULL;

  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (
      bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_ERROR | GST_MESSAGE_EOS);
  fail_unless_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_EOS);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static const gchar *lines[] = {
  "controls::gain-automatic=false controls::gain=177",
  "controls::gain=177 controls::gain-automatic=false",
  "controls::gain=177 controls::brightness=128 controls::gain-automatic=false",
};

GST_START_TEST (a_launch_line_sets_its_controls_in_one_call)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (GstElement) pipeline = NULL;

  make_automatic (vivid);
  pipeline = launch (vivid, lines[__i__]);
  run (pipeline);
  expect_gain (vivid);
  expect_one_call ();
  make_automatic (vivid);
}
GST_END_TEST

GST_START_TEST (what_a_launch_line_set_is_set_in_one_call_again)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (GstElement) pipeline = launch (vivid, lines[__i__]);

  run (pipeline);
  make_automatic (vivid);
  run (pipeline);
  expect_gain (vivid);
  expect_one_call ();
  make_automatic (vivid);
}
GST_END_TEST

/* In either order: the camera is closed. */
static void
set_both (GObject *controls, gboolean gain_first)
{
  if (gain_first)
    g_object_set (controls, "gain", GAIN, "gain-automatic", FALSE, NULL);
  else
    g_object_set (controls, "gain-automatic", FALSE, "gain", GAIN, NULL);
}

GST_START_TEST (what_is_set_in_null_is_set_in_one_call)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);

  rig_stop (rig);
  set_both (controls, __i__);
  make_automatic (vivid);
  rig_run (rig, 1);
  expect_gain (vivid);
  expect_one_call ();
  make_automatic (vivid);
}
GST_END_TEST

GST_START_TEST (what_was_set_in_ready_is_set_in_one_call_after_null)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);

  set_both (controls, FALSE);
  expect_gain (vivid);
  rig_stop (rig);
  make_automatic (vivid);
  rig_run (rig, 1);
  expect_gain (vivid);
  expect_one_call ();
  make_automatic (vivid);
}
GST_END_TEST

static void
bind_vivid (const gchar *verb)
{
  g_autofree gchar *file =
      g_strdup_printf ("/sys/bus/platform/drivers/vivid/%s", verb);
  FILE *attribute = fopen (file, "we");

  fail_unless (attribute != NULL && fputs ("vivid.0", attribute) >= 0);
  fail_unless (fclose (attribute) == 0, "%s: %m", file);
}

/* It comes back with its defaults, automatic gain among them. */
GST_START_TEST (what_was_set_is_set_in_one_call_after_an_unplug)
{
  g_autofree gchar *vivid = find_vivid (), *again = NULL;
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);

  gst_util_set_object_arg (G_OBJECT (rig->source), "on-disconnect", "wait");
  set_both (controls, FALSE);
  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  driver_count_sets (V4L2_CID_AUTOGAIN, V4L2_CID_GAIN);
  bind_vivid ("unbind");
  gst_structure_free (rig_wait_for_message (rig, "virtcamsrc-disconnected"));
  bind_vivid ("bind");
  gst_structure_free (rig_wait_for_message (rig, "virtcamsrc-reconnected"));
  again = find_vivid ();
  expect_gain (again);
  expect_one_call ();
  rig_stop (rig);
  make_automatic (again);
}
GST_END_TEST

/* One call for all fails as a whole. */
GST_START_TEST (a_control_that_is_held_does_not_hold_the_others)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  rig_stop (rig);
  g_object_set (
      controls, "brightness", 11, "contrast", 22, "saturation", 33, NULL);
  driver_hold (V4L2_CID_CONTRAST);
  g_object_unref (controls_open (rig));
  controls_assert_warning (rig, "contrast", "is held");
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 11);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_CONTRAST), 128);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_SATURATION), 33);
}
GST_END_TEST

static Suite *
cluster_suite (void)
{
  Suite *suite = suite_create ("cluster");
  TCase *tcase = tcase_create ("cluster");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_loop_test (tcase, a_launch_line_sets_its_controls_in_one_call, 0,
      G_N_ELEMENTS (lines));
  tcase_add_loop_test (tcase, what_a_launch_line_set_is_set_in_one_call_again,
      0, G_N_ELEMENTS (lines));
  tcase_add_loop_test (tcase, what_is_set_in_null_is_set_in_one_call, 0, 2);
  tcase_add_test (tcase, what_was_set_in_ready_is_set_in_one_call_after_null);
  tcase_add_test (tcase, what_was_set_is_set_in_one_call_after_an_unplug);
  tcase_add_test (tcase, a_control_that_is_held_does_not_hold_the_others);
  return suite;
}

GST_CHECK_MAIN (cluster);
