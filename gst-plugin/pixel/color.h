/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/format.h"

G_BEGIN_DECLS

gboolean gst_virtcam_colorimetry_from_picture (
    const struct v4l2_pix_format *picture, GstVirtcamMedia media,
    GstVideoColorimetry *colorimetry);
gboolean gst_virtcam_colorimetry_to_picture (
    const gchar *name, GstVirtcamMedia media, struct v4l2_pix_format *picture);

G_END_DECLS
