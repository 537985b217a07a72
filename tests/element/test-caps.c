/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure translations: formats, caps, colour, layout, choice of a mode. */

#include <gst/check/gstcheck.h>

#include "gstvirtcamcaps.h"
#include "gstvirtcamchoose.h"
#include "gstvirtcamfixate.h"

static struct v4l2_pix_format
picture_of (guint32 fourcc, guint width, guint height, guint bytesperline)
{
  return (struct v4l2_pix_format){ .pixelformat = fourcc,
    .width = width,
    .height = height,
    .bytesperline = bytesperline,
    .sizeimage = G_MAXINT,
    .field = V4L2_FIELD_NONE };
}

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

GST_START_TEST (every_format_translates_there_and_back)
{
  static const guint32 fourccs[] = { V4L2_PIX_FMT_YUYV, V4L2_PIX_FMT_UYVY,
    V4L2_PIX_FMT_NV12, V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_RGB24,
    V4L2_PIX_FMT_BGR24, V4L2_PIX_FMT_XBGR32, V4L2_PIX_FMT_GREY,
    V4L2_PIX_FMT_SRGGB8, V4L2_PIX_FMT_SBGGR8, V4L2_PIX_FMT_SGBRG8,
    V4L2_PIX_FMT_SGRBG8, V4L2_PIX_FMT_MJPEG };

  for (guint i = 0; i < G_N_ELEMENTS (fourccs); i++) {
    const GstVirtcamFormat *format =
        gst_virtcam_format_from_fourcc (fourccs[i]);
    g_autoptr (GstStructure) structure = NULL;

    fail_unless (
        format != NULL, "%" GST_FOURCC_FORMAT, GST_FOURCC_ARGS (fourccs[i]));
    structure = gst_virtcam_format_to_structure (format);
    fail_unless (gst_virtcam_format_from_structure (structure) == format);
  }
}
GST_END_TEST

GST_START_TEST (unknown_formats_are_not_offered)
{
  fail_unless (gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_HSV24) == NULL);
  fail_unless (gst_virtcam_format_from_fourcc (0) == NULL);
}
GST_END_TEST

GST_START_TEST (byte_order_of_rgb_is_that_of_memory)
{
  static const struct {
    guint32 fourcc;
    GstVideoFormat format;
  } rgb[] = { { V4L2_PIX_FMT_XBGR32, GST_VIDEO_FORMAT_BGRx },
    { V4L2_PIX_FMT_RGBX32, GST_VIDEO_FORMAT_RGBx },
    { V4L2_PIX_FMT_XRGB32, GST_VIDEO_FORMAT_xRGB },
    { V4L2_PIX_FMT_BGRX32, GST_VIDEO_FORMAT_xBGR },
    { V4L2_PIX_FMT_RGB24, GST_VIDEO_FORMAT_RGB },
    { V4L2_PIX_FMT_BGR24, GST_VIDEO_FORMAT_BGR } };

  for (guint i = 0; i < G_N_ELEMENTS (rgb); i++)
    assert_equals_int (
        gst_virtcam_format_from_fourcc (rgb[i].fourcc)->format, rgb[i].format);
}
GST_END_TEST

GST_START_TEST (intervals_become_rates)
{
  const struct v4l2_frmivalenum discrete[] = {
    { .type = V4L2_FRMIVAL_TYPE_DISCRETE, .discrete = { 1, 30 } },
    { .type = V4L2_FRMIVAL_TYPE_DISCRETE, .discrete = { 1001, 60000 } },
  };
  const struct v4l2_frmivalenum range = {
    .type = V4L2_FRMIVAL_TYPE_CONTINUOUS,
    .stepwise = { .min = { 1, 60 }, .max = { 1, 5 } },
  };
  g_autoptr (GstStructure) s = gst_structure_new_empty ("s");
  g_autofree gchar *list = NULL, *extent = NULL;

  gst_virtcam_structure_set_rates (s, discrete, 2);
  list = gst_value_serialize (gst_structure_get_value (s, "framerate"));
  assert_equals_string (list, "{ (fraction)30/1, (fraction)60000/1001 }");
  gst_virtcam_structure_set_rates (s, &range, 1);
  extent = gst_value_serialize (gst_structure_get_value (s, "framerate"));
  assert_equals_string (extent, "[ 5/1, 60/1 ]");
}
GST_END_TEST

