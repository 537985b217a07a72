/* SPDX-License-Identifier: GPL-2.0-only */
/* What somebody wants of a camera: names of attributes, and their values. */
#ifndef TOOLS_SETTINGS_H
#define TOOLS_SETTINGS_H

#include <glib.h>

struct setting {
	char *name;
	char *value;
};

/* The array owns its settings, each a struct setting; no name is there twice. */
GPtrArray *settings_new(void);
void settings_put(GPtrArray *settings, const char *name, const char *value);
const char *settings_get(GPtrArray *settings, const char *name);
char *settings_take(GPtrArray *settings, const char *name);
gboolean settings_take_enabled(GPtrArray *settings, const char *otherwise,
			       char **enabled, GError **error);

/* Whether the value of that setting names a file, whose bytes are the setting */
gboolean setting_is_file(const char *name);

#endif
