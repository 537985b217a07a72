/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Recycles GstBuffers. One that returns as it left goes home to the allocator
 * with its memory, and leaves with it again. Any other loses its memory, which
 * goes home by itself, and gets one when it leaves: so a buffer whose memory
 * somebody still shares is as good as any. */

#include "gstvirtcampool.h"

typedef struct {
  GstBufferPoolAcquireParams parent;
  GstMemory *memory;
  GstBuffer *around; /* it, or NULL */
} WrapParams;

struct _GstVirtcamPool {
  GstBufferPool parent;
  GstVirtcamAllocator *allocator;
  GstAtomicQueue *empty; /* of GstBuffer */
  gboolean has_video;
  GstVideoInfo video;
  GstVirtcamLayout layout;
};

G_DEFINE_TYPE (GstVirtcamPool, gst_virtcam_pool, GST_TYPE_BUFFER_POOL)

/* What a GstVideoMeta says; reading all else of the caps costs four times as
 * much. */
static gboolean
read_video (GstVideoInfo *video, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *format = gst_structure_get_string (structure, "format");
  const gchar *mode = gst_structure_get_string (structure, "interlace-mode");

  if (format == NULL ||
      !gst_structure_get_int (structure, "width", &video->width) ||
      !gst_structure_get_int (structure, "height", &video->height))
    return FALSE;
  video->finfo =
      gst_video_format_get_info (gst_video_format_from_string (format));
  if (mode)
    video->interlace_mode = gst_video_interlace_mode_from_string (mode);
  return TRUE;
}

/* layout: NULL if the frames have no planes. The pool is active, and for the
 * memories of allocator. */
GstVirtcamPool *
gst_virtcam_pool_new (GstVirtcamAllocator *allocator, GstCaps *caps,
    const GstVirtcamLayout *layout, gsize size)
{
  GstVirtcamPool *self = g_object_new (GST_TYPE_VIRTCAM_POOL, NULL);
  GstBufferPool *pool = GST_BUFFER_POOL_CAST (self);
  GstStructure *config;

  gst_object_ref_sink (self);
  self->allocator = gst_object_ref (allocator);
  if (layout) {
    self->layout = *layout;
    self->has_video = gst_structure_has_name (
                          gst_caps_get_structure (caps, 0), "video/x-raw") &&
                      read_video (&self->video, caps);
  }
  config = gst_buffer_pool_get_config (pool);
  gst_buffer_pool_config_set_params (config, caps, size, 0, 0);
  gst_buffer_pool_set_config (pool, config);
  gst_buffer_pool_set_active (pool, TRUE);
  return self;
}

/* Takes what gst_virtcam_allocator_dequeue() gave, memory and around, also when
 * it fails. */
GstFlowReturn
gst_virtcam_pool_wrap (GstVirtcamPool *self, GstMemory *memory,
    GstBuffer *around, GstBuffer **buffer)
{
  WrapParams params = { .memory = memory, .around = around };
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (
      GST_BUFFER_POOL_CAST (self), buffer, &params.parent);

  if (flow != GST_FLOW_OK && around)
    gst_buffer_unref (around);
  else if (flow != GST_FLOW_OK)
    gst_memory_unref (memory);
  return flow;
}

static GstBuffer *
new_buffer (GstVirtcamPool *self)
{
  const GstVideoInfo *video = &self->video;
  GstBuffer *buffer = gst_buffer_new ();
  GstVideoMeta *meta;

  if (self->has_video) {
    meta = gst_buffer_add_video_meta_full (buffer,
        GST_VIDEO_INFO_IS_INTERLACED (video) ? GST_VIDEO_FRAME_FLAG_INTERLACED
                                             : GST_VIDEO_FRAME_FLAG_NONE,
        GST_VIDEO_INFO_FORMAT (video), GST_VIDEO_INFO_WIDTH (video),
        GST_VIDEO_INFO_HEIGHT (video), self->layout.n_planes,
        self->layout.offset, self->layout.stride);
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  }
  return buffer;
}

