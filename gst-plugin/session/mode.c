/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a choice to a mode that the device has accepted, and that the caps
 * describe in full. Nothing is tried out: S_FMT is the test. */

#include "session/mode.h"

#include "time/time.h"
#include "v4l2/modes.h"

static gboolean
is_alternate (const struct v4l2_pix_format *picture)
{
  return picture->field == V4L2_FIELD_ALTERNATE;
}

/* Of a whole picture; V4L2 counts a field's lines where fields come alone. */
static guint
frame_height (const struct v4l2_pix_format *picture)
{
  return is_alternate (picture) ? picture->height * 2 : picture->height;
}

/* In V4L2's words; the rest of the picture is the device's to say. */
static struct v4l2_pix_format
picture_of_choice (const GstVirtcamOffer *choice)
{
  const GstStructure *structure = gst_caps_get_structure (choice->caps, 0);
  struct v4l2_pix_format picture = { .pixelformat = choice->format->fourcc };
  const gchar *colorimetry =
      gst_structure_get_string (structure, "colorimetry");
  gint width = 0, height = 0;

  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  picture.width = width;
  picture.height = height;
  picture.field = V4L2_FIELD_NONE;
  if (colorimetry)
    gst_virtcam_colorimetry_to_picture (
        colorimetry, choice->format->media, &picture);
  if (gst_caps_features_contains (gst_caps_get_features (choice->caps, 0),
          GST_CAPS_FEATURE_FORMAT_INTERLACED)) {
    picture.field = V4L2_FIELD_ALTERNATE;
    picture.height /= 2;
  }
  return picture;
}

static gboolean
is_what_was_asked (
    const struct v4l2_pix_format *asked, const struct v4l2_pix_format *got)
{
  return got->pixelformat == asked->pixelformat && got->width == asked->width &&
         got->height == asked->height &&
         gst_virtcam_interlace_mode (got->field) != NULL;
}

static gboolean
refuse (GError **error, GstVirtcamNodeError code, const gchar *first,
    const struct v4l2_pix_format *a, const gchar *second,
    const struct v4l2_pix_format *b)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, code,
      "%s %" GST_FOURCC_FORMAT " %ux%u, field order %u, %s %" GST_FOURCC_FORMAT
      " %ux%u, field order %u",
      first, GST_FOURCC_ARGS (a->pixelformat), a->width, a->height, a->field,
      second, GST_FOURCC_ARGS (b->pixelformat), b->width, b->height, b->field);
  return FALSE;
}

static gboolean
set_picture (GstVirtcamNode *node, struct v4l2_pix_format *picture,
    struct v4l2_plane_pix_format *planes, GError **error)
{
  struct v4l2_pix_format asked = *picture;

  if (!gst_virtcam_node_set_format (node, picture, planes, error))
    return FALSE;
  /* a source that gives fields alone does not weave them */
  if (is_alternate (picture) && !is_alternate (&asked)) {
    asked.field = V4L2_FIELD_ALTERNATE;
    asked.height /= 2;
    *picture = asked;
    if (!gst_virtcam_node_set_format (node, picture, planes, error))
      return FALSE;
  }
  return is_what_was_asked (&asked, picture) ||
         refuse (error, GST_VIRTCAM_NODE_ERROR_OTHER_MODE, "asked for", &asked,
             "got", picture);
}

/* A rate that the device made different goes into structure. */
static gboolean
set_rate (GstVirtcamNode *node, GstStructure *structure, GError **error)
{
  struct v4l2_fract interval;
  gint n = 0, d = 1;

  gst_structure_get_fraction (structure, "framerate", &n, &d);
  interval = (struct v4l2_fract){ .numerator = d, .denominator = n };
  if (!gst_virtcam_node_set_interval (node, &interval, error))
    return FALSE;
  if (interval.numerator == 0 || interval.denominator == 0)
    return TRUE;
  if (gst_util_fraction_compare (
          n, d, interval.denominator, interval.numerator) != 0)
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION,
        (gint) interval.denominator, (gint) interval.numerator, NULL);
  return TRUE;
}

/* The order of interleaved fields follows from the television standard where
 * the driver leaves it at that. */
