/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An output node whose driver refuses what it mostly grants. */

#include <errno.h>
#include <string.h>

#include "camera.h"
#include "driver.h"
#include "feed.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"

/* Refused, with errno, so many times. */
static struct {
  gulong request;
  gint refusal;
  gint times; /* atomic */
} refused;

/* Viewers, who are in this program as well, start what they like; and of buffers
 * those of others alone are refused. */
static gboolean
is_refused (gulong request, gpointer argument)
{
  const struct v4l2_buffer *buffer = argument;

  if (request != refused.request)
    return FALSE;
  if (request == VIDIOC_QBUF && (buffer->type != V4L2_BUF_TYPE_VIDEO_OUTPUT ||
                                    buffer->memory != V4L2_MEMORY_DMABUF))
    return FALSE;
  if (request == VIDIOC_STREAMON &&
      *(gint *) argument != V4L2_BUF_TYPE_VIDEO_OUTPUT)
    return FALSE;
  return g_atomic_int_add (&refused.times, -1) > 0;
}

/* As a driver does whose sizes have steps. */
static gboolean halves_width;

static guint most_buffers = VIDEO_MAX_FRAME;

gint
driver_answer (gint fd, gulong request, gpointer argument)
{
  struct v4l2_format *format = argument;
  struct v4l2_requestbuffers *buffers = argument;

  if (request == VIDIOC_S_FMT && halves_width)
    format->fmt.pix.width /= 2;
  if (request == VIDIOC_REQBUFS && buffers->type == V4L2_BUF_TYPE_VIDEO_OUTPUT)
    buffers->count = MIN (buffers->count, most_buffers);
  if (!is_refused (request, argument))
    return driver_ask (fd, request, argument);
  errno = refused.refusal;
  return -1;
}

static void
refuse (gulong request, gint refusal, gint times)
{
  refused.request = request;
  refused.refusal = refusal;
  g_atomic_int_set (&refused.times, times);
}

static void
check_export (gint refusal)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " num-buffers=5 ! " QVGA);
  g_autoptr (GstMessage) end = NULL;
  g_autoptr (GError) error = NULL;

  refuse (VIDIOC_EXPBUF, refusal, 1000);
  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (
      producer->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  assert_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_ERROR);
  gst_message_parse_error (end, &error, NULL);
  fail_unless (strstr (error->message, "failed to lend its memory") != NULL,
      "%s", error->message);
}

GST_START_TEST (a_dma_buf_that_cannot_be_had_is_an_error_that_says_so)
{
  check_export (EMFILE);
}
GST_END_TEST

GST_START_TEST (a_driver_that_exports_no_dma_bufs_is_an_error_that_says_so)
{
  check_export (ENOTTY);
}
GST_END_TEST

GST_START_TEST (a_driver_with_few_buffers_lends_some_of_them)
{
  GstBufferPoolAcquireParams params = {
    .flags = GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT
  };
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) one = NULL;
  g_autoptr (GstBuffer) other = NULL;

  most_buffers = 4;
  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  /* the test alone uses what the sink offers */
  producer_hide_allocation (producer);
  producer_play (producer);
  pool = producer_get_pool (producer, 0);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &one, &params), GST_FLOW_OK);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &other, &params), GST_FLOW_OK);
  g_clear_pointer (&one, gst_buffer_unref);
  g_clear_pointer (&other, gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}
GST_END_TEST

/* The format was set, the rate is not. */
GST_START_TEST (a_camera_that_refuses_a_mode_is_claimed_by_nobody)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA ",framerate=30/1");
  g_autoptr (GError) error = NULL;
  g_autoptr (Viewer) viewer = NULL;

  refuse (VIDIOC_S_PARM, EBUSY, 1000);
  gst_element_set_state (producer->pipeline, GST_STATE_PAUSED);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
}
GST_END_TEST

GST_START_TEST (a_stream_that_did_not_start_at_once_goes_on)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  refuse (VIDIOC_STREAMON, EBUSY, 1);
  viewer = viewer_new (feed->node, 0, 0, 0);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

GST_START_TEST (a_camera_that_would_have_another_mode_is_an_error)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *cause = NULL;

  halves_width = TRUE;
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (producer->bus, GST_CLOCK_TIME_NONE,
      GST_MESSAGE_ERROR | GST_MESSAGE_WARNING);
  halves_width = FALSE;
  assert_equals_int (GST_MESSAGE_TYPE (message), GST_MESSAGE_ERROR);
  gst_message_parse_error (message, &error, &cause);
  fail_unless (strstr (error->message, "takes no such video") != NULL, "%s",
      error->message);
  fail_unless (
      strstr (cause, "the camera takes video/x-raw") != NULL, "%s", cause);
}
GST_END_TEST

GST_START_TEST (a_dma_buf_that_the_camera_does_not_take_is_copied)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Feed) feed = feed_new ("placeholder", "none", NULL);
  g_autofree gchar *line =
      g_strdup_printf ("virtcamsrc io-mode=dmabuf device=%s", camera->node);
  g_autoptr (Producer) producer = producer_new (feed->output, line);
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;

  producer_play (producer);
  refuse (VIDIOC_QBUF, EOPNOTSUPP, 1000);
  viewer = viewer_new (feed->node, 0, 0, 0);
  for (guint i = 0; i < 3; i++) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  }
  producer_stop (producer);
  refuse (0, 0, 0);
  assert_equals_uint64 (producer_get_count (producer, "copied"),
      producer_get_count (producer, "given"));
  assert_equals_uint64 (producer_get_count (producer, "dropped"), 0);
}
GST_END_TEST

static Suite *
sink_refusals_suite (void)
{
  Suite *suite = suite_create ("sink-refusals");
  TCase *tcase = tcase_create ("sink-refusals");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_dma_buf_that_cannot_be_had_is_an_error_that_says_so);
  tcase_add_test (
      tcase, a_driver_that_exports_no_dma_bufs_is_an_error_that_says_so);
  tcase_add_test (tcase, a_driver_with_few_buffers_lends_some_of_them);
  tcase_add_test (tcase, a_camera_that_refuses_a_mode_is_claimed_by_nobody);
  tcase_add_test (tcase, a_stream_that_did_not_start_at_once_goes_on);
  tcase_add_test (tcase, a_camera_that_would_have_another_mode_is_an_error);
  tcase_add_test (tcase, a_dma_buf_that_the_camera_does_not_take_is_copied);
  return suite;
}

GST_CHECK_MAIN (sink_refusals);
