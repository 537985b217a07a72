/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "stream/stream.h"

#include "stream/kind.h"

/* A kind's struct, of which the part that all have is set. */
gpointer
gst_virtcam_stream_init (gsize size, const GstVirtcamStreamKind *kind,
    GstVirtcamNode *node, const GstVirtcamFrames *frames, GstBufferPool *pool)
{
  GstVirtcamStream *self = g_malloc0 (size);

  self->kind = kind;
  self->node = gst_virtcam_node_ref (node);
  self->frames = *frames;
  self->pool = pool ? gst_object_ref (pool) : NULL;
  return self;
}

void
gst_virtcam_stream_free (GstVirtcamStream *self)
{
  if (self == NULL)
    return;
  self->kind->free (self);
  gst_clear_object (&self->pool);
  gst_virtcam_node_unref (self->node);
  g_free (self);
}

gboolean
gst_virtcam_stream_start (GstVirtcamStream *self, GError **error)
{
  self->started =
      (self->kind->queue == NULL || self->kind->queue (self, error)) &&
      gst_virtcam_node_stream_on (self->node, error);
  return self->started;
}

gboolean
gst_virtcam_stream_has_started (const GstVirtcamStream *self)
{
  return self->started;
}

GstVirtcamWait
gst_virtcam_stream_wait (
    GstVirtcamStream *self, GstVirtcamWaiter *waiter, GError **error)
{
  if (self->kind->wait)
    return self->kind->wait (self, waiter, error);
  return gst_virtcam_waiter_wait (waiter, self->node, -1, G_MAXUINT64, error);
}

GstBuffer *
gst_virtcam_stream_take (
    GstVirtcamStream *self, GstVirtcamTaken *taken, GError **error)
{
  taken->copied = GST_VIRTCAM_COPY_NONE;
  taken->grown = taken->shrunk = taken->starving = FALSE;
  return self->kind->take (self, taken, error);
}

/* How many buffers the driver has, with it or lent. */
guint
gst_virtcam_stream_get_count (GstVirtcamStream *self)
{
  return self ? self->count : 0;
}

/* Whether every frame is in a dma-buf. */
gboolean
gst_virtcam_stream_is_dmabuf (GstVirtcamStream *self)
{
  return self->dmabuf;
}

GstBufferPool *
gst_virtcam_stream_get_pool (GstVirtcamStream *self)
{
  return self ? self->pool : NULL;
}
