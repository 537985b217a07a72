/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>
#include <linux/videodev2.h>

G_BEGIN_DECLS

typedef enum {
  GST_VIRTCAM_MEDIA_YUV,
  GST_VIRTCAM_MEDIA_RGB,
  GST_VIRTCAM_MEDIA_GRAY,
  GST_VIRTCAM_MEDIA_BAYER,
  GST_VIRTCAM_MEDIA_JPEG,
} GstVirtcamMedia;

/* One V4L2 pixel format and what GStreamer calls it. */
typedef struct {
  guint32 fourcc;
  GstVirtcamMedia media;
  GstVideoFormat format; /* ENCODED for Bayer and JPEG */
  const gchar *bayer;    /* the "format" of video/x-bayer, or NULL */
} GstVirtcamFormat;

/* The picture before cropping and scaling; size 0x0 if the driver does not say */
typedef struct {
  guint width, height;
  struct v4l2_fract pixelaspect; /* height by width of a pixel, as in V4L2 */
} GstVirtcamNative;

/* Where the planes of a frame lie in the kernel's buffer. */
typedef struct {
  guint n_planes;
  gint stride[GST_VIDEO_MAX_PLANES];
  gsize offset[GST_VIDEO_MAX_PLANES];
  gsize row_bytes[GST_VIDEO_MAX_PLANES]; /* of picture, without padding */
  guint rows[GST_VIDEO_MAX_PLANES];
  gsize size;
} GstVirtcamLayout;

const GstVirtcamFormat *gst_virtcam_format_from_fourcc (guint32 fourcc);
const GstVirtcamFormat *gst_virtcam_format_from_structure (
    const GstStructure *structure);
guint gst_virtcam_format_rank (const GstVirtcamFormat *format);

const GstVirtcamFormat *gst_virtcam_format_by_preference (guint n);

GstStructure *gst_virtcam_format_to_structure (const GstVirtcamFormat *format);
GstCaps *gst_virtcam_format_to_caps (
    const GstVirtcamFormat *format, gboolean alternate);
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

gboolean gst_virtcam_colorimetry_from_picture (
    const struct v4l2_pix_format *picture, GstVirtcamMedia media,
    GstVideoColorimetry *colorimetry);
const gchar *gst_virtcam_interlace_mode (guint32 field);

gboolean gst_virtcam_layout_from_picture (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, const struct v4l2_pix_format *picture);
gboolean gst_virtcam_layout_default (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, guint width, guint height);
gboolean gst_virtcam_layout_equal (
    const GstVirtcamLayout *a, const GstVirtcamLayout *b);
gboolean gst_virtcam_layout_fits (const GstVirtcamLayout *layout, gsize size);
void gst_virtcam_layout_copy (const GstVirtcamLayout *to, guint8 *to_data,
    const GstVirtcamLayout *from, const guint8 *from_data);

GstCaps *gst_virtcam_caps_template (void);

G_END_DECLS
