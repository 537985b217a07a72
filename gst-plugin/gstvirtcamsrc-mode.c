/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From a choice to a mode that the device has accepted, and that the caps
 * describe in full. Nothing is tried out: S_FMT is the test, and a guess that it
 * does not confirm leaves the device in the nearest mode, for the search that
 * follows to set another. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

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
picture_of_choice (const GstVirtcamChoice *choice)
{
  const GstStructure *structure = gst_caps_get_structure (choice->caps, 0);
  struct v4l2_pix_format picture = { .pixelformat = choice->format->fourcc };
  gint width = 0, height = 0;

  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  picture.width = width;
  picture.height = height;
  picture.field = V4L2_FIELD_NONE;
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

static void
post_other_picture (GstVirtcamSrc *self, const struct v4l2_pix_format *asked,
    const struct v4l2_pix_format *got)
{
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("Camera %s does not do a mode that it offers. Ask for another one with "
       "a caps filter.",
          virtcam_node_get_path (self->node)),
      ("asked for %" GST_FOURCC_FORMAT " %ux%u, got %" GST_FOURCC_FORMAT
       " %ux%u, field order %u",
          GST_FOURCC_ARGS (asked->pixelformat), asked->width, asked->height,
          GST_FOURCC_ARGS (got->pixelformat), got->width, got->height,
          got->field));
}

/* A driver that cannot leave old buffers to their holders says EBUSY until
 * these have let go, and a peer does when it is asked to drain. */
static gboolean
set_format_after_drain (
    GstVirtcamSrc *self, struct v4l2_pix_format *picture, GError **error)
{
  g_autoptr (GError) busy = NULL;
  g_autoptr (GstQuery) drain = NULL;
  guint none = 0;

  if (virtcam_node_set_format (self->node, picture, &busy))
    return TRUE;
  /* without buffers of this element's it is another program that has some */
  if (!g_error_matches (busy, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_BUSY) ||
      !gst_pad_has_current_caps (GST_BASE_SRC_PAD (self)) ||
      virtcam_node_request_buffers (
          self->node, V4L2_MEMORY_MMAP, &none, NULL)) {
    g_propagate_error (error, g_steal_pointer (&busy));
    return FALSE;
  }
  drain = gst_query_new_drain ();
  gst_pad_peer_query (GST_BASE_SRC_PAD (self), drain);
  none = 0;
  if (virtcam_node_request_buffers (self->node, V4L2_MEMORY_MMAP, &none, NULL))
    return virtcam_node_set_format (self->node, picture, error);
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_FAILED,
      "%s; its driver needs every buffer back first, and downstream holds some",
      busy->message);
  return FALSE;
}

/* A guess may have been wrong: the device is asked what it can do then. */
static GstVirtcamApplied
guess_picture (GstVirtcamSrc *self, struct v4l2_pix_format *picture)
{
  struct v4l2_pix_format asked = *picture;

  if (virtcam_node_set_format (self->node, picture, NULL) &&
      is_what_was_asked (&asked, picture))
    return GST_VIRTCAM_APPLIED;
  return GST_VIRTCAM_APPLIED_OTHER;
}

static GstVirtcamApplied
set_picture (GstVirtcamSrc *self, struct v4l2_pix_format *picture)
{
  struct v4l2_pix_format asked = *picture;
  g_autoptr (GError) error = NULL;
  gboolean ok = set_format_after_drain (self, picture, &error);

  /* a source that gives fields alone does not weave them */
  if (ok && is_alternate (picture) && !is_alternate (&asked)) {
    asked.field = V4L2_FIELD_ALTERNATE;
    asked.height /= 2;
    *picture = asked;
    ok = virtcam_node_set_format (self->node, picture, &error);
  }
  if (!ok) {
    gst_virtcam_src_post_error (self, "set the format", error);
    return GST_VIRTCAM_APPLIED_NOT;
  }
  if (is_what_was_asked (&asked, picture))
    return GST_VIRTCAM_APPLIED;
  if (virtcam_node_forget_recalled (self->node))
    return GST_VIRTCAM_APPLIED_OTHER;
  post_other_picture (self, &asked, picture);
  return GST_VIRTCAM_APPLIED_NOT;
}

/* APPLIED: the device does just the rate in structure, and says so. NOT: it does
 * not change it now. */
