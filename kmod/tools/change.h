/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing a camera that is there. */
#ifndef TOOLS_CHANGE_H
#define TOOLS_CHANGE_H

#include "camera.h"

gboolean change_is_allowed(const struct camera *camera, gboolean force,
			   GError **error);
gboolean change_make(const char *name, GPtrArray *settings, const char *enabled,
		     GError **error);

#endif
