/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "loopback.h"

#include "command.h"

#define NODES "/sys/devices/virtual/video4linux"

static const char *
module (void)
{
  return g_getenv ("VIRTCAM_LOOPBACK");
}

gboolean
loopback_available (void)
{
  return module () != NULL;
}

void
loopback_load (guint devices, guint buffers)
{
  g_autofree char *count = g_strdup_printf ("devices=%u", devices);
  g_autofree char *each = g_strdup_printf ("max_buffers=%u", buffers);

  g_bytes_unref (
      command_run ("insmod", module (), count, "exclusive_caps=0", each, NULL));
}

char *
loopback_find (void)
{
  g_autoptr (GDir) dir = g_dir_open (NODES, 0, NULL);
  const char *name = dir ? g_dir_read_name (dir) : NULL;

  if (!name)
    g_error ("v4l2loopback has no node");
  return g_build_filename ("/dev", name, NULL);
}

void
loopback_unload (void)
{
  g_bytes_unref (command_run ("rmmod", "v4l2loopback", NULL));
}
