/* SPDX-License-Identifier: GPL-2.0-only */
/* What udev makes of nodes. */
#ifndef TOOLS_UDEV_H
#define TOOLS_UDEV_H

#include <glib.h>
#include <libudev.h>

struct udev_monitor *udev_watch(struct udev *udev);
void udev_await(struct udev_monitor *monitor, GHashTable *nodes);

#endif
