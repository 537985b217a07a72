/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What programs do with the stamp, against pictures that this file draws itself. */
#include <errno.h>
#include <glib.h>
#include <linux/videodev2.h>
#include <string.h>

#include "stamp.h"
#include "pattern/stamp.h"

#define BLOCK 8
#define ZERO 16
#define ONE 235

typedef struct
{
  unsigned width, height;
  size_t stride, pixel_bytes, luma_offset;
  guint8 *data;
} Picture;

static const VirtcamStamp example = { 0x01234567, G_GUINT64_CONSTANT
      (0x89abcdef02468ace) };

static void
picture_init (Picture * picture, unsigned width, unsigned height,
    size_t pixel_bytes, size_t luma_offset, size_t padding)
{
  picture->width = width;
  picture->height = height;
  picture->pixel_bytes = pixel_bytes;
  picture->luma_offset = luma_offset;
  picture->stride = width * pixel_bytes + padding;
  picture->data = g_malloc (picture->stride * height);
  memset (picture->data, 0x5a, picture->stride * height);
}

static void
picture_finish (Picture * picture)
{
  g_free (picture->data);
}

static guint8 *
luma_at (Picture * picture, unsigned x, unsigned y)
{
  return picture->data + y * picture->stride + x * picture->pixel_bytes +
      picture->luma_offset;
}

static void
draw_block (Picture * picture, unsigned index, guint8 luma)
{
  const unsigned blocks_in_row = picture->width / BLOCK;
  const unsigned left = index % blocks_in_row * BLOCK;
  const unsigned top = index / blocks_in_row * BLOCK;

  for (unsigned y = top; y < top + BLOCK; y++)
    for (unsigned x = left; x < left + BLOCK; x++)
      *luma_at (picture, x, y) = luma;
}

static guint
draw_field (Picture * picture, guint first, guint64 value, guint bits)
{
  for (guint i = 0; i < bits; i++)
    draw_block (picture, first + i, value >> (bits - 1 - i) & 1 ? ONE : ZERO);
  return first + bits;
}

/* Bit by bit over the fields, where the decoder goes byte by byte. */
static guint16
crc_of (guint16 crc, guint64 value, guint bits)
{
  while (bits--) {
    gboolean top = (crc >> 15) ^ (value >> bits & 1);

    crc = (guint16) (crc << 1) ^ (top ? 0x1021 : 0);
  }
  return crc;
}

static void
draw_stamp (Picture * picture, guint16 magic, const VirtcamStamp * stamp)
{
  guint16 crc = crc_of (crc_of (crc_of (0xffff, magic, 16), stamp->sequence,
          32), stamp->time_ns, 64);
  guint next = draw_field (picture, 0, magic, 16);

  next = draw_field (picture, next, stamp->sequence, 32);
  next = draw_field (picture, next, stamp->time_ns, 64);
  draw_field (picture, next, crc, 16);
}

static int
decode (Picture * picture, VirtcamStamp * stamp)
{
  return virtcam_stamp_decode (picture->data, picture->stride,
      picture->pixel_bytes, picture->luma_offset, picture->width,
      picture->height, stamp);
}

static void
assert_example (Picture * picture)
{
  VirtcamStamp stamp;

  g_assert_no_errno (decode (picture, &stamp));
  g_assert_cmphex (stamp.sequence, ==, example.sequence);
  g_assert_cmphex (stamp.time_ns, ==, example.time_ns);
}

static void
assert_fails (Picture * picture, int reason)
{
  VirtcamStamp stamp = { 1, 2 };

  errno = 0;
  g_assert_cmpint (decode (picture, &stamp), ==, -1);
  g_assert_cmpint (errno, ==, reason);
  g_assert_cmpuint (stamp.sequence, ==, 1);
  g_assert_cmpuint (stamp.time_ns, ==, 2);
}

static void
crc_gives_the_published_check_value (void)
{
  g_assert_cmphex (virtcam_stamp_checksum ((const uint8_t *) "123456789", 9), ==,
      0x29b1);
  g_assert_cmphex (virtcam_stamp_crc ((const u8 *) "123456789", 9), ==,
      0x29b1);
  g_assert_cmphex (virtcam_stamp_checksum (NULL, 0), ==, 0xffff);
}

