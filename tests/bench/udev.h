/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* udev held back, so that it has no part in a figure. */
#ifndef BENCH_UDEV_H
#define BENCH_UDEV_H

/**
 * udev_hold:
 *
 * From here on udev only notes which devices come and go: it runs no rule,
 * opens no node and starts no program. The kernel makes the nodes by itself.
 * Nobody may wait for udev meanwhile, as test_camera_settle() does.
 */
void udev_hold (void);

/**
 * udev_release:
 *
 * Lets udev do what it was held back from, and does not wait for it.
 */
void udev_release (void);

#endif
