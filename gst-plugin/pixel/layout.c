/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure arithmetic of planes: V4L2's one bytesperline as GStreamer's strides
 * and offsets. */

#include "pixel/layout.h"

#include <string.h>

/* V4L2 says how to derive the strides of the other planes: the bytes of a row
 * shrink as the samples of a row do. */
static void
raw_plane (GstVirtcamLayout *layout, const GstVideoFormatInfo *info,
    guint plane, guint width, guint height, guint bytesperline)
{
  gint component[GST_VIDEO_MAX_COMPONENTS];
  gint c;

  gst_video_format_info_component (info, plane, component);
  c = component[0];
  layout->stride[plane] =
      gst_video_format_info_extrapolate_stride (info, plane, bytesperline);
  layout->rows[plane] = GST_VIDEO_FORMAT_INFO_SCALE_HEIGHT (info, c, height);
  layout->row_bytes[plane] =
      (gsize) GST_VIDEO_FORMAT_INFO_SCALE_WIDTH (info, c, width) *
      GST_VIDEO_FORMAT_INFO_PSTRIDE (info, c);
}

/* Packed 4:2:2 has two samples of luma to one of chroma in one row: the row
 * holds whole pairs, and no scaled component says so. */
static void
packed_plane (
    GstVirtcamLayout *layout, guint bytesperline, guint row_bytes, guint height)
{
  layout->stride[0] = bytesperline;
  layout->rows[0] = height;
  layout->row_bytes[0] = row_bytes;
}

static void
place_planes (GstVirtcamLayout *layout)
{
  layout->size = 0;
  for (guint i = 0; i < layout->n_planes; i++) {
    layout->offset[i] = layout->size;
    layout->size += (gsize) layout->stride[i] * layout->rows[i];
  }
}

static guint
packed_row_bytes (const GstVirtcamFormat *format, guint width)
{
  GstVideoInfo info;

  if (format->media == GST_VIRTCAM_MEDIA_BAYER)
    return width;
  if (format->media == GST_VIRTCAM_MEDIA_YUV &&
      GST_VIDEO_FORMAT_INFO_W_SUB (
          gst_video_format_get_info (format->format), 1) == 1)
    return GST_ROUND_UP_2 (width) * 2;
  gst_video_info_set_format (&info, format->format, width, 1);
  return width * GST_VIDEO_INFO_COMP_PSTRIDE (&info, 0);
}

/* FALSE if the frame would not fit what the driver says its size is, or if
 * there are no planes to speak of (coded video). */
gboolean
gst_virtcam_layout_from_picture (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, const struct v4l2_pix_format *picture)
{
  const GstVideoFormatInfo *info = NULL;

  memset (layout, 0, sizeof *layout);
  if (format->media == GST_VIRTCAM_MEDIA_CODED)
    return FALSE;
  if (format->media != GST_VIRTCAM_MEDIA_BAYER)
    info = gst_video_format_get_info (format->format);

  layout->n_planes = info ? GST_VIDEO_FORMAT_INFO_N_PLANES (info) : 1;
  if (layout->n_planes == 1) {
    packed_plane (layout, picture->bytesperline,
        packed_row_bytes (format, picture->width), picture->height);
  } else {
    for (guint i = 0; i < layout->n_planes; i++)
      raw_plane (layout, info, i, picture->width, picture->height,
          picture->bytesperline);
  }
  place_planes (layout);
  return layout->stride[0] >= (gint) layout->row_bytes[0] &&
         layout->size <= picture->sizeimage;
}

/* The same, where planes has a line's length and a size for each. */
gboolean
gst_virtcam_layout_from_planes (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, const struct v4l2_pix_format *picture,
    const struct v4l2_plane_pix_format *planes)
{
  gboolean fits = gst_virtcam_layout_from_picture (layout, format, picture);

  if (format->n_memories == 1)
    return fits;
  fits = TRUE;
  for (guint i = 0; i < layout->n_planes; i++) {
    layout->stride[i] = planes[i].bytesperline;
    fits &= planes[i].bytesperline >= layout->row_bytes[i] &&
            (guint64) planes[i].bytesperline * layout->rows[i] <=
                planes[i].sizeimage;
  }
  place_planes (layout);
  return fits;
}

