/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure translation of what V4L2 says of a picture into fields of caps. */

#include "pixel/caps.h"

#include "pixel/compat.h"

/* Of a range of sizes it is known only once a size is set (set_picture): the
 * device may scale, or crop. */
void
gst_virtcam_structure_set_aspect (GstStructure *structure,
    const struct v4l2_frmsizeenum *size, const struct v4l2_cropcap *native)
{
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE || native->defrect.width == 0)
    gst_structure_set (structure, "pixel-aspect-ratio", GST_TYPE_FRACTION,
        (gint) native->pixelaspect.denominator,
        (gint) native->pixelaspect.numerator, NULL);
  else
    gst_structure_set (structure, "pixel-aspect-ratio", GST_TYPE_FRACTION_RANGE,
        1, G_MAXINT, G_MAXINT, 1, NULL);
}

/* A range whose ends are no multiples of its step cannot be said in caps:
 * leave the step out then, and let S_FMT tell. */
static void
set_range (GstStructure *structure, const gchar *field, guint min, guint max,
    guint step)
{
  GValue value = G_VALUE_INIT;

  if (step == 0 || min % step || max % step)
    step = 1;
  g_value_init (&value, GST_TYPE_INT_RANGE);
  gst_value_set_int_range_step (&value, min, max, step);
  gst_structure_take_value (structure, field, &value);
}

static void
set_extent (GstStructure *structure, const gchar *field, guint min, guint max,
    guint step)
{
  max = MIN (max, G_MAXINT);
  if (min < max)
    set_range (structure, field, min, max, step);
  else
    gst_structure_set (structure, field, G_TYPE_INT, (gint) max, NULL);
}

void
gst_virtcam_structure_set_size (
    GstStructure *structure, const struct v4l2_frmsizeenum *size)
{
  const struct v4l2_frmsize_stepwise *s = &size->stepwise;

  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE) {
    gst_structure_set (structure, "width", G_TYPE_INT,
        MIN (size->discrete.width, G_MAXINT), "height", G_TYPE_INT,
        MIN (size->discrete.height, G_MAXINT), NULL);
    return;
  }
  set_extent (structure, "width", s->min_width, s->max_width, s->step_width);
  set_extent (
      structure, "height", s->min_height, s->max_height, s->step_height);
}

static void
set_rate (GValue *value, const struct v4l2_fract *interval)
{
  g_value_init (value, GST_TYPE_FRACTION);
  if (interval->numerator == 0 || interval->denominator > G_MAXINT ||
      interval->numerator > G_MAXINT)
    gst_value_set_fraction (value, G_MAXINT, 1);
  else
    gst_value_set_fraction (value, interval->denominator, interval->numerator);
}

static void
set_rate_range (GValue *value, const struct v4l2_frmival_stepwise *stepwise)
{
  GValue low = G_VALUE_INIT, high = G_VALUE_INIT;

  set_rate (&low, &stepwise->max);
  set_rate (&high, &stepwise->min);
  if (gst_value_compare (&low, &high) == GST_VALUE_LESS_THAN) {
    g_value_init (value, GST_TYPE_FRACTION_RANGE);
    gst_value_set_fraction_range (value, &low, &high);
  } else {
    g_value_init (value, GST_TYPE_FRACTION);
    g_value_copy (&high, value);
  }
  g_value_unset (&low);
  g_value_unset (&high);
}

static void
set_rate_list (GValue *value, const struct v4l2_frmivalenum *intervals, guint n)
{
  g_value_init (value, GST_TYPE_LIST);
  for (guint i = 0; i < n; i++) {
    GValue item = G_VALUE_INIT;

    set_rate (&item, &intervals[i].discrete);
    gst_value_list_append_and_take_value (value, &item);
  }
}

/* No intervals at all: the device decides, and any wish is as good. */
void
gst_virtcam_structure_set_rates (GstStructure *structure,
    const struct v4l2_frmivalenum *intervals, guint n_intervals)
{
  GValue rates = G_VALUE_INIT;

  if (n_intervals == 0) {
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1,
        G_MAXINT, 1, NULL);
    return;
  }
  if (intervals[0].type != V4L2_FRMIVAL_TYPE_DISCRETE)
    set_rate_range (&rates, &intervals[0].stepwise);
  else if (n_intervals == 1)
    set_rate (&rates, &intervals[0].discrete);
  else
    set_rate_list (&rates, intervals, n_intervals);
  gst_structure_take_value (structure, "framerate", &rates);
}

