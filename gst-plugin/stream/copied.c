/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of the driver's buffers, for a peer that cannot read their layout or
 * their memory, or of what libv4l2 converted: its buffers end with the node. */

#include <string.h>

#include "stream/kind.h"

typedef struct {
  GstVirtcamStream parent;
  GstVirtcamStream *lent;
  GstVirtcamCopyReason reason;
  GstVirtcamLayout layout; /* where the peer expects the planes */
} Copied;

static gboolean
start (GstVirtcamStream *stream, GError **error)
{
  return gst_virtcam_stream_start (((Copied *) stream)->lent, error);
}

static guint
get_count (GstVirtcamStream *stream)
{
  return gst_virtcam_stream_get_count (((Copied *) stream)->lent);
}

/* Where the planes lie in a buffer for a copy: its pool may know better. */
static void
find_layout (Copied *self, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  *layout = self->layout;
  if (meta && meta->n_planes == layout->n_planes)
    gst_virtcam_layout_place (layout, meta->stride, meta->offset);
  else
    gst_virtcam_frames_describe (&self->parent.frames, buffer, layout);
}

static gboolean
misfit (GstBuffer *to, GError **error)
{
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_MISFIT,
      "a buffer of %" G_GSIZE_FORMAT " bytes cannot take a frame",
      gst_buffer_get_size (to));
  return FALSE;
}

static gboolean
copy_planes (Copied *self, GstBuffer *to, const GstMapInfo *to_map,
    const GstMapInfo *from_map, GError **error)
{
  const GstVirtcamLayout *from_layout = &self->parent.frames.layout;
  GstVirtcamLayout to_layout;

  find_layout (self, to, &to_layout);
  if (!gst_virtcam_layout_fits (&to_layout, to_map->size) ||
      !gst_virtcam_layout_fits (from_layout, from_map->size))
    return misfit (to, error);
  gst_virtcam_layout_copy (
      &to_layout, to_map->data, from_layout, from_map->data);
  return TRUE;
}

static gboolean
copy_bytes (GstBuffer *to, GstMapInfo *to_map, const GstMapInfo *from_map,
    GError **error)
{
  if (to_map->size < from_map->size)
    return misfit (to, error);
  memcpy (to_map->data, from_map->data, from_map->size);
  return TRUE;
}

static gboolean
copy (Copied *self, GstBuffer *to, GstBuffer *from, GError **error)
{
  GstMapInfo from_map, to_map;
  gboolean ok;

  if (!gst_buffer_map (from, &from_map, GST_MAP_READ))
    return misfit (to, error);
  if (!gst_buffer_map (to, &to_map, GST_MAP_WRITE)) {
    gst_buffer_unmap (from, &from_map);
    return misfit (to, error);
  }
  ok = self->parent.frames.has_layout
           ? copy_planes (self, to, &to_map, &from_map, error)
           : copy_bytes (to, &to_map, &from_map, error);
  gst_buffer_unmap (to, &to_map);
  gst_buffer_unmap (from, &from_map);
  if (ok && !self->parent.frames.has_layout)
    gst_buffer_set_size (to, gst_buffer_get_size (from));
  return ok;
}

/* NULL without an error: the peer holds all there are. Waiting for one would keep
 * the streaming thread from an unplug and from all else. */
static GstBuffer *
acquire (Copied *self, GError **error)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT,
  };
  GstBuffer *buffer = NULL;
  GstFlowReturn flow =
      gst_buffer_pool_acquire_buffer (self->parent.pool, &buffer, &params);

  if (flow != GST_FLOW_OK && flow != GST_FLOW_EOS)
    g_set_error (error, GST_VIRTCAM_NODE_ERROR,
        flow == GST_FLOW_FLUSHING ? GST_VIRTCAM_NODE_ERROR_FLUSHING
                                  : GST_VIRTCAM_NODE_ERROR_FAILED,
        "the pool for copies gives no buffer");
  return buffer;
}

static GstBuffer *
take (GstVirtcamStream *stream, GstVirtcamTaken *taken, GError **error)
{
  Copied *self = (Copied *) stream;
  g_autoptr (GstBuffer) from =
      gst_virtcam_stream_take (self->lent, taken, error);
  g_autoptr (GstBuffer) to = NULL;

  if (from == NULL)
    return NULL;
  taken->copied = self->reason;
  to = acquire (self, error);
  return to && copy (self, to, from, error) ? g_steal_pointer (&to) : NULL;
}

static const GstVirtcamStreamKind copied_kind = {
  .start = start,
  .take = take,
  .get_count = get_count,
};

GstVirtcamStream *
gst_virtcam_stream_new_copied (GstVirtcamStream *lent,
    const GstVirtcamFrames *frames, GstVirtcamCopyReason reason,
    GstBufferPool *pool, const GstVirtcamLayout *layout)
{
  Copied *self = gst_virtcam_stream_init (
      sizeof (Copied), &copied_kind, lent->node, frames, pool);

  self->parent.started = lent->started;
  self->lent = lent;
  self->reason = reason;
  self->layout = *layout;
  return &self->parent;
}
