/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A buffer of the driver's as a GstMemory: mapped, or exported as a dma-buf.
 * Either keeps its pages for as long as it lives, with the node or without. */

#include "stream/memory.h"

#include <gst/allocators/gstdmabuf.h>
#include <gst/allocators/gstfdmemory.h>

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);
#define GST_CAT_DEFAULT gst_virtcam_src_debug

typedef struct {
  GstMemory memory;
  gpointer data; /* NULL in a part of another */
} MappedMemory;

static gpointer
map_memory (GstMemory *memory, gsize size, GstMapFlags flags)
{
  if (memory->parent)
    memory = memory->parent;
  return ((MappedMemory *) memory)->data;
}

static void
unmap_memory (GstMemory *memory)
{
}

static GstMemory *
share_memory (GstMemory *memory, gssize offset, gssize size)
{
  MappedMemory *share = g_new0 (MappedMemory, 1);
  GstMemory *parent = memory->parent ? memory->parent : memory;

  if (size == -1)
    size = memory->size - offset;
  gst_memory_init (GST_MEMORY_CAST (share),
      GST_MINI_OBJECT_FLAGS (parent) | GST_MINI_OBJECT_FLAG_LOCK_READONLY,
      memory->allocator, parent, memory->maxsize, memory->align,
      memory->offset + offset, size);
  return GST_MEMORY_CAST (share);
}

/* Sets what allocator does with memories that are mapped buffers. Its class frees
 * them by gst_virtcam_memory_free_mapped(). */
void
gst_virtcam_memory_init_allocator (GstAllocator *allocator)
{
  allocator->mem_type = "VirtcamMemory";
  allocator->mem_map = map_memory;
  allocator->mem_unmap = unmap_memory;
  allocator->mem_share = share_memory;
}

void
gst_virtcam_memory_free_mapped (GstAllocator *allocator, GstMemory *memory)
{
  MappedMemory *mapped = (MappedMemory *) memory;

  if (memory->parent == NULL)
    gst_virtcam_node_unmap (mapped->data, memory->maxsize);
  g_free (mapped);
}

static GstMemory *
new_mapped (GstAllocator *allocator, GstVirtcamNode *node, guint index,
    guint plane, GError **error)
{
  MappedMemory *memory;
  gsize length;
  gpointer data =
      gst_virtcam_node_map_buffer (node, index, plane, &length, error);

  if (data == NULL)
    return NULL;
  memory = g_new0 (MappedMemory, 1);
  memory->data = data;
  gst_memory_init (
      GST_MEMORY_CAST (memory), 0, allocator, NULL, length, 0, 0, length);
  return GST_MEMORY_CAST (memory);
}

static GstMemory *
new_exported (GstAllocator *dmabuf, GstVirtcamNode *node, guint index,
    guint plane, GError **error)
{
  gsize length;
  gint fd = gst_virtcam_node_export_buffer (node, index, plane, &length, error);

  if (fd < 0)
    return NULL;
  return gst_dmabuf_allocator_alloc_with_flags (
      dmabuf, fd, length, GST_FD_MEMORY_FLAG_KEEP_MAPPED);
}

/* A piece of a buffer of the driver's. allocator: whose memories are mapped ones.
 * dmabuf: where they are to be exported, the GstDmaBufAllocator whose they are
 * then; it is cleared if the driver does not export. A driver says so at the
 * first buffer, and is not asked again: all of its buffers are of one kind. */
GstMemory *
gst_virtcam_memory_new (GstAllocator *allocator, GstAllocator **dmabuf,
    GstVirtcamNode *node, guint index, guint plane, GError **error)
{
  g_autoptr (GError) refusal = NULL;
  GstMemory *memory;

  if (*dmabuf == NULL)
    return new_mapped (allocator, node, index, plane, error);
  memory = new_exported (*dmabuf, node, index, plane, &refusal);
  if (memory)
    return memory;
  if (index > 0 || plane > 0 ||
      !g_error_matches (refusal, GST_VIRTCAM_NODE_ERROR,
          GST_VIRTCAM_NODE_ERROR_UNSUPPORTED)) {
    g_propagate_error (error, g_steal_pointer (&refusal));
    return NULL;
  }
  GST_INFO_OBJECT (allocator, "mapped, not exported: %s", refusal->message);
  gst_clear_object (dmabuf);
  return new_mapped (allocator, node, index, plane, error);
}
