/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "figure.h"

#include <string.h>
#include <time.h>

#define NS_PER_INSTRUCTION 2
#define COMM_LENGTH 15

void
figure_print (double value, const char *name, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, name);
  text = g_strdup_vprintf (name, arguments);
  va_end (arguments);
  g_print ("figure\t%s\t%.12g\n", text, value);
}

gint64
instructions_of_process (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec) /
         NS_PER_INSTRUCTION;
}

static gboolean
is_called (const char *process, const char *name)
{
  g_autofree char *path = g_build_filename ("/proc", process, "comm", NULL);
  g_autofree char *comm = NULL;

  return g_file_get_contents (path, &comm, NULL, NULL) &&
         strncmp (g_strchomp (comm), name, COMM_LENGTH) == 0;
}

gint64
instructions_of_thread (const char *name)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;

  while ((entry = g_dir_read_name (dir))) {
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;

    if (!g_ascii_isdigit (*entry) || !is_called (entry, name))
      continue;
    path = g_build_filename ("/proc", entry, "schedstat", NULL);
    if (g_file_get_contents (path, &text, NULL, NULL))
      return g_ascii_strtoull (text, NULL, 10) / NS_PER_INSTRUCTION;
  }
  return -1;
}
