/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pure: V4L2's pixel formats and what GStreamer calls them. */

#include "pixel/format.h"

#include "pixel/compat.h"

#define FORMAT(media, fourcc, format, caps) \
  { \
    V4L2_PIX_FMT_##fourcc, GST_VIRTCAM_MEDIA_##media, \
        GST_VIDEO_FORMAT_##format, caps, 1 \
  }
/* Each of the planes is a piece of memory. */
#define APART(fourcc, format, n) \
  { \
    V4L2_PIX_FMT_##fourcc, GST_VIRTCAM_MEDIA_YUV, GST_VIDEO_FORMAT_##format, \
        NULL, n \
  }

#define BAYER(order) "video/x-bayer, format=" order
/* V4L2 gives one picture a buffer. */
#define JPEG "image/jpeg, parsed=true"
#define H26X(number) \
  "video/x-h" number ", stream-format=byte-stream, alignment=au, parsed=true"

/* In order of preference where the peer leaves it open. NV12 leads: hardware
 * encoders, GL and Wayland all take it, and it is 3/4 of YUY2's bytes. Planar
 * 4:2:0 follows because software encoders want it, then packed 4:2:2, which
 * most webcams have. A format twice in the third column is V4L2 having two names
 * for one; of a device that has both, the first of them here is used. */
static const GstVirtcamFormat formats[] = {
  FORMAT (YUV, NV12, NV12, NULL),
  APART (NV12M, NV12, 2),
  FORMAT (YUV, YUV420, I420, NULL),
  APART (YUV420M, I420, 3),
  FORMAT (YUV, YVU420, YV12, NULL),
  APART (YVU420M, YV12, 3),
  FORMAT (YUV, NV21, NV21, NULL),
  APART (NV21M, NV21, 2),
  FORMAT (YUV, YUYV, YUY2, NULL),
  FORMAT (YUV, UYVY, UYVY, NULL),
  FORMAT (YUV, YVYU, YVYU, NULL),
  FORMAT (YUV, VYUY, VYUY, NULL),
  FORMAT (YUV, NV16, NV16, NULL),
  APART (NV16M, NV16, 2),
  FORMAT (YUV, NV61, NV61, NULL),
  APART (NV61M, NV61, 2),
  FORMAT (YUV, YUV422P, Y42B, NULL),
  APART (YUV422M, Y42B, 3),
  FORMAT (YUV, NV24, NV24, NULL),
  APART (YUV444M, Y444, 3),
  FORMAT (YUV, P010, P010_10LE, NULL),
  FORMAT (YUV, YUV411P, Y41B, NULL),
  FORMAT (YUV, YUV410, YUV9, NULL),
  FORMAT (YUV, YVU410, YVU9, NULL),
  FORMAT (YUV, AYUV32, AYUV, NULL),
  FORMAT (YUV, VUYA32, VUYA, NULL),
  FORMAT (RGB, XBGR32, BGRx, NULL),
  FORMAT (RGB, ABGR32, BGRA, NULL),
  FORMAT (RGB, RGBX32, RGBx, NULL),
  FORMAT (RGB, RGBA32, RGBA, NULL),
  FORMAT (RGB, XRGB32, xRGB, NULL),
  FORMAT (RGB, ARGB32, ARGB, NULL),
  FORMAT (RGB, BGRX32, xBGR, NULL),
  FORMAT (RGB, BGRA32, ABGR, NULL),
  FORMAT (RGB, BGR32, BGRx, NULL),
  FORMAT (RGB, RGB32, xRGB, NULL),
  FORMAT (RGB, RGB24, RGB, NULL),
  FORMAT (RGB, BGR24, BGR, NULL),
  FORMAT (RGB, RGB565, RGB16, NULL),
  FORMAT (RGB, XRGB555, RGB15, NULL),
  FORMAT (RGB, RGB555, RGB15, NULL),
  FORMAT (CODED, MJPEG, ENCODED, JPEG),
  FORMAT (CODED, JPEG, ENCODED, JPEG),
  FORMAT (CODED, H264, ENCODED, H26X ("264")),
  FORMAT (CODED, HEVC, ENCODED, H26X ("265")),
  FORMAT (GRAY, GREY, GRAY8, NULL),
  FORMAT (GRAY, Y16, GRAY16_LE, NULL),
#if GST_VIRTCAM_COMPAT_HAS_GRAY10
  FORMAT (GRAY, Y10, GRAY10_LE16, NULL),
#endif
  FORMAT (GRAY, Y16_BE, GRAY16_BE, NULL),
  FORMAT (BAYER, SRGGB8, ENCODED, BAYER ("rggb")),
  FORMAT (BAYER, SBGGR8, ENCODED, BAYER ("bggr")),
  FORMAT (BAYER, SGBRG8, ENCODED, BAYER ("gbrg")),
  FORMAT (BAYER, SGRBG8, ENCODED, BAYER ("grbg")),
};

const GstVirtcamFormat *
gst_virtcam_format_from_fourcc (guint32 fourcc)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    if (formats[i].fourcc == fourcc)
      return &formats[i];
  }
  return NULL;
}

/* 0 is the best. */
guint
gst_virtcam_format_rank (const GstVirtcamFormat *format)
{
  return (guint) (format - formats);
}

/* The formats from the best to the worst; NULL behind the last. */
const GstVirtcamFormat *
gst_virtcam_format_by_preference (guint n)
{
  return n < G_N_ELEMENTS (formats) ? &formats[n] : NULL;
}

/* V4L2 has no stereo pictures. */
GstStructure *
gst_virtcam_format_to_structure (const GstVirtcamFormat *format)
{
  if (format->caps)
    return gst_structure_from_string (format->caps, NULL);
  return gst_structure_new ("video/x-raw", "format", G_TYPE_STRING,
      gst_video_format_to_string (format->format), "multiview-mode",
      G_TYPE_STRING, "mono", NULL);
}
