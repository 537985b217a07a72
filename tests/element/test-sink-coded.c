/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Coded video, most frames of which can only be decoded after the one before. */

#include <string.h>

#include <gst/video/video.h>

#include "camera.h"
#include "feed.h"

#define KEY 'K'
#define DELTA 'd'

/* An encoder that makes no picture: a frame's first byte says which kind it is.
 * Key frames are the first, and those that are asked for. */
typedef struct {
  gint asked; /* atomic, as the next; a key frame is due */
  gint n_asked;
  guint n, odd; /* frames so far; which of them shall have odd_size */
  gsize odd_size;
  gboolean keyless; /* it marks no key frames */
  gint deaf;        /* so many requests does it not hear */
} Encoder;

static GstPadProbeReturn
encode (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Encoder *encoder = data;
  gsize size = ++encoder->n == encoder->odd ? encoder->odd_size : 1000;
  gboolean key = !encoder->keyless && (g_atomic_int_compare_and_exchange (
                                           &encoder->asked, TRUE, FALSE) ||
                                          encoder->n == 1);
  GstBuffer *from = GST_PAD_PROBE_INFO_BUFFER (info);
  GstBuffer *frame = gst_buffer_new_allocate (NULL, size, NULL);

  gst_buffer_copy_into (frame, from, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  gst_buffer_memset (frame, 0, key ? KEY : DELTA, size);
  if (!key)
    GST_BUFFER_FLAG_SET (frame, GST_BUFFER_FLAG_DELTA_UNIT);
  gst_buffer_unref (from);
  GST_PAD_PROBE_INFO_DATA (info) = frame;
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
hear (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Encoder *encoder = data;

  if (gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info))) {
    if (g_atomic_int_add (&encoder->n_asked, 1) >= encoder->deaf)
      g_atomic_int_set (&encoder->asked, TRUE);
  }
  return GST_PAD_PROBE_OK;
}

static TestCamera *
feed_new_coded (void)
{
  return test_feed_new ("formats", "H264", "sizes", "320x240", "placeholder",
      "none", "viewers", "2", NULL);
}

/* 30 frames a second. */
static Producer *
produce (TestCamera *feed, Encoder *encoder)
{
  Producer *producer = producer_new (feed->output,
      "fakesrc name=encoder is-live=true sync=true format=time sizetype=fixed "
      "sizemax=1000 datarate=30000 ! "
      "video/x-h264,stream-format=byte-stream,alignment=au,width=320,"
      "height=240,framerate=30/1,parsed=true");
  g_autoptr (GstElement) source =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), "encoder");
  g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, encode, encoder, NULL);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, hear, encoder, NULL);
  producer_play (producer);
  return producer;
}

static guint8
next_kind (Viewer *viewer)
{
  struct v4l2_buffer buffer;
  guint8 kind = viewer_next (viewer, &buffer)[0];

  viewer_return (viewer, &buffer);
  return kind;
}

static void
assert_kinds (Viewer *viewer, const gchar *kinds)
{
  for (guint i = 0; kinds[i]; i++)
    assert_equals_int (next_kind (viewer), kinds[i]);
}

/* Until frames have been dropped, of which the first alone was a key frame. */
static void
wait_for_deltas (Producer *producer)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);

  while (producer_get_count (producer, "unwatched") < 3)
    producer_wait_for_caps (producer, caps);
}

GST_START_TEST (who_comes_later_begins_with_a_key_frame)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { 0 };
  g_autoptr (Producer) producer = produce (feed, &encoder);
  g_autoptr (Viewer) viewer = NULL;

  wait_for_deltas (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_kinds (viewer, "Kddddd");
  assert_equals_int (g_atomic_int_get (&encoder.n_asked), 1);
  producer_wait_for_viewers (producer, 1);
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_kinds (viewer, "Kddd");
  producer_stop (producer);
}
GST_END_TEST

/* What the first viewer sees goes on. */
GST_START_TEST (for_a_second_viewer_there_is_a_key_frame_as_well)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { 0 };
  g_autoptr (Producer) producer = produce (feed, &encoder);
  g_autoptr (Viewer) first = viewer_new (feed->node, 0, 0, 0);
  g_autoptr (Viewer) second = NULL;
  g_autofree gchar *node = NULL;
  gint asked;
  guint i = 0;

  while (next_kind (first) != KEY)
    ;
  assert_kinds (first, "ddd");
  asked = g_atomic_int_get (&encoder.n_asked);
  node = test_feed_viewer_node (feed, 1);
  second = viewer_new (node, 0, 0, 0);
  producer_wait_for_viewers (producer, 2);
  assert_kinds (first, "d");
  while (next_kind (first) != KEY)
    fail_unless (++i < 10);
  assert_equals_int (g_atomic_int_get (&encoder.n_asked), asked + 1);
  producer_stop (producer);
}
GST_END_TEST

/* As large as no buffer of the camera's is. */
GST_START_TEST (after_a_frame_that_is_lost_there_is_a_key_frame)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { .odd = 12, .odd_size = 4 << 20 };
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_H264, 320, 240);
  g_autoptr (Producer) producer = produce (feed, &encoder);

  assert_kinds (viewer, "KddddddddddKddd");
  producer_stop (producer);
}
GST_END_TEST

GST_START_TEST (an_empty_frame_is_left_out)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { .odd = 3, .odd_size = 0 };
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_H264, 320, 240);
  g_autoptr (Producer) producer = produce (feed, &encoder);

  assert_kinds (viewer, "KdKddd");
  producer_stop (producer);
}
GST_END_TEST

GST_START_TEST (a_request_that_is_lost_is_repeated)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { .deaf = 1 };
  g_autoptr (Producer) producer = produce (feed, &encoder);
  g_autoptr (Viewer) viewer = NULL;

  wait_for_deltas (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_kinds (viewer, "Kddd");
  assert_equals_int (g_atomic_int_get (&encoder.n_asked), 2);
  producer_stop (producer);
}
GST_END_TEST

/* Drivers of cameras often mark none, and some streams have none. */
GST_START_TEST (video_without_key_frames_is_given_as_it_is)
{
  g_autoptr (TestCamera) feed = feed_new_coded ();
  Encoder encoder = { .keyless = TRUE };
  g_autoptr (Producer) producer = produce (feed, &encoder);
  g_autoptr (Viewer) viewer = NULL;

  wait_for_deltas (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_kinds (viewer, "dddd");
  producer_stop (producer);
}
GST_END_TEST

static Suite *
sink_coded_suite (void)
{
  Suite *suite = suite_create ("sink-coded");
  TCase *tcase = tcase_create ("sink-coded");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, who_comes_later_begins_with_a_key_frame);
  tcase_add_test (tcase, for_a_second_viewer_there_is_a_key_frame_as_well);
  tcase_add_test (tcase, after_a_frame_that_is_lost_there_is_a_key_frame);
  tcase_add_test (tcase, an_empty_frame_is_left_out);
  tcase_add_test (tcase, a_request_that_is_lost_is_repeated);
  tcase_add_test (tcase, video_without_key_frames_is_given_as_it_is);
  return suite;
}

GST_CHECK_MAIN (sink_coded);
