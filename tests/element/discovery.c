/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "discovery.h"

#include "rig.h"

static Discovery *
new_with_provider (GstDeviceProvider *provider)
{
  Discovery *discovery = g_new0 (Discovery, 1);

  discovery->provider = provider;
  discovery->bus = gst_device_provider_get_bus (provider);
  return discovery;
}

Discovery *
discovery_new (void)
{
  GstDeviceProvider *provider =
      gst_device_provider_factory_get_by_name ("virtcamdeviceprovider");

  fail_unless (provider != NULL);
  return new_with_provider (provider);
}

/* It is for those who ask for it: by itself a monitor leaves it out. */
static void
raise_rank (void)
{
  g_autoptr (GstDeviceProviderFactory) factory =
      gst_device_provider_factory_find ("virtcamdeviceprovider");

  gst_plugin_feature_set_rank (
      GST_PLUGIN_FEATURE (factory), GST_RANK_SECONDARY);
}

/* Of devices with such caps; NULL is any. */
Discovery *
discovery_new_monitor (const gchar *caps)
{
  g_autoptr (GstCaps) filter = caps ? gst_caps_from_string (caps) : NULL;
  Discovery *discovery = g_new0 (Discovery, 1);

  raise_rank ();
  discovery->monitor = gst_device_monitor_new ();
  discovery->bus = gst_device_monitor_get_bus (discovery->monitor);
  fail_unless (gst_device_monitor_add_filter (
                   discovery->monitor, "Video/Source", filter) != 0);
  return discovery;
}

void
discovery_free (Discovery *discovery)
{
  if (discovery == NULL)
    return;
  discovery_stop (discovery);
  gst_object_unref (discovery->bus);
  gst_clear_object (&discovery->provider);
  gst_clear_object (&discovery->monitor);
  g_free (discovery);
}

void
discovery_start (Discovery *discovery)
{
  fail_unless (discovery->monitor
                   ? gst_device_monitor_start (discovery->monitor)
                   : gst_device_provider_start (discovery->provider));
  discovery->started = TRUE;
}

void
discovery_stop (Discovery *discovery)
{
  if (!discovery->started)
    return;
  discovery->started = FALSE;
  if (discovery->monitor)
    gst_device_monitor_stop (discovery->monitor);
  else
    gst_device_provider_stop (discovery->provider);
}

gchar *
discovery_device_path (GstDevice *device)
{
  g_autoptr (GstStructure) properties = gst_device_get_properties (device);

  return g_strdup (gst_structure_get_string (properties, "device.path"));
}

/* Others (v4l2deviceprovider) may list the same node. */
static gboolean
is_meant (GstDevice *device, const gchar *path)
{
  g_autofree gchar *device_path = NULL;

  if (!g_str_equal (G_OBJECT_TYPE_NAME (device), "GstVirtcamDevice"))
    return FALSE;
  device_path = discovery_device_path (device);
  return path == NULL || g_str_equal (device_path, path);
}

/* NULL: it comes or goes by no device. */
static GstDevice *
device_of (GstMessage *message)
{
  GstDevice *device = NULL;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_ADDED)
    gst_message_parse_device_added (message, &device);
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_DEVICE_REMOVED)
    gst_message_parse_device_removed (message, &device);
  return device;
}

/* The bus tells no extended type from another. */
GstDevice *
discovery_wait (Discovery *discovery, GstMessageType type, const gchar *path)
{
  for (;;) {
    g_autoptr (GstMessage) message =
        gst_bus_timed_pop_filtered (discovery->bus, GST_CLOCK_TIME_NONE, type);
    g_autoptr (GstDevice) device = device_of (message);

    if (device && GST_MESSAGE_TYPE (message) == type && is_meant (device, path))
      return g_steal_pointer (&device);
  }
}

static GList *
list_devices (Discovery *discovery)
{
  return discovery->monitor
             ? gst_device_monitor_get_devices (discovery->monitor)
             : gst_device_provider_get_devices (discovery->provider);
}

/* path: NULL counts all. */
static guint
look_for (Discovery *discovery, const gchar *path, GstDevice **first)
{
  GList *devices = list_devices (discovery);
  guint count = 0;

  for (GList *item = devices; item; item = item->next) {
    if (is_meant (item->data, path) && count++ == 0 && first)
      *first = gst_object_ref (item->data);
  }
  g_list_free_full (devices, gst_object_unref);
  return count;
}

GstDevice *
discovery_get (Discovery *discovery, const gchar *path)
{
  GstDevice *device = NULL;

  fail_unless (look_for (discovery, path, &device) <= 1, "%s twice", path);
  return device;
}

guint
discovery_count (Discovery *discovery)
{
  return look_for (discovery, NULL, NULL);
}

/* Of the device, all of them within text. */
void
discovery_assert_caps (GstDevice *device, const gchar *text)
{
  g_autoptr (GstCaps) caps = gst_device_get_caps (device);
  g_autoptr (GstCaps) expected = gst_caps_from_string (text);

  rig_leave_out_drm (&caps);
  fail_unless (gst_caps_is_subset (caps, expected), "%" GST_PTR_FORMAT, caps);
  fail_if (gst_caps_is_empty (caps));
}
