/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

GstCaps *gst_virtcam_caps_choose (GstCaps *camera, GstCaps *peer);
void gst_virtcam_structure_fixate_size (GstStructure *structure);
void gst_virtcam_structure_fixate (GstStructure *structure);

G_END_DECLS
