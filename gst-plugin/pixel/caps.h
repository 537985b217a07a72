/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/format.h"

void gst_virtcam_structure_set_aspect (GstStructure *structure,
    const struct v4l2_frmsizeenum *size, const struct v4l2_cropcap *native);
void gst_virtcam_structure_set_size (
    GstStructure *structure, const struct v4l2_frmsizeenum *size);
void gst_virtcam_structure_set_rates (GstStructure *structure,
    const struct v4l2_frmivalenum *intervals, guint n_intervals);
void gst_virtcam_structure_set_picture (
    GstStructure *structure, const struct v4l2_pix_format *picture);
const gchar *gst_virtcam_interlace_mode (guint32 field);

GstCaps *gst_virtcam_caps_template (gboolean fields);
gboolean gst_virtcam_caps_take_fields (GstCaps *caps);
GstCaps *gst_virtcam_caps_to_fields (GstCaps *whole);

/* pixel/color.c */
gboolean gst_virtcam_colorimetry_from_picture (
    const struct v4l2_pix_format *picture, GstVirtcamMedia media,
    GstVideoColorimetry *colorimetry);
gboolean gst_virtcam_colorimetry_to_picture (
    const gchar *name, GstVirtcamMedia media, struct v4l2_pix_format *picture);

/* pixel/drm.c: DMA_DRM caps (GStreamer 1.24) say of raw video in dma-bufs what plain ones
 * say of it in memory. The camera's pictures are linear. */

gboolean gst_virtcam_drm_is_caps (GstCaps *caps);
GstCaps *gst_virtcam_drm_from_raw (GstCaps *raw);
GstCaps *gst_virtcam_drm_to_raw (GstCaps *caps);
GstCaps *gst_virtcam_drm_strip (GstCaps *caps);
GstCaps *gst_virtcam_drm_choose (GstCaps *raw, GstCaps *peer, gboolean prefer);
