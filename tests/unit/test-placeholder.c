/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The picture of a camera that nothing feeds: in every raw format, at sizes
 * that are awkward, every byte of it is drawn and none beside it, and the text
 * in it can be read.
 */
#include <glib.h>
#include <string.h>

#include "feed/placeholder.h"
#include "stamp.h"

#define GLYPH_COLUMNS 8
#define GLYPH_ROWS 16

/* In luma: the ground, the symbol and text in turn are brighter. */
#define SYMBOL_BRIGHT 100
#define TEXT_BRIGHT 145

/* Bytes before and after what may be written */
#define GUARD 64

#define LONGEST "a name of 31 characters, all of"

static const u32 sizes[][2] = {
  {16, 16}, {18, 16}, {16, 18}, {90, 16}, {64, 64}, {62, 70}, {46, 44},
  {160, 120}, {322, 182}, {3840, 16}, {16, 2160}, {18, 2160},
};

static guint8 font[256 * GLYPH_ROWS];

/*
 * Each character is a frame with dots inside that are its own, so that the
 * height and the width of a text can be seen. A space has no dot.
 */
static void
make_font (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);

  for (guint i = 0; i < sizeof (font); i++)
    font[i] = g_rand_int (random) | 0x81;
  for (guint c = 0; c < 256; c++) {
    font[c * GLYPH_ROWS] = 0xff;
    font[c * GLYPH_ROWS + GLYPH_ROWS - 1] = 0xff;
  }
  memset (font + ' ' * GLYPH_ROWS, 0, GLYPH_ROWS);
}

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

static guint8 *
guarded (gsize size, guint8 fill)
{
  guint8 *memory = g_malloc (size + 2 * GUARD);

  memset (memory, fill, size + 2 * GUARD);
  return memory;
}

static void
assert_guards (const guint8 * memory, gsize size, guint8 fill)
{
  for (guint i = 0; i < GUARD; i++) {
    g_assert_cmphex (memory[i], ==, fill);
    g_assert_cmphex (memory[GUARD + size + i], ==, fill);
  }
}

/* The frame as drawn into, and with the help of, memory full of @fill. */
static guint8 *
draw_over (const struct virtcam_mode *mode, const char *card,
    const guint8 * glyphs, guint8 fill)
{
  const gsize size = feed_placeholder_memory (mode);
  g_autofree guint8 *memory = guarded (size, fill);
  g_autofree guint8 *frame = guarded (mode->sizeimage, fill);

  feed_placeholder_draw (mode, card, glyphs, memory + GUARD, frame + GUARD);
  assert_guards (memory, size, fill);
  assert_guards (frame, mode->sizeimage, fill);
  return g_memdup2 (frame + GUARD, mode->sizeimage);
}

static guint8 *
draw (const struct virtcam_mode *mode, const char *card, const guint8 * glyphs)
{
  return draw_over (mode, card, glyphs, 0x5a);
}

/* The luma of each pixel, without padding */
static guint8 *
draw_luma (guint width, guint height, const char *card, const guint8 * glyphs)
{
  struct virtcam_mode mode =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_GREY), width, height, 0);
  g_autofree guint8 *frame = draw (&mode, card, glyphs);
  guint8 *luma = g_malloc (width * height);

  for (guint y = 0; y < height; y++)
    memcpy (luma + y * width, frame + y * mode.bytesperline, width);
  return luma;
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
assert_drawn (const struct virtcam_mode *mode, const guint8 * glyphs)
{
  g_autofree guint8 *one = draw_over (mode, LONGEST, glyphs, 0x00);
  g_autofree guint8 *other = draw_over (mode, LONGEST, glyphs, 0xff);

  compare_frames (mode, one, other);
}

static void
every_byte_of_the_picture_is_drawn_and_none_beside_it (void)
{
  static const guint paddings[] = { 0, 4, 12, 64 };

  for (guint f = 0; f < virtcam_num_formats; f++)
    for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (guint p = 0; p < G_N_ELEMENTS (paddings); p++) {
        struct virtcam_mode mode = mode_of (&virtcam_formats[f], sizes[s][0],
            sizes[s][1], paddings[p]);

        assert_drawn (&mode, font);
        assert_drawn (&mode, NULL);
      }
}

static void
the_largest_picture_is_drawn (void)
{
  struct virtcam_mode mode =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_NV12), 3840, 2160, 0);

  assert_drawn (&mode, font);
}

