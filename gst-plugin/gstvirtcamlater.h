/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct _GstVirtcamLater GstVirtcamLater;

GstVirtcamLater *gst_virtcam_later_new (
    GstClockTime delay, GFunc func, gpointer data, gpointer user_data);
void gst_virtcam_later_free (GstVirtcamLater *self);

G_END_DECLS
