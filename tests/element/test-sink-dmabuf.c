/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Cameras that read others' dma-bufs, and cameras that lend theirs to upstream. */

#include <gst/allocators/gstdmabuf.h>
#include <gst/video/video.h>
#include <unistd.h>

#include "camera.h"
#include "feed.h"
#include "vivid.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"

/* caps: what is between them, if anything. */
static void
assert_dma_bufs_are_read (
    const gchar *format, const gchar *size, const gchar *caps)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", format, "sizes", size, NULL);
  g_autoptr (Feed) feed = feed_new ("placeholder", "none", NULL);
  g_autofree gchar *line = g_strdup_printf (
      "virtcamsrc io-mode=dmabuf device=%s%s", camera->node, caps);
  g_autoptr (Producer) producer = producer_new (feed->output, line);
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  for (guint i = 0; i < 5; i++) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  }
  producer_stop (producer);
  assert_equals_uint64 (producer_get_count (producer, "copied"), 0);
  assert_equals_uint64 (producer_get_count (producer, "imported"),
      producer_get_count (producer, "given"));
}

GST_START_TEST (dma_bufs_are_read_where_they_are)
{
  assert_dma_bufs_are_read ("YUYV", "320x240", "");
}
GST_END_TEST

/* V4L2's lines are 330 bytes long, where upstream would have 332. */
GST_START_TEST (dma_bufs_with_other_lines_are_read_where_they_are)
{
  assert_dma_bufs_are_read ("YU12", "330x242", "");
}
GST_END_TEST

GST_START_TEST (dma_bufs_of_drm_caps_are_read_where_they_are)
{
  assert_dma_bufs_are_read ("NV12", "320x240",
      " ! video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=NV12");
}
GST_END_TEST

/* Another camera draws into this one's memory. */
static void
assert_upstream_draws_into_dma_bufs (const gchar *caps, gboolean watched)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autofree gchar *line = g_strdup_printf (
      "virtcamsrc name=source io-mode=dmabuf-import device=%s%s", camera->node,
      caps);
  g_autoptr (Producer) producer = producer_new (feed->output, line);
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), "source");
  g_autoptr (GstStructure) stats = NULL;
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;
  guint64 copied;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  if (watched)
    viewer = viewer_new (feed->node, V4L2_PIX_FMT_YUYV, 320, 240);
  producer_play (producer);
  if (!watched)
    viewer = viewer_new (feed->node, 0, 0, 0);
  while (producer_get_count (producer, "given") < 10) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
    fail_unless (
        gst_bus_pop_filtered (producer->bus, GST_MESSAGE_ERROR) == NULL);
  }
  producer_stop (producer);
  g_object_get (source, "stats", &stats, NULL);
  fail_unless (gst_structure_get_uint64 (stats, "copied", &copied));
  assert_equals_uint64 (copied, 0);
  assert_equals_uint64 (producer_get_count (producer, "copied"), 0);
  assert_equals_uint64 (producer_get_count (producer, "imported"), 0);
}

GST_START_TEST (upstream_may_draw_into_the_camera_s_dma_bufs)
{
  assert_upstream_draws_into_dma_bufs ("", FALSE);
}
GST_END_TEST

GST_START_TEST (upstream_may_draw_into_dma_bufs_of_a_camera_that_is_watched)
{
  assert_upstream_draws_into_dma_bufs ("", TRUE);
}
GST_END_TEST

GST_START_TEST (upstream_of_drm_caps_may_draw_into_the_camera_s_dma_bufs)
{
  assert_upstream_draws_into_dma_bufs (
      " ! video/x-raw(memory:DMABuf),format=DMA_DRM,drm-format=YUYV", FALSE);
}
GST_END_TEST

/* dma-bufs that upstream waits for */

static Producer *
produce_into_dma_bufs (Feed *feed)
{
  Producer *producer =
      producer_new (feed->output, PICTURE " is-live=true ! " QVGA);

  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  /* the test alone uses what the sink offers */
  producer_hide_allocation (producer);
  producer_play (producer);
  return producer;
}

