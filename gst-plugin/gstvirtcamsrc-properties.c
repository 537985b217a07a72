/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element's properties: the settings, which take effect when the element
 * looks at them, and the statistics. */

#include "gstvirtcamsrc.h"

#define DEFAULT_DEVICE "/dev/video0"
#define DEFAULT_IO_MODE GST_VIRTCAM_IO_MODE_AUTO

#define DEFAULT_CONVERT FALSE
#define DEFAULT_ON_DISCONNECT GST_VIRTCAM_ON_DISCONNECT_ERROR
#define DEFAULT_RECONNECT_TIMEOUT GST_CLOCK_TIME_NONE

enum {
  PROP_0,
  PROP_DEVICE,
  PROP_CAMERA,
  PROP_IO_MODE,
  PROP_CONVERT,
  PROP_ON_DISCONNECT,
  PROP_RECONNECT_TIMEOUT,
  PROP_STATS,
  N_PROPS,
  PROP_VIDEO_DIRECTION
};

static GParamSpec *properties[N_PROPS];

#define GST_TYPE_VIRTCAM_IO_MODE (gst_virtcam_io_mode_get_type ())
static GType
gst_virtcam_io_mode_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { GST_VIRTCAM_IO_MODE_AUTO, "Whatever suits every peer: mmap", "auto" },
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

void
gst_virtcam_src_set_property (
    GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);
  GstVirtcamSettings *settings = &self->settings;

  if (id == PROP_VIDEO_DIRECTION) {
    gst_virtcam_src_set_direction (self, g_value_get_enum (value));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_DEVICE:
    g_free (settings->device);
    settings->device = g_value_dup_string (value);
    if (settings->device == NULL)
      settings->device = g_strdup (DEFAULT_DEVICE);
    break;
  case PROP_CAMERA:
    g_free (settings->camera);
    settings->camera = g_value_dup_string (value);
    break;
  case PROP_IO_MODE:
    settings->io_mode = g_value_get_enum (value);
    break;
  case PROP_CONVERT:
    settings->convert = g_value_get_boolean (value);
    break;
  case PROP_ON_DISCONNECT:
    settings->on_disconnect = g_value_get_enum (value);
    break;
  case PROP_RECONNECT_TIMEOUT:
    settings->reconnect_timeout = g_value_get_uint64 (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

void
gst_virtcam_src_get_property (
    GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (object);
  const GstVirtcamSettings *settings = &self->settings;

  if (id == PROP_STATS) {
    g_value_take_boxed (value, gst_virtcam_src_make_stats (self));
    return;
  }
  if (id == PROP_VIDEO_DIRECTION) {
    g_value_set_enum (value, gst_virtcam_src_get_direction (self));
    return;
  }
  GST_OBJECT_LOCK (self);
  switch (id) {
  case PROP_DEVICE:
    g_value_set_string (value, settings->device);
    break;
  case PROP_CAMERA:
    g_value_set_string (value, settings->camera);
    break;
  case PROP_IO_MODE:
    g_value_set_enum (value, settings->io_mode);
    break;
  case PROP_CONVERT:
    g_value_set_boolean (value, settings->convert);
    break;
  case PROP_ON_DISCONNECT:
    g_value_set_enum (value, settings->on_disconnect);
    break;
  case PROP_RECONNECT_TIMEOUT:
    g_value_set_uint64 (value, settings->reconnect_timeout);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
  }
  GST_OBJECT_UNLOCK (self);
}

void
gst_virtcam_src_install_properties (GObjectClass *object_class)
{
  properties[PROP_DEVICE] = g_param_spec_string ("device", "Device",
      "Path of the camera's device file. Changes take effect when the element "
      "next leaves NULL",
      DEFAULT_DEVICE, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_CAMERA] = g_param_spec_string ("camera", "Camera",
      "The camera by its card name (\"Front Door\") or bus_info "
      "(\"usb-0000:00:14.0-1\") instead of its path: when the element leaves "
      "NULL, the property \"device\" becomes the path of the first node that "
      "has it. Unset or empty: \"device\" alone counts. Changes take effect "
      "when the element next leaves NULL",
      NULL,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[PROP_IO_MODE] = g_param_spec_enum ("io-mode", "I/O mode",
      "How frames reach downstream, never with a copy. Where the driver or the "
      "next element cannot do it, the next best of dmabuf-import, dmabuf, mmap "
      "is used, and a warning posted. Changes "
      "take effect at the next negotiation after READY",
      GST_TYPE_VIRTCAM_IO_MODE, DEFAULT_IO_MODE,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_READY);
  properties[PROP_CONVERT] = g_param_spec_boolean ("convert", "Convert",
      "Offer RGB, BGR, I420 and YV12 as well where libv4l2 can convert to them "
      "from what the camera has. Every frame is copied then, and io-mode must "
      "be auto or mmap. Changes take effect when the element next leaves NULL",
      DEFAULT_CONVERT, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
  properties[PROP_ON_DISCONNECT] = g_param_spec_enum ("on-disconnect",
      "On disconnect",
      "What to do when the camera is unplugged while the element is in PAUSED "
      "or PLAYING. It is the same camera that comes back if it has the same "
      "card name at the same bus_info, or at a new one. Changes take effect at "
      "once",
      GST_TYPE_VIRTCAM_ON_DISCONNECT, DEFAULT_ON_DISCONNECT,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  properties[PROP_RECONNECT_TIMEOUT] = g_param_spec_uint64 ("reconnect-timeout",
      "Reconnect timeout",
      "With on-disconnect=wait, post an error when the camera has been away "
      "for so many nanoseconds; the default is to wait for ever. Changes take "
      "effect at once, also for a wait that lasts",
      0, G_MAXUINT64, DEFAULT_RECONNECT_TIMEOUT,
      G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS | GST_PARAM_MUTABLE_PLAYING);
  properties[PROP_STATS] =
      g_param_spec_boxed ("stats", "Statistics", gst_virtcam_stats_describe (),
          GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  g_object_class_override_property (
      object_class, PROP_VIDEO_DIRECTION, "video-direction");
  gst_type_mark_as_plugin_api (GST_TYPE_VIRTCAM_IO_MODE, 0);
  gst_type_mark_as_plugin_api (GST_TYPE_VIRTCAM_ON_DISCONNECT, 0);
}

void
gst_virtcam_settings_init (GstVirtcamSettings *settings)
{
  settings->device = g_strdup (DEFAULT_DEVICE);
  settings->io_mode = DEFAULT_IO_MODE;
  settings->convert = DEFAULT_CONVERT;
  settings->on_disconnect = DEFAULT_ON_DISCONNECT;
  settings->reconnect_timeout = DEFAULT_RECONNECT_TIMEOUT;
}

void
gst_virtcam_settings_finish (GstVirtcamSettings *settings)
{
  g_free (settings->device);
  g_free (settings->camera);
}
