/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The kernel's own test driver, loaded beside virtcam. */
#pragma once

#include <glib.h>

/* Its inputs in the order of its default */
enum { VIVID_WEBCAM, VIVID_TV, VIVID_S_VIDEO, VIVID_HDMI };

/* The node of the first capture device, or NULL where it is not loaded. */
gchar *vivid_find (void);
