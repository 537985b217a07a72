/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each frame's stations, as the log and a tracer's reader get them. */

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define N_FRAMES 30

typedef struct {
  GMutex lock;
  GPtrArray *records; /* of GstStructure, in the order of logging */
  GPtrArray *lines;
  guint n_descriptions;
} Listener;

static void
take_record (Listener *listener, const gchar *text)
{
  GstStructure *record = gst_structure_from_string (text, NULL);

  fail_unless (record != NULL, "%s", text);
  g_ptr_array_add (listener->records, record);
}

static void
listen (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer data)
{
  Listener *listener = data;
  const gchar *name = gst_debug_category_get_name (category);
  const gchar *text = gst_debug_message_get (message);

  g_mutex_lock (&listener->lock);
  if (g_str_equal (name, "virtcamtrace"))
    g_ptr_array_add (listener->lines, g_strdup (text));
  else if (g_str_has_prefix (text, "virtcamsrc-frame,"))
    take_record (listener, text);
  else if (g_str_has_prefix (text, "virtcamsrc-frame.class,"))
    listener->n_descriptions++;
  g_mutex_unlock (&listener->lock);
}

static void
free_structure (gpointer structure)
{
  gst_structure_free (structure);
}

static void
listener_start (Listener *listener, const gchar *threshold)
{
  g_mutex_init (&listener->lock);
  listener->records = g_ptr_array_new_with_free_func (free_structure);
  listener->lines = g_ptr_array_new_with_free_func (g_free);
  gst_debug_set_threshold_from_string (threshold, TRUE);
  rig_change_log (gst_debug_log_default, listen, listener);
}

static void
listener_stop (Listener *listener)
{
  rig_change_log (listen, NULL, NULL);
  g_ptr_array_unref (listener->records);
  g_ptr_array_unref (listener->lines);
  g_mutex_clear (&listener->lock);
}

static void
run_frames (void)
{
  g_autoptr (TestCamera) camera = test_camera_new (NULL, NULL);
  g_autoptr (Rig) rig = rig_new (camera->node);

  rig_set_caps (rig, SMALL);
  rig_run (rig, N_FRAMES);
}

typedef struct {
  const gchar *element, *station;
  guint index, sequence;
  guint64 stamp, ts;
} Record;

static Record
read_record (const GstStructure *structure)
{
  Record r = { .element = gst_structure_get_string (structure, "element"),
    .station = gst_structure_get_string (structure, "station") };

  fail_unless (r.element && r.station);
  fail_unless (gst_structure_get_uint (structure, "index", &r.index));
  fail_unless (gst_structure_get_uint (structure, "sequence", &r.sequence));
  fail_unless (gst_structure_get_uint64 (structure, "stamp", &r.stamp));
  fail_unless (gst_structure_get_uint64 (structure, "ts", &r.ts));
  return r;
}

/* What is known of the frame in a buffer; each station follows the one before
 * in the same buffer, with the same frame. */
static void
follow (Record *seen, Record now)
{
  Record before = *seen;

  *seen = now;
  assert_equals_string (now.element, "source");
  fail_unless (now.ts >= now.stamp);
  if (g_str_equal (now.station, "dqbuf")) {
    fail_unless (
        before.station == NULL || g_str_equal (before.station, "qbuf"));
    return;
  }
  assert_equals_string (
      before.station, g_str_equal (now.station, "push") ? "dqbuf" : "push");
  assert_equals_int (now.sequence, before.sequence);
  assert_equals_uint64 (now.stamp, before.stamp);
  fail_unless (now.ts >= before.ts);
}

GST_START_TEST (each_frame_is_recorded_at_dqbuf_push_and_qbuf)
{
  Listener listener = { 0 };
  Record seen[32] = { 0 };
  guint n_pushed = 0, n_queued = 0;

  listener_start (&listener, "GST_TRACER:7");
  run_frames ();
  for (guint i = 0; i < listener.records->len; i++) {
    Record record = read_record (listener.records->pdata[i]);

    fail_unless (record.index < G_N_ELEMENTS (seen));
    follow (&seen[record.index], record);
    n_pushed += g_str_equal (record.station, "push");
    n_queued += g_str_equal (record.station, "qbuf");
  }
  assert_equals_int (n_pushed, N_FRAMES);
  /* the sink keeps its last one until the element has gone */
  fail_unless (n_queued >= N_FRAMES - 2);
  assert_equals_int (listener.lines->len, 0);
  listener_stop (&listener);
}
GST_END_TEST

GST_START_TEST (each_station_is_logged_in_words)
{
  Listener listener = { 0 };
  guint n_pushed = 0;

  listener_start (&listener, "virtcamtrace:7");
  run_frames ();
  for (guint i = 0; i < listener.lines->len; i++)
    n_pushed += g_str_has_prefix (listener.lines->pdata[i], "push: buffer ");
  assert_equals_int (n_pushed, N_FRAMES);
  fail_unless (listener.lines->len >= 3 * N_FRAMES - 2);
  assert_equals_int (listener.records->len, 0);
  listener_stop (&listener);
}
GST_END_TEST

GST_START_TEST (nothing_is_traced_below_the_level_of_traces)
{
  Listener listener = { 0 };

  listener_start (&listener, "*:6");
  run_frames ();
  assert_equals_int (listener.lines->len + listener.records->len, 0);
  listener_stop (&listener);
}
GST_END_TEST

/* The class is made once in a program: nobody has made it here before. */
GST_START_TEST (the_record_describes_itself)
{
  Listener listener = { 0 };

  listener_start (&listener, "GST_TRACER:7");
  run_frames ();
  assert_equals_int (listener.n_descriptions, 1);
  listener_stop (&listener);
}
GST_END_TEST

static Suite *
trace_suite (void)
{
  Suite *suite = suite_create ("trace");
  TCase *tcase = tcase_create ("trace");

  tcase_set_timeout (tcase, 120);
  suite_add_tcase (suite, tcase);
  tcase_add_test (tcase, each_frame_is_recorded_at_dqbuf_push_and_qbuf);
  tcase_add_test (tcase, each_station_is_logged_in_words);
  tcase_add_test (tcase, nothing_is_traced_below_the_level_of_traces);
  tcase_add_test (tcase, the_record_describes_itself);
  return suite;
}

GST_CHECK_MAIN (trace);
