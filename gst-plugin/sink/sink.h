/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#define GST_TYPE_VIRTCAM_SINK (gst_virtcam_sink_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamSink, gst_virtcam_sink, GST, VIRTCAM_SINK, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE (virtcamsink);