/* What a peer assumes that reads no GstVideoMeta. */
gboolean
gst_virtcam_layout_default (GstVirtcamLayout *layout,
    const GstVirtcamFormat *format, guint width, guint height)
{
  struct v4l2_pix_format packed = { .width = width,
    .height = height,
    .bytesperline = GST_ROUND_UP_4 (width),
    .sizeimage = G_MAXUINT32 };
  GstVideoInfo info;

  if (format->media == GST_VIRTCAM_MEDIA_BAYER)
    return gst_virtcam_layout_from_picture (layout, format, &packed);
  if (format->media == GST_VIRTCAM_MEDIA_CODED ||
      !gst_video_info_set_format (&info, format->format, width, height))
    return FALSE;

  packed.bytesperline = GST_VIDEO_INFO_PLANE_STRIDE (&info, 0);
  gst_virtcam_layout_from_picture (layout, format, &packed);
  gst_virtcam_layout_place (layout, info.stride, info.offset);
  layout->size = GST_VIDEO_INFO_SIZE (&info);
  return TRUE;
}

/* Each plane as a GstVideoInfo or a GstVideoMeta has it. */
void
gst_virtcam_layout_place (
    GstVirtcamLayout *self, const gint *stride, const gsize *offset)
{
  for (guint i = 0; i < self->n_planes; i++) {
    self->stride[i] = stride[i];
    self->offset[i] = offset[i];
  }
}

gboolean
gst_virtcam_layout_equal (const GstVirtcamLayout *a, const GstVirtcamLayout *b)
{
  if (a->n_planes != b->n_planes)
    return FALSE;
  for (guint i = 0; i < a->n_planes; i++) {
    if (a->stride[i] != b->stride[i] || a->offset[i] != b->offset[i])
      return FALSE;
  }
  return TRUE;
}

/* Whether every plane lies within so many bytes, its rows whole and apart. */
gboolean
gst_virtcam_layout_fits (const GstVirtcamLayout *layout, gsize size)
{
  for (guint i = 0; i < layout->n_planes; i++) {
    gsize last = layout->rows[i] - 1;

    if (layout->rows[i] == 0 || layout->stride[i] < 0 ||
        (gsize) layout->stride[i] < layout->row_bytes[i] ||
        layout->offset[i] + last * layout->stride[i] + layout->row_bytes[i] >
            size)
      return FALSE;
  }
  return TRUE;
}

/* Both must describe the same format and size, and fit their data. */
void
gst_virtcam_layout_copy (const GstVirtcamLayout *to, guint8 *to_data,
    const GstVirtcamLayout *from, const guint8 *from_data)
{
  for (guint i = 0; i < from->n_planes; i++) {
    guint8 *out = to_data + to->offset[i];
    const guint8 *in = from_data + from->offset[i];

    for (guint row = 0; row < from->rows[i]; row++) {
      memcpy (out, in, from->row_bytes[i]);
      out += to->stride[i];
      in += from->stride[i];
    }
  }
}

/* Frames */

gboolean
gst_virtcam_frames_equal (const GstVirtcamFrames *a, const GstVirtcamFrames *b)
{
  return a->format == b->format && a->width == b->width &&
         a->height == b->height && a->has_layout == b->has_layout &&
         (!a->has_layout || gst_virtcam_layout_equal (&a->layout, &b->layout));
}

/* Bytes of each frame; 0 where each has its own. */
gsize
gst_virtcam_frames_get_size (const GstVirtcamFrames *self)
{
  return self->has_layout ? self->layout.size : 0;
}

/* Bytes of each frame in the nth piece of memory; 0 where each has its own. */
gsize
gst_virtcam_frames_get_memory_size (const GstVirtcamFrames *self, guint n)
{
  if (self->format->n_memories == 1)
    return gst_virtcam_frames_get_size (self);
  return (gsize) self->layout.stride[n] * self->layout.rows[n];
}

/* Every buffer of raw video says where its planes are. NULL: they have none that
 * a GstVideoMeta could describe; it knows no Bayer. */
GstVideoMeta *
gst_virtcam_frames_describe (const GstVirtcamFrames *self, GstBuffer *buffer,
    const GstVirtcamLayout *layout)
{
  GstVirtcamLayout planes = *layout;

  if (!self->has_layout || self->format->media == GST_VIRTCAM_MEDIA_BAYER)
    return NULL;
  return gst_buffer_add_video_meta_full (buffer, self->flags,
      self->format->format, self->width, self->height, planes.n_planes,
      planes.offset, planes.stride);
}
