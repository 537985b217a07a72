/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the kernel's buffers. Each has one GstMemory for life, made when the
 * first frame is taken from it (mapping costs as much as making the buffer, and
 * the first frame shall not wait for all of them), which is either
 *
 *  1. at home (in the driver's queue, or idle before the start or after an
 *     error): the allocator has the only reference, or the GstBuffer that has
 *     it and is at home, too;
 *  2. lent: downstream has the references, and when the last one goes, dispose
 *     revives the memory and queues its buffer again. It does not matter
 *     whether that was a GstBuffer's, a sub-memory's or a bare one. A GstBuffer
 *     that is the memory's only holder may come home with it;
 *  3. orphaned: lent when the allocator stopped. The mapping or the dma-buf
 *     keeps its pages without the node, and dispose lets it die.
 *
 * A memory refers to the allocator and, at home, the allocator to the memory:
 * stop breaks the circle. */

#include "gstvirtcamallocator.h"

#include "gstvirtcammemory.h"
#include "gstvirtcamtrace.h"

#include <gst/allocators/gstdmabuf.h>

GST_DEBUG_CATEGORY_STATIC (virtcam_allocator_debug);
#define GST_CAT_DEFAULT virtcam_allocator_debug

/* Ties a memory to its kernel buffer; lives as long as the memory. */
typedef struct {
  GstVirtcamAllocator *owner;
  guint index;
} Slot;

struct _GstVirtcamAllocator {
  GstAllocator parent;
  GstAllocator *dmabuf; /* NULL: buffers are mapped */
  gsize frame_size;     /* of every frame; 0: each has its own */

  /* guards all below; innermost, held over QBUF so that stop cannot come in
   * between, never over a call out */
  GMutex lock;
  VirtcamNode *node; /* the element's; NULL once stopped */
  /* NULL: not lent before */
  GstMemory *memories[VIDEO_MAX_FRAME];
  gboolean home[VIDEO_MAX_FRAME];
  GstBuffer *around[VIDEO_MAX_FRAME];   /* at home with the memory, or NULL */
  VirtcamFrame frames[VIDEO_MAX_FRAME]; /* the last in each, for tracing */
  guint count; /* changed by the streaming thread, or while that is elsewhere */
  guint rest;  /* how many are still to be made; the same */
  guint queued; /* atomic, to be read without */

  gboolean full;    /* the driver gives no more; as count */
  gboolean refused; /* those that were still to be made; the same */
};

G_DEFINE_TYPE_WITH_CODE (GstVirtcamAllocator, gst_virtcam_allocator,
    GST_TYPE_ALLOCATOR,
    GST_DEBUG_CATEGORY_INIT (virtcam_allocator_debug, "virtcamallocator", 0,
        "virtcam kernel buffers"))

static GQuark
slot_quark (void)
{
  static gsize quark = 0;

  if (g_once_init_enter (&quark))
    g_once_init_leave (&quark, g_quark_from_static_string ("GstVirtcamSlot"));
  return (GQuark) quark;
}

static void
free_slot (gpointer data)
{
  Slot *slot = data;

  gst_object_unref (slot->owner);
  g_free (slot);
}

static gboolean
queue_locked (GstVirtcamAllocator *self, guint index, GError **error)
{
  if (!virtcam_node_queue (self->node, index, error))
    return FALSE;
  g_atomic_int_inc (&self->queued);
  return TRUE;
}

/* Gives the buffer back to the driver. Returns a reference to self if somebody
 * wants to know of frame. */
static GstVirtcamAllocator *
come_home_locked (GstVirtcamAllocator *self, guint index, VirtcamFrame *frame)
{
  g_autoptr (GError) error = NULL;

  self->home[index] = TRUE;
  if (!queue_locked (self, index, &error)) {
    GST_INFO_OBJECT (self, "a buffer stays idle: %s", error->message);
    return NULL;
  }
  if (!gst_virtcam_trace_wanted ())
    return NULL;
  *frame = self->frames[index];
  return gst_object_ref (self);
}

/* The last reference is gone, in whatever thread: keep the memory and give the
 * buffer back to the driver, or let both go if there is no driver any more. */