static GstBuffer *
fill_buffer (GstVirtcamPool *self, GstMemory *memory)
{
  GstBuffer *buffer = gst_atomic_queue_pop (self->empty);

  if (buffer == NULL)
    buffer = new_buffer (self);
  gst_buffer_append_memory (buffer, memory);
  return buffer;
}

static GstFlowReturn
gst_virtcam_pool_acquire (
    GstBufferPool *pool, GstBuffer **buffer, GstBufferPoolAcquireParams *params)
{
  GstVirtcamPool *self = (GstVirtcamPool *) pool;
  WrapParams *wrap = (WrapParams *) params;

  if (GST_BUFFER_POOL_IS_FLUSHING (pool))
    return GST_FLOW_FLUSHING;
  *buffer = wrap->around ? wrap->around : fill_buffer (self, wrap->memory);
  GST_BUFFER_FLAGS (*buffer) = 0;
  return GST_FLOW_OK;
}

/* Quicker than to go through all with a function, and mostly there is none. */
static gboolean
has_foreign_meta (GstBuffer *buffer)
{
  gpointer state = NULL;
  const GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta (buffer, &state)))
    if (!GST_META_FLAG_IS_SET (meta, GST_META_FLAG_POOLED))
      return TRUE;
  return FALSE;
}

static gboolean
drop_foreign_meta (GstBuffer *buffer, GstMeta **meta, gpointer data)
{
  if (!GST_META_FLAG_IS_SET (*meta, GST_META_FLAG_POOLED)) {
    GST_META_FLAG_UNSET (*meta, GST_META_FLAG_LOCKED);
    *meta = NULL;
  }
  return TRUE;
}

/* The parent's version would cut the memory to size first, which copies it if
 * somebody shares it. */
static void
gst_virtcam_pool_reset (GstBufferPool *pool, GstBuffer *buffer)
{
  if (has_foreign_meta (buffer))
    gst_buffer_foreach_meta (buffer, drop_foreign_meta, NULL);
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
}

static void
gst_virtcam_pool_release (GstBufferPool *pool, GstBuffer *buffer)
{
  GstVirtcamPool *self = (GstVirtcamPool *) pool;

  if (gst_virtcam_allocator_take_back (self->allocator, buffer))
    return;
  gst_buffer_remove_all_memory (buffer);
  gst_atomic_queue_push (self->empty, buffer);
}

/* Buffers are made when they are first needed. */
static gboolean
gst_virtcam_pool_start (GstBufferPool *pool)
{
  return TRUE;
}

static gboolean
gst_virtcam_pool_stop (GstBufferPool *pool)
{
  GstVirtcamPool *self = GST_VIRTCAM_POOL (pool);
  GstBuffer *buffer;

  while ((buffer = gst_atomic_queue_pop (self->empty)))
    gst_buffer_unref (buffer);
  return TRUE;
}

static void
gst_virtcam_pool_finalize (GObject *object)
{
  GstVirtcamPool *self = GST_VIRTCAM_POOL (object);

  /* the parent's calls stop, which needs the queue */
  G_OBJECT_CLASS (gst_virtcam_pool_parent_class)->finalize (object);
  gst_atomic_queue_unref (self->empty);
  gst_object_unref (self->allocator);
}

static void
gst_virtcam_pool_class_init (GstVirtcamPoolClass *klass)
{
  GstBufferPoolClass *pool_class = GST_BUFFER_POOL_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = gst_virtcam_pool_finalize;
  pool_class->acquire_buffer = gst_virtcam_pool_acquire;
  pool_class->reset_buffer = gst_virtcam_pool_reset;
  pool_class->release_buffer = gst_virtcam_pool_release;
  pool_class->start = gst_virtcam_pool_start;
  pool_class->stop = gst_virtcam_pool_stop;
}

static void
gst_virtcam_pool_init (GstVirtcamPool *self)
{
  self->empty = gst_atomic_queue_new (VIDEO_MAX_FRAME);
}
