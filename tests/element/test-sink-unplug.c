/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A camera that goes away while it is fed. */

#include <string.h>

#include "feed.h"

#define PICTURE "videotestsrc pattern=gradient"
#define QVGA "video/x-raw,format=YUY2,width=320,height=240"

static Producer *
feed_it (Feed *feed, const gchar *on_disconnect)
{
  Producer *producer =
      producer_new (feed->output, PICTURE " is-live=true ! " QVGA);

  gst_util_set_object_arg (
      G_OBJECT (producer->sink), "on-disconnect", on_disconnect);
  producer_play (producer);
  return producer;
}

GST_START_TEST (an_unplug_is_an_error)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = feed_it (feed, "error");
  g_autoptr (GError) error = NULL;

  feed_set_enabled (feed, FALSE);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (
      strstr (error->message, "was unplugged") != NULL, "%s", error->message);
  producer_stop (producer);
}
GST_END_TEST

/* Though it is away still. */
GST_START_TEST (a_stream_after_an_unplug_is_an_error_as_well)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = feed_it (feed, "error");
  g_autoptr (GError) first = NULL;
  g_autoptr (GError) second = NULL;

  feed_set_enabled (feed, FALSE);
  first = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  gst_element_set_state (producer->pipeline, GST_STATE_READY);
  gst_bus_set_flushing (producer->bus, TRUE);
  gst_bus_set_flushing (producer->bus, FALSE);
  gst_element_set_state (producer->pipeline, GST_STATE_PLAYING);
  second = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (
      strstr (second->message, "was unplugged") != NULL, "%s", second->message);
}
GST_END_TEST

GST_START_TEST (an_unplug_while_a_viewer_watches_is_an_error)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer = feed_it (feed, "error");
  g_autoptr (Viewer) viewer = viewer_new (feed->node, 0, 0, 0);
  g_autoptr (GError) error = NULL;

  viewer_wait_for (viewer, expected);
  feed_set_enabled (feed, FALSE);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (
      strstr (error->message, "was unplugged") != NULL, "%s", error->message);
}
GST_END_TEST

static gboolean
has_open (const gchar *path)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *number;

  while ((number = g_dir_read_name (directory))) {
    g_autofree gchar *name = g_build_filename ("/proc/self/fd", number, NULL);
    g_autofree gchar *file = g_file_read_link (name, NULL);

    /* " (deleted)" follows */
    if (file && g_str_has_prefix (file, path))
      return TRUE;
  }
  return FALSE;
}

static GstBusSyncReply
look_for_node (GstBus *bus, GstMessage *message, gpointer data)
{
  Feed *feed = data;

  if (gst_message_has_name (message, "virtcamsink-disconnected"))
    fail_if (has_open (feed->output), "%s is open still", feed->output);
  return GST_BUS_PASS;
}

GST_START_TEST (who_hears_of_an_unplug_finds_the_node_closed)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = feed_it (feed, "wait");
  g_autoptr (GstStructure) gone = NULL;

  fail_unless (has_open (feed->output));
  gst_bus_set_sync_handler (producer->bus, look_for_node, feed, NULL);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  gst_bus_set_sync_handler (producer->bus, NULL, NULL, NULL);
}
GST_END_TEST

static void
check_return (gboolean watched)
{
  g_autoptr (Feed) feed = feed_new ("card", "returns", NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer = feed_it (feed, "wait");
  g_autoptr (Viewer) viewer = watched ? viewer_new (feed->node, 0, 0, 0) : NULL;
  g_autoptr (GstStructure) gone = NULL;
  g_autoptr (GstStructure) back = NULL;

  if (viewer)
    viewer_wait_for (viewer, expected);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  assert_equals_string (gst_structure_get_string (gone, "card"), "returns");
  g_clear_pointer (&viewer, viewer_free);
  feed_set_enabled (feed, TRUE);
  back = producer_wait_for_message (producer, "virtcamsink-reconnected");
  viewer = viewer_new (feed->node, 0, 0, 0);
  viewer_wait_for (viewer, expected);
  assert_equals_uint64 (producer_get_count (producer, "disconnects"), 1);
}

GST_START_TEST (with_wait_the_camera_is_fed_again_when_it_is_back)
{
  check_return (FALSE);
}
GST_END_TEST

GST_START_TEST (with_wait_it_is_fed_again_though_it_was_watched)
{
  check_return (TRUE);
}
GST_END_TEST

GST_START_TEST (a_wait_may_end)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = feed_it (feed, "wait");
  g_autoptr (GError) error = NULL;

  g_object_set (producer->sink, "reconnect-timeout", 300 * GST_MSECOND, NULL);
  feed_set_enabled (feed, FALSE);
  error = producer_wait_for_failure (producer, GST_MESSAGE_ERROR);
  fail_unless (
      strstr (error->message, "was unplugged") != NULL, "%s", error->message);
}
GST_END_TEST

