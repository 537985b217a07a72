/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Modes as data: what is refused, and which mode a program gets. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include <virtcam/modes.h>

static const struct v4l2_fract rates[] = { {1, 5}, {1, 30}, {1, 60} };

static const struct virtcam_intervals some = {
  .num = G_N_ELEMENTS (rates),.discrete = rates,
};

/* As a range from 1/60 to 1 s by 1/120 s. */
static const struct virtcam_intervals ranged = {
  .stepwise = {{1, 60}, {1, 1}, {1, 120}},
};

static const struct virtcam_size sizes[] = {
  {320, 240, &some}, {640, 480, &some}, {1280, 720, &ranged},
};

static const struct virtcam_format_modes formats[] = {
  {.fourcc = V4L2_PIX_FMT_YUYV,.num = G_N_ELEMENTS (sizes),.discrete = sizes},
  {.fourcc = V4L2_PIX_FMT_NV12,
        .stepwise = {32, 1920, 16, 32, 1080, 8},.intervals = &ranged},
  {.fourcc = V4L2_PIX_FMT_GREY,.num = 1,.discrete = &sizes[2]},
};

static const struct virtcam_modes modes = {
  .num = G_N_ELEMENTS (formats),.formats = formats,
};

static void
assert_fault (const struct virtcam_modes *refused, const char *words)
{
  char fault[96] = "";

  g_assert_cmpint (virtcam_modes_check (refused, fault, sizeof (fault)), ==,
      -EINVAL);
  if (!strstr (fault, words))
    g_error ("'%s' does not say '%s'", fault, words);
}

static void
assert_format_fault (struct virtcam_format_modes format, const char *words)
{
  assert_fault (&(struct virtcam_modes) {1, &format}, words);
}

static void
assert_size_fault (guint width, guint height, const char *words)
{
  struct virtcam_size size = { width, height, &some };

  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_NV12,.num = 1,.discrete = &size}, words);
}

static void
assert_range_fault (struct v4l2_frmsize_stepwise range, const char *words)
{
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_NV12,.stepwise = range,.intervals = &some}, words);
}

static void
assert_interval_fault (struct virtcam_intervals intervals, const char *words)
{
  struct virtcam_size size = { 640, 480, &intervals };

  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_YUYV,.num = 1,.discrete = &size}, words);
}

static void
good_modes_are_taken (void)
{
  char fault[96];

  g_assert_cmpint (virtcam_modes_check (&modes, fault, sizeof (fault)), ==, 0);
}

static void
nothing_to_offer_is_refused (void)
{
  assert_fault (NULL, "no format");
  assert_fault (&(struct virtcam_modes) {0, formats}, "no format");
  assert_fault (&(struct virtcam_modes) {1, NULL}, "no format");
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_YUYV,.num = 3}, "no list of sizes");
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_YUYV,.num = 1,
      .discrete = &(struct virtcam_size) {640, 480, NULL}},
      "has no frame intervals");
  assert_interval_fault ((struct virtcam_intervals) {.num = 2},
      "no list of frame intervals");
}

static void
unknown_formats_are_refused_by_name (void)
{
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = v4l2_fourcc ('E', 'V', 'I', 'L'),.num = 1,.discrete = sizes},
      "EVIL (0x4c495645): the format is unknown");
}

static void
what_is_there_twice_is_refused (void)
{
  const struct virtcam_format_modes twice[] = { formats[0], formats[0] };
  const struct virtcam_size same[] = { sizes[0], sizes[1], sizes[0] };
  const struct v4l2_fract equal[] = { {1, 30}, {2, 60} };

  assert_fault (&(struct virtcam_modes) {2, twice},
      "YUYV: the format is there twice");
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_YUYV,.num = 3,.discrete = same},
      "the size 320x240 is there twice");
  assert_interval_fault ((struct virtcam_intervals) {
      .num = 2,.discrete = equal}, "the same frame interval twice");
}

static void
sizes_that_no_frame_can_have_are_refused (void)
{
  assert_size_fault (0, 480, "is zero");
  assert_size_fault (640, 0, "is zero");
  assert_size_fault (641, 480, "641x480 is no whole number of samples");
  assert_size_fault (640, 481, "is no whole number of samples");
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_YUYV,.num = 1,
      .discrete = &(struct virtcam_size) {641, 480, &some}},
      "641x480 is no whole number of samples");
  assert_format_fault ((struct virtcam_format_modes) {
      .fourcc = V4L2_PIX_FMT_SRGGB8,.num = 1,
      .discrete = &(struct virtcam_size) {640, 481, &some}},
      "640x481 is no whole number of samples");
  assert_size_fault (G_MAXUINT32, 480, "is too long");
  assert_size_fault (640, VIRTCAM_MAX_SIDE + 2, "is too long");
}