static void
every_format_gives_its_stamp_back (void)
{
  static const struct
  {
    guint32 fourcc;
    size_t pixel_bytes, luma_offset;
  } formats[] = {
    {V4L2_PIX_FMT_YUYV, 2, 0}, {V4L2_PIX_FMT_UYVY, 2, 1},
    {V4L2_PIX_FMT_NV12, 1, 0}, {V4L2_PIX_FMT_YUV420, 1, 0},
    {V4L2_PIX_FMT_RGB24, 3, 1}, {V4L2_PIX_FMT_BGR24, 3, 1},
    {V4L2_PIX_FMT_XBGR32, 4, 1}, {V4L2_PIX_FMT_GREY, 1, 0},
    {V4L2_PIX_FMT_SRGGB8, 1, 0}, {V4L2_PIX_FMT_YVYU, 2, 0},
    {V4L2_PIX_FMT_NV21, 1, 0}, {V4L2_PIX_FMT_NV16, 1, 0},
    {V4L2_PIX_FMT_NV61, 1, 0}, {V4L2_PIX_FMT_YVU420, 1, 0},
    {V4L2_PIX_FMT_YUV422P, 1, 0}, {V4L2_PIX_FMT_P010, 2, 1},
    {V4L2_PIX_FMT_RGB565, 2, 1}, {V4L2_PIX_FMT_ABGR32, 4, 1},
    {V4L2_PIX_FMT_RGBA32, 4, 1}, {V4L2_PIX_FMT_RGBX32, 4, 1},
    {V4L2_PIX_FMT_ARGB32, 4, 2}, {V4L2_PIX_FMT_XRGB32, 4, 2},
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    size_t pixel_bytes, luma_offset;
    Picture picture;

    g_assert_no_errno (virtcam_stamp_layout (formats[i].fourcc, &pixel_bytes,
            &luma_offset));
    g_assert_cmpuint (pixel_bytes, ==, formats[i].pixel_bytes);
    g_assert_cmpuint (luma_offset, ==, formats[i].luma_offset);
    picture_init (&picture, 160, 120, pixel_bytes, luma_offset, 0);
    draw_stamp (&picture, 0x5643, &example);
    assert_example (&picture);
    picture_finish (&picture);
  }
}

static void
unknown_formats_have_no_layout (void)
{
  size_t pixel_bytes, luma_offset;

  errno = 0;
  g_assert_cmpint (virtcam_stamp_layout (V4L2_PIX_FMT_MJPEG, &pixel_bytes,
          &luma_offset), ==, -1);
  g_assert_cmpint (errno, ==, EINVAL);
}

static void
widths_that_are_no_multiple_of_a_block_and_padded_rows_decode (void)
{
  static const unsigned widths[] = { 64, 65, 71, 72, 160, 641, 1024, 3840 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++) {
    Picture picture;

    picture_init (&picture, widths[i], 128, 2, 1, 2 * i + 1);
    draw_stamp (&picture, 0x5643, &example);
    assert_example (&picture);
    picture_finish (&picture);
  }
}

static void
extreme_values_come_back_whole (void)
{
  static const VirtcamStamp extremes[] = {
    {0, 0}, {G_MAXUINT32, G_MAXUINT64}, {0, G_MAXUINT64}, {G_MAXUINT32, 0},
    {1, 1}, {0x80000000, G_GUINT64_CONSTANT (0x8000000000000000)},
  };
  Picture picture;

  picture_init (&picture, 160, 120, 1, 0, 0);
  for (guint i = 0; i < G_N_ELEMENTS (extremes); i++) {
    VirtcamStamp stamp;

    draw_stamp (&picture, 0x5643, &extremes[i]);
    g_assert_no_errno (decode (&picture, &stamp));
    g_assert_cmphex (stamp.sequence, ==, extremes[i].sequence);
    g_assert_cmphex (stamp.time_ns, ==, extremes[i].time_ns);
  }
  picture_finish (&picture);
}

static void
any_damaged_bit_is_an_error (void)
{
  Picture picture;

  picture_init (&picture, 160, 120, 1, 0, 0);
  for (guint bit = 0; bit < 128; bit++) {
    guint8 luma;

    draw_stamp (&picture, 0x5643, &example);
    luma = *luma_at (&picture, bit % 20 * BLOCK, bit / 20 * BLOCK);
    draw_block (&picture, bit, luma == ONE ? ZERO : ONE);
    assert_fails (&picture, bit < 16 ? ENODATA : EBADMSG);
  }
  picture_finish (&picture);
}

