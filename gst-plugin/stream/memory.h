/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/queue.h"

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_virtcam_memory_init_allocator (GstAllocator *allocator);
GstMemory *gst_virtcam_memory_new (GstAllocator *allocator,
    GstAllocator **dmabuf, GstVirtcamNode *node, guint index, guint plane,
    GError **error);
void gst_virtcam_memory_free_mapped (
    GstAllocator *allocator, GstMemory *memory);

G_END_DECLS
