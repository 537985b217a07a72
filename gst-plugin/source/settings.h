/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/settings.h"
#include "session/supply.h"

/* The element's properties; the settings come first. */
enum {
  GST_VIRTCAM_PROP_0,
  GST_VIRTCAM_PROP_DEVICE,
  GST_VIRTCAM_PROP_CAMERA,
  GST_VIRTCAM_PROP_DEVICE_FD,
  GST_VIRTCAM_PROP_IO_MODE,
  GST_VIRTCAM_PROP_CONVERT,
  GST_VIRTCAM_PROP_ON_DISCONNECT,
  GST_VIRTCAM_PROP_RECONNECT_TIMEOUT,
  GST_VIRTCAM_N_SETTINGS,
  GST_VIRTCAM_PROP_STATS = GST_VIRTCAM_N_SETTINGS,
  GST_VIRTCAM_N_PROPS,
  GST_VIRTCAM_PROP_VIDEO_DIRECTION
};

/* What to do when the camera goes away */
typedef enum {
  GST_VIRTCAM_ON_DISCONNECT_ERROR,
  GST_VIRTCAM_ON_DISCONNECT_EOS,
  GST_VIRTCAM_ON_DISCONNECT_WAIT,
} GstVirtcamOnDisconnect;

/* The settings but for names. */
typedef struct {
  gint device_fd; /* -1: none is given */
  GstVirtcamIOMode io_mode;
  gboolean convert;
  GstVirtcamOnDisconnect on_disconnect;
  GstClockTime reconnect_timeout;
} GstVirtcamWishes;

void gst_virtcam_src_settings_install (GObjectClass *object_class);

GstVirtcamSettings *gst_virtcam_src_settings_new (void);
GstVirtcamWishes gst_virtcam_src_settings_get_wishes (
    GstVirtcamSettings *settings);
