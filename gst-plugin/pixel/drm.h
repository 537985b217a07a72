/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* DMA_DRM caps (GStreamer 1.24) say of raw video in dma-bufs what plain ones
 * say of it in memory. The camera's pictures are linear. */

gboolean gst_virtcam_drm_is_caps (GstCaps *caps);
GstCaps *gst_virtcam_drm_from_raw (GstCaps *raw);
GstCaps *gst_virtcam_drm_to_raw (GstCaps *caps);
GstCaps *gst_virtcam_drm_strip (GstCaps *caps);
GstCaps *gst_virtcam_drm_choose (GstCaps *raw, GstCaps *peer, gboolean prefer);

G_END_DECLS
