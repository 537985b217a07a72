/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Time: PTS on any clock, latency, losses, pauses. */

#include <gst/base/gstbasesrc.h>

#include "reader.h"
#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define INTERVAL (GST_SECOND / 30)

/* The clock of the pipeline runs elsewhere: an hour and a bit ahead. */
#define AHEAD (3600 * GST_SECOND + 123456789)

static void
check_pts (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstClock *clock = data;
  GstClockTime base_time = gst_element_get_base_time (rig->source);
  GstClockTime running = gst_clock_get_time (clock) - base_time;
  VirtcamStamp stamp = rig_read_stamp (rig, buffer);
  GstClockTime age = gst_util_get_timestamp () - stamp.time_ns;

  /* between the deadline and the end of drawing lies less than an interval */
  fail_unless (GST_BUFFER_PTS (buffer) <= running - age + GST_MSECOND);
  fail_unless (GST_BUFFER_PTS (buffer) + INTERVAL >= running - age);
}

GST_START_TEST (pts_is_the_capture_time_on_any_clock)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstClock) clock =
      g_object_new (GST_TYPE_SYSTEM_CLOCK, "name", "elsewhere", NULL);

  gst_clock_set_calibration (clock, 0, AHEAD, 1, 1);
  gst_pipeline_use_clock (GST_PIPELINE (rig->pipeline), clock);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_pts, clock);
  rig_run (rig, 20);
}
GST_END_TEST

GST_START_TEST (pts_is_the_capture_time_on_the_realtime_clock)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstClock) clock = g_object_new (GST_TYPE_SYSTEM_CLOCK, "name",
      "wall", "clock-type", GST_CLOCK_TYPE_REALTIME, NULL);

  gst_pipeline_use_clock (GST_PIPELINE (rig->pipeline), clock);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_pts, clock);
  rig_run (rig, 20);
}
GST_END_TEST

static void
check_latency (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  g_autoptr (GstQuery) query = gst_query_new_latency ();
  GstClockTime min, max;
  gboolean live;

  fail_unless (gst_element_query (rig->source, query));
  gst_query_parse_latency (query, &live, &min, &max);
  fail_unless (live);
  assert_equals_uint64 (min, gst_util_uint64_scale_round (GST_SECOND, 1, 30));
  fail_unless (max >= 3 * min && GST_CLOCK_TIME_IS_VALID (max));
}

GST_START_TEST (latency_is_a_frame_at_least)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstStructure) stats = NULL;
  GstClockTime latency;

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_latency, NULL);
  rig_run (rig, 3);
  g_object_get (rig->source, "stats", &stats, NULL);
  fail_unless (gst_structure_get_clock_time (stats, "latency", &latency));
  fail_unless (latency > 0 && latency < INTERVAL);
}
GST_END_TEST

/* The streaming thread stands still until the camera says that it has lost
 * frames. */
typedef struct {
  Reader *watcher;
  guint64 lost;
  guint32 last;
} Stall;

static void
stall_then_check_gap (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Stall *stall = data;
  VirtcamStamp stamp = rig_read_stamp (rig, buffer);
  gboolean gap = number > 0 && stamp.sequence != stall->last + 1;

  assert_equals_uint64 (GST_BUFFER_OFFSET (buffer), stamp.sequence);
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) ==
               (gap || number == 0));
  if (gap)
    stall->lost += stamp.sequence - stall->last - 1;
  stall->last = stamp.sequence;
  if (number == 3) {
    while (reader_get_control (stall->watcher, READER_FRAMES_DROPPED) < 7)
      ;
  }
}

GST_START_TEST (a_gap_sets_discont_and_offset_and_counts_exactly)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  Stall stall = { .watcher = reader_open (camera->node) };

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, stall_then_check_gap, &stall);
  rig_run (rig, 20);
  fail_unless (stall.lost >= 7);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), stall.lost);
  assert_equals_uint64 (
      stall.lost, reader_get_control (stall.watcher, READER_FRAMES_DROPPED));
  reader_close (stall.watcher);
}
GST_END_TEST

/* A pause is no loss, and its frames are nobody's. One frame may be on its way
 * to the sink when the pause begins: it arrives after it. */
typedef struct {
  GstClockTime last_pts;
  GstClockTime resumed_running; /* 0 before the pause */
  guint n_old, n_new;
} Pause;