static void
ranges_that_are_none_are_refused (void)
{
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      64, 32, 2, 32, 64, 2}, "width has a max below its min");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      32, 64, 0, 32, 64, 2}, "width has a step");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      32, 32, 0, 32, 64, 2}, "width has a step");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      32, 64, 2, 32, 64, 6}, "height has a max that no number of steps");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      32, 64, 2, 32, 64, 1}, "height has a step");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      0, 64, 2, 32, 64, 2}, "width is zero");
  assert_range_fault ((struct v4l2_frmsize_stepwise) {
      32, G_MAXUINT32, 2, 32, 64, 2}, "width is too long");
}

static void
intervals_that_are_none_are_refused (void)
{
  static const struct v4l2_fract bad[] = {
    {0, 30}, {1, 0}, {0, 0}, {1, 1000001}, {401, 1}, {G_MAXUINT32, 1},
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    assert_interval_fault ((struct virtcam_intervals) {
        .num = 1,.discrete = &bad[i]}, "frame interval with a zero");
    assert_interval_fault ((struct virtcam_intervals) {
        .stepwise = {bad[i], {1, 1}, {1, 60}}}, "frame interval with a zero");
  }
  assert_interval_fault ((struct virtcam_intervals) {
      .stepwise = {{1, 30}, {1, 60}, {1, 60}}}, "max is below their min");
  assert_interval_fault ((struct virtcam_intervals) {
      .stepwise = {{1, 60}, {1, 30}, {0, 1}}}, "frame interval with a zero");
}

static void
assert_nearest (guint32 fourcc, guint width, guint height,
    guint32 found_fourcc, guint found_width, guint found_height)
{
  struct virtcam_mode mode = {.interval = {1, 30} };

  virtcam_modes_nearest (&modes, fourcc, width, height, &mode);
  g_assert_cmphex (mode.format->fourcc, ==, found_fourcc);
  g_assert_cmpuint (mode.width, ==, found_width);
  g_assert_cmpuint (mode.height, ==, found_height);
}

static void
each_format_has_sizes_of_its_own (void)
{
  const guint32 yuyv = V4L2_PIX_FMT_YUYV, nv12 = V4L2_PIX_FMT_NV12;

  assert_nearest (yuyv, 640, 480, yuyv, 640, 480);
  assert_nearest (yuyv, 600, 500, yuyv, 640, 480);
  assert_nearest (yuyv, 0, 0, yuyv, 320, 240);
  assert_nearest (yuyv, G_MAXUINT32, G_MAXUINT32, yuyv, 1280, 720);
  assert_nearest (0, 640, 480, yuyv, 640, 480);
  assert_nearest (V4L2_PIX_FMT_GREY, 16, 16, V4L2_PIX_FMT_GREY, 1280, 720);
  assert_nearest (nv12, 640, 480, nv12, 640, 480);
  assert_nearest (nv12, 645, 485, nv12, 640, 488);
  assert_nearest (nv12, 0, G_MAXUINT32, nv12, 32, 1080);
  assert_nearest (nv12, G_MAXUINT32, 0, nv12, 1920, 32);
}

static void
each_size_has_intervals_of_its_own (void)
{
  g_assert_true (virtcam_modes_intervals (&formats[0], 640, 480) == &some);
  g_assert_true (virtcam_modes_intervals (&formats[0], 1280, 720) == &ranged);
  g_assert_null (virtcam_modes_intervals (&formats[0], 641, 480));
  g_assert_true (virtcam_modes_intervals (&formats[1], 48, 40) == &ranged);
  g_assert_null (virtcam_modes_intervals (&formats[1], 40, 40));
  g_assert_null (virtcam_modes_intervals (&formats[1], 1936, 40));
  g_assert_null (virtcam_modes_find (&modes, V4L2_PIX_FMT_UYVY));
}

static void
assert_interval (const struct virtcam_intervals *intervals,
    struct v4l2_fract wanted, struct v4l2_fract found)
{
  struct v4l2_fract t = virtcam_intervals_nearest (intervals, wanted);

  g_assert_cmpuint (t.numerator, ==, found.numerator);
  g_assert_cmpuint (t.denominator, ==, found.denominator);
}

#define FRACT(n, d) ((struct v4l2_fract) { n, d })

