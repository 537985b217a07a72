/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure translation between V4L2's and GStreamer's words for pictures. */

#include "gstvirtcamcaps.h"
#include "gstvirtcamcompat.h"

#define FORMAT(media, fourcc, format, bayer) \
  { \
    V4L2_PIX_FMT_##fourcc, GST_VIRTCAM_MEDIA_##media, \
        GST_VIDEO_FORMAT_##format, bayer \
  }

/* In order of preference where the peer leaves it open. NV12 leads: hardware
 * encoders, GL and Wayland all take it, and it is 3/4 of YUY2's bytes. Planar
 * 4:2:0 follows because software encoders want it, then packed 4:2:2, which
 * most webcams have. A format twice in the third column is V4L2 having two names
 * for one; of a device that has both, the one that it enumerates first is used. */
static const GstVirtcamFormat formats[] = {
  FORMAT (YUV, NV12, NV12, NULL),
  FORMAT (YUV, YUV420, I420, NULL),
  FORMAT (YUV, YVU420, YV12, NULL),
  FORMAT (YUV, NV21, NV21, NULL),
  FORMAT (YUV, YUYV, YUY2, NULL),
  FORMAT (YUV, UYVY, UYVY, NULL),
  FORMAT (YUV, YVYU, YVYU, NULL),
  FORMAT (YUV, VYUY, VYUY, NULL),
  FORMAT (YUV, NV16, NV16, NULL),
  FORMAT (YUV, NV61, NV61, NULL),
  FORMAT (YUV, YUV422P, Y42B, NULL),
  FORMAT (YUV, NV24, NV24, NULL),
  FORMAT (YUV, YUV411P, Y41B, NULL),
  FORMAT (YUV, YUV410, YUV9, NULL),
  FORMAT (YUV, YVU410, YVU9, NULL),
  FORMAT (YUV, AYUV32, AYUV, NULL),
  FORMAT (YUV, VUYA32, VUYA, NULL),
  FORMAT (RGB, XBGR32, BGRx, NULL),
  FORMAT (RGB, ABGR32, BGRA, NULL),
  FORMAT (RGB, RGBX32, RGBx, NULL),
  FORMAT (RGB, RGBA32, RGBA, NULL),
  FORMAT (RGB, XRGB32, xRGB, NULL),
  FORMAT (RGB, ARGB32, ARGB, NULL),
  FORMAT (RGB, BGRX32, xBGR, NULL),
  FORMAT (RGB, BGRA32, ABGR, NULL),
  FORMAT (RGB, BGR32, BGRx, NULL),
  FORMAT (RGB, RGB32, xRGB, NULL),
  FORMAT (RGB, RGB24, RGB, NULL),
  FORMAT (RGB, BGR24, BGR, NULL),
  FORMAT (RGB, RGB565, RGB16, NULL),
  FORMAT (RGB, XRGB555, RGB15, NULL),
  FORMAT (RGB, RGB555, RGB15, NULL),
  FORMAT (JPEG, MJPEG, ENCODED, NULL),
  FORMAT (JPEG, JPEG, ENCODED, NULL),
  FORMAT (GRAY, GREY, GRAY8, NULL),
  FORMAT (GRAY, Y16, GRAY16_LE, NULL),
  FORMAT (GRAY, Y16_BE, GRAY16_BE, NULL),
  FORMAT (BAYER, SRGGB8, ENCODED, "rggb"),
  FORMAT (BAYER, SBGGR8, ENCODED, "bggr"),
  FORMAT (BAYER, SGBRG8, ENCODED, "gbrg"),
  FORMAT (BAYER, SGRBG8, ENCODED, "grbg"),
};

const GstVirtcamFormat *
gst_virtcam_format_from_fourcc (guint32 fourcc)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (formats[i].fourcc == fourcc)
      return &formats[i];
  }
  return NULL;
}

static gboolean
format_matches (
    const GstVirtcamFormat *format, const gchar *media, const gchar *name)
{
  switch (format->media) {
  case GST_VIRTCAM_MEDIA_JPEG:
    return g_str_equal (media, "image/jpeg");
  case GST_VIRTCAM_MEDIA_BAYER:
    return g_str_equal (media, "video/x-bayer") &&
           g_strcmp0 (name, format->bayer) == 0;
  default:
    return g_str_equal (media, "video/x-raw") &&
           g_strcmp0 (name, gst_video_format_to_string (format->format)) == 0;
  }
}

/* The first entry that matches; a device may have only a later one of the
 * same name, so callers that know the device search its list instead. */
const GstVirtcamFormat *
gst_virtcam_format_from_structure (const GstStructure *structure)
{
  const gchar *media = gst_structure_get_name (structure);
  const gchar *name = gst_structure_get_string (structure, "format");

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (format_matches (&formats[i], media, name))
      return &formats[i];
  }
  return NULL;
}

/* 0 is the best. */
guint
gst_virtcam_format_rank (const GstVirtcamFormat *format)
{
  return (guint) (format - formats);
}

/* The formats from the best to the worst; NULL behind the last. */
const GstVirtcamFormat *
gst_virtcam_format_by_preference (guint n)
{
  return n < G_N_ELEMENTS (formats) ? &formats[n] : NULL;
}