static void
check_after_pause (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  Pause *pause = data;

  fail_unless (number == 0 || GST_BUFFER_PTS (buffer) > pause->last_pts);
  pause->last_pts = GST_BUFFER_PTS (buffer);
  if (pause->resumed_running == 0)
    return;
  if (GST_BUFFER_PTS (buffer) < pause->resumed_running) {
    assert_equals_int (pause->n_new, 0);
    pause->n_old++;
    return;
  }
  fail_unless (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DISCONT) ==
               (pause->n_new == 0));
  pause->n_new++;
}

GST_START_TEST (frames_of_a_pause_are_left_out_and_no_loss)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (Reader) watcher = reader_open (camera->node);
  Pause pause = { 0 };

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_after_pause, &pause);
  rig_play (rig);
  rig_wait_for_frames (rig, 5);
  fail_unless_equals_int (
      gst_element_set_state (rig->pipeline, GST_STATE_PAUSED),
      GST_STATE_CHANGE_NO_PREROLL);
  while (reader_get_control (watcher, READER_FRAMES_CAPTURED) +
             reader_get_control (watcher, READER_FRAMES_DROPPED) <
         20)
    ;
  pause.resumed_running = gst_element_get_start_time (rig->pipeline);
  rig_play (rig);
  rig_wait_for_frames (rig, rig->n_frames + 5);
  rig_stop (rig);
  fail_unless (pause.n_old <= 1 && pause.n_new >= 4);
  assert_equals_uint64 (rig_get_count (rig, "dropped"), 0);
}
GST_END_TEST

/* The capture time as a meta, on whatever buffer. On the default clock the
 * PTS is the same but for the base time. */
static GstReferenceTimestampMeta *
get_capture_meta (GstBuffer *buffer)
{
  g_autoptr (GstCaps) clock =
      gst_caps_new_empty_simple ("timestamp/x-system-monotonic");
  GstReferenceTimestampMeta *meta =
      gst_buffer_get_reference_timestamp_meta (buffer, clock);

  fail_unless (meta != NULL);
  assert_equals_int (
      gst_buffer_get_n_meta (buffer, GST_REFERENCE_TIMESTAMP_META_API_TYPE), 1);
  return meta;
}

static void
check_capture_meta (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GPtrArray *held = data;
  GstReferenceTimestampMeta *meta = get_capture_meta (buffer);

  assert_equals_uint64 (meta->timestamp,
      GST_BUFFER_PTS (buffer) + gst_element_get_base_time (rig->source));
  assert_equals_uint64 (meta->duration, GST_CLOCK_TIME_NONE);
  /* a copy in another layout has strides that only its reader knows */
  if (gst_buffer_get_video_meta (buffer)) {
    guint64 drawn = rig_read_stamp (rig, buffer).time_ns;

    fail_unless (meta->timestamp < drawn);
    fail_unless (meta->timestamp + INTERVAL > drawn);
  }
  if (held)
    g_ptr_array_add (held, gst_buffer_ref (buffer));
}

static void
run_with_meta (const gchar *caps, const gchar *io_mode, gint n_frames,
    GPtrArray *held, gboolean copied)
{
  g_autoptr (TestCamera) camera =
      test_camera_new ("sizes", "160x120 162x122", NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  gst_util_set_object_arg (G_OBJECT (rig->source), "io-mode", io_mode);
  rig_set_caps (rig, caps);
  rig_on_frame (rig, check_capture_meta, held);
  rig_run (rig, n_frames);
  fail_unless ((rig_get_count (rig, "copied") > 0) == copied);
}

GST_START_TEST (mapped_buffers_carry_their_capture_time)
{
  run_with_meta (SMALL, "mmap", 30, NULL, FALSE);
}
GST_END_TEST

GST_START_TEST (dmabufs_carry_their_capture_time)
{
  run_with_meta (SMALL, "dmabuf", 30, NULL, FALSE);
}
GST_END_TEST

GST_START_TEST (buffers_copied_for_their_layout_carry_their_capture_time)
{
  run_with_meta ("video/x-raw,format=I420,width=162,height=122,framerate=30/1",
      "mmap", 10, NULL, TRUE);
}
GST_END_TEST

GST_START_TEST (buffers_copied_for_the_driver_carry_their_capture_time)
{
  g_autoptr (GPtrArray) held =
      g_ptr_array_new_with_free_func ((GDestroyNotify) gst_buffer_unref);

  run_with_meta (SMALL, "mmap", 50, held, TRUE);
  for (guint i = 1; i < held->len; i++)
    fail_unless (get_capture_meta (held->pdata[i])->timestamp >
                 get_capture_meta (held->pdata[i - 1])->timestamp);
}
GST_END_TEST

static void
check_dts (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  fail_unless (GST_BUFFER_PTS_IS_VALID (buffer));
  fail_if (GST_BUFFER_DTS_IS_VALID (buffer));
}

GST_START_TEST (raw_video_has_no_decoding_time)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_dts, NULL);
  rig_run (rig, 3);
}
GST_END_TEST

