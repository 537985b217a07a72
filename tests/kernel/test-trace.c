/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Tracepoints: every station of a frame, in order and with its number. */
#include <glib/gstdio.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "fixture.h"
#include "reader.h"

#define TRACING "/sys/kernel/tracing"

/* An instance of one's own: nobody else's events, nobody's buffer cleared. */
typedef struct
{
  char *directory;
} Trace;

static void
write_trace (Trace * trace, const char *file, const char *value)
{
  g_autofree char *path = g_build_filename (trace->directory, file, NULL);
  FILE *stream = fopen (path, "w");

  if (!stream || fputs (value, stream) < 0 || fclose (stream) != 0)
    g_error ("writing '%s' to %s: %s", value, path, g_strerror (errno));
}

static void
trace_start (Trace * trace)
{
  trace->directory = g_strdup (TRACING "/instances/virtcam-test");
  if (g_mkdir (trace->directory, 0755) < 0)
    g_error ("mkdir %s: %s", trace->directory, g_strerror (errno));
  write_trace (trace, "events/virtcam/enable", "1");
}

/* The events of one node so far, a line each: "name: rest". */
static char **
trace_stop (Trace * trace, const char *node)
{
  g_autofree char *path = g_build_filename (trace->directory, "trace", NULL);
  g_autofree char *text = NULL;
  g_autofree char *mark = g_strdup_printf (": %s ", node + strlen ("/dev/"));
  g_autoptr (GPtrArray) events = g_ptr_array_new ();
  g_auto (GStrv) lines = NULL;
  GError *error = NULL;

  write_trace (trace, "events/virtcam/enable", "0");
  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("%s", error->message);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *event = strstr (lines[i], "virtcam_");

    if (event && strstr (event, mark))
      g_ptr_array_add (events, g_strdup (event));
  }
  g_ptr_array_add (events, NULL);
  g_assert_no_errno (g_rmdir (trace->directory));
  g_free (trace->directory);
  return (char **) g_ptr_array_free (g_steal_pointer (&events), FALSE);
}

/* The index of the first such event at or after @from; it must be there. */
static guint
find_event (char **events, guint from, const char *name, const char *field,
    guint value)
{
  g_autofree char *wanted = g_strdup_printf (" %s=%u", field, value);
  const gsize length = strlen (wanted);

  for (guint i = from; events[i]; i++) {
    const char *found = strstr (events[i], wanted);

    if (g_str_has_prefix (events[i], name) && found &&
        !g_ascii_isdigit (found[length]))
      return i;
  }
  g_error ("no %s with%s after event %u", name, wanted, from);
}

static void
each_frame_is_queued_filled_and_done_in_this_order (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_auto (GStrv) events = NULL;
  struct v4l2_buffer buffers[5];
  Trace trace;

  trace_start (&trace);
  reader_start (reader, 5);
  for (guint i = 0; i < 5; i++)
    reader_dequeue (reader, &buffers[i]);
  reader_stream_off (reader);
  events = trace_stop (&trace, fixture->camera->node);

  for (guint i = 0; i < 5; i++) {
    guint queued = find_event (events, 0, "virtcam_queued", "index",
        buffers[i].index);
    guint filled = find_event (events, queued, "virtcam_filled", "sequence",
        buffers[i].sequence);
    guint done = find_event (events, filled, "virtcam_done", "sequence",
        buffers[i].sequence);

    g_assert_cmpuint (find_event (events, filled, "virtcam_filled", "index",
            buffers[i].index), ==, filled);
    g_assert_cmpuint (find_event (events, done, "virtcam_done", "index",
            buffers[i].index), ==, done);
  }
}

static void
each_dropped_frame_is_traced_with_its_number (Fixture * fixture)
{
  g_autoptr (Reader) reader = reader_open (fixture->camera->node);
  g_auto (GStrv) events = NULL;
  struct v4l2_buffer first, second;
  guint at = 0;
  Trace trace;

  trace_start (&trace);
  reader_start (reader, 1);
  reader_dequeue (reader, &first);
  while (reader_get_control (reader, READER_FRAMES_DROPPED) < 3)
    sched_yield ();
  reader_queue (reader, first.index);
  reader_dequeue (reader, &second);
  events = trace_stop (&trace, fixture->camera->node);

  g_assert_cmpuint (second.sequence, >, first.sequence + 3);
  for (guint i = first.sequence + 1; i < second.sequence; i++) {
    at = find_event (events, at, "virtcam_dropped", "sequence", i);
    g_assert_cmpuint (find_event (events, at, "virtcam_dropped", "count", 1),
        ==, at);
  }
  find_event (events, at, "virtcam_filled", "sequence", second.sequence);
}

int
main (int argc, char **argv)
{
  fixture_init (argc, argv);
  if (!g_file_test (TRACING "/events/virtcam", G_FILE_TEST_IS_DIR)) {
    printf ("1..0 # SKIP no %s/events/virtcam\n", TRACING);
    return 77;
  }
#define ADD(name) fixture_add ("/trace/" #name, name)
  ADD (each_frame_is_queued_filled_and_done_in_this_order);
  ADD (each_dropped_frame_is_traced_with_its_number);
  return g_test_run ();
}
