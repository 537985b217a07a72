/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the device enumerates and what the peer takes to one mode that the
 * device has accepted. Nothing is tried out: S_FMT is the test. */

#include "gstvirtcamfixate.h"
#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* Caps of the device */

static gboolean
is_wanted (GstCaps *filter, const GstStructure *structure)
{
  if (filter == NULL || gst_caps_is_any (filter))
    return TRUE;
  for (guint i = 0; i < gst_caps_get_size (filter); i++) {
    if (gst_structure_can_intersect (
            gst_caps_get_structure (filter, i), structure))
      return TRUE;
  }
  return FALSE;
}

static void
ask_rates (GstVirtcamSrc *self, GstStructure *structure, guint32 fourcc,
    guint width, guint height)
{
  const GArray *intervals =
      virtcam_node_get_intervals (self->node, fourcc, width, height);

  gst_virtcam_structure_set_rates (structure,
      (const struct v4l2_frmivalenum *) intervals->data, intervals->len);
}

/* A range of sizes has the rates of its smallest and of its largest, until the
 * size is settled and the device can be asked for that one. */
static void
ask_rates_of_range (GstVirtcamSrc *self, GstStructure *structure,
    guint32 fourcc, const struct v4l2_frmsize_stepwise *range)
{
  g_autoptr (GstStructure) small = gst_structure_new_empty ("small");
  g_autoptr (GstStructure) large = gst_structure_new_empty ("large");
  GValue both = G_VALUE_INIT;

  ask_rates (self, small, fourcc, range->min_width, range->min_height);
  ask_rates (self, large, fourcc, range->max_width, range->max_height);
  gst_value_list_merge (&both, gst_structure_get_value (small, "framerate"),
      gst_structure_get_value (large, "framerate"));
  gst_structure_take_value (structure, "framerate", &both);
}

static void
append_size (GstVirtcamSrc *self, GstCaps *caps, GstCaps *filter,
    const GstStructure *base, guint32 fourcc,
    const struct v4l2_frmsizeenum *size)
{
  g_autoptr (GstStructure) structure = gst_structure_copy (base);

  gst_virtcam_structure_set_size (structure, size);
  if (!is_wanted (filter, structure))
    return;
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE)
    ask_rates (
        self, structure, fourcc, size->discrete.width, size->discrete.height);
  else
    ask_rates_of_range (self, structure, fourcc, &size->stepwise);
  if (is_wanted (filter, structure))
    gst_caps_append_structure (caps, g_steal_pointer (&structure));
}

static void
append_format (GstVirtcamSrc *self, GstCaps *caps, GstCaps *filter,
    const GstVirtcamFormat *format)
{
  g_autoptr (GstStructure) base = gst_virtcam_format_to_structure (format);
  const GArray *sizes;

  if (!is_wanted (filter, base))
    return;
  sizes = virtcam_node_get_sizes (self->node, format->fourcc);
  for (guint i = 0; i < sizes->len; i++)
    append_size (self, caps, filter, base, format->fourcc,
        &g_array_index (sizes, struct v4l2_frmsizeenum, i));
}

/* The device's modes that meet the filter: others are not even asked for. */
static GstCaps *
device_caps (GstVirtcamSrc *self, GstCaps *filter)
{
  const GArray *fourccs = virtcam_node_get_fourccs (self->node);
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < fourccs->len; i++) {
    guint32 fourcc = g_array_index (fourccs, guint32, i);
    const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (fourcc);

    if (format)
      append_format (self, caps, filter, format);
  }
  return caps;
}

GstCaps *
gst_virtcam_src_get_caps (GstBaseSrc *base, GstCaps *filter)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);
  g_autoptr (GstCaps) caps = NULL;

  g_rw_lock_reader_lock (&self->node_lock);
  if (self->node)
    caps = device_caps (self, filter);
  if (self->node && virtcam_node_is_hung_up (self->node))
    caps = gst_virtcam_src_add_last_caps (self, caps);
  g_rw_lock_reader_unlock (&self->node_lock);
  if (caps == NULL)
    caps = gst_pad_get_pad_template_caps (GST_BASE_SRC_PAD (base));
  if (filter)
    return gst_caps_intersect_full (filter, caps, GST_CAPS_INTERSECT_FIRST);
  return g_steal_pointer (&caps);
}

