/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the kernel's buffers. Each has a GstMemory, or one for each plane, made
 * when the first frame is taken from it: mapping costs as much as making the
 * buffer, and the first frame shall not wait for all of them. A memory is either
 *
 *  1. at home (its buffer is in the driver's queue, or idle before the start,
 *     after an error, or while another plane is lent): the allocator has the only
 *     reference, or a GstBuffer has it that is at home, too, and that the
 *     allocator has the only reference to;
 *  2. lent: downstream has the references, and when the last one goes, dispose
 *     revives the memory. When the buffer's last one is at home, the buffer is
 *     queued again. It does not matter whether the reference was a GstBuffer's, a
 *     sub-memory's or a bare one. A GstBuffer that is the only holder of all
 *     memories of a buffer may come home with them;
 *  3. one too many (its index is target or more): lent, and not wanted back.
 *     dispose lets it die. Its buffer goes back to the kernel once the memories
 *     of all buffers behind it have died, too;
 *  4. orphaned: lent when the stream ended. The mapping or the dma-buf
 *     keeps its pages without the node, and dispose lets it die.
 *
 * A memory refers to the allocator and, at home, the allocator to the memory:
 * gst_virtcam_allocator_free() breaks the circle. */

#include "stream/allocator.h"

#include <gst/allocators/gstdmabuf.h>
#include <string.h>

#include "stream/wrapper.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug
GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_trace_debug);

#ifdef GST_DISABLE_GST_DEBUG
#define TRACE(node, ...) (void) 0
#else
#define TRACE(node, ...) \
  GST_CAT_LEVEL_LOG_ID (gst_virtcam_trace_debug, GST_LEVEL_TRACE, \
      gst_virtcam_node_get_path (node), __VA_ARGS__)
#endif

/* A buffer of the kernel's. */
typedef struct {
  GstMemory *memories[GST_VIDEO_MAX_PLANES]; /* NULL: not lent before */

  gboolean queued;   /* the driver has it */
  guint lent;        /* a bit for each memory that downstream has */
  guint32 sequence;  /* of the last frame in it, for tracing */
  GstBuffer *around; /* at home with the memories, or NULL */
} Slot;

/* Ties a memory, or a GstBuffer, to its slot; lives as long as that. */
typedef struct {
  GstVirtcamAllocator *owner;
  guint index, plane;
} Home;

struct _GstVirtcamAllocator {
  GstAllocator *dmabuf; /* NULL: buffers are mapped */
  GstVirtcamFrames frames;
  guint n_memories; /* of each buffer */
  gboolean full;    /* the driver gives no more; the streaming thread's */
  gboolean rigid;   /* it takes none back; the streaming thread's */

  /* guards all below; innermost, held over QBUF so that the stream does not
   * end in between, never over a call out */
  GMutex lock;
  GstVirtcamNode *node; /* the stream's; NULL once that ended */
  Slot slots[VIDEO_MAX_FRAME];
  guint count;  /* changed by the streaming thread alone */
  guint target; /* buffers from here on die when they come home */
  guint queued; /* atomic, to be read without the lock */
};

static G_DEFINE_QUARK (GstVirtcamHome, home);

static void
clear_allocator (gpointer data)
{
  GstVirtcamAllocator *self = data;

  gst_clear_object (&self->dmabuf);
  g_mutex_clear (&self->lock);
}

static void
unref (GstVirtcamAllocator *self)
{
  g_atomic_rc_box_release_full (self, clear_allocator);
}

static void
free_home (gpointer data)
{
  Home *home = data;

  unref (home->owner);
  g_free (home);
}

/* object: a memory or a GstBuffer of the slot. dispose: what happens when its
 * last reference is gone. */
static void
adopt (GstVirtcamAllocator *self, gpointer object, guint index, guint plane,
    GstMiniObjectDisposeFunction dispose)
{
  const Home home = { g_atomic_rc_box_acquire (self), index, plane };

  gst_mini_object_set_qdata (
      object, home_quark (), g_memdup2 (&home, sizeof home), free_home);
  GST_MINI_OBJECT_CAST (object)->dispose = dispose;
}

static gboolean
queue_locked (GstVirtcamAllocator *self, guint index, GError **error)
{
  if (!gst_virtcam_node_queue (self->node, index, error))
    return FALSE;
  self->slots[index].queued = TRUE;
  g_atomic_int_inc (&self->queued);
  return TRUE;
}

