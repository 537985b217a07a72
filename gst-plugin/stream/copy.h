/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copies of the driver's buffers. For files of stream/ alone. */
#pragma once

#include "stream/stream.h"

G_BEGIN_DECLS

GstBuffer *gst_virtcam_copy_for_driver (const GstVirtcamFrames *frames,
    GstVirtcamCopier *copier, GstBuffer *from, GError **error);
GstBuffer *gst_virtcam_copy_for_peer (const GstVirtcamFrames *frames,
    GstBufferPool *pool, const GstVirtcamLayout *layout, GstBuffer *from,
    GError **error);

G_END_DECLS
