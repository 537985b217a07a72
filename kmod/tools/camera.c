// SPDX-License-Identifier: GPL-2.0-only
#include "camera.h"

#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "error.h"
#include "system.h"
#include "users.h"

#define NODES "/sys/class/video4linux"

static void camera_free(gpointer data)
{
	struct camera *camera = data;

	g_free(camera->kind);
	g_free(camera->name);
	g_free(camera->card);
	g_free(camera->device);
	g_ptr_array_unref(camera->nodes);
	g_free(camera);
}

static struct camera *camera_new(void)
{
	struct camera *camera = g_new0(struct camera, 1);

	camera->nodes = g_ptr_array_new_with_free_func(node_free);
	return camera;
}

/* The last part of where a link of a node's leads, or NULL */
static char *link_of_node(const char *node, const char *link)
{
	g_autofree char *path = g_build_filename(NODES, node, link, NULL);
	g_autofree char *target = realpath(path, NULL);

	return target ? g_path_get_basename(target) : NULL;
}

/**
 * camera_is_node() - whether a node is of a camera of ours
 * @node: such as video2
 *
 * Its driver's module is virtcam, or uses virtcam. No camera of others is opened to
 * find out, which would wake some of them up.
 */
gboolean camera_is_node(const char *node)
{
	g_autofree char *module = link_of_node(node, "device/driver/module");
	g_autofree char *holder = NULL;

	if (!module)
		return FALSE;
	holder = g_build_filename("/sys/module/virtcam/holders", module, NULL);
	return g_str_equal(module, "virtcam") ||
	       g_file_test(holder, G_FILE_TEST_EXISTS);
}

static gint compare_nodes(gconstpointer a, gconstpointer b)
{
	const char *s = *(const char *const *)a, *t = *(const char *const *)b;
	gsize m = strlen(s), n = strlen(t);

	return m != n ? (m < n ? -1 : 1) : strcmp(s, t);
}

/* The names of all nodes of cameras of ours, in the order of their numbers */
GPtrArray *camera_list_nodes(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GDir) dir = g_dir_open(NODES, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		if (camera_is_node(name))
			g_ptr_array_add(names, g_strdup(name));
	g_ptr_array_sort(names, compare_nodes);
	return names;
}

/*
 * "virtcam" is the driver of the kind pattern, "virtcam-KIND" that of others, and
 * "virtcam_KIND" where it is called as its module.
 */
static char *kind_of_node(const char *node)
{
	g_autofree char *driver = link_of_node(node, "device/driver");

	if (!driver || g_str_equal(driver, "virtcam"))
		return g_strdup("pattern");
	if (g_str_has_prefix(driver, "virtcam-") ||
	    g_str_has_prefix(driver, "virtcam_"))
		return g_strdup(driver + strlen("virtcam-"));
	return g_strdup(driver);
}

static struct camera *find_device(GPtrArray *cameras, const char *device)
{
	for (guint i = 0; i < cameras->len; i++) {
		struct camera *camera = cameras->pdata[i];

		if (g_str_equal(camera->device, device))
			return camera;
	}
	return NULL;
}

static void add_node(GPtrArray *cameras, const char *name)
{
	g_autofree char *device = link_of_node(name, "device");
	struct node *node = device ? node_read(name) : NULL;
	struct camera *camera;

	/* It went meanwhile. */
	if (!node)
		return;
	camera = find_device(cameras, device);
	if (!camera) {
		camera = camera_new();
		camera->device = g_steal_pointer(&device);
		camera->kind = kind_of_node(name);
		camera->card = g_strdup(node->card);
		g_ptr_array_add(cameras, camera);
	}
	g_ptr_array_add(camera->nodes, node);
}

static struct camera *find_node(GPtrArray *cameras, const char *name)
{
	for (guint i = 0; i < cameras->len; i++) {
		struct camera *camera = cameras->pdata[i];

		for (guint j = 0; j < camera->nodes->len; j++) {
			struct node *node = camera->nodes->pdata[j];

			if (g_str_equal(node->name, name))
				return camera;
		}
	}
	return NULL;
}

/* Whoever cannot open a node does not know whether it takes frames. */
static void tell_output(struct camera *camera, const char *name)
{
	g_autofree char *output = directory_get(name, "output");

	for (guint i = 0; output && i < camera->nodes->len; i++) {
		struct node *node = camera->nodes->pdata[i];

		node->output = g_str_equal(node->name, output);
	}
}

static void add_directory(GPtrArray *cameras, const char *name)
{
	g_autofree char *node = directory_get(name, "node");
	struct camera *camera = node && *node ? find_node(cameras, node) : NULL;

	if (!camera) {
		camera = camera_new();
		camera->card = directory_get(name, "card") ?: g_strdup("");
		g_ptr_array_add(cameras, camera);
	}
	g_free(camera->kind);
	camera->kind = directory_kind(name);
	camera->name = g_strdup(name);
	tell_output(camera, name);
}

