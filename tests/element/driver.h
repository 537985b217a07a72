/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>
#include <linux/videodev2.h>

/* Drivers as no camera here has one. What the plugin asks of a driver, by ioctl
 * or by v4l2_ioctl, comes to the test program, which says what becomes of it. */

/* The test's: the result of an ioctl, with errno. */
gint driver_answer (gint fd, gulong request, gpointer argument);

/* What the kernel's driver says. */
gint driver_ask (gint fd, gulong request, gpointer argument);
