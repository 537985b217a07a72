/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* What a device enumerates. The device is asked once for each list, then it is
 * remembered; any thread. Each list is the caller's reference; it is empty, and
 * not remembered, where the device is gone. */

GstVirtcamModes *gst_virtcam_modes_new (GstVirtcamNode *node);
void gst_virtcam_modes_free (GstVirtcamModes *self);
void gst_virtcam_modes_forget (GstVirtcamModes *self);

GArray *gst_virtcam_modes_get_formats (GstVirtcamModes *self);
GArray *gst_virtcam_modes_get_sizes (GstVirtcamModes *self, guint32 fourcc);
GArray *gst_virtcam_modes_get_intervals (
    GstVirtcamModes *self, guint32 fourcc, guint width, guint height);
gboolean gst_virtcam_modes_get_flags (
    GstVirtcamModes *self, guint32 fourcc, guint32 *flags);
gboolean gst_virtcam_modes_have_fields (GstVirtcamModes *self);
struct v4l2_cropcap gst_virtcam_modes_get_native (GstVirtcamModes *self);
