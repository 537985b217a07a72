/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of a camera that nothing feeds: in every raw format, at sizes
 * that are awkward, every byte of it is drawn and none beside it.
 */
#include <string.h>

#include "drawn.h"
#include "stamp.h"

static void
compare_row (const guint8 *one, const guint8 *other, guint bytes, guint stride)
{
  g_assert_cmpmem (one, bytes, other, bytes);
  for (guint i = bytes; i < stride; i++)
    g_assert_true (one[i] == 0x00 && other[i] == 0xff);
}

static void
compare_frames (
    const struct virtcam_mode *mode, const guint8 *one, const guint8 *other)
{
  for (guint i = 0; i < mode->format->num_planes; i++) {
    const struct virtcam_plane *plane = &mode->format->plane[i];
    guint stride = virtcam_mode_plane_stride (mode, i);
    guint at = virtcam_mode_plane_offset (mode, i);

    for (guint row = 0; row < mode->height / plane->vsub; row++)
      compare_row (one + at + row * stride, other + at + row * stride,
          mode->width / plane->hsub * plane->bytes, stride);
  }
}

static void
assert_drawn (const struct virtcam_mode *mode, const guint8 *glyphs)
{
  g_autofree guint8 *one = drawn_over (mode, DRAWN_LONGEST, glyphs, 0x00);
  g_autofree guint8 *other = drawn_over (mode, DRAWN_LONGEST, glyphs, 0xff);

  compare_frames (mode, one, other);
}

static void
every_byte_of_the_picture_is_drawn_and_none_beside_it (void)
{
  static const guint paddings[] = { 0, 4, 12, 64 };

  for (guint f = 0; f < virtcam_num_formats; f++)
    for (guint s = 0; s < G_N_ELEMENTS (drawn_sizes); s++)
      for (guint p = 0; p < G_N_ELEMENTS (paddings); p++) {
        struct virtcam_mode mode = drawn_mode (&virtcam_formats[f],
            drawn_sizes[s][0], drawn_sizes[s][1], paddings[p]);

        assert_drawn (&mode, drawn_font);
        assert_drawn (&mode, NULL);
      }
}

static void
the_largest_picture_is_drawn (void)
{
  struct virtcam_mode mode =
      drawn_mode (virtcam_format_find (V4L2_PIX_FMT_NV12), 3840, 2160, 0);

  assert_drawn (&mode, drawn_font);
}

static void
a_compressed_frame_is_left_alone (void)
{
  struct virtcam_mode mode =
      drawn_mode (virtcam_format_find (V4L2_PIX_FMT_MJPEG), 320, 240, 0);
  g_autofree guint8 *frame = drawn_frame (&mode, DRAWN_LONGEST, drawn_font);

  for (guint i = 0; i < mode.sizeimage; i++)
    g_assert_cmphex (frame[i], ==, 0x5a);
}

static void
the_ground_gets_darker_from_top_to_bottom (void)
{
  g_autofree guint8 *luma = drawn_luma (64, 480, "", NULL);
  guint before = G_MAXUINT, sum;

  for (guint y = 0; y < 480; y += 40, before = sum) {
    sum = 0;
    for (guint i = 0; i < 40 * 64; i++)
      if (i % 64 < 4)
        sum += luma[y * 64 + i];
    g_assert_cmpuint (sum, <, before);
  }
  g_assert_cmpuint (luma[0], <, 64);
  g_assert_cmpuint (luma[479 * 64], >=, 32);
}

#define WIDTH 320
#define HEIGHT 240

/* The byte that tells bright from dark, as it follows from RGB24 */
static guint8
byte_from_rgb (guint32 fourcc, const guint8 *rgb, guint x, guint y)
{
  switch (fourcc) {
  case V4L2_PIX_FMT_RGB565:
    return (rgb[0] & 0xf8) | rgb[1] >> 5;
  case V4L2_PIX_FMT_SRGGB8:
    return rgb[x % 2 + y % 2];
  default:
    return rgb[1];
  }
}

