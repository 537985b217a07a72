/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a node is set to. */

#include "v4l2/node.h"

#include <errno.h>
#include <string.h>

/* What the two APIs say of a picture is the same, but for more bits in one. */
static void
from_planes (struct v4l2_pix_format *picture,
    const struct v4l2_pix_format_mplane *planes)
{
  guint32 size = 0;

  for (guint i = 0; i < MIN (planes->num_planes, VIDEO_MAX_PLANES); i++)
    size += planes->plane_fmt[i].sizeimage;
  *picture = (struct v4l2_pix_format){ .width = planes->width,
    .height = planes->height,
    .pixelformat = planes->pixelformat,
    .field = planes->field,
    .bytesperline = planes->plane_fmt[0].bytesperline,
    .sizeimage = size,
    .colorspace = planes->colorspace,
    .priv = V4L2_PIX_FMT_PRIV_MAGIC,
    .flags = planes->flags,
    .ycbcr_enc = planes->ycbcr_enc,
    .quantization = planes->quantization,
    .xfer_func = planes->xfer_func };
}

static void
to_planes (struct v4l2_pix_format_mplane *to,
    const struct v4l2_pix_format *picture,
    const struct v4l2_plane_pix_format *planes)
{
  *to = (struct v4l2_pix_format_mplane){ .width = picture->width,
    .height = picture->height,
    .pixelformat = picture->pixelformat,
    .field = picture->field,
    .colorspace = picture->colorspace,
    .num_planes = 1,
    .flags = picture->flags,
    .ycbcr_enc = picture->ycbcr_enc,
    .quantization = picture->quantization,
    .xfer_func = picture->xfer_func };
  memcpy (to->plane_fmt, planes, sizeof to->plane_fmt);
  to->plane_fmt[0].bytesperline = picture->bytesperline;
  to->plane_fmt[0].sizeimage = picture->sizeimage;
}

static gboolean
has_planes (const GstVirtcamNode *self)
{
  return V4L2_TYPE_IS_MULTIPLANAR (gst_virtcam_node_get_type (self));
}

static void
read_format (const GstVirtcamNode *self, const struct v4l2_format *format,
    struct v4l2_pix_format *picture)
{
  if (has_planes (self))
    from_planes (picture, &format->fmt.pix_mp);
  else
    *picture = format->fmt.pix;
}

/* In the words of the device's API. */
gboolean
gst_virtcam_node_ask_format (
    GstVirtcamNode *self, struct v4l2_format *format, GError **error)
{
  *format = (struct v4l2_format){ .type = gst_virtcam_node_get_type (self) };
  if (gst_virtcam_node_ioctl (self, VIDIOC_G_FMT, format) < 0)
    return gst_virtcam_node_fail (self, "G_FMT", error);
  return TRUE;
}

gboolean
gst_virtcam_node_get_format (
    GstVirtcamNode *self, struct v4l2_pix_format *picture, GError **error)
{
  struct v4l2_format format;

  if (!gst_virtcam_node_ask_format (self, &format, error))
    return FALSE;
  read_format (self, &format, picture);
  return TRUE;
}

/* picture: the wish (0 where there is none), then what the device made of it,
 * which need not be the same. planes, VIDEO_MAX_PLANES of them: the same for the
 * second one and those that follow, which have pieces of memory of their own. */
gboolean
gst_virtcam_node_set_format (GstVirtcamNode *self,
    struct v4l2_pix_format *picture, struct v4l2_plane_pix_format *planes,
    GError **error)
{
  struct v4l2_format format = { .type = gst_virtcam_node_get_type (self) };

  if (has_planes (self))
    to_planes (&format.fmt.pix_mp, picture, planes);
  else
    format.fmt.pix = *picture;
  if (gst_virtcam_node_ioctl (self, VIDIOC_S_FMT, &format) < 0)
    return gst_virtcam_node_fail (self, "S_FMT", error);
  read_format (self, &format, picture);
  if (has_planes (self))
    memcpy (planes, format.fmt.pix_mp.plane_fmt,
        sizeof format.fmt.pix_mp.plane_fmt);
  return TRUE;
}

/* Whether it can be said in caps, whose numbers are ints. */
gboolean
gst_virtcam_fract_is_valid (const struct v4l2_fract *fract)
{
  return fract->numerator > 0 && fract->numerator <= G_MAXINT &&
         fract->denominator > 0 && fract->denominator <= G_MAXINT;
}

/* interval: the wish, then what the device does; 0/0 when it does not say, or
 * what cannot be. */
gboolean
gst_virtcam_node_set_interval (
    GstVirtcamNode *self, struct v4l2_fract *interval, GError **error)
{
  struct v4l2_streamparm parm = { .type = gst_virtcam_node_get_type (self) };
  gint result = -1;

  errno = 0;
  /* parm.output has the same fields at the same place */
  parm.parm.capture.timeperframe = *interval;
  if (interval->numerator > 0 && interval->denominator > 0)
    result = gst_virtcam_node_ioctl (self, VIDIOC_S_PARM, &parm);
  if (result < 0 && errno == EBUSY)
    return gst_virtcam_node_fail (self, "S_PARM", error);
  if (result < 0)
    result = gst_virtcam_node_ioctl (self, VIDIOC_G_PARM, &parm);
  if (result < 0 && errno == ENODEV)
    return gst_virtcam_node_fail (self, "G_PARM", error);

  *interval = parm.parm.capture.timeperframe;
  if (result < 0 || !gst_virtcam_fract_is_valid (interval))
    *interval = (struct v4l2_fract){ 0, 0 };
  return TRUE;
}

/* What of the native picture is taken; FALSE if the driver does not say, or what
 * cannot be. */
gboolean
gst_virtcam_node_get_crop (GstVirtcamNode *self, struct v4l2_rect *crop)
{
  struct v4l2_selection selection = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .target = V4L2_SEL_TGT_CROP };

  if (gst_virtcam_node_ioctl (self, VIDIOC_G_SELECTION, &selection) < 0)
    return FALSE;
  *crop = selection.r;
  return crop->width > 0 && crop->width <= G_MAXINT && crop->height > 0 &&
         crop->height <= G_MAXINT;
}

/* FALSE: what is captured is no analogue television. */
gboolean
gst_virtcam_node_get_standard (GstVirtcamNode *self, v4l2_std_id *standard)
{
  return gst_virtcam_node_ioctl (self, VIDIOC_G_STD, standard) == 0;
}

/* How many buffers the driver must have to go on capturing; 1 if unsaid. */
guint
gst_virtcam_node_get_min_buffers (GstVirtcamNode *self)
{
  struct v4l2_control control = { .id = V4L2_CID_MIN_BUFFERS_FOR_CAPTURE };

  if (gst_virtcam_node_ioctl (self, VIDIOC_G_CTRL, &control) < 0)
    return 1;
  return CLAMP (control.value, 1, VIDEO_MAX_FRAME);
}
