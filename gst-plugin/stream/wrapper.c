/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes GstBuffers around memories of the allocator, and recycles them. One that
 * returns as it left goes home to the allocator with its memory, and leaves with
 * it again. Any other dies, and its memory goes home by itself, once nobody
 * shares that any more.
 *
 * It is no GstBufferPool: that has two sockets to wait by, which cost as much
 * as four frames, and nobody ever waits for it. */

#include "stream/wrapper.h"

struct _GstVirtcamWrapper {
  GstVirtcamAllocator *allocator;
  GstVirtcamFrames frames;
};

static G_DEFINE_QUARK (GstVirtcamWrapped, allocator);

/* For frames in the memories of allocator. */
GstVirtcamWrapper *
gst_virtcam_wrapper_new (
    GstVirtcamAllocator *allocator, const GstVirtcamFrames *frames)
{
  GstVirtcamWrapper *self = g_new0 (GstVirtcamWrapper, 1);

  self->allocator = gst_object_ref (allocator);
  self->frames = *frames;
  return self;
}

/* Buffers that are out stay what they are. */
void
gst_virtcam_wrapper_free (GstVirtcamWrapper *self)
{
  gst_object_unref (self->allocator);
  g_free (self);
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

static void
reset_buffer (GstBuffer *buffer)
{
  if (has_foreign_meta (buffer))
    gst_buffer_foreach_meta (buffer, drop_foreign_meta, NULL);
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
}

/* The last reference is gone, in whatever thread: it goes home or dies. */
static gboolean
dispose_buffer (GstMiniObject *object)
{
  GstBuffer *buffer = GST_BUFFER_CAST (object);

  /* writable again; for one that dies that makes no difference */
  gst_buffer_ref (buffer);
  /* first: at home, the streaming thread may take it at once */
  reset_buffer (buffer);
  return !gst_virtcam_allocator_take_back (
      gst_mini_object_get_qdata (object, allocator_quark ()), buffer);
}

static GstBuffer *
new_buffer (GstVirtcamWrapper *self, GstMemory *const *memories)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstMiniObject *object = GST_MINI_OBJECT_CAST (buffer);
  GstVideoMeta *meta;

  /* that of its metas: another one's memory may be in it when it comes back */
  gst_mini_object_set_qdata (object, allocator_quark (),
      gst_object_ref (self->allocator), gst_object_unref);
  object->dispose = dispose_buffer;
  meta =
      gst_virtcam_frames_describe (&self->frames, buffer, &self->frames.layout);
  if (meta)
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  for (guint i = 0; i < self->frames.format->n_memories; i++)
    gst_buffer_append_memory (buffer, memories[i]);
  return buffer;
}

/* Takes what gst_virtcam_allocator_dequeue() gave, memories and around. */
GstBuffer *
gst_virtcam_wrapper_wrap (
    GstVirtcamWrapper *self, GstMemory *const *memories, GstBuffer *around)
{
  GstBuffer *buffer = around ? around : new_buffer (self, memories);

  GST_BUFFER_FLAGS (buffer) = 0;
  return buffer;
}

/* Whether it is one that comes back with the metas that are marked as pooled. */
gboolean
gst_virtcam_wrapper_has_made (GstBuffer *buffer)
{
  return GST_MINI_OBJECT_CAST (buffer)->dispose == dispose_buffer;
}