GST_START_TEST (steps_of_sizes_are_kept_where_caps_can_say_them)
{
  struct v4l2_frmsizeenum size = { .type = V4L2_FRMSIZE_TYPE_STEPWISE,
    .stepwise = { 16, 1920, 16, 9, 1081, 8 } };
  g_autoptr (GstStructure) s = gst_structure_new_empty ("s");
  g_autofree gchar *width = NULL, *height = NULL;

  gst_virtcam_structure_set_size (s, &size);
  width = gst_value_serialize (gst_structure_get_value (s, "width"));
  height = gst_value_serialize (gst_structure_get_value (s, "height"));
  assert_equals_string (width, "[ 16, 1920, 16 ]");
  assert_equals_string (height, "[ 9, 1081 ]");
}
GST_END_TEST

GST_START_TEST (colour_fields_become_colorimetry)
{
  struct v4l2_pix_format picture =
      picture_of (V4L2_PIX_FMT_NV12, 640, 480, 640);
  GstVideoColorimetry c;

  picture.colorspace = V4L2_COLORSPACE_SRGB;
  picture.ycbcr_enc = V4L2_YCBCR_ENC_601;
  picture.quantization = V4L2_QUANTIZATION_LIM_RANGE;
  picture.xfer_func = V4L2_XFER_FUNC_SRGB;
  fail_unless (gst_virtcam_colorimetry_from_picture (
      &picture, GST_VIRTCAM_MEDIA_YUV, &c));
  assert_equals_int (c.range, GST_VIDEO_COLOR_RANGE_16_235);
  assert_equals_int (c.matrix, GST_VIDEO_COLOR_MATRIX_BT601);
  assert_equals_int (c.transfer, GST_VIDEO_TRANSFER_SRGB);
  assert_equals_int (c.primaries, GST_VIDEO_COLOR_PRIMARIES_BT709);

  picture.quantization = V4L2_QUANTIZATION_DEFAULT;
  fail_unless (gst_virtcam_colorimetry_from_picture (
      &picture, GST_VIRTCAM_MEDIA_RGB, &c));
  assert_equals_int (c.range, GST_VIDEO_COLOR_RANGE_0_255);
  assert_equals_int (c.matrix, GST_VIDEO_COLOR_MATRIX_RGB);
}
GST_END_TEST

GST_START_TEST (colour_left_at_default_follows_the_colour_space)
{
  struct v4l2_pix_format picture =
      picture_of (V4L2_PIX_FMT_NV12, 1280, 720, 1280);
  GstVideoColorimetry c;
  g_autofree gchar *name = NULL;

  picture.colorspace = V4L2_COLORSPACE_REC709;
  fail_unless (gst_virtcam_colorimetry_from_picture (
      &picture, GST_VIRTCAM_MEDIA_YUV, &c));
  name = gst_video_colorimetry_to_string (&c);
  assert_equals_string (name, GST_VIDEO_COLORIMETRY_BT709);

  picture.colorspace = V4L2_COLORSPACE_DEFAULT;
  fail_if (gst_virtcam_colorimetry_from_picture (
      &picture, GST_VIRTCAM_MEDIA_YUV, &c));
}
GST_END_TEST

/* With lines as long as GStreamer makes them, the planes lie where it has
 * them, for each format. */
GST_START_TEST (default_lines_give_the_default_layout)
{
  g_autoptr (GstCaps) template = gst_virtcam_caps_template ();
  const GValue *names =
      gst_structure_get_value (gst_caps_get_structure (template, 0), "format");

  for (guint i = 0; i < gst_value_list_get_size (names); i++) {
    const gchar *name =
        g_value_get_string (gst_value_list_get_value (names, i));
    g_autoptr (GstStructure) s =
        gst_structure_new ("video/x-raw", "format", G_TYPE_STRING, name, NULL);
    const GstVirtcamFormat *format = gst_virtcam_format_from_structure (s);
    GstVirtcamLayout usual, layout;
    struct v4l2_pix_format picture;

    fail_unless (gst_virtcam_layout_default (&usual, format, 640, 480), name);
    picture = picture_of (format->fourcc, 640, 480, usual.stride[0]);
    picture.sizeimage = usual.size;
    fail_unless (
        gst_virtcam_layout_from_picture (&layout, format, &picture), name);
    fail_unless (gst_virtcam_layout_equal (&usual, &layout), name);
    fail_unless (layout.size == usual.size, name);
  }
}
GST_END_TEST

