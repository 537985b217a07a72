/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* For G_IMPLEMENT_INTERFACE of a source's or a sink's type. */
void gst_virtcam_uri_handler_init (gpointer interface, gpointer data);
