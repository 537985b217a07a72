/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what a device enumerates to caps. */

#include "session/offer.h"

#include "pixel/drm.h"

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
ask_rates (GstVirtcamModes *modes, GstStructure *structure, guint32 fourcc,
    guint width, guint height)
{
  g_autoptr (GArray) intervals =
      g_array_new (FALSE, FALSE, sizeof (struct v4l2_frmivalenum));
  struct v4l2_frmivalenum interval;

  while (gst_virtcam_modes_get_interval (
      modes, fourcc, width, height, intervals->len, &interval))
    g_array_append_val (intervals, interval);
  gst_virtcam_structure_set_rates (structure,
      (const struct v4l2_frmivalenum *) intervals->data, intervals->len);
}

/* A range of sizes has the rates of its smallest and of its largest, until the
 * size is settled and the device can be asked for that one. */
static void
ask_rates_of_range (GstVirtcamModes *modes, GstStructure *structure,
    guint32 fourcc, const struct v4l2_frmsize_stepwise *range)
{
  g_autoptr (GstStructure) small = gst_structure_new_empty ("small");
  g_autoptr (GstStructure) large = gst_structure_new_empty ("large");
  GValue both = G_VALUE_INIT;

  ask_rates (modes, small, fourcc, range->min_width, range->min_height);
  ask_rates (modes, large, fourcc, range->max_width, range->max_height);
  gst_value_list_merge (&both, gst_structure_get_value (small, "framerate"),
      gst_structure_get_value (large, "framerate"));
  gst_structure_take_value (structure, "framerate", &both);
}

GstVirtcamNative
gst_virtcam_offer_native (GstVirtcamModes *modes)
{
  struct v4l2_cropcap native;

  gst_virtcam_modes_get_native (modes, &native);
  return (GstVirtcamNative){ native.defrect.width, native.defrect.height,
    native.pixelaspect };
}

static void
append_size (GstVirtcamModes *modes, GstCaps *caps, GstCaps *filter,
    const GstStructure *base, guint32 fourcc,
    const struct v4l2_frmsizeenum *size)
{
  g_autoptr (GstStructure) structure = gst_structure_copy (base);
  GstVirtcamNative native = gst_virtcam_offer_native (modes);

  gst_virtcam_structure_set_size (structure, size);
  gst_virtcam_structure_set_aspect (structure, size, &native);
  if (!is_wanted (filter, structure))
    return;
  if (size->type == V4L2_FRMSIZE_TYPE_DISCRETE)
    ask_rates (
        modes, structure, fourcc, size->discrete.width, size->discrete.height);
  else
    ask_rates_of_range (modes, structure, fourcc, &size->stepwise);
  if (is_wanted (filter, structure))
    gst_caps_append_structure (caps, g_steal_pointer (&structure));
}

static void
append_format (GstVirtcamModes *modes, GstCaps *caps, GstCaps *filter,
    const GstVirtcamFormat *format)
{
  g_autoptr (GstStructure) base = gst_virtcam_format_to_structure (format);
  struct v4l2_frmsizeenum size;

  if (!is_wanted (filter, base))
    return;
  for (guint n = 0;
       gst_virtcam_modes_get_size (modes, format->fourcc, n, &size); n++)
    append_size (modes, caps, filter, base, format->fourcc, &size);
}

/* What the device enumerates, as far as it meets the filter: for others it is
 * not even asked. In memory. */
GstCaps *
gst_virtcam_offer_raw (GstVirtcamModes *modes, GstCaps *filter)
{
  GstCaps *caps = gst_caps_new_empty ();
  guint32 fourcc;

  for (guint n = 0; gst_virtcam_modes_get_fourcc (modes, n, &fourcc); n++) {
    const GstVirtcamFormat *format = gst_virtcam_format_from_fourcc (fourcc);

    if (format)
      append_format (modes, caps, filter, format);
  }
  /* an interlaced source gives its fields alone, too */
  if ((filter == NULL || gst_virtcam_caps_take_fields (filter)) &&
      gst_virtcam_modes_have_fields (modes))
    gst_virtcam_caps_append_fields (caps);
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
