/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "udev.h"

#include <gio/gio.h>

/* A clock that counts instructions leaps while a rule's program is read. */
#define SETTLE_TIMEOUT "--timeout=7200"

static void
udevadm (const char *verb, const char *option)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_NONE, &error, "udevadm", verb, option, NULL);

  if (!process || !g_subprocess_wait_check (process, NULL, &error))
    g_error ("udevadm %s: %s", verb, error->message);
}

void
udev_hold (void)
{
  udevadm ("settle", SETTLE_TIMEOUT);
  udevadm ("control", "--stop-exec-queue");
}

void
udev_release (void)
{
  udevadm ("control", "--start-exec-queue");
}
