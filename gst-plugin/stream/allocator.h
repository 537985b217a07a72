/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "pixel/layout.h"
#include "v4l2/queue.h"

G_BEGIN_DECLS

#define GST_TYPE_VIRTCAM_ALLOCATOR (gst_virtcam_allocator_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamAllocator, gst_virtcam_allocator, GST,
    VIRTCAM_ALLOCATOR, GstAllocator)

GstVirtcamAllocator *gst_virtcam_allocator_new (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, gboolean dmabuf, guint count,
    GError **error);
gboolean gst_virtcam_allocator_start (
    GstVirtcamAllocator *self, GError **error);
void gst_virtcam_allocator_stop (GstVirtcamAllocator *self);

GstMemory *const *gst_virtcam_allocator_dequeue (GstVirtcamAllocator *self,
    GstVirtcamFrame *frame, GstBuffer **around, GError **error);
gboolean gst_virtcam_allocator_take_back (
    GstVirtcamAllocator *self, GstBuffer *buffer);
gboolean gst_virtcam_allocator_grow (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_shrink (GstVirtcamAllocator *self, guint count);
guint gst_virtcam_allocator_get_count (GstVirtcamAllocator *self);
guint gst_virtcam_allocator_get_queued (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_is_dmabuf (GstVirtcamAllocator *self);

G_END_DECLS