static void
assert_agrees (
    const struct virtcam_mode *mode, const guint8 *luma, const guint8 *rgb)
{
  g_autofree guint8 *frame = drawn_frame (mode, "door", drawn_font);
  size_t pixel_bytes, offset;

  g_assert_no_errno (
      virtcam_stamp_layout (mode->format->fourcc, &pixel_bytes, &offset));
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++) {
      guint at = y * WIDTH + x;
      guint8 want =
          mode->format->full_range
              ? byte_from_rgb (mode->format->fourcc, rgb + 3 * at, x, y)
              : luma[at];

      g_assert_cmphex (
          frame[y * mode->bytesperline + x * pixel_bytes + offset], ==, want);
    }
}

static void
all_formats_show_the_same_picture (void)
{
  struct virtcam_mode rgb24 =
      drawn_mode (virtcam_format_find (V4L2_PIX_FMT_RGB24), WIDTH, HEIGHT, 0);
  g_autofree guint8 *luma = drawn_luma (WIDTH, HEIGHT, "door", drawn_font);
  g_autofree guint8 *rgb = drawn_frame (&rgb24, "door", drawn_font);

  for (guint i = 0; i < WIDTH * HEIGHT; i++) {
    const guint8 *c = rgb + 3 * i;
    int y = 16 + (66 * c[0] + 129 * c[1] + 25 * c[2] + 128) / 256;

    g_assert_cmpint (ABS (y - luma[i]), <=, 1);
  }
  for (guint f = 0; f < virtcam_num_formats; f++) {
    struct virtcam_mode mode =
        drawn_mode (&virtcam_formats[f], WIDTH, HEIGHT, 12);

    if (!mode.format->compressed)
      assert_agrees (&mode, luma, rgb);
  }
}

static void
chroma_is_that_of_the_ground_beside_and_below_the_text (void)
{
  struct virtcam_mode mode =
      drawn_mode (virtcam_format_find (V4L2_PIX_FMT_NV12), WIDTH, HEIGHT, 12);
  g_autofree guint8 *frame = drawn_frame (&mode, "door", drawn_font);
  const guint8 *row = frame + virtcam_mode_plane_offset (&mode, 1);

  for (guint y = 0; y < HEIGHT / 2; y++, row += mode.bytesperline)
    for (guint x = 0; x < (y < 100 ? 20 : WIDTH); x += 2) {
      g_assert_cmpint (row[x], ==, 135);
      g_assert_cmpint (row[x + 1], ==, 124);
    }
}

static void
pixels_with_alpha_are_opaque (void)
{
  static const struct {
    guint32 fourcc;
    guint alpha;
  } formats[] = {
    { V4L2_PIX_FMT_ABGR32, 3 },
    { V4L2_PIX_FMT_RGBA32, 3 },
    { V4L2_PIX_FMT_ARGB32, 0 },
  };

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    struct virtcam_mode mode =
        drawn_mode (virtcam_format_find (formats[f].fourcc), WIDTH, HEIGHT, 0);
    g_autofree guint8 *frame = drawn_frame (&mode, "door", drawn_font);

    for (guint i = 0; i < WIDTH * HEIGHT; i++)
      g_assert_cmphex (frame[4 * i + formats[f].alpha], ==, 0xff);
  }
}

int
main (int argc, char *argv[])
{
  drawn_init ();
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/placeholder/" #name, name)
  ADD (every_byte_of_the_picture_is_drawn_and_none_beside_it);
  ADD (the_largest_picture_is_drawn);
  ADD (a_compressed_frame_is_left_alone);
  ADD (the_ground_gets_darker_from_top_to_bottom);
  ADD (all_formats_show_the_same_picture);
  ADD (chroma_is_that_of_the_ground_beside_and_below_the_text);
  ADD (pixels_with_alpha_are_opaque);
  return g_test_run ();
}
