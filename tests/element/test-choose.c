/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure choice of a mode, on devices that are made of caps. */

#include <gst/check/gstcheck.h>

#include "pixel/caps.h"
#include "pixel/choice.h"
#include "pixel/score.h"

/* A device that enumerates what caps say: each structure is a size of a format,
 * with its rates. */
typedef struct {
  GstCaps *caps;
  GstVirtcamNative native;
  guint n_questions;
} Device;

static const GstStructure *
find_structure (Device *device, guint32 fourcc, guint n)
{
  for (guint i = 0; i < gst_caps_get_size (device->caps); i++) {
    const GstStructure *structure = gst_caps_get_structure (device->caps, i);

    if (gst_virtcam_format_from_structure (structure)->fourcc == fourcc &&
        n-- == 0)
      return structure;
  }
  return NULL;
}

static gboolean
has_fourcc (gpointer data, guint32 fourcc)
{
  Device *device = data;

  device->n_questions++;
  return find_structure (device, fourcc, 0) != NULL;
}

static void
get_extent (const GstStructure *structure, const gchar *field, guint32 *min,
    guint32 *max, guint32 *step)
{
  const GValue *value = gst_structure_get_value (structure, field);

  if (GST_VALUE_HOLDS_INT_RANGE (value)) {
    *min = gst_value_get_int_range_min (value);
    *max = gst_value_get_int_range_max (value);
    *step = gst_value_get_int_range_step (value);
  } else {
    *min = *max = g_value_get_int (value);
    *step = 0;
  }
}

static gboolean
get_size (gpointer data, guint32 fourcc, guint n, struct v4l2_frmsizeenum *size)
{
  Device *device = data;
  const GstStructure *structure = find_structure (device, fourcc, n);
  struct v4l2_frmsize_stepwise *range = &size->stepwise;

  device->n_questions++;
  if (structure == NULL)
    return FALSE;
  size->type = V4L2_FRMSIZE_TYPE_STEPWISE;
  get_extent (structure, "width", &range->min_width, &range->max_width,
      &range->step_width);
  get_extent (structure, "height", &range->min_height, &range->max_height,
      &range->step_height);
  if (range->step_width == 0) {
    size->type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size->discrete.width = range->min_width;
    size->discrete.height = range->max_height;
  }
  return TRUE;
}

static struct v4l2_fract
get_rate (const GValue *value)
{
  return (struct v4l2_fract){ gst_value_get_fraction_denominator (value),
    gst_value_get_fraction_numerator (value) };
}

/* A structure is found by its size or, as a range, holds it. */
static const GstStructure *
find_size (Device *device, guint32 fourcc, guint width, guint height)
{
  g_autoptr (GstStructure) size = gst_structure_new ("video/x-raw", "width",
      G_TYPE_INT, width, "height", G_TYPE_INT, height, NULL);
  const GstStructure *structure;

  for (guint n = 0; (structure = find_structure (device, fourcc, n)); n++) {
    if (gst_structure_can_intersect (structure, size))
      break;
  }
  return structure;
}

static gboolean
get_interval (gpointer data, guint32 fourcc, guint width, guint height, guint n,
    struct v4l2_frmivalenum *interval)
{
  Device *device = data;
  const GstStructure *structure = find_size (device, fourcc, width, height);
  const GValue *rates = gst_structure_get_value (structure, "framerate");

  device->n_questions++;
  interval->type = V4L2_FRMIVAL_TYPE_DISCRETE;
  if (rates && GST_VALUE_HOLDS_LIST (rates) &&
      n < gst_value_list_get_size (rates)) {
    interval->discrete = get_rate (gst_value_list_get_value (rates, n));
    return TRUE;
  }
  if (rates == NULL || GST_VALUE_HOLDS_LIST (rates) || n > 0)
    return FALSE;
  if (GST_VALUE_HOLDS_FRACTION_RANGE (rates)) {
    interval->type = V4L2_FRMIVAL_TYPE_CONTINUOUS;
    interval->stepwise.min =
        get_rate (gst_value_get_fraction_range_max (rates));
    interval->stepwise.max =
        get_rate (gst_value_get_fraction_range_min (rates));
  } else {
    interval->discrete = get_rate (rates);
  }
  return TRUE;
}

