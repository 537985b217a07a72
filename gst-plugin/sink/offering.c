/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/offering.h"

#include "pixel/caps.h"
#include "session/offer.h"
#include "v4l2/modes.h"

static gboolean
is_fixed (GstVirtcamNode *node)
{
  GstVirtcamModes *modes = gst_virtcam_node_get_modes (node);
  g_autoptr (GArray) formats = gst_virtcam_modes_get_formats (modes);
  g_autoptr (GArray) sizes = NULL;

  if (formats->len != 1)
    return FALSE;
  sizes = gst_virtcam_modes_get_sizes (
      modes, g_array_index (formats, struct v4l2_fmtdesc, 0).pixelformat);
  return sizes->len == 1 &&
         g_array_index (sizes, struct v4l2_frmsizeenum, 0).type ==
             V4L2_FRMSIZE_TYPE_DISCRETE;
}

/* A picture's pixels are taken to be square, its fields to be woven; what they
 * are is no reason to refuse it. */
static void
leave_open (GstStructure *structure)
{
  gst_structure_remove_fields (
      structure, "pixel-aspect-ratio", "multiview-mode", NULL);
}

/* Frames are shown when they come: any rate will do. */
static void
leave_rate_open (GstStructure *structure)
{
  gst_structure_set (
      structure, "framerate", GST_TYPE_FRACTION_RANGE, 0, 1, G_MAXINT, 1, NULL);
}

/* The mode that the camera is in comes first: so viewers who ask for none have
 * it already. */
static gboolean
is_current (
    const GstStructure *structure, const struct v4l2_pix_format *picture)
{
  const GstVirtcamFormat *format =
      gst_virtcam_format_from_fourcc (picture->pixelformat);
  g_autoptr (GstStructure) current =
      format ? gst_virtcam_format_to_structure (format) : NULL;

  if (current == NULL)
    return FALSE;
  gst_structure_set (current, "width", G_TYPE_INT, (gint) picture->width,
      "height", G_TYPE_INT, (gint) picture->height, NULL);
  gst_structure_remove_field (current, "multiview-mode");
  return gst_structure_can_intersect (structure, current);
}

static void
set_size (GstStructure *structure, const struct v4l2_pix_format *picture)
{
  gst_structure_set (structure, "width", G_TYPE_INT, (gint) picture->width,
      "height", G_TYPE_INT, (gint) picture->height, NULL);
}

/* TRUE: all that is in caps is of one mode, which is at a rate. */
static void
append (GstCaps *all, GstCaps *offered, guint n, gboolean is_one)
{
  GstStructure *structure =
      gst_structure_copy (gst_caps_get_structure (offered, n));

  leave_open (structure);
  if (is_one)
    gst_caps_append_structure (all, gst_structure_copy (structure));
  leave_rate_open (structure);
  gst_caps_append_structure (all, structure);
}

static void
append_current (GstCaps *all, GstCaps *offered, GstVirtcamNode *node)
{
  struct v4l2_pix_format picture;

  if (!gst_virtcam_node_get_format (node, &picture, NULL))
    return;
  for (guint i = 0; i < gst_caps_get_size (offered); i++) {
    GstStructure *structure = gst_caps_get_structure (offered, i);

    leave_open (structure);
    if (!is_current (structure, &picture))
      continue;
    structure = gst_structure_copy (structure);
    set_size (structure, &picture);
    leave_rate_open (structure);
    gst_caps_append_structure (all, structure);
    return;
  }
}

static GstCaps *
get_raw_caps (GstVirtcamNode *node, GstCaps *filter)
{
  g_autoptr (GstCaps) offered =
      gst_virtcam_offer_raw (gst_virtcam_node_get_modes (node), filter);
  GstCaps *all = gst_caps_new_empty ();
  gboolean is_one = is_fixed (node);

  if (!is_one)
    append_current (all, offered, node);
  for (guint i = 0; i < gst_caps_get_size (offered); i++)
    append (all, offered, i, is_one);
  return all;
}

static GstCaps *
intersect (GstCaps *first, GstCaps *second)
{
  return gst_caps_intersect_full (first, second, GST_CAPS_INTERSECT_FIRST);
}

/* A filter with another shape of pixels, or another rate, takes nothing away. */
static GstCaps *
to_raw_filter (GstCaps *filter)
{
  g_autoptr (GstCaps) raw = gst_virtcam_drm_to_raw (filter);
  GstCaps *open = gst_caps_copy (raw);

  for (guint i = 0; !gst_caps_is_any (open) && i < gst_caps_get_size (open);
       i++)
    gst_structure_remove_fields (gst_caps_get_structure (open, i),
        "pixel-aspect-ratio", "multiview-mode", "framerate", NULL);
  return open;
}

GstCaps *
gst_virtcam_offering_get_caps (GstVirtcamNode *node, GstCaps *filter)
{
  g_autoptr (GstCaps) raw_filter = filter ? to_raw_filter (filter) : NULL;
  g_autoptr (GstCaps) caps = get_raw_caps (node, raw_filter);

  gst_caps_append (caps, gst_virtcam_drm_from_raw (caps));
  return filter ? intersect (filter, caps) : g_steal_pointer (&caps);
}

gboolean
gst_virtcam_offering_is_all_of (GstVirtcamNode *node, GstPad *pad)
{
  g_autoptr (GstCaps) caps = get_raw_caps (node, NULL);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (pad, NULL);

  /* at what rate does not matter */
  for (guint i = 0; i < gst_caps_get_size (caps); i++)
    gst_structure_remove_field (gst_caps_get_structure (caps, i), "framerate");
  peer = gst_caps_make_writable (peer);
  for (guint i = 0; !gst_caps_is_any (peer) && i < gst_caps_get_size (peer);
       i++)
    gst_structure_remove_fields (gst_caps_get_structure (peer, i), "framerate",
        "pixel-aspect-ratio", "multiview-mode", "colorimetry", "chroma-site",
        "interlace-mode", NULL);
  return gst_caps_is_subset (caps, peer);
}

gboolean
gst_virtcam_offering_is_any_of (GstVirtcamNode *node, GstPad *pad)
{
  g_autoptr (GstCaps) caps = gst_virtcam_offering_get_caps (node, NULL);
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (pad, caps);

  return gst_caps_can_intersect (peer, caps);
}

/* What upstream is told that asks; NULL: all that there could be. Upstream that can
 * send nothing that the camera takes is offered all, and accepted: so its caps come
 * to set_caps(), which says what is wrong. */
GstCaps *
gst_virtcam_offering_answer (GstVirtcamNode *node, GstPad *pad, GstCaps *filter)
{
  g_autoptr (GstCaps) caps = gst_virtcam_offering_get_caps (node, filter);

  if ((filter == NULL || gst_caps_is_empty (caps)) &&
      !gst_virtcam_offering_is_any_of (node, pad))
    return NULL;
  return g_steal_pointer (&caps);
}

gboolean
gst_virtcam_offering_accepts (GstVirtcamNode *node, GstPad *pad, GstCaps *caps)
{
  g_autoptr (GstCaps) offered = gst_virtcam_offering_get_caps (node, NULL);

  return gst_caps_can_intersect (caps, offered) ||
         !gst_virtcam_offering_is_any_of (node, pad);
}