/* Drawn, then pushed, then here. */
static void
check_arrival (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  GstClockTime base = gst_element_get_base_time (rig->source);

  fail_unless (
      GST_BUFFER_PTS (buffer) + base > rig_read_stamp (rig, buffer).time_ns);
  fail_unless (GST_BUFFER_PTS (buffer) + base < gst_util_get_timestamp ());
  fail_unless (
      GST_BUFFER_PTS (buffer) + base > get_capture_meta (buffer)->timestamp);
  assert_equals_uint64 (GST_BUFFER_DTS (buffer), GST_BUFFER_PTS (buffer));
}

GST_START_TEST (do_timestamp_makes_pts_the_time_of_the_push)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  g_object_set (rig->source, "do-timestamp", TRUE, NULL);
  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, check_arrival, NULL);
  rig_run (rig, 20);
}
GST_END_TEST

/* Without a notification. */
static void
set_do_timestamp (Rig *rig, GstBuffer *buffer, guint number, gpointer data)
{
  if (number > 5)
    check_arrival (rig, buffer, number, data);
  gst_base_src_set_do_timestamp (GST_BASE_SRC (rig->source), number >= 5);
}

GST_START_TEST (do_timestamp_is_heeded_at_once)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_on_frame (rig, set_do_timestamp, NULL);
  rig_run (rig, 20);
}
GST_END_TEST

static GstPadProbeReturn
take_segment (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  GstEvent *event = GST_PAD_PROBE_INFO_EVENT (info);

  if (GST_EVENT_TYPE (event) == GST_EVENT_SEGMENT) {
    GstSegment *segment = data;

    fail_unless_equals_int (segment->format, GST_FORMAT_UNDEFINED);
    gst_event_copy_segment (event, segment);
  }
  return GST_PAD_PROBE_OK;
}

/* So PTS is running time and stream time alike. */
GST_START_TEST (one_segment_counts_time_from_zero)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);
  g_autoptr (GstPad) pad = gst_element_get_static_pad (rig->source, "src");
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_UNDEFINED);
  gst_pad_add_probe (
      pad, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, take_segment, &segment, NULL);
  rig_set_caps (rig, SMALL);
  rig_run (rig, 20);
  fail_unless_equals_int (segment.format, GST_FORMAT_TIME);
  assert_equals_uint64 (segment.start, 0);
  assert_equals_uint64 (segment.base, 0);
  assert_equals_uint64 (segment.time, 0);
  assert_equals_uint64 (segment.stop, GST_CLOCK_TIME_NONE);
  assert_equals_float (segment.rate, 1.0);
}
GST_END_TEST

static Suite *
timestamps_suite (void)
{
  Suite *suite = suite_create ("timestamps");
  TCase *tcase = tcase_create ("timestamps");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, pts_is_the_capture_time_on_any_clock);
  tcase_add_test (tcase, pts_is_the_capture_time_on_the_realtime_clock);
  tcase_add_test (tcase, latency_is_a_frame_at_least);
  tcase_add_test (tcase, a_gap_sets_discont_and_offset_and_counts_exactly);
  tcase_add_test (tcase, frames_of_a_pause_are_left_out_and_no_loss);
  tcase_add_test (tcase, mapped_buffers_carry_their_capture_time);
  tcase_add_test (tcase, dmabufs_carry_their_capture_time);
  tcase_add_test (
      tcase, buffers_copied_for_their_layout_carry_their_capture_time);
  tcase_add_test (
      tcase, buffers_copied_for_the_driver_carry_their_capture_time);
  tcase_add_test (tcase, raw_video_has_no_decoding_time);
  tcase_add_test (tcase, do_timestamp_makes_pts_the_time_of_the_push);
  tcase_add_test (tcase, do_timestamp_is_heeded_at_once);
  tcase_add_test (tcase, one_segment_counts_time_from_zero);
  return suite;
}

GST_CHECK_MAIN (timestamps);
