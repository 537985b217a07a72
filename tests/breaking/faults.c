/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "breaking.h"

#define DEBUGFS "/sys/kernel/debug"

static int nth_fd = -1;

static gboolean
write_file (const char *path, const char *text)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  gboolean done =
      fd >= 0 && write (fd, text, strlen (text)) == (ssize_t) strlen (text);

  if (fd >= 0)
    close (fd);
  return done;
}

static gboolean
let_fail (const char *kind)
{
  static const char *const settings[][2] = {
    { "verbose", "0" },
    { "probability", "0" },
    { "times", "-1" },
    { "ignore-gfp-wait", "N" },
    { "ignore-gfp-highmem", "N" },
    { "min-order", "0" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++) {
    g_autofree char *path =
        g_strdup_printf (DEBUGFS "/%s/%s", kind, settings[i][0]);

    if (g_file_test (path, G_FILE_TEST_EXISTS) &&
        !write_file (path, settings[i][1]))
      g_error (
          "writing %s to %s: %s", settings[i][1], path, g_strerror (errno));
  }
  return g_file_test (DEBUGFS "/failslab/verbose", G_FILE_TEST_EXISTS);
}

/* What vmalloc() says of a failure has a call trace, which is no bug here. */
const char *
faults_open (void)
{
  nth_fd = open ("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
  if (nth_fd < 0)
    return "this kernel injects no faults (no /proc/self/fail-nth)";
  if (!let_fail ("failslab") || !let_fail ("fail_page_alloc"))
    return "this kernel has no " DEBUGFS "/failslab";
  kernel_log_note ("allocations fail from here on");
  return NULL;
}

void
faults_close (void)
{
  kernel_log_note ("allocations fail no more");
  close (nth_fd);
}

void
faults_arm (guint nth)
{
  char text[16];
  int length = snprintf (text, sizeof (text), "%u", nth);

  if (pwrite (nth_fd, text, (size_t) length, 0) != length)
    abort ();
}

guint
faults_disarm (void)
{
  char text[16] = "";
  int saved_errno = errno;

  if (pread (nth_fd, text, sizeof (text) - 1, 0) <= 0 ||
      pwrite (nth_fd, "0", 1, 0) != 1)
    abort ();
  errno = saved_errno;
  return (guint) strtoul (text, NULL, 10);
}
