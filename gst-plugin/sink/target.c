/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/target.h"

#include "pixel/caps.h"
#include "v4l2/modes.h"

/* Frames in several pieces of memory are left to the formats in one. */
static gboolean
is_format_of (const GstVirtcamFormat *format, const GstStructure *structure)
{
  g_autoptr (GstStructure) possible = NULL;

  if (format == NULL || format->n_memories != 1)
    return FALSE;
  possible = gst_virtcam_format_to_structure (format);
  return gst_structure_can_intersect (possible, structure);
}

static const GstVirtcamFormat *
find_offered_format (GstVirtcamNode *node, const GstStructure *structure)
{
  g_autoptr (GArray) formats =
      gst_virtcam_modes_get_formats (gst_virtcam_node_get_modes (node));

  for (guint i = 0; i < formats->len; i++) {
    const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (
        g_array_index (formats, struct v4l2_fmtdesc, i).pixelformat);

    if (is_format_of (format, structure))
      return format;
  }
  return NULL;
}

/* The camera's own name for the format; where it is not offered now, any. */
static const GstVirtcamFormat *
find_format (GstVirtcamNode *node, const GstStructure *structure)
{
  const GstVirtcamFormat *format =
      node ? find_offered_format (node, structure) : NULL;

  if (format)
    return format;
  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++)
    if (is_format_of (format, structure))
      return format;
  return NULL;
}

/* The colorimetry also where the caps leave it to what is usual for the size. */
static void
read_info (GstVirtcamTarget *self, GstCaps *raw)
{
  g_autofree gchar *name = NULL;
  GstVideoInfo info;

  if (!self->format || self->format->format == GST_VIDEO_FORMAT_ENCODED ||
      !gst_video_info_from_caps (&info, raw))
    return;
  self->interlace_mode = GST_VIDEO_INFO_INTERLACE_MODE (&info);
  name = gst_video_colorimetry_to_string (&info.colorimetry);
  if (name)
    g_strlcpy (self->colorimetry, name, sizeof self->colorimetry);
}

/* FALSE: V4L2 has no such video. */
gboolean
gst_virtcam_target_from_caps (
    GstVirtcamTarget *self, GstVirtcamNode *node, GstCaps *caps)
{
  g_autoptr (GstCaps) raw = gst_virtcam_drm_to_raw (caps);
  const GstStructure *structure = gst_caps_get_structure (raw, 0);
  gint width, height, n = 0, d = 1;

  if (!gst_structure_get_int (structure, "width", &width) ||
      !gst_structure_get_int (structure, "height", &height))
    return FALSE;
  gst_structure_get_fraction (structure, "framerate", &n, &d);
  *self = (GstVirtcamTarget){ .format = find_format (node, structure),
    .width = width,
    .height = height,
    .exported = gst_virtcam_drm_is_caps (caps) };
  read_info (self, raw);
  if (n > 0)
    self->interval = (struct v4l2_fract){ d, n };
  return self->format != NULL;
}

static gboolean
has_size (const GstVirtcamTarget *self, const struct v4l2_frmsizeenum *size)
{
  const struct v4l2_frmsize_stepwise *s = &size->stepwise;

  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE)
    return size->discrete.width == self->width &&
           size->discrete.height == self->height;
  return self->width >= s->min_width && self->width <= s->max_width &&
         self->height >= s->min_height && self->height <= s->max_height;
}

/* Whether the camera lists it: it does not while viewers have another mode. */
gboolean
gst_virtcam_target_is_offered (
    const GstVirtcamTarget *self, GstVirtcamNode *node)
{
  GstVirtcamModes *modes = gst_virtcam_node_get_modes (node);
  g_autoptr (GArray) sizes = NULL;
  guint32 flags;

  if (!gst_virtcam_modes_get_flags (modes, self->format->fourcc, &flags))
    return FALSE;
  sizes = gst_virtcam_modes_get_sizes (modes, self->format->fourcc);
  for (guint i = 0; i < sizes->len; i++)
    if (has_size (self, &g_array_index (sizes, struct v4l2_frmsizeenum, i)))
      return TRUE;
  return FALSE;
}

gboolean
gst_virtcam_target_is_of (
    const GstVirtcamTarget *self, const GstVirtcamFrames *frames)
{
  return self->format && self->format->format == frames->format->format &&
         g_strcmp0 (self->format->caps, frames->format->caps) == 0 &&
         self->width == frames->width && self->height == frames->height;
}

/* What upstream writes into memory that it knows nothing else of. FALSE: coded
 * video has none. Of a picture of two fields GStreamer rounds the rows of chroma up
 * for each field. */