/* From a choice to a mode */

/* The device's name for a choice; of two V4L2 names for one format, the one
 * that it has. */
static const GstVirtcamFormat *
find_format (GstVirtcamSrc *self, const GstStructure *choice)
{
  const GArray *fourccs = virtcam_node_get_fourccs (self->node);

  for (guint i = 0; i < fourccs->len; i++) {
    const GstVirtcamFormat *format =
        gst_virtcam_format_from_fourcc (g_array_index (fourccs, guint32, i));
    g_autoptr (GstStructure) structure = NULL;

    if (format == NULL)
      continue;
    structure = gst_virtcam_format_to_structure (format);
    if (gst_structure_can_intersect (structure, choice))
      return format;
  }
  return NULL;
}

/* Size first: a range of sizes has rates only once the size is settled. If
 * these are not the peer's, choice is left with them. */
static gboolean
fixate_choice (GstVirtcamSrc *self, GstStructure *choice, guint32 fourcc)
{
  const GValue *framerate = gst_structure_get_value (choice, "framerate");
  GValue wish = G_VALUE_INIT, common = G_VALUE_INIT;
  gint width = 0, height = 0;
  gboolean ok;

  g_value_init (&wish, G_VALUE_TYPE (framerate));
  g_value_copy (framerate, &wish);
  gst_virtcam_structure_fixate_size (choice);
  gst_structure_get_int (choice, "width", &width);
  gst_structure_get_int (choice, "height", &height);
  ask_rates (self, choice, fourcc, width, height);
  framerate = gst_structure_get_value (choice, "framerate");
  ok = gst_value_intersect (&common, &wish, framerate);
  g_value_unset (&wish);
  if (!ok)
    return FALSE;
  gst_structure_take_value (choice, "framerate", &common);
  gst_virtcam_structure_fixate (choice);
  return TRUE;
}

static gboolean
check_picture (GstVirtcamSrc *self, const struct v4l2_pix_format *asked,
    const struct v4l2_pix_format *got)
{
  if (got->pixelformat == asked->pixelformat && got->width == asked->width &&
      got->height == asked->height && gst_virtcam_interlace_mode (got->field))
    return TRUE;

  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("Camera %s does not do a mode that it offers. Ask for another one with "
       "a caps filter.",
          virtcam_node_get_path (self->node)),
      ("asked for %" GST_FOURCC_FORMAT " %ux%u, got %" GST_FOURCC_FORMAT
       " %ux%u, field order %u",
          GST_FOURCC_ARGS (asked->pixelformat), asked->width, asked->height,
          GST_FOURCC_ARGS (got->pixelformat), got->width, got->height,
          got->field));
  return FALSE;
}

static gboolean
set_picture (GstVirtcamSrc *self, const GstVirtcamFormat *format,
    const GstStructure *choice, struct v4l2_pix_format *picture)
{
  struct v4l2_pix_format asked = { .pixelformat = format->fourcc,
    .field = V4L2_FIELD_NONE };
  g_autoptr (GError) error = NULL;
  gint width = 0, height = 0;

  gst_structure_get_int (choice, "width", &width);
  gst_structure_get_int (choice, "height", &height);
  asked.width = width;
  asked.height = height;
  *picture = asked;
  if (!virtcam_node_set_format (self->node, picture, &error)) {
    gst_virtcam_src_post_error (self, "set the format", error);
    return FALSE;
  }
  return check_picture (self, &asked, picture);
}

