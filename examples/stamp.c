/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "stamp.h"

#include <errno.h>
#include <linux/videodev2.h>

#define BLOCK 8                 /* pixels a side of the square that is a bit */
#define MARGIN 2                /* pixels at its edges that coding may smear */
#define STAMP_BITS 128
#define STAMP_BYTES (STAMP_BITS / 8)
#define STAMP_MAGIC 0x5643
#define SMALLEST_SIDE 64
#define ZERO 16                 /* the luma of a bit */
#define ONE 235
#define THRESHOLD ((ZERO + ONE) / 2)

/* Of samples of 16 bits, little-endian, the more significant byte is read. */
static const struct
{
  uint32_t fourcc;
  uint8_t pixel_bytes;
  uint8_t luma_offset;
} layouts[] = {
  {V4L2_PIX_FMT_YUYV, 2, 0},
  {V4L2_PIX_FMT_UYVY, 2, 1},
  {V4L2_PIX_FMT_NV12, 1, 0},
  {V4L2_PIX_FMT_YUV420, 1, 0},
  {V4L2_PIX_FMT_RGB24, 3, 1},
  {V4L2_PIX_FMT_BGR24, 3, 1},
  {V4L2_PIX_FMT_XBGR32, 4, 1},
  {V4L2_PIX_FMT_GREY, 1, 0},
  {V4L2_PIX_FMT_SRGGB8, 1, 0},
  {V4L2_PIX_FMT_YVYU, 2, 0},
  {V4L2_PIX_FMT_NV21, 1, 0},
  {V4L2_PIX_FMT_NV16, 1, 0},
  {V4L2_PIX_FMT_NV61, 1, 0},
  {V4L2_PIX_FMT_YVU420, 1, 0},
  {V4L2_PIX_FMT_YUV422P, 1, 0},
  {V4L2_PIX_FMT_P010, 2, 1},
  {V4L2_PIX_FMT_RGB565, 2, 1},
  {V4L2_PIX_FMT_ABGR32, 4, 1},
  {V4L2_PIX_FMT_RGBA32, 4, 1},
  {V4L2_PIX_FMT_RGBX32, 4, 1},
  {V4L2_PIX_FMT_ARGB32, 4, 2},
  {V4L2_PIX_FMT_XRGB32, 4, 2},
};

static int
fail (int reason)
{
  errno = reason;
  return -1;
}

int
virtcam_stamp_layout (uint32_t v4l2_fourcc, size_t * pixel_bytes,
    size_t * luma_offset)
{
  for (size_t i = 0; i < sizeof (layouts) / sizeof (layouts[0]); i++) {
    if (layouts[i].fourcc != v4l2_fourcc)
      continue;
    *pixel_bytes = layouts[i].pixel_bytes;
    *luma_offset = layouts[i].luma_offset;
    return 0;
  }
  return fail (EINVAL);
}

uint16_t
virtcam_stamp_checksum (const uint8_t * data, size_t length)
{
  uint16_t crc = 0xffff;

  for (size_t i = 0; i < length; i++) {
    crc ^= (uint16_t) (data[i] << 8);
    for (int bit = 0; bit < 8; bit++)
      crc = (uint16_t) (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0);
  }
  return crc;
}

/* The mean of the inner pixels, since coding blurs the outer ones first. */
static int
read_bit (const uint8_t * block, size_t stride, size_t pixel_bytes)
{
  const unsigned side = BLOCK - 2 * MARGIN;
  unsigned sum = 0;

  for (unsigned y = MARGIN; y < MARGIN + side; y++)
    for (unsigned x = MARGIN; x < MARGIN + side; x++)
      sum += block[y * stride + x * pixel_bytes];
  return sum > side * side * THRESHOLD;
}

static void
read_bytes (const uint8_t * luma, size_t stride, size_t pixel_bytes,
    unsigned blocks_in_row, uint8_t bytes[STAMP_BYTES])
{
  for (unsigned i = 0; i < STAMP_BITS; i++) {
    const uint8_t *block = luma + (i / blocks_in_row) * BLOCK * stride
        + (i % blocks_in_row) * BLOCK * pixel_bytes;

    bytes[i / 8] = (uint8_t) (bytes[i / 8] << 1 |
        read_bit (block, stride, pixel_bytes));
  }
}

static uint64_t
big_endian (const uint8_t * bytes, unsigned count)
{
  uint64_t value = 0;

  while (count--)
    value = value << 8 | *bytes++;
  return value;
}

static int
fits (unsigned width, unsigned height)
{
  const unsigned blocks_in_row = width / BLOCK;

  return width >= SMALLEST_SIDE && height >= SMALLEST_SIDE &&
      (STAMP_BITS + blocks_in_row - 1) / blocks_in_row <= height / BLOCK;
}

int
virtcam_stamp_decode (const uint8_t * luma, size_t stride, size_t pixel_bytes,
    size_t luma_offset, unsigned width, unsigned height, VirtcamStamp * stamp)
{
  uint8_t bytes[STAMP_BYTES] = { 0 };

  if (!fits (width, height))
    return fail (ERANGE);
  read_bytes (luma + luma_offset, stride, pixel_bytes, width / BLOCK, bytes);
  if (big_endian (bytes, 2) != STAMP_MAGIC)
    return fail (ENODATA);
  if (big_endian (bytes + 14, 2) != virtcam_stamp_checksum (bytes, 14))
    return fail (EBADMSG);

  stamp->sequence = (uint32_t) big_endian (bytes + 2, 4);
  stamp->time_ns = big_endian (bytes + 6, 8);
  return 0;
}

static void
put_big_endian (uint8_t * bytes, uint64_t value, unsigned count)
{
  for (; count--; value >>= 8)
    bytes[count] = (uint8_t) value;
}

static void
draw_bit (uint8_t * block, size_t stride, size_t pixel_bytes, uint8_t luma)
{
  for (unsigned y = 0; y < BLOCK; y++)
    for (unsigned x = 0; x < BLOCK; x++)
      block[y * stride + x * pixel_bytes] = luma;
}

int
virtcam_stamp_draw (uint8_t * luma, size_t stride, size_t pixel_bytes,
    size_t luma_offset, unsigned width, unsigned height,
    const VirtcamStamp * stamp)
{
  const unsigned blocks_in_row = width / BLOCK;
  uint8_t bytes[STAMP_BYTES];

  if (!fits (width, height))
    return fail (ERANGE);
  put_big_endian (bytes, STAMP_MAGIC, 2);
  put_big_endian (bytes + 2, stamp->sequence, 4);
  put_big_endian (bytes + 6, stamp->time_ns, 8);
  put_big_endian (bytes + 14, virtcam_stamp_checksum (bytes, 14), 2);
  for (unsigned i = 0; i < STAMP_BITS; i++)
    draw_bit (luma + luma_offset + (i / blocks_in_row) * BLOCK * stride
        + (i % blocks_in_row) * BLOCK * pixel_bytes, stride, pixel_bytes,
        bytes[i / 8] << (i % 8) & 0x80 ? ONE : ZERO);
  return 0;
}
