/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The two flips as GstVideoDirection has them. From any thread. */
#pragma once

#include <gst/video/video.h>

#include "controls/panel.h"

G_BEGIN_DECLS

void gst_virtcam_direction_set (
    GstVirtcamPanel *panel, GstVideoOrientationMethod method);
GstVideoOrientationMethod gst_virtcam_direction_get (GstVirtcamPanel *panel);
void gst_virtcam_direction_open (GstVirtcamPanel *panel);

G_END_DECLS