static void
the_nearest_interval_is_found (void)
{
  assert_interval (&some, FRACT (1, 29), FRACT (1, 30));
  assert_interval (&some, FRACT (333333, 10000000), FRACT (1, 30));
  assert_interval (&some, FRACT (1, G_MAXUINT32), FRACT (1, 60));
  assert_interval (&some, FRACT (G_MAXUINT32, 1), FRACT (1, 5));
  assert_interval (&ranged, FRACT (1, 1000), FRACT (1, 60));
  assert_interval (&ranged, FRACT (7, 1), FRACT (1, 1));
  assert_interval (&ranged, FRACT (1, 30), FRACT (1, 30));
  assert_interval (&ranged, FRACT (1, 29), FRACT (333333, 10000000));
  /* Nearest to the first, which is no whole number of 100 ns. */
  assert_interval (&ranged, FRACT (1, 59), FRACT (1, 60));
}

static void
the_default_mode_is_vga_at_thirty_or_the_first_there_is (void)
{
  static const struct v4l2_fract other_rates[] = { {1, 60}, {1, 10} };
  static const struct virtcam_intervals other = {
    .num = 2,.discrete = other_rates,
  };
  static const struct virtcam_size other_sizes[] = {
    {1280, 720, &other}, {320, 240, &other},
  };
  static const struct virtcam_format_modes other_formats[] = {
    {.fourcc = V4L2_PIX_FMT_GREY,.num = 2,.discrete = other_sizes},
  };
  static const struct virtcam_modes others = { 1, other_formats };
  struct virtcam_mode mode;

  virtcam_modes_default (&modes, &mode);
  g_assert_cmphex (mode.format->fourcc, ==, V4L2_PIX_FMT_YUYV);
  g_assert_cmpuint (mode.width, ==, 640);
  g_assert_cmpuint (mode.height, ==, 480);
  g_assert_cmpuint (mode.bytesperline, ==, 1280);
  g_assert_cmpuint (mode.sizeimage, ==, 614400);
  g_assert_cmpuint (mode.interval.numerator, ==, 1);
  g_assert_cmpuint (mode.interval.denominator, ==, 30);

  virtcam_modes_default (&others, &mode);
  g_assert_cmphex (mode.format->fourcc, ==, V4L2_PIX_FMT_GREY);
  g_assert_cmpuint (mode.width, ==, 1280);
  g_assert_cmpuint (mode.sizeimage, ==, 1280 * 720);
  g_assert_cmpuint (mode.interval.denominator, ==, 60);
}

static void
the_largest_image_is_of_any_format_and_size (void)
{
  struct virtcam_modes first = { 1, formats };

  g_assert_cmpuint (virtcam_modes_largest_image (&first), ==,
      1280 * 720 * 2);
  g_assert_cmpuint (virtcam_modes_largest_image (&modes), ==,
      1920 * 1080 * 3 / 2);
}

static void
a_mode_is_offered_with_its_size_and_interval_or_not_at_all (void)
{
  struct virtcam_mode mode;

  virtcam_modes_default (&modes, &mode);
  g_assert_true (virtcam_modes_have (&modes, &mode));
  mode.interval = FRACT (2, 60);
  g_assert_true (virtcam_modes_have (&modes, &mode));
  mode.interval = FRACT (1, 31);
  g_assert_false (virtcam_modes_have (&modes, &mode));
  mode.interval = FRACT (1, 30);
  mode.width = 1280;
  g_assert_false (virtcam_modes_have (&modes, &mode));
  mode.height = 720;
  g_assert_true (virtcam_modes_have (&modes, &mode));
  mode.format = virtcam_format_find (V4L2_PIX_FMT_UYVY);
  g_assert_false (virtcam_modes_have (&modes, &mode));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/modes/" #name, name)
  ADD (good_modes_are_taken);
  ADD (nothing_to_offer_is_refused);
  ADD (unknown_formats_are_refused_by_name);
  ADD (what_is_there_twice_is_refused);
  ADD (sizes_that_no_frame_can_have_are_refused);
  ADD (ranges_that_are_none_are_refused);
  ADD (intervals_that_are_none_are_refused);
  ADD (each_format_has_sizes_of_its_own);
  ADD (each_size_has_intervals_of_its_own);
  ADD (the_nearest_interval_is_found);
  ADD (the_default_mode_is_vga_at_thirty_or_the_first_there_is);
  ADD (the_largest_image_is_of_any_format_and_size);
  ADD (a_mode_is_offered_with_its_size_and_interval_or_not_at_all);
  return g_test_run ();
}
