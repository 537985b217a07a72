/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The pure translations: formats, caps, colour, layout. */

#include <gst/check/gstcheck.h>

#include "formats.h"
#include "pixel/caps.h"
#include "pixel/layout.h"

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
    fail_unless (format_of (structure) == format);
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
  g_autofree gchar *one = NULL, *list = NULL, *extent = NULL;

  gst_virtcam_structure_set_rates (s, discrete, 1);
  one = gst_value_serialize (gst_structure_get_value (s, "framerate"));
  assert_equals_string (one, "30/1");
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
  g_autoptr (GstCaps) template = gst_virtcam_caps_template (TRUE);
  const GValue *names =
      gst_structure_get_value (gst_caps_get_structure (template, 0), "format");

  for (guint i = 0; i < gst_value_list_get_size (names); i++) {
    const gchar *name =
        g_value_get_string (gst_value_list_get_value (names, i));
    g_autoptr (GstStructure) s =
        gst_structure_new ("video/x-raw", "format", G_TYPE_STRING, name, NULL);
    const GstVirtcamFormat *format = format_of (s);
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
  return suite;
}

GST_CHECK_MAIN (caps);
