// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl remove */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "directory.h"
#include "error.h"
#include "options.h"
#include "verbs.h"

static gboolean remove_all(char **words, gboolean force, GError **error)
{
	g_autoptr(GPtrArray) cameras = camera_list();
	g_autoptr(GPtrArray) found = g_ptr_array_new();

	for (; *words; words++) {
		struct camera *camera = camera_find(cameras, *words, error);

		if (!camera || !change_is_allowed(camera, force, error))
			return FALSE;
		if (!g_ptr_array_find(found, camera, NULL))
			g_ptr_array_add(found, camera);
	}
	for (guint i = 0; i < found->len; i++) {
		struct camera *camera = found->pdata[i];

		if (!directory_remove(camera->name, error))
			return FALSE;
		printf("%s: removed\n", camera->name);
	}
	return TRUE;
}

gboolean verb_remove(int argc, char **argv, GError **error)
{
	gboolean force = FALSE;
	const GOptionEntry entries[] = {
		{ "force", 0, 0, G_OPTION_ARG_NONE, &force,
		  "Also from those who use them", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};

	if (!options_parse("CAMERA...", "Takes cameras away.", entries,
			   &argc, &argv, NULL, error))
		return FALSE;
	if (argc < 2) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "remove takes the names of cameras; virtcamctl list tells them");
		return FALSE;
	}
	return directory_lock(error) && remove_all(argv + 1, force, error);
}
