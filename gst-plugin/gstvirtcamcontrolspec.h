/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "virtcam-controls.h"

G_BEGIN_DECLS

gboolean gst_virtcam_control_is_array (const VirtcamControl *control);
gboolean gst_virtcam_control_is_known (const VirtcamControl *control);
GParamSpec *gst_virtcam_control_to_spec (
    const VirtcamControl *control, const gchar *name);

G_END_DECLS
