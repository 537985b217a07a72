// SPDX-License-Identifier: GPL-2.0-only
/* virtcamctl add */
#include <stdio.h>
#include <string.h>

#include "directory.h"
#include "error.h"
#include "make.h"
#include "options.h"
#include "settings.h"
#include "verbs.h"

static gboolean add_checked(const char *kind, const char *name,
			    GPtrArray *settings, GError **error)
{
	g_autofree char *full = g_strconcat(kind, ".", name, NULL);
	g_autofree char *enabled = NULL;

	if (!directory_check_kind(full, error) ||
	    !settings_take_enabled(settings, "1", &enabled, error) ||
	    !directory_make(full, error))
		return FALSE;
	if (directory_set_all(full, settings, error) &&
	    make_enable(full, enabled, error))
		return TRUE;
	directory_remove(full, NULL);
	return FALSE;
}

gboolean verb_add(int argc, char **argv, GError **error)
{
	g_autoptr(GPtrArray) settings = settings_new();

	if (!options_parse("KIND NAME [ATTRIBUTE=VALUE...]",
			   "Makes a camera. KIND is pattern, which draws, or feed, which programs feed.",
			   NULL, &argc, &argv, settings, error))
		return FALSE;
	if (argc != 3 || !*argv[1] || strpbrk(argv[1], "./")) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "add takes a kind, pattern or feed, and a name: virtcamctl add feed desk");
		return FALSE;
	}
	if (*argv[2] == '.') {
		ctl_fail(error, "name: '%s' is refused; no name begins with a dot",
			 argv[2]);
		return FALSE;
	}
	return directory_lock(error) &&
	       add_checked(argv[1], argv[2], settings, error);
}
