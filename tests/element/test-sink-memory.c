/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where frames for a camera are in memory, and how often they are copied. */

#include <gst/video/video.h>

#include "feed.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"
#define ODD "video/x-raw,format=RGB,width=330,height=242"

/* The frames of the time before the viewer's were in other memory. */
static void
wait_for_direct_frames (Producer *producer, Viewer *viewer)
{
  struct v4l2_buffer buffer;
  guint64 copied, given;

  do {
    copied = producer_get_count (producer, "copied");
    given = producer_get_count (producer, "given");
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  } while (producer_get_count (producer, "copied") != copied ||
           producer_get_count (producer, "given") == given);
}

GST_START_TEST (upstream_draws_into_the_camera)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;
  guint64 copied;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  copied = producer_get_count (producer, "copied");
  for (guint i = 0; i < 10; i++)
    viewer_wait_for (viewer, expected);
  assert_equals_uint64 (producer_get_count (producer, "copied"), copied);
  assert_equals_uint64 (producer_get_count (producer, "dropped"), 0);
  fail_unless (copied <= 4);
}
GST_END_TEST

/* As input-selector has it: the pool's mode is that of a stream that rests. */
GST_START_TEST (a_pool_keeps_to_the_mode_that_it_was_made_for)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! capsfilter name=mode caps=" QVGA);
  g_autoptr (GstElement) mode =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), "mode");
  g_autoptr (GstCaps) caps =
      gst_caps_from_string ("video/x-raw,format=YUY2,width=160,height=120");
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  pool = producer_get_pool (producer, 0);
  g_object_set (mode, "caps", caps, NULL);
  producer_wait_for_caps (producer, caps);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  assert_equals_int (gst_buffer_get_size (buffer), 320 * 240 * 2);
  g_clear_pointer (&buffer, gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}
GST_END_TEST

GST_START_TEST (a_pool_s_buffers_are_as_large_as_upstream_said)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  pool = producer_get_pool (producer, 1000);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  assert_equals_int (gst_buffer_get_size (buffer), 320 * 240 * 2 + 1000);
  g_clear_pointer (&buffer, gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}
GST_END_TEST

/* The camera's own are 990 bytes long. */
GST_START_TEST (a_line_is_as_long_as_upstream_would_have_it)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " ODD);
  g_autoptr (Viewer) viewer = NULL;
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  const GstVideoMeta *meta;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  pool = producer_get_pool (producer, 0);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  /* the camera's buffers say how they lie, others do not */
  meta = gst_buffer_get_video_meta (buffer);
  fail_unless (meta != NULL);
  assert_equals_int (meta->stride[0], 992);
  g_clear_pointer (&buffer, gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}
GST_END_TEST

GST_START_TEST (other_memory_is_copied_once)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;

  producer_hide_allocation (producer);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  for (guint i = 0; i < 5; i++)
    viewer_wait_for (viewer, expected);
  producer_stop (producer);
  fail_unless (producer_get_count (producer, "given") >= 5);
  assert_equals_uint64 (producer_get_count (producer, "copied"),
      producer_get_count (producer, "given"));
}
GST_END_TEST

/* The same picture with longer lines. */
static GstPadProbeReturn
lengthen_lines (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  const gsize stride = 700, line = 640, height = 240;
  GstBuffer *from = GST_PAD_PROBE_INFO_BUFFER (info);
  GstBuffer *to = gst_buffer_new_allocate (NULL, stride * height, NULL);
  GstMapInfo map;

  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  fail_unless (gst_buffer_map (from, &map, GST_MAP_READ));
  for (gsize i = 0; i < height; i++)
    gst_buffer_fill (to, i * stride, map.data + i * line, line);
  gst_buffer_unmap (from, &map);
  gst_buffer_add_video_meta_full (to, GST_VIDEO_FRAME_FLAG_NONE,
      GST_VIDEO_FORMAT_YUY2, 320, 240, 1, (gsize[4]){ 0 }, (gint[4]){ stride });
  gst_buffer_unref (from);
  GST_PAD_PROBE_INFO_DATA (info) = to;
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (upstream_s_lines_are_minded)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (Viewer) viewer = NULL;

  producer_hide_allocation (producer);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_BUFFER, lengthen_lines, NULL, NULL);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

static GstPadProbeReturn
keep_buffer (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GQueue *kept = data;

  g_queue_push_tail (kept, gst_buffer_ref (GST_PAD_PROBE_INFO_BUFFER (info)));
  return GST_PAD_PROBE_OK;
}

/* Upstream holds all that there is: then other memory serves. */
GST_START_TEST (held_buffers_stall_nobody)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " num-buffers=40 ! " QVGA);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstMessage) end = NULL;
  g_autoptr (Viewer) viewer = NULL;
  GQueue kept = G_QUEUE_INIT;
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, keep_buffer, &kept, NULL);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_YUYV, 320, 240);
  producer_play (producer);
  end = gst_bus_timed_pop_filtered (
      producer->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  assert_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_EOS);
  assert_equals_int (g_queue_get_length (&kept), 40);
  producer_stop (producer);
  /* what is held outlives the stream */
  for (GList *item = kept.head; item; item = item->next) {
    GstMapInfo map;

    fail_unless (gst_buffer_map (item->data, &map, GST_MAP_READ));
    fail_unless (gst_buffer_memcmp (expected, 0, map.data, map.size) == 0);
    gst_buffer_unmap (item->data, &map);
  }
  assert_equals_uint64 (producer_get_count (producer, "dropped"), 0);
  assert_equals_uint64 (producer_get_count (producer, "given"), 40);
  /* upstream can have six at most, and the first frames come before there are any */
  fail_unless (producer_get_count (producer, "copied") >= 34);
  g_queue_clear_full (&kept, (GDestroyNotify) gst_buffer_unref);
}
GST_END_TEST

