/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "kernel-log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Only so that a line that never comes fails the test instead of the guest. */
#define STALL_MS (60 * 1000)
#define RECORD_MAX 8192         /* a read of /dev/kmsg gives one whole record */

struct _KernelLog
{
  int fd;
  GString *lines;
};

KernelLog *
kernel_log_open (void)
{
  KernelLog *log = g_new0 (KernelLog, 1);

  log->fd = g_open ("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
  if (log->fd < 0 || lseek (log->fd, 0, SEEK_END) < 0)
    g_error ("/dev/kmsg: %s", g_strerror (errno));
  log->lines = g_string_new (NULL);
  return log;
}

/* A record is "priority,number,time,flags;text\n", then " KEY=value" lines. */
static void
append_text (GString * lines, const char *record)
{
  const char *text = strchr (record, ';');

  if (!text)
    return;
  g_string_append_len (lines, text + 1, (gssize) strcspn (text + 1, "\n"));
  g_string_append_c (lines, '\n');
}

const char *
kernel_log_read (KernelLog * log)
{
  char record[RECORD_MAX];

  for (;;) {
    ssize_t length = read (log->fd, record, sizeof (record) - 1);

    if (length < 0 && errno == EAGAIN)
      return log->lines->str;
    /* The ring may overtake us: what was lost could have been a bug. */
    if (length < 0)
      g_error ("/dev/kmsg: %s", g_strerror (errno));
    record[length] = '\0';
    append_text (log->lines, record);
  }
}

void
kernel_log_note (const char *text)
{
  g_autofree char *line = g_strdup_printf ("virtcam-test: %s\n", text);
  FILE *log = fopen ("/dev/kmsg", "w");

  if (!log || fputs (line, log) < 0 || fclose (log) != 0)
    g_error ("/dev/kmsg: %s", g_strerror (errno));
}

void
kernel_log_await (KernelLog * log, const char *words)
{
  struct pollfd wait = {.fd = log->fd,.events = POLLIN };

  while (!strstr (kernel_log_read (log), words))
    if (poll (&wait, 1, STALL_MS) == 0)
      g_error ("the kernel log does not say '%s':\n%s", words,
          kernel_log_read (log));
}

char *
kernel_log_find_trouble (KernelLog * log)
{
  /* dma_buf_vmap() and a module's tracer warn of memory that they do not get:
   * right in some tests, trouble for the guest lab in all others. Of data races the
   * lab reads the whole report, which says whose they are. */
  g_autoptr (GRegex) trouble = g_regex_new ("^.*("
      "\\bWARNING:(?! CPU: \\d+ PID: \\d+ at (?:dma_buf_vmap|event_define_fields))"
      "|\\bBUG:(?! KCSAN)|\\bOops"
      "|general protection fault|possible recursive|possible circular"
      "|inconsistent lock state|KASAN|UBSAN|INFO: task|unreferenced object"
      "|sleeping function called|DMA-API).*$",
      G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;

  if (!g_regex_match (trouble, kernel_log_read (log), 0, &match))
    return NULL;
  return g_match_info_fetch (match, 0);
}

void
kernel_log_close (KernelLog * log)
{
  close (log->fd);
  g_string_free (log->lines, TRUE);
  g_free (log);
}
