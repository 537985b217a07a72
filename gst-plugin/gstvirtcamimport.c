/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "gstvirtcamimport.h"

#include <gst/allocators/gstdmabuf.h>

typedef struct {
  GstBuffer *buffer; /* with the driver; NULL: the slot is free */
  gint fd;           /* what the slot had last: the driver keeps it mapped */
} Slot;

struct _GstVirtcamImport {
  VirtcamNode *node; /* the element's */
  GstBufferPool *pool;
  gsize frame_size; /* 0: each has its own */
  Slot slots[VIDEO_MAX_FRAME];
  guint count, queued;
};

/* The driver looks a dma-buf up, and maps it, whenever a slot gets another one
 * than it had. */
static guint
find_slot (GstVirtcamImport *self, gint fd)
{
  guint found = self->count;

  for (guint i = 0; i < self->count; i++) {
    const Slot *slot = &self->slots[i];

    if (slot->buffer)
      continue;
    if (slot->fd == fd)
      return i;
    if (found == self->count || slot->fd < 0)
      found = i;
  }
  return found;
}

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED,
      "a buffer of the next element %s", why);
  return FALSE;
}

/* The only memory of a buffer that the driver can write a frame to, borrowed;
 * or NULL. */
static GstMemory *
peek_dmabuf (GstVirtcamImport *self, GstBuffer *buffer, GError **error)
{
  GstMemory *memory;

  if (gst_buffer_n_memory (buffer) != 1) {
    refuse (error, "is not one memory");
    return NULL;
  }
  memory = gst_buffer_peek_memory (buffer, 0);
  if (!gst_is_dmabuf_memory (memory))
    refuse (error, "is no dma-buf");
  else if (memory->offset != 0)
    refuse (error, "does not start where its dma-buf does");
  else if (memory->maxsize < self->frame_size)
    refuse (error, "is too small for a frame");
  else
    return memory;
  return NULL;
}

/* Takes buffer. */
static gboolean
queue_buffer (GstVirtcamImport *self, GstBuffer *buffer, GError **error)
{
  GstMemory *memory = peek_dmabuf (self, buffer, error);
  gint fd = memory ? gst_dmabuf_memory_get_fd (memory) : -1;
  guint index = find_slot (self, fd);

  if (memory == NULL || !virtcam_node_queue_dmabuf (
                            self->node, index, fd, memory->maxsize, error)) {
    gst_buffer_unref (buffer);
    return FALSE;
  }
  self->slots[index].buffer = buffer;
  self->slots[index].fd = fd;
  self->queued++;
  return TRUE;
}

/* Queues whatever buffers the pool has now; there may be none. */
gboolean
gst_virtcam_import_refill (GstVirtcamImport *self, GError **error)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT,
  };

  while (self->queued < self->count) {
    GstBuffer *buffer = NULL;

    if (gst_buffer_pool_acquire_buffer (self->pool, &buffer, &params) !=
        GST_FLOW_OK)
      return TRUE;
    if (!queue_buffer (self, buffer, error))
      return FALSE;
  }
  return TRUE;
}

/* pool must be active. Buffers are queued at once, so that a driver that cannot
 * take them is found out here (VIRTCAM_NODE_ERROR_UNSUPPORTED, mostly). */
GstVirtcamImport *
gst_virtcam_import_new (VirtcamNode *node, GstBufferPool *pool, guint count,
    gsize frame_size, GError **error)
{
  GstVirtcamImport *self = g_new0 (GstVirtcamImport, 1);

  self->node = node;
  self->pool = gst_object_ref (pool);
  self->frame_size = frame_size;
  if (!virtcam_node_request_buffers (node, V4L2_MEMORY_DMABUF, &count, error))
    goto free_import;
  self->count = MIN (count, VIDEO_MAX_FRAME);
  for (guint i = 0; i < self->count; i++)
    self->slots[i].fd = -1;
  if (!gst_virtcam_import_refill (self, error))
    goto free_import;
  if (self->queued > 0)
    return self;
  g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_FAILED,
      "the pool of the next element gives no buffer");

free_import:
  gst_virtcam_import_free (self);
  return NULL;
}

/* Ends streaming, and lets go of the buffers that the driver had. */
void
gst_virtcam_import_free (GstVirtcamImport *self)
{
  guint none = 0;

  if (self == NULL)
    return;
  virtcam_node_stream_off (self->node);
  virtcam_node_request_buffers (self->node, V4L2_MEMORY_DMABUF, &none, NULL);
  for (guint i = 0; i < self->count; i++)
    gst_clear_buffer (&self->slots[i].buffer);
  gst_object_unref (self->pool);
  g_free (self);
}

gboolean
gst_virtcam_import_start (GstVirtcamImport *self, GError **error)
{
  return virtcam_node_stream_on (self->node, error);
}

/* The next filled buffer, the caller's. NULL without an error: nothing is there
 * yet. */
GstBuffer *
gst_virtcam_import_dequeue (
    GstVirtcamImport *self, VirtcamFrame *frame, GError **error)
{
  GstBuffer *buffer;

  if (!virtcam_node_dequeue (self->node, frame, error))
    return NULL;
  buffer = g_steal_pointer (&self->slots[frame->index].buffer);
  self->queued--;
  frame->damaged |= frame->bytesused < self->frame_size;
  if (self->frame_size == 0)
    gst_buffer_set_size (buffer, frame->bytesused);
  return buffer;
}

GstBufferPool *
gst_virtcam_import_get_pool (GstVirtcamImport *self)
{
  return self->pool;
}

guint
gst_virtcam_import_get_count (GstVirtcamImport *self)
{
  return self->count;
}

/* How many buffers the driver has to fill. */
guint
gst_virtcam_import_get_queued (GstVirtcamImport *self)
{
  return self->queued;
}
