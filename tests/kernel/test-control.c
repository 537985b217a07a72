/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Controls: what they say of themselves, their events, and what they do. */
#include <poll.h>
#include <string.h>

#include "fixture.h"
#include "picture.h"

#define WIDTH 640
#define HEIGHT 480
#define SHADE 8                 /* a colour that is off by less is right */

static const char *const patterns[] = {
  "Colour Bars", "Gradient", "Checkerboard", "Noise", "Black", "White",
  "Solid Red", "Solid Green", "Solid Blue",
};

enum
{
  BARS, GRADIENT, CHECKERBOARD, NOISE, BLACK, WHITE, RED, GREEN, BLUE
};

static void
ranges_and_defaults_are_as_agreed (Fixture * fixture)
{
  static const struct
  {
    guint32 id, type;
    gint64 minimum, maximum, initial;
  } expected[] = {
    {V4L2_CID_BRIGHTNESS, V4L2_CTRL_TYPE_INTEGER, 0, 255, 128},
    {V4L2_CID_CONTRAST, V4L2_CTRL_TYPE_INTEGER, 0, 255, 128},
    {V4L2_CID_SATURATION, V4L2_CTRL_TYPE_INTEGER, 0, 255, 128},
    {V4L2_CID_HUE, V4L2_CTRL_TYPE_INTEGER, -128, 127, 0},
    {V4L2_CID_HFLIP, V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 0},
    {V4L2_CID_VFLIP, V4L2_CTRL_TYPE_BOOLEAN, 0, 1, 0},
    {V4L2_CID_TEST_PATTERN, V4L2_CTRL_TYPE_MENU, 0, 8, 0},
  };
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    struct v4l2_query_ext_ctrl query = {.id = expected[i].id };

    g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERY_EXT_CTRL, &query));
    g_assert_cmpuint (query.type, ==, expected[i].type);
    g_assert_cmpint (query.minimum, ==, expected[i].minimum);
    g_assert_cmpint (query.maximum, ==, expected[i].maximum);
    g_assert_cmpint (query.default_value, ==, expected[i].initial);
    g_assert_cmpint (reader_get_control (reader, expected[i].id), ==,
        expected[i].initial);
  }
}

static void
pattern_menu_has_its_names (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_querymenu menu = {.id = V4L2_CID_TEST_PATTERN };

  for (menu.index = 0; menu.index < G_N_ELEMENTS (patterns); menu.index++) {
    g_assert_no_errno (ioctl (reader->fd, VIDIOC_QUERYMENU, &menu));
    g_assert_cmpstr ((char *) menu.name, ==, patterns[menu.index]);
  }
  assert_refused (ioctl (reader->fd, VIDIOC_QUERYMENU, &menu), EINVAL);
}

static void
values_out_of_range_are_clamped_or_refused (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  struct v4l2_control pattern = {.id = V4L2_CID_TEST_PATTERN,.value = 9 };

  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 1000);
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_BRIGHTNESS), ==, 255);
  reader_set_control (reader, V4L2_CID_HUE, -1000);
  g_assert_cmpint (reader_get_control (reader, V4L2_CID_HUE), ==, -128);
  assert_refused (ioctl (reader->fd, VIDIOC_S_CTRL, &pattern), ERANGE);
}

static void
counters_can_only_be_read (Fixture * fixture)
{
  static const guint32 ids[] = { READER_FRAMES_CAPTURED,
    READER_FRAMES_DROPPED
  };
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++) {
    struct v4l2_ext_control control = {.id = ids[i],.value64 = 5 };
    struct v4l2_ext_controls controls = {.count = 1,.controls = &control };

    g_assert_cmpint (reader_get_control (reader, ids[i]), ==, 0);
    assert_refused (ioctl (reader->fd, VIDIOC_S_EXT_CTRLS, &controls), EACCES);
  }
}

static void
subscribe (Reader * reader, guint32 id, guint32 flags)
{
  struct v4l2_event_subscription subscription = {
    .type = V4L2_EVENT_CTRL,.id = id,.flags = flags,
  };

  g_assert_no_errno (ioctl (reader->fd, VIDIOC_SUBSCRIBE_EVENT,
          &subscription));
}