static void
a_picture_without_a_stamp_is_told_from_a_damaged_one (void)
{
  Picture picture;

  picture_init (&picture, 160, 120, 1, 0, 0);
  assert_fails (&picture, ENODATA);
  draw_stamp (&picture, 0x4356, &example);
  assert_fails (&picture, ENODATA);
  picture_finish (&picture);
}

static void
what_the_driver_encodes_decodes (void)
{
  guint8 bytes[VIRTCAM_STAMP_BYTES];
  Picture picture;

  virtcam_stamp_encode (bytes, example.sequence, example.time_ns);
  picture_init (&picture, 160, 120, 1, 0, 0);
  for (guint i = 0; i < VIRTCAM_STAMP_BYTES; i++)
    draw_field (&picture, 8 * i, bytes[i], 8);
  assert_example (&picture);
  picture_finish (&picture);
}

/* In each format, with padding, and nothing else of the picture is touched. */
static void
what_programs_draw_is_the_stamp_and_no_more (void)
{
  for (guint pixel_bytes = 1; pixel_bytes <= 4; pixel_bytes++) {
    Picture wanted, drawn;
    gsize size;

    picture_init (&wanted, 165, 120, pixel_bytes, pixel_bytes / 2, 3);
    picture_init (&drawn, 165, 120, pixel_bytes, pixel_bytes / 2, 3);
    size = wanted.stride * wanted.height;
    draw_stamp (&wanted, 0x5643, &example);
    g_assert_no_errno (virtcam_stamp_draw (drawn.data, drawn.stride,
            drawn.pixel_bytes, drawn.luma_offset, drawn.width, drawn.height,
            &example));
    g_assert_cmpmem (drawn.data, size, wanted.data, size);
    picture_finish (&wanted);
    picture_finish (&drawn);
  }
}

/* The pixels behind a picture that is too small must not even be read: each
 * picture here has exactly its own bytes, so that a sanitizer would tell. */
static void
pictures_too_small_for_a_stamp_are_refused (void)
{
  static const unsigned sizes[][2] = {
    {63, 640}, {640, 63}, {1, 1}, {64, 64}, {64, 127}, {7, 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++) {
    Picture picture;

    picture_init (&picture, sizes[i][0], sizes[i][1], 1, 0, 0);
    assert_fails (&picture, ERANGE);
    g_assert_cmpint (virtcam_stamp_draw (picture.data, picture.stride, 1, 0,
            picture.width, picture.height, &example), ==, -1);
    g_assert_cmpint (errno, ==, ERANGE);
    picture_finish (&picture);
  }
}

/* Lossy coding rounds edges off and shifts levels: half of each block's
 * outermost pixels become the opposite, the rest moves towards grey. */
static void
stamp_survives_smeared_edges_and_flattened_levels (void)
{
  Picture picture;

  picture_init (&picture, 640, 480, 1, 0, 0);
  draw_stamp (&picture, 0x5643, &example);
  for (unsigned y = 0; y < 16; y++) {
    for (unsigned x = 0; x < picture.width; x++) {
      guint8 *luma = luma_at (&picture, x, y);
      gboolean edge = x % BLOCK == 0 || x % BLOCK == 7 || y % BLOCK == 0;

      if (edge && (x + y) % 2)
        *luma = (guint8) (255 - *luma);
      else
        *luma = (guint8) (*luma < 128 ? *luma + 60 : *luma - 60);
    }
  }
  assert_example (&picture);
  picture_finish (&picture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/stamp/" #name, name)
  ADD (crc_gives_the_published_check_value);
  ADD (every_format_gives_its_stamp_back);
  ADD (unknown_formats_have_no_layout);
  ADD (widths_that_are_no_multiple_of_a_block_and_padded_rows_decode);
  ADD (extreme_values_come_back_whole);
  ADD (any_damaged_bit_is_an_error);
  ADD (a_picture_without_a_stamp_is_told_from_a_damaged_one);
  ADD (what_the_driver_encodes_decodes);
  ADD (what_programs_draw_is_the_stamp_and_no_more);
  ADD (pictures_too_small_for_a_stamp_are_refused);
  ADD (stamp_survives_smeared_edges_and_flattened_levels);
  return g_test_run ();
}
