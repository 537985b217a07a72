/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* What the camera takes now, as caps. filter may be NULL. */
GstCaps *gst_virtcam_offering_get_caps (GstVirtcamNode *node, GstCaps *filter);
/* The same for whoever is at the other end of pad. */
GstCaps *gst_virtcam_offering_answer (
    GstVirtcamNode *node, GstPad *pad, GstCaps *filter);
gboolean gst_virtcam_offering_accepts (
    GstVirtcamNode *node, GstPad *pad, GstCaps *caps);
/* Whether whoever is at the other end of pad can send everything that the camera
 * takes; and whether it can send anything of that. */
gboolean gst_virtcam_offering_is_all_of (GstVirtcamNode *node, GstPad *pad);
gboolean gst_virtcam_offering_is_any_of (GstVirtcamNode *node, GstPad *pad);
