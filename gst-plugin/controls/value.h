/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "v4l2/controls.h"

G_BEGIN_DECLS

gchar *gst_virtcam_control_refuse (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, const GValue *value);
gpointer gst_virtcam_control_prepare (const GstVirtcamControl *control,
    const struct v4l2_query_ext_ctrl *range, struct v4l2_ext_control *raw);
gpointer gst_virtcam_control_pack (const GstVirtcamControl *control,
    const GValue *value, struct v4l2_ext_control *raw);
void gst_virtcam_control_unpack (const GstVirtcamControl *control,
    const struct v4l2_ext_control *raw, GValue *value);

G_END_DECLS
