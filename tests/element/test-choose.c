/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure choice of a mode, on devices that are made of caps. */

#include <gst/check/gstcheck.h>

#include "formats.h"
#include "pixel/choice.h"

static const struct v4l2_cropcap square = { .pixelaspect = { 1, 1 } };

static guint n_asked; /* formats, by the last choice */

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

static struct v4l2_frmsizeenum
get_size (const GstStructure *structure)
{
  struct v4l2_frmsizeenum size = { .type = V4L2_FRMSIZE_TYPE_STEPWISE };
  struct v4l2_frmsize_stepwise *range = &size.stepwise;

  get_extent (structure, "width", &range->min_width, &range->max_width,
      &range->step_width);
  get_extent (structure, "height", &range->min_height, &range->max_height,
      &range->step_height);
  if (range->step_width == 0) {
    size.type = V4L2_FRMSIZE_TYPE_DISCRETE;
    size.discrete.width = range->min_width;
    size.discrete.height = range->max_height;
  }
  return size;
}

/* What caps say of one format: each structure is a size of it, or a range of
 * them, with its rates. */
static GArray *
get_offers (gpointer camera, const GstVirtcamFormat *format,
    G_GNUC_UNUSED GstCaps *filter)
{
  g_autoptr (GstStructure) name = gst_virtcam_format_to_structure (format);
  GArray *offers = g_array_new (FALSE, FALSE, sizeof (GstVirtcamOffer));

  g_array_set_clear_func (offers, (GDestroyNotify) gst_virtcam_offer_clear);
  for (guint i = 0; i < gst_caps_get_size (camera); i++) {
    const GstStructure *structure = gst_caps_get_structure (camera, i);
    GstVirtcamOffer offer = { format, get_size (structure), NULL };
    GstStructure *copy;

    if (format_of (structure) != format)
      continue;
    copy = gst_structure_intersect (structure, name);
    if (offer.size.type != V4L2_FRMSIZE_TYPE_DISCRETE)
      gst_structure_remove_field (copy, "framerate");
    offer.caps = gst_caps_new_full (copy, NULL);
    g_array_append_val (offers, offer);
  }
  n_asked++;
  return offers;
}

/* The structure of a range of sizes holds the rates of all in it. */
static void
set_rates (gpointer camera, GstStructure *structure, guint32 fourcc,
    guint width, guint height)
{
  for (guint i = 0; i < gst_caps_get_size (camera); i++) {
    const GstStructure *range = gst_caps_get_structure (camera, i);
    g_autoptr (GstStructure) size =
        gst_structure_new (gst_structure_get_name (range), "width", G_TYPE_INT,
            width, "height", G_TYPE_INT, height, NULL);

    if (format_of (range)->fourcc == fourcc &&
        gst_structure_can_intersect (range, size))
      gst_structure_set_value (
          structure, "framerate", gst_structure_get_value (range, "framerate"));
  }
}

static gboolean
choose (const gchar *camera, const struct v4l2_cropcap *native,
    const gchar *peer, GstVirtcamOffer *choice)
{
  static const GstVirtcamAsk ask = { get_offers, set_rates };
  g_autoptr (GstCaps) caps = gst_caps_from_string (camera);
  g_autoptr (GstCaps) peer_caps = gst_caps_from_string (peer);

  n_asked = 0;
  return gst_virtcam_choose (&ask, caps, native, FALSE, peer_caps, choice);
}

static void
assert_native_choice (const gchar *camera, const struct v4l2_cropcap *native,
    const gchar *peer, const gchar *expected)
{
  g_autoptr (GstCaps) wanted = gst_caps_from_string (expected);
  g_auto (GstVirtcamOffer) choice = { 0 };

  fail_unless (choose (camera, native, peer, &choice), "nothing in common");
  fail_unless (gst_caps_is_fixed (choice.caps));
  fail_unless (gst_caps_is_subset (choice.caps, wanted),
      "chose %" GST_PTR_FORMAT " rather than %s", choice.caps, expected);
}

static void
assert_choice (const gchar *camera, const gchar *peer, const gchar *expected)
{
  assert_native_choice (camera, &square, peer, expected);
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
  g_auto (GstVirtcamOffer) choice = { 0 };

  fail_if (choose (whole_camera, &square, "video/x-raw,width=333", &choice));
}
GST_END_TEST

