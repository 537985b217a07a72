/* SPDX-License-Identifier: LGPL-2.1-or-later */

/**
 * SECTION:provider-virtcamdeviceprovider
 * @title: virtcamdeviceprovider
 * @short_description: lists cameras for virtcamsrc, and tells when they come and go
 *
 * Every V4L2 device that captures video by streaming is listed, whoever made
 * it. A device is opened, asked for QUERYCAP and closed, no more: one that
 * cannot be opened, does not answer or is no camera is left out, and holds up
 * nobody else.
 *
 * A camera's caps are enumerated when somebody asks for them. A
 * #GstDeviceMonitor looks at the caps of every device, so to a monitor each
 * camera is shown with its own caps. Without one, gst_device_get_caps() may
 * return virtcamsrc's template until the provider, in a moment without work, has
 * asked the camera: notify::caps tells. Reading the property `caps` of the device
 * asks at once.
 *
 * The properties are those of v4l2deviceprovider, by the same names. It is not
 * hidden: it also lists outputs, and cameras of the multi-planar API. Where both
 * list a camera, `device.path` is the same.
 */

#include "gstvirtcamdeviceprovider.h"

#include "gstvirtcamdevice.h"
#include "gstvirtcamwatch.h"

GST_DEBUG_CATEGORY_STATIC (gst_virtcam_device_provider_debug);
#define GST_CAT_DEFAULT gst_virtcam_device_provider_debug

struct _GstVirtcamDeviceProvider {
  GstDeviceProvider parent;

  GstVirtcamWatch *watch; /* between start and stop, which never meet */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamDeviceProvider, gst_virtcam_device_provider,
    GST_TYPE_DEVICE_PROVIDER,
    GST_DEBUG_CATEGORY_INIT (gst_virtcam_device_provider_debug,
        "virtcamdeviceprovider", 0, "virtcam camera discovery"))
/* Behind v4l2deviceprovider, which applications know. */
GST_DEVICE_PROVIDER_REGISTER_DEFINE (virtcamdeviceprovider,
    "virtcamdeviceprovider", GST_RANK_SECONDARY,
    GST_TYPE_VIRTCAM_DEVICE_PROVIDER)

/* NULL: not a camera, or out of order. */
static GstVirtcamDevice *
make_device (GObject *self, GUdevDevice *node)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (VirtcamIdentity) identity =
      virtcam_identity_read (g_udev_device_get_device_file (node), &error);

  if (identity == NULL) {
    GST_INFO_OBJECT (self, "left out: %s", error->message);
    return NULL;
  }
  if (!virtcam_identity_is_camera (identity)) {
    GST_DEBUG_OBJECT (self, "%s (%s) is no camera: 0x%08x, 0x%08x",
        identity->path, identity->card, identity->capabilities,
        identity->device_caps);
    return NULL;
  }
  return gst_virtcam_device_new (g_steal_pointer (&identity), node);
}

/* A GstDeviceMonitor asks each device at once. It wants to know which providers
 * are hidden; how it takes the messages differs between versions. */
static gboolean
has_monitor (GstDeviceProvider *provider)
{
  guint hidden = g_signal_lookup ("provider-hidden", GST_TYPE_DEVICE_PROVIDER);

  return g_signal_has_handler_pending (provider, hidden, 0, TRUE);
}

/* Looks through the listed devices; a reference, or NULL. */
static GstVirtcamDevice *
find_device (GstDeviceProvider *provider,
    gboolean (*is_meant) (GstVirtcamDevice *, GUdevDevice *), GUdevDevice *node)
{
  GstVirtcamDevice *found = NULL;

  GST_OBJECT_LOCK (provider);
  for (GList *item = provider->devices; item && !found; item = item->next) {
    if (is_meant (item->data, node))
      found = gst_object_ref (item->data);
  }
  GST_OBJECT_UNLOCK (provider);
  return found;
}

static gboolean
is_unasked (GstVirtcamDevice *device, GUdevDevice *node)
{
  return gst_virtcam_device_is_unasked (device);
}

/* The thread's calls */

static void
handle_found (GObject *owner, GUdevDevice *node)
{
  GstDeviceProvider *provider = GST_DEVICE_PROVIDER (owner);
  g_autoptr (GstVirtcamDevice) known =
      find_device (provider, gst_virtcam_device_is_node, node);
  g_autoptr (GstVirtcamDevice) device = NULL;

  GST_LOG_OBJECT (owner, "%s: %s", g_udev_device_get_sysfs_path (node),
      known ? "known" : "new");
  if (known)
    return;
  device = make_device (owner, node);
  if (device == NULL)
    return;
  gst_object_ref_sink (device);
  if (has_monitor (provider) && !gst_virtcam_device_ask (device)) {
    GST_INFO_OBJECT (owner, "left out: %s has no video for virtcamsrc",
        g_udev_device_get_device_file (node));
    return;
  }
  gst_device_provider_device_add (provider, GST_DEVICE (device));
}

static void
handle_lost (GObject *owner, GUdevDevice *node)
{
  GstDeviceProvider *provider = GST_DEVICE_PROVIDER (owner);
  g_autoptr (GstVirtcamDevice) device =
      find_device (provider, gst_virtcam_device_is_node, node);

  GST_LOG_OBJECT (owner, "%s: gone", g_udev_device_get_sysfs_path (node));
  if (device)
    gst_device_provider_device_remove (provider, GST_DEVICE (device));
}

/* One camera a turn, so that events come between. */
static gboolean
handle_idle (GObject *owner)
{
  g_autoptr (GstVirtcamDevice) device =
      find_device (GST_DEVICE_PROVIDER (owner), is_unasked, NULL);

  if (device == NULL)
    return FALSE;
  gst_virtcam_device_ask (device);
  return TRUE;
}

/* Class */

static gboolean
gst_virtcam_device_provider_start (GstDeviceProvider *provider)
{
  static const GstVirtcamWatchCalls calls = {
    .found = handle_found,
    .lost = handle_lost,
    .idle = handle_idle,
  };
  GstVirtcamDeviceProvider *self = GST_VIRTCAM_DEVICE_PROVIDER (provider);

  self->watch = gst_virtcam_watch_start (&calls, G_OBJECT (self));
  return TRUE;
}

static void
gst_virtcam_device_provider_stop (GstDeviceProvider *provider)
{
  GstVirtcamDeviceProvider *self = GST_VIRTCAM_DEVICE_PROVIDER (provider);

  g_clear_pointer (&self->watch, gst_virtcam_watch_stop);
}

/* A list that is asked for once is complete: nothing comes after it. */
static GList *
gst_virtcam_device_provider_probe (GstDeviceProvider *provider)
{
  const gchar *subsystems[] = { NULL };
  g_autoptr (GUdevClient) client = g_udev_client_new (subsystems);
  GList *nodes = gst_virtcam_watch_list (client);
  GList *devices = NULL;

  for (GList *item = nodes; item; item = item->next) {
    GstVirtcamDevice *device = make_device (G_OBJECT (provider), item->data);

    if (device == NULL)
      continue;
    gst_object_ref_sink (device);
    if (gst_virtcam_device_ask (device))
      devices = g_list_prepend (devices, device);
    else
      gst_object_unref (device);
  }
  g_list_free_full (nodes, g_object_unref);
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
      "virtcam camera provider", "Source/Video",
      "Lists V4L2 cameras for virtcamsrc and tells when they come and go",
      "The virtcam developers");
}

static void
gst_virtcam_device_provider_init (GstVirtcamDeviceProvider *self)
{
}
