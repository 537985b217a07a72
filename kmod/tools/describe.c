// SPDX-License-Identifier: GPL-2.0-only
#include "describe.h"

#include <errno.h>
#include <string.h>

#include "directory.h"
#include "rate.h"
#include "settings.h"
#include "table.h"
#include "users.h"

/* What the node's ioctls tell; "?" where the caller may not ask. */
char *describe_mode(const struct node *node)
{
	g_autofree char *rate = rate_of_interval(node->interval.numerator,
						 node->interval.denominator);
	char format[5];

	if (node->denied)
		return g_strdup("?");
	node_print_format(node, format);
	return g_strdup_printf("%s %ux%u %s/s", format, node->pix.width,
			       node->pix.height, rate);
}

/*
 * Where one program alone has a busy node open, that is the one that streams. Of
 * several the driver does not tell which.
 */
static const char *what_it_does(const struct node *node, guint programs)
{
	if (!node->busy || programs > 1)
		return "has it open";
	return node->output ? "feeds" : "watches";
}

static void append_users(GString *text, const struct node *node,
			 GPtrArray *users)
{
	g_autoptr(GPtrArray) found = camera_users_of(users, node);

	for (guint i = 0; i < found->len; i++) {
		struct user *user = found->pdata[i];

		g_string_append_printf(text, "%s%s(%d) %s",
				       text->len ? ", " : "", user->program,
				       user->pid, what_it_does(node, found->len));
	}
	if (!found->len && node->busy)
		g_string_append_printf(text, "%s? %s", text->len ? ", " : "",
				       what_it_does(node, 1));
}

/* Who has which of its nodes open; "-": nobody that the caller may see */
char *describe_users(const struct camera *camera, GPtrArray *users)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < camera->nodes->len; i++)
		append_users(text, camera->nodes->pdata[i], users);
	return g_string_free(text->len ? text : g_string_append(text, "-"),
			     FALSE);
}

/* Of all who watch; NULL: it may not be asked */
static char *sum(const struct camera *camera,
		 gint64 (*count)(const struct node *node))
{
	gint64 all = 0;

	for (guint i = 0; i < camera->nodes->len; i++) {
		struct node *node = camera->nodes->pdata[i];

		if (node->denied)
			return NULL;
		if (!node->output)
			all += count(node);
	}
	return g_strdup_printf("%" G_GINT64_FORMAT, all);
}

static char *list_nodes(const struct camera *camera)
{
	GString *list = g_string_new(NULL);

	for (guint i = 0; i < camera->nodes->len; i++) {
		struct node *node = camera->nodes->pdata[i];

		g_string_append_printf(list, "%s%s%s", i ? " " : "", node->name,
				       node->output ? "<" : "");
	}
	return g_string_free(list->len ? list : g_string_append(list, "off"),
			     FALSE);
}

static char **make_row(const struct camera *camera, GPtrArray *users)
{
	const struct node *node =
		camera->nodes->len ? camera->nodes->pdata[0] : NULL;
	char **row = g_new0(char *, 9);

	row[0] = g_strdup(camera->name ?: "-");
	row[1] = g_strdup(camera->kind);
	row[2] = g_strdup(camera->card);
	row[3] = list_nodes(camera);
	row[4] = node ? describe_mode(node) : g_strdup("-");
	row[5] = sum(camera, node_frames) ?: g_strdup("?");
	row[6] = sum(camera, node_drops) ?: g_strdup("?");
	row[7] = describe_users(camera, users);
	return row;
}

static gpointer make_head(void)
{
	return g_strsplit("NAME KIND CARD NODES MODE FRAMES DROPS USERS", " ",
			  -1);
}

char *describe_table(GPtrArray *cameras, GPtrArray *users)
{
	g_autoptr(GPtrArray) rows =
		g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

	g_ptr_array_add(rows, make_head());
	for (guint i = 0; i < cameras->len; i++)
		g_ptr_array_add(rows, make_row(cameras->pdata[i], users));
	return table_format(rows);
}

static void add_pair(GPtrArray *rows, const char *indent, const char *name,
		     char *value)
{
	char **row = g_new0(char *, 3);

	row[0] = g_strconcat(indent, name, NULL);
	row[1] = value;
	g_ptr_array_add(rows, row);
}

static void add_node(GPtrArray *rows, const struct node *node)
{
	add_pair(rows, "", node->output ? "output" : "capture",
		 g_strconcat("/dev/", node->name, NULL));
	if (node->denied) {
		add_pair(rows, "  ", "not asked",
			 g_strdup(g_strerror(node->denied)));
		return;
	}
	add_pair(rows, "  ", "mode", describe_mode(node));
	add_pair(rows, "  ", "streams", g_strdup(node->busy ? "yes" : "no"));
	for (guint i = 0; i < node->counters->len; i++) {
		struct counter *counter = node->counters->pdata[i];

		add_pair(rows, "  ", counter->name,
			 g_strdup_printf("%" G_GINT64_FORMAT, counter->value));
	}
}

static void add_settings(GPtrArray *rows, const char *name)
{
	g_autoptr(GPtrArray) settings = directory_settings(name);

	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];

		add_pair(rows, "", setting->name, g_strdup(setting->value));
	}
}

/* All of it, a line each */
char *describe_camera(const struct camera *camera, GPtrArray *users)
{
	g_autoptr(GPtrArray) rows =
		g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);

	add_pair(rows, "", "name", g_strdup(camera->name ?: "-"));
	add_pair(rows, "", "kind", g_strdup(camera->kind));
	if (camera->name)
		add_settings(rows, camera->name);
	else
		add_pair(rows, "", "card", g_strdup(camera->card));
	add_pair(rows, "", "device", g_strdup(camera->device ?: "-"));
	add_pair(rows, "", "users", describe_users(camera, users));
	for (guint i = 0; i < camera->nodes->len; i++)
		add_node(rows, camera->nodes->pdata[i]);
	return table_format(rows);
}
