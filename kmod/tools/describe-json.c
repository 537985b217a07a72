// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "describe.h"
#include "directory.h"
#include "json.h"
#include "settings.h"
#include "users.h"

static void write_mode(GString *json, const struct node *node)
{
	g_autofree char *interval = g_strdup_printf(
		"%u/%u", node->interval.numerator, node->interval.denominator);
	char format[5];

	if (node->denied) {
		json_null(json, "mode");
		return;
	}
	node_print_format(node, format);
	json_open(json, "mode", '{');
	json_string(json, "format", format);
	json_number(json, "width", node->pix.width);
	json_number(json, "height", node->pix.height);
	json_string(json, "interval", interval);
	json_close(json, '}');
}

static void write_users(GString *json, const struct node *node,
			GPtrArray *users)
{
	g_autoptr(GPtrArray) found = camera_users_of(users, node);

	json_open(json, "users", '[');
	for (guint i = 0; i < found->len; i++) {
		struct user *user = found->pdata[i];

		json_open(json, NULL, '{');
		json_number(json, "process", user->pid);
		json_string(json, "program", user->program);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void write_counters(GString *json, const struct node *node)
{
	json_bool(json, "streams", node->busy);
	json_number(json, "frames", node_frames(node));
	json_number(json, "drops", node_drops(node));
	json_open(json, "counters", '{');
	for (guint i = 0; i < node->counters->len; i++) {
		struct counter *counter = node->counters->pdata[i];

		json_number(json, counter->name, counter->value);
	}
	json_close(json, '}');
}

static void write_node(GString *json, const struct node *node, GPtrArray *users)
{
	g_autofree char *path = g_strconcat("/dev/", node->name, NULL);

	json_open(json, NULL, '{');
	json_string(json, "node", path);
	json_string(json, "direction", node->output ? "output" : "capture");
	write_mode(json, node);
	write_users(json, node, users);
	if (node->denied)
		json_string(json, "error", g_strerror(node->denied));
	else
		write_counters(json, node);
	json_close(json, '}');
}

static void write_settings(GString *json, const char *name)
{
	g_autoptr(GPtrArray) settings = directory_settings(name);

	json_open(json, "settings", '{');
	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];

		json_string(json, setting->name, setting->value);
	}
	json_close(json, '}');
}

/* As docs/virtcamctl.md tells it */
void describe_json(GString *json, const struct camera *camera, GPtrArray *users)
{
	json_open(json, NULL, '{');
	json_string(json, "name", camera->name);
	json_string(json, "kind", camera->kind);
	json_string(json, "card", camera->card);
	json_string(json, "device", camera->device);
	json_open(json, "nodes", '[');
	for (guint i = 0; i < camera->nodes->len; i++)
		write_node(json, camera->nodes->pdata[i], users);
	json_close(json, ']');
	if (camera->name)
		write_settings(json, camera->name);
	else
		json_null(json, "settings");
	json_close(json, '}');
}
