/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The child "controls" before, between and after the times when its camera is
 * open, and as gst-launch-1.0 sets it. */

#include <errno.h>
#include <linux/videodev2.h>

#include "controls.h"

/* a control of vivid's that does nothing */
#define VIVID_CID_INTEGER32 (0x0098f900 + 2)

GST_START_TEST (there_are_no_controls_before_the_camera_was_open)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstChildProxy *proxy = GST_CHILD_PROXY (rig->source);

  fail_unless_equals_int (gst_child_proxy_get_children_count (proxy), 0);
  fail_unless (gst_child_proxy_get_child_by_name (proxy, "controls") == NULL);
  fail_unless (gst_child_proxy_get_child_by_index (proxy, 0) == NULL);
  g_object_unref (controls_open (rig));
  fail_unless_equals_int (gst_child_proxy_get_children_count (proxy), 1);
  fail_unless (gst_child_proxy_get_child_by_name (proxy, "control") == NULL);
  fail_unless (gst_child_proxy_get_child_by_index (proxy, 1) == NULL);
}
GST_END_TEST

/* Some of its controls are none, or programs would miss the others. */
GST_START_TEST (a_camera_that_goes_while_it_tells_its_controls_has_none)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = NULL;

  gst_element_set_state (rig->source, GST_STATE_READY);
  driver_unbind_amid_controls (camera);
  fail_unless (gst_child_proxy_get_child_by_name (
                   GST_CHILD_PROXY (rig->source), "controls") == NULL);
  rig_stop (rig);
  test_camera_bind (camera);
  controls = controls_open (rig);
  controls_find (controls, "brightness", G_TYPE_INT);
  controls_find (controls, "contrast", G_TYPE_INT);
}
GST_END_TEST

GST_START_TEST (controls_are_reached_from_the_pipeline)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  gint value;

  g_object_unref (controls_open (rig));
  gst_child_proxy_set (GST_CHILD_PROXY (rig->pipeline),
      "source::controls::brightness", 77, NULL);
  gst_child_proxy_get (
      GST_CHILD_PROXY (rig->source), "controls::brightness", &value, NULL);
  fail_unless_equals_int (value, 77);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 77);
}
GST_END_TEST

GST_START_TEST (what_is_set_in_null_is_set_when_the_camera_opens)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  rig_stop (rig);
  g_object_set (controls, "brightness", 55, NULL);
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 55);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 128);
  rig_run (rig, 1);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 55);
}
GST_END_TEST

GST_START_TEST (a_wrong_value_in_null_is_told_on_the_terminal)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  rig_stop (rig);
  ASSERT_WARNING (g_object_set (controls, "brightness", -1, NULL));
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 128);
}
GST_END_TEST

GST_START_TEST (the_child_stays_the_same_while_the_camera_does)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  g_autoptr (GObject) again = NULL;

  rig_run (rig, 2);
  rig_stop (rig);
  again = controls_open (rig);
  fail_unless (again == controls);
}
GST_END_TEST

/* It is subscribed to for as long as a node is open. */
GST_START_TEST (the_child_hears_of_changes_after_the_camera_was_closed)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  rig_stop (rig);
  controls_watch (rig, controls, "notify::brightness");
  rig_play (rig);
  rig_wait_for_frames (rig, 2);
  camera_set (camera->node, V4L2_CID_BRIGHTNESS, 33);
  controls_wait_for_notify (rig, 1);
}
GST_END_TEST

/* What governs another control changes that one's flags. */
GST_START_TEST (the_child_stays_the_same_while_flags_change)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);
  g_autoptr (GObject) again = NULL;

  camera_set (vivid, V4L2_CID_AUTOGAIN, 1);
  g_object_set (controls, "gain-automatic", FALSE, NULL);
  rig_stop (rig);
  again = controls_open (rig);
  camera_set (vivid, V4L2_CID_AUTOGAIN, 1);
  fail_unless (again == controls);
}
GST_END_TEST

static void
count_child (GstChildProxy *proxy, GObject *child, gchar *name, gint *count)
{
  fail_unless_equals_string (name, "controls");
  (*count)++;
}

/* The child is made when somebody asks for it, and not by a question that has
 * an answer without: to list all controls costs a call for each. */

GST_START_TEST (counting_the_children_asks_the_camera_nothing)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  driver_count_calls ();
  gst_child_proxy_get_children_count (GST_CHILD_PROXY (rig->source));
  fail_unless_equals_int (driver_n_control_calls (), 0);
}
GST_END_TEST

/* To read two flips takes no more than to find and to read each. */
GST_START_TEST (reading_the_direction_asks_for_the_flips_alone)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  gint direction, added = 0;

  camera_set (camera->node, V4L2_CID_HFLIP, 1);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  g_signal_connect (
      rig->source, "child-added", G_CALLBACK (count_child), &added);
  driver_count_calls ();
  g_object_get (rig->source, "video-direction", &direction, NULL);
  fail_unless_equals_int (direction, GST_VIDEO_ORIENTATION_HORIZ);
  fail_unless_equals_int (added, 0);
  fail_unless (
      driver_n_control_calls () <= 4, "%u calls", driver_n_control_calls ());
}
GST_END_TEST

