/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Feeding a camera: frames, time, names, and what is said when it cannot be. */

#include <string.h>
#include <unistd.h>

#include "feed.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"

/* Frames */

GST_START_TEST (a_viewer_sees_what_upstream_drew)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;

  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_equals_int (viewer->format.pixelformat, V4L2_PIX_FMT_YUYV);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

GST_START_TEST (nothing_is_needed_but_a_name)
{
  g_autoptr (Feed) feed = feed_new ("card", "desk", NULL);
  g_autoptr (Producer) producer = producer_new (NULL, PICTURE);
  g_autoptr (Viewer) viewer = NULL;
  g_autoptr (GstBuffer) expected = NULL;
  g_autofree gchar *caps = NULL;
  g_autofree gchar *device = NULL;

  g_object_set (producer->sink, "camera", "desk", NULL);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  caps = g_strdup_printf ("video/x-raw,format=YUY2,width=%u,height=%u",
      viewer->format.width, viewer->format.height);
  expected = feed_make_frame (PICTURE, caps);
  viewer_wait_for (viewer, expected);
  g_object_get (producer->sink, "device", &device, NULL);
  assert_equals_string (device, feed->output);
}
GST_END_TEST

GST_START_TEST (a_uri_names_the_camera)
{
  g_autoptr (Feed) feed = feed_new ("card", "the desk", NULL);
  g_autoptr (GstElement) sink = gst_element_make_from_uri (
      GST_URI_SINK, "virtcam://the%20desk", NULL, NULL);
  g_autofree gchar *camera = NULL;
  g_autofree gchar *device = NULL;
  g_autofree gchar *uri = NULL;

  fail_unless (sink != NULL);
  assert_equals_int (
      gst_element_set_state (sink, GST_STATE_READY), GST_STATE_CHANGE_SUCCESS);
  g_object_get (sink, "camera", &camera, "device", &device, NULL);
  assert_equals_string (camera, "the desk");
  assert_equals_string (device, feed->output);
  uri = gst_uri_handler_get_uri (GST_URI_HANDLER (sink));
  assert_equals_string (uri, "virtcam://the%20desk");
  gst_element_set_state (sink, GST_STATE_NULL);
}
GST_END_TEST

GST_START_TEST (without_a_name_the_first_camera_is_fed)
{
  G_GNUC_UNUSED g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = producer_new (NULL, PICTURE);
  g_autofree gchar *device = NULL;

  producer_play (producer);
  g_object_get (producer->sink, "device", &device, NULL);
  /* vivid's comes first where it is loaded */
  fail_unless (g_str_has_prefix (device, "/dev/video"));
}
GST_END_TEST

/* Time */

#define DELAY (50 * GST_MSECOND)

/* A frame is rendered a while after its running time, which is what counts. */
static void
check_time (const gchar *clock_type)
{
  g_autoptr (Feed) feed = feed_new ("placeholder", "none", NULL);
  g_autoptr (Producer) producer = producer_new (
      feed->output, "videotestsrc is-live=true ! " QVGA ",framerate=10/1");
  g_autoptr (GstClock) clock =
      g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "clock", NULL);
  g_autoptr (Viewer) viewer = NULL;
  GstClockTime before = 0;

  gst_util_set_object_arg (G_OBJECT (clock), "clock-type", clock_type);
  gst_pipeline_use_clock (GST_PIPELINE (producer->pipeline), clock);
  g_object_set (producer->sink, "render-delay", DELAY, NULL);
  producer_play (producer);
  viewer = viewer_new (feed->node, 0, 0, 0);
  for (guint i = 0; i < 5; i++) {
    struct v4l2_buffer buffer;
    GstClockTime time, now, apart;

    viewer_next (viewer, &buffer);
    time = GST_TIMEVAL_TO_TIME (buffer.timestamp);
    now = gst_util_get_timestamp ();
    viewer_return (viewer, &buffer);
    fail_unless (time + DELAY <= now && time + GST_SECOND > now,
        "%" GST_TIME_FORMAT " at %" GST_TIME_FORMAT, GST_TIME_ARGS (time),
        GST_TIME_ARGS (now));
    apart = (time - before + GST_MSECOND) % (100 * GST_MSECOND);
    fail_unless (before == 0 || apart <= 2 * GST_MSECOND,
        "%" GST_TIME_FORMAT " after the frame before",
        GST_TIME_ARGS (time - before));
    before = time;
  }
}

GST_START_TEST (frames_have_the_time_of_their_capture)
{
  check_time ("monotonic");
}
GST_END_TEST

GST_START_TEST (another_clock_s_time_becomes_that_of_the_camera)
{
  check_time ("realtime");
}
GST_END_TEST