/* The state changes while it is away. */
GST_START_TEST (an_absent_camera_lets_the_pipeline_stop)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = feed_it (feed, "wait");
  g_autoptr (GstStructure) gone = NULL;

  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  producer_stop (producer);
  feed_set_enabled (feed, TRUE);
  g_object_set (producer->sink, "device", feed->output, NULL);
  producer_play (producer);
}
GST_END_TEST

/* Caps that come while the camera is away */

#define NV12 "video/x-raw,format=NV12,width=640,height=480"

static void
unplug (Feed *feed, Producer *producer)
{
  g_autoptr (GstStructure) gone = NULL;

  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
}

static void
replug (Feed *feed, Producer *producer)
{
  g_autoptr (GstStructure) back = NULL;

  feed_set_enabled (feed, TRUE);
  back = producer_wait_for_message (producer, "virtcamsink-reconnected");
}

static Viewer *
watch_in (Feed *feed, Producer *producer, guint32 fourcc, guint width)
{
  Viewer *viewer = viewer_new (feed->node, fourcc, width, width * 3 / 4);

  producer_wait_for_viewers (producer, 1);
  return viewer;
}

/* The sink is in READY when the camera goes. */
static void
check_start (gboolean has_played)
{
  g_autoptr (Feed) feed = feed_new ("card", "starts", NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " is-live=true ! " QVGA);
  g_autoptr (Viewer) viewer = NULL;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  if (has_played)
    producer_play (producer);
  gst_element_set_state (producer->pipeline, GST_STATE_READY);
  unplug (feed, producer);
  producer_play (producer);
  replug (feed, producer);
  viewer = watch_in (feed, producer, V4L2_PIX_FMT_YUYV, 320);
  viewer_wait_for (viewer, expected);
}

GST_START_TEST (a_stream_may_start_while_the_camera_is_away)
{
  check_start (FALSE);
}
GST_END_TEST

GST_START_TEST (a_stream_may_start_again_while_the_camera_is_away)
{
  check_start (TRUE);
}
GST_END_TEST

GST_START_TEST (upstream_may_change_its_mode_while_the_camera_is_away)
{
  g_autoptr (Feed) feed = feed_new ("card", "changes", NULL);
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, NV12);
  g_autoptr (Producer) producer = producer_new (
      feed->output, PICTURE " is-live=true ! capsfilter name=mode caps=" QVGA);
  g_autoptr (GstElement) mode =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), "mode");
  g_autoptr (GstCaps) caps = gst_caps_from_string (NV12);
  g_autoptr (Viewer) viewer = NULL;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  producer_play (producer);
  viewer = watch_in (feed, producer, V4L2_PIX_FMT_YUYV, 320);
  unplug (feed, producer);
  g_clear_pointer (&viewer, viewer_free);
  g_object_set (mode, "caps", caps, NULL);
  producer_wait_for_caps (producer, caps);
  replug (feed, producer);
  viewer = watch_in (feed, producer, V4L2_PIX_FMT_NV12, 640);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

/* A camera that comes back as another one */

static void
assert_no_trouble (Producer *producer)
{
  g_autoptr (GstMessage) message = gst_bus_pop_filtered (
      producer->bus, GST_MESSAGE_WARNING | GST_MESSAGE_ERROR);
  g_autofree gchar *text =
      message ? gst_structure_to_string (gst_message_get_structure (message))
              : NULL;

  fail_unless (message == NULL, "%s", text);
}

static void
replug_smaller (Feed *feed, Producer *producer)
{
  unplug (feed, producer);
  feed_set (feed, "sizes", "320x240");
  feed_set_enabled (feed, TRUE);
}

