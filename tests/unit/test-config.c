/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what is taken, what is refused, and that refusing changes none. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include <virtcam/config.h>

static const struct virtcam_setting *
find (const char *name)
{
  for (guint i = 0; i < VIRTCAM_NUM_SETTINGS; i++)
    if (g_str_equal (virtcam_settings[i].name, name))
      return &virtcam_settings[i];
  g_assert_not_reached ();
}

static int
parse (struct virtcam_config *config, const char *name, const char *value)
{
  g_autofree char *text = g_strdup (value);

  return find (name)->parse (config, text);
}

static char *
print (const struct virtcam_config *config, const char *name)
{
  char text[VIRTCAM_TEXT_SIZE];
  int length = find (name)->print (config, text, sizeof (text));

  g_assert_cmpint (length, ==, (int) strlen (text));
  return g_strdup (text);
}

static void
assert_taken (const char *name, const char *value, const char *shown)
{
  struct virtcam_config config;
  g_autofree char *text = NULL;

  virtcam_config_init (&config, "before");
  g_assert_cmpint (parse (&config, name, value), ==, 0);
  text = print (&config, name);
  g_assert_cmpstr (text, ==, shown);
}

static void
assert_refused (const char *name, const char *value)
{
  struct virtcam_config config, before;

  virtcam_config_init (&config, "before");
  before = config;
  if (parse (&config, name, value) != -EINVAL)
    g_error ("%s '%s' was not refused", name, value);
  g_assert_cmpmem (&config, sizeof (config), &before, sizeof (before));
}

static void
defaults_are_everything (void)
{
  static const char *const defaults[][2] = {
    {"card", "Virtual Camera"},
    {"formats", "YUYV UYVY NV12 YU12 RGB3 BGR3 XR24 GREY RGGB"},
    {"sizes", "160x120 320x240 640x480 1280x720 1920x1080 3840x2160"},
    {"intervals", "1/5 1/10 1/15 1/24 1/25 1/30 1/50 1/60"},
    {"memory", "vmalloc"},
    {"pacing", "interval"},
  };
  struct virtcam_config config;

  virtcam_config_init (&config, "Virtual Camera");
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++) {
    g_autofree char *text = print (&config, defaults[i][0]);

    g_assert_cmpstr (text, ==, defaults[i][1]);
  }
}

static void
what_a_setting_prints_it_also_parses (void)
{
  struct virtcam_config config, copy;

  virtcam_config_init (&config, "Some Card");
  virtcam_config_init (&copy, "Another");
  copy.num_formats = copy.num_sizes = copy.num_intervals = 1;
  copy.memory = VIRTCAM_MEMORY_DMA_SG;
  copy.pacing = VIRTCAM_PACE_NONE;
  for (guint i = 0; i < VIRTCAM_NUM_SETTINGS; i++) {
    g_autofree char *text = print (&config, virtcam_settings[i].name);

    g_assert_cmpint (parse (&copy, virtcam_settings[i].name, text), ==, 0);
  }
  g_assert_cmpmem (&copy, sizeof (copy), &config, sizeof (config));
}

static void
long_card_names_of_the_core_are_cut_with_a_nul (void)
{
  struct virtcam_config config;

  virtcam_config_init (&config, "0123456789012345678901234567890123456789");
  g_assert_cmpstr (config.card, ==, "0123456789012345678901234567890");
}

static void
good_values_are_taken (void)
{
  assert_taken ("card", "x", "x");
  assert_taken ("card", "0123456789012345678901234567890",
      "0123456789012345678901234567890");
  assert_taken ("card", "Front door ~ #1", "Front door ~ #1");
  assert_taken ("formats", "NV12", "NV12");
  assert_taken ("formats", "  GREY\tYUYV ", "GREY YUYV");
  assert_taken ("sizes", "640x480", "640x480");
  assert_taken ("sizes", "3840x2160 16x16", "3840x2160 16x16");
  assert_taken ("intervals", "1/30", "1/30");
  assert_taken ("intervals", "1001/60000 10/1 1/1000",
      "1001/60000 10/1 1/1000");
  assert_taken ("memory", "vmalloc", "vmalloc");
  assert_taken ("memory", "dma-sg", "dma-sg");
  assert_taken ("pacing", "interval", "interval");
  assert_taken ("pacing", "none", "none");
}

static void
bad_card_names_are_refused (void)
{
  assert_refused ("card", "");
  assert_refused ("card", "01234567890123456789012345678901");
  assert_refused ("card", "two\nlines");
  assert_refused ("card", "caf\xc3\xa9");
  assert_refused ("card", "\x7f");
}

static void
bad_formats_are_refused (void)
{
  assert_refused ("formats", "");
  assert_refused ("formats", "  ");
  assert_refused ("formats", "MJPG");
  assert_refused ("formats", "yuyv");
  assert_refused ("formats", "YUY");
  assert_refused ("formats", "YUYV2");
  assert_refused ("formats", "YUYV,NV12");
  assert_refused ("formats", "YUYV MJPG");
  assert_refused ("formats", "YUYV YUYV");
}

