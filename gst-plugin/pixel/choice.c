/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure choice of one mode out of the many that both sides can do, by taste where
 * the peer leaves it open. */

#include "pixel/choice.h"

#define WIDTH 1920
#define HEIGHT 1080
#define RATE 30
/* below it motion is not smooth, and a larger picture is no better */
#define SMOOTH_RATE 24

/* Compared field by field, in this order; smaller is better. */
typedef struct {
  gint media;
  gint slow;
  gint64 oversize; /* pixels too many */
  gint64 missing;  /* pixels too few */
  gdouble rate_distance;
  guint rank;
} Score;

typedef struct {
  const GstVirtcamAsk *ask;
  gpointer device;
  const struct v4l2_rect *native;
  gboolean fields;
  GstVirtcamOffer best;
  Score best_score;
} Search;

void
gst_virtcam_offer_clear (GstVirtcamOffer *offer)
{
  gst_clear_caps (&offer->caps);
}

/* Taste */

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

/* A scaler makes pixels, but no details: not more of them than there are. */
static gboolean
has_native_wish (const struct v4l2_rect *native)
{
  return native->width > 0 && native->width <= WIDTH && native->height > 0 &&
         native->height <= HEIGHT;
}

/* Of a scaler, the native size is as good as any can be. */
static gint64
find_excess (const struct v4l2_rect *native,
    const struct v4l2_frmsizeenum *size, gint width, gint height)
{
  if (size->type != V4L2_FRMSIZE_TYPE_DISCRETE && has_native_wish (native) &&
      width == (gint) native->width && height == (gint) native->height)
    return 0;
  return (gint64) width * height - (gint64) WIDTH * HEIGHT;
}

static gboolean
is_slow (gint n, gint d)
{
  return (gdouble) n / d < SMOOTH_RATE;
}

/* From the wish; a slow rate is farther than any other. */
static gdouble
rate_distance (gint n, gint d)
{
  return ABS ((gdouble) n / d - RATE) + (is_slow (n, d) ? G_MAXINT : 0);
}

