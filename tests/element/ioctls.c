/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ioctls.h"

#include <string.h>

/* of the core's dev_debug: every ioctl but those of streaming; open, close */
#define DEBUG_IOCTL "1"
#define DEBUG_IOCTL_AND_FILE "5"

struct _Ioctls {
  gchar *attribute;
  gchar *prefix; /* of a line in the kernel log */
  KernelLog *log;
};

static void
set_debug (const gchar *attribute, const gchar *value)
{
  g_autoptr (GError) error = NULL;

  if (!g_file_set_contents_full (
          attribute, value, -1, G_FILE_SET_CONTENTS_NONE, 0644, &error))
    g_error ("%s", error->message);
}

Ioctls *
ioctls_watch (const char *node)
{
  const gchar *name = strrchr (node, '/') + 1;
  Ioctls *ioctls = g_new0 (Ioctls, 1);

  ioctls->attribute =
      g_strdup_printf ("/sys/class/video4linux/%s/dev_debug", name);
  ioctls->prefix = g_strdup_printf ("%s: ", name);
  set_debug (ioctls->attribute, DEBUG_IOCTL_AND_FILE);
  ioctls->log = kernel_log_open ();
  return ioctls;
}

const char *
ioctls_read (Ioctls *ioctls)
{
  return kernel_log_read (ioctls->log);
}

static gboolean
is_call (const gchar *line, const gchar *prefix, const gchar *name)
{
  gsize length = strlen (prefix);

  if (strncmp (line, prefix, length) != 0)
    return FALSE;
  line += length;
  if (name == NULL)
    return g_str_has_prefix (line, "VIDIOC_");
  length = strlen (name);
  return strncmp (line, name, length) == 0 &&
         (line[length] == '\0' || strchr (": (", line[length]));
}

guint
ioctls_count (Ioctls *ioctls, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (ioctls_read (ioctls), "\n", -1);
  guint count = 0;

  for (guint i = 0; lines[i]; i++)
    count += is_call (lines[i], ioctls->prefix, name);
  return count;
}

void
ioctls_free (Ioctls *ioctls)
{
  set_debug (ioctls->attribute, "0");
  kernel_log_close (ioctls->log);
  g_free (ioctls->attribute);
  g_free (ioctls->prefix);
  g_free (ioctls);
}