static GstVirtcamApplied
guess_rate (GstVirtcamSrc *self, const GstStructure *structure)
{
  struct v4l2_fract interval;
  gint n = 0, d = 1;

  gst_structure_get_fraction (structure, "framerate", &n, &d);
  interval = (struct v4l2_fract){ .numerator = d, .denominator = n };
  if (!virtcam_node_set_interval (self->node, &interval, NULL))
    return GST_VIRTCAM_APPLIED_NOT;
  if (interval.numerator > 0 && interval.denominator > 0 &&
      (guint64) interval.numerator * n == (guint64) interval.denominator * d)
    return GST_VIRTCAM_APPLIED;
  return GST_VIRTCAM_APPLIED_OTHER;
}

/* A rate that the device made different goes into structure. */
static gboolean
set_rate (GstVirtcamSrc *self, GstStructure *structure, GError **error)
{
  struct v4l2_fract interval;
  gint n = 0, d = 1;

  gst_structure_get_fraction (structure, "framerate", &n, &d);
  interval = (struct v4l2_fract){ .numerator = d, .denominator = n };
  if (!virtcam_node_set_interval (self->node, &interval, error))
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
static void
settle_field_order (GstVirtcamSrc *self, struct v4l2_pix_format *picture)
{
  v4l2_std_id standard;

  if (picture->field != V4L2_FIELD_INTERLACED ||
      !virtcam_node_get_standard (self->node, &standard))
    return;
  picture->field = (standard & V4L2_STD_525_60) ? V4L2_FIELD_INTERLACED_BT
                                                : V4L2_FIELD_INTERLACED_TB;
}

/* A scaler may stretch: what it takes from and what it makes tell how much. */
static void
describe_aspect (GstVirtcamSrc *self, GstStructure *structure,
    const GstVirtcamChoice *choice, const struct v4l2_pix_format *picture)
{
  struct v4l2_cropcap native;
  struct v4l2_rect crop;
  gint n, d;

  if (choice->size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
    return;
  virtcam_node_get_native (self->node, &native);
  if (native.defrect.width == 0)
    return;
  n = native.pixelaspect.denominator;
  d = native.pixelaspect.numerator;
  if (virtcam_node_get_crop (self->node, &crop) && crop.width > 0 &&
      crop.height > 0 &&
      gst_util_fraction_multiply (n, d, crop.width, picture->width, &n, &d))
    gst_util_fraction_multiply (
        n, d, frame_height (picture), crop.height, &n, &d);
  gst_structure_set (
      structure, "pixel-aspect-ratio", GST_TYPE_FRACTION, n, d, NULL);
}

static void
describe_picture (GstVirtcamSrc *self, GstCaps *caps,
    const GstVirtcamChoice *choice, const struct v4l2_pix_format *picture)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);

  gst_virtcam_structure_set_picture (structure, picture);
  describe_aspect (self, structure, choice, picture);
  if (is_alternate (picture))
    gst_caps_set_features_simple (
        caps, gst_caps_features_new (GST_CAPS_FEATURE_FORMAT_INTERLACED, NULL));
}

static gboolean
peer_takes (GstVirtcamSrc *self, GstCaps *agreed, GstCaps *final)
{
  return gst_caps_is_subset (final, agreed) ||
         gst_pad_peer_query_accept_caps (GST_BASE_SRC_PAD (self), final);
}

/* What the device made of the choice may be more than was agreed. */
static gboolean
check_peer (GstVirtcamSrc *self, GstCaps *agreed, GstCaps *final)
{
  g_autoptr (GstCaps) peer = NULL;

  if (peer_takes (self, agreed, final))
    return TRUE;
  peer = gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), NULL);
  gst_virtcam_src_post_no_caps (self, final, peer);
  return FALSE;
}

static void
remember_mode (GstVirtcamSrc *self, const GstVirtcamFormat *format,
    const struct v4l2_pix_format *picture, GstCaps *caps)
{
  GstVirtcamMode *mode = &self->mode;
  gint n = 0, d = 1;

  gst_structure_get_fraction (
      gst_caps_get_structure (caps, 0), "framerate", &n, &d);
  mode->format = format;
  mode->picture = *picture;
  mode->duration = gst_virtcam_frame_duration (n, d);
  if (is_alternate (picture) && GST_CLOCK_TIME_IS_VALID (mode->duration))
    mode->duration /= 2;
  mode->has_layout =
      gst_virtcam_layout_from_picture (&mode->layout, format, picture);
}

