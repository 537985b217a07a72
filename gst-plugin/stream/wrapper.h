/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "stream/allocator.h"

G_BEGIN_DECLS

typedef struct _GstVirtcamWrapper GstVirtcamWrapper;

GstVirtcamWrapper *gst_virtcam_wrapper_new (
    GstVirtcamAllocator *allocator, const GstVirtcamFrames *frames);
void gst_virtcam_wrapper_free (GstVirtcamWrapper *self);

GstBuffer *gst_virtcam_wrapper_wrap (
    GstVirtcamWrapper *self, GstMemory *const *memories, GstBuffer *around);
gboolean gst_virtcam_wrapper_has_made (GstBuffer *buffer);

G_END_DECLS
