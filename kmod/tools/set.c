// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl set */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "directory.h"
#include "error.h"
#include "options.h"
#include "settings.h"
#include "verbs.h"

/* Leaves those that differ from what the camera has. */
static void drop_same(GPtrArray *settings, const char *trial, const char *name)
{
	for (guint i = settings->len; i--;) {
		struct setting *setting = settings->pdata[i];

		if (directory_same(trial, name, setting->name))
			g_ptr_array_remove_index(settings, i);
	}
}

static gboolean set_found(const struct camera *camera, GPtrArray *settings,
			  gboolean force, GError **error)
{
	g_autofree char *enabled = NULL;
	g_autofree char *before = NULL;
	g_autofree char *trial = NULL;

	if (!change_is_allowed(camera, TRUE, error) ||
	    !settings_take_enabled(settings, NULL, &enabled, error))
		return FALSE;
	trial = directory_try(camera->name, settings, error);
	if (!trial)
		return FALSE;
	drop_same(settings, trial, camera->name);
	directory_remove(trial, NULL);
	before = directory_get(camera->name, "enabled");
	if (!settings->len && (!enabled || !g_strcmp0(enabled, before))) {
		printf("%s: is so already\n", camera->name);
		return TRUE;
	}
	return change_is_allowed(camera, force, error) &&
	       change_make(camera->name, settings, enabled ?: before, error);
}

static gboolean set_word(const char *word, GPtrArray *settings, gboolean force,
			 GError **error)
{
	g_autoptr(GPtrArray) cameras = camera_list();
	struct camera *camera = camera_find(cameras, word, error);

	return camera && set_found(camera, settings, force, error);
}

gboolean verb_set(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) settings = settings_new();
	gboolean force = FALSE;
	const GOptionEntry entries[] = {
		{ "force", 0, 0, G_OPTION_ARG_NONE, &force,
		  "Also under those who use it", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};

	if (!options_parse("CAMERA [ATTRIBUTE=VALUE...]",
			   "Changes a camera, which goes meanwhile and comes back.",
			   entries, &argc, &argv, settings, error))
		return FALSE;
	if (argc != 2 || !settings->len) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "set takes a camera and settings: virtcamctl set feed.desk --size 1280x720");
		return FALSE;
	}
	return directory_lock(error) &&
	       set_word(argv[1], settings, force, error);
}
