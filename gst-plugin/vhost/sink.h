/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#define GST_TYPE_VIRTCAM_VM_SINK (gst_virtcam_vm_sink_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamVmSink, gst_virtcam_vm_sink, GST, VIRTCAM_VM_SINK, GstBaseSink)

GST_ELEMENT_REGISTER_DECLARE (virtcamvmsink)
