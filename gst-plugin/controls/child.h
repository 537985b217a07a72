/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "report/report.h"
#include "v4l2/camera.h"
#include "v4l2/controls.h"

/* the child's name */
#define GST_VIRTCAM_CONTROLS_NAME "controls"

#define GST_TYPE_VIRTCAM_CONTROLS (gst_virtcam_controls_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamControls, gst_virtcam_controls, GST, VIRTCAM_CONTROLS, GstObject)

/* A control of child has another value, or another range. In any thread. */
typedef void (*GstVirtcamControlChanged) (
    GstElement *element, GstVirtcamControls *child, guint32 id);

GstVirtcamControls *gst_virtcam_controls_new (GPtrArray *controls,
    GstVirtcamCamera *camera, GstVirtcamReport *report,
    GstVirtcamControlChanged changed);

GParamSpec *gst_virtcam_controls_find (GstVirtcamControls *self, guint32 id);
gboolean gst_virtcam_controls_get_number (
    GstVirtcamControls *self, guint32 id, gint *number);
gboolean gst_virtcam_controls_set_number (
    GstVirtcamControls *self, guint32 id, gint number);
void gst_virtcam_controls_notify (GstVirtcamControls *self, guint32 id);
void gst_virtcam_controls_sync (GstVirtcamControls *self, GstClockTime time);
void gst_virtcam_controls_hold (GstVirtcamControls *self);
void gst_virtcam_controls_release (GstVirtcamControls *self);
void gst_virtcam_controls_repeat (GstVirtcamControls *self);
gchar *gst_virtcam_controls_inherit (
    GstVirtcamControls *self, GstVirtcamControls *older);
