/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "source/settings.h"

#define DEFAULT_DEVICE "/dev/video0"
#define DEFAULT_DEVICE_FD -1
#define DEFAULT_IO_MODE GST_VIRTCAM_IO_MODE_AUTO
#define DEFAULT_CONVERT FALSE
#define DEFAULT_ON_DISCONNECT GST_VIRTCAM_ON_DISCONNECT_ERROR
#define DEFAULT_RECONNECT_TIMEOUT GST_CLOCK_TIME_NONE

struct _GstVirtcamSettings {
  /* guards all below; held for no call out */
  GMutex lock;
  gchar *device;
  gchar *camera;
  GstVirtcamWishes wishes;
};

static GParamSpec *properties[GST_VIRTCAM_N_PROPS];

#define GST_TYPE_VIRTCAM_IO_MODE (gst_virtcam_io_mode_get_type ())
static GType
gst_virtcam_io_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_VIRTCAM_IO_MODE_AUTO,
        "As mmap; as dmabuf for DMA_DRM caps or file descriptors", "auto" },
    { GST_VIRTCAM_IO_MODE_MMAP, "Map the driver's buffers", "mmap" },
    { GST_VIRTCAM_IO_MODE_DMABUF, "Export the driver's buffers as dma-bufs",
        "dmabuf" },
    { GST_VIRTCAM_IO_MODE_DMABUF_IMPORT,
        "Fill the dma-bufs of the next element's pool", "dmabuf-import" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstVirtcamIOMode", values));
  return type;
}

#define GST_TYPE_VIRTCAM_ON_DISCONNECT (gst_virtcam_on_disconnect_get_type ())
static GType
gst_virtcam_on_disconnect_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_VIRTCAM_ON_DISCONNECT_ERROR, "Post an error", "error" },
    { GST_VIRTCAM_ON_DISCONNECT_EOS, "End the stream", "eos" },
    { GST_VIRTCAM_ON_DISCONNECT_WAIT,
        "Keep playing, and go on when the same camera is back", "wait" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (
        &type, g_enum_register_static ("GstVirtcamOnDisconnect", values));
  return type;
}

