/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "v4l2/node.h"

/* The driver's buffers. It lives until everybody has let go of them. */
typedef struct _GstVirtcamAllocator GstVirtcamAllocator;

GstVirtcamAllocator *gst_virtcam_allocator_new (GstVirtcamNode *node,
    const GstVirtcamFrames *frames, gboolean dmabuf, guint count,
    GError **error);
void gst_virtcam_allocator_free (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_queue_all (
    GstVirtcamAllocator *self, GError **error);

GstBuffer *gst_virtcam_allocator_take (
    GstVirtcamAllocator *self, GstVirtcamFrame *frame, GError **error);
gboolean gst_virtcam_allocator_has_made (GstBuffer *buffer);
gboolean gst_virtcam_allocator_grow (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_shrink (GstVirtcamAllocator *self, guint count);
guint gst_virtcam_allocator_get_count (GstVirtcamAllocator *self);
guint gst_virtcam_allocator_get_queued (GstVirtcamAllocator *self);
gboolean gst_virtcam_allocator_is_dmabuf (GstVirtcamAllocator *self);
