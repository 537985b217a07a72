/* SPDX-License-Identifier: LGPL-2.1-or-later */
#define _GNU_SOURCE /* memfd_create */

#include "memfd.h"

#include <gst/allocators/gstfdmemory.h>
#include <sys/mman.h>
#include <unistd.h>

typedef GstFdAllocator MemfdAllocator;
typedef GstFdAllocatorClass MemfdAllocatorClass;
GType memfd_allocator_get_type (void);
G_DEFINE_TYPE (MemfdAllocator, memfd_allocator, GST_TYPE_FD_ALLOCATOR)

static GstMemory *
memfd_allocator_alloc (
    GstAllocator *allocator, gsize size, GstAllocationParams *params)
{
  gint fd = memfd_create ("test", MFD_CLOEXEC);

  g_assert_true (fd >= 0 && ftruncate (fd, size) == 0);
  return gst_fd_allocator_alloc (
      allocator, fd, size, GST_FD_MEMORY_FLAG_KEEP_MAPPED);
}

static void
memfd_allocator_class_init (MemfdAllocatorClass *klass)
{
  GST_ALLOCATOR_CLASS (klass)->alloc = memfd_allocator_alloc;
}

static void
memfd_allocator_init (MemfdAllocator *self)
{
}

GstAllocator *
memfd_allocator_new (void)
{
  return gst_object_ref_sink (g_object_new (memfd_allocator_get_type (), NULL));
}
