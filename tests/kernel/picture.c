/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture.h"

/* Y, Cb and Cr, or red, green and blue, of one pixel. */
typedef struct
{
  guint8 c[3];
} Pixel;

typedef struct _Layout Layout;

/**
 * Layout:
 * @rgb: components are red, green and blue, not Y, Cb and Cr
 * @at: offset of each component's byte in the group of bytes that it lies in
 * @bytes: of a pixel in RGB formats, of a sample in formats of several planes
 * @chroma_rows: how many rows of the picture share one of a chroma plane
 */
struct _Layout
{
  guint32 fourcc;
  gboolean rgb;
  Pixel (*read) (const Layout * layout, const struct v4l2_pix_format * pix,
      const guint8 * data, guint x, guint y);
  guint8 at[3];
  guint8 bytes;
  guint8 chroma_rows;
};

/* Two pixels in four bytes: a Y of each, a Cb and a Cr of both. */
static Pixel
read_packed (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint8 *pair = data + y * pix->bytesperline + x / 2 * 4;

  return (Pixel) { {pair[layout->at[0] + x % 2 * 2], pair[layout->at[1]],
          pair[layout->at[2]]} };
}

/* A plane of Y and one of pairs of Cb and Cr, both of the same stride. */
static Pixel
read_two_planes (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint stride = pix->bytesperline;
  const guint8 *luma = data + y * stride + x * layout->bytes;
  const guint8 *chroma = data + stride * pix->height +
      y / layout->chroma_rows * stride + x / 2 * 2 * layout->bytes;

  return (Pixel) { {luma[layout->at[0]], chroma[layout->at[1]],
          chroma[layout->at[2]]} };
}

/* A plane of Y and two of half the stride; @at says which of them is which. */
static Pixel
read_three_planes (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint stride = pix->bytesperline;
  const guint plane = stride / 2 * (pix->height / layout->chroma_rows);
  const guint8 *chroma = data + stride * pix->height +
      y / layout->chroma_rows * (stride / 2) + x / 2;

  return (Pixel) { {data[y * stride + x], chroma[layout->at[1] * plane],
          chroma[layout->at[2] * plane]} };
}

static Pixel
read_grey (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  (void) layout;
  return (Pixel) { {data[y * pix->bytesperline + x], 128, 128} };
}

static Pixel
read_rgb (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint8 *p = data + y * pix->bytesperline + layout->bytes * x;

  return (Pixel) { {p[layout->at[0]], p[layout->at[1]], p[layout->at[2]]} };
}

static Pixel
read_rgb565 (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint8 *p = data + y * pix->bytesperline + 2 * x;
  const guint bits = p[0] | p[1] << 8;

  (void) layout;
  return (Pixel) { {(guint8) ((bits >> 11) * 255 / 31),
          (guint8) ((bits >> 5 & 63) * 255 / 63),
          (guint8) ((bits & 31) * 255 / 31)} };
}

/* The four pixels of a cell have red, green, green and blue between them. */
static Pixel
read_rggb (const Layout * layout, const struct v4l2_pix_format *pix,
    const guint8 * data, guint x, guint y)
{
  const guint8 *cell = data + y / 2 * 2 * pix->bytesperline + x / 2 * 2;
  const guint8 *below = cell + pix->bytesperline;

  (void) layout;
  return (Pixel) { {cell[0], (guint8) ((cell[1] + below[0]) / 2), below[1]} };
}

