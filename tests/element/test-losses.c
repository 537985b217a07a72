/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the bus is told of time: losses, and changes of the latency. */

#include "reader.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120"
#define AT_30 SMALL ",framerate=30/1"
#define AT_15 SMALL ",framerate=15/1"
#define INTERVAL G_GUINT64_CONSTANT (33333333)

typedef struct {
  GMutex lock;
  GstMessageType type;
  GPtrArray *messages; /* of that type */
} Collector;

static GstBusSyncReply
collect (GstBus *bus, GstMessage *message, gpointer data)
{
  Collector *collector = data;

  g_mutex_lock (&collector->lock);
  if (GST_MESSAGE_TYPE (message) == collector->type)
    g_ptr_array_add (collector->messages, gst_message_ref (message));
  g_mutex_unlock (&collector->lock);
  return GST_BUS_PASS;
}

static void
collector_init (Collector *collector, Rig *rig, GstMessageType type)
{
  g_mutex_init (&collector->lock);
  collector->type = type;
  collector->messages =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_message_unref);
  gst_bus_set_sync_handler (rig->bus, collect, collector, NULL);
}

static guint
collector_count (Collector *collector)
{
  guint count;

  g_mutex_lock (&collector->lock);
  count = collector->messages->len;
  g_mutex_unlock (&collector->lock);
  return count;
}

static void
collector_finish (Collector *collector)
{
  g_ptr_array_unref (collector->messages);
  g_mutex_clear (&collector->lock);
}

/* Losses */

typedef struct {
  Reader *watcher;
  guint32 last;
  GArray *gaps; /* of Gap */
} Stall;

typedef struct {
  guint64 missed;
  guint64 received; /* this frame included */
  GstClockTime pts; /* of the frame after it */
} Gap;

/* Twice the streaming thread stands still until the camera has lost frames. */
static void
stall_and_note_gaps (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Stall *stall = data;
  guint32 sequence = rig_read_stamp (rig, buffer).sequence;
  gint lost = reader_get_control (stall->watcher, READER_FRAMES_DROPPED);

  if (number > 0 && sequence != stall->last + 1) {
    Gap gap = { .missed = sequence - stall->last - 1,
      .received = number + 1,
      .pts = GST_BUFFER_PTS (buffer) };

    g_array_append_val (stall->gaps, gap);
  }
  stall->last = sequence;
  if (number == 3 || number == 13) {
    while (
        reader_get_control (stall->watcher, READER_FRAMES_DROPPED) < lost + 7)
      ;
  }
}

static void
check_qos (GstMessage *message, const Gap *gap, guint64 dropped)
{
  GstClockTime running, stream, timestamp, duration;
  guint64 told_processed, told_dropped;
  gdouble proportion;
  gboolean live;
  GstFormat format;
  gint64 jitter;
  gint quality;

  gst_message_parse_qos (
      message, &live, &running, &stream, &timestamp, &duration);
  gst_message_parse_qos_stats (
      message, &format, &told_processed, &told_dropped);
  gst_message_parse_qos_values (message, &jitter, &proportion, &quality);
  fail_unless (live);
  assert_equals_uint64 (duration, gap->missed * INTERVAL);
  assert_equals_uint64 (timestamp, gap->pts - duration);
  assert_equals_uint64 (running, timestamp);
  assert_equals_uint64 (stream, timestamp);
  fail_unless_equals_int (format, GST_FORMAT_BUFFERS);
  assert_equals_uint64 (told_processed, gap->received);
  assert_equals_uint64 (told_dropped, dropped);
  fail_unless (jitter >= (gint64) duration);
  assert_equals_float (
      proportion, (gdouble) gap->received / (gap->received + dropped));
  fail_unless_equals_int (quality, 1000000);
}

GST_START_TEST (each_gap_posts_one_qos_message_with_its_statistics)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GArray) gaps = g_array_new (FALSE, FALSE, sizeof (Gap));
  Stall stall = { .watcher = reader_open (camera->node), .gaps = gaps };
  guint64 dropped = 0;
  Collector qos;

  collector_init (&qos, rig, GST_MESSAGE_QOS);
  rig_set_caps (rig, AT_30);
  rig_on_frame (rig, stall_and_note_gaps, &stall);
  rig_run (rig, 30);
  assert_equals_int (gaps->len, 2);
  assert_equals_int (qos.messages->len, 2);
  for (guint i = 0; i < gaps->len; i++) {
    const Gap *gap = &g_array_index (gaps, Gap, i);

    dropped += gap->missed;
    check_qos (g_ptr_array_index (qos.messages, i), gap, dropped);
  }
  assert_equals_uint64 (rig_get_count (rig, "dropped"), dropped);
  reader_close (stall.watcher);
  collector_finish (&qos);
}
GST_END_TEST

