/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* Finding cameras among the V4L2 devices in /dev, by QUERYCAP alone. */

GPtrArray *gst_virtcam_find_nodes (void);
gchar *gst_virtcam_find_camera (
    const gchar *camera, guint *n_alike, GError **error);
gchar *gst_virtcam_find_hint (const gchar *device);
gchar *gst_virtcam_find_lost (
    const GstVirtcamIdentity *lost, GHashTable *others);