/* What is not fixed in the mode is as it is wished for. */
static Score
score_mode (const struct v4l2_rect *native, const GstVirtcamOffer *mode)
{
  const GstStructure *structure = gst_caps_get_structure (mode->caps, 0);
  gint width = WIDTH, height = HEIGHT, n = RATE, d = 1;
  gint64 excess;

  gst_structure_get_int (structure, "width", &width);
  gst_structure_get_int (structure, "height", &height);
  gst_structure_get_fraction (structure, "framerate", &n, &d);
  excess = find_excess (native, &mode->size, width, height);
  return (Score){
    .media = media_score (mode->format),
    .slow = is_slow (n, d),
    .oversize = MAX (excess, 0),
    .missing = MAX (-excess, 0),
    .rate_distance = rate_distance (n, d),
    .rank = gst_virtcam_format_rank (mode->format),
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

/* Rates */

typedef struct {
  gint n, d; /* d is 0: there is none yet */
} Rate;

/* rates: a fraction, or a range. */
static void
consider_rates (const GValue *rates, Rate *best)
{
  g_autoptr (GstStructure) one = gst_structure_new_empty ("one");
  gint n = RATE, d = 1;

  gst_structure_set_value (one, "rate", rates);
  gst_structure_fixate_field_nearest_fraction (one, "rate", RATE, 1);
  gst_structure_get_fraction (one, "rate", &n, &d);
  if (best->d == 0 || rate_distance (n, d) < rate_distance (best->n, best->d))
    *best = (Rate){ n, d };
}

/* wish: NULL if there is none. One by one: GStreamer 1.22 finds nothing in common
 * of a list and one that has ranges in it. */
static void
meet_rates (const GValue *wish, const GValue *rates, Rate *best)
{
  const GValue *list = wish && GST_VALUE_HOLDS_LIST (wish) ? wish : rates;
  GValue common = G_VALUE_INIT;

  if (GST_VALUE_HOLDS_LIST (list)) {
    for (guint i = 0; i < gst_value_list_get_size (list); i++) {
      const GValue *item = gst_value_list_get_value (list, i);

      meet_rates (
          list == wish ? item : wish, list == wish ? rates : item, best);
    }
  } else if (gst_value_intersect (&common, wish ? wish : rates, rates)) {
    consider_rates (&common, best);
    g_value_unset (&common);
  }
}

/* mode has the peer's rates, and gets the best of the device's, which are in size.
 * FALSE: the peer takes none of them. */
static gboolean
settle_rate (GstStructure *mode, const GstStructure *size)
{
  Rate best = { 0 };

  meet_rates (gst_structure_get_value (mode, "framerate"),
      gst_structure_get_value (size, "framerate"), &best);
  if (best.d == 0)
    return FALSE;
  gst_structure_set (
      mode, "framerate", GST_TYPE_FRACTION, best.n, best.d, NULL);
  return TRUE;
}

/* Sizes of a range */

static const struct v4l2_frmsize_discrete wishes[] = { { WIDTH, HEIGHT },
  { 1280, 720 }, { 640, 480 } };

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
static guint
snap_wish (guint wish, guint min, guint max, guint step)
{
  wish = CLAMP (wish, min, max);
  return step > 1 ? min + (wish - min) / step * step : wish;
}

/* FALSE: the range has no such size. */
static gboolean
settle_size (GstStructure *structure, const struct v4l2_frmsize_stepwise *range,
    guint width, guint height)
{
  width =
      snap_wish (width, range->min_width, range->max_width, range->step_width);
  height = snap_wish (
      height, range->min_height, range->max_height, range->step_height);
  return settle_extent (
             structure, "width", range->min_width, range->step_width, width) &&
         settle_extent (structure, "height", range->min_height,
             range->step_height, height);
}

/* The search */

/* caps: those of the offer that the peer takes, of one size, with the peer's
 * rates. Taken. size: with the device's rates. */
static void
try_size (Search *search, const GstVirtcamOffer *offer, GstCaps *caps,
    const GstStructure *size)
{
  g_auto (GstVirtcamOffer) mode = { offer->format, offer->size, caps };
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  Score score;

  if (!settle_rate (structure, size))
    return;
  if (gst_structure_has_field (structure, "pixel-aspect-ratio"))
    gst_structure_fixate_field_nearest_fraction (
        structure, "pixel-aspect-ratio", 1, 1);
  gst_structure_fixate (structure);
  score = score_mode (search->native, &mode);
  if (search->best.caps && !is_better (&score, &search->best_score))
    return;
  gst_virtcam_offer_clear (&search->best);
  search->best = mode;
  search->best_score = score;
  mode.caps = NULL;
}

/* The rates of a range are those of the size that is settled in it. */
static void
try_wish (Search *search, const GstVirtcamOffer *offer, GstCaps *common,
    guint width, guint height)
{
  g_autoptr (GstCaps) caps = gst_caps_copy (common);
  g_autoptr (GstStructure) size = gst_structure_new_empty ("size");
  GstStructure *structure = gst_caps_get_structure (caps, 0);
  gint w = 0, h = 0;

  if (!settle_size (structure, &offer->size.stepwise, width, height))
    return;
  gst_structure_get_int (structure, "width", &w);
  gst_structure_get_int (structure, "height", &h);
  search->ask->set_rates (search->device, size, offer->format->fourcc, w, h);
  try_size (search, offer, g_steal_pointer (&caps), size);
}

/* Where the wish is too large to be smooth, a smaller one may not be. */
static void
try_range (Search *search, const GstVirtcamOffer *offer, GstCaps *common)
{
  if (has_native_wish (search->native))
    try_wish (
        search, offer, common, search->native->width, search->native->height);
  for (guint i = 0; i < G_N_ELEMENTS (wishes); i++)
    try_wish (search, offer, common, wishes[i].width, wishes[i].height);
}

/* peer: one structure, or any. */
static void
try_offer (Search *search, const GstVirtcamOffer *offer, GstCaps *peer)
{
  g_autoptr (GstCaps) any_rate = gst_caps_copy (offer->caps);
  g_autoptr (GstCaps) common = NULL;

  gst_structure_remove_field (
      gst_caps_get_structure (any_rate, 0), "framerate");
  common = gst_caps_intersect_full (any_rate, peer, GST_CAPS_INTERSECT_FIRST);
  if (gst_caps_is_empty (common) && search->fields) {
    gst_caps_take (&any_rate, gst_virtcam_caps_to_fields (any_rate));
    gst_caps_take (&common,
        gst_caps_intersect_full (any_rate, peer, GST_CAPS_INTERSECT_FIRST));
  }
  if (gst_caps_is_empty (common))
    return;
  if (offer->size.type == V4L2_FRMSIZE_TYPE_DISCRETE)
    try_size (search, offer, gst_caps_copy (common),
        gst_caps_get_structure (offer->caps, 0));
  else
    try_range (search, offer, common);
}

/* No mode that the peer takes is better, but for its rank. */
static Score
find_bound (const Search *search, GstCaps *peer)
{
  g_auto (GstVirtcamOffer) wish = {
    .format = gst_virtcam_format_by_preference (0),
    .size.type = V4L2_FRMSIZE_TYPE_DISCRETE,
    .caps = gst_caps_is_any (peer) ? gst_caps_new_empty_simple ("any")
                                   : gst_caps_copy (peer),
  };
  GstStructure *structure = gst_caps_get_structure (wish.caps, 0);

  if (gst_structure_has_field (structure, "framerate"))
    settle_rate (structure, structure);
  if (gst_structure_has_field (structure, "width"))
    gst_structure_fixate_field_nearest_int (structure, "width", WIDTH);
  if (gst_structure_has_field (structure, "height"))
    gst_structure_fixate_field_nearest_int (structure, "height", HEIGHT);
  return score_mode (search->native, &wish);
}

/* peer: one structure, or any. */
static void
try_formats (Search *search, GstCaps *peer)
{
  Score bound = find_bound (search, peer);
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    g_autoptr (GArray) offers =
        search->ask->get_offers (search->device, format, peer);

    for (guint j = 0; offers && j < offers->len; j++)
      try_offer (search, &g_array_index (offers, GstVirtcamOffer, j), peer);
    /* what is left is not preferred, and at best as good */
    bound.rank = i;
    if (search->best.caps && !is_better (&bound, &search->best_score))
      return;
  }
}

/* fields: a picture's fields may come alone as well. FALSE: nothing in common. The
 * order of the peer's structures is its order of preference; within one the best
 * mode of the device wins. */
gboolean
gst_virtcam_choose (const GstVirtcamAsk *ask, gpointer device,
    const struct v4l2_cropcap *native, gboolean fields, GstCaps *peer,
    GstVirtcamOffer *choice)
{
  Search search = {
    .ask = ask, .device = device, .native = &native->defrect, .fields = fields
  };

  if (gst_caps_is_any (peer))
    try_formats (&search, peer);
  else
    for (guint i = 0; search.best.caps == NULL && i < gst_caps_get_size (peer);
         i++) {
      g_autoptr (GstCaps) one = gst_caps_copy_nth (peer, i);

      try_formats (&search, one);
    }
  *choice = search.best;
  return choice->caps != NULL;
}
