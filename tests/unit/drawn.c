/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drawn.h"

#include <string.h>

/* Bytes before and after what may be written */
#define GUARD 64

const guint32 drawn_sizes[DRAWN_N_SIZES][2] = {
  { 16, 16 },
  { 18, 16 },
  { 16, 18 },
  { 90, 16 },
  { 64, 64 },
  { 62, 70 },
  { 46, 44 },
  { 160, 120 },
  { 322, 182 },
  { 3840, 16 },
  { 16, 2160 },
  { 18, 2160 },
};

guint8 drawn_font[256 * DRAWN_GLYPH_ROWS];

void
drawn_init (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < sizeof (drawn_font); i++)
    drawn_font[i] = g_rand_int (random) | 0x81;
  for (guint c = 0; c < 256; c++) {
    drawn_font[c * DRAWN_GLYPH_ROWS] = 0xff;
    drawn_font[c * DRAWN_GLYPH_ROWS + DRAWN_GLYPH_ROWS - 1] = 0xff;
  }
  memset (drawn_font + ' ' * DRAWN_GLYPH_ROWS, 0, DRAWN_GLYPH_ROWS);
}

struct virtcam_mode
drawn_mode (const struct virtcam_format *format, guint32 width, guint32 height,
    guint padding)
{
  struct virtcam_mode mode = {
    .format = format,
    .width = width,
    .height = height,
  };

  virtcam_mode_set_layout (
      &mode, virtcam_format_min_bytesperline (format, width) + padding);
  return mode;
}

static guint8 *
guarded (gsize size, guint8 fill)
{
  guint8 *memory = g_malloc (size + 2 * GUARD);

  memset (memory, fill, size + 2 * GUARD);
  return memory;
}

static void
assert_guards (const guint8 *memory, gsize size, guint8 fill)
{
  for (guint i = 0; i < GUARD; i++) {
    g_assert_cmphex (memory[i], ==, fill);
    g_assert_cmphex (memory[GUARD + size + i], ==, fill);
  }
}

guint8 *
drawn_over (const struct virtcam_mode *mode, const char *card,
    const guint8 *glyphs, guint8 fill)
{
  const gsize size = feed_placeholder_memory (mode);
  g_autofree guint8 *memory = guarded (size, fill);
  g_autofree guint8 *frame = guarded (mode->sizeimage, fill);

  feed_placeholder_draw (mode, card, glyphs, memory + GUARD, frame + GUARD);
  assert_guards (memory, size, fill);
  assert_guards (frame, mode->sizeimage, fill);
  return g_memdup2 (frame + GUARD, mode->sizeimage);
}

guint8 *
drawn_frame (
    const struct virtcam_mode *mode, const char *card, const guint8 *glyphs)
{
  return drawn_over (mode, card, glyphs, 0x5a);
}

guint8 *
drawn_luma (guint width, guint height, const char *card, const guint8 *glyphs)
{
  struct virtcam_mode mode =
      drawn_mode (virtcam_format_find (V4L2_PIX_FMT_GREY), width, height, 0);
  g_autofree guint8 *frame = drawn_frame (&mode, card, glyphs);
  guint8 *luma = g_malloc (width * height);

  for (guint y = 0; y < height; y++)
    memcpy (luma + y * width, frame + y * mode.bytesperline, width);
  return luma;
}