static guint32
find_field (GstVirtcamNode *node, guint32 field)
{
  v4l2_std_id standard;

  if (field != V4L2_FIELD_INTERLACED ||
      !gst_virtcam_node_get_standard (node, &standard))
    return field;
  return (standard & V4L2_STD_525_60) ? V4L2_FIELD_INTERLACED_BT
                                      : V4L2_FIELD_INTERLACED_TB;
}

/* A scaler may stretch: what it takes from and what it makes tell how much. */
static void
describe_aspect (GstVirtcamNode *node, GstStructure *structure,
    const GstVirtcamOffer *choice, const struct v4l2_pix_format *picture)
{
  GstVirtcamModes *modes = gst_virtcam_node_get_modes (node);
  struct v4l2_cropcap native;
  struct v4l2_rect crop;
  gint n, d;

  if (choice->size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
    return;
  native = gst_virtcam_modes_get_native (modes);
  if (native.defrect.width == 0)
    return;
  n = native.pixelaspect.denominator;
  d = native.pixelaspect.numerator;
  if (gst_virtcam_node_get_crop (node, &crop) &&
      gst_util_fraction_multiply (n, d, crop.width, picture->width, &n, &d))
    gst_util_fraction_multiply (
        n, d, frame_height (picture), crop.height, &n, &d);
  gst_structure_set (
      structure, "pixel-aspect-ratio", GST_TYPE_FRACTION, n, d, NULL);
}

/* The rate in caps is that of whole pictures. */
static void
describe (GstVirtcamMode *self, GstVirtcamNode *node,
    const GstVirtcamOffer *choice, GstCaps *caps)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  struct v4l2_pix_format picture = self->picture;
  gint n = 0, d = 1;

  picture.field = self->field;
  gst_virtcam_structure_set_picture (structure, &picture);
  describe_aspect (node, structure, choice, &picture);
  gst_structure_get_fraction (structure, "framerate", &n, &d);
  self->duration = gst_virtcam_frame_duration (n, d);
  if (!is_alternate (&picture))
    return;
  gst_caps_set_features_simple (
      caps, gst_caps_features_new (GST_CAPS_FEATURE_FORMAT_INTERLACED, NULL));
  if (GST_CLOCK_TIME_IS_VALID (self->duration))
    self->duration /= 2;
}

static void
find_layout (GstVirtcamMode *self, const struct v4l2_plane_pix_format *planes)
{
  self->has_layout = gst_virtcam_layout_from_planes (
      &self->layout, self->format, &self->picture, planes);
}

/* Lines that are too short for whole pixels, such as an odd number of them in
 * packed 4:2:2 with half of a pair at its end: asks for longer ones. */
static gboolean
lengthen_lines (GstVirtcamMode *self, GstVirtcamNode *node, GError **error)
{
  const struct v4l2_pix_format *picture = &self->picture;
  GstVirtcamLayout usual;

  return !gst_virtcam_layout_default (
             &usual, self->format, picture->width, picture->height) ||
         picture->bytesperline >= (guint) usual.row_bytes[0] ||
         gst_virtcam_mode_set_bytesperline (self, node, usual.stride[0], error);
}

/* A layout that does not fit its buffer would let peers read behind it. */
static gboolean
check_layout (GstVirtcamMode *self, GstVirtcamNode *node, GError **error)
{
  const struct v4l2_pix_format *picture = &self->picture;

  if (self->has_layout || self->format->media == GST_VIRTCAM_MEDIA_CODED)
    return TRUE;
  if (!lengthen_lines (self, node, error))
    return FALSE;
  if (self->has_layout)
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_BAD_SIZE,
      "%" GST_FOURCC_FORMAT " %ux%u with %u bytes a line in %u bytes",
      GST_FOURCC_ARGS (picture->pixelformat), picture->width, picture->height,
      picture->bytesperline, picture->sizeimage);
  return FALSE;
}

/* Sets the chosen mode; caps, which begin as the choice's, then say what it is
 * in full. There must be no buffers. */
gboolean
gst_virtcam_mode_apply (GstVirtcamMode *self, GstVirtcamNode *node,
    const GstVirtcamOffer *choice, GstCaps *caps, GError **error)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  struct v4l2_pix_format picture = picture_of_choice (choice);
  struct v4l2_plane_pix_format planes[VIDEO_MAX_PLANES] = { 0 };

  if (!set_picture (node, &picture, planes, error) ||
      !set_rate (node, structure, error))
    return FALSE;
  self->format = choice->format;
  self->picture = picture;
  self->field = find_field (node, picture.field);
  find_layout (self, planes);
  if (!check_layout (self, node, error))
    return FALSE;
  describe (self, node, choice, caps);
  return TRUE;
}