/* Gives the buffer back to the driver. */
static void
come_home_locked (GstVirtcamAllocator *self, guint index)
{
  g_autoptr (GError) error = NULL;

  self->slots[index].lent = 0;
  if (queue_locked (self, index, &error))
    TRACE (self->node, "qbuf: buffer %u, frame %u", index,
        self->slots[index].sequence);
  else
    GST_INFO_ID (gst_virtcam_node_get_path (self->node),
        "a buffer stays idle: %s", error->message);
}

/* The last reference is gone, in whatever thread: keep the memory and give the
 * buffer back to the driver, or let both go if there is no driver any more. */
static gboolean
dispose_memory (GstMiniObject *object)
{
  Home *home = gst_mini_object_get_qdata (object, home_quark ());
  GstVirtcamAllocator *self = home->owner;
  Slot *slot = &self->slots[home->index];
  gboolean die;

  g_mutex_lock (&self->lock);
  die = self->node == NULL || home->index >= self->target;
  slot->lent &= ~(1u << home->plane);
  if (die)
    slot->memories[home->plane] = NULL;
  else
    /* first: once queued, the streaming thread may lend it again at once */
    gst_mini_object_ref (object);
  if (!die && slot->lent == 0)
    come_home_locked (self, home->index);
  /* from here on free() may free the memory, its home and the allocator */
  g_mutex_unlock (&self->lock);
  return die;
}

/* The same for a GstBuffer: with its memories it stays for the next frame. One
 * that does not return as it left dies, and its memories come home by
 * themselves, once nobody shares them any more. */
static gboolean
dispose_buffer (GstMiniObject *object)
{
  const Home *home = gst_mini_object_get_qdata (object, home_quark ());
  GstBuffer *buffer = GST_BUFFER_CAST (object);
  GstVirtcamAllocator *self = home->owner;
  Slot *slot = &self->slots[home->index];
  gboolean die;

  /* writable again; for one that dies that makes no difference */
  gst_buffer_ref (buffer);
  gst_virtcam_wrapper_reset_buffer (buffer);
  g_mutex_lock (&self->lock);
  die = home->index >= self->target ||
        !gst_virtcam_wrapper_is_whole (&self->frames, buffer, slot->memories);
  if (!die) {
    /* first, as in dispose_memory() */
    slot->around = buffer;
    come_home_locked (self, home->index);
  }
  g_mutex_unlock (&self->lock);
  return die;
}

/* Whether it may come back for another frame, with the metas that are marked as
 * pooled. */
gboolean
gst_virtcam_allocator_has_made (GstBuffer *buffer)
{
  return GST_MINI_OBJECT_CAST (buffer)->dispose == dispose_buffer;
}

/* Streaming thread; the lock is not held. */
static gboolean
ensure_memories (GstVirtcamAllocator *self, guint index, GError **error)
{
  for (guint plane = 0; plane < self->n_memories; plane++) {
    gsize size = gst_virtcam_frames_get_memory_size (&self->frames, plane);
    GstMemory *memory = self->slots[index].memories[plane];

    if (memory)
      continue;
    memory = gst_virtcam_wrapper_new_memory (
        self->node, index, plane, size, &self->dmabuf, error);
    if (memory == NULL)
      return FALSE;
    adopt (self, memory, index, plane, dispose_memory);
    g_mutex_lock (&self->lock);
    self->slots[index].memories[plane] = memory;
    g_mutex_unlock (&self->lock);
  }
  return TRUE;
}

/* Asks the driver for count buffers; it may give more or fewer. dmabuf is a
 * wish, see gst_virtcam_allocator_is_dmabuf(): whether the driver exports shows
 * at the first buffer. node is borrowed until free. */
GstVirtcamAllocator *
gst_virtcam_allocator_new (GstVirtcamNode *node, const GstVirtcamFrames *frames,
    gboolean dmabuf, guint count, GError **error)
{
  GstVirtcamAllocator *self = g_atomic_rc_box_new0 (GstVirtcamAllocator);

  g_mutex_init (&self->lock);
  self->frames = *frames;
  self->n_memories = frames->format->n_memories;
  if (dmabuf)
    self->dmabuf = gst_dmabuf_allocator_new ();
  if (!gst_virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &count, error))
    goto free_allocator;
  self->node = node;
  self->count = count;
  self->target = VIDEO_MAX_FRAME;
  if (dmabuf && !ensure_memories (self, 0, error))
    goto free_allocator;
  GST_DEBUG_ID (gst_virtcam_node_get_path (node), "%u buffers, %s", self->count,
      self->dmabuf ? "exported" : "mapped");
  return self;

