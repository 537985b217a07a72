/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers.h"

#include <stdlib.h>

#include "camera.h"

#define SKIPPED 77

static void
need (gboolean loaded, const char *what)
{
  if (loaded)
    return;
  g_printerr ("%s must be loaded\n", what);
  exit (SKIPPED);
}

void
drivers_need_virtcam (void)
{
  need (test_camera_available (), "virtcam");
}

void
drivers_need_both (void)
{
  drivers_need_virtcam ();
  need (g_file_test ("/sys/module/vivid", G_FILE_TEST_IS_DIR), "vivid");
}