/* Whether the choice differs from the mode in the rate alone. */
gboolean
gst_virtcam_mode_is_picture_of (
    const GstVirtcamMode *self, const GstVirtcamOffer *choice)
{
  const struct v4l2_pix_format *now = &self->picture;
  struct v4l2_pix_format wish;

  if (choice->format != self->format)
    return FALSE;
  wish = picture_of_choice (choice);
  return wish.width == now->width && wish.height == now->height &&
         is_alternate (&wish) == is_alternate (now);
}

/* As gst_virtcam_mode_apply(), while there are buffers, which remain. FALSE: the
 * driver has to be stopped for it. */
gboolean
gst_virtcam_mode_change_rate (GstVirtcamMode *self, GstVirtcamNode *node,
    const GstVirtcamOffer *choice, GstCaps *caps)
{
  if (!set_rate (node, gst_caps_get_structure (caps, 0), NULL))
    return FALSE;
  describe (self, node, choice, caps);
  return TRUE;
}

/* Whether the driver's frames still are what the mode says. */
gboolean
gst_virtcam_mode_is_current (const GstVirtcamMode *self, GstVirtcamNode *node)
{
  const struct v4l2_pix_format *was = &self->picture;
  struct v4l2_pix_format now;

  return gst_virtcam_node_get_format (node, &now, NULL) &&
         now.pixelformat == was->pixelformat && now.width == was->width &&
         now.height == was->height && now.bytesperline == was->bytesperline &&
         now.colorspace == was->colorspace && now.ycbcr_enc == was->ycbcr_enc &&
         now.xfer_func == was->xfer_func &&
         now.quantization == was->quantization;
}

static gboolean
is_same_mode (const struct v4l2_pix_format *a, const struct v4l2_pix_format *b)
{
  return a->pixelformat == b->pixelformat && a->width == b->width &&
         a->height == b->height && a->field == b->field;
}

/* The mode of now but for the length of a line, which is the driver's to
 * decide; no buffers may be there. Setting a format resets the rate of some
 * drivers (uvcvideo). */
gboolean
gst_virtcam_mode_set_bytesperline (GstVirtcamMode *self, GstVirtcamNode *node,
    guint32 bytesperline, GError **error)
{
  struct v4l2_pix_format picture = self->picture;
  struct v4l2_plane_pix_format planes[VIDEO_MAX_PLANES] = { 0 };
  struct v4l2_fract interval = { 0, 0 };
  GstVirtcamLayout wish;

  picture.bytesperline = bytesperline;
  gst_virtcam_layout_from_picture (&wish, self->format, &picture);
  for (guint i = 0; i < wish.n_planes; i++)
    planes[i].bytesperline = wish.stride[i];
  picture.sizeimage = 0;
  picture.flags |= V4L2_PIX_FMT_FLAG_SET_CSC;
  if (!gst_virtcam_node_set_interval (node, &interval, error) ||
      !gst_virtcam_node_set_format (node, &picture, planes, error) ||
      !gst_virtcam_node_set_interval (node, &interval, error))
    return FALSE;
  if (!is_same_mode (&picture, &self->picture))
    return refuse (error, GST_VIRTCAM_NODE_ERROR_LOST_MODE, "had",
        &self->picture, "got", &picture);
  self->picture = picture;
  find_layout (self, planes);
  return TRUE;
}

GstVirtcamFrames
gst_virtcam_mode_get_frames (const GstVirtcamMode *self)
{
  gboolean interlaced = gst_virtcam_interlace_mode (self->field) != NULL &&
                        self->field != V4L2_FIELD_NONE &&
                        self->field != V4L2_FIELD_ANY;

  return (GstVirtcamFrames){
    .format = self->format,
    .width = self->picture.width,
    .height = frame_height (&self->picture),
    .flags = interlaced ? GST_VIDEO_FRAME_FLAG_INTERLACED
                        : GST_VIDEO_FRAME_FLAG_NONE,
    .has_layout = self->has_layout,
    .layout = self->layout,
  };
}
