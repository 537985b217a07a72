/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A feed's settings: what is taken, what is refused, and the modes they make. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "feed/settings.h"

static const struct virtcam_setting *const settings[] = {
  &feed_formats,
  &feed_sizes,
  &feed_intervals,
  &feed_timeout,
  &feed_placeholder,
  &feed_viewers,
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
parse (struct feed_config *config, const char *name, const char *value)
{
  g_autofree char *text = g_strdup (value);

  return find (name)->parse (config, text);
}

static char *
print (const struct feed_config *config, const char *name)
{
  char text[VIRTCAM_TEXT_SIZE];
  int length = find (name)->print (config, text, sizeof (text));

  g_assert_cmpint (length, ==, (int) strlen (text));
  return g_strdup (text);
}

static void
assert_offered (const struct feed_config *config)
{
  for (guint ranges = 0; ranges < 2; ranges++) {
    struct feed_offer offer;
    char fault[200] = "";

    memset (&offer, 0xff, sizeof (offer));
    feed_config_offer (config, ranges, &offer);
    if (virtcam_modes_check (&offer.modes, fault, sizeof (fault)))
      g_error ("modes that cannot be offered: %s", fault);
  }
}

static void
assert_taken (const char *name, const char *value, const char *shown)
{
  struct feed_config config;
  g_autofree char *text = NULL;

  feed_config_init (&config);
  g_assert_cmpint (parse (&config, name, value), ==, 0);
  text = print (&config, name);
  g_assert_cmpstr (text, ==, shown);
  assert_offered (&config);
}

static void
assert_refused (const char *name, const char *value)
{
  struct feed_config config, before;

  feed_config_init (&config);
  before = config;
  if (parse (&config, name, value) != -EINVAL)
    g_error ("%s '%s' was not refused", name, value);
  g_assert_cmpmem (&config, sizeof (config), &before, sizeof (before));
}

static void
defaults_can_be_printed_parsed_and_offered (void)
{
  static const char *const defaults[][2] = {
    { "formats", "YUYV NV12 YU12 UYVY RGB3 BGR3 XR24 AR24" },
    { "sizes", "640x480 320x240 1280x720 1920x1080 3840x2160 16x16-3840x2160" },
    { "intervals", "1/30 1/60 1/25 1/15 1/1000-10/1" },
    { "timeout", "500" },
    { "placeholder", "picture" },
    { "viewers", "1" },
  };
  struct feed_config config;

  feed_config_init (&config);
  for (guint i = 0; i < G_N_ELEMENTS (defaults); i++) {
    g_autofree char *text = print (&config, defaults[i][0]);

    g_assert_cmpstr (text, ==, defaults[i][1]);
    assert_taken (defaults[i][0], text, text);
  }
  assert_offered (&config);
}

static void
good_values_are_taken (void)
{
  assert_taken ("formats", "  MJPG\tAR24 ", "MJPG AR24");
  assert_taken ("sizes", "640x480", "640x480");
  assert_taken ("sizes", "16x16-3840x2160", "16x16-3840x2160");
  assert_taken ("sizes", "640x480-640x480", "640x480-640x480");
  assert_taken (
      "sizes", "320x240 16x16-320x240 16x16", "320x240 16x16-320x240 16x16");
  assert_taken ("intervals", "1001/30000", "1001/30000");
  assert_taken ("intervals", "1/1000-10/1", "1/1000-10/1");
  assert_taken ("intervals", "1/30-1/30", "1/30-1/30");
  assert_taken ("intervals", "1/5 1001/60000-1/30", "1/5 1001/60000-1/30");
  assert_taken ("timeout", "1", "1");
  assert_taken ("timeout", "3600000", "3600000");
  assert_taken ("placeholder", "last", "last");
  assert_taken ("placeholder", "none", "none");
  assert_taken ("viewers", "15", "15");
}

static void
bad_values_are_refused (void)
{
  static const char *const bad[][2] = {
    { "formats", "" },
    { "formats", "yuyv" },
    { "formats", "YUYV YUYV" },
    { "sizes", "" },
    { "sizes", "641x480" },
    { "sizes", "640x480-" },
    { "sizes", "-640x480" },
    { "sizes", "640x480-320x640" },
    { "sizes", "640x480-640x478" },
    { "sizes", "640x480-1280x721" },
    { "sizes", "16x16-320x240-640x480" },
    { "sizes", "16x16-320x240 16x16-640x480" },
    { "sizes", "16x16-320x240 322x240" },
    { "sizes", "320x240-640x480 318x240" },
    { "sizes", "14x16-640x480" },
    { "sizes", "16x16-3840x2162" },
    { "intervals", "" },
    { "intervals", "1/30-" },
    { "intervals", "1/30-1/31" },
    { "intervals", "1/30-1/1-2/1" },
    { "intervals", "1/60-1/30 1/50-1/20" },
    { "intervals", "1/1001-1/30" },
    { "intervals", "1/30-11/1" },
    { "intervals", "1000/100000-100000/1000000000000000" },
    { "timeout", "" },
    { "timeout", "0" },
    { "timeout", "3600001" },
    { "timeout", "-1" },
    { "timeout", "1.5" },
    { "timeout", "4294967297" },
    { "placeholder", "" },
    { "placeholder", "Picture" },
    { "placeholder", "none " },
    { "viewers", "" },
    { "viewers", "0" },
    { "viewers", "16" },
    { "viewers", "1 " },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_refused (bad[i][0], bad[i][1]);
}

static void
every_setting_says_what_is_allowed (void)
{
  char text[VIRTCAM_TEXT_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    int length = settings[i]->allow (text, sizeof (text));

    g_assert_cmpint (length, ==, (int) strlen (text));
    g_assert_cmpint (length, >, 0);
  }
}

/* Viewers choose from a list, producers from the range around it. */
static void
a_producer_is_offered_the_range_and_a_viewer_the_list (void)
{
  struct feed_config config;
  struct feed_offer list, range;

  feed_config_init (&config);
  feed_config_offer (&config, false, &list);
  feed_config_offer (&config, true, &range);
  g_assert_cmpuint (list.modes.num, ==, config.num_formats);
  g_assert_cmpuint (range.modes.num, ==, config.num_formats);
  g_assert_cmpuint (list.formats[0].num, ==, config.num_sizes - 1);
  g_assert_cmpuint (range.formats[0].num, ==, 0);
  g_assert_cmpuint (range.formats[0].stepwise.min_width, ==, 16);
  g_assert_cmpuint (range.formats[0].stepwise.max_width, ==, 3840);
  g_assert_cmpuint (range.formats[0].stepwise.max_height, ==, 2160);
  g_assert_cmpuint (list.intervals.num, ==, config.num_intervals - 1);
  g_assert_cmpuint (range.intervals.num, ==, 0);
}

static void
without_a_range_both_are_offered_the_list (void)
{
  struct feed_config config;
  struct feed_offer list, range;

  feed_config_init (&config);
  g_assert_cmpint (parse (&config, "sizes", "640x480 320x240"), ==, 0);
  g_assert_cmpint (parse (&config, "intervals", "1/30 1/60 1/25"), ==, 0);
  feed_config_offer (&config, false, &list);
  feed_config_offer (&config, true, &range);
  g_assert_cmpuint (list.formats[0].num, ==, 2);
  g_assert_cmpuint (range.formats[0].num, ==, 2);
  g_assert_cmpuint (list.intervals.num, ==, 3);
  g_assert_cmpuint (range.intervals.num, ==, 3);
}

static void
as_much_as_can_be_fits_its_text (void)
{
  struct feed_config config;
  g_autofree char *sizes = NULL;
  g_autofree char *intervals = NULL;

  feed_config_init (&config);
  config.num_sizes = FEED_MAX_SIZES;
  config.num_intervals = FEED_MAX_INTERVALS;
  for (guint i = 0; i < 16; i++) {
    config.sizes[i] = (struct feed_size){ 3808 + 2 * i, 2160, 0, 0 };
    config.intervals[i] =
        (struct feed_interval){ { 99999 - i, 100000 }, { 0, 0 } };
  }
  config.sizes[15] = (struct feed_size){ 1000, 1000, 3840, 2160 };
  config.intervals[15].longest = (struct v4l2_fract){ 100000, 99999 };
  sizes = print (&config, "sizes");
  intervals = print (&config, "intervals");
  g_assert_cmpint (parse (&config, "sizes", sizes), ==, 0);
  g_assert_cmpint (parse (&config, "intervals", intervals), ==, 0);
  assert_offered (&config);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add_func ("/feed-settings/" #name, name)
  ADD (defaults_can_be_printed_parsed_and_offered);
  ADD (good_values_are_taken);
  ADD (bad_values_are_refused);
  ADD (every_setting_says_what_is_allowed);
  ADD (a_producer_is_offered_the_range_and_a_viewer_the_list);
  ADD (without_a_range_both_are_offered_the_list);
  ADD (as_much_as_can_be_fits_its_text);
  return g_test_run ();
}
