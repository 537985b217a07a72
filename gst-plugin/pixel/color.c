/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Colour: V4L2's four fields (colour space, encoding, quantisation, transfer)
 * as GStreamer's four (range, matrix, transfer, primaries). */

#include "pixel/caps.h"

static GstVideoColorPrimaries
primaries_from_colorspace (guint32 colorspace)
{
  switch (colorspace) {
  case V4L2_COLORSPACE_SMPTE170M:
    return GST_VIDEO_COLOR_PRIMARIES_SMPTE170M;
  case V4L2_COLORSPACE_SMPTE240M:
    return GST_VIDEO_COLOR_PRIMARIES_SMPTE240M;
  case V4L2_COLORSPACE_REC709:
  case V4L2_COLORSPACE_SRGB:
  case V4L2_COLORSPACE_JPEG:
    return GST_VIDEO_COLOR_PRIMARIES_BT709;
  case V4L2_COLORSPACE_470_SYSTEM_M:
    return GST_VIDEO_COLOR_PRIMARIES_BT470M;
  case V4L2_COLORSPACE_470_SYSTEM_BG:
    return GST_VIDEO_COLOR_PRIMARIES_BT470BG;
  case V4L2_COLORSPACE_OPRGB:
    return GST_VIDEO_COLOR_PRIMARIES_ADOBERGB;
  case V4L2_COLORSPACE_BT2020:
    return GST_VIDEO_COLOR_PRIMARIES_BT2020;
  case V4L2_COLORSPACE_DCI_P3:
    return GST_VIDEO_COLOR_PRIMARIES_SMPTERP431;
  default:
    return GST_VIDEO_COLOR_PRIMARIES_UNKNOWN;
  }
}

static GstVideoTransferFunction
transfer_from_xfer (guint32 xfer, guint32 colorspace)
{
  if (xfer == V4L2_XFER_FUNC_DEFAULT)
    xfer = V4L2_MAP_XFER_FUNC_DEFAULT (colorspace);
  switch (xfer) {
  case V4L2_XFER_FUNC_709:
    if (colorspace == V4L2_COLORSPACE_BT2020)
      return GST_VIDEO_TRANSFER_BT2020_12;
    if (colorspace == V4L2_COLORSPACE_SMPTE170M)
      return GST_VIDEO_TRANSFER_BT601;
    return GST_VIDEO_TRANSFER_BT709;
  case V4L2_XFER_FUNC_SRGB:
    return GST_VIDEO_TRANSFER_SRGB;
  case V4L2_XFER_FUNC_OPRGB:
    return GST_VIDEO_TRANSFER_ADOBERGB;
  case V4L2_XFER_FUNC_SMPTE240M:
    return GST_VIDEO_TRANSFER_SMPTE240M;
  case V4L2_XFER_FUNC_NONE:
    return GST_VIDEO_TRANSFER_GAMMA10;
  case V4L2_XFER_FUNC_SMPTE2084:
    return GST_VIDEO_TRANSFER_SMPTE2084;
  default:
    return GST_VIDEO_TRANSFER_UNKNOWN;
  }
}

static GstVideoColorMatrix
matrix_from_encoding (guint32 encoding, guint32 colorspace)
{
  if (encoding == V4L2_YCBCR_ENC_DEFAULT)
    encoding = V4L2_MAP_YCBCR_ENC_DEFAULT (colorspace);
  switch (encoding) {
  case V4L2_YCBCR_ENC_601:
  case V4L2_YCBCR_ENC_XV601:
    return GST_VIDEO_COLOR_MATRIX_BT601;
  case V4L2_YCBCR_ENC_709:
  case V4L2_YCBCR_ENC_XV709:
    return GST_VIDEO_COLOR_MATRIX_BT709;
  case V4L2_YCBCR_ENC_BT2020:
  case V4L2_YCBCR_ENC_BT2020_CONST_LUM:
    return GST_VIDEO_COLOR_MATRIX_BT2020;
  case V4L2_YCBCR_ENC_SMPTE240M:
    return GST_VIDEO_COLOR_MATRIX_SMPTE240M;
  default:
    return GST_VIDEO_COLOR_MATRIX_UNKNOWN;
  }
}

static GstVideoColorRange
range_from_quantization (const struct v4l2_pix_format *picture, gboolean is_rgb)
{
  guint32 quantization = picture->quantization;

  if (quantization == V4L2_QUANTIZATION_DEFAULT)
    quantization = V4L2_MAP_QUANTIZATION_DEFAULT (
        is_rgb, picture->colorspace, picture->ycbcr_enc);
  return quantization == V4L2_QUANTIZATION_FULL_RANGE
             ? GST_VIDEO_COLOR_RANGE_0_255
             : GST_VIDEO_COLOR_RANGE_16_235;
}

/* FALSE where the driver says nothing, or where caps have no such field:
 * Bayer has none, and coded video says its own in the bit stream. */
gboolean
gst_virtcam_colorimetry_from_picture (const struct v4l2_pix_format *picture,
    GstVirtcamMedia media, GstVideoColorimetry *colorimetry)
{
  gboolean is_rgb = media == GST_VIRTCAM_MEDIA_RGB;

  if (picture->colorspace == V4L2_COLORSPACE_DEFAULT ||
      picture->colorspace == V4L2_COLORSPACE_RAW ||
      media == GST_VIRTCAM_MEDIA_BAYER || media == GST_VIRTCAM_MEDIA_CODED)
    return FALSE;

  colorimetry->primaries = primaries_from_colorspace (picture->colorspace);
  colorimetry->transfer =
      transfer_from_xfer (picture->xfer_func, picture->colorspace);
  colorimetry->range = range_from_quantization (picture, is_rgb);
  colorimetry->matrix =
      is_rgb ? GST_VIDEO_COLOR_MATRIX_RGB
             : matrix_from_encoding (picture->ycbcr_enc, picture->colorspace);
  return TRUE;
}

/* Sets the four fields of picture that say its colours so that they mean name, such
 * as "bt709": a driver that converts colours heeds them. None is left at its
 * default, which a driver takes for no wish. FALSE: V4L2 has no words for it. */
gboolean
gst_virtcam_colorimetry_to_picture (
    const gchar *name, GstVirtcamMedia media, struct v4l2_pix_format *picture)
{
  static const guint n_spaces = V4L2_COLORSPACE_DCI_P3;
  static const guint n_encodings = V4L2_YCBCR_ENC_SMPTE240M;
  static const guint n_transfers = V4L2_XFER_FUNC_SMPTE2084;
  static const guint n_quantizations = V4L2_QUANTIZATION_LIM_RANGE;
  GstVideoColorimetry wish, said;

  if (!gst_video_colorimetry_from_string (&wish, name))
    return FALSE;
  for (guint i = 0; i < n_spaces * n_encodings * n_transfers * n_quantizations;
       i++) {
    struct v4l2_pix_format words = *picture;

    words.colorspace = 1 + i % n_spaces;
    words.ycbcr_enc = 1 + i / n_spaces % n_encodings;
    words.xfer_func = 1 + i / n_spaces / n_encodings % n_transfers;
    words.quantization = 1 + i / n_spaces / n_encodings / n_transfers;
    if (!gst_virtcam_colorimetry_from_picture (&words, media, &said) ||
        !gst_video_colorimetry_is_equal (&said, &wish))
      continue;
    *picture = words;
    picture->priv = V4L2_PIX_FMT_PRIV_MAGIC;
    picture->flags |= V4L2_PIX_FMT_FLAG_SET_CSC;
    return TRUE;
  }
  return FALSE;
}