static gboolean
choose (Device *device, const gchar *peer, GstVirtcamChoice *choice)
{
  static const GstVirtcamEnumerator enumerator = { has_fourcc, get_size,
    get_interval };
  g_autoptr (GstCaps) peer_caps = gst_caps_from_string (peer);

  device->native.pixelaspect = (struct v4l2_fract){ 1, 1 };
  return gst_virtcam_choose (
      &enumerator, device, &device->native, peer_caps, choice);
}

static void
assert_device_choice (Device *device, const gchar *peer, const gchar *expected)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);
  g_auto (GstVirtcamChoice) choice = { 0 };

  fail_unless (choose (device, peer, &choice), "nothing in common");
  fail_unless (gst_caps_is_fixed (choice.caps));
  fail_unless (gst_caps_is_subset (choice.caps, wanted),
      "chose %" GST_PTR_FORMAT " rather than %s", choice.caps, expected);
}

static void
assert_choice (const gchar *camera, const gchar *peer, const gchar *expected)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (camera);
  Device device = { .caps = caps };

  assert_device_choice (&device, peer, expected);
}

#define MODE(format, size, rates) \
  "video/x-raw,format=" format "," size ",framerate=" rates ";"
#define VGA "width=640,height=480"
#define HD "width=1280,height=720"
#define FULL "width=1920,height=1080"
#define UHD "width=3840,height=2160"
#define MANY "{5/1,10/1,15/1,24/1,25/1,30/1,50/1,60/1}"

static const gchar whole_camera[] = MODE ("YUY2", VGA, MANY)
    MODE ("YUY2", FULL, MANY) MODE ("YUY2", UHD, MANY) MODE ("NV12", VGA, MANY)
        MODE ("NV12", FULL, MANY) MODE ("NV12", UHD, MANY)
            MODE ("GRAY8", FULL, MANY) MODE ("RGB", FULL, MANY);

GST_START_TEST (open_peer_gets_yuv_at_1080p30)
{
  assert_choice (whole_camera, "ANY", MODE ("NV12", FULL, "30/1"));
}
GST_END_TEST

GST_START_TEST (without_1080p_the_nearest_below_is_chosen)
{
  assert_choice (MODE ("YUY2", VGA, MANY) MODE ("YUY2", HD, MANY)
                     MODE ("YUY2", UHD, MANY),
      "ANY", MODE ("YUY2", HD, "30/1"));
}
GST_END_TEST

GST_START_TEST (only_larger_sizes_give_the_smallest_of_them)
{
  assert_choice (MODE ("YUY2", UHD, MANY)
                     MODE ("YUY2", "width=2560,height=1440", MANY),
      "ANY", MODE ("YUY2", "width=2560,height=1440", "30/1"));
}
GST_END_TEST

GST_START_TEST (smooth_motion_beats_a_larger_picture)
{
  assert_choice (MODE ("YUY2", FULL, "5/1") MODE ("YUY2", VGA, "30/1"), "ANY",
      MODE ("YUY2", VGA, "30/1"));
}
GST_END_TEST

GST_START_TEST (a_peer_that_narrows_is_followed)
{
  assert_choice (
      whole_camera, "video/x-raw,format=RGB", MODE ("RGB", FULL, "30/1"));
  assert_choice (
      whole_camera, "video/x-raw,width=640", MODE ("NV12", VGA, "30/1"));
  assert_choice (whole_camera, "video/x-raw,framerate=[40/1,70/1]",
      MODE ("NV12", FULL, "50/1"));
  assert_choice (whole_camera, "video/x-raw,width=[2000,4000]",
      MODE ("NV12", UHD, "30/1"));
}
GST_END_TEST

GST_START_TEST (the_first_structure_of_a_peer_is_its_preference)
{
  assert_choice (whole_camera,
      "video/x-raw,format=GRAY8; video/x-raw,format=NV12",
      MODE ("GRAY8", FULL, "30/1"));
  assert_choice (whole_camera,
      "video/x-raw,format=Y444; video/x-raw,format=YUY2",
      MODE ("YUY2", FULL, "30/1"));
}
GST_END_TEST

GST_START_TEST (ranges_of_sizes_settle_at_1080p30)
{
  assert_choice ("video/x-raw,format=NV12,width=[16,4096,16],"
                 "height=[16,2304,8],framerate=[1/1,120/1]",
      "ANY", MODE ("NV12", FULL, "30/1"));
}
GST_END_TEST

