/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "picture.h"

/* Y, Cb and Cr, or red, green and blue, of one pixel. */
typedef struct
{
  guint8 c[3];
} Pixel;

typedef Pixel (*ReadPixel) (const struct v4l2_pix_format * pix,
    const guint8 * data, guint x, guint y);

static Pixel
read_yuyv (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *row = data + y * pix->bytesperline;

  return (Pixel) { {row[2 * x], row[x / 2 * 4 + 1], row[x / 2 * 4 + 3]} };
}

static Pixel
read_uyvy (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *row = data + y * pix->bytesperline;

  return (Pixel) { {row[2 * x + 1], row[x / 2 * 4], row[x / 2 * 4 + 2]} };
}

static Pixel
read_nv12 (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint stride = pix->bytesperline;
  const guint8 *chroma = data + stride * pix->height + y / 2 * stride +
      x / 2 * 2;

  return (Pixel) { {data[y * stride + x], chroma[0], chroma[1]} };
}

static Pixel
read_yu12 (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint stride = pix->bytesperline;
  const guint8 *blue = data + stride * pix->height + y / 2 * (stride / 2) +
      x / 2;
  const guint8 *red = blue + stride / 2 * (pix->height / 2);

  return (Pixel) { {data[y * stride + x], *blue, *red} };
}

static Pixel
read_grey (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  return (Pixel) { {data[y * pix->bytesperline + x], 128, 128} };
}

static Pixel
read_rgb (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *p = data + y * pix->bytesperline + 3 * x;

  return (Pixel) { {p[0], p[1], p[2]} };
}

static Pixel
read_bgr (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *p = data + y * pix->bytesperline + 3 * x;

  return (Pixel) { {p[2], p[1], p[0]} };
}

static Pixel
read_bgrx (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *p = data + y * pix->bytesperline + 4 * x;

  return (Pixel) { {p[2], p[1], p[0]} };
}

/* The four pixels of a cell have red, green, green and blue between them. */
static Pixel
read_rggb (const struct v4l2_pix_format *pix, const guint8 * data, guint x,
    guint y)
{
  const guint8 *cell = data + y / 2 * 2 * pix->bytesperline + x / 2 * 2;
  const guint8 *below = cell + pix->bytesperline;

  return (Pixel) { {cell[0], (guint8) ((cell[1] + below[0]) / 2), below[1]} };
}

static const struct
{
  guint32 fourcc;
  gboolean rgb;
  ReadPixel read;
} layouts[] = {
  {V4L2_PIX_FMT_YUYV, FALSE, read_yuyv},
  {V4L2_PIX_FMT_UYVY, FALSE, read_uyvy},
  {V4L2_PIX_FMT_NV12, FALSE, read_nv12},
  {V4L2_PIX_FMT_YUV420, FALSE, read_yu12},
  {V4L2_PIX_FMT_GREY, FALSE, read_grey},
  {V4L2_PIX_FMT_RGB24, TRUE, read_rgb},
  {V4L2_PIX_FMT_BGR24, TRUE, read_bgr},
  {V4L2_PIX_FMT_XBGR32, TRUE, read_bgrx},
  {V4L2_PIX_FMT_SRGGB8, TRUE, read_rggb},
};

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
  guint i = 0;

  while (layouts[i].fourcc != pix->pixelformat)
    g_assert_cmpuint (++i, <, G_N_ELEMENTS (layouts));
  for (guint y = top; y < top + height; y++)
    for (guint x = left; x < left + width; x++) {
      Pixel pixel = layouts[i].read (pix, data, x, y);

      for (guint c = 0; c < 3; c++)
        sum[c] += pixel.c[c];
    }
  for (guint c = 0; c < 3; c++)
    sum[c] /= width * height;
  return layouts[i].rgb ? (PictureColour) {sum[0], sum[1], sum[2]}
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