GST_START_TEST (a_live_pipeline_is_not_delayed)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = producer_new (
      feed->output, "videotestsrc is-live=true ! " QVGA ",framerate=50/1");
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime least;
  gboolean live;

  producer_play (producer);
  fail_unless (gst_element_query (producer->sink, query));
  gst_query_parse_latency (query, &live, &least, NULL);
  fail_unless (live);
  /* videotestsrc's own: a frame */
  assert_equals_uint64 (least, 20 * GST_MSECOND);
}
GST_END_TEST

/* Failures */

/* Of three frames one is empty, one is whole, and one is too short. */
static GstPadProbeReturn
spoil_frames (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstBuffer *from = GST_PAD_PROBE_INFO_BUFFER (info);
  guint *n = data;
  GstBuffer *to = NULL;

  if (++*n % 3 == 0)
    to = gst_buffer_new_allocate (NULL, 1000, NULL);
  if (*n % 3 == 1)
    to = gst_buffer_new ();
  if (to == NULL)
    return GST_PAD_PROBE_OK;
  gst_buffer_copy_into (to, from, GST_BUFFER_COPY_TIMESTAMPS, 0, -1);
  if (*n % 3 == 1)
    GST_BUFFER_FLAG_SET (to, GST_BUFFER_FLAG_GAP);
  gst_buffer_unref (from);
  GST_PAD_PROBE_INFO_DATA (info) = to;
  return GST_PAD_PROBE_OK;
}

GST_START_TEST (odd_frames_are_left_out_and_warned_of_once)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (Viewer) viewer =
      viewer_new (feed->node, V4L2_PIX_FMT_YUYV, 320, 240);
  g_autoptr (GError) warning = NULL;
  guint n = 0;

  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, spoil_frames, &n, NULL);
  producer_play (producer);
  for (guint i = 0; i < 5; i++)
    viewer_wait_for (viewer, expected);
  warning = producer_wait_for_failure (producer, GST_MESSAGE_WARNING);
  fail_unless (
      strstr (warning->message, "agreed on") != NULL, "%s", warning->message);
  fail_unless (gst_bus_pop_filtered (producer->bus,
                   GST_MESSAGE_WARNING | GST_MESSAGE_ERROR) == NULL);
  fail_unless (producer_get_count (producer, "dropped") >= 4);
}
GST_END_TEST

static void
assert_failure (
    const gchar *device, const gchar *camera, gint code, const gchar *words)
{
  g_autoptr (Producer) producer = producer_new (device, PICTURE);
  g_autoptr (GError) error = NULL;

  g_object_set (producer->sink, "camera", camera, NULL);
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (
      g_error_matches (error, GST_RESOURCE_ERROR, code), "%s", error->message);
  fail_unless (strstr (error->message, words) != NULL, "%s", error->message);
}

GST_START_TEST (a_camera_that_is_not_there_is_said_so)
{
  g_autoptr (Feed) feed G_GNUC_UNUSED = feed_new ("card", "Desk", NULL);

  assert_failure (
      "/dev/video63", NULL, GST_RESOURCE_ERROR_NOT_FOUND, "/dev/video63");
  assert_failure (
      NULL, "desk", GST_RESOURCE_ERROR_NOT_FOUND, "Did you mean \"Desk\"?");
}
GST_END_TEST

GST_START_TEST (the_viewers_node_cannot_be_fed)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);

  assert_failure (
      feed->node, NULL, GST_RESOURCE_ERROR_SETTINGS, "does not take frames");
}
GST_END_TEST

GST_START_TEST (a_second_producer_is_told_that_there_is_one)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) first = producer_new (feed->output, PICTURE " ! " QVGA);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Viewer) viewer = NULL;

  producer_play (first);
  /* Who feeds has buffers; a mode alone can be taken over. */
  viewer = viewer_new (feed->node, V4L2_PIX_FMT_YUYV, 320, 240);
  viewer_wait_for (viewer, expected);
  assert_failure (
      feed->output, NULL, GST_RESOURCE_ERROR_BUSY, "another program feeds it");
}
GST_END_TEST

/* Until so many more frames are counted. */
static void
watch_while (Producer *producer, Viewer *viewer, const gchar *counted, guint n)
{
  guint64 until = producer_get_count (producer, counted) + n;
  struct v4l2_buffer buffer;

  while (producer_get_count (producer, counted) < until) {
    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
  }
}

/* The second viewer is no news. */
static void
check_rival (Producer *producer, Feed *feed)
{
  gint rival = feed_rival_new (feed->output);
  g_autoptr (Viewer) viewer = viewer_new (feed->node, 0, 0, 0);
  g_autoptr (GError) warning =
      producer_wait_for_failure (producer, GST_MESSAGE_WARNING);

  fail_unless (strstr (warning->message, "another program feeds it") != NULL,
      "%s", warning->message);
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  viewer = viewer_new (feed->node, 0, 0, 0);
  watch_while (producer, viewer, "dropped", 3);
  fail_unless (
      gst_bus_pop_filtered (producer->bus, GST_MESSAGE_WARNING) == NULL);
  close (rival);
  watch_while (producer, viewer, "given", 1);
}

