/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "figure.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

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

int
thread_open (const char *name)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc", 0, NULL);
  const char *entry;

  while ((entry = g_dir_read_name (dir))) {
    g_autofree char *path =
        g_build_filename ("/proc", entry, "schedstat", NULL);

    if (g_ascii_isdigit (*entry) && is_called (entry, name))
      return open (path, O_RDONLY | O_CLOEXEC);
  }
  g_error ("no thread is called %s", name);
}

gint64
instructions_of_thread (int thread)
{
  char text[64];
  ssize_t length = pread (thread, text, sizeof text - 1, 0);

  if (length <= 0)
    g_error ("schedstat cannot be read");
  text[length] = 0;
  return g_ascii_strtoll (text, NULL, 10) / NS_PER_INSTRUCTION;
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return x < y ? -1 : x > y;
}

void
figures_sort (gint64 *values, gsize count)
{
  qsort (values, count, sizeof *values, compare);
}
