// SPDX-License-Identifier: GPL-2.0-only
#include "udev.h"

#include <poll.h>
#include <stdio.h>

/*
 * A limit for a udev that hangs, as long as that of "udevadm settle": a slow machine that
 * starts may take long.
 */
#define LIMIT_MS 120000

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
 * Where udev does nothing for too long, a message names the nodes.
 */
void udev_await(struct udev_monitor *monitor, GHashTable *nodes)
{
	struct pollfd fd = { .events = POLLIN };
	GHashTableIter iter;
	gpointer node;

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
	g_hash_table_iter_init(&iter, nodes);
	while (g_hash_table_iter_next(&iter, &node, NULL))
		fprintf(stderr, "virtcamctl: udev has not run its rules for /dev/%s: permissions and links may come later, or never\n",
			(const char *)node);
}