static void
describe_camera (void)
{
  properties[GST_VIRTCAM_PROP_DEVICE] = g_param_spec_string ("device", "Device",
      "Path of the camera's device file. Changes take effect when the element "
      "next leaves NULL",
      DEFAULT_DEVICE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[GST_VIRTCAM_PROP_CAMERA] = g_param_spec_string ("camera", "Camera",
      "The camera by its card name (\"Front Door\") or bus_info "
      "(\"usb-0000:00:14.0-1\") instead of its path: when the element leaves "
      "NULL, the property \"device\" becomes the path of the first node that "
      "has it. Unset or empty: \"device\" alone counts. Changes take effect "
      "when the element next leaves NULL",
      NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[GST_VIRTCAM_PROP_DEVICE_FD] = g_param_spec_int ("device-fd",
      "Device file descriptor",
      "A camera that somebody else has opened for reading and writing (a "
      "portal, a container's manager), instead of its path or name; -1: none. "
      "It stays the caller's, who may close it once the element has left NULL; "
      "it does not block from then on. After an unplug the camera is looked "
      "for in /dev. Changes take effect when the element next leaves NULL",
      -1, G_MAXINT, DEFAULT_DEVICE_FD,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
}

static void
describe_capture (void)
{
  properties[GST_VIRTCAM_PROP_IO_MODE] = g_param_spec_enum ("io-mode",
      "I/O mode",
      "Which memory frames are in. Where the driver or the next element cannot "
      "do it, the next best of dmabuf-import, dmabuf, mmap is used, and a "
      "warning posted; where none of them suits the next element, frames are "
      "copied. Changes take effect at the next negotiation after READY",
      GST_TYPE_VIRTCAM_IO_MODE, DEFAULT_IO_MODE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[GST_VIRTCAM_PROP_CONVERT] = g_param_spec_boolean ("convert",
      "Convert",
      "Offer RGB, BGR, I420 and YV12 as well where libv4l2 can convert to them "
      "from what the camera has. Every frame is copied then, and io-mode must "
      "be auto or mmap. Changes take effect when the element next leaves NULL",
      DEFAULT_CONVERT,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[GST_VIRTCAM_PROP_ON_DISCONNECT] = g_param_spec_enum (
      "on-disconnect", "On disconnect",
      "What to do when the camera is unplugged while the element is in PAUSED "
      "or PLAYING. With wait it goes on with the same camera, which has the "
      "same card name at the same bus_info, or at a new one; where \"device\" "
      "is "
      "a symbolic link, with whatever camera that leads to. Changes take "
      "effect "
      "at once",
      GST_TYPE_VIRTCAM_ON_DISCONNECT, DEFAULT_ON_DISCONNECT,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  properties[GST_VIRTCAM_PROP_RECONNECT_TIMEOUT] = g_param_spec_uint64 (
      "reconnect-timeout", "Reconnect timeout",
      "With on-disconnect=wait, post an error when the camera has been away "
      "for so many nanoseconds; the default is to wait for ever. Changes take "
      "effect at once, also for a wait that lasts",
      0, G_MAXUINT64, DEFAULT_RECONNECT_TIMEOUT,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
}

void
gst_virtcam_settings_install (GObjectClass *object_class)
{
  describe_camera ();
  describe_capture ();
  properties[GST_VIRTCAM_PROP_STATS] =
      g_param_spec_boxed ("stats", "Statistics", gst_virtcam_stats_describe (),
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (
      object_class, GST_VIRTCAM_N_PROPS, properties);
  g_object_class_override_property (
      object_class, GST_VIRTCAM_PROP_VIDEO_DIRECTION, "video-direction");
  gst_type_mark_as_plugin_api (GST_TYPE_VIRTCAM_IO_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_VIRTCAM_ON_DISCONNECT, 0);
}

GstVirtcamSettings *
gst_virtcam_settings_new (void)
{
  GstVirtcamSettings *self = g_new0 (GstVirtcamSettings, 1);

  g_mutex_init (&self->lock);
  self->device = g_strdup (DEFAULT_DEVICE);
  self->wishes = (GstVirtcamWishes){ .device_fd = DEFAULT_DEVICE_FD,
    .io_mode = DEFAULT_IO_MODE,
    .convert = DEFAULT_CONVERT,
    .on_disconnect = DEFAULT_ON_DISCONNECT,
    .reconnect_timeout = DEFAULT_RECONNECT_TIMEOUT };
  return self;
}

void
gst_virtcam_settings_free (GstVirtcamSettings *self)
{
  g_mutex_clear (&self->lock);
  g_free (self->device);
  g_free (self->camera);
  g_free (self);
}

static void
set_device_locked (GstVirtcamSettings *self, const gchar *device)
{
  g_free (self->device);
  self->device = g_strdup (device ? device : DEFAULT_DEVICE);
}

gboolean
gst_virtcam_settings_set (
    GstVirtcamSettings *self, guint id, const GValue *value)
{
  gboolean known = TRUE;

  g_mutex_lock (&self->lock);
  switch (id) {
  case GST_VIRTCAM_PROP_DEVICE:
    set_device_locked (self, g_value_get_string (value));
    break;
  case GST_VIRTCAM_PROP_CAMERA:
    g_free (self->camera);
    self->camera = g_value_dup_string (value);
    break;
  case GST_VIRTCAM_PROP_DEVICE_FD:
    self->wishes.device_fd = g_value_get_int (value);
    break;
  case GST_VIRTCAM_PROP_IO_MODE:
    self->wishes.io_mode = g_value_get_enum (value);
    break;
  case GST_VIRTCAM_PROP_CONVERT:
    self->wishes.convert = g_value_get_boolean (value);
    break;
  case GST_VIRTCAM_PROP_ON_DISCONNECT:
    self->wishes.on_disconnect = g_value_get_enum (value);
    break;
  case GST_VIRTCAM_PROP_RECONNECT_TIMEOUT:
    self->wishes.reconnect_timeout = g_value_get_uint64 (value);
    break;
  default:
    known = FALSE;
  }
  g_mutex_unlock (&self->lock);
  return known;
}

gboolean
gst_virtcam_settings_get (GstVirtcamSettings *self, guint id, GValue *value)
{
  gboolean known = TRUE;

  g_mutex_lock (&self->lock);
  switch (id) {
  case GST_VIRTCAM_PROP_DEVICE:
    g_value_set_string (value, self->device);
    break;
  case GST_VIRTCAM_PROP_CAMERA:
    g_value_set_string (value, self->camera);
    break;
  case GST_VIRTCAM_PROP_DEVICE_FD:
    g_value_set_int (value, self->wishes.device_fd);
    break;
  case GST_VIRTCAM_PROP_IO_MODE:
    g_value_set_enum (value, self->wishes.io_mode);
    break;
  case GST_VIRTCAM_PROP_CONVERT:
    g_value_set_boolean (value, self->wishes.convert);
    break;
  case GST_VIRTCAM_PROP_ON_DISCONNECT:
    g_value_set_enum (value, self->wishes.on_disconnect);
    break;
  case GST_VIRTCAM_PROP_RECONNECT_TIMEOUT:
    g_value_set_uint64 (value, self->wishes.reconnect_timeout);
    break;
  default:
    known = FALSE;
  }
  g_mutex_unlock (&self->lock);
  return known;
}

void
gst_virtcam_settings_dup_names (
    GstVirtcamSettings *self, gchar **device, gchar **camera)
{
  g_mutex_lock (&self->lock);
  *device = g_strdup (self->device);
  *camera = g_strdup (self->camera);
  g_mutex_unlock (&self->lock);
}

GstVirtcamWishes
gst_virtcam_settings_get_wishes (GstVirtcamSettings *self)
{
  GstVirtcamWishes wishes;

  g_mutex_lock (&self->lock);
  wishes = self->wishes;
  g_mutex_unlock (&self->lock);
  return wishes;
}
