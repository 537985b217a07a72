/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:provider-virtcamdeviceprovider
 * @title: virtcamdeviceprovider
 * @short_description: lists cameras to watch and to feed, and tells when they come and go
 *
 * Every V4L2 device that captures video by streaming is listed with its caps,
 * whoever made it, as Video/Source; and each that takes video, such as the output
 * node of a virtcam feed, as Video/Sink. One that cannot be opened, does not answer
 * or is neither is left out.
 *
 * Its rank is NONE: a #GstDeviceMonitor shows each camera once, by
 * v4l2deviceprovider or by PipeWire's, which asks the user. Who wants virtcamsrc
 * or virtcamsink for a camera asks for this provider by name, or raises its rank before a
 * monitor is made.
 *
 * The properties are those of v4l2deviceprovider, by the same names.
 */

#include "discovery/provider.h"

#include "discovery/monitor.h"

GST_DEBUG_CATEGORY_STATIC (gst_virtcam_device_provider_debug);
#define GST_CAT_DEFAULT gst_virtcam_device_provider_debug

struct _GstVirtcamDeviceProvider {
  GstDeviceProvider parent;

  GstVirtcamMonitor *monitor; /* NULL before start and after stop */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamDeviceProvider, gst_virtcam_device_provider,
    GST_TYPE_DEVICE_PROVIDER,
    GST_DEBUG_CATEGORY_INIT (gst_virtcam_device_provider_debug,
        "virtcamdeviceprovider", 0, "virtcam camera discovery"))
GST_DEVICE_PROVIDER_REGISTER_DEFINE (virtcamdeviceprovider,
    "virtcamdeviceprovider", GST_RANK_NONE, GST_TYPE_VIRTCAM_DEVICE_PROVIDER)

/* A reference to the device that is listed for node; NULL: none is. */
static GstVirtcamDevice *
find_device (GstDeviceProvider *provider, GUdevDevice *node)
{
  GstVirtcamDevice *found = NULL;

  GST_OBJECT_LOCK (provider);
  for (GList *item = provider->devices; item && !found; item = item->next) {
    if (gst_virtcam_device_is_node (item->data, node))
      found = gst_object_ref (item->data);
  }
  GST_OBJECT_UNLOCK (provider);
  return found;
}

static GstVirtcamDevice *
make_device (const gchar *path, GUdevDevice *node)
{
  g_autoptr (GError) error = NULL;
  GstVirtcamDevice *device = gst_virtcam_device_new (path, node, &error);

  if (device == NULL)
    GST_INFO ("left out: %s", error->message);
  return device;
}

/* The monitor's calls */

static void
handle_found (gpointer owner, const gchar *path, GUdevDevice *node)
{
  g_autoptr (GstVirtcamDevice) known = node ? find_device (owner, node) : NULL;
  g_autoptr (GstVirtcamDevice) device = NULL;

  GST_LOG_OBJECT (owner, "%s: %s", path, known ? "known" : "new");
  if (known)
    return;
  device = make_device (path, node);
  if (device)
    gst_device_provider_device_add (owner, GST_DEVICE (device));
}

static void
handle_lost (gpointer owner, GUdevDevice *node)
{
  g_autoptr (GstVirtcamDevice) device = find_device (owner, node);

  GST_LOG_OBJECT (owner, "%s: gone", g_udev_device_get_sysfs_path (node));
  if (device)
    gst_device_provider_device_remove (owner, GST_DEVICE (device));
}

/* Class */

static gboolean
gst_virtcam_device_provider_start (GstDeviceProvider *provider)
{
  GstVirtcamDeviceProvider *self = GST_VIRTCAM_DEVICE_PROVIDER (provider);

  self->monitor =
      gst_virtcam_monitor_start (handle_found, handle_lost, G_OBJECT (self));
  return TRUE;
}

static void
gst_virtcam_device_provider_stop (GstDeviceProvider *provider)
{
  GstVirtcamDeviceProvider *self = GST_VIRTCAM_DEVICE_PROVIDER (provider);

  g_clear_pointer (&self->monitor, gst_virtcam_monitor_stop);
}

static void
add_probed (gpointer data, const gchar *path, GUdevDevice *node)
{
  GList **devices = data;
  GstVirtcamDevice *device = make_device (path, node);

  if (device)
    *devices = g_list_prepend (*devices, device);
}

static GList *
gst_virtcam_device_provider_probe (GstDeviceProvider *provider)
{
  const gchar *subsystems[] = { NULL };
  g_autoptr (GUdevClient) client = g_udev_client_new (subsystems);
  GList *devices = NULL;

  gst_virtcam_monitor_list (client, add_probed, &devices);
  return g_list_reverse (devices);
}

static void
gst_virtcam_device_provider_class_init (GstVirtcamDeviceProviderClass *klass)
{
  GstDeviceProviderClass *provider_class = GST_DEVICE_PROVIDER_CLASS (klass);

  provider_class->start = gst_virtcam_device_provider_start;
  provider_class->stop = gst_virtcam_device_provider_stop;
  provider_class->probe = gst_virtcam_device_provider_probe;
  gst_device_provider_class_set_static_metadata (provider_class,
      "virtcam camera provider", "Source/Sink/Video",
      "Lists V4L2 cameras to watch and to feed, and tells when they come and "
      "go",
      "The virtcam developers");
}

static void
gst_virtcam_device_provider_init (GstVirtcamDeviceProvider *self)
{
}