GST_START_TEST (nothing_in_common_is_said_so)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (whole_camera);
  g_auto (GstVirtcamChoice) choice = { 0 };
  Device device = { .caps = caps };

  fail_if (choose (&device, "video/x-raw,width=333", &choice));
}
GST_END_TEST

/* One format, one size, and the rates up to the one that is wanted: what has
 * been found cannot be beaten. */
GST_START_TEST (no_more_is_asked_than_the_choice_needs)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (whole_camera);
  Device device = { .caps = caps };

  assert_device_choice (&device,
      "video/x-raw,format=YUY2," VGA ",framerate=5/1",
      MODE ("YUY2", VGA, "5/1"));
  assert_equals_int (device.n_questions, 3);

  device.n_questions = 0;
  assert_device_choice (&device, "ANY", MODE ("NV12", FULL, "30/1"));
  /* NV12? VGA! and its rates up to 30. 1080p! and its rates. No more formats */
  assert_equals_int (device.n_questions, 1 + 1 + 6 + 1 + 6);
}
GST_END_TEST

#define RANGE "width=[48,7680,2],height=[32,4320,2]"

GST_START_TEST (a_scaler_is_left_at_its_native_size)
{
  g_autoptr (GstCaps) caps =
      gst_caps_from_string (MODE ("YUY2", RANGE, "25/1"));
  Device device = { .caps = caps, .native = { 720, 576, { 0, 0 } } };

  assert_device_choice (
      &device, "ANY", MODE ("YUY2", "width=720,height=576", "25/1"));
  assert_device_choice (&device, "video/x-raw,width=640,height=480",
      MODE ("YUY2", "width=640,height=480", "25/1"));
  /* of a large sensor, a picture that an ordinary peer can stand */
  device.native.width = 4000;
  device.native.height = 3000;
  assert_device_choice (&device, "ANY", MODE ("YUY2", FULL, "25/1"));
}
GST_END_TEST

/* The device's grid begins at its minimum, which caps cannot say. */
GST_START_TEST (a_size_between_the_steps_is_not_chosen)
{
  struct v4l2_frmsize_stepwise odd = { 18, 1938, 16, 10, 1090, 8 };
  GstVirtcamNative native = { 0, 0, { 1, 1 } };
  g_autoptr (GstStructure) open = gst_structure_from_string (
      "video/x-raw,width=[18,1938],height=[10,1090]", NULL);
  g_autoptr (GstStructure) between = gst_structure_from_string (
      "video/x-raw,width=(int)640,height=(int)482", NULL);
  gint width, height;

  fail_unless (gst_virtcam_structure_settle_size (open, &odd, &native, 0));
  gst_structure_get_int (open, "width", &width);
  gst_structure_get_int (open, "height", &height);
  assert_equals_int (width, 1906);
  assert_equals_int (height, 1074);
  fail_if (gst_virtcam_structure_settle_size (between, &odd, &native, 0));
}
GST_END_TEST

GST_START_TEST (each_format_has_its_own_rates)
{
  static const gchar webcam[] = MODE ("YUY2", FULL, "5/1") MODE ("YUY2", VGA,
      "30/1") MODE ("NV12", HD, "{10/1,30/1}") MODE ("RGB", FULL, "60/1");

  assert_choice (webcam, "ANY", MODE ("NV12", HD, "30/1"));
  assert_choice (webcam, "video/x-raw,format=YUY2", MODE ("YUY2", VGA, "30/1"));
  assert_choice (webcam, "video/x-raw," FULL ",format={YUY2,RGB}",
      MODE ("YUY2", FULL, "5/1"));
  assert_choice (
      webcam, "video/x-raw,framerate=60/1", MODE ("RGB", FULL, "60/1"));
}
GST_END_TEST

GST_START_TEST (ranges_of_rates_are_met_inside)
{
  static const gchar sensor[] =
      MODE ("NV12", "width=[16,4096,16],height=[16,2304,8]", "[1/1,120/1]");

  assert_choice (sensor, "video/x-raw,framerate=[50/1,90/1]",
      "video/x-raw,framerate=50/1");
  assert_choice (sensor, "video/x-raw,framerate=30000/1001,width=1280",
      "video/x-raw,framerate=30000/1001,width=1280,height=1080");
}
GST_END_TEST