/* What is known only once the device has accepted a format. */
void
gst_virtcam_structure_set_picture (
    GstStructure *structure, const struct v4l2_pix_format *picture)
{
  const GstVirtcamFormat *format =
      gst_virtcam_format_from_fourcc (picture->pixelformat);
  const gchar *interlace_mode = gst_virtcam_interlace_mode (picture->field);
  GstVideoColorimetry colorimetry;

  if (interlace_mode)
    gst_structure_set (
        structure, "interlace-mode", G_TYPE_STRING, interlace_mode, NULL);
  if (picture->field == V4L2_FIELD_INTERLACED_TB)
    gst_structure_set (
        structure, "field-order", G_TYPE_STRING, "top-field-first", NULL);
  if (picture->field == V4L2_FIELD_INTERLACED_BT)
    gst_structure_set (
        structure, "field-order", G_TYPE_STRING, "bottom-field-first", NULL);
  if (format && gst_virtcam_colorimetry_from_picture (
                    picture, format->media, &colorimetry)) {
    g_autofree gchar *name = gst_video_colorimetry_to_string (&colorimetry);

    if (name)
      gst_structure_set (structure, "colorimetry", G_TYPE_STRING, name, NULL);
  }
}

/* NULL: GStreamer has no name for such frames in one buffer. */
const gchar *
gst_virtcam_interlace_mode (guint32 field)
{
  switch (field) {
  case V4L2_FIELD_ANY:
  case V4L2_FIELD_NONE:
    return "progressive";
  case V4L2_FIELD_INTERLACED:
  case V4L2_FIELD_INTERLACED_TB:
  case V4L2_FIELD_INTERLACED_BT:
    return "interleaved";
  case V4L2_FIELD_ALTERNATE:
    return "alternate";
  default:
    return NULL;
  }
}

/* Whether whoever takes caps takes fields alone, too. */
gboolean
gst_virtcam_caps_take_fields (GstCaps *caps)
{
  gboolean take = gst_caps_is_any (caps);

  for (guint i = 0; !take && i < gst_caps_get_size (caps); i++) {
    const GstCapsFeatures *features = gst_caps_get_features (caps, i);

    take = gst_caps_features_is_any (features) ||
           gst_caps_features_contains (
               features, GST_CAPS_FEATURE_FORMAT_INTERLACED);
  }
  return take;
}

static gboolean
make_fields (GstCapsFeatures *features, GstStructure *structure,
    G_GNUC_UNUSED gpointer data)
{
  if (!gst_structure_has_name (structure, "video/x-raw"))
    return FALSE;
  gst_structure_set (
      structure, "interlace-mode", G_TYPE_STRING, "alternate", NULL);
  gst_caps_features_remove (features, GST_CAPS_FEATURE_MEMORY_SYSTEM_MEMORY);
  gst_caps_features_add (features, GST_CAPS_FEATURE_FORMAT_INTERLACED);
  return TRUE;
}

/* The raw video of whole, with one field a buffer. The caps feature
 * format:Interlaced keeps elements away that expect whole pictures. */
GstCaps *
gst_virtcam_caps_to_fields (GstCaps *whole)
{
  GstCaps *caps = gst_caps_copy (whole);

  gst_caps_filter_and_map_in_place (caps, make_fields, NULL);
  return caps;
}

/* Everything that the element could offer for some device. fields: also fields
 * that come alone. */
GstCaps *
gst_virtcam_caps_template (gboolean fields)
{
  GstCaps *raw = gst_caps_new_empty (), *others = gst_caps_new_empty ();
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    GstStructure *structure = gst_virtcam_format_to_structure (format);
    GstCaps **caps = format->caps ? &others : &raw;

    gst_structure_remove_field (structure, "multiview-mode");
    gst_structure_set (structure, "width", GST_TYPE_INT_RANGE, 1, G_MAXINT,
        "height", GST_TYPE_INT_RANGE, 1, G_MAXINT, "framerate",
        GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
    *caps = gst_caps_merge_structure (*caps, structure);
  }
  raw = gst_caps_simplify (raw);
  if (fields)
    gst_caps_append (raw, gst_virtcam_caps_to_fields (raw));
  if (GST_VIRTCAM_COMPAT_HAS_DMA_DRM)
    gst_caps_append_structure_full (raw,
        gst_structure_new (
            "video/x-raw", "format", G_TYPE_STRING, "DMA_DRM", NULL),
        gst_caps_features_new ("memory:DMABuf", NULL));
  gst_caps_append (raw, gst_caps_simplify (others));
  return raw;
}
