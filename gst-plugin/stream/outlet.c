/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Owns the buffers of an output node. Each has a GstMemory, made when it is first
 * lent. A buffer is
 *
 *  1. empty: the outlet has the only reference to the memory, if there is one yet;
 *  2. lent: others have the references. When the last one goes, in whatever
 *     thread, dispose revives the memory, and the buffer is empty again, unless
 *  3. it is with the driver. Then the outlet has a reference to the GstBuffer that
 *     was given, so that nobody may write into it; DQBUF gives that up.
 *
 * An imported buffer is a number, and 3 or nothing. Where the outlet is closed the
 * memory dies with its last reference: its mapping or dma-buf keeps the pages. */

#include "stream/outlet.h"

#include <gst/allocators/gstdmabuf.h>

#include "stream/wrapper.h"

#define MAX_WAIT (20 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  GstMemory *memory; /* NULL: lent, or none yet */
  gboolean lent;
  GstBuffer *given; /* the driver has it; or NULL */
} Slot;

/* Ties a memory to its slot; lives as long as that. */
typedef struct {
  GstVirtcamOutlet *owner;
  guint index;
} Home;

struct _GstVirtcamOutlet {
  GstVirtcamFrames frames;
  GstVirtcamOutletKind kind;
  GstAllocator *dmabuf; /* NULL: buffers are mapped */
  gboolean started;     /* of whoever gives */

  /* guards all below; innermost. Held over DQBUF and what makes a memory, so that
   * the outlet is not closed in between; over no call out. */
  GMutex lock;
  GCond returned;       /* a memory is at home */
  GstVirtcamNode *node; /* a reference; NULL: closed */
  Slot slots[VIDEO_MAX_FRAME];
  guint count, n_given;
};

static G_DEFINE_QUARK (GstVirtcamOutletHome, outlet_home);

static void
clear_outlet (gpointer data)
{
  GstVirtcamOutlet *self = data;

  gst_clear_object (&self->dmabuf);
  g_cond_clear (&self->returned);
  g_mutex_clear (&self->lock);
}

GstVirtcamOutlet *
gst_virtcam_outlet_ref (GstVirtcamOutlet *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
gst_virtcam_outlet_unref (GstVirtcamOutlet *self)
{
  g_atomic_rc_box_release_full (self, clear_outlet);
}

GstVirtcamOutletKind
gst_virtcam_outlet_get_kind (const GstVirtcamOutlet *self)
{
  return self->kind;
}

/* Asks the driver for count buffers; it may give more or fewer. That it does not
 * export shows when a buffer is first lent. */
GstVirtcamOutlet *
gst_virtcam_outlet_new (GstVirtcamNode *node, const GstVirtcamFrames *frames,
    GstVirtcamOutletKind kind, guint count, GError **error)
{
  GstVirtcamOutlet *self;

  if (!gst_virtcam_node_request_buffers (node,
          kind == GST_VIRTCAM_OUTLET_IMPORTED ? V4L2_MEMORY_DMABUF
                                              : V4L2_MEMORY_MMAP,
          &count, error))
    return NULL;
  self = g_atomic_rc_box_new0 (GstVirtcamOutlet);
  g_mutex_init (&self->lock);
  g_cond_init (&self->returned);
  self->frames = *frames;
  self->kind = kind;
  self->node = gst_virtcam_node_ref (node);
  self->count = count;
  if (kind == GST_VIRTCAM_OUTLET_EXPORTED)
    self->dmabuf = gst_dmabuf_allocator_new ();
  return self;
}

/* Ends streaming, and gives the buffers back to the driver. What is lent stays
 * valid. */
void
gst_virtcam_outlet_close (GstVirtcamOutlet *self)
{
  g_autoptr (GPtrArray) objects =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_mini_object_unref);
  g_autoptr (GstVirtcamNode) node = NULL;

  g_mutex_lock (&self->lock);
  node = g_steal_pointer (&self->node);
  for (guint i = 0; i < self->count; i++) {
    Slot *slot = &self->slots[i];

    if (slot->given)
      g_ptr_array_add (objects, g_steal_pointer (&slot->given));
    if (slot->memory)
      g_ptr_array_add (objects, g_steal_pointer (&slot->memory));
  }
  g_mutex_unlock (&self->lock);
  if (node)
    gst_virtcam_node_stream_off (node);
  if (node)
    gst_virtcam_node_request_buffers (node,
        self->kind == GST_VIRTCAM_OUTLET_IMPORTED ? V4L2_MEMORY_DMABUF
                                                  : V4L2_MEMORY_MMAP,
        &(guint){ 0 }, NULL);
}

