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

/**
 * udev_await() - wait until udev's rules have run for nodes
 * @monitor: of udev_watch(), which the nodes were made after; or NULL
 * @nodes: a set of names, such as video2, which is emptied
 *
 * Then the nodes have their rights, and udev does not look at them any more. What udev
 * has in its database tells nothing: that may be of a node that had the name before.
 */
void udev_await(struct udev_monitor *monitor, GHashTable *nodes)
{
	struct pollfd fd = { .events = POLLIN };

	if (!monitor || !udev_runs())
		return;
	fd.fd = udev_monitor_get_fd(monitor);
	while (g_hash_table_size(nodes) && poll(&fd, 1, LIMIT_MS) > 0) {
		struct udev_device *device =
			udev_monitor_receive_device(monitor);

		if (device && !g_strcmp0(udev_device_get_action(device), "add"))
			g_hash_table_remove(nodes,
					    udev_device_get_sysname(device));
		udev_device_unref(device);
	}
}
