// SPDX-License-Identifier: GPL-2.0-only
#include "change.h"

#include "directory.h"
#include "error.h"
#include "make.h"
#include "settings.h"

/**
 * change_is_allowed() - whether a camera may be taken away, or changed
 * @camera: the camera
 * @force: also from those who use it
 * @error: says why not, and what to do
 */
gboolean change_is_allowed(const struct camera *camera, gboolean force,
			   GError **error)
{
	if (camera->name)
		return force || camera_is_idle(camera, error);
	if (g_str_equal(camera->kind, "pattern") ||
	    g_str_equal(camera->kind, "feed"))
		ctl_fail(error, "%s was made when the module was loaded, by its parameter %s: sudo modprobe -r virtcam; sudo modprobe virtcam %s=N",
			 camera_label(camera),
			 *camera->kind == 'f' ? "feeds" : "devices",
			 *camera->kind == 'f' ? "feeds" : "devices");
	else if (g_str_equal(camera->kind, "virtio"))
		ctl_fail(error, "%s is lent by this virtual machine's host, and is changed and taken away there",
			 camera_label(camera));
	else
		ctl_fail(error, "%s was made by the driver %s, and not by a directory of configfs",
			 camera_label(camera), camera->kind);
	return FALSE;
}

/**
 * change_make() - give a camera other settings
 * @name: its directory
 * @settings: the settings, which have been tried
 * @enabled: whether there is a camera then: 1 or 0
 * @error: says what is wrong
 *
 * The camera goes meanwhile, and comes back with nodes that may have other numbers.
 */
gboolean change_make(const char *name, GPtrArray *settings, const char *enabled,
		     GError **error)
{
	g_autofree char *before = directory_get(name, "enabled");

	if (settings->len && !g_strcmp0(before, "1") &&
	    !directory_set(name, "enabled", "0", error))
		return FALSE;
	return directory_set_all(name, settings, error) &&
	       make_enable(name, enabled, error);
}
