/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The nodes of a feed as GstDevices. */

#include "discovery.h"
#include "feed.h"

GST_START_TEST (a_feed_is_a_source_and_a_sink)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "desk", "formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) source = discovery_get (discovery, feed->node);
  g_autoptr (GstDevice) sink = discovery_get (discovery, feed->output);
  g_autofree gchar *name = NULL;

  fail_unless (source != NULL && sink != NULL);
  fail_unless (gst_device_has_classes (source, "Video/Source"));
  fail_unless (!gst_device_has_classes (source, "Sink"));
  fail_unless (gst_device_has_classes (sink, "Video/Sink"));
  fail_unless (!gst_device_has_classes (sink, "Source"));
  name = gst_device_get_display_name (sink);
  assert_equals_string (name, "desk");
  discovery_assert_caps (
      sink, "video/x-raw, format=YUY2, width=320, height=240");
}
GST_END_TEST

static gchar *
get_factory (GstElement *element)
{
  return g_strdup (GST_OBJECT_NAME (gst_element_get_factory (element)));
}

GST_START_TEST (a_sink_device_makes_and_sets_a_virtcamsink)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, feed->output);
  g_autoptr (GstElement) made =
      gst_object_ref_sink (gst_device_create_element (device, NULL));
  g_autoptr (GstElement) other =
      gst_object_ref_sink (gst_element_factory_make ("virtcamsrc", NULL));
  g_autofree gchar *factory = get_factory (made);
  g_autofree gchar *path = NULL;

  assert_equals_string (factory, "virtcamsink");
  g_object_get (made, "device", &path, NULL);
  assert_equals_string (path, feed->output);
  g_object_set (made, "device", "/dev/null", "camera", "other", NULL);
  fail_unless (gst_device_reconfigure_element (device, made));
  g_clear_pointer (&path, g_free);
  g_object_get (made, "device", &path, NULL);
  assert_equals_string (path, feed->output);
  fail_unless (!gst_device_reconfigure_element (device, other));
}
GST_END_TEST

GST_START_TEST (a_feed_that_comes_and_goes_is_told)
{
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (Feed) feed = NULL;
  g_autoptr (GstDevice) added = NULL;
  g_autoptr (GstDevice) removed = NULL;
  g_autofree gchar *output = NULL;

  discovery_start (discovery);
  feed = feed_new (NULL, NULL);
  output = g_strdup (feed->output);
  added = discovery_wait (discovery, GST_MESSAGE_DEVICE_ADDED, output);
  g_clear_pointer (&feed, feed_free);
  removed = discovery_wait (discovery, GST_MESSAGE_DEVICE_REMOVED, output);
  fail_unless (added == removed);
}
GST_END_TEST

static Suite *
sink_discovery_suite (void)
{
  Suite *suite = suite_create ("sink-discovery");
  TCase *tcase = tcase_create ("sink-discovery");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_feed_is_a_source_and_a_sink);
  tcase_add_test (tcase, a_sink_device_makes_and_sets_a_virtcamsink);
  tcase_add_test (tcase, a_feed_that_comes_and_goes_is_told);
  return suite;
}

GST_CHECK_MAIN (sink_discovery);
