/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies, for a peer that cannot read the driver's layout or keeps so many
 * buffers that the driver would run dry. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* Why frames are copied; told at the first one of a stream. */
static const gchar copy_for_layout[] =
    "the next element reads no GstVideoMeta and expects other strides";
static const gchar copy_for_driver[] =
    "downstream holds so many buffers that the driver would run dry";

static void
tell_copy (GstVirtcamSrc *self, const gchar *why)
{
  if (!self->copy_told)
    GST_ELEMENT_WARNING (self, RESOURCE, SETTINGS,
        ("Frames of camera %s are copied.", virtcam_node_get_path (self->node)),
        ("%s", why));
  self->copy_told = TRUE;
  GST_OBJECT_LOCK (self);
  self->stats.copied++;
  GST_OBJECT_UNLOCK (self);
}

/* All but the bytes. */
static void
copy_description (GstBuffer *to, GstBuffer *from)
{
  gst_buffer_copy_into (
      to, from, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
}

/* Into the peer's pool, in the layout that it expects. */
static GstFlowReturn
copy_to_layout (GstVirtcamSrc *self, GstBuffer **buffer)
{
  g_autoptr (GstBufferPool) pool =
      gst_base_src_get_buffer_pool (GST_BASE_SRC (self));
  GstBuffer *from = *buffer, *to = NULL;
  GstMapInfo from_map, to_map;
  GstFlowReturn flow;

  flow = gst_buffer_pool_acquire_buffer (pool, &to, NULL);
  if (flow != GST_FLOW_OK)
    return flow;
  if (!gst_buffer_map (from, &from_map, GST_MAP_READ))
    goto unref_copy;
  if (!gst_buffer_map (to, &to_map, GST_MAP_WRITE))
    goto unmap_original;

  gst_virtcam_layout_copy (
      &self->copy_layout, to_map.data, &self->mode.layout, from_map.data);
  gst_buffer_unmap (to, &to_map);
  gst_buffer_unmap (from, &from_map);
  copy_description (to, from);
  gst_buffer_unref (from);
  *buffer = to;
  return GST_FLOW_OK;

unmap_original:
  gst_buffer_unmap (from, &from_map);
unref_copy:
  gst_buffer_unref (to);
  return GST_FLOW_ERROR;
}

/* Into ordinary memory, as it is: the peer reads the meta. */
static void
copy_to_memory (GstBuffer **buffer)
{
  GstBuffer *copy = gst_buffer_copy_deep (*buffer);

  gst_buffer_unref (*buffer);
  *buffer = copy;
}

/* A driver without an empty buffer loses frames, and a source without a filled
 * one stalls: more buffers, and when there can be no more, copies. */
GstFlowReturn
gst_virtcam_src_copy_if_needed (GstVirtcamSrc *self, GstBuffer **buffer)
{
  if (self->copy_always) {
    tell_copy (self, copy_for_layout);
    return copy_to_layout (self, buffer);
  }
  if (gst_virtcam_allocator_get_queued (self->allocator) > self->min_buffers)
    return GST_FLOW_OK;
  if (gst_virtcam_allocator_grow (self->allocator)) {
    gst_virtcam_src_announce_latency (self);
    return GST_FLOW_OK;
  }
  tell_copy (self, copy_for_driver);
  copy_to_memory (buffer);
  return GST_FLOW_OK;
}
