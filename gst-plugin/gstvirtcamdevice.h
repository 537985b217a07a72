/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>
#include <gudev/gudev.h>

#include "virtcam-identity.h"

G_BEGIN_DECLS

#define GST_TYPE_VIRTCAM_DEVICE (gst_virtcam_device_get_type ())
G_DECLARE_FINAL_TYPE (
    GstVirtcamDevice, gst_virtcam_device, GST, VIRTCAM_DEVICE, GstDevice)

/* Takes identity. node: what udev knows of it. Returns a floating reference. */
GstVirtcamDevice *gst_virtcam_device_new (
    VirtcamIdentity *identity, GUdevDevice *node);

gboolean gst_virtcam_device_is_node (GstVirtcamDevice *self, GUdevDevice *node);

/* Whether nobody has asked the camera for its caps so far. */
gboolean gst_virtcam_device_is_unasked (GstVirtcamDevice *self);

/* Asks the camera, once: its caps are its own from then on, and notify::caps is
 * emitted. FALSE: it has no video that virtcamsrc takes, or cannot be opened
 * (any more). From any thread. */
gboolean gst_virtcam_device_ask (GstVirtcamDevice *self);

G_END_DECLS
