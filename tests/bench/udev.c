/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "udev.h"

#include "command.h"

/* A clock that counts instructions leaps while a rule's program is read. */
#define SETTLE_TIMEOUT "--timeout=7200"

static void
udevadm (const char *verb, const char *option)
{
  g_bytes_unref (command_run ("udevadm", verb, option, NULL));
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
