/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Settings: what is taken, what is refused, and that refusing changes none. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "pattern/settings.h"

#include <virtcam/memory.h>
#include <virtcam/pacing.h>

#define CARD_SIZE 32

static const struct virtcam_setting *const settings[] = {
  &pattern_formats, &pattern_sizes, &pattern_intervals, &pattern_memory,
  &pattern_pacing,
};

static const struct virtcam_setting *
find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    if (g_str_equal (settings[i]->name, name))
      return settings[i];
  g_assert_not_reached ();
}

static int
parse (struct pattern_config *config, const char *name, const char *value)
{
  g_autofree char *text = g_strdup (value);

  return find (name)->parse (config, text);
}

static char *
print (const struct pattern_config *config, const char *name)
{
  char text[VIRTCAM_TEXT_SIZE];
  int length = find (name)->print (config, text, sizeof (text));

  g_assert_cmpint (length, ==, (int) strlen (text));
  return g_strdup (text);
}

static void
assert_taken (const char *name, const char *value, const char *shown)
{
  struct pattern_config config;
  g_autofree char *text = NULL;

  pattern_config_init (&config);
  g_assert_cmpint (parse (&config, name, value), ==, 0);
  text = print (&config, name);
  g_assert_cmpstr (text, ==, shown);
}

static void
assert_refused (const char *name, const char *value)
{
  struct pattern_config config, before;

  pattern_config_init (&config);
  before = config;
  if (parse (&config, name, value) != -EINVAL)
    g_error ("%s '%s' was not refused", name, value);
  g_assert_cmpmem (&config, sizeof (config), &before, sizeof (before));
}

static void
assert_card_taken (const char *value)
{
  char card[CARD_SIZE];

  memset (card, 'x', sizeof (card));
  g_assert_cmpint (virtcam_setting_parse_card (card, sizeof (card), value),
      ==, 0);
  g_assert_cmpstr (card, ==, value);
  for (gsize i = strlen (value); i < sizeof (card); i++)
    g_assert_cmpint (card[i], ==, 0);
}

static void
assert_card_refused (const char *value)
{
  char card[CARD_SIZE] = "before", before[CARD_SIZE] = "before";

  g_assert_cmpint (virtcam_setting_parse_card (card, sizeof (card), value),
      ==, -EINVAL);
  g_assert_cmpmem (card, sizeof (card), before, sizeof (before));
}

static void
defaults_are_everything (void)
{
  static const char *const defaults[][2] = {
    {"formats", "YUYV UYVY NV12 YU12 RGB3 BGR3 XR24 GREY RGGB"},
    {"sizes", "160x120 320x240 640x480 1280x720 1920x1080 3840x2160"},
    {"intervals", "1/5 1/10 1/15 1/24 1/25 1/30 1/50 1/60"},
    {"memory", "vmalloc"},
    {"pacing", "interval"},
  };
  struct pattern_config config;

  pattern_config_init (&config);
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++) {
    g_autofree char *text = print (&config, defaults[i][0]);

    g_assert_cmpstr (text, ==, defaults[i][1]);
  }
}

static void
what_a_setting_prints_it_also_parses (void)
{
  struct pattern_config config, copy;

  pattern_config_init (&config);
  pattern_config_init (&copy);
  copy.num_formats = copy.num_sizes = copy.num_intervals = 1;
  copy.memory = VIRTCAM_MEMORY_DMA_SG;
  copy.pace = VIRTCAM_PACE_NONE;
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autofree char *text = print (&config, settings[i]->name);

    g_assert_cmpint (parse (&copy, settings[i]->name, text), ==, 0);
  }
  g_assert_cmpmem (&copy, sizeof (copy), &config, sizeof (config));
}

static void
good_values_are_taken (void)
{
  assert_card_taken ("x");
  assert_card_taken ("0123456789012345678901234567890");
  assert_card_taken ("Front door ~ #1");
  assert_card_taken ("\"it's\", 50% / a\\b; $(x) <&>");
  assert_card_taken ("K\u00fcche");
  assert_card_taken ("\u30ab\u30e1\u30e9 \U0001f4f7");
  assert_card_taken ("01234567890123456789012345678\u00e9");
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
  assert_card_refused ("");
  assert_card_refused ("01234567890123456789012345678901");
  assert_card_refused ("two\nlines");
  assert_card_refused ("\x7f");
  assert_card_refused ("\x1b[31m");
  /* too long by a byte; Latin-1; cut; longer than need be; a control character;
   * half a pair; after the last character */
  assert_card_refused ("012345678901234567890123456789\u00e9");
  assert_card_refused ("caf\xe9");
  assert_card_refused ("caf\xc3");
  assert_card_refused ("\xe3\x82");
  assert_card_refused ("\xa9 caf");
  assert_card_refused ("\xc0\xaf");
  assert_card_refused ("\xe0\x83\xa9");
  assert_card_refused ("\xc2\x85");
  assert_card_refused ("\xed\xa0\x80");
  assert_card_refused ("\xf4\x90\x80\x80");
  assert_card_refused ("\xff");
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
  char text[VIRTCAM_TEXT_SIZE];
  int length;

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_assert_nonnull (settings[i]->name);
    length = settings[i]->allow (text, sizeof (text));
    g_assert_cmpint (length, ==, (int) strlen (text));
    g_assert_cmpint (length, >, 0);
  }
}

static void
sixteen_of_everything_fits_its_text (void)
{
  struct pattern_config config;
  g_autofree char *sizes = NULL;
  g_autofree char *intervals = NULL;

  pattern_config_init (&config);
  config.num_sizes = PATTERN_MAX_SIZES;
  config.num_intervals = PATTERN_MAX_INTERVALS;
  for (guint i = 0; i < 16; i++) {
    config.sizes[i] = (struct virtcam_size) { 3808 + 2 * i, 2160, NULL };
    config.intervals[i] = (struct v4l2_fract) { 99999 - i, 100000 };
  }
  sizes = print (&config, "sizes");
  intervals = print (&config, "intervals");
  g_assert_cmpint (parse (&config, "sizes", sizes), ==, 0);
  g_assert_cmpint (parse (&config, "intervals", intervals), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/settings/" #name, name)
  ADD (defaults_are_everything);
  ADD (what_a_setting_prints_it_also_parses);
  ADD (good_values_are_taken);
  ADD (bad_card_names_are_refused);
  ADD (bad_formats_are_refused);
  ADD (bad_sizes_are_refused);
  ADD (bad_intervals_are_refused);
  ADD (bad_memory_is_refused);
  ADD (bad_pacing_is_refused);
  ADD (every_setting_says_what_is_allowed);
  ADD (sixteen_of_everything_fits_its_text);
  return g_test_run ();
}
