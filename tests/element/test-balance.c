/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstColorBalance, GstVideoOrientation and GstVideoDirection of the source. */

#include <linux/videodev2.h>

#include "controls.h"

static GstColorBalanceChannel *
find_channel (Rig *rig, const gchar *label)
{
  const GList *list =
      gst_color_balance_list_channels (GST_COLOR_BALANCE (rig->source));

  for (; list; list = list->next) {
    GstColorBalanceChannel *channel = list->data;

    if (g_str_equal (channel->label, label))
      return channel;
  }
  return NULL;
}

GST_START_TEST (the_channels_are_the_cameras_controls)
{
  static const gchar *const labels[] = { "BRIGHTNESS", "CONTRAST", "HUE",
    "SATURATION" };
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstColorBalance *balance = GST_COLOR_BALANCE (rig->source);

  fail_unless (gst_color_balance_list_channels (balance) == NULL);
  gst_element_set_state (rig->source, GST_STATE_READY);
  fail_unless_equals_int (
      g_list_length ((GList *) gst_color_balance_list_channels (balance)), 4);
  for (guint i = 0; i < G_N_ELEMENTS (labels); i++)
    fail_unless (find_channel (rig, labels[i]) != NULL, labels[i]);
  fail_unless_equals_int (find_channel (rig, "HUE")->min_value, -128);
  fail_unless_equals_int (find_channel (rig, "HUE")->max_value, 127);
  fail_unless_equals_int (
      gst_color_balance_get_balance_type (balance), GST_COLOR_BALANCE_HARDWARE);
  gst_element_set_state (rig->source, GST_STATE_NULL);
  fail_unless (gst_color_balance_list_channels (balance) == NULL);
}
GST_END_TEST

typedef struct {
  Rig *rig;
  gint value;
  guint count;
} Heard;

static void
hear (GstColorBalance *balance, GstColorBalanceChannel *channel, gint value,
    gpointer data)
{
  Heard *heard = data;

  fail_unless_equals_string (channel->label, "CONTRAST");
  g_mutex_lock (&heard->rig->lock);
  heard->value = value;
  heard->count++;
  g_cond_broadcast (&heard->rig->arrived);
  g_mutex_unlock (&heard->rig->lock);
}

static void
assert_heard (Heard *heard, guint count, gint value)
{
  g_mutex_lock (&heard->rig->lock);
  while (heard->count < count)
    g_cond_wait (&heard->rig->arrived, &heard->rig->lock);
  fail_unless_equals_int (heard->count, count);
  fail_unless_equals_int (heard->value, value);
  g_mutex_unlock (&heard->rig->lock);
}

GST_START_TEST (a_channel_is_set_and_tells_of_changes)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstColorBalance *balance = GST_COLOR_BALANCE (rig->source);
  Heard heard = { .rig = rig };
  GstColorBalanceChannel *channel;

  rig_play (rig);
  rig_wait_for_frames (rig, 1);
  channel = find_channel (rig, "CONTRAST");
  g_signal_connect (balance, "value-changed", G_CALLBACK (hear), &heard);
  gst_color_balance_set_value (balance, channel, 5);
  assert_heard (&heard, 1, 5);
  fail_unless_equals_int (gst_color_balance_get_value (balance, channel), 5);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_CONTRAST), 5);
  camera_set (camera->node, V4L2_CID_CONTRAST, 6);
  assert_heard (&heard, 2, 6);
  gst_color_balance_set_value (balance, channel, 256);
  controls_assert_warning (rig, "contrast", "takes 0 to 255");
  assert_heard (&heard, 2, 6);
}
GST_END_TEST

GST_START_TEST (the_orientation_is_the_cameras_flips)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstVideoOrientation *orientation = GST_VIDEO_ORIENTATION (rig->source);
  gboolean flip = FALSE;
  gint center;

  fail_if (gst_video_orientation_get_hflip (orientation, &flip));
  fail_if (gst_video_orientation_set_hflip (orientation, TRUE));
  gst_element_set_state (rig->source, GST_STATE_READY);
  fail_unless (gst_video_orientation_set_hflip (orientation, TRUE));
  fail_unless (gst_video_orientation_get_hflip (orientation, &flip) && flip);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 1);
  fail_unless (gst_video_orientation_set_vflip (orientation, TRUE));
  fail_unless (gst_video_orientation_get_vflip (orientation, &flip) && flip);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_VFLIP), 1);
  fail_if (gst_video_orientation_get_hcenter (orientation, &center));
}
GST_END_TEST

