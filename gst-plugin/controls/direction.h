/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "controls/panel.h"

G_BEGIN_DECLS

/* The two flips as GstVideoDirection and GstVideoOrientation have them. From any
 * thread. */
typedef struct _GstVirtcamDirection GstVirtcamDirection;

GstVirtcamDirection *gst_virtcam_direction_new (GstVirtcamPanel *panel);
void gst_virtcam_direction_free (GstVirtcamDirection *self);

void gst_virtcam_direction_set (
    GstVirtcamDirection *self, GstVideoOrientationMethod method);
GstVideoOrientationMethod gst_virtcam_direction_get (GstVirtcamDirection *self);
void gst_virtcam_direction_open (GstVirtcamDirection *self);

G_END_DECLS