GST_START_TEST (that_the_camera_has_changed_is_no_fault_of_viewers)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "shrinks", "sizes", "640x480", NULL);
  g_autoptr (Producer) producer = producer_new (feed->output,
      PICTURE " is-live=true ! video/x-raw,format=YUY2,width=640,height=480");
  g_autoptr (GError) warning = NULL;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  producer_play (producer);
  replug_smaller (feed, producer);
  warning = producer_wait_for_failure (producer, GST_MESSAGE_WARNING);
  fail_unless (
      strstr (warning->message, "came back") != NULL, "%s", warning->message);
  assert_no_trouble (producer);
}
GST_END_TEST

GST_START_TEST (upstream_that_can_conforms_to_a_camera_that_has_changed)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "shrinks", "sizes", "640x480", NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, PICTURE " is-live=true");
  g_autoptr (GstBuffer) expected = feed_make_frame (PICTURE, QVGA);
  g_autoptr (Viewer) viewer = NULL;

  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  producer_play (producer);
  replug_smaller (feed, producer);
  viewer = watch_in (feed, producer, V4L2_PIX_FMT_YUYV, 320);
  viewer_wait_for (viewer, expected);
}
GST_END_TEST

/* Nothing is converted while the camera is away. */
#define RGB "video/x-raw,format=RGB"

static Producer *
convert (Feed *feed)
{
  Producer *producer = producer_new (
      feed->output, PICTURE " is-live=true ! " RGB " ! videoconvert qos=false");

  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  return producer;
}

static void
check_conversion (Feed *feed, Producer *producer)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string ("video/x-raw,format=YUY2");
  g_autoptr (Viewer) viewer = NULL;

  replug (feed, producer);
  producer_wait_for_caps (producer, caps);
  viewer = viewer_new (feed->node, 0, 0, 0);
  while (producer_get_count (producer, "given") < 3) {
    struct v4l2_buffer buffer;

    viewer_next (viewer, &buffer);
    viewer_return (viewer, &buffer);
    assert_no_trouble (producer);
  }
}

GST_START_TEST (upstream_that_started_without_the_camera_conforms_to_it)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "late", "formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Producer) producer = convert (feed);

  gst_element_set_state (producer->pipeline, GST_STATE_READY);
  unplug (feed, producer);
  producer_play (producer);
  check_conversion (feed, producer);
}
GST_END_TEST

GST_START_TEST (upstream_that_negotiated_without_the_camera_conforms_to_it)
{
  g_autoptr (Feed) feed =
      feed_new ("card", "anew", "formats", "YUYV", "sizes", "320x240", NULL);
  g_autoptr (Producer) producer = convert (feed);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (producer->sink, "sink");
  g_autoptr (GstCaps) other = gst_caps_from_string (RGB);

  producer_play (producer);
  unplug (feed, producer);
  gst_pad_push_event (pad, gst_event_new_reconfigure ());
  producer_wait_for_caps (producer, other);
  check_conversion (feed, producer);
}
GST_END_TEST

static Suite *
sink_unplug_suite (void)
{
  Suite *suite = suite_create ("sink-unplug");
  TCase *tcase = tcase_create ("sink-unplug");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, an_unplug_is_an_error);
  tcase_add_test (tcase, a_stream_after_an_unplug_is_an_error_as_well);
  tcase_add_test (tcase, an_unplug_while_a_viewer_watches_is_an_error);
  tcase_add_test (tcase, who_hears_of_an_unplug_finds_the_node_closed);
  tcase_add_test (tcase, with_wait_the_camera_is_fed_again_when_it_is_back);
  tcase_add_test (tcase, with_wait_it_is_fed_again_though_it_was_watched);
  tcase_add_test (tcase, a_wait_may_end);
  tcase_add_test (tcase, an_absent_camera_lets_the_pipeline_stop);
  tcase_add_test (tcase, a_stream_may_start_while_the_camera_is_away);
  tcase_add_test (tcase, a_stream_may_start_again_while_the_camera_is_away);
  tcase_add_test (tcase, upstream_may_change_its_mode_while_the_camera_is_away);
  tcase_add_test (
      tcase, upstream_that_started_without_the_camera_conforms_to_it);
  tcase_add_test (
      tcase, upstream_that_negotiated_without_the_camera_conforms_to_it);
  tcase_add_test (tcase, that_the_camera_has_changed_is_no_fault_of_viewers);
  tcase_add_test (
      tcase, upstream_that_can_conforms_to_a_camera_that_has_changed);
  return suite;
}

GST_CHECK_MAIN (sink_unplug);
