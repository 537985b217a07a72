// SPDX-License-Identifier: GPL-2.0-only
/*
 * virtcamctl apply: all is looked at, and tried where it does nothing, before
 * anything is changed.
 */
#include <stdio.h>
#include <string.h>

#include "change.h"
#include "conf.h"
#include "directory.h"
#include "error.h"
#include "make.h"
#include "options.h"
#include "settings.h"
#include "verbs.h"

/**
 * struct plan - what is to be done for a camera
 * @wanted: the camera; all of its settings are in @wanted->settings
 * @exists: there is its directory, and only what differs is in @changes
 * @enabled: whether there is to be a camera: 1 or 0
 * @changes: what to set
 */
struct plan {
	struct wanted *wanted;
	gboolean exists;
	char *enabled;
	GPtrArray *changes;
};

static void plan_free(gpointer data)
{
	struct plan *plan = data;

	g_free(plan->enabled);
	g_ptr_array_unref(plan->changes);
	g_free(plan);
}

/* Its name is that of the directory, where the file does not say another one. */
static void name_card(struct wanted *wanted)
{
	const char *dot = strchr(wanted->name, '.');
	g_autofree char *card =
		g_strconcat("virtcam ", dot ? dot + 1 : wanted->name, NULL);

	if (!settings_get(wanted->settings, "card"))
		settings_put(wanted->settings, "card", card);
}

/* What a file does not say is to be as in a new directory, which the trial is. */
static void find_changes(struct plan *plan, const char *trial)
{
	const char *name = plan->wanted->name;
	g_autoptr(GPtrArray) settings = directory_settings(trial);

	for (guint i = 0; i < settings->len; i++) {
		struct setting *setting = settings->pdata[i];
		const char *said = settings_get(plan->wanted->settings,
						setting->name);

		if (g_str_equal(setting->name, "enabled") ||
		    directory_same(trial, name, setting->name))
			continue;
		settings_put(plan->changes, setting->name,
			     said ?: setting->value);
	}
}

static gboolean plan_camera(struct plan *plan, GError **error)
{
	g_autofree char *before = NULL;
	g_autofree char *trial = NULL;

	if (!directory_check_kind(plan->wanted->name, error) ||
	    !settings_take_enabled(plan->wanted->settings, "1", &plan->enabled,
				   error))
		return FALSE;
	name_card(plan->wanted);
	trial = directory_try(plan->wanted->name, plan->wanted->settings, error);
	if (!trial)
		return FALSE;
	plan->exists = directory_exists(plan->wanted->name);
	if (plan->exists)
		find_changes(plan, trial);
	directory_remove(trial, NULL);
	before = directory_get(plan->wanted->name, "enabled");
	if (!g_strcmp0(before, plan->enabled) && !plan->changes->len)
		g_clear_pointer(&plan->enabled, g_free);
	return TRUE;
}

static gboolean plan_is_allowed(const struct plan *plan, GPtrArray *cameras,
				gboolean force, GError **error)
{
	for (guint i = 0; plan->exists && plan->enabled && i < cameras->len; i++) {
		struct camera *camera = cameras->pdata[i];

		if (!g_strcmp0(camera->name, plan->wanted->name))
			return change_is_allowed(camera, force, error);
	}
	return TRUE;
}

static gboolean plan_add(GPtrArray *plans, struct wanted *wanted,
			 GPtrArray *cameras, gboolean force, GError **error)
{
	struct plan *plan = g_new0(struct plan, 1);

	plan->wanted = wanted;
	plan->changes = settings_new();
	g_ptr_array_add(plans, plan);
	if (plan_camera(plan, error) &&
	    plan_is_allowed(plan, cameras, force, error))
		return TRUE;
	g_prefix_error(error, "%s: [%s]: ", wanted->file, wanted->name);
	return FALSE;
}

static GPtrArray *plan_all(GPtrArray *wanted, gboolean force, GError **error)
{
	g_autoptr(GPtrArray) cameras = camera_list();
	g_autoptr(GPtrArray) plans = g_ptr_array_new_with_free_func(plan_free);

	for (guint i = 0; i < wanted->len; i++)
		if (!plan_add(plans, wanted->pdata[i], cameras, force, error))
			return NULL;
	return g_steal_pointer(&plans);
}

static gboolean plan_create(const struct plan *plan, GError **error)
{
	const char *name = plan->wanted->name;

	if (!directory_make(name, error))
		return FALSE;
	if (directory_set_all(name, plan->wanted->settings, error) &&
	    make_enable(name, plan->enabled, error))
		return TRUE;
	directory_remove(name, NULL);
	return FALSE;
}

static gboolean plan_carry_out(const struct plan *plan, GError **error)
{
	const char *name = plan->wanted->name;

	if (!plan->exists)
		return plan_create(plan, error);
	if (plan->enabled)
		return change_make(name, plan->changes, plan->enabled, error);
	printf("%s: is so already\n", name);
	return TRUE;
}

static gboolean apply(GPtrArray *wanted, gboolean force, GError **error)
{
	g_autoptr(GPtrArray) plans = plan_all(wanted, force, error);

	for (guint i = 0; plans && i < plans->len; i++)
		if (!plan_carry_out(plans->pdata[i], error))
			return FALSE;
	return plans != NULL;
}

static gboolean apply_files(char **words, gboolean force, GError **error)
{
	g_autoptr(GPtrArray) files = conf_find(words, error);
	g_autoptr(GPtrArray) wanted = files ? conf_read(files, error) : NULL;

	if (!wanted)
		return FALSE;
	/* Where nothing is wanted, nothing is missing. */
	return !wanted->len ||
	       (directory_lock(error) && apply(wanted, force, error));
}

gboolean verb_apply(int argc, char **argv, GError **error)
{
	gboolean force = FALSE;
	const GOptionEntry entries[] = {
		{ "force", 0, 0, G_OPTION_ARG_NONE, &force,
		  "Change cameras also under those who use them", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};

	if (!options_parse("FILE...",
			   "Makes the cameras that files describe, and changes those that differ.",
			   entries, &argc, &argv, NULL, error))
		return FALSE;
	if (argc < 2) {
		g_set_error(error, CTL_ERROR, CTL_ERROR_USAGE,
			    "apply takes files or folders: virtcamctl apply /etc/virtcam");
		return FALSE;
	}
	return apply_files(argv + 1, force, error);
}
