/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who chooses the mode of a camera that is fed. */

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "feed.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"
#define NV12 "video/x-raw,format=NV12,width=640,height=480"

static void
wait_for_eos_or_warning (Producer *producer, GstMessageType expected)
{
  g_autoptr (GstMessage) message =
      gst_bus_timed_pop_filtered (producer->bus, GST_CLOCK_TIME_NONE,
          GST_MESSAGE_EOS | GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);

  assert_equals_int (GST_MESSAGE_TYPE (message), expected);
}

GST_START_TEST (upstream_that_can_makes_what_a_viewer_chose)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) first = feed_make_frame (PICTURE, NV12);
  g_autoptr (GstBuffer) second = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer = producer_new (feed->output, PICTURE);

  producer_play (producer);
  {
    g_autoptr (Viewer) viewer =
        viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);

    viewer_wait_for (viewer, first);
  }
  producer_wait_for_viewers (producer, 1);
  producer_wait_for_viewers (producer, 0);
  {
    g_autoptr (Viewer) viewer =
        viewer_new (feed->node, V4L2_PIX_FMT_YUYV, 320, 240);

    viewer_wait_for (viewer, second);
  }
}
GST_END_TEST

GST_START_TEST (a_converter_makes_what_a_viewer_chose)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, "videotestsrc pattern=white ! "
                                  "video/x-raw,format=RGB,width=400,height=300 "
                                  "! videoconvert ! videoscale");
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;
  gboolean white = FALSE;

  producer_play (producer);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  while (!white) {
    const guint8 *data = viewer_next (viewer, &buffer);

    white =
        data[0] == 235 && data[640 * 480 - 1] == 235 && data[640 * 480] == 128;
    viewer_return (viewer, &buffer);
  }
}
GST_END_TEST

GST_START_TEST (a_viewer_that_was_there_first_has_its_mode)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, NV12);
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  g_autoptr (Producer) producer = producer_new (feed->output, PICTURE);

  producer_play (producer);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

/* All that viewers could choose is what upstream sends. */
GST_START_TEST (what_upstream_must_send_is_offered_alone)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_equals_int (viewer->format.width, 320);
  g_clear_pointer (&viewer, viewer_free);
  /* the claim ends with the stream */
  gst_element_set_state (producer->pipeline, GST_STATE_READY);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
}
GST_END_TEST

GST_START_TEST (viewers_are_told_the_colours_of_the_caps)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA ",colorimetry=bt709");
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_equals_int (viewer->format.colorspace, V4L2_COLORSPACE_REC709);
  assert_equals_int (viewer->format.ycbcr_enc, V4L2_YCBCR_ENC_709);
}
GST_END_TEST

GST_START_TEST (upstream_that_cannot_is_warned_of_once_and_goes_on)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GError) warning = NULL;
  struct v4l2_buffer buffer;

  producer_play (producer);
  warning = producer_wait_for_failure (producer, GST_MESSAGE_WARNING);
  fail_unless (strstr (warning->message, "another mode") != NULL);
  while (producer_get_count (producer, "unfit") < 5) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  }
  assert_equals_uint64 (producer_get_count (producer, "given"), 0);
  fail_unless (gst_bus_pop_filtered (producer->bus,
                   GST_MESSAGE_WARNING | GST_MESSAGE_ERROR) == NULL);

  /* it is fed as soon as the viewer leaves */
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  viewer = NULL;
  while (viewer == NULL) {
    Viewer *next = viewer_new (feed->node, 0, 0, 0);

    if (next->format.width == 320)
      viewer = next;
    else
      viewer_free (next);
  }
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

/* Upstream was handed none while the viewer had another mode. */
GST_START_TEST (upstream_is_handed_memory_once_its_mode_fits)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  guint64 copied;

  producer_play (producer);
  g_error_free (producer_wait_for_failure (producer, GST_MESSAGE_WARNING));
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  /* until the sink has made its mode that of viewers */
  while (viewer == NULL || viewer->format.width != 320) {
    g_clear_pointer (&viewer, viewer_free);
    viewer = viewer_new (feed->node, 0, 0, 0);
  }
  for (guint i = 0; i < 20; i++)
    viewer_wait_for (viewer, expected);
  copied = producer_get_count (producer, "copied");
  for (guint i = 0; i < 10; i++)
    viewer_wait_for (viewer, expected);
  assert_equals_uint64 (producer_get_count (producer, "copied"), copied);
}
GST_END_TEST

GST_START_TEST (any_rate_will_do)
{
  g_autoptr (Feed) feed = feed_new ("intervals", "1/30", NULL);
  g_autoptr (Producer) producer = producer_new (feed->output,
      PICTURE " num-buffers=5 ! " QVGA ",framerate=24000/1001,"
              "pixel-aspect-ratio=12/11");

  producer_play (producer);
  wait_for_eos_or_warning (producer, GST_MESSAGE_EOS);
}
GST_END_TEST

