/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure choice of one mode out of the many that both sides can do, with as few
 * questions to the device as possible: before each it is known how good the
 * answer could be at best, and what cannot win is not asked. */

#include "pixel/choice.h"
#include "pixel/score.h"

typedef struct {
  const GstVirtcamEnumerator *enumerator;
  gpointer device;
  const GstVirtcamNative *native;
  GstVirtcamChoice best;
  GstVirtcamScore best_score;
} Search;

void
gst_virtcam_choice_clear (GstVirtcamChoice *choice)
{
  gst_clear_caps (&choice->caps);
}

static gboolean
could_win (const Search *search, const GstVirtcamScore *score)
{
  return search->best.caps == NULL ||
         gst_virtcam_score_is_better (score, &search->best_score);
}

/* mode: fixed but for the peer's own fields. Taken. */
static void
offer_mode (Search *search, const GstVirtcamFormat *format,
    const struct v4l2_frmsizeenum *size, GstStructure *mode,
    GstCapsFeatures *features)
{
  GstVirtcamScore score = gst_virtcam_structure_score (mode, format);

  if (size->type != V4L2_FRMSIZE_TYPE_DISCRETE)
    gst_virtcam_score_forgive_size (&score, mode, search->native);
  if (!could_win (search, &score)) {
    gst_structure_free (mode);
    return;
  }
  gst_virtcam_structure_fixate (mode);
  gst_virtcam_choice_clear (&search->best);
  search->best = (GstVirtcamChoice){ format, *size, gst_caps_new_empty () };
  gst_caps_append_structure_full (
      search->best.caps, mode, gst_caps_features_copy (features));
  search->best_score = score;
}

typedef struct {
  gint n, d;
  gdouble distance; /* from the best rate there could be */
} Rate;

/* No structure is made where a number does: most devices list rates. */
static gboolean
meet_rate (const GValue *wish, const struct v4l2_frmivalenum *interval, gint *n,
    gint *d)
{
  GValue rate = G_VALUE_INIT;
  gboolean ok = TRUE;

  gst_virtcam_interval_to_rate (interval, &rate);
  if (wish && G_VALUE_TYPE (&rate) != GST_TYPE_FRACTION) {
    GValue common = G_VALUE_INIT;

    ok = gst_value_intersect (&common, wish, &rate);
    g_value_unset (&rate);
    if (ok)
      rate = common;
  } else if (wish) {
    ok = gst_value_intersect (NULL, wish, &rate);
  }
  if (ok)
    gst_virtcam_rate_nearest (&rate, n, d);
  if (G_IS_VALUE (&rate))
    g_value_unset (&rate);
  return ok;
}

static void
try_rate (
    const GValue *wish, const struct v4l2_frmivalenum *interval, Rate *best)
{
  gdouble distance;
  gint n, d;

  if (!meet_rate (wish, interval, &n, &d))
    return;
  distance = gst_virtcam_rate_distance (n, d);
  if (best->d == 0 || distance < best->distance)
    *best = (Rate){ n, d, distance };
}

/* mode, of a fixed size, gets its rate; FALSE if the peer takes none of the
 * device's. No intervals at all: the device decides, and any wish is as good. */
static gboolean
settle_rate (Search *search, guint32 fourcc, GstStructure *mode)
{
  const GValue *wish = gst_structure_get_value (mode, "framerate");
  Rate ideal = { 0 }, best = { 0 };
  gint width = 0, height = 0;
  guint n;

  gst_virtcam_rate_nearest (wish, &ideal.n, &ideal.d);
  ideal.distance = gst_virtcam_rate_distance (ideal.n, ideal.d);
  gst_structure_get_int (mode, "width", &width);
  gst_structure_get_int (mode, "height", &height);
  for (n = 0;; n++) {
    struct v4l2_frmivalenum interval;

    if (!search->enumerator->get_interval (
            search->device, fourcc, width, height, n, &interval))
      break;
    try_rate (wish, &interval, &best);
    if (best.d && best.distance <= ideal.distance)
      break;
  }
  if (best.d == 0 && n > 0)
    return FALSE;
  if (best.d == 0)
    best = ideal;
  gst_structure_set (
      mode, "framerate", GST_TYPE_FRACTION, best.n, best.d, NULL);
  return TRUE;
}