static GObject *
get_by_index (GstElement *source)
{
  return gst_child_proxy_get_child_by_index (GST_CHILD_PROXY (source), 0);
}

static void
check_announced (GObject *(*get) (GstElement *source))
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) first = NULL, second = NULL;
  gint added = 0;

  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  g_signal_connect (
      rig->source, "child-added", G_CALLBACK (count_child), &added);
  first = get (rig->source);
  fail_unless (first != NULL);
  fail_unless_equals_int (added, 1);
  second = get (rig->source);
  fail_unless (first == second);
  fail_unless_equals_int (added, 1);
}

GST_START_TEST (a_child_that_is_made_is_announced)
{
  check_announced (controls_get);
  check_announced (get_by_index);
}
GST_END_TEST

/* Another camera has other controls: a child of another class, which takes
 * over what it can. */
GST_START_TEST (another_camera_gets_a_child_of_its_own)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) old = controls_open (rig), new = NULL;
  gint added = 0, removed = 0, value;

  g_signal_connect (
      rig->source, "child-added", G_CALLBACK (count_child), &added);
  g_signal_connect (
      rig->source, "child-removed", G_CALLBACK (count_child), &removed);
  g_object_set (old, "brightness", 99, "integer-32-bits", 5, NULL);
  gst_element_set_state (rig->pipeline, GST_STATE_NULL);
  g_object_set (rig->source, "device", camera->node, NULL);
  new = controls_open (rig);
  fail_if (new == old);
  fail_unless_equals_int (added, 1);
  fail_unless_equals_int (removed, 1);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 99);
  g_object_get (old, "brightness", &value, NULL);
  fail_unless_equals_int (value, 99);
  camera_set (vivid, V4L2_CID_BRIGHTNESS, 128);
  camera_set (vivid, VIVID_CID_INTEGER32, 0);
}
GST_END_TEST

static void
assert_message (Rig *rig, GstMessageType type, const gchar *words)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (rig->bus, type);
  g_autoptr (GError) error = NULL;

  fail_unless (message != NULL, "nothing said of %s", words);
  if (type == GST_MESSAGE_ERROR)
    gst_message_parse_error (message, &error, NULL);
  else
    gst_message_parse_warning (message, &error, NULL);
  fail_unless (strstr (error->message, words) != NULL, error->message);
}

GST_START_TEST (what_another_camera_does_not_have_is_named)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);

  g_object_set (controls, "integer-32-bits", 5, NULL);
  gst_element_set_state (rig->pipeline, GST_STATE_NULL);
  g_object_set (rig->source, "device", camera->node, NULL);
  g_object_unref (controls_open (rig));
  assert_message (rig, GST_MESSAGE_WARNING, "has no control integer-32-bits");
  camera_set (vivid, VIVID_CID_INTEGER32, 0);
}
GST_END_TEST

/* A camera comes back with its defaults, and gets what it had. */
GST_START_TEST (a_camera_that_returns_has_what_was_set)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);

  g_object_set (controls, "brightness", 12, "test-pattern", 3, NULL);
  gst_element_set_state (rig->pipeline, GST_STATE_NULL);
  test_camera_unbind (camera);
  test_camera_bind (camera);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 128);
  g_object_set (rig->source, "device", camera->node, NULL);
  g_object_unref (controls_open (rig));
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 12);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_TEST_PATTERN), 3);
}
GST_END_TEST

GST_START_TEST (a_set_after_unplug_is_told_and_kept)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  test_camera_unbind (camera);
  g_object_set (controls, "brightness", 21, NULL);
  controls_assert_warning (rig, "brightness", "was unplugged");
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 21);
  g_object_get (controls, "contrast", &value, NULL);
  fail_unless_equals_int (value, 128);
}
GST_END_TEST

GST_START_TEST (a_button_after_unplug_is_not_pressed_later)
{
  g_autofree gchar *vivid = find_vivid ();
  g_autoptr (Rig) rig = rig_new (vivid);
  g_autoptr (GObject) controls = controls_open (rig);

  driver_refuse (ANY_CONTROL, ENODEV);
  g_object_set (controls, "button", TRUE, NULL);
  controls_assert_warning (
      rig, "button", "cannot be pressed: the camera was unplugged.");
  driver_refuse (0, 0);
}
GST_END_TEST

GST_START_TEST (a_wrong_value_after_unplug_is_refused)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  test_camera_unbind (camera);
  g_object_set (controls, "brightness", 256, NULL);
  controls_assert_warning (rig, "brightness", "takes 0 to 255");
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 128);
}
GST_END_TEST