static void
a_compressed_frame_is_left_alone (void)
{
  struct virtcam_mode mode =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_MJPEG), 320, 240, 0);
  g_autofree guint8 *frame = draw (&mode, LONGEST, font);

  for (guint i = 0; i < mode.sizeimage; i++)
    g_assert_cmphex (frame[i], ==, 0x5a);
}

typedef struct
{
  guint left;
  guint top;
  guint right;                  /* the first column beyond */
  guint bottom;                 /* the first row beyond */
  guint bright;                 /* text is brighter than this */
} Box;

static void
widen (Box * box, const guint8 * row, guint width)
{
  for (guint x = 0; x < width; x++)
    if (row[x] > box->bright) {
      box->left = MIN (box->left, x);
      box->right = MAX (box->right, x + 1);
    }
}

static gboolean
has_text (const guint8 * row, guint width, guint bright)
{
  Box box = {.left = width,.bright = bright };

  widen (&box, row, width);
  return box.right > 0;
}

/* The first line of text from row @top on, empty if there is none */
static Box
find_text (const guint8 * luma, guint width, guint height, guint top,
    guint bright)
{
  Box box = {.left = width,.top = top,.bright = bright };

  while (box.top < height && !has_text (luma + box.top * width, width, bright))
    box.top++;
  for (box.bottom = box.top; box.bottom < height &&
      has_text (luma + box.bottom * width, width, bright); box.bottom++)
    widen (&box, luma + box.bottom * width, width);
  return box;
}

/* Where the symbol is, in the rows before @bottom */
static Box
find_symbol (const guint8 * luma, guint width, guint bottom)
{
  Box box = {.left = width,.top = bottom,.bright = SYMBOL_BRIGHT };

  for (guint y = 0; y < bottom; y++)
    if (has_text (luma + y * width, width, SYMBOL_BRIGHT)) {
      widen (&box, luma + y * width, width);
      box.top = MIN (box.top, y);
      box.bottom = y + 1;
    }
  return box;
}

static void
assert_symbol_in_the_middle (const guint8 * luma, guint width, guint height)
{
  Box box = find_symbol (luma, width, height);

  g_assert_cmpuint (box.right, >, box.left + MIN (width, height) / 4);
  g_assert_cmpuint (box.bottom, >, box.top + MIN (width, height) / 4);
  g_assert_cmpint (ABS ((int) (box.left + box.right - width)), <=, 2);
  g_assert_cmpint (ABS ((int) (box.top + box.bottom - height)), <=, 2);
}

/* @text fills @box, its dots @scale pixels wide, in the middle of the width. */
static void
assert_text (const guint8 * luma, guint width, const Box * box,
    const char *text, guint scale)
{
  const guint columns = strlen (text) * GLYPH_COLUMNS;

  g_assert_cmpuint (box->bottom - box->top, ==, GLYPH_ROWS * scale);
  g_assert_cmpuint (box->right - box->left, ==, columns * scale);
  g_assert_cmpuint (box->left, ==, (width - columns * scale) / 2);
  for (guint row = 0; row < GLYPH_ROWS; row++)
    for (guint column = 0; column < columns; column++) {
      guint c = text[column / GLYPH_COLUMNS];
      gboolean on = font[c * GLYPH_ROWS + row] >> (7 - column % 8) & 1;
      guint x = box->left + column * scale + scale / 2;
      guint y = box->top + row * scale + scale / 2;

      g_assert_cmpint (luma[y * width + x] > box->bright, ==, on);
    }
}