GST_START_TEST (a_mode_that_the_camera_has_not_is_refused)
{
  g_autoptr (Feed) feed = feed_new ("formats", "YUYV", NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! video/x-raw,format=RGB");

  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  wait_for_eos_or_warning (producer, GST_MESSAGE_ERROR);
}
GST_END_TEST

GST_START_TEST (a_camera_of_one_mode_accepts_no_other)
{
  g_autoptr (Feed) feed =
      feed_new ("formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Producer) producer = producer_new (feed->output, PICTURE);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (QVGA);
  g_autoptr (GstCaps) other = gst_caps_from_string (NV12);

  gst_element_set_state (producer->sink, GST_STATE_READY);
  fail_unless (gst_pad_query_accept_caps (pad, caps));
  fail_if (gst_pad_query_accept_caps (pad, other));
}
GST_END_TEST

/* A viewer that has buffers, and does not stream. */
static gint
get_buffers (const gchar *node, guint32 fourcc, guint width, guint height)
{
  struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE,
    .fmt.pix = { .pixelformat = fourcc, .width = width, .height = height } };
  struct v4l2_requestbuffers request = {
    .count = 2, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP
  };
  gint fd = g_open (node, O_RDWR | O_CLOEXEC, 0);

  fail_unless (fd >= 0);
  fail_unless (ioctl (fd, VIDIOC_S_FMT, &format) == 0);
  fail_unless (ioctl (fd, VIDIOC_REQBUFS, &request) == 0);
  return fd;
}

/* Nothing tells when the sink has heard of it. */
static void
wait_until_it_accepts (Producer *producer, const gchar *text)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (text);

  while (!gst_pad_query_accept_caps (pad, caps))
    g_usleep (1000);
}

GST_START_TEST (a_viewer_has_its_mode_before_it_streams)
{
  g_autoptr (Feed) feed =
      feed_new ("formats", "YUYV NV12", "sizes", "640x480", NULL);
  g_autoptr (Producer) producer = producer_new (
      feed->output, PICTURE " ! video/x-raw,format=YUY2,width=640,height=480");
  gint viewer;

  gst_element_set_state (producer->sink, GST_STATE_READY);
  viewer = get_buffers (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  /* whatever upstream sends is dropped while viewers have another mode */
  wait_until_it_accepts (producer, QVGA);
  producer_play (producer);
  wait_for_eos_or_warning (producer, GST_MESSAGE_WARNING);
  close (viewer);
}
GST_END_TEST

GST_START_TEST (a_viewer_that_had_buffers_first_has_its_mode)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  gint viewer = get_buffers (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);

  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  wait_for_eos_or_warning (producer, GST_MESSAGE_WARNING);
  while (producer_get_count (producer, "unfit") < 3)
    g_usleep (1000);
  fail_unless (gst_bus_pop_filtered (producer->bus, GST_MESSAGE_ERROR) == NULL);
  close (viewer);
}
GST_END_TEST

/* No viewer has to do with it. */
GST_START_TEST (what_the_camera_has_not_is_said_so)
{
  g_autoptr (Feed) feed =
      feed_new ("formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " NV12);
  g_autoptr (GError) error = NULL;

  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (strstr (error->message, "takes no such video") != NULL, "%s",
      error->message);
}
GST_END_TEST

/* Upstream asks, a viewer chooses, and only then upstream's caps come. */
GST_START_TEST (caps_that_were_offered_are_accepted_once_a_viewer_has_chosen)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("virtcamsink", NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_caps_from_string (
      "video/x-raw,format=YUY2,width=640,height=480,framerate=30/1");
  g_autoptr (GstCaps) offered = NULL;
  g_autoptr (GstCaps) then = NULL;
  g_autoptr (Viewer) viewer = NULL;
  gint viewers = 0;

  g_object_set (sink, "device", feed->output, NULL);
  assert_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  offered = gst_pad_query_caps (pad, NULL);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_NV12, 320, 240);
  /* The sink hears of the mode first, and then that somebody watches. */
  while (viewers == 0) {
    g_object_get (sink, "viewers", &viewers, NULL);
    g_thread_yield ();
  }
  fail_unless (gst_pad_query_accept_caps (pad, caps));
  then = gst_pad_query_caps (pad, NULL);
  fail_if (gst_pad_query_accept_caps (pad, caps));
  gst_element_set_state (sink, GST_STATE_NULL);
}
GST_END_TEST

static Suite *
sink_mode_suite (void)
{
  Suite *suite = suite_create ("sink-mode");
  TCase *tcase = tcase_create ("sink-mode");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, upstream_that_can_makes_what_a_viewer_chose);
  tcase_add_test (tcase, a_converter_makes_what_a_viewer_chose);
  tcase_add_test (tcase, a_viewer_that_was_there_first_has_its_mode);
  tcase_add_test (tcase, what_upstream_must_send_is_offered_alone);
  tcase_add_test (tcase, viewers_are_told_the_colours_of_the_caps);
  tcase_add_test (tcase, upstream_that_cannot_is_warned_of_once_and_goes_on);
  tcase_add_test (tcase, upstream_is_handed_memory_once_its_mode_fits);
  tcase_add_test (tcase, any_rate_will_do);
  tcase_add_test (tcase, a_mode_that_the_camera_has_not_is_refused);
  tcase_add_test (tcase, a_camera_of_one_mode_accepts_no_other);
  tcase_add_test (tcase, a_viewer_has_its_mode_before_it_streams);
  tcase_add_test (tcase, a_viewer_that_had_buffers_first_has_its_mode);
  tcase_add_test (tcase, what_the_camera_has_not_is_said_so);
  tcase_add_test (
      tcase, caps_that_were_offered_are_accepted_once_a_viewer_has_chosen);
  return suite;
}

GST_CHECK_MAIN (sink_mode);
