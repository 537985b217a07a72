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
 *  4. orphaned: lent when the allocator stopped. The mapping or the dma-buf
 *     keeps its pages without the node, and dispose lets it die.
 *
 * A memory refers to the allocator and, at home, the allocator to the memory:
 * gst_virtcam_allocator_stop() breaks the circle. */

#include "stream/allocator.h"

#include <gst/allocators/gstdmabuf.h>
#include <string.h>

#include "stream/memory.h"

GST_DEBUG_CATEGORY_STATIC (virtcam_allocator_debug);
#define GST_CAT_DEFAULT virtcam_allocator_debug
GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_trace_debug);

/* A buffer of the kernel's. */
typedef struct {
  GstMemory *memories[GST_VIDEO_MAX_PLANES]; /* NULL: not lent before */

  gboolean queued;   /* the driver has it */
  guint lent;        /* a bit for each memory that downstream has */
  guint32 sequence;  /* of the last frame in it, for tracing */
  GstBuffer *around; /* at home with the memories, or NULL */
} Slot;

/* Ties a memory to its slot; lives as long as the memory. */
typedef struct {
  GstVirtcamAllocator *owner;
  guint index, plane;
} Home;

struct _GstVirtcamAllocator {
  GstAllocator parent;
  GstAllocator *dmabuf; /* NULL: buffers are mapped */
  GstVirtcamFrames frames;
  guint n_memories; /* of each buffer */
  gboolean full;    /* the driver gives no more; the streaming thread's */
  gboolean rigid;   /* it takes none back; the streaming thread's */

  /* guards all below; innermost, held over QBUF so that stop cannot come in
   * between, never over a call out */
  GMutex lock;
  GstVirtcamNode *node; /* the stream's; NULL once stopped */
  Slot slots[VIDEO_MAX_FRAME];
  guint count;  /* changed by the streaming thread alone */
  guint target; /* buffers from here on die when they come home */
  guint queued; /* atomic, to be read without the lock */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamAllocator, gst_virtcam_allocator,
    GST_TYPE_ALLOCATOR,
    GST_DEBUG_CATEGORY_INIT (virtcam_allocator_debug, "virtcamallocator", 0,
        "virtcam kernel buffers"))

static G_DEFINE_QUARK (GstVirtcamHome, home);

static void
free_home (gpointer data)
{
  Home *home = data;

  gst_object_unref (home->owner);
  g_free (home);
}

static gboolean
is_bare (const Slot *slot)
{
  for (guint i = 0; i < GST_VIDEO_MAX_PLANES; i++)
    if (slot->memories[i])
      return FALSE;
  return TRUE;
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
    GST_CAT_TRACE_OBJECT (gst_virtcam_trace_debug, self,
        "qbuf: buffer %u, frame %u", index, self->slots[index].sequence);
  else
    GST_INFO_OBJECT (self, "a buffer stays idle: %s", error->message);
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
  /* from here on stop may free the memory, its home and the allocator */
  g_mutex_unlock (&self->lock);
  return die;
}

/* Whether buffer has all memories of a slot, and nothing else. */
static gboolean
find_locked (GstVirtcamAllocator *self, GstBuffer *buffer, guint *index)
{
  GstMemory *first = gst_buffer_peek_memory (buffer, 0);
  gboolean found;

  for (*index = 0; *index < self->count; (*index)++)
    if (self->slots[*index].memories[0] == first)
      break;
  found = *index < self->count;
  for (guint i = 1; found && i < self->n_memories; i++)
    found =
        self->slots[*index].memories[i] == gst_buffer_peek_memory (buffer, i);
  return found;
}

/* From buffer's dispose, in whatever thread: takes its only reference, and the
 * memories in it, if nobody else holds those, so that they are lent together
 * again. */
gboolean
gst_virtcam_allocator_take_back (GstVirtcamAllocator *self, GstBuffer *buffer)
{
  gboolean taken;
  guint index;

  if (gst_buffer_n_memory (buffer) != self->n_memories)
    return FALSE;
  for (guint i = 0; i < self->n_memories; i++)
    if (GST_MINI_OBJECT_REFCOUNT_VALUE (gst_buffer_peek_memory (buffer, i)) > 1)
      return FALSE;

  g_mutex_lock (&self->lock);
  taken = find_locked (self, buffer, &index) && index < self->target;
  if (taken) {
    /* first, as in dispose_memory */
    self->slots[index].around = buffer;
    come_home_locked (self, index);
  }
  g_mutex_unlock (&self->lock);
  return taken;
}

static void
adopt_memory (
    GstVirtcamAllocator *self, GstMemory *memory, guint index, guint plane)
{
  Home *home = g_new (Home, 1);

  home->owner = gst_object_ref (self);
  home->index = index;
  home->plane = plane;
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT_CAST (memory), home_quark (), home, free_home);
  GST_MINI_OBJECT_CAST (memory)->dispose = dispose_memory;
  self->slots[index].memories[plane] = memory;
}

