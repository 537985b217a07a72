/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/settings.h"

#include "report/stats.h"

#define FLAGS G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS
#define READY FLAGS | GST_PARAM_MUTABLE_READY
#define PLAYING FLAGS | GST_PARAM_MUTABLE_PLAYING
#define RESULT G_PARAM_READABLE | G_PARAM_STATIC_STRINGS

static GParamSpec *properties[GST_VIRTCAM_SINK_N_PROPS];

static const GEnumValue io_modes[] = {
  { GST_VIRTCAM_SINK_IO_MODE_AUTO, "Mapped buffers; dma-bufs for DMA_DRM caps",
      "auto" },
  { GST_VIRTCAM_SINK_IO_MODE_DMABUF,
      "dma-bufs, for an element that draws into no other memory", "dmabuf" },
  { 0, NULL, NULL },
};

static const GEnumValue on_disconnects[] = {
  { GST_VIRTCAM_SINK_ON_DISCONNECT_ERROR, "Post an error", "error" },
  { GST_VIRTCAM_SINK_ON_DISCONNECT_WAIT,
      "Drop frames, and go on when the same camera is back", "wait" },
  { 0, NULL, NULL },
};

static void
describe_camera (void)
{
  properties[GST_VIRTCAM_SINK_PROP_DEVICE] = g_param_spec_string ("device",
      "Device",
      "Path of the camera's output node. Unset, with \"camera\" unset as well: "
      "the first that there is, which it then names. Changes take effect when "
      "the element next leaves NULL",
      NULL, READY);
  properties[GST_VIRTCAM_SINK_PROP_CAMERA] = g_param_spec_string ("camera",
      "Camera",
      "The camera by its card name or bus_info instead of its path: when the "
      "element leaves NULL, the property \"device\" becomes the path of the "
      "first output node that has it. Unset or empty: \"device\" alone counts. "
      "Changes take effect when the element next leaves NULL",
      NULL, READY);
}

static void
describe_feeding (GType io_mode, GType on_disconnect)
{
  properties[GST_VIRTCAM_SINK_PROP_IO_MODE] = g_param_spec_enum ("io-mode",
      "I/O mode",
      "Which memory of the camera's upstream is handed. With dmabuf the camera "
      "is claimed as long as the stream lasts, and viewers have upstream's "
      "mode. "
      "Changes take effect at the next negotiation",
      io_mode, GST_VIRTCAM_SINK_IO_MODE_AUTO, READY);
  properties[GST_VIRTCAM_SINK_PROP_ON_DEMAND] = g_param_spec_boolean (
      "on-demand", "On demand",
      "While nobody watches, tell upstream by QoS events that its frames are "
      "not needed: converters then drop them before they convert. Not for a "
      "tee's branch: what is before the tee would drop the other branches' "
      "frames as well. Changes take effect at once",
      FALSE, PLAYING);
  properties[GST_VIRTCAM_SINK_PROP_ON_DISCONNECT] = g_param_spec_enum (
      "on-disconnect", "On disconnect",
      "What to do when the camera goes away while the element is not in NULL. "
      "With wait it goes on with the same camera, which has the same card name "
      "at the same bus_info, or at a new one; where \"device\" is a symbolic "
      "link, with whatever camera that leads to. Changes take effect at once",
      on_disconnect, GST_VIRTCAM_SINK_ON_DISCONNECT_ERROR, PLAYING);
  properties[GST_VIRTCAM_SINK_PROP_RECONNECT_TIMEOUT] = g_param_spec_uint64 (
      "reconnect-timeout", "Reconnect timeout",
      "With on-disconnect=wait, post an error when the camera has been away "
      "for so many nanoseconds; the default is to wait for ever. Changes take "
      "effect at once, also for a wait that lasts",
      0, G_MAXUINT64, GST_CLOCK_TIME_NONE, PLAYING);
}

static void
describe_results (void)
{
  properties[GST_VIRTCAM_SINK_PROP_VIEWERS] = g_param_spec_int ("viewers",
      "Viewers",
      "How many programs watch, told by notify and by the element message "
      "virtcam-viewers; -1: the element is in NULL, or the camera does not say",
      -1, G_MAXINT, -1, RESULT);
  properties[GST_VIRTCAM_SINK_PROP_STATS] = g_param_spec_boxed ("stats",
      "Statistics", gst_virtcam_stats_describe (GST_VIRTCAM_OUTPUT),
      GST_TYPE_STRUCTURE, RESULT);
}

/* To be called once. */
void
gst_virtcam_sink_settings_install (GObjectClass *object_class)
{
  GType io_mode = g_enum_register_static ("GstVirtcamSinkIOMode", io_modes);
  GType on_disconnect =
      g_enum_register_static ("GstVirtcamSinkOnDisconnect", on_disconnects);

  describe_camera ();
  describe_feeding (io_mode, on_disconnect);
  describe_results ();
  g_object_class_install_properties (
      object_class, GST_VIRTCAM_SINK_N_PROPS, properties);
  gst_type_mark_as_plugin_api (io_mode, 0);
  gst_type_mark_as_plugin_api (on_disconnect, 0);
}

GstVirtcamSettings *
gst_virtcam_sink_settings_new (void)
{
  return gst_virtcam_settings_new (properties, GST_VIRTCAM_SINK_N_SETTINGS);
}

GstVirtcamSinkWishes
gst_virtcam_sink_settings_get_wishes (GstVirtcamSettings *settings)
{
  const GValue *values = gst_virtcam_settings_lock (settings);
  GstVirtcamSinkWishes wishes = {
    .io_mode = g_value_get_enum (&values[GST_VIRTCAM_SINK_PROP_IO_MODE]),
    .on_demand = g_value_get_boolean (&values[GST_VIRTCAM_SINK_PROP_ON_DEMAND]),
    .on_disconnect =
        g_value_get_enum (&values[GST_VIRTCAM_SINK_PROP_ON_DISCONNECT]),
    .reconnect_timeout =
        g_value_get_uint64 (&values[GST_VIRTCAM_SINK_PROP_RECONNECT_TIMEOUT]),
  };

  gst_virtcam_settings_unlock (settings);
  return wishes;
}
