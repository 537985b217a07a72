/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/settings.h"

/* The element's properties; the settings come first. */
enum {
  GST_VIRTCAM_SINK_PROP_0,
  GST_VIRTCAM_SINK_PROP_DEVICE,
  GST_VIRTCAM_SINK_PROP_CAMERA,
  GST_VIRTCAM_SINK_PROP_IO_MODE,
  GST_VIRTCAM_SINK_PROP_ON_DEMAND,
  GST_VIRTCAM_SINK_PROP_ON_DISCONNECT,
  GST_VIRTCAM_SINK_PROP_RECONNECT_TIMEOUT,
  GST_VIRTCAM_SINK_N_SETTINGS,
  GST_VIRTCAM_SINK_PROP_VIEWERS = GST_VIRTCAM_SINK_N_SETTINGS,
  GST_VIRTCAM_SINK_PROP_STATS,
  GST_VIRTCAM_SINK_N_PROPS,
};

/* Which memory upstream is handed */
typedef enum {
  GST_VIRTCAM_SINK_IO_MODE_AUTO,
  GST_VIRTCAM_SINK_IO_MODE_DMABUF,
} GstVirtcamSinkIOMode;

/* What to do when the camera goes away */
typedef enum {
  GST_VIRTCAM_SINK_ON_DISCONNECT_ERROR,
  GST_VIRTCAM_SINK_ON_DISCONNECT_WAIT,
} GstVirtcamSinkOnDisconnect;

/* The settings but for names. */
typedef struct {
  GstVirtcamSinkIOMode io_mode;
  gboolean on_demand;
  GstVirtcamSinkOnDisconnect on_disconnect;
  GstClockTime reconnect_timeout;
} GstVirtcamSinkWishes;

void gst_virtcam_sink_settings_install (GObjectClass *object_class);

GstVirtcamSettings *gst_virtcam_sink_settings_new (void);
GstVirtcamSinkWishes gst_virtcam_sink_settings_get_wishes (
    GstVirtcamSettings *settings);
