/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The drawn picture, in every format, pattern and flip, at sizes that are
 * awkward: every byte of the picture is written, none beside it, and none
 * comes from memory that nobody set.
 */
#include <glib.h>
#include <string.h>

#include "pattern/picture.h"

static const u32 sizes[][2] = {
  {16, 16}, {18, 16}, {64, 64}, {62, 70}, {64, 128}, {160, 120}, {322, 182},
  {3840, 16}, {16, 2160}, {18, 2160},
};

static const struct pattern_adjust plain = { 128, 128, 128, 0 };

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

static void
adjusting_nothing_changes_no_colour (void)
{
  const struct pattern_colour colours[] = {
    {16, 128, 128}, {235, 128, 128}, {81, 90, 240}, {145, 54, 34},
  };
  struct pattern_colour adjusted[G_N_ELEMENTS (colours)];

  memcpy (adjusted, colours, sizeof (colours));
  pattern_colour_adjust (adjusted, G_N_ELEMENTS (colours), &plain);
  g_assert_cmpmem (adjusted, sizeof (adjusted), colours, sizeof (colours));
}

static void
half_a_turn_of_hue_gives_the_opposite_colour (void)
{
  struct pattern_adjust turn = plain;
  struct pattern_colour colour = { 100, 98, 178 };

  turn.hue = -128;
  pattern_colour_adjust (&colour, 1, &turn);
  g_assert_cmpint (colour.y, ==, 100);
  g_assert_cmpint (ABS (colour.u - 158), <=, 1);
  g_assert_cmpint (ABS (colour.v - 78), <=, 1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/picture/every_byte_of_a_picture_is_drawn",
      every_byte_of_a_picture_is_drawn);
  g_test_add_func ("/picture/padding_between_rows_is_left_alone",
      padding_between_rows_is_left_alone);
  g_test_add_func ("/picture/adjusting_nothing_changes_no_colour",
      adjusting_nothing_changes_no_colour);
  g_test_add_func ("/picture/half_a_turn_of_hue_gives_the_opposite_colour",
      half_a_turn_of_hue_gives_the_opposite_colour);
  return g_test_run ();
}
