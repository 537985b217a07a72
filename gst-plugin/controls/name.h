/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib-object.h>

#include "v4l2/controls.h"

G_BEGIN_DECLS

gchar *gst_virtcam_control_name (const gchar *text);
GStrv gst_virtcam_control_names (const GPtrArray *controls);
gchar *gst_virtcam_control_type_name (const GPtrArray *controls);
GEnumValue *gst_virtcam_control_menu_values (const GstVirtcamControl *control);
void gst_virtcam_control_free_menu_values (GEnumValue *values);

G_END_DECLS