static const struct
{
  guint width, height;
  const char *card;
  const char *name;             /* NULL for none */
  guint name_scale;
  const char *reason;
  guint reason_scale;
} readable[] = {
  {640, 480, "door", "door", 3, "nothing feeds this camera", 1},
  {1280, 720, "front door", "front door", 5, "nothing feeds this camera", 2},
  {1920, 1080, "door", "door", 7, "nothing feeds this camera", 3},
  {3840, 2160, "door", "door", 14, "nothing feeds this camera", 7},
  {480, 640, "door", "door", 2, "nothing feeds this camera", 1},
  /* A long name is drawn smaller, */
  {640, 480, LONGEST, LONGEST, 2, "nothing feeds this camera", 1},
  {320, 240, LONGEST, LONGEST, 1, "nothing feeds this camera", 1},
  /* and cut where that does not help; no more than 31 characters are read. */
  {160, 120, LONGEST, "a name of 31 ch...", 1, "nothing feeds it", 1},
  {320, 240, LONGEST " them", LONGEST, 1, "nothing feeds this camera", 1},
  {160, 120, "18 characters have", "18 characters have", 1,
      "nothing feeds it", 1},
  {96, 96, "door", "door", 1, "no feed", 1},
  /* Too narrow, or too low, for one of both */
  {54, 54, "front door", "fro...", 1, NULL, 0},
  {200, 40, "door", "door", 1, NULL, 0},
  {52, 54, "front door", NULL, 0, NULL, 0},
  {320, 28, "door", "door", 1, NULL, 0},
  {320, 26, "door", NULL, 0, NULL, 0},
  {90, 16, "door", NULL, 0, NULL, 0},
  {16, 2160, "door", NULL, 0, NULL, 0},
  {16, 16, "door", NULL, 0, NULL, 0},
};

static void
assert_line (const guint8 * luma, guint width, const Box * box,
    const char *text, guint scale)
{
  if (text)
    assert_text (luma, width, box, text, scale);
  else
    g_assert_cmpuint (box->right, ==, 0);
}

static void
name_and_reason_are_read_where_they_have_room (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (readable); i++) {
    guint width = readable[i].width, height = readable[i].height;
    g_autofree guint8 *luma =
        draw_luma (width, height, readable[i].card, font);
    Box name = find_text (luma, width, height, 0, TEXT_BRIGHT);
    /* Below the name, there is no symbol. */
    Box reason =
        find_text (luma, width, height, name.bottom, SYMBOL_BRIGHT);
    Box more = find_text (luma, width, height, reason.bottom, SYMBOL_BRIGHT);

    g_test_message ("%s at %ux%u", readable[i].card, width, height);
    assert_line (luma, width, &name, readable[i].name, readable[i].name_scale);
    assert_line (luma, width, &reason, readable[i].reason,
        readable[i].reason_scale);
    g_assert_cmpuint (more.right, ==, 0);
    if (!readable[i].name)
      assert_symbol_in_the_middle (luma, width, height);
  }
}

static void
symbol_and_text_keep_their_distance_in_the_middle (void)
{
  for (guint height = 120; height <= 1080; height *= 3) {
    guint width = height * 4 / 3;
    g_autofree guint8 *luma = draw_luma (width, height, "door", font);
    Box name = find_text (luma, width, height, 0, TEXT_BRIGHT);
    Box reason =
        find_text (luma, width, height, name.bottom, SYMBOL_BRIGHT);
    Box symbol = find_symbol (luma, width, name.top);
    guint dot = (name.bottom - name.top) / GLYPH_ROWS;

    g_assert_cmpuint (name.top - symbol.bottom, >=, 4 * dot);
    g_assert_cmpuint (name.top - symbol.bottom, <=, 8 * dot);
    g_assert_cmpuint (reason.top - name.bottom, >=, 2);
    g_assert_cmpint (ABS ((int) (symbol.top + reason.bottom - height)), <=,
        (int) height / 40);
  }
}

static void
names_that_differ_in_one_character_look_different (void)
{
  g_autofree guint8 *one = draw_luma (160, 120, "door 1", font);
  g_autofree guint8 *same = draw_luma (160, 120, "door 1", font);
  g_autofree guint8 *other = draw_luma (160, 120, "door 2", font);

  g_assert_true (memcmp (one, same, 160 * 120) == 0);
  g_assert_true (memcmp (one, other, 160 * 120) != 0);
}

static void
without_a_font_the_symbol_is_alone_in_the_middle (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++) {
    guint width = sizes[s][0], height = sizes[s][1];
    g_autofree guint8 *luma = draw_luma (width, height, "door", NULL);

    g_assert_cmpuint (find_text (luma, width, height, 0,
            TEXT_BRIGHT).right, ==, 0);
    assert_symbol_in_the_middle (luma, width, height);
  }
}