static void
assert_event (Reader * reader, guint32 id, gint value)
{
  struct pollfd wait = {.fd = reader->fd,.events = POLLPRI };
  struct v4l2_event event;

  g_assert_cmpint (poll (&wait, 1, 0), ==, 1);
  g_assert_cmphex (wait.revents & POLLPRI, ==, POLLPRI);
  g_assert_no_errno (ioctl (reader->fd, VIDIOC_DQEVENT, &event));
  g_assert_cmpuint (event.type, ==, V4L2_EVENT_CTRL);
  g_assert_cmphex (event.id, ==, id);
  g_assert_cmpint (event.u.ctrl.value, ==, value);
}

static void
a_change_by_one_program_is_an_event_for_another (Fixture * fixture)
{
  g_autoptr (Reader) watcher = reader_open (fixture->camera->node);
  g_autoptr (Reader) other = reader_open (fixture->camera->node);
  struct pollfd wait = {.fd = watcher->fd,.events = POLLPRI };

  subscribe (watcher, V4L2_CID_BRIGHTNESS, V4L2_EVENT_SUB_FL_SEND_INITIAL);
  subscribe (watcher, V4L2_CID_TEST_PATTERN, 0);
  assert_event (watcher, V4L2_CID_BRIGHTNESS, 128);
  g_assert_cmpint (poll (&wait, 1, 0), ==, 0);

  reader_set_control (other, V4L2_CID_BRIGHTNESS, 7);
  assert_event (watcher, V4L2_CID_BRIGHTNESS, 7);
  reader_set_control (other, V4L2_CID_BRIGHTNESS, 7);
  reader_set_control (other, V4L2_CID_CONTRAST, 7);
  g_assert_cmpint (poll (&wait, 1, 0), ==, 0);
  reader_set_control (other, V4L2_CID_TEST_PATTERN, NOISE);
  assert_event (watcher, V4L2_CID_TEST_PATTERN, NOISE);
}

static Reader *
start_vga (Fixture * fixture, guint32 fourcc, guint bytesperline)
{
  Reader *reader = reader_open (fixture->camera->node);

  reader_set_format (reader, fourcc, WIDTH, HEIGHT, bytesperline);
  reader_start (reader, 3);
  return reader;
}

/* A copy of a picture that shows all controls as they are now. */
static guint8 *
capture (Reader * reader)
{
  struct v4l2_buffer buffer;
  guint8 *copy;

  reader_dequeue_after (reader, &buffer);
  copy = g_memdup2 (reader->data[buffer.index], buffer.bytesused);
  reader_queue (reader, buffer.index);
  return copy;
}

/* The mean of all that is below the stamp. */
static PictureColour
capture_mean (Reader * reader)
{
  g_autofree guint8 *data = capture (reader);

  return picture_mean (reader, data, 0, PICTURE_STAMP_ROWS, WIDTH,
      HEIGHT - PICTURE_STAMP_ROWS);
}

static void
every_pattern_carries_the_stamp (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);

  for (gint i = 0; i < (gint) G_N_ELEMENTS (patterns); i++) {
    g_autofree guint8 *data = NULL;

    reader_set_control (reader, V4L2_CID_TEST_PATTERN, i);
    data = capture (reader);
    reader_stamp (reader, data);
  }
}

/* No control may touch the stamp. */
static void
the_stamp_is_readable_under_extreme_controls (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_NV12, 0);
  static const guint32 ids[] = {
    V4L2_CID_BRIGHTNESS, V4L2_CID_CONTRAST, V4L2_CID_SATURATION, V4L2_CID_HUE,
    V4L2_CID_HFLIP, V4L2_CID_VFLIP,
  };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    for (gint side = -1; side <= 1; side += 2) {
      g_autofree guint8 *data = NULL;

      reader_set_control (reader, ids[i], side * 1000);
      data = capture (reader);
      reader_stamp (reader, data);
    }
}

static void
assert_colour (PictureColour got, double red, double green, double blue)
{
  g_assert_cmpfloat_with_epsilon (got.red, red, SHADE);
  g_assert_cmpfloat_with_epsilon (got.green, green, SHADE);
  g_assert_cmpfloat_with_epsilon (got.blue, blue, SHADE);
}

static void
assert_solids (Fixture * fixture, guint32 fourcc, guint bytesperline)
{
  g_autoptr (Reader) reader = start_vga (fixture, fourcc, bytesperline);

  for (gint i = BLACK; i <= BLUE; i++) {
    reader_set_control (reader, V4L2_CID_TEST_PATTERN, i);
    assert_colour (capture_mean (reader), i == WHITE || i == RED ? 255 : 0,
        i == WHITE || i == GREEN ? 255 : 0, i == WHITE || i == BLUE ? 255 : 0);
  }
}

