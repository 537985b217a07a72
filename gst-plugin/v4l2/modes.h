/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

G_BEGIN_DECLS

/* What a device enumerates. Each get function returns FALSE where n is past the
 * last entry. The device is asked once, then it is remembered; any thread. */

GstVirtcamModes *gst_virtcam_modes_new (GstVirtcamNode *node);
void gst_virtcam_modes_free (GstVirtcamModes *self);
void gst_virtcam_modes_forget (GstVirtcamModes *self);

gboolean gst_virtcam_modes_get_fourcc (
    GstVirtcamModes *self, guint n, guint32 *fourcc);
gboolean gst_virtcam_modes_has_fourcc (GstVirtcamModes *self, guint32 fourcc);
gboolean gst_virtcam_modes_is_emulated (GstVirtcamModes *self, guint32 fourcc);
gboolean gst_virtcam_modes_get_size (GstVirtcamModes *self, guint32 fourcc,
    guint n, struct v4l2_frmsizeenum *size);
gboolean gst_virtcam_modes_list_sizes (GstVirtcamModes *self, guint32 fourcc);
gboolean gst_virtcam_modes_get_interval (GstVirtcamModes *self, guint32 fourcc,
    guint width, guint height, guint n, struct v4l2_frmivalenum *interval);
gboolean gst_virtcam_modes_have_fields (GstVirtcamModes *self);
void gst_virtcam_modes_get_native (
    GstVirtcamModes *self, struct v4l2_cropcap *native);

G_END_DECLS
