/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

typedef enum {
  GST_VIRTCAM_SIGNAL_STEADY, /* or nothing that has signals */
  GST_VIRTCAM_SIGNAL_CHANGED,
  GST_VIRTCAM_SIGNAL_LOST,
} GstVirtcamSignal;

GstVirtcamSignal gst_virtcam_signal_check (
    GstVirtcamNode *node, gboolean at_first);
gboolean gst_virtcam_signal_follow (GstVirtcamNode *node, GError **error);
