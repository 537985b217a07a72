/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a device enumerates to caps, and to the mode that suits a peer. */

#include "session/offer.h"

/* What is offered of. */
typedef struct {
  GstVirtcamModes *modes;
  struct v4l2_cropcap native;
  /* a size that a device that lists none may have as well; or NULL */
  const struct v4l2_frmsizeenum *named;
} Source;

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
set_rates (gpointer data, GstStructure *structure, guint32 fourcc, guint width,
    guint height)
{
  Source *source = data;
  g_autoptr (GArray) intervals =
      gst_virtcam_modes_get_intervals (source->modes, fourcc, width, height);

  gst_virtcam_structure_set_rates (structure,
      (const struct v4l2_frmivalenum *) intervals->data, intervals->len);
}

/* A range of sizes has the rates of its smallest and of its largest, until the
 * size is settled and the device can be asked for that one. */
static void
set_rates_of_range (Source *source, GstStructure *structure, guint32 fourcc,
    const struct v4l2_frmsize_stepwise *range)
{
  g_autoptr (GstStructure) small = gst_structure_new_empty ("small");
  g_autoptr (GstStructure) large = gst_structure_new_empty ("large");
  GValue both = G_VALUE_INIT;

  set_rates (source, small, fourcc, range->min_width, range->min_height);
  set_rates (source, large, fourcc, range->max_width, range->max_height);
  gst_value_list_merge (&both, gst_structure_get_value (small, "framerate"),
      gst_structure_get_value (large, "framerate"));
  gst_structure_take_value (structure, "framerate", &both);
}

static void
append_size (Source *source, GArray *offers, const GstVirtcamFormat *format,
    const GstStructure *any_size, GstCaps *filter,
    const struct v4l2_frmsizeenum *size)
{
  g_autoptr (GstStructure) structure = gst_structure_copy (any_size);
  GstVirtcamOffer offer = { format, *size, NULL };

  gst_virtcam_structure_set_size (structure, size);
  gst_virtcam_structure_set_aspect (structure, size, &source->native);
  if (!is_wanted (filter, structure))
    return;
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE)
    set_rates (source, structure, format->fourcc, size->discrete.width,
        size->discrete.height);
  offer.caps = gst_caps_new_full (g_steal_pointer (&structure), NULL);
  g_array_append_val (offers, offer);
}

/* The sizes of a format, as far as they meet the filter: of others not even the
 * rates are asked for. NULL: the format does not meet it. */
static GArray *
get_offers (gpointer data, const GstVirtcamFormat *format, GstCaps *filter)
{
  Source *source = data;
  g_autoptr (GstStructure) any_size = NULL;
  g_autoptr (GArray) sizes = NULL;
  GArray *offers;
  guint32 flags;

  if (!gst_virtcam_modes_get_flags (source->modes, format->fourcc, &flags))
    return NULL;
  any_size = gst_virtcam_format_to_structure (format);
  if (!is_wanted (filter, any_size))
    return NULL;
  offers = g_array_new (FALSE, FALSE, sizeof (GstVirtcamOffer));
  g_array_set_clear_func (offers, (GDestroyNotify) gst_virtcam_offer_clear);
  sizes = gst_virtcam_modes_get_sizes (source->modes, format->fourcc);
  for (guint i = 0; i < sizes->len; i++) {
    const struct v4l2_frmsizeenum *size =
        &g_array_index (sizes, struct v4l2_frmsizeenum, i);

    if (size->pixel_format == 0 && source->named)
      size = source->named;
    append_size (source, offers, format, any_size, filter, size);
  }
  return offers;
}

/* To whoever takes them an interlaced source gives its fields alone, too. */
static gboolean
has_fields (GstVirtcamModes *modes, GstCaps *filter)
{
  return (filter == NULL || gst_virtcam_caps_take_fields (filter)) &&
         gst_virtcam_modes_have_fields (modes);
}

