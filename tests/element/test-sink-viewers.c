/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Who watches, and what upstream is spared while nobody does. */

#include "feed.h"

#define LIVE "videotestsrc is-live=true ! video/x-raw,format=RGB"
#define CONVERTER "videoconvert name=convert"

static void
note_viewers (GObject *sink, GParamSpec *pspec, gpointer data)
{
  gint *viewers = data;

  g_object_get (sink, "viewers", viewers, NULL);
}

GST_START_TEST (viewers_are_told_from_ready_on)
{
  g_autoptr (Feed) feed = feed_new ("viewers", "2", NULL);
  g_autoptr (Producer) producer = producer_new (feed->output, "videotestsrc");
  g_autoptr (Viewer) viewer = NULL;
  gint noted = 100, viewers;

  g_signal_connect (
      producer->sink, "notify::viewers", G_CALLBACK (note_viewers), &noted);
  gst_element_set_state (producer->pipeline, GST_STATE_READY);
  producer_wait_for_viewers (producer, 0);
  viewer = viewer_new (feed->node, 0, 0, 0);
  producer_wait_for_viewers (producer, 1);
  g_object_get (producer->sink, "viewers", &viewers, NULL);
  assert_equals_int (viewers, 1);
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  producer_stop (producer);
  assert_equals_int (noted, -1);
}
GST_END_TEST

typedef struct {
  GstElement *pipeline;
  GAsyncQueue *ends;
} Stop;

static void
stop_pipeline (GObject *sink, GParamSpec *pspec, gpointer data)
{
  Stop *stop = data;
  gint viewers;

  g_object_get (sink, "viewers", &viewers, NULL);
  if (viewers != 1)
    return;
  g_async_queue_push (stop->ends,
      GINT_TO_POINTER (gst_element_set_state (stop->pipeline, GST_STATE_NULL)));
}

/* By the thread that has to end for it. */
GST_START_TEST (who_is_told_may_stop_the_pipeline)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = producer_new (feed->output, "videotestsrc");
  g_autoptr (GAsyncQueue) ends = g_async_queue_new ();
  Stop stop = { producer->pipeline, ends };
  g_autoptr (Viewer) viewer = NULL;
  gint viewers;

  producer_play (producer);
  g_signal_connect (
      producer->sink, "notify::viewers", G_CALLBACK (stop_pipeline), &stop);
  viewer = viewer_new (feed->node, 0, 0, 0);
  assert_equals_int (
      GPOINTER_TO_INT (g_async_queue_pop (ends)), GST_STATE_CHANGE_SUCCESS);
  g_object_get (producer->sink, "viewers", &viewers, NULL);
  assert_equals_int (viewers, -1);
  g_signal_handlers_disconnect_by_data (producer->sink, &stop);
}
GST_END_TEST

