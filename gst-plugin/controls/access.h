/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Values on their way to and from the camera. */
#pragma once

#include <gst/gst.h>

#include "v4l2/camera.h"

/* A value that a control, by its property, is to have, and what became of it. */
typedef struct {
  GParamSpec *spec;
  const GValue *value;

  gboolean closed; /* no camera was asked */
  gboolean taken;  /* by the camera; or to be set when there is one */
  gchar *refusal;  /* the end of a sentence that begins with the control, or
                    * NULL: there is nothing to tell */
} GstVirtcamSetting;

void gst_virtcam_access_write (
    GstVirtcamCamera *camera, GstVirtcamSetting *settings, guint n);
gboolean gst_virtcam_access_read (
    GstVirtcamCamera *camera, GParamSpec *spec, GValue *value);
