/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "knob.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int
knob_try (const char *path, const char *value)
{
  int fd = open (path, O_WRONLY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;

  if (fd < 0)
    return error;
  if (write (fd, value, strlen (value)) < 0)
    error = errno;
  close (fd);
  return error;
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
