/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tracer.h"

#include <stdio.h>
#include <string.h>

#include "figure.h"
#include "loop.h"

#define TRACING "/sys/kernel/tracing"

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
mean_of_calls (guint at_least)
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
  g_assert_cmpuint (count, >=, at_least);
  return sum / count;
}

gdouble
tracer_instructions_to_draw (Reader *reader, const char *function, guint count)
{
  gdouble ns;

  set_tracing ("set_ftrace_filter", function);
  set_tracing ("current_tracer", "function_graph");
  loop_frames (reader, count + 1);
  ns = mean_of_calls (count / 2);
  set_tracing ("current_tracer", "nop");
  set_tracing ("set_ftrace_filter", "");
  return ns / NS_PER_INSTRUCTION;
}
