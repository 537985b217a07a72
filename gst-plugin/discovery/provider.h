/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gudev/gudev.h>

#define GST_TYPE_VIRTCAM_DEVICE_PROVIDER \
  (gst_virtcam_device_provider_get_type ())
G_DECLARE_FINAL_TYPE (GstVirtcamDeviceProvider, gst_virtcam_device_provider,
    GST, VIRTCAM_DEVICE_PROVIDER, GstDeviceProvider)

GST_DEVICE_PROVIDER_REGISTER_DECLARE (virtcamdeviceprovider);

/* discovery/device.c */

#define GST_TYPE_VIRTCAM_DEVICE (gst_virtcam_device_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamDevice, gst_virtcam_device, GST, VIRTCAM_DEVICE, GstDevice)

/* A reference, or NULL with an error: path is no camera, has no video that
 * virtcamsrc takes, or cannot be opened. udev: what it knows of the node, or
 * NULL. */
GstVirtcamDevice *gst_virtcam_device_new (
    const gchar *path, GUdevDevice *udev, GError **error);

gboolean gst_virtcam_device_is_node (GstVirtcamDevice *self, GUdevDevice *udev);
