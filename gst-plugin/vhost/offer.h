/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "vhost/camera.h"

/* What a guest may choose, as caps and as the camera's modes. Pure. */

/* VmModes, which the array owns. */
GArray *gst_virtcam_vm_offer_from_caps (GstCaps *caps);
/* What upstream is asked for when a guest has chosen. */
GstCaps *gst_virtcam_vm_offer_to_caps (const VmFormat *format);

/* VmCameraOps.layout */
bool gst_virtcam_vm_offer_get_layout (void *data, uint32_t fourcc,
    uint32_t width, uint32_t height, uint32_t *bytesperline,
    uint32_t *sizeimage);
/* The frames of a format that such a layout was found for. */
void gst_virtcam_vm_offer_get_frames (
    const VmFormat *format, GstVirtcamFrames *frames);