GST_START_TEST (another_program_that_feeds_is_warned_of_once_each_time)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, "videotestsrc is-live=true");

  producer_play (producer);
  check_rival (producer, feed);
  producer_wait_for_viewers (producer, 0);
  check_rival (producer, feed);
}
GST_END_TEST

/* Frames that begin when the clock does, which was long before. */
GST_START_TEST (what_gstreamer_drops_is_counted)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " num-buffers=10 ! " QVGA);
  g_autoptr (GstMessage) end = NULL;
  guint64 dropped;

  g_object_set (producer->sink, "max-lateness", (gint64) 0, NULL);
  gst_element_set_start_time (producer->pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (producer->pipeline, 0);
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  end = gst_bus_timed_pop_filtered (
      producer->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  assert_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_EOS);
  dropped = producer_get_count (producer, "dropped");
  fail_unless (dropped >= 5, "%" G_GUINT64_FORMAT, dropped);
  assert_equals_uint64 (
      dropped + producer_get_count (producer, "unwatched"), 10);
  assert_equals_uint64 (producer_get_count (producer, "rendered"),
      producer_get_count (producer, "unwatched"));
}
GST_END_TEST

GST_START_TEST (fields_alone_are_no_video_for_a_camera)
{
  g_autoptr (GstElement) sink =
      gst_object_ref_sink (gst_element_factory_make ("virtcamsink", NULL));
  g_autoptr (GstPad) pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) whole = gst_caps_from_string (
      "video/x-raw,format=YUY2,width=320,height=240,framerate=30/1");
  g_autoptr (GstCaps) fields = gst_caps_from_string (
      "video/x-raw(format:Interlaced),format=YUY2,width=320,height=240,"
      "framerate=30/1,interlace-mode=alternate");

  fail_unless (gst_pad_query_accept_caps (pad, whole));
  fail_if (gst_pad_query_accept_caps (pad, fields));
}
GST_END_TEST

GST_START_TEST (upstream_may_change_its_mode_while_another_program_feeds)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = producer_new (
      feed->output, PICTURE " is-live=true ! capsfilter name=rate caps=" QVGA);
  g_autoptr (GstElement) rate =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), "rate");
  g_autoptr (GstCaps) caps = gst_caps_from_string (QVGA ",framerate=10/1");
  g_autoptr (Viewer) viewer = NULL;
  g_autoptr (GError) warning = NULL;
  gint rival;

  producer_play (producer);
  rival = feed_rival_new (feed->output);
  viewer = viewer_new (feed->node, 0, 0, 0);
  warning = producer_wait_for_failure (producer, GST_MESSAGE_WARNING);
  g_object_set (rate, "caps", caps, NULL);
  producer_wait_for_caps (producer, caps);
  watch_while (producer, viewer, "dropped", 3);
  fail_unless (gst_bus_pop_filtered (producer->bus,
                   GST_MESSAGE_WARNING | GST_MESSAGE_ERROR) == NULL);
  close (rival);
  watch_while (producer, viewer, "given", 1);
}
GST_END_TEST

static Suite *
sink_suite (void)
{
  Suite *suite = suite_create ("sink");
  TCase *tcase = tcase_create ("sink");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, a_viewer_sees_what_upstream_drew);
  tcase_add_test (tcase, nothing_is_needed_but_a_name);
  tcase_add_test (tcase, a_uri_names_the_camera);
  tcase_add_test (tcase, without_a_name_the_first_camera_is_fed);
  tcase_add_test (tcase, frames_have_the_time_of_their_capture);
  tcase_add_test (tcase, another_clock_s_time_becomes_that_of_the_camera);
  tcase_add_test (tcase, a_live_pipeline_is_not_delayed);
  tcase_add_test (tcase, odd_frames_are_left_out_and_warned_of_once);
  tcase_add_test (tcase, a_camera_that_is_not_there_is_said_so);
  tcase_add_test (tcase, the_viewers_node_cannot_be_fed);
  tcase_add_test (tcase, a_second_producer_is_told_that_there_is_one);
  tcase_add_test (
      tcase, another_program_that_feeds_is_warned_of_once_each_time);
  tcase_add_test (tcase, fields_alone_are_no_video_for_a_camera);
  tcase_add_test (tcase, what_gstreamer_drops_is_counted);
  tcase_add_test (
      tcase, upstream_may_change_its_mode_while_another_program_feeds);
  return suite;
}

GST_CHECK_MAIN (sink);