static gboolean
dispose_memory (GstMiniObject *object)
{
  Slot *slot = gst_mini_object_get_qdata (object, slot_quark ());
  GstVirtcamAllocator *self = slot->owner;
  g_autoptr (GstVirtcamAllocator) traced = NULL;
  VirtcamFrame frame;
  gboolean die;

  g_mutex_lock (&self->lock);
  die = self->node == NULL;
  if (!die) {
    /* first: once queued, the streaming thread may lend it again at once */
    gst_mini_object_ref (object);
    traced = come_home_locked (self, slot->index, &frame);
  }
  /* from here on stop may free the memory, its slot and the allocator */
  g_mutex_unlock (&self->lock);
  if (traced)
    gst_virtcam_trace_frame (traced, GST_VIRTCAM_STATION_QBUF, &frame);
  return die;
}

static gboolean
find_locked (GstVirtcamAllocator *self, GstMemory *memory, guint *index)
{
  for (*index = 0; *index < self->count; (*index)++)
    if (self->memories[*index] == memory)
      return TRUE;
  return FALSE;
}

/* From buffer's dispose, in whatever thread: takes its only reference, and the
 * memory in it, if nobody else holds that, so that they are lent together
 * again. */
gboolean
gst_virtcam_allocator_take_back (GstVirtcamAllocator *self, GstBuffer *buffer)
{
  g_autoptr (GstVirtcamAllocator) traced = NULL;
  GstMemory *memory;
  VirtcamFrame frame;
  gboolean taken;
  guint index;

  if (gst_buffer_n_memory (buffer) != 1)
    return FALSE;
  memory = gst_buffer_peek_memory (buffer, 0);
  if (GST_MINI_OBJECT_REFCOUNT_VALUE (memory) != 1)
    return FALSE;

  g_mutex_lock (&self->lock);
  taken = find_locked (self, memory, &index);
  if (taken) {
    /* first, as in dispose_memory */
    self->around[index] = buffer;
    traced = come_home_locked (self, index, &frame);
  }
  g_mutex_unlock (&self->lock);
  if (traced)
    gst_virtcam_trace_frame (traced, GST_VIRTCAM_STATION_QBUF, &frame);
  return taken;
}

static void
adopt_memory (GstVirtcamAllocator *self, GstMemory *memory, guint index)
{
  Slot *slot = g_new (Slot, 1);

  slot->owner = gst_object_ref (self);
  slot->index = index;
  gst_mini_object_set_qdata (
      GST_MINI_OBJECT_CAST (memory), slot_quark (), slot, free_slot);
  GST_MINI_OBJECT_CAST (memory)->dispose = dispose_memory;
  self->memories[index] = memory;
  self->home[index] = TRUE;
}

/* A driver that does not export says so at the first buffer, and is not asked
 * again: the memories of one allocator are all of one kind. */
static GstMemory *
export_or_map_first (GstVirtcamAllocator *self, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  GstMemory *memory =
      gst_virtcam_memory_new_exported (self->dmabuf, self->node, 0, &refusal);

  if (memory)
    return memory;
  if (!g_error_matches (
          refusal, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_UNSUPPORTED)) {
    g_propagate_error (error, g_steal_pointer (&refusal));
    return NULL;
  }
  GST_INFO_OBJECT (self, "mapped, not exported: %s", refusal->message);
  gst_clear_object (&self->dmabuf);
  return gst_virtcam_memory_new_mapped (
      GST_ALLOCATOR_CAST (self), self->node, 0, error);
}

static GstMemory *
make_memory (GstVirtcamAllocator *self, guint index, GError **error)
{
  GstMemory *memory;

  if (self->dmabuf && index == 0)
    memory = export_or_map_first (self, error);
  else if (self->dmabuf)
    memory = gst_virtcam_memory_new_exported (
        self->dmabuf, self->node, index, error);
  else
    memory = gst_virtcam_memory_new_mapped (
        GST_ALLOCATOR_CAST (self), self->node, index, error);

  if (memory && memory->maxsize < self->frame_size) {
    g_set_error (error, VIRTCAM_NODE_ERROR, VIRTCAM_NODE_ERROR_FAILED,
        "buffer %u has %" G_GSIZE_FORMAT " bytes, a frame %" G_GSIZE_FORMAT,
        index, memory->maxsize, self->frame_size);
    g_clear_pointer (&memory, gst_memory_unref);
  }
  return memory;
}

