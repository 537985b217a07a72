// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl list and show */
#include <errno.h>
#include <stdio.h>

#include "describe.h"
#include "error.h"
#include "json.h"
#include "options.h"
#include "system.h"
#include "users.h"
#include "verbs.h"

/* Whoever may not open nodes sees "?" in place of what they would tell. */
static void explain_denials(GPtrArray *cameras)
{
	for (guint i = 0; i < cameras->len; i++) {
		struct camera *camera = cameras->pdata[i];

		for (guint j = 0; j < camera->nodes->len; j++) {
			struct node *node = camera->nodes->pdata[j];

			if (node->denied != EACCES && node->denied != EPERM)
				continue;
			fprintf(stderr, "virtcamctl: /dev/%s may not be opened by you, so its mode, frames and drops are not known: sudo virtcamctl ..., or be a member of its group, which is video as a rule\n",
				node->name);
			return;
		}
	}
}

static void print_json(GPtrArray *cameras, GPtrArray *users)
{
	g_autoptr(GString) json = g_string_new(NULL);

	json_open(json, NULL, '[');
	for (guint i = 0; i < cameras->len; i++)
		describe_json(json, cameras->pdata[i], users);
	json_close(json, ']');
	printf("%s\n", json->str);
}

static void print_table(GPtrArray *cameras, GPtrArray *users)
{
	g_autofree char *table = describe_table(cameras, users);

	if (cameras->len)
		fputs(table, stdout);
	else
		fputs("there is no camera: sudo virtcamctl add feed NAME, or add pattern NAME\n",
		      stderr);
}

/* Without the module there is no camera, and a list of none would hide why. */
static gboolean check_module(GPtrArray *cameras, GError **error)
{
	return cameras->len || system_is_loaded() || system_can_make(error);
}

gboolean verb_list(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) cameras = NULL;
	g_autoptr(GPtrArray) users = NULL;
	gboolean json = FALSE;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "For programs", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};

	if (!options_parse("", "Lists the cameras. A node with < takes frames.",
			   entries, &argc, &argv, NULL, error))
		return FALSE;
	if (argc > 1) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "list takes no '%s': virtcamctl show tells of one camera",
			    argv[1]);
		return FALSE;
	}
	cameras = camera_list();
	if (!check_module(cameras, error))
		return FALSE;
	users = users_find();
	(json ? print_json : print_table)(cameras, users);
	explain_denials(cameras);
	return TRUE;
}

static void show_camera(const struct camera *camera, gboolean json)
{
	g_autoptr(GPtrArray) users = users_find();
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *words = NULL;

	if (json) {
		describe_json(text, camera, users);
		printf("%s\n", text->str);
		return;
	}
	words = describe_camera(camera, users);
	fputs(words, stdout);
}

gboolean verb_show(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) cameras = NULL;
	struct camera *camera;
	gboolean json = FALSE;
	const GOptionEntry entries[] = {
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "For programs", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};

	if (!options_parse("CAMERA",
			   "Shows settings, nodes, modes and counters of a camera, and who uses it.",
			   entries, &argc, &argv, NULL, error))
		return FALSE;
	if (argc != 2) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "show takes one camera: its name, a node or its card");
		return FALSE;
	}
	cameras = camera_list();
	camera = camera_find(cameras, argv[1], error);
	if (!camera)
		return FALSE;
	show_camera(camera, json);
	return TRUE;
}