static void
solid_patterns_have_their_colour_in_every_format (Fixture * fixture)
{
  static const guint32 formats[] = {
    V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY, V4L2_PIX_FMT_NV12,
    V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_RGB24, V4L2_PIX_FMT_BGR24,
    V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_SRGGB8,
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    assert_solids (fixture, formats[i], 0);
    assert_solids (fixture, formats[i], WIDTH * 4 + 64);
  }
}

static void
solid_patterns_have_their_brightness_in_grey (Fixture * fixture)
{
  static const double luma[] = { 0, 255, 76, 150, 29 };
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_GREY, 0);

  for (gint i = BLACK; i <= BLUE; i++) {
    reader_set_control (reader, V4L2_CID_TEST_PATTERN, i);
    g_assert_cmpfloat_with_epsilon (picture_luma (capture_mean (reader)),
        luma[i - BLACK], SHADE);
  }
}

static void
brightness_moves_the_mean_up_and_down (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);
  double before = picture_luma (capture_mean (reader)), dark;

  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 68);
  dark = picture_luma (capture_mean (reader));
  g_assert_cmpfloat (dark, <, before - 20);
  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 188);
  g_assert_cmpfloat (picture_luma (capture_mean (reader)), >, before + 20);
  reader_set_control (reader, V4L2_CID_BRIGHTNESS, 128);
  g_assert_cmpfloat_with_epsilon (picture_luma (capture_mean (reader)), before,
      SHADE);
}

/* How much brighter the right end of the gradient's first band is. */
static double
capture_slope (Reader * reader)
{
  g_autofree guint8 *data = capture (reader);
  PictureColour left = picture_mean (reader, data, 40, 64, 40, 40);
  PictureColour right = picture_mean (reader, data, 560, 64, 40, 40);

  return picture_luma (right) - picture_luma (left);
}

static void
contrast_spreads_and_flattens (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);
  double before;

  reader_set_control (reader, V4L2_CID_TEST_PATTERN, GRADIENT);
  before = capture_slope (reader);
  g_assert_cmpfloat (before, >, 150);
  reader_set_control (reader, V4L2_CID_CONTRAST, 64);
  g_assert_cmpfloat_with_epsilon (capture_slope (reader), before / 2, SHADE);
  reader_set_control (reader, V4L2_CID_CONTRAST, 0);
  g_assert_cmpfloat_with_epsilon (capture_slope (reader), 0, SHADE);
  reader_set_control (reader, V4L2_CID_CONTRAST, 255);
  g_assert_cmpfloat (capture_slope (reader), >, before);
}

static void
saturation_takes_colour_away_and_keeps_brightness (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);
  PictureColour full, half, none;

  reader_set_control (reader, V4L2_CID_TEST_PATTERN, RED);
  full = capture_mean (reader);
  reader_set_control (reader, V4L2_CID_SATURATION, 64);
  half = capture_mean (reader);
  reader_set_control (reader, V4L2_CID_SATURATION, 0);
  none = capture_mean (reader);
  g_assert_cmpfloat (picture_chroma (full), >, picture_chroma (half) + 50);
  g_assert_cmpfloat (picture_chroma (half), >, picture_chroma (none) + 50);
  g_assert_cmpfloat (picture_chroma (none), <, SHADE);
  g_assert_cmpfloat_with_epsilon (picture_luma (none), 76, SHADE);
}

static void
hue_turns_red_into_its_opposite_and_back (Fixture * fixture)
{
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);
  PictureColour before, turned;

  reader_set_control (reader, V4L2_CID_TEST_PATTERN, RED);
  reader_set_control (reader, V4L2_CID_SATURATION, 64);
  before = capture_mean (reader);
  reader_set_control (reader, V4L2_CID_HUE, -128);
  turned = capture_mean (reader);
  g_assert_cmpfloat (before.red, >, before.green + 50);
  g_assert_cmpfloat (turned.red + 50, <, turned.green);
  reader_set_control (reader, V4L2_CID_HUE, 0);
  before = capture_mean (reader);
  g_assert_cmpfloat (before.red, >, before.green + 50);
}

