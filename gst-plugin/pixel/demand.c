/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure comparison of the layout that a peer wants with the one that a driver
 * gives. */

#include "pixel/demand.h"

#define LIMIT 65536 /* bytes or pixels; no hardware wants as much */

static void
read_alignment (const GstStructure *structure, GstVideoAlignment *alignment)
{
  static const gchar *const aligns[] = { "stride-align0", "stride-align1",
    "stride-align2", "stride-align3" };

  G_STATIC_ASSERT (G_N_ELEMENTS (aligns) == GST_VIDEO_MAX_PLANES);
  gst_structure_get_uint (structure, "padding-top", &alignment->padding_top);
  gst_structure_get_uint (
      structure, "padding-bottom", &alignment->padding_bottom);
  gst_structure_get_uint (structure, "padding-left", &alignment->padding_left);
  gst_structure_get_uint (
      structure, "padding-right", &alignment->padding_right);
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    gst_structure_get_uint (structure, aligns[i], &alignment->stride_align[i]);
}

/* Some elements tell their alignment with the pool that they propose only. */
static void
read_pool_alignment (GstQuery *query, GstVideoAlignment *alignment)
{
  g_autoptr (GstBufferPool) pool = NULL;
  GstStructure *config;

  if (gst_query_get_n_allocation_pools (query) == 0)
    return;
  gst_query_parse_nth_allocation_pool (query, 0, &pool, NULL, NULL, NULL);
  if (pool == NULL)
    return;
  config = gst_buffer_pool_get_config (pool);
  if (gst_buffer_pool_config_has_option (
          config, GST_BUFFER_POOL_OPTION_VIDEO_ALIGNMENT))
    gst_buffer_pool_config_get_video_alignment (config, alignment);
  gst_structure_free (config);
}

/* gst_video_info_align searches for what meets an alignment, and goes on for
 * ever where nothing can. */
static gboolean
makes_sense (const GstVideoAlignment *alignment)
{
  gboolean ok =
      alignment->padding_top < LIMIT && alignment->padding_bottom < LIMIT &&
      alignment->padding_left < LIMIT && alignment->padding_right < LIMIT;

  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++) {
    guint mask = alignment->stride_align[i];

    ok = ok && mask < LIMIT && (mask & (mask + 1)) == 0;
  }
  return ok;
}

/* FALSE: the alignment that the peer states cannot be meant, and is left out. */
gboolean
gst_virtcam_demand_from_query (GstVirtcamDemand *demand, GstQuery *query)
{
  const GstStructure *params = NULL;
  guint index;

  gst_video_alignment_reset (&demand->alignment);
  demand->reads_meta =
      gst_query_find_allocation_meta (query, GST_VIDEO_META_API_TYPE, &index);
  if (!demand->reads_meta)
    return TRUE;
  gst_query_parse_nth_allocation_meta (query, index, &params);
  if (params)
    read_alignment (params, &demand->alignment);
  else
    read_pool_alignment (query, &demand->alignment);
  if (makes_sense (&demand->alignment))
    return TRUE;
  gst_video_alignment_reset (&demand->alignment);
  return FALSE;
}

/* GstVideoMeta has no Bayer. */
static gboolean
is_free (const GstVirtcamDemand *demand, const GstVirtcamFormat *format)
{
  return demand->reads_meta && format->media != GST_VIRTCAM_MEDIA_BAYER;
}

/* FALSE: such an alignment cannot be, or the frames have no planes. */
gboolean
gst_virtcam_demand_to_layout (const GstVirtcamDemand *demand,
    const GstVirtcamFormat *format, guint width, guint height,
    GstVirtcamLayout *layout)
{
  GstVideoAlignment alignment = demand->alignment;
  GstVideoInfo info;

  if (!gst_virtcam_layout_default (layout, format, width, height))
    return FALSE;
  if (!is_free (demand, format))
    return TRUE;
  if (!gst_video_info_set_format (&info, format->format, width, height) ||
      !gst_video_info_align (&info, &alignment))
    return FALSE;
  gst_virtcam_layout_place (layout, info.stride, info.offset);
  layout->size = GST_VIDEO_INFO_SIZE (&info);
  return TRUE;
}

static gboolean
strides_are_met (const GstVirtcamDemand *demand, const GstVirtcamLayout *wanted,
    const GstVirtcamLayout *layout)
{
  gboolean padded = demand->alignment.padding_right > 0;

  for (guint i = 0; i < layout->n_planes; i++) {
    if ((guint) layout->stride[i] & demand->alignment.stride_align[i])
      return FALSE;
    if (padded && layout->stride[i] < wanted->stride[i])
      return FALSE;
  }
  return TRUE;
}

/* A frame of V4L2 starts with its first pixel and ends with its last row. */
static gboolean
rows_are_met (const GstVideoAlignment *alignment)
{
  return alignment->padding_top == 0 && alignment->padding_left == 0 &&
         alignment->padding_bottom == 0;
}

/* Whether the peer can read frames of the layout as they are. */
gboolean
gst_virtcam_demand_is_met (const GstVirtcamDemand *demand,
    const GstVirtcamFormat *format, guint width, guint height,
    const GstVirtcamLayout *layout)
{
  GstVirtcamLayout wanted;

  if (!gst_virtcam_demand_to_layout (demand, format, width, height, &wanted))
    return FALSE;
  if (!is_free (demand, format))
    return gst_virtcam_layout_equal (&wanted, layout);
  return strides_are_met (demand, &wanted, layout) &&
         rows_are_met (&demand->alignment);
}