/* Takes mode. */
static void
try_mode (Search *search, const GstVirtcamFormat *format,
    const struct v4l2_frmsizeenum *size, GstStructure *mode,
    GstCapsFeatures *features)
{
  if (settle_rate (search, format->fourcc, mode))
    offer_mode (search, format, size, mode, features);
  else
    gst_structure_free (mode);
}

/* The rates of a range are those of the size that is settled in it. Where the
 * wish is too large to be smooth, a smaller one may not be. */
static void
try_range (Search *search, const GstVirtcamFormat *format,
    const struct v4l2_frmsizeenum *size, const GstStructure *mode,
    GstCapsFeatures *features)
{
  const struct v4l2_frmsize_stepwise *range = &size->stepwise;

  for (guint i = 0; i < gst_virtcam_n_wishes (search->native); i++) {
    g_autoptr (GstStructure) settled = gst_structure_copy (mode);
    GstVirtcamScore bound;

    if (!gst_virtcam_structure_settle_size (settled, range, search->native, i))
      continue;
    bound = gst_virtcam_structure_score (settled, format);
    gst_virtcam_score_forgive_size (&bound, settled, search->native);
    if (could_win (search, &bound))
      try_mode (search, format, size, g_steal_pointer (&settled), features);
  }
}

static gboolean
takes_int (const GstStructure *wish, const gchar *field, gint number)
{
  const GValue *value = gst_structure_get_value (wish, field);
  GValue other = G_VALUE_INIT;

  if (value == NULL)
    return TRUE;
  g_value_init (&other, G_TYPE_INT);
  g_value_set_int (&other, number);
  return gst_value_intersect (NULL, value, &other);
}

/* wish with a size of the device's; NULL if the peer does not take it. */
static GstStructure *
meet_size (Search *search, const struct v4l2_frmsizeenum *size,
    const GstStructure *wish)
{
  gboolean discrete = size->type == V4L2_FRMSIZE_TYPE_DISCRETE, met;
  g_autoptr (GstStructure) sizes = NULL;

  if (discrete && !(takes_int (wish, "width", size->discrete.width) &&
                      takes_int (wish, "height", size->discrete.height)))
    return NULL;
  /* then the numbers can just be put in */
  met = discrete && !gst_structure_has_field (wish, "pixel-aspect-ratio");
  sizes = met ? gst_structure_copy (wish)
              : gst_structure_new_empty (gst_structure_get_name (wish));
  gst_virtcam_structure_set_size (sizes, size);
  gst_virtcam_structure_set_aspect (sizes, size, search->native);
  return met ? g_steal_pointer (&sizes) : gst_structure_intersect (wish, sizes);
}

static void
try_size (Search *search, const GstVirtcamFormat *format,
    const struct v4l2_frmsizeenum *size, const GstStructure *wish,
    GstCapsFeatures *features)
{
  g_autoptr (GstStructure) mode = meet_size (search, size, wish);
  GstVirtcamScore bound;

  if (mode == NULL)
    return;
  if (size->type != V4L2_FRMSIZE_TYPE_DISCRETE) {
    try_range (search, format, size, mode, features);
    return;
  }
  bound = gst_virtcam_structure_score (mode, format);
  if (could_win (search, &bound))
    try_mode (search, format, size, g_steal_pointer (&mode), features);
}

/* wish: what the peer takes of format. */
static void
try_sizes (Search *search, const GstVirtcamFormat *format,
    const GstStructure *wish, GstCapsFeatures *features)
{
  GstVirtcamScore bound = gst_virtcam_structure_score (wish, format);

  if (!could_win (search, &bound) ||
      !search->enumerator->has_fourcc (search->device, format->fourcc))
    return;
  for (guint n = 0; could_win (search, &bound); n++) {
    struct v4l2_frmsizeenum size;

    if (!search->enumerator->get_size (
            search->device, format->fourcc, n, &size))
      break;
    try_size (search, format, &size, wish, features);
  }
}

/* Without making caps of it. */
static gboolean
is_other_format (const GstVirtcamFormat *format, const GstVirtcamFormat *named)
{
  return named &&
         (format->media != named->media || format->format != named->format ||
             g_strcmp0 (format->caps, named->caps) != 0);
}