static void
the_symbol_is_a_camera_with_a_stroke_through_it (void)
{
  g_autofree guint8 *luma = draw_luma (400, 400, "", font);

  /* Its side is 200 pixels, and these are places in it. */
#define AT(x, y) (luma[(100 + (y)) * 400 + 100 + (x)] > SYMBOL_BRIGHT)
  g_assert_true (AT (20, 20) && AT (100, 100) && AT (180, 180));
  g_assert_false (AT (20, 180) || AT (180, 20));
  g_assert_true (AT (40, 120) && AT (120, 60) && AT (180, 100));
  g_assert_false (AT (110, 90) || AT (90, 110) || AT (145, 100));
}

static void
the_ground_gets_darker_from_top_to_bottom (void)
{
  g_autofree guint8 *luma = draw_luma (64, 480, "", NULL);
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
byte_from_rgb (guint32 fourcc, const guint8 * rgb, guint x, guint y)
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
assert_agrees (const struct virtcam_mode *mode, const guint8 * luma,
    const guint8 * rgb)
{
  g_autofree guint8 *frame = draw (mode, "door", font);
  size_t pixel_bytes, offset;

  g_assert_no_errno (virtcam_stamp_layout (mode->format->fourcc, &pixel_bytes,
          &offset));
  for (guint y = 0; y < HEIGHT; y++)
    for (guint x = 0; x < WIDTH; x++) {
      guint at = y * WIDTH + x;
      guint8 want = mode->format->full_range ?
          byte_from_rgb (mode->format->fourcc, rgb + 3 * at, x, y) : luma[at];

      g_assert_cmphex (frame[y * mode->bytesperline + x * pixel_bytes +
              offset], ==, want);
    }
}

static void
all_formats_show_the_same_picture (void)
{
  struct virtcam_mode rgb24 =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_RGB24), WIDTH, HEIGHT, 0);
  g_autofree guint8 *luma = draw_luma (WIDTH, HEIGHT, "door", font);
  g_autofree guint8 *rgb = draw (&rgb24, "door", font);

  for (guint i = 0; i < WIDTH * HEIGHT; i++) {
    const guint8 *c = rgb + 3 * i;
    int y = 16 + (66 * c[0] + 129 * c[1] + 25 * c[2] + 128) / 256;

    g_assert_cmpint (ABS (y - luma[i]), <=, 1);
  }
  for (guint f = 0; f < virtcam_num_formats; f++) {
    struct virtcam_mode mode = mode_of (&virtcam_formats[f], WIDTH, HEIGHT, 12);

    if (!mode.format->compressed)
      assert_agrees (&mode, luma, rgb);
  }
}

static void
chroma_is_that_of_the_ground_beside_and_below_the_text (void)
{
  struct virtcam_mode mode =
      mode_of (virtcam_format_find (V4L2_PIX_FMT_NV12), WIDTH, HEIGHT, 12);
  g_autofree guint8 *frame = draw (&mode, "door", font);
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
  static const struct
  {
    guint32 fourcc;
    guint alpha;
  } formats[] = {
    {V4L2_PIX_FMT_ABGR32, 3}, {V4L2_PIX_FMT_RGBA32, 3},
    {V4L2_PIX_FMT_ARGB32, 0},
  };

  for (guint f = 0; f < G_N_ELEMENTS (formats); f++) {
    struct virtcam_mode mode =
        mode_of (virtcam_format_find (formats[f].fourcc), WIDTH, HEIGHT, 0);
    g_autofree guint8 *frame = draw (&mode, "door", font);

    for (guint i = 0; i < WIDTH * HEIGHT; i++)
      g_assert_cmphex (frame[4 * i + formats[f].alpha], ==, 0xff);
  }
}

int
main (int argc, char *argv[])
{
  make_font ();
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/placeholder/" #name, name)
  ADD (every_byte_of_the_picture_is_drawn_and_none_beside_it);
  ADD (the_largest_picture_is_drawn);
  ADD (a_compressed_frame_is_left_alone);
  ADD (name_and_reason_are_read_where_they_have_room);
  ADD (symbol_and_text_keep_their_distance_in_the_middle);
  ADD (names_that_differ_in_one_character_look_different);
  ADD (without_a_font_the_symbol_is_alone_in_the_middle);
  ADD (the_symbol_is_a_camera_with_a_stroke_through_it);
  ADD (the_ground_gets_darker_from_top_to_bottom);
  ADD (all_formats_show_the_same_picture);
  ADD (chroma_is_that_of_the_ground_beside_and_below_the_text);
  ADD (pixels_with_alpha_are_opaque);
  return g_test_run ();
}