gboolean
gst_virtcam_target_get_usual_layout (
    const GstVirtcamTarget *self, GstVirtcamLayout *layout)
{
  GstVideoInfo info;

  if (!gst_virtcam_layout_default (
          layout, self->format, self->width, self->height))
    return FALSE;
  if (self->interlace_mode != GST_VIDEO_INTERLACE_MODE_PROGRESSIVE &&
      gst_video_info_set_interlaced_format (&info, self->format->format,
          self->interlace_mode, self->width, self->height))
    gst_virtcam_layout_place (layout, info.stride, info.offset);
  return TRUE;
}

gboolean
gst_virtcam_target_get_layout (const GstVirtcamTarget *self,
    guint32 bytesperline, GstVirtcamLayout *layout)
{
  const struct v4l2_pix_format picture = { .pixelformat = self->format->fourcc,
    .width = self->width,
    .height = self->height,
    .bytesperline = bytesperline,
    .sizeimage = G_MAXUINT32 };

  return gst_virtcam_layout_from_picture (layout, self->format, &picture);
}

/* The wish: a line is as long as upstream would have it (or bytesperline, unless
 * that is 0). Drivers believe it where the size leaves room for it. */
static struct v4l2_pix_format
make_picture (const GstVirtcamTarget *self, guint32 bytesperline)
{
  struct v4l2_pix_format picture = { .pixelformat = self->format->fourcc,
    .width = self->width,
    .height = self->height,
    .field = V4L2_FIELD_NONE };
  GstVirtcamLayout layout;

  /* of a picture that is given the driver needs not be asked to convert */
  if (gst_virtcam_colorimetry_to_picture (
          self->colorimetry, self->format->media, &picture))
    picture.flags &= ~V4L2_PIX_FMT_FLAG_SET_CSC;
  if (!gst_virtcam_target_get_usual_layout (self, &layout))
    return picture;
  picture.bytesperline = bytesperline ? bytesperline : (guint) layout.stride[0];
  gst_virtcam_target_get_layout (self, picture.bytesperline, &layout);
  picture.sizeimage = layout.size;
  return picture;
}

static gboolean
check_picture (const GstVirtcamTarget *self,
    const struct v4l2_pix_format *picture, gboolean fits, GError **error)
{
  gboolean same = picture->pixelformat == self->format->fourcc &&
                  picture->width == self->width &&
                  picture->height == self->height;

  if (same && fits)
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR,
      same ? GST_VIRTCAM_NODE_ERROR_BAD_SIZE
           : GST_VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "asked for %" GST_FOURCC_FORMAT " %ux%u, got %" GST_FOURCC_FORMAT
      " %ux%u, %u bytes a line in %u",
      GST_FOURCC_ARGS (self->format->fourcc), self->width, self->height,
      GST_FOURCC_ARGS (picture->pixelformat), picture->width, picture->height,
      picture->bytesperline, picture->sizeimage);
  return FALSE;
}

/* Sets the mode; frames: how the camera wants them. From then on the camera is
 * ours. There must be no buffers. GST_VIRTCAM_NODE_ERROR_UNSUPPORTED: the camera
 * would have another mode. (One that viewers have chosen is an EBUSY.) */
gboolean
gst_virtcam_target_set (const GstVirtcamTarget *self, GstVirtcamNode *node,
    guint32 bytesperline, GstVirtcamFrames *frames, GError **error)
{
  struct v4l2_pix_format picture = make_picture (self, bytesperline);
  struct v4l2_plane_pix_format planes[VIDEO_MAX_PLANES] = { 0 };
  struct v4l2_fract interval = self->interval;
  gboolean coded = self->format->media == GST_VIRTCAM_MEDIA_CODED;

  if (!gst_virtcam_node_set_format (node, &picture, planes, error))
    return FALSE;
  *frames = (GstVirtcamFrames){
    .format = self->format, .width = self->width, .height = self->height
  };
  frames->has_layout =
      gst_virtcam_layout_from_picture (&frames->layout, self->format, &picture);
  return check_picture (self, &picture, coded || frames->has_layout, error) &&
         gst_virtcam_node_set_interval (node, &interval, error);
}

gboolean
gst_virtcam_target_read_layout (
    const GstVirtcamTarget *self, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  if (meta && (meta->width != self->width || meta->height != self->height ||
                  meta->n_planes != layout->n_planes))
    return FALSE;
  if (meta)
    gst_virtcam_layout_place (layout, meta->stride, meta->offset);
  return gst_virtcam_layout_fits (layout, gst_buffer_get_size (buffer));
}
