/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The peer's dma-bufs, which the driver fills. A pool tells nobody when it gets a
 * buffer back: where the driver has fewer buffers than it needs, a thread waits
 * in the pool for the next one, and wakes the streaming thread. */

#include <gst/allocators/gstdmabuf.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "stream/kind.h"

/* How often a device without any buffer, which poll() cannot tell of, is asked
 * whether it is still there. */
#define ABSENCE_CHECK (100 * GST_MSECOND)

typedef struct {
  GstBuffer *buffer; /* with the driver; NULL: the slot is free */
  gint fd;           /* what the slot had last: the driver keeps it mapped */
} Slot;

typedef struct {
  GstVirtcamStream parent;
  gsize frame_size; /* 0: each has its own */
  Slot slots[VIDEO_MAX_FRAME];
  guint queued;
  guint min; /* buffers that the driver needs to go on */

  GThread *thread;     /* that waits; NULL: it never had to */
  GAsyncQueue *orders; /* for it: FETCH or END */
  gboolean fetching;   /* it has been told to, and has not been heard of */
  gint came_fd;        /* eventfd; readable: it has done so */
  GstBuffer *came;     /* atomic; then what it has, NULL if nothing */
} Filled;

#define FETCH GINT_TO_POINTER (1)
#define END GINT_TO_POINTER (2)

/* The driver looks a dma-buf up, and maps it, whenever a slot gets another one
 * than it had. */
static guint
find_slot (Filled *self, gint fd)
{
  guint found = self->parent.count;

  for (guint i = 0; i < self->parent.count; i++) {
    const Slot *slot = &self->slots[i];

    if (slot->buffer)
      continue;
    if (slot->fd == fd)
      return i;
    if (found == self->parent.count || slot->fd < 0)
      found = i;
  }
  return found;
}

/* Why the driver cannot write a frame into buffer; NULL: it can. */
static const gchar *
find_fault (Filled *self, GstBuffer *buffer)
{
  GstMemory *memory;

  if (gst_buffer_n_memory (buffer) != 1)
    return "is not one memory";
  memory = gst_buffer_peek_memory (buffer, 0);
  if (!gst_is_dmabuf_memory (memory))
    return "is no dma-buf";
  if (memory->offset != 0)
    return "does not start where its dma-buf does";
  if (memory->maxsize < self->frame_size)
    return "is too small for a frame";
  return NULL;
}

/* Takes given. */
static gboolean
queue_buffer (Filled *self, GstBuffer *given, GError **error)
{
  g_autoptr (GstBuffer) buffer = given;
  const gchar *fault = find_fault (self, buffer);
  GstMemory *memory;
  guint index;
  gint fd;

  if (fault) {
    g_set_error (error, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, "a buffer of the next element %s",
        fault);
    return FALSE;
  }
  memory = gst_buffer_peek_memory (buffer, 0);
  fd = gst_dmabuf_memory_get_fd (memory);
  index = find_slot (self, fd);
  if (!gst_virtcam_node_queue_dmabuf (
          self->parent.node, index, fd, memory->maxsize, error))
    return FALSE;
  self->slots[index].buffer = g_steal_pointer (&buffer);
  self->slots[index].fd = fd;
  self->queued++;
  return TRUE;
}

/* Queues whatever buffers the pool has now; there may be none. */
static gboolean
refill (Filled *self, GError **error)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT,
  };

  while (self->queued < self->parent.count) {
    GstBuffer *buffer = NULL;

    if (gst_buffer_pool_acquire_buffer (self->parent.pool, &buffer, &params) !=
        GST_FLOW_OK)
      return TRUE;
    if (!queue_buffer (self, buffer, error))
      return FALSE;
  }
  return TRUE;
}

/* The thread */

/* A pool that is flushing, or that cannot make more, gives none at once. The
 * stream asks again, which shall not take all of a processor: so the thread rests
 * for a while, and all that it can be told meanwhile is to end. */
static gpointer
run (gpointer data)
{
  Filled *self = data;

  while (g_async_queue_pop (self->orders) == FETCH) {
    GstBuffer *buffer = NULL;

    if (gst_buffer_pool_acquire_buffer (self->parent.pool, &buffer, NULL) !=
            GST_FLOW_OK &&
        g_async_queue_timeout_pop (self->orders, ABSENCE_CHECK / 1000))
      break;
    g_atomic_pointer_set (&self->came, buffer);
    eventfd_write (self->came_fd, 1);
  }
  return NULL;
}

static void
fetch_one (Filled *self)
{
  if (self->fetching)
    return;
  if (self->thread == NULL)
    self->thread = g_thread_new ("virtcam-refill", run, self);
  self->fetching = TRUE;
  g_async_queue_push (self->orders, FETCH);
}

static gboolean
queue_what_came (Filled *self, GError **error)
{
  GstBuffer *buffer;
  eventfd_t count;

  if (eventfd_read (self->came_fd, &count) < 0)
    return TRUE;
  self->fetching = FALSE;
  buffer = g_atomic_pointer_get (&self->came);
  g_atomic_pointer_set (&self->came, NULL);
  return buffer == NULL || queue_buffer (self, buffer, error);
}

/* A pool that is flushing lets the thread go; whoever uses it stopped it, or
 * will. */
