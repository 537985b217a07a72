/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "v4l2/controls.h"

/* What one of V4L2's types of controls is as a property. */
typedef struct {
  guint32 type;
  GType value; /* of the property; of each number, if that is an array */
  guint size;  /* of each number of an array in bytes; 0: no array is known */
} GstVirtcamControlKind;

const GstVirtcamControlKind *gst_virtcam_control_get_kind (
    const GstVirtcamControl *control);
gchar *gst_virtcam_control_name (const gchar *text);
GStrv gst_virtcam_control_names (const GPtrArray *controls);
gboolean gst_virtcam_control_is_array (const GstVirtcamControl *control);
GParamSpec *gst_virtcam_control_to_spec (
    const GstVirtcamControl *control, const gchar *name);
const GstVirtcamControl *gst_virtcam_control_of (GParamSpec *spec);
gchar *gst_virtcam_control_type_name (const GPtrArray *controls);

/* controls/value.c */
gchar *gst_virtcam_control_refuse (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *value);
gpointer gst_virtcam_control_pack (const GstVirtcamControl *control,
    const GValue *value, struct v4l2_ext_control *raw);
void gst_virtcam_control_unpack (const GstVirtcamControl *control,
    const struct v4l2_ext_control *raw, GValue *value);
