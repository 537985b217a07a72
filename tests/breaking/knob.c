/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
knob_write (const char *path, const char *value, gsize length)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  ssize_t written;

  if (fd < 0)
    return error;
  written = write (fd, value, length);
  error = written < 0 ? errno : 0;
  if (written >= 0)
    g_assert_cmpint (written, ==, (ssize_t) length);
  g_assert_no_errno (close (fd));
  return error;
}

int
knob_try (const char *path, const char *value)
{
  return knob_write (path, value, strlen (value));
}

char *
knob_read (const char *path)
{
  char text[4097];
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  ssize_t length;
  int error;

  if (fd < 0)
    return NULL;
  length = read (fd, text, sizeof (text) - 1);
  error = errno;
  g_assert_no_errno (close (fd));
  errno = error;
  if (length < 0)
    return NULL;
  text[length] = '\0';
  g_assert_cmpuint (strlen (text), ==, (gsize) length);
  g_assert_true (length > 0 && text[length - 1] == '\n');
  text[length - 1] = '\0';
  return g_strdup (text);
}

void
knob_set (const char *path, const char *value)
{
  int error = knob_try (path, value);

  if (error)
    g_error ("'%s' to %s: %s", value, path, g_strerror (error));
}

gboolean
knob_offers (const char *path, const char *word)
{
  g_autofree char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) &&
         strstr (text, word) != NULL;
}
