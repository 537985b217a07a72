/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The symbol and the text in the picture of a camera that nothing feeds: where they
 * have room they can be read.
 */
#include <string.h>

#include "drawn.h"

/* In luma: the ground, the symbol and text in turn are brighter. */
#define SYMBOL_BRIGHT 100
#define TEXT_BRIGHT 145

typedef struct {
  guint left;
  guint top;
  guint right;  /* the first column beyond */
  guint bottom; /* the first row beyond */
  guint bright; /* text is brighter than this */
} Box;

static void
widen (Box *box, const guint8 *row, guint width)
{
  for (guint x = 0; x < width; x++)
    if (row[x] > box->bright) {
      box->left = MIN (box->left, x);
      box->right = MAX (box->right, x + 1);
    }
}

static gboolean
has_text (const guint8 *row, guint width, guint bright)
{
  Box box = { .left = width, .bright = bright };

  widen (&box, row, width);
  return box.right > 0;
}

/* The first line of text from row @top on, empty if there is none */
static Box
find_text (
    const guint8 *luma, guint width, guint height, guint top, guint bright)
{
  Box box = { .left = width, .top = top, .bright = bright };

  while (box.top < height && !has_text (luma + box.top * width, width, bright))
    box.top++;
  for (box.bottom = box.top;
       box.bottom < height &&
       has_text (luma + box.bottom * width, width, bright);
       box.bottom++)
    widen (&box, luma + box.bottom * width, width);
  return box;
}

/* Where the symbol is, in the rows before @bottom */
static Box
find_symbol (const guint8 *luma, guint width, guint bottom)
{
  Box box = { .left = width, .top = bottom, .bright = SYMBOL_BRIGHT };

  for (guint y = 0; y < bottom; y++)
    if (has_text (luma + y * width, width, SYMBOL_BRIGHT)) {
      widen (&box, luma + y * width, width);
      box.top = MIN (box.top, y);
      box.bottom = y + 1;
    }
  return box;
}

static void
assert_symbol_in_the_middle (const guint8 *luma, guint width, guint height)
{
  Box box = find_symbol (luma, width, height);

  g_assert_cmpuint (box.right, >, box.left + MIN (width, height) / 4);
  g_assert_cmpuint (box.bottom, >, box.top + MIN (width, height) / 4);
  g_assert_cmpint (ABS ((int) (box.left + box.right - width)), <=, 2);
  g_assert_cmpint (ABS ((int) (box.top + box.bottom - height)), <=, 2);
}

/* @text fills @box, its dots @scale pixels wide, in the middle of the width. */
static void
assert_text (const guint8 *luma, guint width, const Box *box, const char *text,
    guint scale)
{
  const guint columns = strlen (text) * DRAWN_GLYPH_COLUMNS;

  g_assert_cmpuint (box->bottom - box->top, ==, DRAWN_GLYPH_ROWS * scale);
  g_assert_cmpuint (box->right - box->left, ==, columns * scale);
  g_assert_cmpuint (box->left, ==, (width - columns * scale) / 2);
  for (guint row = 0; row < DRAWN_GLYPH_ROWS; row++)
    for (guint column = 0; column < columns; column++) {
      guint8 c = text[column / DRAWN_GLYPH_COLUMNS];
      gboolean on =
          drawn_font[c * DRAWN_GLYPH_ROWS + row] >> (7 - column % 8) & 1;
      guint x = box->left + column * scale + scale / 2;
      guint y = box->top + row * scale + scale / 2;

      g_assert_cmpint (luma[y * width + x] > box->bright, ==, on);
    }
}