/* Empty buffers */

static void
free_home (gpointer data)
{
  Home *home = data;

  gst_virtcam_outlet_unref (home->owner);
  g_free (home);
}

static gboolean
dispose_memory (GstMiniObject *object)
{
  const Home *home = gst_mini_object_get_qdata (object, outlet_home_quark ());
  GstVirtcamOutlet *self = home->owner;
  Slot *slot = &self->slots[home->index];
  gboolean die;

  g_mutex_lock (&self->lock);
  die = self->node == NULL;
  slot->lent = FALSE;
  if (!die)
    slot->memory = GST_MEMORY_CAST (gst_mini_object_ref (object));
  g_cond_broadcast (&self->returned);
  g_mutex_unlock (&self->lock);
  return die;
}

static GstMemory *
make_memory_locked (GstVirtcamOutlet *self, guint index, GError **error)
{
  const Home home = { gst_virtcam_outlet_ref (self), index };
  GstMemory *memory = gst_virtcam_wrapper_new_memory (self->node, index, 0,
      gst_virtcam_frames_get_size (&self->frames), &self->dmabuf, error);

  if (memory == NULL) {
    gst_virtcam_outlet_unref (self);
    return NULL;
  }
  gst_mini_object_set_qdata (GST_MINI_OBJECT_CAST (memory),
      outlet_home_quark (), g_memdup2 (&home, sizeof home), free_home);
  GST_MINI_OBJECT_CAST (memory)->dispose = dispose_memory;
  return memory;
}

/* What the driver is done with: the caller's reference, to be given up under no
 * lock. NULL: nothing. */
static GstBuffer *
dequeue (GstVirtcamOutlet *self)
{
  const guint32 memory = self->kind == GST_VIRTCAM_OUTLET_IMPORTED
                             ? V4L2_MEMORY_DMABUF
                             : V4L2_MEMORY_MMAP;
  GstBuffer *given = NULL;
  GstVirtcamFrame frame;

  g_mutex_lock (&self->lock);
  if (self->node && self->n_given > 0 &&
      gst_virtcam_node_dequeue (self->node, memory, &frame, NULL) &&
      frame.index < self->count) {
    given = g_steal_pointer (&self->slots[frame.index].given);
    self->n_given--;
  }
  g_mutex_unlock (&self->lock);
  return given;
}

static void
reclaim (GstVirtcamOutlet *self)
{
  GstBuffer *given;

  while ((given = dequeue (self)))
    gst_buffer_unref (given);
}

/* The first that is empty, if others have, or had when the driver got them, so few
 * that more than spare are left; or than half of all, of few. */
static Slot *
find_empty_locked (GstVirtcamOutlet *self, guint spare, guint *index)
{
  Slot *found = NULL;
  guint left = self->count;

  for (guint i = self->count; i > 0; i--) {
    Slot *slot = &self->slots[i - 1];

    left -= slot->lent;
    if (slot->lent || slot->given)
      continue;
    found = slot;
    *index = i - 1;
  }
  return left > MIN (spare, self->count / 2) ? found : NULL;
}

/* The memory of an empty buffer, to be lent; NULL without an error: none is. */
static GstMemory *
take_memory (GstVirtcamOutlet *self, guint spare, GError **error)
{
  GstMemory *memory = NULL;
  Slot *slot;
  guint index;

  g_mutex_lock (&self->lock);
  slot = self->node ? find_empty_locked (self, spare, &index) : NULL;
  if (slot) {
    memory = g_steal_pointer (&slot->memory);
    if (memory == NULL)
      memory = make_memory_locked (self, index, error);
    slot->lent = memory != NULL;
  }
  g_mutex_unlock (&self->lock);
  return memory;
}

/* An empty buffer, as large as a frame. spare: how many shall be left that others
 * never had. NULL without an error: there is none, or all are others'. It never waits. */
GstBuffer *
gst_virtcam_outlet_take (GstVirtcamOutlet *self, guint spare, GError **error)
{
  gsize size = gst_virtcam_frames_get_size (&self->frames);
  GstMemory *memory;

  if (self->kind == GST_VIRTCAM_OUTLET_IMPORTED)
    return NULL;
  reclaim (self);
  memory = take_memory (self, spare, error);
  if (memory == NULL)
    return NULL;
  memory->offset = 0;
  memory->size = size ? size : memory->maxsize;
  return gst_virtcam_wrapper_new_buffer (&self->frames, &memory);
}