static void
end_thread (Filled *self)
{
  if (self->thread == NULL)
    return;
  gst_buffer_pool_set_flushing (self->parent.pool, TRUE);
  g_async_queue_push (self->orders, END);
  g_thread_join (self->thread);
  gst_buffer_pool_set_flushing (self->parent.pool, FALSE);
  gst_clear_buffer (&self->came);
}

/* The kind */

/* poll() has an error for a device that has no buffer: it is left out then. */
static GstVirtcamWait
wait_for_buffer (Filled *self, GstVirtcamWaiter *waiter, GError **error)
{
  GstVirtcamNode *node = self->queued > 0 ? self->parent.node : NULL;
  GstVirtcamWait wait;

  fetch_one (self);
  wait = gst_virtcam_waiter_wait (
      waiter, node, self->came_fd, node ? G_MAXUINT64 : ABSENCE_CHECK, error);
  if (wait == GST_VIRTCAM_WAIT_OTHER && !queue_what_came (self, error))
    return GST_VIRTCAM_WAIT_FAILED;
  if (wait == GST_VIRTCAM_WAIT_TIMEOUT &&
      !gst_virtcam_node_check_present (self->parent.node, error))
    return GST_VIRTCAM_WAIT_FAILED;
  return wait;
}

static GstVirtcamWait
wait (GstVirtcamStream *stream, GstVirtcamWaiter *waiter, GError **error)
{
  Filled *self = (Filled *) stream;
  GstVirtcamWait result;

  do {
    if (!refill (self, error))
      return GST_VIRTCAM_WAIT_FAILED;
    result = self->queued < self->min
                 ? wait_for_buffer (self, waiter, error)
                 : gst_virtcam_waiter_wait (
                       waiter, stream->node, -1, G_MAXUINT64, error);
  } while (
      result == GST_VIRTCAM_WAIT_OTHER || result == GST_VIRTCAM_WAIT_TIMEOUT);
  return result;
}

static GstBuffer *
take (GstVirtcamStream *stream, GstVirtcamTaken *taken, GError **error)
{
  Filled *self = (Filled *) stream;
  GstVirtcamFrame *frame = &taken->frame;
  GstBuffer *buffer = NULL;

  if (!gst_virtcam_node_dequeue (
          stream->node, V4L2_MEMORY_DMABUF, frame, error))
    return NULL;
  if (frame->index < self->parent.count)
    buffer = g_steal_pointer (&self->slots[frame->index].buffer);
  if (buffer == NULL) {
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
        "DQBUF gave buffer %u of %u, which the driver had not got",
        frame->index, self->parent.count);
    return NULL;
  }
  self->queued--;
  frame->damaged |= frame->bytesused[0] < self->frame_size ||
                    frame->bytesused[0] > gst_buffer_get_size (buffer) ||
                    frame->data_offset[0] > 0;
  if (self->frame_size == 0)
    gst_buffer_set_size (
        buffer, MIN (frame->bytesused[0], gst_buffer_get_size (buffer)));
  if (gst_buffer_get_video_meta (buffer) == NULL)
    gst_virtcam_frames_describe (
        &stream->frames, buffer, &stream->frames.layout);
  return buffer;
}

static void
free_filled (GstVirtcamStream *stream)
{
  Filled *self = (Filled *) stream;
  guint none = 0;

  gst_virtcam_node_stream_off (stream->node);
  gst_virtcam_node_request_buffers (
      stream->node, V4L2_MEMORY_DMABUF, &none, NULL);
  end_thread (self);
  for (guint i = 0; i < self->parent.count; i++)
    gst_clear_buffer (&self->slots[i].buffer);
  if (self->came_fd >= 0)
    close (self->came_fd);
  g_async_queue_unref (self->orders);
}

static const GstVirtcamStreamKind filled_kind = {
  .free = free_filled,
  .wait = wait,
  .take = take,
};

static gboolean
open_slots (Filled *self, guint asked, GError **error)
{
  guint count = asked;

  if (self->came_fd < 0)
    return gst_virtcam_node_fail (self->parent.node, "eventfd", error);
  if (!gst_virtcam_node_request_buffers (
          self->parent.node, V4L2_MEMORY_DMABUF, &count, error))
    return FALSE;
  self->parent.count = count;
  for (guint i = 0; i < count; i++)
    self->slots[i].fd = -1;
  if (!refill (self, error))
    return FALSE;
  /* a driver makes more than asked where it needs them */
  if (self->queued >= (count > asked ? count : self->min))
    return TRUE;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
      "the pool of the next element gives %u buffers, the driver needs %u",
      self->queued, MAX (self->min, count > asked ? count : 1));
  return FALSE;
}

/* Buffers are queued at once, so that a driver that cannot take them is found
 * out here (GST_VIRTCAM_NODE_ERROR_UNSUPPORTED, mostly). */
GstVirtcamStream *
gst_virtcam_stream_new_filled (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, GstBufferPool *pool, guint count, guint min,
    GError **error)
{
  Filled *self = gst_virtcam_stream_init (
      sizeof (Filled), &filled_kind, node, frames, pool);

  self->orders = g_async_queue_new ();
  self->came_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  self->parent.dmabuf = TRUE;
  self->frame_size = gst_virtcam_frames_get_size (frames);
  self->min = min;
  if (open_slots (self, MIN (count, VIDEO_MAX_FRAME), error))
    return &self->parent;
  gst_virtcam_stream_free (&self->parent);
  return NULL;
}
