/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/format.h"

/* Where the planes of a frame lie in the kernel's buffer. If that has a piece of
 * memory for each plane, offsets count as if one piece followed the other. */
typedef struct {
  guint n_planes;
  gint stride[GST_VIDEO_MAX_PLANES];
  gsize offset[GST_VIDEO_MAX_PLANES];
  gsize row_bytes[GST_VIDEO_MAX_PLANES]; /* of picture, without padding */
  guint rows[GST_VIDEO_MAX_PLANES];
  gsize size;
} GstVirtcamLayout;

gboolean gst_virtcam_layout_from_picture (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, const struct v4l2_pix_format *picture);
gboolean gst_virtcam_layout_from_planes (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, const struct v4l2_pix_format *picture,
    const struct v4l2_plane_pix_format *planes);
gboolean gst_virtcam_layout_default (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, guint width, guint height);
void gst_virtcam_layout_place (
    GstVirtcamLayout *self, const gint *stride, const gsize *offset);
gboolean gst_virtcam_layout_equal (
    const GstVirtcamLayout *a, const GstVirtcamLayout *b);
gboolean gst_virtcam_layout_fits (const GstVirtcamLayout *layout, gsize size);
void gst_virtcam_layout_copy (const GstVirtcamLayout *to, guint8 *to_data,
    const GstVirtcamLayout *from, const guint8 *from_data);

/* What the frames of a stream are, for whoever makes buffers of them. */
typedef struct {
  const GstVirtcamFormat *format;
  /* of a whole picture, also where each buffer holds one field of it, as
   * GstVideoMeta has it */
  guint width, height;
  GstVideoFrameFlags flags;
  gboolean has_layout;
  GstVirtcamLayout layout; /* of the driver's buffers */
} GstVirtcamFrames;

gboolean gst_virtcam_frames_equal (
    const GstVirtcamFrames *a, const GstVirtcamFrames *b);
gsize gst_virtcam_frames_get_size (const GstVirtcamFrames *self);
gsize gst_virtcam_frames_get_memory_size (
    const GstVirtcamFrames *self, guint n);
GstVideoMeta *gst_virtcam_frames_describe (const GstVirtcamFrames *self,
    GstBuffer *buffer, const GstVirtcamLayout *layout);
