/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GST_TYPE_VIRTCAM_DEVICE_PROVIDER \
  (gst_virtcam_device_provider_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamDeviceProvider, gst_virtcam_device_provider,
    GST, VIRTCAM_DEVICE_PROVIDER, GstDeviceProvider)

GST_DEVICE_PROVIDER_REGISTER_DECLARE (virtcamdeviceprovider);
