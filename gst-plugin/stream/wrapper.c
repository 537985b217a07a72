/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "stream/wrapper.h"

#include <gst/allocators/gstdmabuf.h>

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* Memories. Either kind keeps its pages for as long as it lives, with the node or
 * without. */

typedef struct {
  gpointer data;
  gsize length;
} Mapping;

static void
free_mapping (gpointer data)
{
  Mapping *mapping = data;

  gst_virtcam_node_unmap (mapping->data, mapping->length);
  g_free (mapping);
}

static GstMemory *
new_mapped (GstVirtcamNode *node, guint index, guint plane, GError **error)
{
  Mapping mapping;

  mapping.data =
      gst_virtcam_node_map_buffer (node, index, plane, &mapping.length, error);
  if (mapping.data == NULL)
    return NULL;
  return gst_memory_new_wrapped (0, mapping.data, mapping.length, 0,
      mapping.length, g_memdup2 (&mapping, sizeof mapping), free_mapping);
}

static GstMemory *
new_exported (GstVirtcamNode *node, guint index, guint plane,
    GstAllocator *dmabuf, GError **error)
{
  gsize length;
  gint fd = gst_virtcam_node_export_buffer (node, index, plane, &length, error);

  if (fd < 0)
    return NULL;
  return gst_dmabuf_allocator_alloc_with_flags (
      dmabuf, fd, length, GST_FD_MEMORY_FLAG_KEEP_MAPPED);
}

/* A piece of a buffer of the driver's, of size bytes at least. dmabuf: the
 * GstDmaBufAllocator if it is to be exported, NULL if it is to be mapped; it is
 * cleared if the driver does not export. A driver says so at the first buffer: all
 * of its buffers are of one kind. */
GstMemory *
gst_virtcam_wrapper_new_memory (GstVirtcamNode *node, guint index, guint plane,
    gsize size, GstAllocator **dmabuf, GError **error)
{
  g_autoptr (GstMemory) memory = NULL;
  g_autoptr (GError) failure = NULL;

  if (*dmabuf)
    memory = new_exported (node, index, plane, *dmabuf, &failure);
  if (index == 0 && plane == 0 &&
      g_error_matches (failure, GST_VIRTCAM_NODE_ERROR,
          GST_VIRTCAM_NODE_ERROR_UNSUPPORTED)) {
    GST_INFO_ID (gst_virtcam_node_get_path (node), "mapped, not exported: %s",
        failure->message);
    g_clear_error (&failure);
    gst_clear_object (dmabuf);
  }
  if (*dmabuf == NULL)
    memory = new_mapped (node, index, plane, &failure);
  if (memory && memory->maxsize < size)
    g_set_error (&failure, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_FAILED,
        "buffer %u has %" G_GSIZE_FORMAT " bytes, a frame %" G_GSIZE_FORMAT,
        index, memory->maxsize, size);
  if (failure == NULL)
    return g_steal_pointer (&memory);
  g_propagate_error (error, g_steal_pointer (&failure));
  return NULL;
}

/* Buffers. They are no GstBufferPool's: that has two sockets to wait by, which
 * cost as much as four frames, and nobody ever waits for it. */

/* Takes memories, as many as a frame has pieces of memory. */
GstBuffer *
gst_virtcam_wrapper_new_buffer (
    const GstVirtcamFrames *frames, GstMemory *const *memories)
{
  GstBuffer *buffer = gst_buffer_new ();
  GstVideoMeta *meta =
      gst_virtcam_frames_describe (frames, buffer, &frames->layout);

  if (meta)
    GST_META_FLAG_SET (meta, GST_META_FLAG_POOLED | GST_META_FLAG_LOCKED);
  for (guint i = 0; i < frames->format->n_memories; i++)
    gst_buffer_append_memory (buffer, memories[i]);
  return buffer;
}

/* The last borrower may have cut a memory to size. A raw frame is all of its
 * planes, or a reader of the GstVideoMeta would read behind it: what a driver
 * left out has the bytes of an older frame, and is said to be damaged. */
void
gst_virtcam_wrapper_fit_buffer (
    const GstVirtcamFrames *frames, GstBuffer *buffer, GstVirtcamFrame *frame)
{
  for (guint i = 0; i < frames->format->n_memories; i++) {
    gsize size = gst_virtcam_frames_get_memory_size (frames, i);
    GstMemory *memory = gst_buffer_peek_memory (buffer, i);
    gsize end = MIN (frame->bytesused[i], memory->maxsize);
    gsize start = MIN (frame->data_offset[i], end);

    frame->damaged |= end < frame->bytesused[i] || end - start < size;
    memory->offset = MIN (start, memory->maxsize - size);
    memory->size = size ? size : end - start;
  }
  GST_BUFFER_FLAGS (buffer) = 0;
}

/* Whether buffer has these memories, and nothing else, and nobody shares them. */
gboolean
gst_virtcam_wrapper_is_whole (const GstVirtcamFrames *frames, GstBuffer *buffer,
    GstMemory *const *memories)
{
  guint n = gst_buffer_n_memory (buffer);

  if (n != frames->format->n_memories)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (gst_buffer_peek_memory (buffer, i) != memories[i] ||
        GST_MINI_OBJECT_REFCOUNT_VALUE (memories[i]) > 1)
      return FALSE;
  return TRUE;
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

/* What is left is what a new one has, and metas that are marked as pooled. */
void
gst_virtcam_wrapper_reset_buffer (GstBuffer *buffer)
{
  if (has_foreign_meta (buffer))
    gst_buffer_foreach_meta (buffer, drop_foreign_meta, NULL);
  GST_BUFFER_PTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_DURATION (buffer) = GST_CLOCK_TIME_NONE;
  GST_BUFFER_OFFSET (buffer) = GST_BUFFER_OFFSET_NONE;
  GST_BUFFER_OFFSET_END (buffer) = GST_BUFFER_OFFSET_NONE;
}