static const struct {
  guint width, height;
  const char *card;
  const char *name; /* as the font has its characters; NULL for none */
  guint name_scale;
  const char *reason;
  guint reason_scale;
} readable[] = {
  { 640, 480, "door", "door", 3, "nothing feeds this camera", 1 },
  { 1280, 720, "front door", "front door", 5, "nothing feeds this camera", 2 },
  { 1920, 1080, "door", "door", 7, "nothing feeds this camera", 3 },
  { 3840, 2160, "door", "door", 14, "nothing feeds this camera", 7 },
  { 480, 640, "door", "door", 2, "nothing feeds this camera", 1 },
  /* A long name is drawn smaller, */
  { 640, 480, DRAWN_LONGEST, DRAWN_LONGEST, 2, "nothing feeds this camera", 1 },
  { 320, 240, DRAWN_LONGEST, DRAWN_LONGEST, 1, "nothing feeds this camera", 1 },
  /* and cut where that does not help; no more than 31 characters are read. */
  { 160, 120, DRAWN_LONGEST, "a name of 31 ch...", 1, "nothing feeds it", 1 },
  { 320, 240, DRAWN_LONGEST " them", DRAWN_LONGEST, 1,
      "nothing feeds this camera", 1 },
  { 160, 120, "18 characters have", "18 characters have", 1, "nothing feeds it",
      1 },
  { 96, 96, "door", "door", 1, "no feed", 1 },
  /* What the font has, and what it has not */
  { 640, 480, "K\u00fcche \u00d1", "K\x81" "che \xa5", 3,
      "nothing feeds this camera", 1 },
  { 640, 480, "\u30ab\u30e1\u30e9 1", "??? 1", 3, "nothing feeds this camera", 1 },
  /* Too narrow, or too low, for one of both */
  { 54, 54, "front door", "fro...", 1, NULL, 0 },
  { 200, 40, "door", "door", 1, NULL, 0 },
  { 52, 54, "front door", NULL, 0, NULL, 0 },
  { 320, 28, "door", "door", 1, NULL, 0 },
  { 320, 26, "door", NULL, 0, NULL, 0 },
  { 90, 16, "door", NULL, 0, NULL, 0 },
  { 16, 2160, "door", NULL, 0, NULL, 0 },
  { 16, 16, "door", NULL, 0, NULL, 0 },
};

static void
assert_line (const guint8 *luma, guint width, const Box *box, const char *text,
    guint scale)
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
        drawn_luma (width, height, readable[i].card, drawn_font);
    Box name = find_text (luma, width, height, 0, TEXT_BRIGHT);
    /* Below the name, there is no symbol. */
    Box reason = find_text (luma, width, height, name.bottom, SYMBOL_BRIGHT);
    Box more = find_text (luma, width, height, reason.bottom, SYMBOL_BRIGHT);

    g_test_message ("%s at %ux%u", readable[i].card, width, height);
    assert_line (luma, width, &name, readable[i].name, readable[i].name_scale);
    assert_line (
        luma, width, &reason, readable[i].reason, readable[i].reason_scale);
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
    g_autofree guint8 *luma = drawn_luma (width, height, "door", drawn_font);
    Box name = find_text (luma, width, height, 0, TEXT_BRIGHT);
    Box reason = find_text (luma, width, height, name.bottom, SYMBOL_BRIGHT);
    Box symbol = find_symbol (luma, width, name.top);
    guint dot = (name.bottom - name.top) / DRAWN_GLYPH_ROWS;

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
  g_autofree guint8 *one = drawn_luma (160, 120, "door 1", drawn_font);
  g_autofree guint8 *same = drawn_luma (160, 120, "door 1", drawn_font);
  g_autofree guint8 *other = drawn_luma (160, 120, "door 2", drawn_font);

  g_assert_true (memcmp (one, same, 160 * 120) == 0);
  g_assert_true (memcmp (one, other, 160 * 120) != 0);
}

static void
without_a_font_the_symbol_is_alone_in_the_middle (void)
{
  for (guint s = 0; s < G_N_ELEMENTS (drawn_sizes); s++) {
    guint width = drawn_sizes[s][0], height = drawn_sizes[s][1];
    g_autofree guint8 *luma = drawn_luma (width, height, "door", NULL);

    g_assert_cmpuint (
        find_text (luma, width, height, 0, TEXT_BRIGHT).right, ==, 0);
    assert_symbol_in_the_middle (luma, width, height);
  }
}

static void
the_symbol_is_a_camera_with_a_stroke_through_it (void)
{
  g_autofree guint8 *luma = drawn_luma (400, 400, "", drawn_font);

  /* Its side is 200 pixels, and these are places in it. */
#define AT(x, y) (luma[(100 + (y)) * 400 + 100 + (x)] > SYMBOL_BRIGHT)
  g_assert_true (AT (20, 20) && AT (100, 100) && AT (180, 180));
  g_assert_false (AT (20, 180) || AT (180, 20));
  g_assert_true (AT (40, 120) && AT (120, 60) && AT (180, 100));
  g_assert_false (AT (110, 90) || AT (90, 110) || AT (145, 100));
}

int
main (int argc, char *argv[])
{
  drawn_init ();
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/placeholder-text/" #name, name)
  ADD (name_and_reason_are_read_where_they_have_room);
  ADD (symbol_and_text_keep_their_distance_in_the_middle);
  ADD (names_that_differ_in_one_character_look_different);
  ADD (without_a_font_the_symbol_is_alone_in_the_middle);
  ADD (the_symbol_is_a_camera_with_a_stroke_through_it);
  return g_test_run ();
}