GST_START_TEST (the_child_outlives_its_element)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  Rig *rig = rig_new (camera->node);
  g_autoptr (GObject) controls = controls_open (rig);
  gint value;

  g_object_set (controls, "brightness", 31, NULL);
  rig_free (rig);
  fail_unless (GST_OBJECT_PARENT (controls) == NULL);
  g_object_set (controls, "contrast", 32, NULL);
  g_object_get (controls, "brightness", &value, NULL);
  fail_unless_equals_int (value, 31);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_CONTRAST), 128);
}
GST_END_TEST

/* gst-launch-1.0 itself, alone: what looks for leaks here is not for it, but a
 * plugin with AddressSanitizer needs its runtime. */

#define ALONE \
  "export GST_TRACERS= GST_DEBUG=; " \
  "[ -z \"$VIRTCAM_SANITIZER\" ] || export LD_PRELOAD=$VIRTCAM_SANITIZER " \
  "ASAN_OPTIONS=detect_leaks=0; "

static gchar *
launch (const gchar *properties, gboolean ok)
{
  g_autofree gchar *line = g_strdup_printf (
      "sh -c '" ALONE
      "exec gst-launch-1.0 virtcamsrc num-buffers=2 %s ! fakesink 2>&1'",
      properties);
  gchar *output = NULL;
  gint status = 0;

  fail_unless (g_spawn_command_line_sync (line, &output, NULL, &status, NULL));
  fail_unless (g_spawn_check_wait_status (status, NULL) == ok, output);
  return output;
}

static void
launch_and_check (const gchar *format, TestCamera *camera, gint value)
{
  g_autofree gchar *properties = g_strdup_printf (format, camera->node, value);
  g_autofree gchar *output = launch (properties, TRUE);

  fail_unless (strstr (output, "WARNING") == NULL, output);
  fail_unless_equals_int (
      camera_get (camera->node, V4L2_CID_BRIGHTNESS), value);
}

GST_START_TEST (gst_launch_sets_controls_with_device_before_or_after)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  launch_and_check ("device=%s controls::brightness=%d", camera, 10);
  launch_and_check (
      "controls::test-pattern=noise device=%s controls::brightness=%d", camera,
      20);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_TEST_PATTERN), 3);
  launch_and_check ("controls::contrast=9 device=%s controls::hue=-5 "
                    "controls::horizontal-flip=true controls::brightness=%d",
      camera, 30);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_CONTRAST), 9);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HUE), -5);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 1);
}
GST_END_TEST

GST_START_TEST (gst_launch_tells_an_unknown_control)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *properties =
      g_strdup_printf ("device=%s controls::brightnes=1", camera->node);
  g_autofree gchar *output = launch (properties, TRUE);

  fail_unless (strstr (output, "controls::brightnes") != NULL, output);
}
GST_END_TEST

GST_START_TEST (gst_launch_tells_a_value_out_of_range)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autofree gchar *properties =
      g_strdup_printf ("device=%s controls::brightness=256", camera->node);
  g_autofree gchar *output = launch (properties, TRUE);

  fail_unless (strstr (output, "takes 0 to 255") != NULL, output);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_BRIGHTNESS), 128);
}
GST_END_TEST

static Suite *
controls_life_suite (void)
{
  Suite *suite = suite_create ("controls-life");
  TCase *tcase = tcase_create ("controls-life");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, there_are_no_controls_before_the_camera_was_open);
  tcase_add_test (
      tcase, a_camera_that_goes_while_it_tells_its_controls_has_none);
  tcase_add_test (tcase, controls_are_reached_from_the_pipeline);
  tcase_add_test (tcase, what_is_set_in_null_is_set_when_the_camera_opens);
  tcase_add_test (tcase, a_wrong_value_in_null_is_told_on_the_terminal);
  tcase_add_test (tcase, the_child_stays_the_same_while_the_camera_does);
  tcase_add_test (
      tcase, the_child_hears_of_changes_after_the_camera_was_closed);
  tcase_add_test (tcase, the_child_stays_the_same_while_flags_change);
  tcase_add_test (tcase, counting_the_children_asks_the_camera_nothing);
  tcase_add_test (tcase, reading_the_direction_asks_for_the_flips_alone);
  tcase_add_test (tcase, a_child_that_is_made_is_announced);
  tcase_add_test (tcase, another_camera_gets_a_child_of_its_own);
  tcase_add_test (tcase, what_another_camera_does_not_have_is_named);
  tcase_add_test (tcase, a_camera_that_returns_has_what_was_set);
  tcase_add_test (tcase, a_set_after_unplug_is_told_and_kept);
  tcase_add_test (tcase, a_button_after_unplug_is_not_pressed_later);
  tcase_add_test (tcase, a_wrong_value_after_unplug_is_refused);
  tcase_add_test (tcase, the_child_outlives_its_element);
  tcase_add_test (tcase, gst_launch_sets_controls_with_device_before_or_after);
  tcase_add_test (tcase, gst_launch_tells_an_unknown_control);
  tcase_add_test (tcase, gst_launch_tells_a_value_out_of_range);
  return suite;
}

GST_CHECK_MAIN (controls_life);
