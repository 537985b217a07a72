/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "v4l2/controls.h"

G_BEGIN_DECLS

gboolean gst_virtcam_control_is_array (const GstVirtcamControl *control);
gboolean gst_virtcam_control_is_known (const GstVirtcamControl *control);
GParamSpec *gst_virtcam_control_to_spec (
    const GstVirtcamControl *control, const gchar *name);

G_END_DECLS
