// SPDX-License-Identifier: GPL-2.0-only
#include "make.h"

#include <stdio.h>

#include "directory.h"
#include "udev.h"

/* All that its device has: a feed has one for each viewer, and one that takes frames. */
static GHashTable *nodes_of(const char *name)
{
	g_autofree char *node = directory_get(name, "node");
	g_autofree char *path = g_strdup_printf(
		"/sys/class/video4linux/%s/device/video4linux", node ?: "");
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	GHashTable *nodes = g_hash_table_new_full(g_str_hash, g_str_equal,
						  g_free, NULL);
	const char *each;

	while (dir && (each = g_dir_read_name(dir)))
		g_hash_table_add(nodes, g_strdup(each));
	return nodes;
}

static void print_nodes(const char *name)
{
	g_autofree char *node = directory_get(name, "node");
	g_autofree char *output = directory_get(name, "output");

	printf("%s: /dev/%s", name, node ?: "");
	if (output && *output)
		printf(", which /dev/%s feeds", output);
	printf("\n");
}

/**
 * make_enable() - make the camera, or take it away, and say so
 * @name: the directory
 * @enabled: 1 or 0
 * @error: says what is wrong
 *
 * When this returns udev has seen the nodes, and programs may open them.
 */
gboolean make_enable(const char *name, const char *enabled, GError **error)
{
	struct udev *udev = udev_new();
	struct udev_monitor *monitor = udev ? udev_watch(udev) : NULL;
	gboolean done = directory_set(name, "enabled", enabled, error);

	if (done && g_str_equal(enabled, "1")) {
		g_autoptr(GHashTable) nodes = nodes_of(name);

		udev_await(monitor, nodes);
		print_nodes(name);
	} else if (done) {
		printf("%s: not enabled\n", name);
	}
	udev_monitor_unref(monitor);
	udev_unref(udev);
	return done;
}