GST_START_TEST (a_stream_without_loss_posts_no_qos_message)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Collector qos;

  collector_init (&qos, rig, GST_MESSAGE_QOS);
  rig_set_caps (rig, AT_30);
  rig_run (rig, 30);
  assert_equals_int (qos.messages->len, 0);
  collector_finish (&qos);
}
GST_END_TEST

/* The driver's one, downstream's unsaid two, the one that is pushed, a spare */
#define BUFFERS_AT_FIRST 5

/* An encoder, or a window, may take its time to open when the first frame
 * comes. Another frame in each buffer is as long as nothing need be lost. */
static void
block_at_first (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Reader *watcher = data;

  assert_equals_int (rig_read_stamp (rig, buffer).sequence, number);
  while (number == 0 &&
         reader_get_control (watcher, READER_FRAMES_CAPTURED) +
                 reader_get_control (watcher, READER_FRAMES_DROPPED) <
             BUFFERS_AT_FIRST)
    ;
}

/* Nothing is lost; how many buffers more there are than at first. on_frame's
 * data is another program's handle. */
static guint64
start_watched (RigFrame on_frame)
{
  guint64 grown;
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Reader *watcher = reader_open (camera->node);

  rig_set_caps (rig, AT_15);
  rig_on_frame (rig, on_frame, watcher);
  rig_run (rig, 20);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
  assert_equals_uint64 (rig_get_count (rig, "copied"), 0);
  grown = rig_get_count (rig, "grown");
  reader_close (watcher);
  return grown;
}

GST_START_TEST (no_frame_is_lost_at_the_start)
{
  start_watched (block_at_first);
}
GST_END_TEST

/* Latency */

static void
query_latency (Rig *rig, GstClockTime *min, GstClockTime *max)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  fail_unless (gst_element_query (rig->source, query));
  gst_query_parse_latency (query, NULL, min, max);
}

GST_START_TEST (another_rate_posts_a_latency_message)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("intervals", "1/30 1/15", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  GstClockTime before, after, max;
  Collector latency;
  guint count;

  collector_init (&latency, rig, GST_MESSAGE_LATENCY);
  rig_set_caps (rig, AT_30);
  rig_play (rig);
  rig_wait_for_frames (rig, 3);
  query_latency (rig, &before, &max);
  count = collector_count (&latency);
  fail_unless (count >= 1);
  rig_set_caps (rig, SMALL ",framerate=15/1");
  while (collector_count (&latency) == count)
    rig_wait_for_frames (rig, rig->n_frames + 1);
  query_latency (rig, &after, &max);
  rig_stop (rig);
  assert_equals_uint64 (before, INTERVAL);
  assert_equals_uint64 (after, 2 * INTERVAL + 1);
  assert_equals_int (collector_count (&latency), count + 1);
  collector_finish (&latency);
}
GST_END_TEST

typedef struct {
  Collector latency;
  GPtrArray *held;
  GstClockTime first_max, last_max;
  guint n_announced; /* when the first frame came */
} Hoard;

static void
hold_and_ask (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Hoard *hoard = data;
  GstClockTime min;

  g_ptr_array_add (hoard->held, gst_buffer_ref (buffer));
  query_latency (rig, &min, &hoard->last_max);
  if (number == 0) {
    hoard->first_max = hoard->last_max;
    hoard->n_announced = collector_count (&hoard->latency);
  }
}

/* One message for each buffer more, none without one. */
GST_START_TEST (more_buffers_post_latency_messages)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Hoard hoard = { .held = g_ptr_array_new_with_free_func (
                      (GDestroyNotify) gst_buffer_unref) };
  guint n_more;

  collector_init (&hoard.latency, rig, GST_MESSAGE_LATENCY);
  rig_set_caps (rig, AT_30);
  rig_on_frame (rig, hold_and_ask, &hoard);
  rig_run (rig, 16);
  n_more = (hoard.last_max - hoard.first_max) / INTERVAL;
  fail_unless (n_more > 3);
  assert_equals_int (
      collector_count (&hoard.latency) - hoard.n_announced, n_more);
  g_ptr_array_unref (hoard.held);
  collector_finish (&hoard.latency);
}
GST_END_TEST

static Suite *
losses_suite (void)
{
  Suite *suite = suite_create ("losses");
  TCase *tcase = tcase_create ("losses");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, each_gap_posts_one_qos_message_with_its_statistics);
  tcase_add_test (tcase, a_stream_without_loss_posts_no_qos_message);
  tcase_add_test (tcase, no_frame_is_lost_at_the_start);
  tcase_add_test (tcase, another_rate_posts_a_latency_message);
  tcase_add_test (tcase, more_buffers_post_latency_messages);
  return suite;
}

GST_CHECK_MAIN (losses);
