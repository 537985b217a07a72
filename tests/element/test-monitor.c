/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a GstDeviceMonitor shows by itself, where v4l2deviceprovider (or
 * PipeWire's, which hides that) shows every camera as well. */

#include "discovery.h"
#include "rig.h"

#define PROVIDER "virtcamdeviceprovider"

/* With the classes of a filter that applications use, whosever device it is */
static guint
count_entries (const gchar *node, const gchar *classes)
{
  g_autoptr (GstDeviceMonitor) monitor = gst_device_monitor_new ();
  guint count = 0;
  GList *devices;

  fail_unless (gst_device_monitor_add_filter (monitor, classes, NULL) != 0);
  fail_unless (gst_device_monitor_start (monitor));
  devices = gst_device_monitor_get_devices (monitor);
  for (GList *item = devices; item; item = item->next) {
    g_autofree gchar *path = discovery_device_path (item->data);

    count += g_strcmp0 (path, node) == 0;
  }
  g_list_free_full (devices, gst_object_unref);
  gst_device_monitor_stop (monitor);
  return count;
}

GST_START_TEST (a_monitor_lists_each_camera_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);

  test_camera_settle ();
  assert_equals_int (count_entries (camera->node, "Video/Source"), 1);
  assert_equals_int (count_entries (camera->node, "Source/Video"), 1);
}
GST_END_TEST

GST_START_TEST (the_provider_is_no_monitors_unless_it_is_chosen)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (GstDeviceProviderFactory) factory =
      gst_device_provider_factory_find (PROVIDER);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = NULL;

  assert_equals_int (gst_plugin_feature_get_rank (GST_PLUGIN_FEATURE (factory)),
      GST_RANK_NONE);
  device = discovery_get (discovery, camera->node);
  fail_unless (device != NULL);
}
GST_END_TEST

/* Programs compare it as a text: GStreamer's other providers say it so. */
GST_START_TEST (a_camera_is_of_the_class_that_others_give_it)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "YUYV", NULL);
  g_autoptr (Discovery) discovery = discovery_new ();
  g_autoptr (GstDevice) device = discovery_get (discovery, camera->node);
  g_autofree gchar *classes = gst_device_get_device_class (device);

  assert_equals_string (classes, "Video/Source");
}
GST_END_TEST

static Suite *
monitor_suite (void)
{
  Suite *suite = suite_create ("monitor");
  TCase *tcase = tcase_create ("monitor");

  tcase_set_timeout (tcase, 60);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_monitor_lists_each_camera_once);
  tcase_add_test (tcase, the_provider_is_no_monitors_unless_it_is_chosen);
  tcase_add_test (tcase, a_camera_is_of_the_class_that_others_give_it);
  return suite;
}

GST_CHECK_MAIN (monitor);
