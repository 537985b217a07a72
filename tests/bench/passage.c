/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What a frame costs the kernel apart from its drawing: timer, waking, queue,
 * bookkeeping, the three system calls of who takes it. That is all that the
 * drawing thread and a bare loop execute, less the time in the driver's
 * function that draws, which the kernel's function_graph tracer tells in a
 * second stream.
 */
#include <stdio.h>
#include <string.h>

#include "camera.h"
#include "drivers.h"
#include "figure.h"
#include "loop.h"
#include "vivid.h"

#define TRACING "/sys/kernel/tracing"
#define FRAMES 200

static void
set_tracing (const char *file, const char *value)
{
  g_autofree char *path = g_build_filename (TRACING, file, NULL);
  FILE *stream = fopen (path, "w");

  if (!stream || fputs (value, stream) < 0 || fclose (stream) != 0)
    g_error ("%s to %s: %m", value, path);
}

/* Nanoseconds in calls of the one function that is traced. A line of the trace:
 * " 0) # 1234.567 us |  pattern_draw [virtcam]();" */
static gdouble
mean_of_calls (void)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gdouble sum = 0;
  guint count = 0;

  if (!g_file_get_contents (TRACING "/trace", &text, NULL, NULL))
    g_error ("no trace");
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i]; i++) {
    const char *number = strpbrk (lines[i], ")");

    if (!number || !strstr (lines[i], " us "))
      continue;
    number += strcspn (number, "0123456789");
    sum += g_ascii_strtod (number, NULL) * 1000;
    count++;
  }
  g_assert_cmpuint (count, >=, FRAMES / 2);
  return sum / count;
}

static gdouble
instructions_to_draw (Reader *reader, const char *function)
{
  gdouble ns;

  set_tracing ("set_ftrace_filter", function);
  set_tracing ("current_tracer", "function_graph");
  loop_frames (reader, FRAMES + 1);
  ns = mean_of_calls ();
  set_tracing ("current_tracer", "nop");
  set_tracing ("set_ftrace_filter", "");
  return ns / 2;
}

static void
measure (const char *device, const char *node, const char *function)
{
  g_autoptr (Reader) reader = reader_open (node);
  LoopCost cost;

  reader_set_format (reader, V4L2_PIX_FMT_YUYV, 640, 360, 0);
  cost = loop_start (reader, device, node, FRAMES);
  figure_print (
      cost.drawing + cost.taking - instructions_to_draw (reader, function),
      "passage/%s", device);
  reader_stream_off (reader);
}

int
main (void)
{
  g_autoptr (TestCamera) camera = NULL;
  g_autofree char *vivid = NULL;

  drivers_need_both ();
  vivid = vivid_find ();
  camera = test_camera_new ("sizes", "640x360", "intervals", "1/25", NULL);
  test_camera_settle ();
  measure ("vivid", vivid, "vivid_fillbuff");
  measure ("virtcam", camera->node, "pattern_draw:mod:virtcam");
  return 0;
}
