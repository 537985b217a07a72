/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "load-trace.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRACING "/sys/kernel/tracing"
#define DIRECTORY TRACING "/instances/virtcam-load"
#define BUFFER_KB "16384"

struct _LoadTrace
{
  char **lines;
};

typedef struct
{
  const char *node;
  LoadStory *story;
  guint next;                   /* the frame that is to be told of */
  int empty;                    /* buffers */
} Reading;

static void
write_file (const char *name, const char *value)
{
  g_autofree char *path = g_build_filename (DIRECTORY, name, NULL);
  FILE *stream = fopen (path, "w");

  if (!stream || fputs (value, stream) < 0 || fclose (stream) != 0)
    g_error ("writing '%s' to %s: %s", value, path, g_strerror (errno));
}

static char *
read_file (const char *name)
{
  g_autofree char *path = g_build_filename (DIRECTORY, name, NULL);
  GError *error = NULL;
  char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, &error))
    g_error ("%s", error->message);
  return text;
}

LoadTrace *
load_trace_start (void)
{
  if (!g_file_test (TRACING "/events/virtcam", G_FILE_TEST_IS_DIR))
    return NULL;
  if (g_mkdir (DIRECTORY, 0755) < 0)
    g_error ("mkdir " DIRECTORY ": %s", g_strerror (errno));
  /* One order for all processors. */
  write_file ("trace_clock", "counter");
  write_file ("buffer_size_kb", BUFFER_KB);
  write_file ("events/virtcam/virtcam_queued/enable", "1");
  write_file ("events/virtcam/virtcam_filled/enable", "1");
  write_file ("events/virtcam/virtcam_dropped/enable", "1");
  return g_new0 (LoadTrace, 1);
}

static void
assert_whole (void)
{
  const guint processors = g_get_num_processors ();

  for (guint i = 0; i < processors; i++) {
    g_autofree char *name = g_strdup_printf ("per_cpu/cpu%u/stats", i);
    g_autofree char *text = read_file (name);

    if (!strstr (text, "\noverrun: 0\n"))
      g_error ("events were lost:\n%s", text);
  }
}

void
load_trace_stop (LoadTrace * trace)
{
  g_autofree char *text = NULL;

  write_file ("events/virtcam/enable", "0");
  assert_whole ();
  text = read_file ("trace");
  trace->lines = g_strsplit (text, "\n", -1);
  g_assert_no_errno (g_rmdir (DIRECTORY));
}

void
load_trace_free (LoadTrace * trace)
{
  if (!trace)
    return;
  g_strfreev (trace->lines);
  g_free (trace);
}

static guint
get_field (const char *event, const char *name)
{
  const char *field = strstr (event, name);

  if (!field)
    g_error ("no %s in \"%s\"", name, event);
  return (guint) strtoul (field + strlen (name), NULL, 10);
}

static void
expect_sequence (Reading * reading, const char *event)
{
  if (get_field (event, " sequence=") != reading->next)
    g_error ("frame %u of %s is not told of: %s", reading->next,
        reading->node, event);
}

static void
read_filled (Reading * reading, const char *event)
{
  expect_sequence (reading, event);
  if (reading->next <= reading->story->last)
    reading->story->filled++;
  reading->next++;
  reading->empty--;
}

/*
 * A frame alone had no buffer. The last one queued may have come too late: it
 * is told of before it is put in its place. More than one at once were late.
 */
static void
read_dropped (Reading * reading, const char *event)
{
  const guint count = get_field (event, " count=");

  expect_sequence (reading, event);
  if (count == 1 && reading->empty > 1)
    g_error ("%s, and %d buffers are empty", event, reading->empty);
  if (reading->next <= reading->story->last)
    *(count == 1 ? &reading->story->missed : &reading->story->late) += count;
  reading->story->dropped += count;
  reading->next += count;
}

void
load_trace_read (LoadTrace * trace, const char *node, LoadStory * story)
{
  g_autofree char *mark = g_strdup_printf (": %s ", node + strlen ("/dev/"));
  Reading reading = {.node = node,.story = story };

  for (guint i = 0; trace->lines[i]; i++) {
    const char *event = strstr (trace->lines[i], "virtcam_");

    if (!event || !strstr (event, mark))
      continue;
    if (g_str_has_prefix (event, "virtcam_queued"))
      reading.empty++;
    else if (g_str_has_prefix (event, "virtcam_filled"))
      read_filled (&reading, event);
    else
      read_dropped (&reading, event);
  }
}
