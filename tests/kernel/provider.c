/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "provider.h"

#include <gio/gio.h>

#include "camera.h"

static gboolean
execute (const char *command, const char *module, const char *parameter)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new
      (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, command, module, parameter,
      NULL);

  if (!process || !g_subprocess_wait (process, NULL, &error))
    g_error ("%s: %s", command, error->message);
  return g_subprocess_get_successful (process);
}

gboolean
provider_load (const char *module, const char *parameter)
{
  gboolean loaded = execute ("modprobe", module, parameter);

  test_camera_settle ();
  return loaded;
}

gboolean
provider_unload (const char *module)
{
  return execute ("rmmod", module, NULL);
}

char *
provider_node (const char *device)
{
  g_autofree char *path = g_strdup_printf
      ("/sys/bus/platform/devices/%s/video4linux", device);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name = folder ? g_dir_read_name (folder) : NULL;

  return name ? g_build_filename ("/dev", name, NULL) : NULL;
}
