/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The drawn picture, in every format, pattern and flip, at sizes that are
 * awkward: every byte of the picture is written, none beside it, and none
 * comes from memory that nobody set.
 */
#include <glib.h>
#include <string.h>

#include "pattern/picture.h"
#include "stamp.h"

static const u32 sizes[][2] = {
  {16, 16}, {18, 16}, {64, 64}, {62, 70}, {64, 128}, {160, 120}, {322, 182},
  {3840, 16}, {16, 2160}, {18, 2160},
};

static const struct virtcam_colour_adjust plain = { 128, 128, 128, 0 };

#define SEQUENCE 1234567
#define ELAPSED 83456789012ULL
#define TIME 0x123456789abcdefULL

/* The frame as drawn into, and with the help of, memory full of @fill. */
static guint8 *
draw (const struct virtcam_mode *mode, const struct pattern_settings *settings,
    guint8 fill)
{
  gsize size = pattern_picture_memory (mode);
  g_autofree guint8 *memory = g_malloc (size);
  guint8 *frame = g_malloc (mode->sizeimage);
  struct pattern_picture picture;

  memset (&picture, fill, sizeof (picture));
  memset (memory, fill, size);
  memset (frame, fill, mode->sizeimage);
  pattern_picture_init (&picture, mode, memory);
  pattern_picture_compose (&picture, settings);
  pattern_picture_draw (&picture, frame, SEQUENCE, ELAPSED);
  pattern_overlay_draw_stamp (&picture.overlay, frame, SEQUENCE, TIME);
  return frame;
}

static void
compare_row (const guint8 *one, const guint8 *other, guint bytes, guint stride)
{
  g_assert_cmpmem (one, bytes, other, bytes);
  for (guint i = bytes; i < stride; i++)
    g_assert_true (one[i] == 0x00 && other[i] == 0xff);
}

static void
compare_frames (const struct virtcam_mode *mode, const guint8 *one,
    const guint8 *other)
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
check_settings (const struct virtcam_mode *mode, guint pattern, guint flips)
{
  struct pattern_settings settings = {
    .pattern = pattern,.adjust = plain,.hflip = flips & 1,.vflip = flips & 2,
  };
  g_autofree guint8 *one = draw (mode, &settings, 0x00);
  g_autofree guint8 *other = draw (mode, &settings, 0xff);

  compare_frames (mode, one, other);
}

static void
check_all (guint padding)
{
  for (guint f = 0; f < virtcam_num_formats; f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
      struct virtcam_mode mode = {
        .format = &virtcam_formats[f],.width = sizes[s][0],
        .height = sizes[s][1],
      };

      virtcam_mode_set_layout (&mode,
          virtcam_format_min_bytesperline (mode.format, mode.width) + padding);
      for (guint pattern = 0; pattern < PATTERN_COUNT; pattern++)
        for (guint flips = 0; flips < 4; flips++)
          check_settings (&mode, pattern, flips);
    }
}

static void
every_byte_of_a_picture_is_drawn (void)
{
  check_all (0);
}

static void
padding_between_rows_is_left_alone (void)
{
  check_all (64);
}

/* Red, green, blue, white: what two pixels of each become in every plane */
static const struct virtcam_colour primaries[] = {
  {82, 90, 240}, {144, 54, 34}, {41, 240, 110}, {235, 128, 128},
};

