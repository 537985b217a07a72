// SPDX-License-Identifier: GPL-2.0-only
#include "udev.h"

#include <poll.h>

/* A limit for a udev that hangs: its rules have run long before. */
#define LIMIT_MS 10000

static gboolean udev_runs(void)
{
	return g_file_test("/run/udev/control", G_FILE_TEST_EXISTS);
}

/**
 * udev_watch() - be told of nodes that come and go
 * @udev: the library
 *
 * Where no udev runs, as in some containers, the kernel itself tells.
 *
 * Return: a monitor, or NULL.
 */
struct udev_monitor *udev_watch(struct udev *udev)
{
	struct udev_monitor *monitor = udev_monitor_new_from_netlink(
		udev, udev_runs() ? "udev" : "kernel");

	if (!monitor)
		return NULL;
	udev_monitor_filter_add_match_subsystem_devtype(monitor, "video4linux",
							NULL);
	udev_monitor_enable_receiving(monitor);
	return monitor;
}

static gboolean is_ready(struct udev *udev, const char *node)
{
	struct udev_device *device = udev_device_new_from_subsystem_sysname(
		udev, "video4linux", node);
	/* Nothing is to be awaited of one that is gone again. */
	gboolean ready = !device || udev_device_get_is_initialized(device);

	udev_device_unref(device);
	return ready;
}

/**
 * udev_await() - wait until udev's rules have run for a node
 * @udev: the library
 * @monitor: of udev_watch(), which the node was made after; or NULL
 * @node: such as video2
 *
 * Then the node has its rights, and udev does not look at it any more.
 */
void udev_await(struct udev *udev, struct udev_monitor *monitor,
		const char *node)
{
	struct pollfd fd = { .events = POLLIN };

	if (!monitor || !udev_runs())
		return;
	fd.fd = udev_monitor_get_fd(monitor);
	while (!is_ready(udev, node) && poll(&fd, 1, LIMIT_MS) > 0)
		udev_device_unref(udev_monitor_receive_device(monitor));
}