GST_START_TEST (long_lines_move_the_chroma_planes)
{
  struct v4l2_pix_format picture =
      picture_of (V4L2_PIX_FMT_YUV420, 160, 120, 256);
  GstVirtcamLayout layout;

  gst_virtcam_layout_from_picture (
      &layout, gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_YUV420), &picture);
  assert_equals_int (layout.n_planes, 3);
  assert_equals_int (layout.stride[0], 256);
  assert_equals_int (layout.stride[1], 128);
  assert_equals_int (layout.stride[2], 128);
  assert_equals_int (layout.offset[1], 256 * 120);
  assert_equals_int (layout.offset[2], 256 * 120 + 128 * 60);

  picture.pixelformat = V4L2_PIX_FMT_NV12;
  gst_virtcam_layout_from_picture (
      &layout, gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_NV12), &picture);
  assert_equals_int (layout.n_planes, 2);
  assert_equals_int (layout.stride[1], 256);
  assert_equals_int (layout.row_bytes[1], 160);

  picture.pixelformat = V4L2_PIX_FMT_NV24;
  gst_virtcam_layout_from_picture (
      &layout, gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_NV24), &picture);
  assert_equals_int (layout.stride[1], 512);
}
GST_END_TEST

GST_START_TEST (a_frame_larger_than_its_buffer_is_refused)
{
  struct v4l2_pix_format picture =
      picture_of (V4L2_PIX_FMT_YUYV, 640, 480, 1280);
  const GstVirtcamFormat *format =
      gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_YUYV);
  GstVirtcamLayout layout;

  picture.sizeimage = 1280 * 480;
  fail_unless (gst_virtcam_layout_from_picture (&layout, format, &picture));
  picture.sizeimage--;
  fail_if (gst_virtcam_layout_from_picture (&layout, format, &picture));
  picture.sizeimage = G_MAXINT;
  picture.bytesperline = 1279;
  fail_if (gst_virtcam_layout_from_picture (&layout, format, &picture));
}
GST_END_TEST

GST_START_TEST (a_copy_keeps_the_picture_and_drops_the_padding)
{
  struct v4l2_pix_format wide = picture_of (V4L2_PIX_FMT_SRGGB8, 6, 2, 10);
  const GstVirtcamFormat *format =
      gst_virtcam_format_from_fourcc (V4L2_PIX_FMT_SRGGB8);
  const guint8 from[] = "abcdef....ghijkl....";
  guint8 to[17] = "................";
  GstVirtcamLayout in, out;

  fail_unless (gst_virtcam_layout_from_picture (&in, format, &wide));
  fail_unless (gst_virtcam_layout_default (&out, format, 6, 2));
  fail_if (gst_virtcam_layout_equal (&in, &out));
  gst_virtcam_layout_copy (&out, to, &in, from);
  assert_equals_string ((gchar *) to, "abcdef..ghijkl..");
}
GST_END_TEST

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

static Suite *
caps_suite (void)
{
  Suite *suite = suite_create ("caps");
  TCase *tcase = tcase_create ("caps");

  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, every_format_translates_there_and_back);
  tcase_add_test (tcase, unknown_formats_are_not_offered);
  tcase_add_test (tcase, byte_order_of_rgb_is_that_of_memory);
  tcase_add_test (tcase, intervals_become_rates);
  tcase_add_test (tcase, steps_of_sizes_are_kept_where_caps_can_say_them);
  tcase_add_test (tcase, colour_fields_become_colorimetry);
  tcase_add_test (tcase, colour_left_at_default_follows_the_colour_space);
  tcase_add_test (tcase, default_lines_give_the_default_layout);
  tcase_add_test (tcase, long_lines_move_the_chroma_planes);
  tcase_add_test (tcase, a_frame_larger_than_its_buffer_is_refused);
  tcase_add_test (tcase, a_copy_keeps_the_picture_and_drops_the_padding);
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
  return suite;
}

GST_CHECK_MAIN (caps);