/* Of P010 the more significant bytes are read. */
static const Layout layouts[] = {
  {V4L2_PIX_FMT_YUYV, FALSE, read_packed, {0, 1, 3}, 0, 0},
  {V4L2_PIX_FMT_UYVY, FALSE, read_packed, {1, 0, 2}, 0, 0},
  {V4L2_PIX_FMT_YVYU, FALSE, read_packed, {0, 3, 1}, 0, 0},
  {V4L2_PIX_FMT_NV12, FALSE, read_two_planes, {0, 0, 1}, 1, 2},
  {V4L2_PIX_FMT_NV21, FALSE, read_two_planes, {0, 1, 0}, 1, 2},
  {V4L2_PIX_FMT_NV16, FALSE, read_two_planes, {0, 0, 1}, 1, 1},
  {V4L2_PIX_FMT_NV61, FALSE, read_two_planes, {0, 1, 0}, 1, 1},
  {V4L2_PIX_FMT_P010, FALSE, read_two_planes, {1, 1, 3}, 2, 2},
  {V4L2_PIX_FMT_YUV420, FALSE, read_three_planes, {0, 0, 1}, 1, 2},
  {V4L2_PIX_FMT_YVU420, FALSE, read_three_planes, {0, 1, 0}, 1, 2},
  {V4L2_PIX_FMT_YUV422P, FALSE, read_three_planes, {0, 0, 1}, 1, 1},
  {V4L2_PIX_FMT_GREY, FALSE, read_grey, {0}, 0, 0},
  {V4L2_PIX_FMT_RGB24, TRUE, read_rgb, {0, 1, 2}, 3, 0},
  {V4L2_PIX_FMT_BGR24, TRUE, read_rgb, {2, 1, 0}, 3, 0},
  {V4L2_PIX_FMT_XBGR32, TRUE, read_rgb, {2, 1, 0}, 4, 0},
  {V4L2_PIX_FMT_ABGR32, TRUE, read_rgb, {2, 1, 0}, 4, 0},
  {V4L2_PIX_FMT_RGBX32, TRUE, read_rgb, {0, 1, 2}, 4, 0},
  {V4L2_PIX_FMT_RGBA32, TRUE, read_rgb, {0, 1, 2}, 4, 0},
  {V4L2_PIX_FMT_XRGB32, TRUE, read_rgb, {1, 2, 3}, 4, 0},
  {V4L2_PIX_FMT_ARGB32, TRUE, read_rgb, {1, 2, 3}, 4, 0},
  {V4L2_PIX_FMT_RGB565, TRUE, read_rgb565, {0}, 0, 0},
  {V4L2_PIX_FMT_SRGGB8, TRUE, read_rggb, {0}, 0, 0},
};

static const Layout *
layout_of (guint32 fourcc)
{
  for (guint i = 0; i < G_N_ELEMENTS (layouts); i++)
    if (layouts[i].fourcc == fourcc)
      return &layouts[i];
  g_error ("no layout of format 0x%08x", fourcc);
}

/* BT.601, limited range. */
static PictureColour
from_ycbcr (double y, double cb, double cr)
{
  const double grey = (y - 16) * 255 / 219;
  const double blue = (cb - 128) * 255 / 224, red = (cr - 128) * 255 / 224;

  return (PictureColour) {
    .red = CLAMP (grey + 1.402 * red, 0, 255),
    .green = CLAMP (grey - 0.344136 * blue - 0.714136 * red, 0, 255),
    .blue = CLAMP (grey + 1.772 * blue, 0, 255),
  };
}

PictureColour
picture_mean (Reader * reader, const guint8 * data, guint left, guint top,
    guint width, guint height)
{
  const struct v4l2_pix_format *pix = &reader->format.fmt.pix;
  double sum[3] = { 0 };
  const Layout *layout = layout_of (pix->pixelformat);

  for (guint y = top; y < top + height; y++)
    for (guint x = left; x < left + width; x++) {
      Pixel pixel = layout->read (layout, pix, data, x, y);

      for (guint c = 0; c < 3; c++)
        sum[c] += pixel.c[c];
    }
  for (guint c = 0; c < 3; c++)
    sum[c] /= width * height;
  return layout->rgb ? (PictureColour) {sum[0], sum[1], sum[2]}
      : from_ycbcr (sum[0], sum[1], sum[2]);
}

double
picture_luma (PictureColour colour)
{
  return 0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
}

double
picture_chroma (PictureColour colour)
{
  return MAX (MAX (colour.red, colour.green), colour.blue) -
      MIN (MIN (colour.red, colour.green), colour.blue);
}