static const struct
{
  u32 fourcc;
  guint8 bytes[2][32];          /* of each phase, plane after plane */
} packed[] = {
  {V4L2_PIX_FMT_YUYV, {{82, 90, 82, 240, 144, 54, 144, 34,
          41, 240, 41, 110, 235, 128, 235, 128}}},
  {V4L2_PIX_FMT_UYVY, {{90, 82, 240, 82, 54, 144, 34, 144,
          240, 41, 110, 41, 128, 235, 128, 235}}},
  {V4L2_PIX_FMT_YVYU, {{82, 240, 82, 90, 144, 34, 144, 54,
          41, 110, 41, 240, 235, 128, 235, 128}}},
  {V4L2_PIX_FMT_NV12, {{82, 82, 144, 144, 41, 41, 235, 235,
          90, 240, 54, 34, 240, 110, 128, 128}}},
  {V4L2_PIX_FMT_NV21, {{82, 82, 144, 144, 41, 41, 235, 235,
          240, 90, 34, 54, 110, 240, 128, 128}}},
  {V4L2_PIX_FMT_NV16, {{82, 82, 144, 144, 41, 41, 235, 235,
          90, 240, 54, 34, 240, 110, 128, 128}}},
  {V4L2_PIX_FMT_NV61, {{82, 82, 144, 144, 41, 41, 235, 235,
          240, 90, 34, 54, 110, 240, 128, 128}}},
  {V4L2_PIX_FMT_P010, {{0, 82, 0, 82, 0, 144, 0, 144, 0, 41, 0, 41, 0, 235,
          0, 235, 0, 90, 0, 240, 0, 54, 0, 34, 0, 240, 0, 110, 0, 128, 0,
          128}}},
  {V4L2_PIX_FMT_YUV420, {{82, 82, 144, 144, 41, 41, 235, 235,
          90, 54, 240, 128, 240, 34, 110, 128}}},
  {V4L2_PIX_FMT_YVU420, {{82, 82, 144, 144, 41, 41, 235, 235,
          240, 34, 110, 128, 90, 54, 240, 128}}},
  {V4L2_PIX_FMT_YUV422P, {{82, 82, 144, 144, 41, 41, 235, 235,
          90, 54, 240, 128, 240, 34, 110, 128}}},
  {V4L2_PIX_FMT_GREY, {{82, 82, 144, 144, 41, 41, 235, 235}}},
  {V4L2_PIX_FMT_RGB24, {{255, 1, 0, 255, 1, 0, 0, 254, 0, 0, 254, 0,
          0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255, 255}}},
  {V4L2_PIX_FMT_BGR24, {{0, 1, 255, 0, 1, 255, 0, 254, 0, 0, 254, 0,
          255, 0, 0, 255, 0, 0, 255, 255, 255, 255, 255, 255}}},
  {V4L2_PIX_FMT_XBGR32, {{0, 1, 255, 255, 0, 1, 255, 255, 0, 254, 0, 255,
          0, 254, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_ABGR32, {{0, 1, 255, 255, 0, 1, 255, 255, 0, 254, 0, 255,
          0, 254, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_RGBX32, {{255, 1, 0, 255, 255, 1, 0, 255, 0, 254, 0, 255,
          0, 254, 0, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_RGBA32, {{255, 1, 0, 255, 255, 1, 0, 255, 0, 254, 0, 255,
          0, 254, 0, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_XRGB32, {{255, 255, 1, 0, 255, 255, 1, 0, 255, 0, 254, 0,
          255, 0, 254, 0, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_ARGB32, {{255, 255, 1, 0, 255, 255, 1, 0, 255, 0, 254, 0,
          255, 0, 254, 0, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 255, 255,
          255, 255, 255, 255}}},
  {V4L2_PIX_FMT_RGB565, {{0x00, 0xf8, 0x00, 0xf8, 0xe0, 0x07, 0xe0, 0x07,
          0x1f, 0x00, 0x1f, 0x00, 0xff, 0xff, 0xff, 0xff}}},
  {V4L2_PIX_FMT_SRGGB8, {{255, 1, 0, 254, 0, 0, 255, 255},
          {1, 0, 254, 0, 0, 255, 255, 255}}},
};

static void
assert_packed (const struct virtcam_format *format, guint phase,
    const guint8 * bytes)
{
  struct virtcam_colour row[2 * G_N_ELEMENTS (primaries)];
  guint8 got[32] = { 0 }, *plane[VIRTCAM_MAX_PLANES] = { got };

  for (guint i = 0; i < G_N_ELEMENTS (row); i++)
    row[i] = primaries[i / 2];
  for (guint i = 1; i < format->num_planes; i++)
    plane[i] = plane[i - 1] + G_N_ELEMENTS (row) /
        format->plane[i - 1].hsub * format->plane[i - 1].bytes;
  virtcam_colour_pack (format, phase, row, G_N_ELEMENTS (row), plane);
  for (guint i = 0; i < sizeof (got); i++)
    if (got[i] != bytes[i])
      g_error ("format 0x%08x, phase %u: byte %u is %u instead of %u",
          format->fourcc, phase, i, got[i], bytes[i]);
}

static guint
count_raw (void)
{
  guint count = 0;

  for (guint i = 0; i < virtcam_num_formats; i++)
    count += !virtcam_formats[i].compressed;
  return count;
}

static void
every_format_packs_known_colours_into_known_bytes (void)
{
  g_assert_cmpuint (G_N_ELEMENTS (packed), ==, count_raw ());
  for (guint i = 0; i < G_N_ELEMENTS (packed); i++) {
    const struct virtcam_format *format =
        virtcam_format_find (packed[i].fourcc);

    g_assert_nonnull (format);
    for (guint phase = 0; phase < format->phases; phase++)
      assert_packed (format, phase, packed[i].bytes[phase]);
  }
}

static void
a_pair_of_pixels_shares_the_mean_of_its_chroma (void)
{
  const struct virtcam_colour row[] = { {16, 100, 20}, {17, 103, 40} };
  guint8 luma[4], chroma[4], *plane[] = { luma, chroma };

  virtcam_colour_pack (virtcam_format_find (V4L2_PIX_FMT_P010), 0, row, 2,
      plane);
  g_assert_cmpmem (luma, 4, ((guint8[]) {0, 16, 0, 17}), 4);
  g_assert_cmpmem (chroma, 4, ((guint8[]) {0, 102, 0, 30}), 4);
}

static const struct pattern_settings red = {
  .pattern = PATTERN_RED,.adjust = {128, 128, 128, 0},
  .hflip = true,.vflip = true,
};

static struct virtcam_mode
mode_of (const struct virtcam_format *format, guint32 width, guint32 height,
    guint padding)
{
  struct virtcam_mode mode = {
    .format = format,.width = width,.height = height,
  };

  virtcam_mode_set_layout (&mode,
      virtcam_format_min_bytesperline (format, width) + padding);
  return mode;
}

static void
assert_stamp (const struct virtcam_mode *mode)
{
  g_autofree guint8 *frame = draw (mode, &red, 0x5a);
  size_t pixel_bytes, luma_offset;
  VirtcamStamp stamp;

  g_assert_no_errno (virtcam_stamp_layout (mode->format->fourcc, &pixel_bytes,
          &luma_offset));
  g_assert_no_errno (virtcam_stamp_decode (frame, mode->bytesperline,
          pixel_bytes, luma_offset, mode->width, mode->height, &stamp));
  g_assert_cmpuint (stamp.sequence, ==, SEQUENCE);
  g_assert_cmphex (stamp.time_ns, ==, TIME);
}

static void
every_format_gives_its_stamp_back (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (packed); i++)
    for (guint padding = 0; padding <= 64; padding += 64) {
      const struct virtcam_format *format =
          virtcam_format_find (packed[i].fourcc);
      struct virtcam_mode narrow = mode_of (format, 64, 128, padding);
      struct virtcam_mode odd = mode_of (format, 322, 182, padding);

      assert_stamp (&narrow);
      assert_stamp (&odd);
    }
}

/* At 160 x 120, the first six rows of blocks have twenty of them. */
static void
assert_grey_beside_red (const struct virtcam_mode *mode, const guint8 * frame,
    guint plane)
{
  const struct virtcam_plane *p = &mode->format->plane[plane];
  const guint8 *row = frame + virtcam_mode_plane_offset (mode, plane);
  const guint stride = virtcam_mode_plane_stride (mode, plane);
  const guint bytes = mode->width / p->hsub * p->bytes;
  g_autofree guint8 *neutral = g_malloc (bytes);

  virtcam_colour_pack_grey (mode->format, 99, plane, mode->width, neutral);
  for (guint y = 0; y < 48 / p->vsub; y++)
    g_assert_cmpmem (row + y * stride, bytes, neutral, bytes);
  row += 56 / p->vsub * stride;
  g_assert_true (memcmp (row, neutral, bytes));
}

static void
the_stamp_has_neutral_chroma_in_every_plane (void)
{
  for (guint f = 0; f < virtcam_num_formats; f++) {
    struct virtcam_mode mode = mode_of (&virtcam_formats[f], 160, 120, 0);
    g_autofree guint8 *frame = draw (&mode, &red, 0x5a);

    for (guint i = 1; i < mode.format->num_planes; i++)
      assert_grey_beside_red (&mode, frame, i);
  }
}

static void
grey_of_p010_is_little_endian_with_ten_bits_at_the_top (void)
{
  const struct virtcam_format *p010 = virtcam_format_find (V4L2_PIX_FMT_P010);
  guint8 luma[8], chroma[8];

  virtcam_colour_pack_grey (p010, 235, 0, 4, luma);
  virtcam_colour_pack_grey (p010, 235, 1, 4, chroma);
  for (guint i = 0; i < 4; i++) {
    g_assert_cmpuint ((luma[2 * i] | luma[2 * i + 1] << 8) >> 6, ==, 940);
    g_assert_cmpuint ((chroma[2 * i] | chroma[2 * i + 1] << 8) >> 6, ==, 512);
  }
}

/* No camera draws one; should one try, nothing is written. */
static void
a_compressed_frame_is_left_alone (void)
{
  struct virtcam_mode mode =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_MJPEG), 320, 240, 0);
  g_autofree guint8 *frame = draw (&mode, &red, 0x5a);

  for (guint i = 0; i < mode.sizeimage; i++)
    g_assert_cmphex (frame[i], ==, 0x5a);
}

static void
adjusting_nothing_changes_no_colour (void)
{
  const struct virtcam_colour colours[] = {
    {16, 128, 128}, {235, 128, 128}, {81, 90, 240}, {145, 54, 34},
  };
  struct virtcam_colour adjusted[G_N_ELEMENTS (colours)];

  memcpy (adjusted, colours, sizeof (colours));
  virtcam_colour_adjust (adjusted, G_N_ELEMENTS (colours), &plain);
  g_assert_cmpmem (adjusted, sizeof (adjusted), colours, sizeof (colours));
}

static void
half_a_turn_of_hue_gives_the_opposite_colour (void)
{
  struct virtcam_colour_adjust turn = plain;
  struct virtcam_colour colour = { 100, 98, 178 };

  turn.hue = -128;
  virtcam_colour_adjust (&colour, 1, &turn);
  g_assert_cmpint (colour.y, ==, 100);
  g_assert_cmpint (ABS (colour.u - 158), <=, 1);
  g_assert_cmpint (ABS (colour.v - 78), <=, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/picture/" #name, name)
  ADD (every_byte_of_a_picture_is_drawn);
  ADD (padding_between_rows_is_left_alone);
  ADD (every_format_packs_known_colours_into_known_bytes);
  ADD (a_pair_of_pixels_shares_the_mean_of_its_chroma);
  ADD (every_format_gives_its_stamp_back);
  ADD (the_stamp_has_neutral_chroma_in_every_plane);
  ADD (grey_of_p010_is_little_endian_with_ten_bits_at_the_top);
  ADD (a_compressed_frame_is_left_alone);
  ADD (adjusting_nothing_changes_no_colour);
  ADD (half_a_turn_of_hue_gives_the_opposite_colour);
  return g_test_run ();
}