/* Whether @flipped is @upright seen in a mirror, where nothing moves. */
static void
assert_mirrored (Reader * reader, const guint8 * upright,
    const guint8 * flipped, gboolean across, guint top, guint bottom)
{
  const guint stride = reader->format.fmt.pix.bytesperline;

  for (guint y = top; y < bottom; y++)
    for (guint x = 0; x < WIDTH; x++) {
      guint8 here = upright[y * stride + x];
      guint8 there = across ? flipped[y * stride + WIDTH - 1 - x]
          : flipped[(HEIGHT - 1 - y) * stride + x];

      if (here != there)
        g_error ("pixel %u of row %u is %u, its mirror image %u", x, y, here,
            there);
    }
}

static void
flips_mirror_the_picture (Fixture * fixture)
{
  static const gint shown[] = { BARS, GRADIENT, CHECKERBOARD };
  g_autoptr (Reader) reader = start_vga (fixture, V4L2_PIX_FMT_GREY, 0);

  for (guint i = 0; i < G_N_ELEMENTS (shown); i++) {
    g_autofree guint8 *upright = NULL, *across = NULL, *down = NULL;

    reader_set_control (reader, V4L2_CID_TEST_PATTERN, shown[i]);
    upright = capture (reader);
    reader_set_control (reader, V4L2_CID_HFLIP, 1);
    across = capture (reader);
    reader_set_control (reader, V4L2_CID_HFLIP, 0);
    reader_set_control (reader, V4L2_CID_VFLIP, 1);
    down = capture (reader);
    reader_set_control (reader, V4L2_CID_VFLIP, 0);

    /* The text and what moves are further down in each of these. */
    assert_mirrored (reader, upright, across, TRUE, PICTURE_STAMP_ROWS, 256);
    assert_mirrored (reader, upright, down, FALSE, PICTURE_STAMP_ROWS, 256);
  }
}

static void
controls_can_be_set_before_the_stream_and_outlast_the_file (Fixture * fixture)
{
  Reader *first = reader_open (fixture->camera->node);
  g_autoptr (Reader) second = NULL;

  reader_set_control (first, V4L2_CID_TEST_PATTERN, GREEN);
  reader_close (first);
  second = start_vga (fixture, V4L2_PIX_FMT_YUYV, 0);
  g_assert_cmpint (reader_get_control (second, V4L2_CID_TEST_PATTERN), ==,
      GREEN);
  assert_colour (capture_mean (second), 0, 255, 0);
}

/* Squares are a share of the height, and could be wider than the picture. */
static void
checkerboard_of_a_tall_and_narrow_picture_has_two_greys (Fixture * fixture)
{
  g_autoptr (TestCamera) camera = test_camera_new ("formats", "GREY", "sizes",
      "16x2160", NULL);
  g_autoptr (Reader) reader = reader_open (camera->node);
  struct v4l2_buffer buffer;
  guint greys = 0;
  gboolean seen[256] = { FALSE };

  (void) fixture;
  reader_set_control (reader, V4L2_CID_TEST_PATTERN, CHECKERBOARD);
  reader_start (reader, 1);
  reader_dequeue (reader, &buffer);
  /* Three quarters of the height are the board. */
  for (guint i = 0; i < 16 * 1620; i++) {
    guint8 grey = reader->data[buffer.index][i];

    g_assert_cmpuint (grey, >=, 16);
    greys += !seen[grey];
    seen[grey] = TRUE;
  }
  g_assert_cmpuint (greys, ==, 2);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
#define ADD(name) fixture_add ("/control/" #name, name)
  ADD (ranges_and_defaults_are_as_agreed);
  ADD (pattern_menu_has_its_names);
  ADD (values_out_of_range_are_clamped_or_refused);
  ADD (counters_can_only_be_read);
  ADD (a_change_by_one_program_is_an_event_for_another);
  ADD (every_pattern_carries_the_stamp);
  ADD (the_stamp_is_readable_under_extreme_controls);
  ADD (solid_patterns_have_their_colour_in_every_format);
  ADD (solid_patterns_have_their_brightness_in_grey);
  ADD (brightness_moves_the_mean_up_and_down);
  ADD (contrast_spreads_and_flattens);
  ADD (saturation_takes_colour_away_and_keeps_brightness);
  ADD (hue_turns_red_into_its_opposite_and_back);
  ADD (flips_mirror_the_picture);
  ADD (controls_can_be_set_before_the_stream_and_outlast_the_file);
  fixture_add_without_camera
      ("/control/checkerboard_of_a_tall_and_narrow_picture_has_two_greys",
      checkerboard_of_a_tall_and_narrow_picture_has_two_greys);
  return g_test_run ();
}