GstStructure *
gst_virtcam_format_to_structure (const GstVirtcamFormat *format)
{
  GstStructure *structure;

  switch (format->media) {
  case GST_VIRTCAM_MEDIA_JPEG:
    structure = gst_structure_new_empty ("image/jpeg");
    break;
  case GST_VIRTCAM_MEDIA_BAYER:
    structure = gst_structure_new (
        "video/x-bayer", "format", G_TYPE_STRING, format->bayer, NULL);
    break;
  default:
    structure = gst_structure_new ("video/x-raw", "format", G_TYPE_STRING,
        gst_video_format_to_string (format->format), NULL);
    break;
  }
  /* V4L2 has no stereo pictures */
  if (format->media != GST_VIRTCAM_MEDIA_JPEG &&
      format->media != GST_VIRTCAM_MEDIA_BAYER)
    gst_structure_set (
        structure, "multiview-mode", G_TYPE_STRING, "mono", NULL);
  return structure;
}

/* Every way to name the format, the best first. alternate: also where the fields
 * of a picture come alone. */
GstCaps *
gst_virtcam_format_to_caps (const GstVirtcamFormat *format, gboolean alternate)
{
  GstStructure *whole = gst_virtcam_format_to_structure (format), *fields;
  GstCaps *caps = gst_caps_new_full (whole, NULL);

  if (!alternate || !gst_structure_has_name (whole, "video/x-raw"))
    return caps;
  /* one field a buffer; others need to know by the feature */
  fields = gst_structure_copy (whole);
  gst_structure_set (
      fields, "interlace-mode", G_TYPE_STRING, "alternate", NULL);
  gst_caps_append_structure_full (caps, fields,
      gst_caps_features_new (GST_CAPS_FEATURE_FORMAT_INTERLACED, NULL));
  return caps;
}

/* Of a range of sizes it is known only once a size is set (set_picture): the
 * device may scale, or crop. */
void
gst_virtcam_structure_set_aspect (GstStructure *structure,
    const struct v4l2_frmsizeenum *size, const GstVirtcamNative *native)
{
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE || native->width == 0)
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
    gst_structure_set (structure, "width", G_TYPE_INT, size->discrete.width,
        "height", G_TYPE_INT, size->discrete.height, NULL);
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

/* rate: not initialised; then a fraction or a range of them. */
void
gst_virtcam_interval_to_rate (
    const struct v4l2_frmivalenum *interval, GValue *rate)
{
  if (interval->type == V4L2_FRMIVAL_TYPE_DISCRETE)
    set_rate (rate, &interval->discrete);
  else
    set_rate_range (rate, &interval->stepwise);
}

/* No intervals at all: the device decides, and any wish is as good. */
void
gst_virtcam_structure_set_rates (GstStructure *structure,
    const struct v4l2_frmivalenum *intervals, guint n_intervals)
{
  GValue list = G_VALUE_INIT, rate = G_VALUE_INIT;

  if (n_intervals == 0) {
    gst_structure_set (structure, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1,
        G_MAXINT, 1, NULL);
    return;
  }
  if (n_intervals == 1 || intervals[0].type != V4L2_FRMIVAL_TYPE_DISCRETE) {
    gst_virtcam_interval_to_rate (&intervals[0], &rate);
    gst_structure_take_value (structure, "framerate", &rate);
    return;
  }
  g_value_init (&list, GST_TYPE_LIST);
  for (guint i = 0; i < n_intervals; i++) {
    GValue item = G_VALUE_INIT;

    set_rate (&item, &intervals[i].discrete);
    gst_value_list_append_and_take_value (&list, &item);
  }
  gst_structure_take_value (structure, "framerate", &list);
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

static void
append_drm (GstCaps *caps)
{
  gst_caps_append_structure_full (caps,
      gst_structure_new (
          "video/x-raw", "format", G_TYPE_STRING, "DMA_DRM", NULL),
      gst_caps_features_new ("memory:DMABuf", NULL));
}

/* Everything that the element could offer for some device. */
GstCaps *
gst_virtcam_caps_template (void)
{
  GstCaps *caps = gst_caps_new_empty ();
  GstStructure *raw = gst_structure_new_empty ("video/x-raw");
  GstStructure *bayer = gst_structure_new_empty ("video/x-bayer");
  GValue names[2] = { G_VALUE_INIT, G_VALUE_INIT };

  g_value_init (&names[0], GST_TYPE_LIST);
  g_value_init (&names[1], GST_TYPE_LIST);
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    const GstVirtcamFormat *format = &formats[i];
    GValue name = G_VALUE_INIT;

    /* a second V4L2 name adds nothing here */
    if (format->media == GST_VIRTCAM_MEDIA_JPEG ||
        format->fourcc == V4L2_PIX_FMT_BGR32 ||
        format->fourcc == V4L2_PIX_FMT_RGB32 ||
        format->fourcc == V4L2_PIX_FMT_RGB555)
      continue;
    g_value_init (&name, G_TYPE_STRING);
    g_value_set_static_string (
        &name, format->bayer ? format->bayer
                             : gst_video_format_to_string (format->format));
    gst_value_list_append_and_take_value (&names[format->bayer ? 1 : 0], &name);
  }
  gst_structure_take_value (raw, "format", &names[0]);
  gst_structure_take_value (bayer, "format", &names[1]);
  gst_caps_append_structure (caps, raw);
  gst_caps_append_structure (caps, bayer);
  if (gst_virtcam_compat_has_dma_drm ())
    append_drm (caps);
  gst_caps_append_structure (caps, gst_structure_new_empty ("image/jpeg"));
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    gst_structure_set (gst_caps_get_structure (caps, i), "width",
        GST_TYPE_INT_RANGE, 1, G_MAXINT, "height", GST_TYPE_INT_RANGE, 1,
        G_MAXINT, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1,
        NULL);
  return caps;
}
