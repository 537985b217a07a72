/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "stream/copy.h"

/* As it is, into memory of the peer's choice. */
GstBuffer *
gst_virtcam_copy_for_driver (const GstVirtcamFrames *frames,
    GstVirtcamCopier *copier, GstBuffer *from, GError **error)
{
  g_autoptr (GstBuffer) to = gst_buffer_new_allocate (
      copier->allocator, gst_buffer_get_size (from), &copier->params);
  GstMapInfo map;

  if (to == NULL || !gst_buffer_map (to, &map, GST_MAP_WRITE)) {
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
        "no memory for the copy of a frame");
    return NULL;
  }
  gst_buffer_extract (from, 0, map.data, map.size);
  gst_buffer_unmap (to, &map);
  gst_virtcam_frames_describe (frames, to, &frames->layout);
  return g_steal_pointer (&to);
}

/* layout: where the peer expects the planes in buffer; then where they go: its
 * pool may know better. */
static void
find_layout (
    const GstVirtcamFrames *frames, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  if (meta && meta->n_planes == layout->n_planes)
    gst_virtcam_layout_place (layout, meta->stride, meta->offset);
  else
    gst_virtcam_frames_describe (frames, buffer, layout);
}

static gboolean
copy_planes (const GstVirtcamFrames *frames, GstBuffer *to,
    GstVirtcamLayout layout, const GstMapInfo *from)
{
  GstMapInfo map;
  gboolean fits;

  find_layout (frames, to, &layout);
  if (!gst_buffer_map (to, &map, GST_MAP_WRITE))
    return FALSE;
  fits = gst_virtcam_layout_fits (&layout, map.size) &&
         gst_virtcam_layout_fits (&frames->layout, from->size);
  if (fits)
    gst_virtcam_layout_copy (&layout, map.data, &frames->layout, from->data);
  gst_buffer_unmap (to, &map);
  return fits;
}

static gboolean
copy_bytes (GstBuffer *to, const GstMapInfo *from)
{
  if (gst_buffer_fill (to, 0, from->data, from->size) < from->size)
    return FALSE;
  gst_buffer_set_size (to, from->size);
  return TRUE;
}

/* NULL without an error: the peer holds all there are. Waiting for one would keep
 * the streaming thread from an unplug and from all else. */
static GstBuffer *
acquire (GstBufferPool *pool, GError **error)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT,
  };
  GstBuffer *buffer = NULL;
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, &buffer, &params);

  if (flow != GST_FLOW_OK && flow != GST_FLOW_EOS)
    g_set_error (error, GST_VIRTCAM_NODE_ERROR,
        flow == GST_FLOW_FLUSHING ? GST_VIRTCAM_NODE_ERROR_FLUSHING
                                  : GST_VIRTCAM_NODE_ERROR_FAILED,
        "the pool for copies gives no buffer");
  return buffer;
}

/* Into a buffer of pool, whose planes lie as in layout. NULL without an error:
 * the peer holds all of them. */
GstBuffer *
gst_virtcam_copy_for_peer (const GstVirtcamFrames *frames, GstBufferPool *pool,
    const GstVirtcamLayout *layout, GstBuffer *from, GError **error)
{
  g_autoptr (GstBuffer) to = acquire (pool, error);
  gboolean copied = FALSE;
  GstMapInfo map;

  if (to == NULL)
    return NULL;
  if (gst_buffer_map (from, &map, GST_MAP_READ)) {
    copied = frames->has_layout ? copy_planes (frames, to, *layout, &map)
                                : copy_bytes (to, &map);
    gst_buffer_unmap (from, &map);
  }
  if (copied)
    return g_steal_pointer (&to);
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_MISFIT,
      "a buffer of %" G_GSIZE_FORMAT " bytes cannot take a frame",
      gst_buffer_get_size (to));
  return NULL;
}