/* A rate that the device made different goes into choice. */
static gboolean
set_rate (GstVirtcamSrc *self, GstStructure *choice)
{
  g_autoptr (GError) error = NULL;
  struct v4l2_fract interval;
  gint n = 0, d = 1;

  gst_structure_get_fraction (choice, "framerate", &n, &d);
  interval = (struct v4l2_fract){ .numerator = d, .denominator = n };
  if (!virtcam_node_set_interval (self->node, &interval, &error)) {
    gst_virtcam_src_post_error (self, "set the frame rate", error);
    return FALSE;
  }
  if (interval.numerator == 0 || interval.denominator == 0)
    return TRUE;
  if (gst_util_fraction_compare (
          n, d, interval.denominator, interval.numerator) != 0)
    gst_structure_set (choice, "framerate", GST_TYPE_FRACTION,
        (gint) interval.denominator, (gint) interval.numerator, NULL);
  return TRUE;
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

/* What the device made of the choice may be more than was agreed. */
static gboolean
check_peer (GstVirtcamSrc *self, GstCaps *agreed, GstCaps *final)
{
  g_autoptr (GstCaps) peer = NULL;

  if (gst_caps_is_subset (final, agreed) ||
      gst_pad_peer_query_accept_caps (GST_BASE_SRC_PAD (self), final))
    return TRUE;
  peer = gst_pad_peer_query_caps (GST_BASE_SRC_PAD (self), NULL);
  gst_virtcam_src_post_no_caps (self, final, peer);
  return FALSE;
}

/* Sets the chosen mode; the caps then say what it is in full. */
static GstCaps *
apply_choice (GstVirtcamSrc *self, GstCaps *agreed)
{
  g_autoptr (GstCaps) final = gst_caps_copy (agreed);
  GstStructure *choice = gst_caps_get_structure (final, 0);
  const GstVirtcamFormat *format = find_format (self, choice);
  struct v4l2_pix_format picture;

  /* the format of buffers in use cannot be changed */
  gst_virtcam_src_drop_buffers (self);
  if (!set_picture (self, format, choice, &picture) || !set_rate (self, choice))
    return NULL;
  gst_virtcam_structure_set_picture (choice, &picture);
  if (!check_peer (self, agreed, final))
    return NULL;

  remember_mode (self, format, &picture, final);
  return check_layout (self) ? g_steal_pointer (&final) : NULL;
}

/* The mode that runs is as good as any other that the peer takes. */
static gboolean
keep_mode (GstVirtcamSrc *self, GstCaps *peer)
{
  g_autoptr (GstCaps) current =
      gst_pad_get_current_caps (GST_BASE_SRC_PAD (self));

  return current && (self->allocator || self->import) &&
         gst_caps_can_intersect (current, peer);
}

/* A device that is gone enumerates nothing, which is another matter. */
static void
explain_no_choice (GstVirtcamSrc *self, GstCaps *peer)
{
  g_autoptr (GstCaps) all = device_caps (self, NULL);
  g_autoptr (GError) error = NULL;

  if (!virtcam_node_check_present (self->node, &error))
    gst_virtcam_src_post_error (self, "negotiate", error);
  else if (gst_caps_is_empty (all))
    GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
        ("%s has no video in a format that GStreamer knows. Set the property "
         "\"device\" to another camera.",
            virtcam_node_get_path (self->node)),
        ("\"%s\" enumerates %u formats", virtcam_node_get_card (self->node),
            virtcam_node_get_fourccs (self->node)->len));
  else
    gst_virtcam_src_post_no_caps (self, all, peer);
}

/* What both sides can do, settled; NULL after posting why not. */
static GstCaps *
choose_caps (GstVirtcamSrc *self, GstCaps *peer)
{
  g_autoptr (GstCaps) camera = device_caps (self, peer);
  g_autoptr (GstCaps) agreed = gst_virtcam_caps_choose (camera, peer);
  GstStructure *choice;

  if (agreed == NULL) {
    explain_no_choice (self, peer);
    return NULL;
  }
  choice = gst_caps_get_structure (agreed, 0);
  if (!fixate_choice (self, choice, find_format (self, choice)->fourcc)) {
    gst_virtcam_src_post_no_caps (self, agreed, peer);
    return NULL;
  }
  return g_steal_pointer (&agreed);
}

gboolean
gst_virtcam_src_negotiate (GstBaseSrc *base)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (base);
  g_autoptr (GstCaps) peer =
      gst_pad_peer_query_caps (GST_BASE_SRC_PAD (base), NULL);
  g_autoptr (GstCaps) agreed = NULL;
  g_autoptr (GstCaps) final = NULL;

  if (keep_mode (self, peer))
    return TRUE;
  gst_virtcam_src_prefer_last_caps (self, &peer);
  agreed = choose_caps (self, peer);
  if (agreed == NULL)
    return FALSE;
  final = apply_choice (self, agreed);
  if (final == NULL)
    return FALSE;
  GST_INFO_OBJECT (self, "negotiated %" GST_PTR_FORMAT, final);
  return gst_base_src_set_caps (base, final);
}
