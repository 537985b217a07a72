/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Formats that neither virtcam's pattern nor vivid has: the driver calls one of
 * its own by another's name. */

#include <linux/videodev2.h>
#include <string.h>

#include "driver.h"
#include "rig.h"

#define SIZE "width=320,height=240,framerate=30/1"

static struct {
  guint32 real, name;
  guint bytes_a_pixel; /* of a line; 0: it has none */
  guint32 flags;       /* of every other buffer */
} driver;

static guint n_dequeued;

static void
exchange (guint32 *fourcc, guint32 from, guint32 to)
{
  if (*fourcc == from)
    *fourcc = to;
}

static void
rename_picture (struct v4l2_pix_format *picture)
{
  if (picture->pixelformat != driver.real)
    return;
  picture->pixelformat = driver.name;
  picture->bytesperline = picture->width * driver.bytes_a_pixel;
}

static void
before (gulong request, gpointer argument)
{
  struct v4l2_format *format = argument;

  if (request == VIDIOC_S_FMT) {
    exchange (&format->fmt.pix.pixelformat, driver.name, driver.real);
    format->fmt.pix.bytesperline = 0;
  }
  if (request == VIDIOC_ENUM_FRAMESIZES)
    exchange (&((struct v4l2_frmsizeenum *) argument)->pixel_format,
        driver.name, driver.real);
  if (request == VIDIOC_ENUM_FRAMEINTERVALS)
    exchange (&((struct v4l2_frmivalenum *) argument)->pixel_format,
        driver.name, driver.real);
}

static void
after (gulong request, gpointer argument)
{
  struct v4l2_buffer *buffer = argument;

  if (request == VIDIOC_ENUM_FMT)
    exchange (&((struct v4l2_fmtdesc *) argument)->pixelformat, driver.real,
        driver.name);
  if (request == VIDIOC_S_FMT || request == VIDIOC_G_FMT)
    rename_picture (&((struct v4l2_format *) argument)->fmt.pix);
  if (request == VIDIOC_DQBUF && n_dequeued++ % 2)
    buffer->flags |= driver.flags;
}

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  gint result;

  before (request, argument);
  result = driver_ask (fd, request, argument);
  if (result == 0)
    after (request, argument);
  return result;
}

static void
run_as (const gchar *own, const gchar *caps, RigFrame on_frame)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", own, "sizes", "320x240", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, caps);
  rig_on_frame (rig, on_frame, NULL);
  rig_run (rig, 10);
  assert_equals_int (rig->n_frames, 10);
}

static void
check_layout (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  const GstVideoMeta *meta = gst_buffer_get_video_meta (buffer);
  g_autoptr (GstCaps) caps = rig_get_caps (rig);
  GstVideoInfo info;

  fail_unless (gst_video_info_from_caps (&info, caps));
  assert_equals_uint64 (
      gst_buffer_get_size (buffer), GST_VIDEO_INFO_SIZE (&info));
  fail_unless (meta != NULL && meta->format == GST_VIDEO_INFO_FORMAT (&info));
  for (guint i = 0; i < meta->n_planes; i++) {
    assert_equals_int (meta->stride[i], GST_VIDEO_INFO_PLANE_STRIDE (&info, i));
    assert_equals_uint64 (
        meta->offset[i], GST_VIDEO_INFO_PLANE_OFFSET (&info, i));
  }
}

GST_START_TEST (ten_bits_of_yuv_stream)
{
  driver.real = V4L2_PIX_FMT_RGB24;
  driver.name = V4L2_PIX_FMT_P010;
  driver.bytes_a_pixel = 2;
  run_as ("RGB3", "video/x-raw,format=P010_10LE," SIZE, check_layout);
}
GST_END_TEST

#if GST_CHECK_VERSION(1, 26, 0)
GST_START_TEST (ten_bits_of_grey_stream)
{
  driver.real = V4L2_PIX_FMT_YUYV;
  driver.name = V4L2_PIX_FMT_Y10;
  driver.bytes_a_pixel = 2;
  run_as ("YUYV", "video/x-raw,format=GRAY10_LE16," SIZE, check_layout);
}
GST_END_TEST
#endif

static void
check_coded (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_unless (gst_buffer_get_video_meta (buffer) == NULL);
  fail_if (gst_buffer_get_size (buffer) == 0);
  /* every other one needs the one before it */
  fail_unless_equals_int (
      GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT), number % 2);
}

/* With caps that parsers and decoders take as they are. */
GST_START_TEST (coded_video_streams)
{
  static const struct {
    guint32 fourcc;
    const gchar *caps;
  } formats[] = {
    { V4L2_PIX_FMT_H264,
        "video/x-h264,stream-format=byte-stream,alignment=au,parsed=true," },
    { V4L2_PIX_FMT_HEVC,
        "video/x-h265,stream-format=byte-stream,alignment=au,parsed=true," },
    { V4L2_PIX_FMT_MJPEG, "image/jpeg,parsed=true," },
  };

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++) {
    g_autofree gchar *caps = g_strconcat (formats[i].caps, SIZE, NULL);

    n_dequeued = 0;
    driver.real = V4L2_PIX_FMT_GREY;
    driver.name = formats[i].fourcc;
    driver.bytes_a_pixel = 0;
    driver.flags = V4L2_BUF_FLAG_PFRAME;
    run_as ("GREY", caps, check_coded);
  }
}
GST_END_TEST

static void
reset_driver (void)
{
  memset (&driver, 0, sizeof driver);
  n_dequeued = 0;
}

static Suite *
formats_suite (void)
{
  Suite *suite = suite_create ("formats");
  TCase *tcase = tcase_create ("formats");

  tcase_set_timeout (tcase, 60);
  tcase_add_checked_fixture (tcase, reset_driver, NULL);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, ten_bits_of_yuv_stream);
#if GST_CHECK_VERSION(1, 26, 0)
  tcase_add_test (tcase, ten_bits_of_grey_stream);
#endif
  tcase_add_test (tcase, coded_video_streams);
  return suite;
}

GST_CHECK_MAIN (formats);