static GstMemory *
make_memory (
    GstVirtcamAllocator *self, guint index, guint plane, GError **error)
{
  gsize size = gst_virtcam_frames_get_memory_size (&self->frames, plane);
  GstMemory *memory = gst_virtcam_memory_new (GST_ALLOCATOR_CAST (self),
      &self->dmabuf, self->node, index, plane, error);

  if (memory == NULL || memory->maxsize >= size)
    return memory;
  g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
      "buffer %u has %" G_GSIZE_FORMAT " bytes, a frame %" G_GSIZE_FORMAT,
      index, memory->maxsize, size);
  gst_memory_unref (memory);
  return NULL;
}

/* Streaming thread; the lock is not held. */
static gboolean
ensure_memories (GstVirtcamAllocator *self, guint index, GError **error)
{
  for (guint plane = 0; plane < self->n_memories; plane++) {
    GstMemory *memory = self->slots[index].memories[plane];

    if (memory)
      continue;
    memory = make_memory (self, index, plane, error);
    if (memory == NULL)
      return FALSE;
    g_mutex_lock (&self->lock);
    adopt_memory (self, memory, index, plane);
    g_mutex_unlock (&self->lock);
  }
  return TRUE;
}

/* Asks the driver for count buffers; it may give more or fewer. dmabuf is a
 * wish, see gst_virtcam_allocator_is_dmabuf(): whether the driver exports shows
 * at the first buffer. node is borrowed until stop. */
GstVirtcamAllocator *
gst_virtcam_allocator_new (GstVirtcamNode *node, const GstVirtcamFrames *frames,
    gboolean dmabuf, guint count, GError **error)
{
  GstVirtcamAllocator *self = g_object_new (GST_TYPE_VIRTCAM_ALLOCATOR, NULL);

  gst_object_ref_sink (self);
  self->frames = *frames;
  self->n_memories = frames->format->n_memories;
  if (dmabuf)
    self->dmabuf = gst_dmabuf_allocator_new ();
  if (!gst_virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &count, error))
    goto unref_allocator;

  self->node = node;
  self->count = count;
  self->target = VIDEO_MAX_FRAME;
  if (dmabuf && !ensure_memories (self, 0, error))
    goto stop_allocator;
  GST_DEBUG_OBJECT (self, "%u buffers, %s", self->count,
      self->dmabuf ? "exported" : "mapped");
  return self;

stop_allocator:
  gst_virtcam_allocator_stop (self);
unref_allocator:
  gst_object_unref (self);
  return NULL;
}

static gboolean
queue_from (GstVirtcamAllocator *self, guint first, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  for (guint i = first; ok && i < self->count; i++)
    ok = queue_locked (self, i, error);
  g_mutex_unlock (&self->lock);
  return ok;
}

gboolean
gst_virtcam_allocator_start (GstVirtcamAllocator *self, GError **error)
{
  return queue_from (self, 0, error) &&
         gst_virtcam_node_stream_on (self->node, error);
}

/* Takes the next n buffers, which the driver has just made, and queues them. */
static gboolean
queue_new (GstVirtcamAllocator *self, guint n, GError **error)
{
  guint first = self->count;

  g_mutex_lock (&self->lock);
  self->count += MIN (n, VIDEO_MAX_FRAME - self->count);
  g_mutex_unlock (&self->lock);
  return queue_from (self, first, error);
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
  self->full = self->count == VIDEO_MAX_FRAME ||
               !gst_virtcam_node_create_buffers (
                   self->node, self->count, &made, &error) ||
               !queue_new (self, made, &error);
  GST_DEBUG_OBJECT (self, "%u buffers%s%s", self->count, error ? ": " : "",
      error ? error->message : "");
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
         is_bare (&self->slots[first - 1]))
    first--;
  g_mutex_unlock (&self->lock);
  if (first == self->count)
    return FALSE;
  if (!gst_virtcam_node_remove_buffers (
          self->node, first, self->count - first)) {
    self->rigid = TRUE;
    revive (self);
    return FALSE;
  }
  GST_DEBUG_OBJECT (self, "%u buffers", first);
  self->full = FALSE;
  g_mutex_lock (&self->lock);
  self->count = first;
  g_mutex_unlock (&self->lock);
  return TRUE;
}

/* Ends streaming and frees every buffer that is at home; lent ones are freed
 * by whoever holds them. The node is not used after this. May be called
 * twice; the streaming thread must be elsewhere. */
void
gst_virtcam_allocator_stop (GstVirtcamAllocator *self)
{
  GstMiniObject *home[VIDEO_MAX_FRAME * GST_VIDEO_MAX_PLANES];
  GstVirtcamNode *node;
  guint n_home = 0, none = 0;

  g_mutex_lock (&self->lock);
  node = self->node;
  self->node = NULL;
  if (node)
    gst_virtcam_node_stream_off (node);
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
  GST_DEBUG_OBJECT (
      self, "%u buffers, %u memories at home", self->count, n_home);
  self->count = 0;
  g_atomic_int_set (&self->queued, 0);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < n_home; i++)
    gst_mini_object_unref (home[i]);
  /* a driver without orphaned buffers refuses while one is lent; closing the
   * node frees them then */
  if (node)
    gst_virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &none, NULL);
}

