/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/format.h"

G_BEGIN_DECLS

/* The picture before cropping and scaling; size 0x0 if the driver does not say */
typedef struct {
  guint width, height;
  struct v4l2_fract pixelaspect; /* height by width of a pixel, as in V4L2 */
} GstVirtcamNative;

void gst_virtcam_structure_set_aspect (GstStructure *structure,
    const struct v4l2_frmsizeenum *size, const GstVirtcamNative *native);
void gst_virtcam_structure_set_size (
    GstStructure *structure, const struct v4l2_frmsizeenum *size);
void gst_virtcam_interval_to_rate (
    const struct v4l2_frmivalenum *interval, GValue *rate);
void gst_virtcam_structure_set_rates (GstStructure *structure,
    const struct v4l2_frmivalenum *intervals, guint n_intervals);
void gst_virtcam_structure_set_picture (
    GstStructure *structure, const struct v4l2_pix_format *picture);
const gchar *gst_virtcam_interlace_mode (guint32 field);

GstCaps *gst_virtcam_format_to_caps (
    const GstVirtcamFormat *format, gboolean alternate);
GstCaps *gst_virtcam_caps_template (void);
gboolean gst_virtcam_caps_take_fields (GstCaps *caps);
void gst_virtcam_caps_append_fields (GstCaps *caps);

G_END_DECLS