/* All of them; the array owns them. */
GPtrArray *camera_list(void)
{
	GPtrArray *cameras = g_ptr_array_new_with_free_func(camera_free);
	g_autoptr(GPtrArray) nodes = camera_list_nodes();
	g_autoptr(GPtrArray) names = directory_list();

	for (guint i = 0; i < nodes->len; i++)
		add_node(cameras, nodes->pdata[i]);
	for (guint i = 0; i < names->len; i++)
		add_directory(cameras, names->pdata[i]);
	return cameras;
}

/* What messages call it: something that camera_find() finds it by */
const char *camera_label(const struct camera *camera)
{
	return camera->name ?: camera->card;
}

/* How well a word names a camera: by a directory best, by a card least; 0: not */
static int match(const struct camera *camera, const char *word)
{
	const char *node = g_str_has_prefix(word, "/dev/") ? word + 5 : word;
	const char *dot = camera->name ? strchr(camera->name, '.') : NULL;

	if (camera->name && g_str_equal(camera->name, word))
		return 4;
	if (dot && g_str_equal(dot + 1, word))
		return 3;
	for (guint i = 0; i < camera->nodes->len; i++) {
		struct node *n = camera->nodes->pdata[i];

		if (g_str_equal(n->name, node))
			return 2;
	}
	return g_str_equal(camera->card, word);
}

static char *list_labels(GPtrArray *cameras)
{
	GString *list = g_string_new(NULL);

	for (guint i = 0; i < cameras->len; i++)
		g_string_append_printf(list, "%s'%s'", i ? ", " : "",
				       camera_label(cameras->pdata[i]));
	return g_string_free(list, FALSE);
}

static void fail_to_find(GPtrArray *cameras, const char *word, guint found,
			 GError **error)
{
	g_autofree char *list = list_labels(cameras);

	if (found)
		ctl_fail(error, "%u cameras are called '%s': name one by its directory or its node, which virtcamctl list tells",
			 found, word);
	else if (cameras->len)
		ctl_fail(error, "there is no camera '%s'; there are %s", word,
			 list);
	else if (!system_is_loaded())
		system_can_make(error);
	else
		ctl_fail(error, "there is no camera '%s', nor any other: sudo virtcamctl add pattern %s",
			 word, word);
}

/**
 * camera_find() - find what somebody means
 * @cameras: all of them
 * @word: KIND.NAME or NAME of a directory; a node, with or without /dev; or a card
 * @error: says which there are
 *
 * Return: one of @cameras, or NULL.
 */
struct camera *camera_find(GPtrArray *cameras, const char *word, GError **error)
{
	struct camera *found = NULL;
	int best = 1;
	guint count = 0;

	for (guint i = 0; i < cameras->len; i++) {
		int quality = match(cameras->pdata[i], word);

		if (quality < best)
			continue;
		count = quality > best ? 1 : count + 1;
		best = quality;
		found = cameras->pdata[i];
	}
	if (count == 1)
		return found;
	fail_to_find(cameras, word, count, error);
	return NULL;
}

/* Those of @users that have the node open; they are @users' own. */
GPtrArray *camera_users_of(GPtrArray *users, const struct node *node)
{
	GPtrArray *found = g_ptr_array_new();

	for (guint i = 0; i < users->len; i++) {
		struct user *user = users->pdata[i];

		if (user->device == node->device)
			g_ptr_array_add(found, user);
	}
	return found;
}

static void append_users(GString *text, GPtrArray *users,
			 const struct node *node)
{
	g_autoptr(GPtrArray) found = camera_users_of(users, node);

	for (guint i = 0; i < found->len; i++) {
		struct user *user = found->pdata[i];

		g_string_append_printf(text, "%s%s (process %d) has /dev/%s open",
				       text->len ? ", " : "", user->program,
				       user->pid, node->name);
	}
	if (!found->len && node->busy)
		g_string_append_printf(text, "%sa process that cannot be seen from here uses /dev/%s",
				       text->len ? ", " : "", node->name);
}

/**
 * camera_is_idle() - whether nobody has the camera open
 * @camera: the camera
 * @error: says who has
 */
gboolean camera_is_idle(const struct camera *camera, GError **error)
{
	g_autoptr(GPtrArray) users = users_find();
	g_autoptr(GString) text = g_string_new(NULL);

	for (guint i = 0; i < camera->nodes->len; i++)
		append_users(text, users, camera->nodes->pdata[i]);
	if (!text->len)
		return TRUE;
	ctl_fail(error, "%s is in use: %s. End that first, or take the camera away from it by --force",
		 camera_label(camera), text->str);
	return FALSE;
}