static void
try_format (Search *search, const GstVirtcamFormat *format, GstCaps *one)
{
  g_autoptr (GstCaps) caps =
      gst_virtcam_format_to_caps (format, gst_virtcam_caps_take_fields (one));
  g_autoptr (GstCaps) common =
      gst_caps_intersect_full (caps, one, GST_CAPS_INTERSECT_FIRST);

  for (guint n = 0; n < gst_caps_get_size (common); n++)
    try_sizes (search, format, gst_caps_get_structure (common, n),
        gst_caps_get_features (common, n));
}

/* The best mode that one structure of the peer takes; wish is that one, or an
 * empty one of a peer that takes anything. */
static void
search_structure (Search *search, GstCaps *one, const GstStructure *wish)
{
  const GstVirtcamFormat *named = gst_virtcam_format_from_structure (wish);
  const GstVirtcamFormat *format;

  for (guint i = 0; (format = gst_virtcam_format_by_preference (i)); i++) {
    GstVirtcamScore bound;

    if (is_other_format (format, named))
      continue;
    bound = gst_virtcam_structure_score (wish, format);
    if (could_win (search, &bound))
      try_format (search, format, one);
  }
}

static void
search_all (Search *search, GstCaps *peer)
{
  if (gst_caps_is_any (peer)) {
    g_autoptr (GstStructure) anything = gst_structure_new_empty ("anything");

    search_structure (search, peer, anything);
    return;
  }
  for (guint i = 0; search->best.caps == NULL && i < gst_caps_get_size (peer);
       i++) {
    g_autoptr (GstCaps) one = gst_caps_copy_nth (peer, i);

    search_structure (search, one, gst_caps_get_structure (one, 0));
  }
}

/* FALSE: nothing in common. The order of the peer's structures is its order of
 * preference; within one the best mode of the device wins. */
gboolean
gst_virtcam_choose (const GstVirtcamEnumerator *enumerator, gpointer device,
    const GstVirtcamNative *native, GstCaps *peer, GstVirtcamChoice *choice)
{
  Search search = {
    .enumerator = enumerator, .device = device, .native = native
  };

  search_all (&search, peer);
  *choice = search.best;
  return choice->caps != NULL;
}

/* The peer's first wish, if it names one plain picture in memory. */
static const GstVirtcamFormat *
read_named (GstCaps *peer, struct v4l2_frmsizeenum *size)
{
  const GstVirtcamFormat *format;
  const GstStructure *wish;
  gint width, height, n, d;

  if (gst_caps_is_any (peer) || gst_caps_is_empty (peer) ||
      !gst_caps_features_is_equal (gst_caps_get_features (peer, 0),
          GST_CAPS_FEATURES_MEMORY_SYSTEM_MEMORY))
    return NULL;
  wish = gst_caps_get_structure (peer, 0);
  format = gst_virtcam_format_from_structure (wish);
  if (format == NULL || !gst_structure_get_int (wish, "width", &width) ||
      !gst_structure_get_int (wish, "height", &height) ||
      !gst_structure_get_fraction (wish, "framerate", &n, &d))
    return NULL;
  if (width <= 0 || height <= 0 || n <= 0)
    return NULL;
  *size = (struct v4l2_frmsizeenum){ .type = V4L2_FRMSIZE_TYPE_DISCRETE,
    .discrete = { width, height } };
  return format;
}

/* What would be chosen on a device that has the mode that the peer prefers to
 * all others. FALSE: the peer names no one mode. */
gboolean
gst_virtcam_choose_named (
    const GstVirtcamNative *native, GstCaps *peer, GstVirtcamChoice *choice)
{
  struct v4l2_frmsizeenum size;
  const GstVirtcamFormat *format = read_named (peer, &size);
  g_autoptr (GstStructure) device = NULL;
  GstStructure *mode;

  if (format == NULL)
    return FALSE;
  device = gst_virtcam_format_to_structure (format);
  gst_virtcam_structure_set_aspect (device, &size, native);
  mode = gst_structure_intersect (gst_caps_get_structure (peer, 0), device);
  if (mode == NULL)
    return FALSE;
  gst_virtcam_structure_fixate (mode);
  *choice = (GstVirtcamChoice){ format, size, gst_caps_new_full (mode, NULL) };
  return TRUE;
}
