/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "v4l2/controls.h"

G_BEGIN_DECLS

gchar *gst_virtcam_control_name (const gchar *text);
GStrv gst_virtcam_control_names (const GPtrArray *controls);

G_END_DECLS