/* The buffer that the driver named; NULL: it had not got that one. */
static const Slot *
lend (
    GstVirtcamAllocator *self, const GstVirtcamFrame *frame, GstBuffer **around)
{
  Slot *slot = NULL;

  g_mutex_lock (&self->lock);
  if (frame->index < self->count && self->slots[frame->index].queued) {
    slot = &self->slots[frame->index];
    g_atomic_int_add (&self->queued, -1);
    slot->queued = FALSE;
    slot->lent = (1u << self->n_memories) - 1;
    slot->sequence = frame->sequence;
    *around = g_steal_pointer (&slot->around);
  }
  g_mutex_unlock (&self->lock);
  return slot;
}

static void
refuse_buffer (GstVirtcamAllocator *self, guint index, GError **error)
{
  if (index < self->count)
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_LENT,
        "DQBUF gave buffer %u, which is still in use", index);
  else
    g_set_error (error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_FAILED,
        "DQBUF gave buffer %u of %u", index, self->count);
}

/* A driver may refuse to hand out a buffer that never was mapped (v4l2loopback
 * 0.12.7), after it has taken that out of its queue: what it has left is mapped
 * then. TRUE: that has been done, and there was something to do. */
static gboolean
map_all (GstVirtcamAllocator *self, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean any = FALSE;

  if (!g_error_matches (
          *error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_UNSUPPORTED))
    return FALSE;
  for (guint i = 0; i < self->count; i++) {
    any |= is_bare (&self->slots[i]);
    if (!ensure_memories (self, i, &failure))
      return FALSE;
  }
  if (any)
    g_clear_error (error);
  return any;
}

/* The last borrower may have cut a memory to size. A raw frame is all of its
 * planes, or a reader of the GstVideoMeta would read behind it: what a driver
 * left out has the bytes of an older frame, and is said to be damaged. */
static void
resize (GstVirtcamAllocator *self, const Slot *slot, GstVirtcamFrame *frame)
{
  for (guint i = 0; i < self->n_memories; i++) {
    gsize size = gst_virtcam_frames_get_memory_size (&self->frames, i);
    GstMemory *memory = slot->memories[i];
    gsize end = MIN (frame->bytesused[i], memory->maxsize);
    gsize start = MIN (frame->data_offset[i], end);

    frame->damaged |= end < frame->bytesused[i] || end - start < size;
    memory->offset = MIN (start, memory->maxsize - size);
    memory->size = size ? size : end - start;
  }
}

/* The next filled buffer: its memories, as many as a frame has pieces of memory,
 * which are the caller's; if around is set, they are those of a GstBuffer, which
 * is the caller's then. NULL without an error: nothing is there yet.
 * GST_VIRTCAM_NODE_ERROR_LENT: the driver named a buffer that it had not got;
 * whoever holds that keeps it. */
GstMemory *const *
gst_virtcam_allocator_dequeue (GstVirtcamAllocator *self,
    GstVirtcamFrame *frame, GstBuffer **around, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  const Slot *slot;

  /* only the streaming thread stops the allocator, or nobody streams */
  if (!gst_virtcam_node_dequeue (
          self->node, V4L2_MEMORY_MMAP, frame, &refusal)) {
    if (refusal && !map_all (self, &refusal))
      g_propagate_error (error, g_steal_pointer (&refusal));
    return NULL;
  }
  if (frame->index < self->count &&
      !ensure_memories (self, frame->index, error))
    return NULL;
  slot = lend (self, frame, around);
  if (slot == NULL) {
    refuse_buffer (self, frame->index, error);
    return NULL;
  }
  GST_CAT_TRACE_OBJECT (gst_virtcam_trace_debug, self,
      "dqbuf: buffer %u, frame %u, stamped %" GST_TIME_FORMAT, frame->index,
      frame->sequence, GST_TIME_ARGS (frame->time_ns));
  resize (self, slot, frame);
  return slot->memories;
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

static void
gst_virtcam_allocator_finalize (GObject *object)
{
  GstVirtcamAllocator *self = GST_VIRTCAM_ALLOCATOR (object);

  gst_clear_object (&self->dmabuf);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (gst_virtcam_allocator_parent_class)->finalize (object);
}

static void
gst_virtcam_allocator_class_init (GstVirtcamAllocatorClass *klass)
{
  GST_ALLOCATOR_CLASS (klass)->free = gst_virtcam_memory_free_mapped;
  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_allocator_finalize;
}

static void
gst_virtcam_allocator_init (GstVirtcamAllocator *self)
{
  gst_virtcam_memory_init_allocator (GST_ALLOCATOR_CAST (self));
  g_mutex_init (&self->lock);
  /* the driver makes the memory, no gst_allocator_alloc can */
  GST_OBJECT_FLAG_SET (self, GST_ALLOCATOR_FLAG_CUSTOM_ALLOC);
}