/* What has been found cannot be beaten. */
GST_START_TEST (no_more_formats_are_asked_than_the_choice_needs)
{
  static const gchar camera[] = MODE ("NV12", FULL, MANY)
      MODE ("YUY2", FULL, MANY) MODE ("RGB", FULL, MANY);
  guint nv12 = gst_virtcam_format_rank (
      gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_NV12));

  assert_choice (camera, "ANY", MODE ("NV12", FULL, "30/1"));
  assert_equals_int (n_asked, nv12 + 1);
  assert_choice (
      camera, "video/x-raw,framerate=[1/1,5/1]", MODE ("NV12", FULL, "5/1"));
  assert_equals_int (n_asked, nv12 + 1);
  /* NV12 has a rate that is not the nearest there could be */
  assert_choice (camera, "video/x-raw,framerate=[6/1,9/1];video/x-raw",
      MODE ("NV12", FULL, "30/1"));
  fail_unless (n_asked > nv12 + 1);
}
GST_END_TEST

#define RANGE "width=[48,7680,2],height=[32,4320,2]"

GST_START_TEST (a_scaler_is_left_at_its_native_size)
{
  static const gchar scaler[] = MODE ("YUY2", RANGE, "25/1");
  struct v4l2_cropcap native = square;

  native.defrect.width = 720;
  native.defrect.height = 576;
  assert_native_choice (
      scaler, &native, "ANY", MODE ("YUY2", "width=720,height=576", "25/1"));
  assert_native_choice (scaler, &native, "video/x-raw,width=640,height=480",
      MODE ("YUY2", "width=640,height=480", "25/1"));
  /* of a large sensor, a picture that an ordinary peer can stand */
  native.defrect.width = 4000;
  native.defrect.height = 3000;
  assert_native_choice (scaler, &native, "ANY", MODE ("YUY2", FULL, "25/1"));
}
GST_END_TEST

/* The device's grid begins at its minimum, which caps cannot say. */
static GArray *
get_odd_range (G_GNUC_UNUSED gpointer data, const GstVirtcamFormat *format,
    G_GNUC_UNUSED GstCaps *filter)
{
  GstVirtcamOffer offer = {
    .format = format,
    .size = { .type = V4L2_FRMSIZE_TYPE_STEPWISE,
        .stepwise = { 18, 1938, 16, 10, 1090, 8 } },
  };
  GArray *offers = NULL;

  if (format->fourcc == V4L2_PIX_FMT_YUYV) {
    offers = g_array_new (FALSE, FALSE, sizeof (GstVirtcamOffer));
    g_array_set_clear_func (offers, (GDestroyNotify) gst_virtcam_offer_clear);
    offer.caps = gst_caps_from_string (
        "video/x-raw,format=YUY2,width=[18,1938],height=[10,1090]");
    g_array_append_val (offers, offer);
  }
  return offers;
}

