/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* Which node is open, if any. From any thread; nothing here blocks. */
typedef struct _GstVirtcamCamera GstVirtcamCamera;

GstVirtcamCamera *gst_virtcam_camera_new (void);
void gst_virtcam_camera_free (GstVirtcamCamera *self);

void gst_virtcam_camera_open (GstVirtcamCamera *self, GstVirtcamNode *node);
void gst_virtcam_camera_set_node (GstVirtcamCamera *self, GstVirtcamNode *node);
void gst_virtcam_camera_close (GstVirtcamCamera *self);

GstVirtcamNode *gst_virtcam_camera_ref_node (GstVirtcamCamera *self);
gboolean gst_virtcam_camera_is_open (GstVirtcamCamera *self);
