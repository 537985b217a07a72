/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure taste: how good a mode is where the peer leaves it open. */

#include "pixel/score.h"

#define WIDTH 1920
#define HEIGHT 1080
#define RATE 30
/* below it motion is not smooth, and a larger picture is no better */
#define SMOOTH_RATE 24

/* The value of a field that is nearest to wish, and not above unless all are */
static gint
nearest_int (const GstStructure *structure, const gchar *field, gint wish)
{
  const GValue *value = gst_structure_get_value (structure, field);
  g_autoptr (GstStructure) copy = NULL;
  gint result = wish;

  if (value == NULL)
    return wish;
  if (G_VALUE_HOLDS_INT (value))
    return g_value_get_int (value);
  copy = gst_structure_copy (structure);
  gst_structure_fixate_field_nearest_int (copy, field, wish);
  gst_structure_get_int (copy, field, &result);
  return result;
}

/* The one of rates (NULL: all there are) that is nearest to the wish. */
void
gst_virtcam_rate_nearest (const GValue *rates, gint *n, gint *d)
{
  g_autoptr (GstStructure) one = NULL;

  *n = RATE;
  *d = 1;
  if (rates == NULL)
    return;
  if (G_VALUE_TYPE (rates) == GST_TYPE_FRACTION) {
    *n = gst_value_get_fraction_numerator (rates);
    *d = gst_value_get_fraction_denominator (rates);
    return;
  }
  one = gst_structure_new_empty ("rate");
  gst_structure_set_value (one, "framerate", rates);
  gst_structure_fixate_field_nearest_fraction (one, "framerate", RATE, 1);
  gst_structure_get_fraction (one, "framerate", n, d);
}

gdouble
gst_virtcam_rate_distance (gint n, gint d)
{
  return ABS ((gdouble) n / d - RATE);
}

static gint
media_score (const GstVirtcamFormat *format)
{
  switch (format->media) {
  case GST_VIRTCAM_MEDIA_YUV:
    return 0;
  case GST_VIRTCAM_MEDIA_RGB:
    return 1;
  case GST_VIRTCAM_MEDIA_CODED:
    return 2;
  default:
    return 3;
  }
}

/* Of the best mode in structure, whose fields need not be fixed or there. */
GstVirtcamScore
gst_virtcam_structure_score (
    const GstStructure *structure, const GstVirtcamFormat *format)
{
  gint64 width = nearest_int (structure, "width", WIDTH);
  gint64 height = nearest_int (structure, "height", HEIGHT);
  gint64 excess = width * height - (gint64) WIDTH * HEIGHT;
  gint n, d;

  gst_virtcam_rate_nearest (
      gst_structure_get_value (structure, "framerate"), &n, &d);
  return (GstVirtcamScore){
    .media = media_score (format),
    .slow = (gdouble) n / d < SMOOTH_RATE,
    .oversize = MAX (excess, 0),
    .missing = MAX (-excess, 0),
    .rate_distance = gst_virtcam_rate_distance (n, d),
    .rank = gst_virtcam_format_rank (format),
  };
}

#define COMPARE(field) \
  if (a->field != b->field) \
  return a->field < b->field

gboolean
gst_virtcam_score_is_better (const GstVirtcamScore *a, const GstVirtcamScore *b)
{
  COMPARE (media);
  COMPARE (slow);
  COMPARE (oversize);
  COMPARE (missing);
  COMPARE (rate_distance);
  COMPARE (rank);
  return FALSE;
}

/* Sizes of a range */

static const struct {
  guint width, height;
} wishes[] = { { WIDTH, HEIGHT }, { 1280, 720 }, { 640, 480 } };

/* A scaler makes pixels, but no details: not more of them than there are. */
static gboolean
has_native_wish (const GstVirtcamNative *native)
{
  return native->width > 0 && native->width <= WIDTH && native->height > 0 &&
         native->height <= HEIGHT;
}

guint
gst_virtcam_n_wishes (const GstVirtcamNative *native)
{
  return G_N_ELEMENTS (wishes) + has_native_wish (native);
}

/* The native size is as good as any can be. */
void
gst_virtcam_score_forgive_size (GstVirtcamScore *score,
    const GstStructure *mode, const GstVirtcamNative *native)
{
  gint width = 0, height = 0;

  gst_structure_get_int (mode, "width", &width);
  gst_structure_get_int (mode, "height", &height);
  if (has_native_wish (native) && width == (gint) native->width &&
      height == (gint) native->height)
    score->oversize = score->missing = 0;
}

/* FALSE: the peer's values lie between the steps. */
static gboolean
settle_extent (GstStructure *structure, const gchar *field, guint min,
    guint step, guint wish)
{
  gint value = 0, snapped;

  gst_structure_fixate_field_nearest_int (structure, field, wish);
  if (!gst_structure_get_int (structure, field, &value))
    return FALSE;
  snapped = step > 1 ? (gint) (min + (value - min) / step * step) : value;
  return snapped == value;
}

/* Down to the grid that caps could not say, before the peer's choice. */
static void
snap_wish (guint *wish, guint min, guint max, guint step)
{
  *wish = CLAMP (*wish, min, max);
  if (step > 1)
    *wish = min + (*wish - min) / step * step;
}

/* wish: which of them, the best is 0. FALSE: the range has no such size. */
gboolean
gst_virtcam_structure_settle_size (GstStructure *structure,
    const struct v4l2_frmsize_stepwise *range, const GstVirtcamNative *native,
    guint wish)
{
  guint width, height;

  if (wish == 0 && has_native_wish (native)) {
    width = native->width;
    height = native->height;
  } else {
    width = wishes[wish - has_native_wish (native)].width;
    height = wishes[wish - has_native_wish (native)].height;
  }
  snap_wish (&width, range->min_width, range->max_width, range->step_width);
  snap_wish (&height, range->min_height, range->max_height, range->step_height);
  return settle_extent (
             structure, "width", range->min_width, range->step_width, width) &&
         settle_extent (structure, "height", range->min_height,
             range->step_height, height);
}

/* Settles what is still open: the shape of pixels, anything else. */
void
gst_virtcam_structure_fixate (GstStructure *structure)
{
  if (gst_structure_has_field (structure, "pixel-aspect-ratio"))
    gst_structure_fixate_field_nearest_fraction (
        structure, "pixel-aspect-ratio", 1, 1);
  gst_structure_fixate (structure);
}