static void
bad_sizes_are_refused (void)
{
  static const char *const bad[] = {
    "", "640", "640x", "x480", "640*480", "640X480", "640x480x2", "-640x480",
    "+640x480", "0x480", "640x0", "14x16", "16x14", "641x480", "640x481",
    "3842x2160", "3840x2162", "4294967936x480", "640 x480", "640x480,320x240",
    "640x480 640x480", "640x480 bad", "0x280x1e0", "640x480.0",
    /* seventeen */
    ("16x16 18x16 20x16 22x16 24x16 26x16 28x16 30x16 32x16 34x16 36x16 38x16 "
        "40x16 42x16 44x16 46x16 48x16"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused ("sizes", bad[i]);
}

static void
bad_intervals_are_refused (void)
{
  static const char *const bad[] = {
    "", "30", "1/", "/30", "0/30", "1/0", "1/1001", "11/1", "1/100001",
    "100001/100000", "-1/30", "1/-30", "1.0/30", "1/30fps", "1/30 1/30",
    "1/30 2/60", "4294967297/30", "1:30", "1/30 x",
    ("1/1 1/2 1/3 1/4 1/5 1/6 1/7 1/8 1/9 1/10 1/11 1/12 1/13 1/14 1/15 1/16 "
        "1/17"),
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused ("intervals", bad[i]);
}

static void
bad_memory_is_refused (void)
{
  assert_refused ("memory", "");
  assert_refused ("memory", "dma-contig");
  assert_refused ("memory", "VMALLOC");
  assert_refused ("memory", "vmalloc ");
}

static void
bad_pacing_is_refused (void)
{
  assert_refused ("pacing", "");
  assert_refused ("pacing", "None");
  assert_refused ("pacing", "non");
  assert_refused ("pacing", "none ");
  assert_refused ("pacing", "intervals");
  assert_refused ("pacing", "interval none");
  assert_refused ("pacing", "0");
}

static void
every_setting_says_what_is_allowed (void)
{
  for (guint i = 0; i < VIRTCAM_NUM_SETTINGS; i++) {
    g_assert_nonnull (virtcam_settings[i].name);
    g_assert_cmpuint (strlen (virtcam_settings[i].allowed), >, 0);
  }
}

static void
sixteen_of_everything_fits_its_text (void)
{
  struct virtcam_config config;
  g_autofree char *sizes = NULL;
  g_autofree char *intervals = NULL;

  virtcam_config_init (&config, "full");
  config.num_sizes = VIRTCAM_MAX_SIZES;
  config.num_intervals = VIRTCAM_MAX_INTERVALS;
  for (guint i = 0; i < 16; i++) {
    config.sizes[i] = (struct virtcam_size) { 3808 + 2 * i, 2160 };
    config.intervals[i] = (struct v4l2_fract) { 99999 - i, 100000 };
  }
  sizes = print (&config, "sizes");
  intervals = print (&config, "intervals");
  g_assert_cmpint (parse (&config, "sizes", sizes), ==, 0);
  g_assert_cmpint (parse (&config, "intervals", intervals), ==, 0);
}

static void
the_default_mode_is_vga_at_thirty_or_the_first_there_is (void)
{
  struct virtcam_config config;
  struct virtcam_mode mode;

  virtcam_config_init (&config, "card");
  virtcam_config_default_mode (&config, &mode);
  g_assert_cmphex (mode.format->fourcc, ==, V4L2_PIX_FMT_YUYV);
  g_assert_cmpuint (mode.width, ==, 640);
  g_assert_cmpuint (mode.height, ==, 480);
  g_assert_cmpuint (mode.bytesperline, ==, 1280);
  g_assert_cmpuint (mode.sizeimage, ==, 614400);
  g_assert_cmpuint (mode.interval.numerator, ==, 1);
  g_assert_cmpuint (mode.interval.denominator, ==, 30);

  g_assert_cmpint (parse (&config, "formats", "GREY NV12"), ==, 0);
  g_assert_cmpint (parse (&config, "sizes", "1280x720 320x240"), ==, 0);
  g_assert_cmpint (parse (&config, "intervals", "1/60 1/10"), ==, 0);
  virtcam_config_default_mode (&config, &mode);
  g_assert_cmphex (mode.format->fourcc, ==, V4L2_PIX_FMT_GREY);
  g_assert_cmpuint (mode.width, ==, 1280);
  g_assert_cmpuint (mode.sizeimage, ==, 1280 * 720);
  g_assert_cmpuint (mode.interval.denominator, ==, 60);
}

static void
the_largest_image_is_of_any_format_and_size (void)
{
  struct virtcam_config config;

  virtcam_config_init (&config, "all");
  g_assert_cmpuint (virtcam_config_largest_image (&config), ==,
      3840 * 2160 * 4);
  g_assert_cmpint (parse (&config, "sizes", "16x2160 640x480 3840x16"), ==, 0);
  g_assert_cmpint (parse (&config, "formats", "GREY NV12"), ==, 0);
  g_assert_cmpuint (virtcam_config_largest_image (&config), ==,
      640 * 480 * 3 / 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/config/" #name, name)
  ADD (defaults_are_everything);
  ADD (what_a_setting_prints_it_also_parses);
  ADD (long_card_names_of_the_core_are_cut_with_a_nul);
  ADD (good_values_are_taken);
  ADD (bad_card_names_are_refused);
  ADD (bad_formats_are_refused);
  ADD (bad_sizes_are_refused);
  ADD (bad_intervals_are_refused);
  ADD (bad_memory_is_refused);
  ADD (bad_pacing_is_refused);
  ADD (every_setting_says_what_is_allowed);
  ADD (sixteen_of_everything_fits_its_text);
  ADD (the_largest_image_is_of_any_format_and_size);
  ADD (the_default_mode_is_vga_at_thirty_or_the_first_there_is);
  return g_test_run ();
}