static void
append_caps (Source *source, GstCaps *all, const GstVirtcamFormat *format,
    GstCaps *filter)
{
  g_autoptr (GArray) offers = get_offers (source, format, filter);

  for (guint i = 0; offers && i < offers->len; i++) {
    const GstVirtcamOffer *offer = &g_array_index (offers, GstVirtcamOffer, i);
    GstCaps *caps = gst_caps_copy (offer->caps);

    if (offer->size.type != V4L2_FRMSIZE_TYPE_DISCRETE)
      set_rates_of_range (source, gst_caps_get_structure (caps, 0),
          format->fourcc, &offer->size.stepwise);
    gst_caps_append (all, caps);
  }
}

/* What the device enumerates, as far as it meets the filter; NULL: all. In
 * memory. */
GstCaps *
gst_virtcam_offer_raw (GstVirtcamModes *modes, GstCaps *filter)
{
  g_autoptr (GArray) formats = gst_virtcam_modes_get_formats (modes);
  Source source = { modes, gst_virtcam_modes_get_native (modes), NULL };
  GstCaps *caps = gst_caps_new_empty ();

  for (guint i = 0; i < formats->len; i++) {
    const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (
        g_array_index (formats, struct v4l2_fmtdesc, i).pixelformat);

    if (format)
      append_caps (&source, caps, format, filter);
  }
  if (has_fields (modes, filter))
    gst_caps_append (caps, gst_virtcam_caps_to_fields (caps));
  return caps;
}

/* The same in the forms that the peer may have them in: plain raw video, DMA_DRM
 * before it where the user wants dma-bufs, after it where nobody said. */
GstCaps *
gst_virtcam_offer_caps (
    GstVirtcamModes *modes, GstCaps *filter, GstVirtcamForm form)
{
  g_autoptr (GstCaps) raw_filter =
      filter ? gst_virtcam_drm_to_raw (filter) : NULL;
  GstCaps *caps = gst_virtcam_offer_raw (modes, raw_filter), *drm;

  if (form == GST_VIRTCAM_FORM_PLAIN)
    return caps;
  drm = gst_virtcam_drm_from_raw (caps);
  if (form == GST_VIRTCAM_FORM_DRM_FIRST) {
    gst_caps_append (drm, caps);
    return drm;
  }
  gst_caps_append (caps, drm);
  return caps;
}

/* The size that the peer prefers to all others, if there is one. */
static gboolean
read_named_size (GstCaps *peer, struct v4l2_frmsizeenum *size)
{
  gint width = 0, height = 0;

  if (gst_caps_is_any (peer) || gst_caps_is_empty (peer))
    return FALSE;
  gst_structure_get (gst_caps_get_structure (peer, 0), "width", G_TYPE_INT,
      &width, "height", G_TYPE_INT, &height, NULL);
  *size = (struct v4l2_frmsizeenum){ .type = V4L2_FRMSIZE_TYPE_DISCRETE,
    .discrete = { width, height } };
  return width > 0 && height > 0;
}

/* The mode of the device that is best for the peer, which takes video in memory.
 * A driver that lists no sizes may have that which the peer names: setting it is
 * how it tells. FALSE: there is none. */
gboolean
gst_virtcam_offer_choose (
    GstVirtcamModes *modes, GstCaps *peer, GstVirtcamOffer *choice)
{
  static const GstVirtcamAsk ask = { get_offers, set_rates };
  Source source = { modes, gst_virtcam_modes_get_native (modes), NULL };
  gboolean fields = has_fields (modes, peer);
  struct v4l2_frmsizeenum named;

  if (gst_virtcam_choose (&ask, &source, &source.native, fields, peer, choice))
    return TRUE;
  if (!read_named_size (peer, &named))
    return FALSE;
  source.named = &named;
  return gst_virtcam_choose (
      &ask, &source, &source.native, fields, peer, choice);
}
