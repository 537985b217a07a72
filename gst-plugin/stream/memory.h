/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/queue.h"

#include <gst/gst.h>

G_BEGIN_DECLS

void gst_virtcam_memory_init_allocator (GstAllocator *allocator);
GstMemory *gst_virtcam_memory_new_mapped (
    GstAllocator *allocator, GstVirtcamNode *node, guint index, GError **error);
void gst_virtcam_memory_free_mapped (
    GstAllocator *allocator, GstMemory *memory);
GstMemory *gst_virtcam_memory_new_exported (
    GstAllocator *dmabuf, GstVirtcamNode *node, guint index, GError **error);

G_END_DECLS
