/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"

G_BEGIN_DECLS

/* What the frames of a stream are, for whoever makes buffers of them. */
typedef struct {
  const GstVirtcamFormat *format;
  /* of a whole picture, also where each buffer holds one field of it, as
   * GstVideoMeta has it */
  guint width, height;
  GstVideoFrameFlags flags;
  gboolean has_layout;
  GstVirtcamLayout layout; /* of the driver's buffers */
} GstVirtcamFrames;

gsize gst_virtcam_frames_get_size (const GstVirtcamFrames *self);
gsize gst_virtcam_frames_get_memory_size (
    const GstVirtcamFrames *self, guint n);
GstVideoMeta *gst_virtcam_frames_describe (const GstVirtcamFrames *self,
    GstBuffer *buffer, const GstVirtcamLayout *layout);

G_END_DECLS
