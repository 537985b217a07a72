/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The GStreamer version checks, but for that of source/segment.c. The floor is
 * 1.22. */
#pragma once

#include <gst/video/video.h>

/* DMA_DRM caps came with 1.24. Before it no format has a name in them. */
#define GST_VIRTCAM_COMPAT_HAS_DMA_DRM GST_CHECK_VERSION (1, 24, 0)

/* A linear picture's drm-format; NULL if DRM has none. Free with g_free. */
static inline gchar *
gst_virtcam_compat_drm_name (G_GNUC_UNUSED GstVideoFormat format)
{
#if GST_CHECK_VERSION(1, 24, 0)
  guint32 fourcc = gst_video_dma_drm_fourcc_from_format (format);

  return fourcc ? gst_video_dma_drm_fourcc_to_string (fourcc, 0) : NULL;
#else
  return NULL;
#endif
}

/* UNKNOWN if the picture is not linear, or in no format of GStreamer. */
static inline GstVideoFormat
gst_virtcam_compat_drm_format (G_GNUC_UNUSED const gchar *name)
{
#if GST_CHECK_VERSION(1, 24, 0)
  guint64 modifier = 0;
  guint32 fourcc = gst_video_dma_drm_fourcc_from_string (name, &modifier);

  if (fourcc != 0 && modifier == 0)
    return gst_video_dma_drm_fourcc_to_format (fourcc);
#endif
  return GST_VIDEO_FORMAT_UNKNOWN;
}

/* Ten bits of grey in sixteen came with 1.26. */
#define GST_VIRTCAM_COMPAT_HAS_GRAY10 GST_CHECK_VERSION (1, 26, 0)
