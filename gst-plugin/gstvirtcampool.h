/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "gstvirtcamallocator.h"
#include "gstvirtcamcaps.h"

G_BEGIN_DECLS

#define GST_TYPE_VIRTCAM_POOL (gst_virtcam_pool_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamPool, gst_virtcam_pool, GST, VIRTCAM_POOL, GstBufferPool)

GstVirtcamPool *gst_virtcam_pool_new (GstVirtcamAllocator *allocator,
    GstCaps *caps, const GstVirtcamLayout *layout, gsize size);
GstFlowReturn gst_virtcam_pool_wrap (GstVirtcamPool *self, GstMemory *memory,
    GstBuffer *around, GstBuffer **buffer);

G_END_DECLS
