/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the driver lay frames out as the peer reads them, where it can. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static gboolean
is_same_mode (const struct v4l2_pix_format *a, const struct v4l2_pix_format *b)
{
  return a->pixelformat == b->pixelformat && a->width == b->width &&
         a->height == b->height && a->field == b->field;
}

static gboolean
report_lost_mode (GstVirtcamSrc *self, const struct v4l2_pix_format *got)
{
  const struct v4l2_pix_format *had = &self->mode.picture;

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("Camera %s changes its mode when it is asked for the same again.",
          virtcam_node_get_path (self->node)),
      ("had %" GST_FOURCC_FORMAT " %ux%u, got %" GST_FOURCC_FORMAT " %ux%u",
          GST_FOURCC_ARGS (had->pixelformat), had->width, had->height,
          GST_FOURCC_ARGS (got->pixelformat), got->width, got->height));
  return FALSE;
}

/* The mode of now but for the length of a line, which is the driver's to
 * decide; no buffers may be there. Setting a format resets the rate of some drivers (uvcvideo). */
gboolean
gst_virtcam_src_set_bytesperline (GstVirtcamSrc *self, guint32 bytesperline)
{
  GstVirtcamMode *mode = &self->mode;
  struct v4l2_pix_format picture = mode->picture;
  struct v4l2_fract interval = { 0, 0 };
  g_autoptr (GError) error = NULL;

  picture.bytesperline = bytesperline;
  picture.sizeimage = 0;
  if (!virtcam_node_set_interval (self->node, &interval, &error) ||
      !virtcam_node_set_format (self->node, &picture, &error) ||
      !virtcam_node_set_interval (self->node, &interval, &error)) {
    gst_virtcam_src_post_error (self, "set the length of its lines", error);
    return FALSE;
  }
  if (!is_same_mode (&picture, &mode->picture))
    return report_lost_mode (self, &picture);

  GST_DEBUG_OBJECT (self, "asked for lines of %u bytes, got %u", bytesperline,
      picture.bytesperline);
  mode->picture = picture;
  mode->has_layout =
      gst_virtcam_layout_from_picture (&mode->layout, mode->format, &picture);
  return TRUE;
}

static gboolean
is_met (GstVirtcamSrc *self, const GstVirtcamLayout *layout)
{
  const GstVirtcamMode *mode = &self->mode;

  return gst_virtcam_demand_is_met (&self->demand, mode->format,
      mode->picture.width, mode->picture.height, layout);
}

/* Whether lines of so many bytes would be what the peer wants, if the driver
 * made them so. */
static gboolean
would_be_met (GstVirtcamSrc *self, guint bytesperline)
{
  struct v4l2_pix_format picture = self->mode.picture;
  GstVirtcamLayout layout;

  picture.bytesperline = bytesperline;
  picture.sizeimage = G_MAXUINT32;
  return gst_virtcam_layout_from_picture (
             &layout, self->mode.format, &picture) &&
         is_met (self, &layout);
}

/* The driver kept to its own: nor shall it be left with half of a wish. */
static gboolean
go_back (GstVirtcamSrc *self, guint32 bytesperline)
{
  self->refused_bytesperline = self->copy_layout.stride[0];
  if (self->mode.picture.bytesperline == bytesperline)
    return TRUE;
  return gst_virtcam_src_set_bytesperline (self, bytesperline) &&
         (self->mode.has_layout ||
             report_lost_mode (self, &self->mode.picture));
}

/* Leaves in copy_layout what the peer wants, and in copy_always whether frames
 * have to be copied there. FALSE after posting an error. */
gboolean
gst_virtcam_src_fit_layout (GstVirtcamSrc *self)
{
  GstVirtcamMode *mode = &self->mode;
  GstVirtcamLayout *wanted = &self->copy_layout;
  guint32 before = mode->picture.bytesperline;

  self->copy_always = FALSE;
  if (!mode->has_layout || is_met (self, &mode->layout))
    return TRUE;

  self->copy_always = TRUE;
  if (!gst_virtcam_demand_to_layout (&self->demand, mode->format,
          mode->picture.width, mode->picture.height, wanted))
    return FALSE;
  if (self->refused_bytesperline == (guint32) wanted->stride[0] ||
      !would_be_met (self, wanted->stride[0]))
    return TRUE;

  gst_virtcam_src_drop_buffers (self);
  if (!gst_virtcam_src_set_bytesperline (self, wanted->stride[0]))
    return FALSE;
  if (!mode->has_layout || !is_met (self, &mode->layout))
    return go_back (self, before);
  self->copy_always = FALSE;
  return TRUE;
}

/* Every buffer of raw video says where its planes are. GstVideoMeta has no
 * Bayer. */
void
gst_virtcam_src_describe (
    GstVirtcamSrc *self, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVirtcamMode *mode = &self->mode;

  if (mode->has_layout && mode->format->media != GST_VIRTCAM_MEDIA_BAYER &&
      gst_buffer_get_video_meta (buffer) == NULL)
    gst_buffer_add_video_meta_full (buffer, GST_VIDEO_FRAME_FLAG_NONE,
        mode->format->format, mode->picture.width, mode->picture.height,
        layout->n_planes, layout->offset, layout->stride);
}

/* Lines that are too short for whole pixels, such as an odd number of them in
 * packed 4:2:2 with half of a pair at its end: asks for longer ones. */
void
gst_virtcam_src_lengthen_lines (GstVirtcamSrc *self)
{
  GstVirtcamMode *mode = &self->mode;
  GstVirtcamLayout usual;

  if (gst_virtcam_layout_default (
          &usual, mode->format, mode->picture.width, mode->picture.height) &&
      mode->picture.bytesperline < (guint) usual.row_bytes[0])
    gst_virtcam_src_set_bytesperline (self, usual.stride[0]);
}
