/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The directories of configfs that make cameras. Which settings there are, and what
 * each may be, is asked of the kernel, which says it of every kind of camera.
 */
#ifndef TOOLS_DIRECTORY_H
#define TOOLS_DIRECTORY_H

#include <glib.h>

GPtrArray *directory_list(void);
gboolean directory_exists(const char *name);
char *directory_kind(const char *name);
char *directory_get(const char *name, const char *setting);
GPtrArray *directory_settings(const char *name);
gboolean directory_same(const char *a, const char *b, const char *setting);

gboolean directory_lock(GError **error);
gboolean directory_check_kind(const char *name, GError **error);
gboolean directory_make(const char *name, GError **error);
gboolean directory_set(const char *name, const char *setting,
		       const char *value, GError **error);
gboolean directory_set_all(const char *name, GPtrArray *settings,
			   GError **error);
gboolean directory_remove(const char *name, GError **error);
char *directory_try(const char *name, GPtrArray *settings, GError **error);

#endif