/* Streaming thread; the lock is not held. */
static gboolean
ensure_memory (GstVirtcamAllocator *self, guint index, GError **error)
{
  GstMemory *memory;

  if (self->memories[index])
    return TRUE;
  memory = make_memory (self, index, error);
  if (memory == NULL)
    return FALSE;
  g_mutex_lock (&self->lock);
  adopt_memory (self, memory, index);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

static gboolean
request_buffers (GstVirtcamAllocator *self, VirtcamNode *node, guint first,
    guint count, GError **error)
{
  guint asked, n;

  self->full = !virtcam_node_can_create_buffers (node);
  n = asked = self->full ? count : MIN (first, count);
  if (!virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &n, error))
    return FALSE;
  self->count = MIN (n, VIDEO_MAX_FRAME);
  /* a driver may insist on more at the start than it was asked for */
  self->rest = asked == count ? 0 : count - MIN (count, self->count);
  return TRUE;
}

/* Asks the driver for count buffers (it may give more or fewer), but now only
 * for the first of them if it can make the others while it streams. dmabuf is a
 * wish, see gst_virtcam_allocator_is_dmabuf: whether the driver exports shows at
 * the first buffer. frame_size: the bytes of every frame, 0 if the driver says
 * it with each. node is borrowed until stop. */
