/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies, for a peer that cannot read the driver's layout or keeps so many
 * buffers that the driver would run dry. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* What a meta says of the memory is true of the original alone. */
static gboolean
copy_meta (GstBuffer *from, GstMeta **meta, gpointer user_data)
{
  const GstMetaInfo *info = (*meta)->info;
  GstMetaTransformCopy whole = { FALSE, 0, -1 };

  if (info->api != GST_VIDEO_META_API_TYPE && info->transform_func)
    info->transform_func (
        user_data, *meta, from, _gst_meta_transform_copy, &whole);
  return TRUE;
}

/* All but the bytes. */
static void
copy_description (GstBuffer *to, GstBuffer *from)
{
  gst_buffer_copy_into (
      to, from, GST_BUFFER_COPY_FLAGS | GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_foreach_meta (from, copy_meta, to);
}

/* Where the planes lie in a buffer for a copy: its pool may know better. */
static void
layout_of_copy (
    GstVirtcamSrc *self, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  *layout = self->copy_layout;
  if (meta && meta->n_planes == layout->n_planes) {
    for (guint i = 0; i < layout->n_planes; i++) {
      layout->stride[i] = meta->stride[i];
      layout->offset[i] = meta->offset[i];
    }
  } else {
    gst_virtcam_src_describe (self, buffer, layout);
  }
}

static gboolean
copy_planes (GstVirtcamSrc *self, GstBuffer *to, GstBuffer *from)
{
  const GstVirtcamLayout *from_layout = &self->mode.layout;
  GstVirtcamLayout to_layout;
  GstMapInfo from_map, to_map;
  gboolean fits;

  layout_of_copy (self, to, &to_layout);
  fits = gst_virtcam_layout_fits (&to_layout, gst_buffer_get_size (to)) &&
         gst_virtcam_layout_fits (from_layout, gst_buffer_get_size (from));
  if (!fits || !gst_buffer_map (from, &from_map, GST_MAP_READ))
    return FALSE;
  if (!gst_buffer_map (to, &to_map, GST_MAP_WRITE)) {
    gst_buffer_unmap (from, &from_map);
    return FALSE;
  }
  gst_virtcam_layout_copy (&to_layout, to_map.data, from_layout, from_map.data);
  gst_buffer_unmap (to, &to_map);
  gst_buffer_unmap (from, &from_map);
  return TRUE;
}

static void
report_misfit (GstVirtcamSrc *self, GstBuffer *to)
{
  GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS,
      ("The next element's buffers do not suit the pictures of camera %s.",
          virtcam_node_get_path (self->node)),
      ("%" GST_PTR_FORMAT " cannot take %" G_GSIZE_FORMAT " bytes in %u planes",
          to, self->copy_layout.size, self->copy_layout.n_planes));
}

/* Into the peer's pool, in the layout that it expects. */
static GstFlowReturn
copy_to_layout (GstVirtcamSrc *self, GstBuffer **buffer)
{
  g_autoptr (GstBufferPool) pool =
      gst_base_src_get_buffer_pool (GST_BASE_SRC (self));
  g_autoptr (GstBuffer) from = g_steal_pointer (buffer);
  g_autoptr (GstBuffer) to = NULL;
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, &to, NULL);

  if (flow != GST_FLOW_OK)
    return flow;
  if (!copy_planes (self, to, from)) {
    report_misfit (self, to);
    return GST_FLOW_ERROR;
  }
  copy_description (to, from);
  *buffer = g_steal_pointer (&to);
  return GST_FLOW_OK;
}

/* Into ordinary memory, as it is: the peer reads the meta. */
static GstFlowReturn
copy_to_memory (GstVirtcamSrc *self, GstBuffer **buffer)
{
  g_autoptr (GstBuffer) from = g_steal_pointer (buffer);

  *buffer = gst_buffer_copy_deep (from);
  if (*buffer)
    return GST_FLOW_OK;
  GST_ELEMENT_ERROR (self, RESOURCE, READ,
      ("A frame of camera %s cannot be copied.",
          virtcam_node_get_path (self->node)),
      ("%" GST_PTR_FORMAT " cannot be mapped or there is no memory", from));
  return GST_FLOW_ERROR;
}

/* A copy is no dma-buf: the peer must take plain raw video first. Until then,
 * and if it does not, the driver has no more buffers than it has. */
static GstFlowReturn
wish_for_copies (GstVirtcamSrc *self)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (GST_BASE_SRC_PAD (self));

  if (!self->copies_refused)
    self->copies_refused = !gst_virtcam_src_give_up_drm (
        self, caps, "downstream holds all buffers");
  return GST_FLOW_OK;
}

/* A driver without an empty buffer loses frames, and a source without a filled
 * one stalls: more buffers, and when there can be no more, copies. */
GstFlowReturn
gst_virtcam_src_copy_if_needed (GstVirtcamSrc *self, GstBuffer **buffer)
{
  gboolean convert = virtcam_node_is_converting (self->node);

  if (self->import)
    return GST_FLOW_OK;
  if (convert)
    gst_virtcam_src_count_converted (self);
  if (self->copy_always) {
    gst_virtcam_src_tell_copy (self, GST_VIRTCAM_COPY_FOR_LAYOUT);
    return copy_to_layout (self, buffer);
  }
  if (convert) {
    /* libv4l2's buffers end with the node */
    gst_virtcam_src_tell_copy (self, GST_VIRTCAM_COPY_FOR_CONVERSION);
    return copy_to_memory (self, buffer);
  }
  if (!gst_virtcam_allocator_is_complete (self->allocator) ||
      gst_virtcam_allocator_get_queued (self->allocator) > self->min_buffers)
    return GST_FLOW_OK;
  if (gst_virtcam_allocator_grow (self->allocator)) {
    gst_virtcam_src_announce_latency (self);
    gst_virtcam_src_tell_grown (self);
    return GST_FLOW_OK;
  }
  if (self->drm)
    return wish_for_copies (self);
  gst_virtcam_src_tell_copy (self, GST_VIRTCAM_COPY_FOR_DRIVER);
  return copy_to_memory (self, buffer);
}