free_allocator:
  gst_virtcam_allocator_free (self);
  return NULL;
}

/* There are count buffers now; those from first on are queued. */
static gboolean
queue_from (GstVirtcamAllocator *self, guint first, guint count, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  self->count = count;
  for (guint i = first; ok && i < count; i++)
    ok = queue_locked (self, i, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

gboolean
gst_virtcam_allocator_queue_all (GstVirtcamAllocator *self, GError **error)
{
  return queue_from (self, 0, self->count, error);
}

/* Of those that were to die, what has died is with the driver again. */
static gboolean
revive (GstVirtcamAllocator *self)
{
  gboolean any = FALSE;

  g_mutex_lock (&self->lock);
  for (guint i = self->target; i < self->count; i++) {
    const Slot *slot = &self->slots[i];

    if (!slot->queued && !slot->lent && queue_locked (self, i, NULL))
      any = TRUE;
  }
  self->target = VIDEO_MAX_FRAME;
  g_mutex_unlock (&self->lock);
  return any;
}

/* One buffer more, queued at once. FALSE: the driver gives none, or there are
 * as many as it makes sense to hold. Only for the streaming thread. */
gboolean
gst_virtcam_allocator_grow (GstVirtcamAllocator *self)
{
  g_autoptr (GError) error = NULL;
  guint made = 1;

  if (revive (self))
    return TRUE;
  if (self->full)
    return FALSE;
  /* asking again at every frame would cost more than the copy */
  self->full =
      self->count == VIDEO_MAX_FRAME ||
      !gst_virtcam_node_create_buffers (
          self->node, self->count, &made, &error) ||
      !queue_from (self, self->count,
          self->count + MIN (made, VIDEO_MAX_FRAME - self->count), &error);
  GST_DEBUG_ID (gst_virtcam_node_get_path (self->node), "%u buffers%s%s",
      self->count, error ? ": " : "", error ? error->message : "");
  return !self->full;
}

/* The last buffers, down to count, are to go when they come home; those that
 * have are given back to the system. TRUE: there are fewer now. Only for the
 * streaming thread. */
gboolean
gst_virtcam_allocator_shrink (GstVirtcamAllocator *self, guint count)
{
  guint first = self->count;

  if (self->rigid)
    return FALSE;
  g_mutex_lock (&self->lock);
  self->target = count;
  while (first > count && !self->slots[first - 1].queued &&
         self->slots[first - 1].memories[0] == NULL)
    first--;
  g_mutex_unlock (&self->lock);
  if (first == self->count)
    return FALSE;
  self->rigid =
      !gst_virtcam_node_remove_buffers (self->node, first, self->count - first);
  if (self->rigid) {
    revive (self);
    return FALSE;
  }
  GST_DEBUG_ID (gst_virtcam_node_get_path (self->node), "%u buffers", first);
  self->full = FALSE;
  g_mutex_lock (&self->lock);
  self->count = first;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* Takes what is at home out of its slots, into home; how many that are. */
static guint
empty_slots_locked (GstVirtcamAllocator *self, GstMiniObject **home)
{
  guint n_home = 0;

  for (guint i = 0; i < self->count; i++) {
    const Slot *slot = &self->slots[i];

    if (slot->around) {
      home[n_home++] = GST_MINI_OBJECT_CAST (slot->around);
      continue;
    }
    for (guint plane = 0; plane < self->n_memories; plane++)
      if (slot->memories[plane] && !(slot->lent & 1u << plane))
        home[n_home++] = GST_MINI_OBJECT_CAST (slot->memories[plane]);
  }
  memset (self->slots, 0, sizeof self->slots);
  return n_home;
}

/* Ends streaming and frees every buffer that is at home; lent ones are freed
 * by whoever holds them. The streaming thread must be elsewhere. */
void
gst_virtcam_allocator_free (GstVirtcamAllocator *self)
{
  GstMiniObject *home[VIDEO_MAX_FRAME * GST_VIDEO_MAX_PLANES];
  GstVirtcamNode *node = self->node;
  guint n_home, none = 0;

  g_mutex_lock (&self->lock);
  self->node = NULL;
  if (node)
    gst_virtcam_node_stream_off (node);
  n_home = empty_slots_locked (self, home);
  g_mutex_unlock (&self->lock);
  GST_DEBUG ("%u buffers, %u memories at home", self->count, n_home);

  for (guint i = 0; i < n_home; i++)
    gst_mini_object_unref (home[i]);
  /* a driver without orphaned buffers refuses while one is lent; closing the
   * node frees them then */
  if (node)
    gst_virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &none, NULL);
  unref (self);
}

/* The buffer that the driver named is lent from here on; NULL with an error if
 * the driver had not got it. around: the GstBuffer that has its memories, which is
 * the caller's then, or NULL. */
static Slot *
lend (GstVirtcamAllocator *self, const GstVirtcamFrame *frame,
    GstBuffer **around, GError **error)
{
  Slot *slot = &self->slots[frame->index];
  gboolean queued;

  g_mutex_lock (&self->lock);
  queued = slot->queued;
  if (queued) {
    g_atomic_int_add (&self->queued, -1);
    slot->queued = FALSE;
    slot->lent = (1u << self->n_memories) - 1;
    slot->sequence = frame->sequence;
    *around = g_steal_pointer (&slot->around);
  }
  g_mutex_unlock (&self->lock);
  if (queued)
    return slot;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_LENT,
      "DQBUF gave buffer %u, which is still in use", frame->index);
  return NULL;
}

/* A driver may refuse to hand out a buffer that never was mapped (v4l2loopback
 * 0.12.7), after it has taken that out of its queue: what it has left is mapped
 * then. TRUE: there was something to do. */
static gboolean
map_all (GstVirtcamAllocator *self)
{
  gboolean any = FALSE;

  for (guint i = 0; i < self->count; i++) {
    any |= self->slots[i].memories[0] == NULL;
    if (!ensure_memories (self, i, NULL))
      return FALSE;
  }
  return any;
}

static gboolean
dequeue (GstVirtcamAllocator *self, GstVirtcamFrame *frame, GError **error)
{
  /* only the streaming thread ends the stream, or nobody streams */
  if (!gst_virtcam_node_dequeue (self->node, V4L2_MEMORY_MMAP, frame, error)) {
    if (g_error_matches (*error, GST_VIRTCAM_NODE_ERROR,
            GST_VIRTCAM_NODE_ERROR_UNSUPPORTED) &&
        map_all (self))
      g_clear_error (error);
    return FALSE;
  }
  if (frame->index < self->count)
    return ensure_memories (self, frame->index, error);
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
      "DQBUF gave buffer %u of %u", frame->index, self->count);
  return FALSE;
}

