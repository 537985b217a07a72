/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "v4l2/node.h"

/* What GStreamer has of a buffer of the driver's. The allocator decides what
 * becomes of it when nobody downstream has it any more. */

GstMemory *gst_virtcam_wrapper_new_memory (GstVirtcamNode *node, guint index,
    guint plane, gsize size, GstAllocator **dmabuf, GError **error);
GstBuffer *gst_virtcam_wrapper_new_buffer (
    const GstVirtcamFrames *frames, GstMemory *const *memories);
void gst_virtcam_wrapper_fit_buffer (
    const GstVirtcamFrames *frames, GstBuffer *buffer, GstVirtcamFrame *frame);
gboolean gst_virtcam_wrapper_is_whole (const GstVirtcamFrames *frames,
    GstBuffer *buffer, GstMemory *const *memories);
void gst_virtcam_wrapper_reset_buffer (GstBuffer *buffer);