static GstFlowReturn
acquire (GstBufferPool *pool, gboolean wait, GQueue *kept)
{
  GstBufferPoolAcquireParams params = {
    .flags = wait ? 0 : GST_BUFFER_POOL_ACQUIRE_FLAG_DONTWAIT
  };
  GstBuffer *buffer = NULL;
  GstFlowReturn flow = gst_buffer_pool_acquire_buffer (pool, &buffer, &params);

  if (buffer)
    g_queue_push_tail (kept, buffer);
  return flow;
}

static void
give_up (GstBufferPool *pool, GQueue *kept)
{
  g_queue_clear_full (kept, (GDestroyNotify) gst_buffer_unref);
  gst_buffer_pool_set_active (pool, FALSE);
}

GST_START_TEST (who_must_not_wait_for_a_dma_buf_does_not)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = produce_into_dma_bufs (feed);
  g_autoptr (GstBufferPool) pool = producer_get_pool (producer, 0);
  GQueue kept = G_QUEUE_INIT;
  GstFlowReturn flow = GST_FLOW_OK;

  while (flow == GST_FLOW_OK)
    flow = acquire (pool, FALSE, &kept);
  assert_equals_int (flow, GST_FLOW_EOS);
  fail_unless (g_queue_get_length (&kept) >= 2);
  fail_unless (gst_is_dmabuf_memory (
      gst_buffer_peek_memory (g_queue_peek_head (&kept), 0)));
  give_up (pool, &kept);
}
GST_END_TEST

GST_START_TEST (there_are_dma_bufs_after_those_of_others_were_read)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Feed) feed = feed_new ("placeholder", "none", NULL);
  g_autofree gchar *line =
      g_strdup_printf ("virtcamsrc io-mode=dmabuf device=%s", camera->node);
  g_autoptr (Producer) producer = producer_new (feed->output, line);
  g_autoptr (GstBufferPool) pool = NULL;
  g_autoptr (Viewer) viewer = NULL;
  GQueue kept = G_QUEUE_INIT;
  struct v4l2_buffer buffer;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  producer_hide_allocation (producer);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  /* A frame is counted after the viewer has got it. */
  while (producer_get_count (producer, "imported") == 0) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  }
  pool = producer_get_pool (producer, 0);
  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_OK);
  give_up (pool, &kept);
}
GST_END_TEST

GST_START_TEST (dma_bufs_are_waited_for_while_the_camera_is_away)
{
  g_autoptr (Feed) feed = feed_new ("card", "lends", NULL);
  g_autoptr (Producer) producer = produce_into_dma_bufs (feed);
  g_autoptr (GstBufferPool) pool = producer_get_pool (producer, 0);
  g_autoptr (GstStructure) gone = NULL;
  GQueue kept = G_QUEUE_INIT;

  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_OK);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  assert_equals_int (acquire (pool, FALSE, &kept), GST_FLOW_EOS);
  feed_set_enabled (feed, TRUE);
  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_OK);
  give_up (pool, &kept);
}
GST_END_TEST

static GstPadProbeReturn
hold (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  return GST_PAD_PROBE_OK;
}

/* Upstream knows nothing of the flush: after it, its frames would lack a segment. */
GST_START_TEST (a_flush_ends_the_wait_for_a_dma_buf)
{
  g_autoptr (Feed) feed = feed_new ("card", "flushes", NULL);
  g_autoptr (Producer) producer = produce_into_dma_bufs (feed);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstPad) peer = gst_pad_get_peer (pad);
  g_autoptr (GstBufferPool) pool = producer_get_pool (producer, 0);
  g_autoptr (GstStructure) gone = NULL;
  GQueue kept = G_QUEUE_INIT;

  gst_pad_add_probe (peer, GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER,
      hold, NULL, NULL);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  fail_unless (gst_pad_send_event (pad, gst_event_new_flush_start ()));
  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_FLUSHING);
  fail_unless (gst_pad_send_event (pad, gst_event_new_flush_stop (TRUE)));
  feed_set_enabled (feed, TRUE);
  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_OK);
  give_up (pool, &kept);
}
GST_END_TEST