/* A layout that does not fit its buffer would let peers read behind it. */
static gboolean
check_layout (GstVirtcamSrc *self)
{
  const GstVirtcamMode *mode = &self->mode;

  if (!mode->has_layout)
    gst_virtcam_src_lengthen_lines (self);
  if (mode->has_layout || mode->format->media == GST_VIRTCAM_MEDIA_JPEG)
    return TRUE;
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("The driver of camera %s reports a frame size that cannot be.",
          virtcam_node_get_path (self->node)),
      ("%" GST_FOURCC_FORMAT " %ux%u with %u bytes a line in %u bytes",
          GST_FOURCC_ARGS (mode->picture.pixelformat), mode->picture.width,
          mode->picture.height, mode->picture.bytesperline,
          mode->picture.sizeimage));
  return FALSE;
}

static gboolean
has_picture (GstVirtcamSrc *self, const GstVirtcamChoice *choice)
{
  const struct v4l2_pix_format *now = &self->mode.picture;
  struct v4l2_pix_format wish;

  if (self->allocator == NULL || choice->format != self->mode.format)
    return FALSE;
  wish = picture_of_choice (choice);
  return wish.width == now->width && wish.height == now->height &&
         is_alternate (&wish) == is_alternate (now);
}

static GstVirtcamApplied
change_picture_and_rate (GstVirtcamSrc *self, const GstVirtcamChoice *choice,
    gboolean guessed, GstCaps *caps, struct v4l2_pix_format *picture)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  g_autoptr (GError) error = NULL;
  GstVirtcamApplied applied;

  /* the format of buffers in use cannot be changed */
  gst_virtcam_src_drop_buffers (self);
  *picture = picture_of_choice (choice);
  applied =
      guessed ? guess_picture (self, picture) : set_picture (self, picture);
  if (applied != GST_VIRTCAM_APPLIED)
    return applied;
  if (guessed && guess_rate (self, structure) != GST_VIRTCAM_APPLIED)
    return GST_VIRTCAM_APPLIED_OTHER;
  if (!guessed && !set_rate (self, structure, &error)) {
    gst_virtcam_src_post_error (self, "set the frame rate", error);
    return GST_VIRTCAM_APPLIED_NOT;
  }
  settle_field_order (self, picture);
  return GST_VIRTCAM_APPLIED;
}

/* Buffers, and what is in them, remain. NOT: the driver has to be stopped for
 * it. One that says another rate may keep that just because it streams. */
static GstVirtcamApplied
change_rate (GstVirtcamSrc *self, const GstVirtcamChoice *choice,
    gboolean guessed, GstCaps *caps)
{
  GstStructure *structure = gst_caps_get_structure (caps, 0);

  if (guessed)
    return guess_rate (self, structure);
  if (set_rate (self, structure, NULL) && peer_takes (self, choice->caps, caps))
    return GST_VIRTCAM_APPLIED;
  gst_structure_set_value (structure, "framerate",
      gst_structure_get_value (
          gst_caps_get_structure (choice->caps, 0), "framerate"));
  return GST_VIRTCAM_APPLIED_NOT;
}

static GstVirtcamApplied
change_mode (GstVirtcamSrc *self, const GstVirtcamChoice *choice,
    gboolean guessed, GstCaps *caps, struct v4l2_pix_format *picture)
{
  GstVirtcamApplied applied = GST_VIRTCAM_APPLIED_NOT;

  if (has_picture (self, choice))
    applied = change_rate (self, choice, guessed, caps);
  if (applied != GST_VIRTCAM_APPLIED_NOT)
    return applied;
  return change_picture_and_rate (self, choice, guessed, caps, picture);
}

/* Sets the chosen mode; caps then say what it is in full. guessed: the device may
 * not have it, which is no error. */
GstVirtcamApplied
gst_virtcam_src_apply (GstVirtcamSrc *self, const GstVirtcamChoice *choice,
    gboolean guessed, GstCaps **caps)
{
  g_autoptr (GstCaps) final = gst_caps_copy (choice->caps);
  struct v4l2_pix_format picture = self->mode.picture;
  GstVirtcamApplied applied =
      change_mode (self, choice, guessed, final, &picture);

  if (applied != GST_VIRTCAM_APPLIED)
    return applied;
  describe_picture (self, final, choice, &picture);
  if (!check_peer (self, choice->caps, final))
    return GST_VIRTCAM_APPLIED_NOT;
  remember_mode (self, choice->format, &picture, final);
  if (!check_layout (self))
    return GST_VIRTCAM_APPLIED_NOT;
  *caps = g_steal_pointer (&final);
  return GST_VIRTCAM_APPLIED;
}