static GstVideoOrientationMethod
direction_of (Rig *rig)
{
  GstVideoOrientationMethod method;

  g_object_get (rig->source, "video-direction", &method, NULL);
  return method;
}

GST_START_TEST (video_direction_flips_the_picture)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "180");
  fail_unless_equals_int (direction_of (rig), GST_VIDEO_ORIENTATION_180);
  gst_element_set_state (rig->source, GST_STATE_READY);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 1);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_VFLIP), 1);
  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "vert");
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 0);
  fail_unless_equals_int (direction_of (rig), GST_VIDEO_ORIENTATION_VERT);
  camera_set (camera->node, V4L2_CID_VFLIP, 0);
  fail_unless_equals_int (direction_of (rig), GST_VIDEO_ORIENTATION_IDENTITY);
}
GST_END_TEST

static void
assert_direction_refused (Rig *rig)
{
  g_autoptr (GstMessage) message =
      gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING);
  g_autoptr (GError) error = NULL;

  fail_unless (message != NULL);
  gst_message_parse_warning (message, &error, NULL);
  fail_unless (
      strstr (error->message, "horiz, vert and 180") != NULL, error->message);
}

GST_START_TEST (a_quarter_turn_is_refused_with_what_there_is)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "90r");
  gst_bus_set_flushing (rig->bus, FALSE);
  gst_element_set_state (rig->pipeline, GST_STATE_READY);
  assert_direction_refused (rig);
  fail_unless_equals_int (direction_of (rig), GST_VIDEO_ORIENTATION_IDENTITY);
  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "auto");
  assert_direction_refused (rig);
}
GST_END_TEST

GST_START_TEST (a_camera_with_one_flip_is_not_turned_by_half)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  driver_hide (V4L2_CID_VFLIP);
  g_object_unref (controls_open (rig));
  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "180");
  assert_direction_refused (rig);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 0);
  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "horiz");
  fail_unless (gst_bus_pop_filtered (rig->bus, GST_MESSAGE_WARNING) == NULL);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 1);
  driver_hide (0);
}
GST_END_TEST

GST_START_TEST (a_turn_that_is_held_halfway_goes_back)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  driver_hold (V4L2_CID_VFLIP);
  g_object_unref (controls_open (rig));
  gst_util_set_object_arg (G_OBJECT (rig->source), "video-direction", "180");
  controls_assert_warning (rig, "vertical-flip", "is held");
  assert_direction_refused (rig);
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 0);
  driver_hold (0);
}
GST_END_TEST

GST_START_TEST (a_direction_that_nobody_set_leaves_the_camera_as_it_is)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  camera_set (camera->node, V4L2_CID_HFLIP, 1);
  g_object_unref (controls_open (rig));
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 1);
  fail_unless_equals_int (direction_of (rig), GST_VIDEO_ORIENTATION_HORIZ);
  rig_stop (rig);
  gst_util_set_object_arg (
      G_OBJECT (rig->source), "video-direction", "identity");
  g_object_unref (controls_open (rig));
  fail_unless_equals_int (camera_get (camera->node, V4L2_CID_HFLIP), 0);
}
GST_END_TEST

static Suite *
balance_suite (void)
{
  Suite *suite = suite_create ("balance");
  TCase *tcase = tcase_create ("balance");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, the_channels_are_the_cameras_controls);
  tcase_add_test (tcase, a_channel_is_set_and_tells_of_changes);
  tcase_add_test (tcase, the_orientation_is_the_cameras_flips);
  tcase_add_test (tcase, video_direction_flips_the_picture);
  tcase_add_test (tcase, a_quarter_turn_is_refused_with_what_there_is);
  tcase_add_test (tcase, a_camera_with_one_flip_is_not_turned_by_half);
  tcase_add_test (tcase, a_turn_that_is_held_halfway_goes_back);
  tcase_add_test (
      tcase, a_direction_that_nobody_set_leaves_the_camera_as_it_is);
  return suite;
}

GST_CHECK_MAIN (balance);
