// SPDX-License-Identifier: GPL-2.0-only
#include "settings.h"

#include "error.h"

static void setting_free(gpointer data)
{
	struct setting *setting = data;

	g_free(setting->name);
	g_free(setting->value);
	g_free(setting);
}

GPtrArray *settings_new(void)
{
	return g_ptr_array_new_with_free_func(setting_free);
}

static struct setting *settings_find(GPtrArray *settings, const char *name,
				     guint *index)
{
	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];

		if (g_str_equal(setting->name, name)) {
			if (index)
				*index = i;
			return setting;
		}
	}
	return NULL;
}

/* A value that is there already is replaced. */
void settings_put(GPtrArray *settings, const char *name, const char *value)
{
	struct setting *setting = settings_find(settings, name, NULL);

	if (!setting) {
		setting = g_new0(struct setting, 1);
		setting->name = g_strdup(name);
		g_ptr_array_add(settings, setting);
	}
	g_free(setting->value);
	setting->value = g_strdup(value);
}

/* The value, or NULL */
const char *settings_get(GPtrArray *settings, const char *name)
{
	struct setting *setting = settings_find(settings, name, NULL);

	return setting ? setting->value : NULL;
}

/* The value, which is the caller's to free, and no longer there; or NULL */
char *settings_take(GPtrArray *settings, const char *name)
{
	guint index;
	struct setting *setting = settings_find(settings, name, &index);
	char *value = NULL;

	if (setting) {
		value = g_steal_pointer(&setting->value);
		g_ptr_array_remove_index(settings, index);
	}
	return value;
}

/**
 * settings_take_enabled() - whether there is to be a camera
 * @settings: the setting enabled is taken out of them: it comes after all others
 * @otherwise: what it is where it is not among them; or NULL
 * @enabled: gets it, the caller's to free
 * @error: says what is allowed
 */
gboolean settings_take_enabled(GPtrArray *settings, const char *otherwise,
			       char **enabled, GError **error)
{
	g_autofree char *value = settings_take(settings, "enabled");

	if (value && !g_str_equal(value, "0") && !g_str_equal(value, "1")) {
		ctl_fail(error, "enabled: '%s' is refused; allowed is 0 or 1",
			 value);
		return FALSE;
	}
	*enabled = value ? g_steal_pointer(&value) : g_strdup(otherwise);
	return TRUE;
}

gboolean setting_is_file(const char *name)
{
	return g_str_has_suffix(name, "_file");
}
