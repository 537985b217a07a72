// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl monitor */
#include <poll.h>
#include <stdio.h>

#include "camera.h"
#include "error.h"
#include "openings.h"
#include "options.h"
#include "system.h"
#include "udev.h"
#include "users.h"
#include "verbs.h"

/**
 * struct watch - what is watched
 * @nodes: the cards of the nodes that are there, by name: of one that went nothing
 *	tells
 * @openings: who has them open
 */
struct watch {
	GHashTable *nodes;
	struct openings *openings;
};

static void print_line(const char *what, const char *node, const char *card,
		       const struct user *user)
{
	printf("%-8s /dev/%s  %s", what, node, card);
	if (user)
		printf("  %s(%d)", user->program, user->pid);
	printf("\n");
	fflush(stdout);
}

static void add_node(struct watch *watch, const char *what, const char *name)
{
	g_autofree char *path = g_strdup_printf(
		"/sys/class/video4linux/%s/name", name);
	char *card;

	if (!camera_is_node(name) || g_hash_table_contains(watch->nodes, name))
		return;
	card = system_read(path) ?: g_strdup("");
	openings_watch(watch->openings, name);
	print_line(what, name, card, NULL);
	g_hash_table_insert(watch->nodes, g_strdup(name), card);
}

static void remove_node(struct watch *watch, const char *name)
{
	const char *card = g_hash_table_lookup(watch->nodes, name);

	if (!card)
		return;
	print_line("removed", name, card, NULL);
	g_hash_table_remove(watch->nodes, name);
}

/* Those of a node that is gone are not told: they have nothing any more. */
static void print_user(const char *what, const struct user *user, gpointer data)
{
	struct watch *watch = data;
	const char *card = g_hash_table_lookup(watch->nodes, user->node);

	if (card)
		print_line(what, user->node, card, user);
}

static void take_stock(struct watch *watch)
{
	g_autoptr(GPtrArray) nodes = camera_list_nodes();
	g_autoptr(GPtrArray) users = users_find();

	for (guint i = 0; i < nodes->len; i++)
		add_node(watch, "here", nodes->pdata[i]);
	for (guint i = 0; i < users->len; i++)
		print_user("open", users->pdata[i], watch);
	puts("watching; Ctrl-C ends it");
	fflush(stdout);
}

static void handle_device(struct watch *watch, struct udev_monitor *monitor)
{
	struct udev_device *device = udev_monitor_receive_device(monitor);
	const char *action;

	if (!device)
		return;
	action = udev_device_get_action(device);
	if (!g_strcmp0(action, "add"))
		add_node(watch, "added", udev_device_get_sysname(device));
	else if (!g_strcmp0(action, "remove"))
		remove_node(watch, udev_device_get_sysname(device));
	udev_device_unref(device);
}

static void watch_nodes(struct watch *watch, struct udev_monitor *monitor)
{
	struct pollfd fds[] = {
		{ .fd = udev_monitor_get_fd(monitor), .events = POLLIN },
		{ .fd = openings_fd(watch->openings), .events = POLLIN },
	};

	take_stock(watch);
	while (!ferror(stdout) &&
	       poll(fds, 2, openings_patience(watch->openings)) >= 0) {
		if (fds[0].revents)
			handle_device(watch, monitor);
		openings_update(watch->openings);
	}
}

static gboolean watch_udev(GError **error)
{
	struct watch watch = { 0 };
	struct udev *udev = udev_new();
	struct udev_monitor *monitor = udev ? udev_watch(udev) : NULL;

	if (monitor) {
		watch.nodes = g_hash_table_new_full(g_str_hash, g_str_equal,
						    g_free, g_free);
		watch.openings = openings_create(print_user, &watch);
		watch_nodes(&watch, monitor);
		openings_destroy(watch.openings);
		g_hash_table_unref(watch.nodes);
	}
	/* main() tells of an output that cannot be written. */
	if (!ferror(stdout))
		ctl_fail(error, monitor ? "udev can be listened to no more" :
			 "neither udev nor the kernel can be listened to here");
	udev_monitor_unref(monitor);
	udev_unref(udev);
	return ferror(stdout) != 0;
}

gboolean verb_monitor(int argc, char **argv, GError **error)
{
	if (!options_parse("",
			   "Tells of nodes that come and go, and of programs that open and close them, until it is interrupted.",
			   NULL, &argc, &argv, NULL, error))
		return FALSE;
	if (argc == 1)
		return watch_udev(error);
	g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE, "monitor takes no '%s'",
		    argv[1]);
	return FALSE;
}