/* For those who cannot do without; a driver that has all of them does not say when
 * it gives one back. */
void
gst_virtcam_outlet_wait (GstVirtcamOutlet *self)
{
  gint64 until = g_get_monotonic_time () + MAX_WAIT;

  g_mutex_lock (&self->lock);
  if (self->node)
    g_cond_wait_until (&self->returned, &self->lock, until);
  g_mutex_unlock (&self->lock);
}

/* Full buffers */

static const Home *
find_home (GstBuffer *buffer)
{
  GstMemory *memory = gst_buffer_n_memory (buffer) == 1
                          ? gst_buffer_peek_memory (buffer, 0)
                          : NULL;

  return memory ? gst_mini_object_get_qdata (
                      GST_MINI_OBJECT_CAST (memory), outlet_home_quark ())
                : NULL;
}

/* Whether it is in a buffer of some outlet's. */
gboolean
gst_virtcam_outlet_has_made (GstBuffer *buffer)
{
  return find_home (buffer) != NULL;
}

/* Whether it is in a buffer of this one's, whole, and nobody has given it yet. */
gboolean
gst_virtcam_outlet_has (GstVirtcamOutlet *self, GstBuffer *buffer)
{
  const Home *home = find_home (buffer);
  gboolean has;

  if (home == NULL || home->owner != self ||
      gst_buffer_peek_memory (buffer, 0)->offset != 0)
    return FALSE;
  g_mutex_lock (&self->lock);
  has = self->slots[home->index].given == NULL;
  g_mutex_unlock (&self->lock);
  return has;
}

/* FALSE: all are with the driver. */
static gboolean
choose_slot (GstVirtcamOutlet *self, GstBuffer *buffer, GstVirtcamGift *gift)
{
  const Home *home = find_home (buffer);
  gboolean found;

  *gift = (GstVirtcamGift){ .fd = -1 };
  gift->bytesused = gst_virtcam_frames_get_size (&self->frames);
  if (gift->bytesused == 0)
    gift->bytesused = gst_buffer_get_size (buffer);
  if (self->kind != GST_VIRTCAM_OUTLET_IMPORTED) {
    gift->index = home->index;
    return TRUE;
  }
  gift->fd = gst_dmabuf_memory_get_fd (gst_buffer_peek_memory (buffer, 0));
  gift->length = gst_buffer_peek_memory (buffer, 0)->maxsize;
  reclaim (self);
  g_mutex_lock (&self->lock);
  found = find_empty_locked (self, 0, &gift->index) != NULL;
  g_mutex_unlock (&self->lock);
  return found;
}

static void
set_given (GstVirtcamOutlet *self, guint index, GstBuffer *buffer)
{
  GstBuffer *before;

  g_mutex_lock (&self->lock);
  before = self->slots[index].given;
  self->slots[index].given = buffer ? gst_buffer_ref (buffer) : NULL;
  self->n_given += buffer ? 1 : -1;
  g_mutex_unlock (&self->lock);
  if (before)
    gst_buffer_unref (before);
}

/* The stream is started first: where that fails the driver has not got the buffer. */
static gboolean
queue (GstVirtcamOutlet *self, const GstVirtcamGift *gift, GError **error)
{
  if (!self->started && !gst_virtcam_node_stream_on (self->node, error))
    return FALSE;
  self->started = TRUE;
  return gst_virtcam_node_queue_gift (self->node, gift, error);
}

/* buffer: one that gst_virtcam_outlet_has(), or, of an imported outlet, one whose
 * only memory is a dma-buf. time: when it was captured, CLOCK_MONOTONIC; or NONE.
 * FALSE without an error: the driver has not given one back yet. Not to be called
 * while another thread closes the outlet. */
gboolean
gst_virtcam_outlet_give (GstVirtcamOutlet *self, GstBuffer *buffer,
    GstClockTime time, GError **error)
{
  GstVirtcamGift gift;

  if (!choose_slot (self, buffer, &gift))
    return FALSE;
  gift.time_ns = GST_CLOCK_TIME_IS_VALID (time) ? time : 0;
  set_given (self, gift.index, buffer);
  if (!queue (self, &gift, error)) {
    set_given (self, gift.index, NULL);
    return FALSE;
  }
  reclaim (self);
  return TRUE;
}
