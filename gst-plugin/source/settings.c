/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "source/settings.h"

#define FLAGS G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
#define READY FLAGS | GST_PARAM_MUTABLE_READY
#define PLAYING FLAGS | GST_PARAM_MUTABLE_PLAYING

static GParamSpec *properties[GST_VIRTCAM_N_PROPS];

static const GEnumValue io_modes[] = {
  { GST_VIRTCAM_IO_MODE_AUTO,
      "As mmap; as dmabuf for DMA_DRM caps or file descriptors", "auto" },
  { GST_VIRTCAM_IO_MODE_MMAP, "Map the driver's buffers", "mmap" },
  { GST_VIRTCAM_IO_MODE_DMABUF, "Export the driver's buffers as dma-bufs",
      "dmabuf" },
  { GST_VIRTCAM_IO_MODE_DMABUF_IMPORT,
      "Fill the dma-bufs of the next element's pool", "dmabuf-import" },
  { 0, NULL, NULL },
};

static const GEnumValue on_disconnects[] = {
  { GST_VIRTCAM_ON_DISCONNECT_ERROR, "Post an error", "error" },
  { GST_VIRTCAM_ON_DISCONNECT_EOS, "End the stream", "eos" },
  { GST_VIRTCAM_ON_DISCONNECT_WAIT,
      "Keep playing, and go on when the same camera is back", "wait" },
  { 0, NULL, NULL },
};

static void
describe_camera (void)
{
  properties[GST_VIRTCAM_PROP_DEVICE] = g_param_spec_string ("device", "Device",
      "Path of the camera's device file. Changes take effect when the element "
      "next leaves NULL",
      "/dev/video0", READY);
  properties[GST_VIRTCAM_PROP_CAMERA] = g_param_spec_string ("camera", "Camera",
      "The camera by its card name (\"Front Door\") or bus_info "
      "(\"usb-0000:00:14.0-1\") instead of its path: when the element leaves "
      "NULL, the property \"device\" becomes the path of the first node that "
      "has it. Unset or empty: \"device\" alone counts. Changes take effect "
      "when the element next leaves NULL",
      NULL, READY);
  properties[GST_VIRTCAM_PROP_DEVICE_FD] = g_param_spec_int ("device-fd",
      "Device file descriptor",
      "A camera that somebody else has opened for reading and writing (a "
      "portal, a container's manager), instead of its path or name; -1: none. "
      "It stays the caller's, who may close it once the element has left NULL; "
      "it does not block from then on. After an unplug the camera is looked "
      "for in /dev. Changes take effect when the element next leaves NULL",
      -1, G_MAXINT, -1, READY);
}

static void
describe_capture (GType io_mode, GType on_disconnect)
{
  properties[GST_VIRTCAM_PROP_IO_MODE] = g_param_spec_enum ("io-mode",
      "I/O mode",
      "Which memory frames are in. Where the driver or the next element cannot "
      "do it, the next best of dmabuf-import, dmabuf, mmap is used, and a "
      "warning posted; where none of them suits the next element, frames are "
      "copied. Changes take effect at the next negotiation after READY",
      io_mode, GST_VIRTCAM_IO_MODE_AUTO, READY);
  properties[GST_VIRTCAM_PROP_CONVERT] = g_param_spec_boolean ("convert",
      "Convert",
      "Offer RGB, BGR, I420 and YV12 as well where libv4l2 can convert to them "
      "from what the camera has. Every frame is copied then, and io-mode must "
      "be auto or mmap. Changes take effect when the element next leaves NULL",
      FALSE, READY);
  properties[GST_VIRTCAM_PROP_ON_DISCONNECT] = g_param_spec_enum (
      "on-disconnect", "On disconnect",
      "What to do when the camera is unplugged while the element is in PAUSED "
      "or PLAYING. With wait it goes on with the same camera, which has the "
      "same card name at the same bus_info, or at a new one; where \"device\" "
      "is "
      "a symbolic link, with whatever camera that leads to. Changes take "
      "effect "
      "at once",
      on_disconnect, GST_VIRTCAM_ON_DISCONNECT_ERROR, PLAYING);
  properties[GST_VIRTCAM_PROP_RECONNECT_TIMEOUT] = g_param_spec_uint64 (
      "reconnect-timeout", "Reconnect timeout",
      "With on-disconnect=wait, post an error when the camera has been away "
      "for so many nanoseconds; the default is to wait for ever. Changes take "
      "effect at once, also for a wait that lasts",
      0, G_MAXUINT64, GST_CLOCK_TIME_NONE, PLAYING);
}

/* To be called once. */
void
gst_virtcam_src_settings_install (GObjectClass *object_class)
{
  GType io_mode = g_enum_register_static ("GstVirtcamIOMode", io_modes);
  GType on_disconnect =
      g_enum_register_static ("GstVirtcamOnDisconnect", on_disconnects);

  describe_camera ();
  describe_capture (io_mode, on_disconnect);
  properties[GST_VIRTCAM_PROP_STATS] = g_param_spec_boxed ("stats",
      "Statistics", gst_virtcam_stats_describe (GST_VIRTCAM_CAPTURE),
      GST_TYPE_STRUCTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (
      object_class, GST_VIRTCAM_N_PROPS, properties);
  g_object_class_override_property (
      object_class, GST_VIRTCAM_PROP_VIDEO_DIRECTION, "video-direction");
  gst_type_mark_as_plugin_api (io_mode, 0);
  gst_type_mark_as_plugin_api (on_disconnect, 0);
}

GstVirtcamSettings *
gst_virtcam_src_settings_new (void)
{
  return gst_virtcam_settings_new (properties, GST_VIRTCAM_N_SETTINGS);
}

GstVirtcamWishes
gst_virtcam_src_settings_get_wishes (GstVirtcamSettings *settings)
{
  const GValue *values = gst_virtcam_settings_lock (settings);
  GstVirtcamWishes wishes = {
    .device_fd = g_value_get_int (&values[GST_VIRTCAM_PROP_DEVICE_FD]),
    .io_mode = g_value_get_enum (&values[GST_VIRTCAM_PROP_IO_MODE]),
    .convert = g_value_get_boolean (&values[GST_VIRTCAM_PROP_CONVERT]),
    .on_disconnect = g_value_get_enum (&values[GST_VIRTCAM_PROP_ON_DISCONNECT]),
    .reconnect_timeout =
        g_value_get_uint64 (&values[GST_VIRTCAM_PROP_RECONNECT_TIMEOUT]),
  };

  gst_virtcam_settings_unlock (settings);
  return wishes;
}
