/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure choice of one mode out of the many that both sides can do. */

#include "gstvirtcamfixate.h"
#include "gstvirtcamcaps.h"

#define WIDTH 1920
#define HEIGHT 1080
#define RATE 30
/* below it motion is not smooth, and a larger picture is no better */
#define SMOOTH_RATE 24

/* Compared field by field, in this order; smaller is better. */
typedef struct {
  gint media; /* YUV, then RGB and JPEG, then the rest */
  gint slow;
  gint64 oversize; /* pixels too many */
  gint64 missing;  /* pixels too few */
  gdouble rate_distance;
  guint rank;
} Score;

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

static gdouble
nearest_rate (const GstStructure *structure)
{
  const GValue *value = gst_structure_get_value (structure, "framerate");
  g_autoptr (GstStructure) copy = NULL;
  gint n = RATE, d = 1;

  if (value == NULL)
    return RATE;
  copy = gst_structure_copy (structure);
  gst_structure_fixate_field_nearest_fraction (copy, "framerate", RATE, 1);
  gst_structure_get_fraction (copy, "framerate", &n, &d);
  return (gdouble) n / d;
}

static gint
media_score (const GstVirtcamFormat *format)
{
  switch (format->media) {
  case GST_VIRTCAM_MEDIA_YUV:
    return 0;
  case GST_VIRTCAM_MEDIA_RGB:
    return 1;
  case GST_VIRTCAM_MEDIA_JPEG:
    return 2;
  default:
    return 3;
  }
}

static Score
score_structure (const GstStructure *structure)
{
  const GstVirtcamFormat *format =
      gst_virtcam_format_from_structure (structure);
  gint64 width = nearest_int (structure, "width", WIDTH);
  gint64 height = nearest_int (structure, "height", HEIGHT);
  gint64 excess = width * height - (gint64) WIDTH * HEIGHT;
  gdouble rate = nearest_rate (structure);

  return (Score){
    .media = format ? media_score (format) : G_MAXINT,
    .slow = rate < SMOOTH_RATE,
    .oversize = MAX (excess, 0),
    .missing = MAX (-excess, 0),
    .rate_distance = ABS (rate - RATE),
    .rank = format ? gst_virtcam_format_rank (format) : G_MAXUINT,
  };
}

#define COMPARE(field) \
  if (a->field != b->field) \
  return a->field < b->field

static gboolean
is_better (const Score *a, const Score *b)
{
  COMPARE (media);
  COMPARE (slow);
  COMPARE (oversize);
  COMPARE (missing);
  COMPARE (rate_distance);
  COMPARE (rank);
  return FALSE;
}

static GstStructure *
best_structure (GstCaps *caps)
{
  GstStructure *best = NULL;
  Score best_score = { 0 };

  for (guint i = 0; i < gst_caps_get_size (caps); i++) {
    GstStructure *structure = gst_caps_get_structure (caps, i);
    Score score = score_structure (structure);

    if (best == NULL || is_better (&score, &best_score)) {
      best = structure;
      best_score = score;
    }
  }
  return best;
}

void
gst_virtcam_structure_fixate_size (GstStructure *structure)
{
  gst_structure_fixate_field_nearest_int (structure, "width", WIDTH);
  gst_structure_fixate_field_nearest_int (structure, "height", HEIGHT);
}

/* Settles what is still open: the size, the rate and anything else. */
void
gst_virtcam_structure_fixate (GstStructure *structure)
{
  gst_virtcam_structure_fixate_size (structure);
  gst_structure_fixate_field_nearest_fraction (structure, "framerate", RATE, 1);
  gst_structure_fixate (structure);
}

/* One structure, not fixated yet, or NULL if there is nothing in common. The
 * order of the peer's structures is its order of preference; within one the
 * best mode of the camera wins. */
GstCaps *
gst_virtcam_caps_choose (GstCaps *camera, GstCaps *peer)
{
  guint n = gst_caps_is_any (peer) ? 0 : gst_caps_get_size (peer);

  if (gst_caps_is_any (peer) && !gst_caps_is_empty (camera))
    return gst_caps_new_full (
        gst_structure_copy (best_structure (camera)), NULL);

  for (guint i = 0; i < n; i++) {
    g_autoptr (GstCaps) one = gst_caps_copy_nth (peer, i);
    g_autoptr (GstCaps) common =
        gst_caps_intersect_full (camera, one, GST_CAPS_INTERSECT_FIRST);

    if (!gst_caps_is_empty (common))
      return gst_caps_new_full (
          gst_structure_copy (best_structure (common)), NULL);
  }
  return NULL;
}