/* The next filled buffer. NULL without an error: nothing is there yet.
 * GST_VIRTCAM_NODE_ERROR_LENT: the driver named a buffer that it had not got;
 * whoever holds that keeps it. */
GstBuffer *
gst_virtcam_allocator_take (
    GstVirtcamAllocator *self, GstVirtcamFrame *frame, GError **error)
{
  GstBuffer *buffer;
  const Slot *slot;

  if (!dequeue (self, frame, error))
    return NULL;
  slot = lend (self, frame, &buffer, error);
  if (slot == NULL)
    return NULL;
  TRACE (self->node, "dqbuf: buffer %u, frame %u, stamped %" GST_TIME_FORMAT,
      frame->index, frame->sequence, GST_TIME_ARGS (frame->time_ns));
  if (buffer == NULL) {
    buffer = gst_virtcam_wrapper_new_buffer (&self->frames, slot->memories);
    adopt (self, buffer, frame->index, 0, dispose_buffer);
  }
  gst_virtcam_wrapper_fit_buffer (&self->frames, buffer, frame);
  return buffer;
}

/* Whether the memories are dma-bufs. */
gboolean
gst_virtcam_allocator_is_dmabuf (GstVirtcamAllocator *self)
{
  return self->dmabuf != NULL;
}

guint
gst_virtcam_allocator_get_count (GstVirtcamAllocator *self)
{
  return self->count;
}

/* How many buffers the driver has to fill. */
guint
gst_virtcam_allocator_get_queued (GstVirtcamAllocator *self)
{
  return g_atomic_int_get (&self->queued);
}
