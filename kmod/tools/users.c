// SPDX-License-Identifier: GPL-2.0-only
#include "users.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "system.h"

static void user_free(gpointer data)
{
	struct user *user = data;

	g_free(user->node);
	g_free(user->program);
	g_free(user);
}

/*
 * Whether an open file is a node, and which. The link is looked at first: stat() of a
 * file of a server that hangs, hangs.
 */
static gboolean is_node(const char *path, dev_t *device)
{
	g_autofree char *target = g_file_read_link(path, NULL);
	struct stat status;

	if (!target || !strstr(target, "/video") || stat(path, &status) ||
	    !S_ISCHR(status.st_mode))
		return FALSE;
	*device = status.st_rdev;
	return TRUE;
}

/* What the number is of: the path that a process has may be of another root. */
static char *name_of_node(dev_t device)
{
	g_autofree char *link = g_strdup_printf("/sys/dev/char/%u:%u",
						major(device), minor(device));
	g_autofree char *target = g_file_read_link(link, NULL);

	return target ? g_path_get_basename(target) : g_strdup("?");
}

static gboolean is_known(GPtrArray *users, int pid, dev_t device)
{
	for (guint i = users->len; i--;) {
		struct user *user = users->pdata[i];

		if (user->pid != pid)
			return FALSE;
		if (user->device == device)
			return TRUE;
	}
	return FALSE;
}

static void add_user(GPtrArray *users, int pid, dev_t device)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/comm", pid);
	struct user *user;

	if (is_known(users, pid, device))
		return;
	user = g_new0(struct user, 1);
	user->device = device;
	user->node = name_of_node(device);
	user->pid = pid;
	user->program = system_read(path) ?: g_strdup("?");
	g_ptr_array_add(users, user);
}

static void look_at_process(GPtrArray *users, int pid)
{
	g_autofree char *folder = g_strdup_printf("/proc/%d/fd", pid);
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		dev_t device;

		if (is_node(path, &device))
			add_user(users, pid, device);
	}
}

GPtrArray *users_find(void)
{
	GPtrArray *users = g_ptr_array_new_with_free_func(user_free);
	g_autoptr(GDir) dir = g_dir_open("/proc", 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		int pid = atoi(name);

		if (pid && pid != getpid())
			look_at_process(users, pid);
	}
	return users;
}
