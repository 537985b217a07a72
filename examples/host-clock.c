/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "host-clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define QUESTIONS 50

static gboolean
ask (FILE *port, HostClock *clock)
{
  gint64 before = g_get_monotonic_time (), after;
  gint64 host;
  int n;

  fputs ("clock 0\n", port);
  fflush (port);
  n = fscanf (port, "clock 0: ok %" G_GINT64_FORMAT, &host);
  after = g_get_monotonic_time ();
  clock->ahead = host - (before + after) * 1000 / 2;
  clock->error = (after - before) * 1000 / 2;
  return n == 1 && fgetc (port) == '\n';
}

gboolean
host_clock_read (const char *port, HostClock *clock)
{
  FILE *file = fopen (port, "r+");
  gboolean answered = file != NULL;
  HostClock answer;

  if (!file)
    g_printerr ("%s: %s\n", port, g_strerror (errno));
  clock->error = G_MAXINT64;
  for (guint i = 0; answered && i < QUESTIONS; i++) {
    answered = ask (file, &answer);
    if (answered && answer.error < clock->error)
      *clock = answer;
  }
  if (file && !answered)
    g_printerr ("%s: nobody tells the host's clock\n", port);
  g_clear_pointer (&file, fclose);
  return answered;
}