GST_START_TEST (frames_that_nobody_watches_are_dropped)
{
  g_autoptr (Feed) feed = feed_new (NULL, NULL);
  g_autoptr (Producer) producer = producer_new (
      feed->output, "videotestsrc num-buffers=10 ! identity sync=false");
  g_autoptr (GstMessage) end = NULL;

  producer_play (producer);
  end = gst_bus_timed_pop_filtered (
      producer->bus, GST_CLOCK_TIME_NONE, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  assert_equals_int (GST_MESSAGE_TYPE (end), GST_MESSAGE_EOS);
  assert_equals_uint64 (producer_get_count (producer, "unwatched"), 10);
  assert_equals_uint64 (producer_get_count (producer, "given"), 0);
}
GST_END_TEST

/* What went in and came out of an element. */
typedef struct {
  GMutex lock;
  GCond changed;
  guint in, out;
} Passage;

static GstPadProbeReturn
count_in (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Passage *passage = data;

  g_mutex_lock (&passage->lock);
  passage->in++;
  g_cond_signal (&passage->changed);
  g_mutex_unlock (&passage->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
count_out (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Passage *passage = data;

  g_mutex_lock (&passage->lock);
  passage->out++;
  g_mutex_unlock (&passage->lock);
  return GST_PAD_PROBE_OK;
}

static void
watch (Passage *passage, Producer *producer, const gchar *name)
{
  g_autoptr (GstElement) element =
      gst_bin_get_by_name (GST_BIN (producer->pipeline), name);
  g_autoptr (GstPad) sink = gst_element_get_static_pad (element, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (element, "src");

  gst_pad_add_probe (sink, GST_PAD_PROBE_TYPE_BUFFER, count_in, passage, NULL);
  gst_pad_add_probe (src, GST_PAD_PROBE_TYPE_BUFFER, count_out, passage, NULL);
}

/* How many come out while so many go in. */
static guint
let_pass (Passage *passage, guint n)
{
  guint until, out;

  g_mutex_lock (&passage->lock);
  until = passage->in + n;
  out = passage->out;
  while (passage->in < until)
    g_cond_wait (&passage->changed, &passage->lock);
  out = passage->out - out;
  g_mutex_unlock (&passage->lock);
  return out;
}

static Producer *
produce_on_demand (Feed *feed, const gchar *upstream, Passage *passage)
{
  Producer *producer = producer_new (feed->output, upstream);

  g_object_set (producer->sink, "on-demand", TRUE, NULL);
  watch (passage, producer, "convert");
  producer_play (producer);
  return producer;
}

GST_START_TEST (on_demand_nothing_is_converted_while_nobody_watches)
{
  g_autoptr (Feed) feed = feed_new ("formats", "YUYV", NULL);
  Passage passage = { 0 };
  g_autoptr (Producer) producer =
      produce_on_demand (feed, LIVE " ! " CONVERTER, &passage);
  g_autoptr (Viewer) viewer = NULL;
  guint64 given;

  let_pass (&passage, 5);
  assert_equals_int (let_pass (&passage, 90), 0);
  viewer = viewer_new (feed->node, 0, 0, 0);
  producer_wait_for_viewers (producer, 1);
  given = producer_get_count (producer, "given");
  let_pass (&passage, 5);
  fail_unless (let_pass (&passage, 20) >= 10);
  fail_unless (producer_get_count (producer, "given") > given);
  g_clear_pointer (&viewer, viewer_free);
  producer_wait_for_viewers (producer, 0);
  let_pass (&passage, 5);
  assert_equals_int (let_pass (&passage, 60), 0);
}
GST_END_TEST

GST_START_TEST (on_demand_nothing_is_converted_for_a_camera_that_is_away)
{
  g_autoptr (Feed) feed = feed_new ("formats", "YUYV", "card", "away", NULL);
  Passage passage = { 0 };
  g_autoptr (Producer) producer =
      producer_new (feed->output, LIVE " ! " CONVERTER);
  g_autoptr (GstStructure) gone = NULL;

  g_object_set (producer->sink, "on-demand", TRUE, NULL);
  gst_util_set_object_arg (G_OBJECT (producer->sink), "on-disconnect", "wait");
  watch (&passage, producer, "convert");
  producer_play (producer);
  feed_set_enabled (feed, FALSE);
  gone = producer_wait_for_message (producer, "virtcamsink-disconnected");
  let_pass (&passage, 15);
  assert_equals_int (let_pass (&passage, 60), 0);
}
GST_END_TEST

GST_START_TEST (on_demand_a_file_goes_on_at_its_pace)
{
  g_autoptr (Feed) feed = feed_new ("formats", "YUYV", NULL);
  Passage passage = { 0 };
  G_GNUC_UNUSED g_autoptr (Producer) producer = produce_on_demand (feed,
      "videotestsrc ! video/x-raw,format=RGB,framerate=30/1 ! " CONVERTER,
      &passage);
  GstClockTime begin;
  guint out;

  let_pass (&passage, 30);
  begin = gst_util_get_timestamp ();
  out = let_pass (&passage, 90);
  /* 3 s of film, all but what upstream may run ahead */
  fail_unless (gst_util_get_timestamp () - begin > 2 * GST_SECOND);
  fail_unless (out <= 10, "%u of 90 frames were converted", out);
}
GST_END_TEST

GST_START_TEST (not_on_demand_all_is_converted)
{
  g_autoptr (Feed) feed = feed_new ("formats", "YUYV", NULL);
  g_autoptr (Producer) producer =
      producer_new (feed->output, LIVE " ! " CONVERTER);
  Passage passage = { 0 };

  watch (&passage, producer, "convert");
  producer_play (producer);
  let_pass (&passage, 5);
  fail_unless (let_pass (&passage, 20) >= 10);
  g_object_set (producer->sink, "on-demand", TRUE, NULL);
  let_pass (&passage, 5);
  assert_equals_int (let_pass (&passage, 20), 0);
  g_object_set (producer->sink, "on-demand", FALSE, NULL);
  let_pass (&passage, 5);
  fail_unless (let_pass (&passage, 20) >= 10);
}
GST_END_TEST

static Suite *
sink_viewers_suite (void)
{
  Suite *suite = suite_create ("sink-viewers");
  TCase *tcase = tcase_create ("sink-viewers");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, viewers_are_told_from_ready_on);
  tcase_add_test (tcase, who_is_told_may_stop_the_pipeline);
  tcase_add_test (tcase, frames_that_nobody_watches_are_dropped);
  tcase_add_test (tcase, on_demand_nothing_is_converted_while_nobody_watches);
  tcase_add_test (
      tcase, on_demand_nothing_is_converted_for_a_camera_that_is_away);
  tcase_add_test (tcase, on_demand_a_file_goes_on_at_its_pace);
  tcase_add_test (tcase, not_on_demand_all_is_converted);
  return suite;
}

GST_CHECK_MAIN (sink_viewers);
