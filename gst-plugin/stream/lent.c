/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The driver's own buffers. A driver without an empty buffer loses frames, and a
 * source without a filled one stalls: where downstream holds so many that the
 * driver runs dry, it gets more buffers, and when there can be no more, frames
 * are copied. For a peer that cannot read their layout or their memory all are
 * copied, and so is what libv4l2 converted: its buffers end with the node. */

#include "stream/allocator.h"
#include "stream/kind.h"

/* Frames after which what was spare all the time is too much. */
#define SETTLING 100

typedef struct {
  GstVirtcamStream parent;
  GstVirtcamAllocator *allocator;
  guint min;   /* buffers that the driver needs */
  guint base;  /* shrinking ends there */
  guint goal;  /* shrinking goes on to there; G_MAXUINT: there is none */
  guint least; /* what the driver had beyond min, in the last n_frames */
  guint n_frames;
  gboolean may_copy;
  GstVirtcamCopier copier;

  GstBufferPool *pool;          /* for copies of all frames; or NULL */
  GstVirtcamLayout pool_layout; /* where the peer expects their planes */
  GstVirtcamCopyReason reason;
} Lent;

/* Copies */

/* As it is, into memory of the peer's choice. */
static GstBuffer *
copy_for_driver (Lent *self, GstBuffer *from, GError **error)
{
  const GstVirtcamFrames *frames = &self->parent.frames;
  g_autoptr (GstBuffer) to = gst_buffer_new_allocate (
      self->copier.allocator, gst_buffer_get_size (from), &self->copier.params);
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

/* Where the planes go in a buffer of the peer's: its pool may know better. */
static void
find_layout (Lent *self, GstBuffer *buffer, GstVirtcamLayout *layout)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);

  *layout = self->pool_layout;
  if (meta && meta->n_planes == layout->n_planes)
    gst_virtcam_layout_place (layout, meta->stride, meta->offset);
  else
    gst_virtcam_frames_describe (&self->parent.frames, buffer, layout);
}

static gboolean
copy_planes (Lent *self, GstBuffer *to, const GstMapInfo *from)
{
  const GstVirtcamLayout *from_layout = &self->parent.frames.layout;
  GstVirtcamLayout layout;
  GstMapInfo map;
  gboolean fits;

  find_layout (self, to, &layout);
  if (!gst_buffer_map (to, &map, GST_MAP_WRITE))
    return FALSE;
  fits = gst_virtcam_layout_fits (&layout, map.size) &&
         gst_virtcam_layout_fits (from_layout, from->size);
  if (fits)
    gst_virtcam_layout_copy (&layout, map.data, from_layout, from->data);
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

static GstBuffer *
copy_for_peer (Lent *self, GstBuffer *from, GError **error)
{
  g_autoptr (GstBuffer) to = acquire (self->pool, error);
  gboolean copied = FALSE;
  GstMapInfo map;

  if (to == NULL)
    return NULL;
  if (gst_buffer_map (from, &map, GST_MAP_READ)) {
    copied = self->parent.frames.has_layout ? copy_planes (self, to, &map)
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

/* How many buffers the driver has */

static void
observe_anew (Lent *self)
{
  self->n_frames = 0;
  self->least = G_MAXUINT;
}

/* After growth: as many as have been spare for some time go again, where the
 * kernel can free some buffers alone. TRUE: there are fewer. */
static gboolean
settle (Lent *self, guint queued)
{
  guint count = self->parent.count;

  if (count <= self->base)
    return FALSE;
  self->least = MIN (self->least, queued - self->min);
  if (++self->n_frames == SETTLING) {
    self->goal = MAX (count - (self->least - 1), self->base);
    observe_anew (self);
  }
  return self->goal < count &&
         gst_virtcam_allocator_shrink (self->allocator, self->goal);
}

/* Downstream holds more than the driver can do without. */
static gboolean
grow (Lent *self)
{
  self->goal = G_MAXUINT;
  observe_anew (self);
  return gst_virtcam_allocator_grow (self->allocator);
}

/* Takes buffer. */
static GstBuffer *
relieve (Lent *self, GstBuffer *buffer, GstVirtcamTaken *taken, GError **error)
{
  guint queued = gst_virtcam_allocator_get_queued (self->allocator);
  GstBuffer *copy;

  if (queued > self->min) {
    taken->shrunk = settle (self, queued);
    return buffer;
  }
  taken->grown = grow (self);
  if (taken->grown)
    return buffer;
  taken->starving = !self->may_copy;
  if (taken->starving)
    return buffer;
  taken->copied = GST_VIRTCAM_COPY_FOR_DRIVER;
  copy = copy_for_driver (self, buffer, error);
  gst_buffer_unref (buffer);
  return copy;
}

/* The kind */

static gboolean
queue (GstVirtcamStream *stream, GError **error)
{
  return gst_virtcam_allocator_queue_all (((Lent *) stream)->allocator, error);
}

static GstBuffer *
take (GstVirtcamStream *stream, GstVirtcamTaken *taken, GError **error)
{
  Lent *self = (Lent *) stream;
  g_autoptr (GstBuffer) buffer =
      gst_virtcam_allocator_take (self->allocator, &taken->frame, error);

  if (buffer)
    buffer = relieve (self, buffer, taken, error);
  stream->count = gst_virtcam_allocator_get_count (self->allocator);
  if (buffer == NULL || self->pool == NULL)
    return g_steal_pointer (&buffer);
  taken->copied = self->reason;
  return copy_for_peer (self, buffer, error);
}

/* What downstream still holds stays valid. */
static void
free_lent (GstVirtcamStream *stream)
{
  Lent *self = (Lent *) stream;

  g_clear_pointer (&self->allocator, gst_virtcam_allocator_free);
  gst_clear_object (&self->copier.allocator);
  gst_clear_object (&self->pool);
}

static const GstVirtcamStreamKind lent_kind = {
  .free = free_lent,
  .queue = queue,
  .take = take,
};

void
gst_virtcam_stream_set_copier (
    GstVirtcamStream *stream, const GstVirtcamCopier *copier)
{
  Lent *self = (Lent *) stream;

  self->may_copy = copier != NULL;
  gst_object_replace ((GstObject **) &self->copier.allocator,
      copier ? (GstObject *) copier->allocator : NULL);
  if (copier)
    self->copier.params = copier->params;
}

void
gst_virtcam_stream_copy_all (GstVirtcamStream *stream, GstBufferPool *pool,
    const GstVirtcamLayout *layout, GstVirtcamCopyReason reason)
{
  Lent *self = (Lent *) stream;

  gst_object_replace ((GstObject **) &self->pool, (GstObject *) pool);
  self->pool_layout = *layout;
  self->reason = reason;
}

GstVirtcamStream *
gst_virtcam_stream_new_lent (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, gboolean dmabuf, guint count, guint min,
    GError **error)
{
  Lent *self =
      gst_virtcam_stream_init (sizeof (Lent), &lent_kind, node, frames, NULL);

  self->min = min;
  self->allocator =
      gst_virtcam_allocator_new (node, frames, dmabuf, count, error);
  if (self->allocator == NULL) {
    gst_virtcam_stream_free (&self->parent);
    return NULL;
  }
  self->parent.count = gst_virtcam_allocator_get_count (self->allocator);
  self->base = gst_virtcam_node_can_remove_buffers (node) &&
                       frames->format->n_memories == 1
                   ? self->parent.count
                   : VIDEO_MAX_FRAME;
  self->goal = G_MAXUINT;
  observe_anew (self);
  self->parent.dmabuf = gst_virtcam_allocator_is_dmabuf (self->allocator);
  return &self->parent;
}
