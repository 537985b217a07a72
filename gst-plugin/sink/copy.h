/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"

/* Copies a frame into one of the camera's buffers. layout: how from lies; of coded
 * video it counts for nothing. FALSE: it has no room there, or cannot be read. */
gboolean gst_virtcam_copy (GstBuffer *to, const GstVirtcamFrames *frames,
    GstBuffer *from, const GstVirtcamLayout *layout);
