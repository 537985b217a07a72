/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"

/* The node to open, to be freed: of the camera that the element's property "camera"
 * names, else "device", else the first that there is. "device" is that one from
 * then on. NULL: there is none, and an error that says so has been posted. */
gchar *gst_virtcam_naming_find (GstVirtcamReport *report);
