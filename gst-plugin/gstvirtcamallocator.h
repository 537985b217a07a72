/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "virtcam-node.h"

G_BEGIN_DECLS

typedef enum {
  GST_VIRTCAM_IO_MODE_AUTO,
  GST_VIRTCAM_IO_MODE_MMAP,
  GST_VIRTCAM_IO_MODE_DMABUF,
  GST_VIRTCAM_IO_MODE_DMABUF_IMPORT,
} GstVirtcamIOMode;

#define GST_TYPE_VIRTCAM_ALLOCATOR (gst_virtcam_allocator_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamAllocator, gst_virtcam_allocator, GST,
    VIRTCAM_ALLOCATOR, GstAllocator)

GstVirtcamAllocator *gst_virtcam_allocator_new (VirtcamNode *node,
    gboolean dmabuf, guint first, guint count, gsize frame_size,
    GError **error);
gboolean gst_virtcam_allocator_start (
    GstVirtcamAllocator *self, GError **error);
void gst_virtcam_allocator_stop (GstVirtcamAllocator *self);

GstMemory *gst_virtcam_allocator_dequeue (GstVirtcamAllocator *self,
    VirtcamFrame *frame, GstBuffer **around, GError **error);
gboolean gst_virtcam_allocator_take_back (
    GstVirtcamAllocator *self, GstBuffer *buffer);
void gst_virtcam_allocator_complete (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_is_complete (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_was_refused (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_can_be_replaced (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_grow (GstVirtcamAllocator *self);
guint gst_virtcam_allocator_get_count (GstVirtcamAllocator *self);
guint gst_virtcam_allocator_get_queued (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_is_dmabuf (GstVirtcamAllocator *self);

G_END_DECLS