GST_START_TEST (dma_bufs_are_waited_for_while_another_program_feeds)
{
  g_autoptr (Feed) feed = feed_new ("card", "rivals", NULL);
  g_autoptr (Producer) producer = produce_into_dma_bufs (feed);
  g_autoptr (GstBufferPool) pool = producer_get_pool (producer, 0);
  g_autoptr (GstStructure) gone = NULL;
  g_autoptr (GstStructure) back = NULL;
  GQueue kept = G_QUEUE_INIT;
  gint rival;

  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  feed_set_enabled (feed, TRUE);
  rival = feed_rival_new (feed->output);
  back = producer_wait_for_message (producer, "virtcamsink-reconnected");
  assert_equals_int (acquire (pool, FALSE, &kept), GST_FLOW_EOS);
  close (rival);
  assert_equals_int (acquire (pool, TRUE, &kept), GST_FLOW_OK);
  fail_unless (gst_bus_pop_filtered (producer->bus, GST_MESSAGE_ERROR) == NULL);
  give_up (pool, &kept);
}
GST_END_TEST

/* The viewer is faster than the sink. */
GST_START_TEST (upstream_that_waits_for_a_dma_buf_follows_a_viewer)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "follows", "formats", "YUYV NV12", NULL);
  g_autoptr (Producer) producer = producer_new (feed->output,
      "videotestsrc pattern=white ! "
      "video/x-raw,format=RGB,width=400,height=300 ! videoconvert ! "
      "videoscale");
  g_autoptr (GstStructure) gone = NULL;
  g_autoptr (Viewer) viewer = NULL;
  struct v4l2_buffer buffer;
  gboolean white = FALSE;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  producer_play (producer);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  feed_set_enabled (feed, TRUE);
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_NV12, 640, 480);
  while (!white) {
    const guint8 *data = viewer_next (viewer, &buffer);

    white = data[0] == 235 && data[640 * 480 - 1] == 235;
    viewer_return (viewer, &buffer);
  }
}
GST_END_TEST

/* vivid's output node, which is the first that there is. */
GST_START_TEST (a_camera_that_does_not_say_who_watches_lends_dma_bufs)
{
  g_autofree gchar *vivid = vivid_find ();
  g_autoptr (Producer) producer = producer_new (NULL, PICTURE " num-buffers=5");
  g_autoptr (GstMessage) end = NULL;

  fail_unless (vivid != NULL, "vivid is not loaded");
  gst_util_set_object_arg (G_OBJECT (producer->sink), "io-mode", "dmabuf");
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (
      producer->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  assert_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_EOS);
  assert_equals_uint64 (producer_get_count (producer, "copied"), 0);
}
GST_END_TEST

static Suite *
sink_dmabuf_suite (void)
{
  Suite *suite = suite_create ("sink-dmabuf");
  TCase *tcase = tcase_create ("sink-dmabuf");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, dma_bufs_are_read_where_they_are);
  tcase_add_test (tcase, dma_bufs_with_other_lines_are_read_where_they_are);
  tcase_add_test (tcase, upstream_may_draw_into_the_camera_s_dma_bufs);
  tcase_add_test (
      tcase, upstream_may_draw_into_dma_bufs_of_a_camera_that_is_watched);
  tcase_add_test (tcase, who_must_not_wait_for_a_dma_buf_does_not);
  tcase_add_test (tcase, there_are_dma_bufs_after_those_of_others_were_read);
  tcase_add_test (tcase, a_camera_that_does_not_say_who_watches_lends_dma_bufs);
  tcase_add_test (tcase, dma_bufs_are_waited_for_while_the_camera_is_away);
  tcase_add_test (tcase, dma_bufs_are_waited_for_while_another_program_feeds);
  tcase_add_test (tcase, a_flush_ends_the_wait_for_a_dma_buf);
  tcase_add_test (tcase, upstream_that_waits_for_a_dma_buf_follows_a_viewer);
  if (GST_CHECK_VERSION (1, 24, 0)) {
    tcase_add_test (tcase, dma_bufs_of_drm_caps_are_read_where_they_are);
    tcase_add_test (
        tcase, upstream_of_drm_caps_may_draw_into_the_camera_s_dma_bufs);
  }
  return suite;
}

GST_CHECK_MAIN (sink_dmabuf);