/* What GStreamer takes a picture of two fields for: a row of chroma is left between
 * the planes where each field has half a row. */
#define FIELDS \
  "video/x-raw,format=I420,width=720,height=486,framerate=30/1," \
  "interlace-mode=interleaved"

static GstPadProbeReturn
fill_planes (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *from = GST_PAD_PROBE_INFO_BUFFER (info);
  g_autoptr (GstCaps) caps = gst_caps_from_string (FIELDS);
  GstVideoInfo video;
  GstBuffer *to;

  fail_unless (gst_video_info_from_caps (&video, caps));
  to = gst_buffer_new_allocate (NULL, video.size, NULL);
  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_memset (to, 0, 0, video.size);
  gst_buffer_memset (to, video.offset[0], 50, 720 * 486);
  gst_buffer_memset (to, video.offset[1], 100, 360 * 243);
  gst_buffer_memset (to, video.offset[2], 200, 360 * 243);
  gst_buffer_unref (from);
  GST_PAD_PROBE_INFO_DATA (info) = to;
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (chroma_of_two_fields_lies_where_upstream_wrote_it)
{
  g_autoptr (Feed) feed = feed_new ("placeholder", "none", NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " FIELDS);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstBuffer) expected =
      gst_buffer_new_allocate (NULL, 720 * 486 * 3 / 2, NULL);
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;
  const guint8 *seen;

  gst_buffer_memset (expected, 0, 50, 720 * 486);
  gst_buffer_memset (expected, 720 * 486, 100, 360 * 243);
  gst_buffer_memset (expected, 720 * 486 * 5 / 4, 200, 360 * 243);
  producer_hide_allocation (producer);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, fill_planes, NULL, NULL);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_equals_int (viewer->format.pixelformat, V4L2_PIX_FMT_YUV420);
  seen = viewer_next (viewer, &buffer);
  assert_equals_int (buffer.bytesused, gst_buffer_get_size (expected));
  fail_unless (gst_buffer_memcmp (expected, 0, seen, buffer.bytesused) == 0);
  viewer_return (viewer, &buffer);
}
GST_END_TEST

static void
ask_for_padding (GstBufferPool *pool, gsize padding)
{
  const GstAllocationParams params = { .padding = padding };
  GstStructure *config = gst_buffer_pool_get_config (pool);

  fail_unless (gst_buffer_pool_set_active (pool, FALSE));
  gst_buffer_pool_config_set_allocator (config, NULL, &params);
  fail_unless (gst_buffer_pool_set_config (pool, config));
  fail_unless (gst_buffer_pool_set_active (pool, TRUE));
}

GST_START_TEST (a_pool_s_buffers_have_the_padding_that_upstream_needs)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (Viewer) viewer = NULL;
  gsize size, max;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  pool = producer_get_pool (producer, 0);
  ask_for_padding (pool, 100000);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  size = gst_buffer_get_sizes (buffer, NULL, &max);
  assert_equals_int (size, 320 * 240 * 2);
  fail_unless (max >= size + 100000);
  g_clear_pointer (&buffer, gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}
GST_END_TEST

/* A pool that ends says whether it has got all that it made, and no more. */
GST_START_TEST (a_buffer_of_the_camera_s_may_get_other_memory)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  wait_for_direct_frames (producer, viewer);
  pool = producer_get_pool (producer, 0);
  assert_equals_int (
      gst_buffer_pool_acquire_buffer (pool, &buffer, NULL), GST_FLOW_OK);
  fail_unless (gst_buffer_get_video_meta (buffer) != NULL);
  gst_buffer_replace_all_memory (buffer, gst_allocator_alloc (NULL, 8, NULL));
  g_clear_pointer (&buffer, gst_buffer_unref);
  fail_unless (gst_buffer_pool_set_active (pool, FALSE));
}
GST_END_TEST

static Suite *
sink_memory_suite (void)
{
  Suite *suite = suite_create ("sink-memory");
  TCase *tcase = tcase_create ("sink-memory");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, upstream_draws_into_the_camera);
  tcase_add_test (tcase, a_pool_keeps_to_the_mode_that_it_was_made_for);
  tcase_add_test (tcase, a_pool_s_buffers_are_as_large_as_upstream_said);
  tcase_add_test (tcase, a_line_is_as_long_as_upstream_would_have_it);
  tcase_add_test (tcase, other_memory_is_copied_once);
  tcase_add_test (tcase, upstream_s_lines_are_minded);
  tcase_add_test (tcase, held_buffers_stall_nobody);
  tcase_add_test (tcase, chroma_of_two_fields_lies_where_upstream_wrote_it);
  tcase_add_test (tcase, a_pool_s_buffers_have_the_padding_that_upstream_needs);
  tcase_add_test (tcase, a_buffer_of_the_camera_s_may_get_other_memory);
  return suite;
}

GST_CHECK_MAIN (sink_memory);