GstVirtcamAllocator *
gst_virtcam_allocator_new (VirtcamNode *node, gboolean dmabuf, guint first,
    guint count, gsize frame_size, GError **error)
{
  GstVirtcamAllocator *self = g_object_new (GST_TYPE_VIRTCAM_ALLOCATOR, NULL);

  gst_object_ref_sink (self);
  self->frame_size = frame_size;
  if (dmabuf)
    self->dmabuf = gst_dmabuf_allocator_new ();
  if (!request_buffers (self, node, first, count, error))
    goto unref_allocator;

  self->node = node;
  if (dmabuf && !ensure_memory (self, 0, error))
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

gboolean
gst_virtcam_allocator_start (GstVirtcamAllocator *self, GError **error)
{
  gboolean ok = TRUE;

  g_mutex_lock (&self->lock);
  for (guint i = 0; ok && i < self->count; i++)
    ok = queue_locked (self, i, error);
  g_mutex_unlock (&self->lock);

  return ok && virtcam_node_stream_on (self->node, error);
}

/* Queues the next n buffers, which the driver has just made. */
static gboolean
queue_new_locked (GstVirtcamAllocator *self, guint n, GError **error)
{
  for (n = MIN (n, VIDEO_MAX_FRAME - self->count); n > 0; n--) {
    if (!queue_locked (self, self->count++, error))
      return FALSE;
  }
  return TRUE;
}

/* Whether the driver was not able to, in this state. */
static gboolean
is_refusal (const GError *error)
{
  return error->code == VIRTCAM_NODE_ERROR_UNSUPPORTED ||
         error->code == VIRTCAM_NODE_ERROR_BUSY;
}

/* Makes and queues those that there were not at the start. Where the driver
 * does not do it after all, what it has must do. Only for the streaming thread,
 * or another while that one is downstream. */
void
gst_virtcam_allocator_complete (GstVirtcamAllocator *self)
{
  g_autoptr (GError) error = NULL;
  guint more = self->rest;
  gboolean ok;

  if (more == 0)
    return;
  ok = virtcam_node_create_buffers (self->node, self->count, &more, &error);
  g_mutex_lock (&self->lock);
  ok = ok && queue_new_locked (self, more, &error);
  self->rest = 0;
  g_mutex_unlock (&self->lock);
  /* neither will it when downstream holds many */
  self->full = !ok;
  self->refused = !ok && is_refusal (error);
  GST_DEBUG_OBJECT (self, "%u buffers in all%s%s", self->count,
      error ? ": " : "", error ? error->message : "");
}

/* One buffer more, queued at once. FALSE: the driver gives none, or there are
 * as many as it makes sense to hold. Only for the streaming thread. */
gboolean
gst_virtcam_allocator_grow (GstVirtcamAllocator *self)
{
  g_autoptr (GError) error = NULL;
  GstMemory *memory = NULL;
  gboolean ok = FALSE;
  guint made = 1;

  if (self->full)
    return FALSE;
  if (self->count < VIDEO_MAX_FRAME &&
      virtcam_node_create_buffers (self->node, self->count, &made, &error))
    memory = make_memory (self, self->count, &error);
  if (memory) {
    g_mutex_lock (&self->lock);
    adopt_memory (self, memory, self->count);
    ok = queue_new_locked (self, made, &error);
    g_mutex_unlock (&self->lock);
  }
  /* asking again at every frame would cost more than the copy */
  self->full = !ok;
  GST_DEBUG_OBJECT (self, "%u buffers%s%s", self->count, error ? ": " : "",
      error ? error->message : "");
  return ok;
}

/* Ends streaming and frees every buffer that is at home; lent ones are freed
 * by whoever holds them. The node is not used after this. May be called
 * twice; the streaming thread must be elsewhere. */
void
gst_virtcam_allocator_stop (GstVirtcamAllocator *self)
{
  GstMiniObject *home[VIDEO_MAX_FRAME];
  VirtcamNode *node;
  guint n_home = 0, none = 0;

  g_mutex_lock (&self->lock);
  node = self->node;
  self->node = NULL;
  if (node)
    virtcam_node_stream_off (node);
  for (guint i = 0; i < self->count; i++) {
    if (self->around[i])
      home[n_home++] = GST_MINI_OBJECT_CAST (self->around[i]);
    else if (self->memories[i] && self->home[i])
      home[n_home++] = GST_MINI_OBJECT_CAST (self->memories[i]);
    self->home[i] = FALSE;
    self->memories[i] = NULL;
    self->around[i] = NULL;
  }
  GST_DEBUG_OBJECT (
      self, "%u buffers, %u memories at home", self->count, n_home);
  self->count = self->rest = 0;
  g_atomic_int_set (&self->queued, 0);
  g_mutex_unlock (&self->lock);

  for (guint i = 0; i < n_home; i++)
    gst_mini_object_unref (home[i]);
  /* a driver without orphaned buffers refuses while one is lent; closing the
   * node frees them then */
  if (node)
    virtcam_node_request_buffers (node, V4L2_MEMORY_MMAP, &none, NULL);
}

/* The next filled buffer, as a memory of the caller's; if around is set, as that
 * of a GstBuffer, which is the caller's then. NULL without an error: nothing is
 * there yet. */
GstMemory *
gst_virtcam_allocator_dequeue (GstVirtcamAllocator *self, VirtcamFrame *frame,
    GstBuffer **around, GError **error)
{
  GstMemory *memory;
  gboolean made;

  /* only the streaming thread stops the allocator, or nobody streams */
  if (!virtcam_node_dequeue (self->node, frame, error))
    return NULL;

  made = ensure_memory (self, frame->index, error);
  g_mutex_lock (&self->lock);
  g_atomic_int_add (&self->queued, -1);
  self->home[frame->index] = FALSE;
  memory = self->memories[frame->index];
  *around = g_steal_pointer (&self->around[frame->index]);
  self->frames[frame->index] = *frame;
  g_mutex_unlock (&self->lock);
  if (!made)
    return NULL;
  if (gst_virtcam_trace_wanted ())
    gst_virtcam_trace_frame (self, GST_VIRTCAM_STATION_DQBUF, frame);

  /* The last borrower may have cut it to size. A raw frame is all of its
   * planes, or a reader of the GstVideoMeta would read behind it: what a driver
   * left out has the bytes of an older frame, and is said to be damaged. */
  frame->damaged |= frame->bytesused < self->frame_size;
  memory->offset = 0;
  memory->size = self->frame_size ? self->frame_size
                                  : MIN (frame->bytesused, memory->maxsize);
  return memory;
}

/* Whether the memories are dma-bufs. */
gboolean
gst_virtcam_allocator_is_dmabuf (GstVirtcamAllocator *self)
{
  return self->dmabuf != NULL;
}

/* Those that are still to be made included. */
guint
gst_virtcam_allocator_get_count (GstVirtcamAllocator *self)
{
  guint count;

  g_mutex_lock (&self->lock);
  count = self->count + self->rest;
  g_mutex_unlock (&self->lock);
  return count;
}

static gboolean
is_lending_locked (GstVirtcamAllocator *self)
{
  for (guint i = 0; i < self->count; i++) {
    if (self->memories[i] && !self->home[i])
      return TRUE;
  }
  return FALSE;
}

/* Whether the driver refused to make the others while it streams. */
gboolean
gst_virtcam_allocator_was_refused (GstVirtcamAllocator *self)
{
  return self->refused;
}

/* Whether the driver can free all buffers now, the lent ones included. */
gboolean
gst_virtcam_allocator_can_be_replaced (GstVirtcamAllocator *self)
{
  gboolean can;

  g_mutex_lock (&self->lock);
  can = virtcam_node_has_orphans (self->node) || !is_lending_locked (self);
  g_mutex_unlock (&self->lock);
  return can;
}

gboolean
gst_virtcam_allocator_is_complete (GstVirtcamAllocator *self)
{
  return self->rest == 0;
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
