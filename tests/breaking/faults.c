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

/* Calls @visit with the /proc file of each, which may end meanwhile. */
static guint
for_each_worker (guint (*visit) (const char *path, guint nth), guint nth)
{
  g_autoptr (GDir) processes = g_dir_open ("/proc", 0, NULL);
  const char *name;
  guint sum = 0;

  while ((name = g_dir_read_name (processes))) {
    g_autofree char *comm_path = g_build_filename ("/proc", name, "comm", NULL);
    g_autofree char *path = g_build_filename ("/proc", name, "fail-nth", NULL);
    g_autofree char *comm = NULL;

    if (g_ascii_isdigit (name[0]) &&
        g_file_get_contents (comm_path, &comm, NULL, NULL) &&
        g_str_has_prefix (comm, "kworker/u"))
      sum += visit (path, nth);
  }
  return sum;
}

static guint
arm_worker (const char *path, guint nth)
{
  g_autofree char *text = g_strdup_printf ("%u", nth);

  return write_file (path, text);
}

static guint
disarm_worker (const char *path, guint nth)
{
  g_autofree char *text = NULL;
  const gboolean known = g_file_get_contents (path, &text, NULL, NULL);

  write_file (path, "0");
  (void) nth;
  return known && strtoul (text, NULL, 10) == 0;
}

void
faults_arm_workers (guint nth)
{
  for_each_worker (arm_worker, nth);
}

guint
faults_disarm_workers (void)
{
  return for_each_worker (disarm_worker, 0);
}
