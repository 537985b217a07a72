/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Each frame's stations, as the log has them. */

#include <stdio.h>

#include "rig.h"

#define SMALL "video/x-raw,format=YUY2,width=160,height=120,framerate=30/1"
#define N_FRAMES 30

typedef struct {
  GMutex lock;
  GPtrArray *lines;
} Listener;

static void
listen (GstDebugCategory *category, GstDebugLevel level, const gchar *file,
    const gchar *function, gint line, GObject *object, GstDebugMessage *message,
    gpointer data)
{
  Listener *listener = data;

  if (!g_str_equal (gst_debug_category_get_name (category), "virtcamtrace"))
    return;
  g_mutex_lock (&listener->lock);
  g_ptr_array_add (listener->lines, g_strdup (gst_debug_message_get (message)));
  g_mutex_unlock (&listener->lock);
}

static void
listener_start (Listener *listener, const gchar *threshold)
{
  g_mutex_init (&listener->lock);
  listener->lines = g_ptr_array_new_with_free_func (g_free);
  gst_debug_set_threshold_from_string (threshold, TRUE);
  rig_change_log (gst_debug_log_default, listen, listener);
}

static void
listener_stop (Listener *listener)
{
  rig_change_log (listen, NULL, NULL);
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
  gchar station[8];
  guint index, sequence;
} Record;

static Record
read_line (const gchar *line)
{
  Record record;

  fail_unless (sscanf (line, "%7[a-z]: buffer %u, frame %u", record.station,
                   &record.index, &record.sequence) == 3,
      "%s", line);
  return record;
}

/* What is known of the frame in a buffer; each station follows the one before
 * in the same buffer, with the same frame. */
static void
follow (Record *seen, Record now)
{
  Record before = *seen;

  *seen = now;
  if (g_str_equal (now.station, "dqbuf")) {
    fail_unless (
        before.station[0] == '\0' || g_str_equal (before.station, "qbuf"));
    return;
  }
  assert_equals_string (
      before.station, g_str_equal (now.station, "push") ? "dqbuf" : "push");
  assert_equals_int (now.sequence, before.sequence);
}

GST_START_TEST (each_frame_is_logged_at_dqbuf_push_and_qbuf)
{
  Listener listener = { 0 };
  Record seen[32] = { 0 };
  guint n_pushed = 0, n_queued = 0;

  listener_start (&listener, "virtcamtrace:7");
  run_frames ();
  for (guint i = 0; i < listener.lines->len; i++) {
    Record record = read_line (listener.lines->pdata[i]);

    fail_unless (record.index < G_N_ELEMENTS (seen));
    follow (&seen[record.index], record);
    n_pushed += g_str_equal (record.station, "push");
    n_queued += g_str_equal (record.station, "qbuf");
  }
  assert_equals_int (n_pushed, N_FRAMES);
  /* the sink keeps its last one until the element has gone */
  fail_unless (n_queued >= N_FRAMES - 2);
  listener_stop (&listener);
}
GST_END_TEST

GST_START_TEST (nothing_is_traced_below_the_level_of_traces)
{
  Listener listener = { 0 };

  listener_start (&listener, "*:6");
  run_frames ();
  assert_equals_int (listener.lines->len, 0);
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
  tcase_add_test (tcase, each_frame_is_logged_at_dqbuf_push_and_qbuf);
  tcase_add_test (tcase, nothing_is_traced_below_the_level_of_traces);
  return suite;
}

GST_CHECK_MAIN (trace);
