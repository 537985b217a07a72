/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * How long after a camera is enabled, and after it is removed, the messages of
 * a GstDeviceMonitor arrive: kernel, udev with its rules, provider, bus.
 * Run it where time counts instructions, and a slow machine is not seen:
 *
 *   tests/guest/boot --icount --load 'virtcam devices=0' -- \
 *     sh -c '$VIRTCAM_BUILD/tests/bench/hotplug'
 *
 * The first round is not counted: programs come over 9p then, and while the
 * guest waits for its host such a clock leaps ahead.
 */
#include <gst/gst.h>

#include "camera.h"
#include "figure.h"

#define ROUNDS 30

static gboolean
is_meant (GstMessage *message, const char *node)
{
  g_autoptr (GstStructure) properties = NULL;
  g_autoptr (GstDevice) device = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_ADDED)
    gst_message_parse_device_added (message, &device);
  else
    gst_message_parse_device_removed (message, &device);
  properties = gst_device_get_properties (device);
  return g_str_equal (G_OBJECT_TYPE_NAME (device), "GstVirtcamDevice") &&
         g_str_equal (
             gst_structure_get_string (properties, "device.path"), node);
}

/* Microseconds since begin. */
static gint64
wait_for (GstBus *bus, GstMessageType type, const char *node, gint64 begin)
{
  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (bus, GST_CLOCK_TIME_NONE, type);

    /* the bus tells no extended type from another */
    if (GST_MESSAGE_TYPE (message) == type && is_meant (message, node))
      return g_get_monotonic_time () - begin;
  }
}

static void
print (const char *what, gint64 *times)
{
  figures_sort (times, ROUNDS);
  g_print ("%-8s median %6.1f ms, longest %6.1f ms of %d\n", what,
      times[ROUNDS / 2] / 1000.0, times[ROUNDS - 1] / 1000.0, ROUNDS);
}

static void
measure (GstBus *bus, gint64 *added, gint64 *removed)
{
  g_autoptr (TestCamera) camera = test_camera_prepare ();
  gint64 begin = g_get_monotonic_time ();

  test_camera_enable (camera);
  *added = wait_for (bus, GST_MESSAGE_DEVICE_ADDED, camera->node, begin);
  test_camera_settle ();
  begin = g_get_monotonic_time ();
  test_camera_remove (camera);
  *removed = wait_for (bus, GST_MESSAGE_DEVICE_REMOVED, camera->node, begin);
}

/* A monitor leaves it out otherwise. */
static void
raise_rank (void)
{
  g_autoptr (GstDeviceProviderFactory) factory =
      gst_device_provider_factory_find ("virtcamdeviceprovider");

  gst_plugin_feature_set_rank (GST_PLUGIN_FEATURE (factory),
      GST_RANK_SECONDARY);
}

int
main (int argc, char **argv)
{
  g_autoptr (GstDeviceMonitor) monitor = NULL;
  g_autoptr (GstBus) bus = NULL;
  gint64 added[ROUNDS], removed[ROUNDS];

  gst_init (&argc, &argv);
  raise_rank ();
  monitor = gst_device_monitor_new ();
  bus = gst_device_monitor_get_bus (monitor);
  gst_device_monitor_add_filter (monitor, "Video/Source", NULL);
  if (!gst_device_monitor_start (monitor))
    g_error ("no device provider can be started");
  measure (bus, &added[0], &removed[0]);
  for (int i = 0; i < ROUNDS; i++)
    measure (bus, &added[i], &removed[i]);
  gst_device_monitor_stop (monitor);
  print ("added", added);
  print ("removed", removed);
  return 0;
}
