/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "v4l2/node.h"

/* What caps that upstream has fixed are to a camera. */
typedef struct {
  const GstVirtcamFormat *format;
  guint width, height;
  GstVideoInterlaceMode interlace_mode;
  gchar colorimetry[64];      /* as in caps; empty: there is none */
  struct v4l2_fract interval; /* 0/0: variable, or unknown */
  gboolean exported; /* upstream wants the camera's buffers as dma-bufs */
} GstVirtcamTarget;

/* node: NULL, or the camera, whose name of a format is found where there are two. */
gboolean gst_virtcam_target_from_caps (
    GstVirtcamTarget *self, GstVirtcamNode *node, GstCaps *caps);
gboolean gst_virtcam_target_is_offered (
    const GstVirtcamTarget *self, GstVirtcamNode *node);
/* Whether frames are such video, wherever their planes lie. */
gboolean gst_virtcam_target_is_of (
    const GstVirtcamTarget *self, const GstVirtcamFrames *frames);
gboolean gst_virtcam_target_set (const GstVirtcamTarget *self,
    GstVirtcamNode *node, guint32 bytesperline, GstVirtcamFrames *frames,
    GError **error);
gboolean gst_virtcam_target_get_usual_layout (
    const GstVirtcamTarget *self, GstVirtcamLayout *layout);
/* Where V4L2 has planes whose first has lines of that length. */
gboolean gst_virtcam_target_get_layout (const GstVirtcamTarget *self,
    guint32 bytesperline, GstVirtcamLayout *layout);

/* Where the planes of a buffer lie; layout begins as the usual one. FALSE: not
 * whole, or not within the buffer. */
gboolean gst_virtcam_target_read_layout (
    const GstVirtcamTarget *self, GstBuffer *buffer, GstVirtcamLayout *layout);
