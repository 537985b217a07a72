/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>
#include <linux/videodev2.h>

typedef enum {
  GST_VIRTCAM_MEDIA_YUV,
  GST_VIRTCAM_MEDIA_RGB,
  GST_VIRTCAM_MEDIA_GRAY,
  GST_VIRTCAM_MEDIA_BAYER,
  GST_VIRTCAM_MEDIA_CODED,
} GstVirtcamMedia;

/* One V4L2 pixel format and what GStreamer calls it. */
typedef struct {
  guint32 fourcc;
  GstVirtcamMedia media;
  GstVideoFormat format; /* ENCODED for Bayer and coded video */
  const gchar *caps;     /* of these; else NULL */
  guint n_memories;      /* 1, or as many as there are planes */
} GstVirtcamFormat;

const GstVirtcamFormat *gst_virtcam_format_from_fourcc (guint32 fourcc);
guint gst_virtcam_format_rank (const GstVirtcamFormat *format);
const GstVirtcamFormat *gst_virtcam_format_by_preference (guint n);
GstStructure *gst_virtcam_format_to_structure (const GstVirtcamFormat *format);