GST_START_TEST (a_size_between_the_steps_is_not_chosen)
{
  static const GstVirtcamAsk ask = { get_odd_range, set_rates };
  g_auto (GstVirtcamOffer) choice = { 0 };
  g_autoptr (GstCaps) any = gst_caps_new_any ();
  g_autoptr (GstCaps) between =
      gst_caps_from_string ("video/x-raw,width=640,height=482");
  g_autoptr (GstCaps) camera =
      gst_caps_from_string (MODE ("YUY2", RANGE, "25/1"));
  const GstStructure *mode;
  gint width, height;

  fail_if (gst_virtcam_choose (&ask, camera, &square, FALSE, between, &choice));
  fail_unless (gst_virtcam_choose (&ask, camera, &square, FALSE, any, &choice));
  mode = gst_caps_get_structure (choice.caps, 0);
  gst_structure_get_int (mode, "width", &width);
  gst_structure_get_int (mode, "height", &height);
  assert_equals_int (width, 1906);
  assert_equals_int (height, 1074);
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

/* Of ranges in a list GStreamer itself does not find the nearest. */
GST_START_TEST (lists_of_ranges_are_met)
{
  static const gchar both[] =
      MODE ("NV12", "width=320,height=240", "30/1") MODE ("YUY2", FULL, "30/1");
  static const gchar fast[] = "video/x-raw,framerate={[0/1,15/1],[25/1,60/1]}";

  assert_choice (both, fast, MODE ("YUY2", FULL, "30/1"));
  assert_choice (both, "video/x-raw,width={[16,640],[1000,2000]}",
      MODE ("YUY2", FULL, "30/1"));
  assert_choice (MODE ("NV12", FULL, "[0/1,2147483647/1]"), fast,
      MODE ("NV12", FULL, "30/1"));
  assert_choice (MODE ("NV12", FULL, MANY), fast, MODE ("NV12", FULL, "30/1"));
  assert_choice (MODE ("NV12", FULL, MANY),
      "video/x-raw,framerate={[11/1,16/1],[35/1,70/1]}",
      MODE ("NV12", FULL, "50/1"));
}
GST_END_TEST

GST_START_TEST (a_smooth_rate_beats_a_nearer_one)
{
  static const gchar camera[] = MODE ("NV21", "width=800,height=600", "15/1")
      MODE ("NV21", "width=160,height=120", "[30/1,60/1]")
          MODE ("YUY2", FULL, "[30/1,60/1]");

  assert_choice (
      camera, "video/x-raw,framerate={15/1,50/1}", MODE ("YUY2", FULL, "50/1"));
}
GST_END_TEST

GST_START_TEST (fields_alone_are_chosen_where_nothing_else_is_taken)
{
  static const GstVirtcamAsk ask = { get_offers, set_rates };
  g_autoptr (GstCaps) camera = gst_caps_from_string (whole_camera);
  g_autoptr (GstCaps) peer =
      gst_caps_from_string ("video/x-raw(format:Interlaced),format=YUY2");
  g_autoptr (GstCaps) any = gst_caps_new_any ();
  g_autoptr (GstCaps) fields = gst_caps_from_string (
      "video/x-raw(format:Interlaced),interlace-mode=alternate");
  g_auto (GstVirtcamOffer) choice = { 0 };

  fail_if (gst_virtcam_choose (&ask, camera, &square, FALSE, peer, &choice));
  fail_unless (gst_virtcam_choose (&ask, camera, &square, TRUE, peer, &choice));
  fail_unless (gst_caps_is_subset (choice.caps, fields));
  gst_virtcam_offer_clear (&choice);
  fail_unless (gst_virtcam_choose (&ask, camera, &square, TRUE, any, &choice));
  fail_if (gst_caps_can_intersect (choice.caps, fields));
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

GST_START_TEST (open_fields_of_a_peer_are_settled)
{
  assert_choice (whole_camera,
      "video/x-raw,format=YUY2," VGA ",pixel-aspect-ratio=[1/2,2/1],x={a,b}",
      "video/x-raw,format=YUY2," VGA ",framerate=30/1,pixel-aspect-ratio=1/1,"
      "x=a");
}
GST_END_TEST

GST_START_TEST (stereo_pictures_are_not_promised)
{
  g_auto (GstVirtcamOffer) choice = { 0 };

  fail_if (choose (
      whole_camera, &square, "video/x-raw,multiview-mode=left", &choice));
  fail_unless (choose (
      whole_camera, &square, "video/x-raw,multiview-mode=mono", &choice));
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
  tcase_add_test (tcase, no_more_formats_are_asked_than_the_choice_needs);
  tcase_add_test (tcase, a_scaler_is_left_at_its_native_size);
  tcase_add_test (tcase, a_size_between_the_steps_is_not_chosen);
  tcase_add_test (tcase, each_format_has_its_own_rates);
  tcase_add_test (tcase, ranges_of_rates_are_met_inside);
  tcase_add_test (tcase, lists_of_ranges_are_met);
  tcase_add_test (tcase, a_smooth_rate_beats_a_nearer_one);
  tcase_add_test (tcase, fields_alone_are_chosen_where_nothing_else_is_taken);
  tcase_add_test (tcase, a_range_too_large_to_be_smooth_gets_a_smaller_size);
  tcase_add_test (tcase, stereo_pictures_are_not_promised);
  tcase_add_test (tcase, open_fields_of_a_peer_are_settled);
  return suite;
}

GST_CHECK_MAIN (choose);