GST_START_TEST (a_range_too_large_to_be_smooth_gets_a_smaller_size)
{
  static const gchar camera[] =
      MODE ("YUY2", "width=[1300,1920,2],height=[800,1080,2]", "5/1")
          MODE ("YUY2", "width=[320,1280,2],height=[240,720,2]", "30/1");

  assert_choice (camera, "ANY", MODE ("YUY2", HD, "30/1"));
}
GST_END_TEST

GST_START_TEST (stereo_pictures_are_not_promised)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (whole_camera);
  g_auto (GstVirtcamChoice) choice = { 0 };
  Device device = { .caps = caps };

  fail_if (choose (&device, "video/x-raw,multiview-mode=left", &choice));
  fail_unless (choose (&device, "video/x-raw,multiview-mode=mono", &choice));
}
GST_END_TEST

static void
assert_named (const gchar *peer, const gchar *expected)
{
  const GstVirtcamNative native = { 720, 576, { 11, 12 } };
  g_autoptr (GstCaps) caps = gst_caps_from_string (peer);
  g_auto (GstVirtcamChoice) choice = { 0 };
  gboolean named = gst_virtcam_choose_named (&native, caps, &choice);

  assert_equals_int (named, expected != NULL);
  if (named) {
    g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);

    fail_unless (gst_caps_is_equal (choice.caps, wanted),
        "%s: %" GST_PTR_FORMAT, peer, choice.caps);
  }
}

GST_START_TEST (a_mode_is_named_where_nothing_is_open)
{
#define NAMED(format) "video/x-raw,format=" format "," VGA ",framerate=5/1"
#define MONO ",multiview-mode=mono"

  assert_named (
      NAMED ("YUY2"), NAMED ("YUY2") MONO ",pixel-aspect-ratio=12/11");
  assert_named (
      NAMED ("YUY2") ",pixel-aspect-ratio=[1/1,2/1],x=1;" NAMED ("NV12"),
      NAMED ("YUY2") MONO ",pixel-aspect-ratio=12/11,x=1");
  assert_named ("image/jpeg," VGA ",framerate=5/1",
      "image/jpeg,parsed=true," VGA ",framerate=5/1,pixel-aspect-ratio=12/11");
  assert_named (NAMED ("{YUY2,NV12}"), NULL);
  assert_named (NAMED ("YUY2") ",pixel-aspect-ratio=1/1", NULL);
  assert_named (NAMED ("YUY2") ",multiview-mode=left", NULL);
  assert_named ("video/x-raw," VGA ",framerate=5/1", NULL);
  assert_named ("video/x-raw,format=YUY2," VGA, NULL);
  assert_named ("video/x-raw,format=YUY2," VGA ",framerate=[5/1,10/1]", NULL);
  assert_named ("video/x-raw,format=YUY2,width=640,framerate=5/1", NULL);
  assert_named (
      "video/x-raw(memory:DMABuf),format=YUY2," VGA ",framerate=5/1", NULL);
  assert_named (NAMED ("no-such"), NULL);
  assert_named ("ANY", NULL);
  assert_named ("EMPTY", NULL);
}
GST_END_TEST

static Suite *
choose_suite (void)
{
  Suite *suite = suite_create ("choose");
  TCase *tcase = tcase_create ("choose");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, open_peer_gets_yuv_at_1080p30);
  tcase_add_test (tcase, without_1080p_the_nearest_below_is_chosen);
  tcase_add_test (tcase, only_larger_sizes_give_the_smallest_of_them);
  tcase_add_test (tcase, smooth_motion_beats_a_larger_picture);
  tcase_add_test (tcase, a_peer_that_narrows_is_followed);
  tcase_add_test (tcase, the_first_structure_of_a_peer_is_its_preference);
  tcase_add_test (tcase, ranges_of_sizes_settle_at_1080p30);
  tcase_add_test (tcase, nothing_in_common_is_said_so);
  tcase_add_test (tcase, no_more_is_asked_than_the_choice_needs);
  tcase_add_test (tcase, a_scaler_is_left_at_its_native_size);
  tcase_add_test (tcase, a_size_between_the_steps_is_not_chosen);
  tcase_add_test (tcase, each_format_has_its_own_rates);
  tcase_add_test (tcase, ranges_of_rates_are_met_inside);
  tcase_add_test (tcase, a_range_too_large_to_be_smooth_gets_a_smaller_size);
  tcase_add_test (tcase, stereo_pictures_are_not_promised);
  tcase_add_test (tcase, a_mode_is_named_where_nothing_is_open);
  return suite;
}

GST_CHECK_MAIN (choose);
