/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/choice.h"
#include "pixel/layout.h"
#include "v4l2/node.h"

/* What was agreed with the device; format is NULL before. */
typedef struct {
  const GstVirtcamFormat *format;
  struct v4l2_pix_format picture; /* as the device says it */
  guint32 field; /* as picture.field, with the order of interleaved ones */
  gboolean has_layout;
  GstVirtcamLayout layout; /* of the driver's buffers */
  GstClockTime duration;   /* of a frame; NONE if unknown */
} GstVirtcamMode;

gboolean gst_virtcam_mode_apply (GstVirtcamMode *self, GstVirtcamNode *node,
    const GstVirtcamOffer *choice, GstCaps *caps, GError **error);
gboolean gst_virtcam_mode_change_rate (GstVirtcamMode *self,
    GstVirtcamNode *node, const GstVirtcamOffer *choice, GstCaps *caps);
gboolean gst_virtcam_mode_is_picture_of (
    const GstVirtcamMode *self, const GstVirtcamOffer *choice);
gboolean gst_virtcam_mode_is_current (
    const GstVirtcamMode *self, GstVirtcamNode *node);
gboolean gst_virtcam_mode_set_bytesperline (GstVirtcamMode *self,
    GstVirtcamNode *node, guint32 bytesperline, GError **error);
GstVirtcamFrames gst_virtcam_mode_get_frames (const GstVirtcamMode *self);
