/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

G_BEGIN_DECLS

/* Finding cameras among the V4L2 devices in /dev, by QUERYCAP alone. */

GPtrArray *gst_virtcam_find_nodes (void);
gchar *gst_virtcam_find_camera (
    const gchar *camera, guint *n_alike, GError **error);
gchar *gst_virtcam_find_hint (const gchar *device);

/* Looks for a camera that was seen before and went away, each time that it is
 * told to. It neither waits nor watches: so it finds a camera in a container's
 * /dev, too, where neither udev nor inotify tells of nodes. One thread uses it. */
typedef struct _GstVirtcamSearch GstVirtcamSearch;

GstVirtcamSearch *gst_virtcam_search_new (GstVirtcamIdentity *lost);
void gst_virtcam_search_free (GstVirtcamSearch *self);
gchar *gst_virtcam_search_look (GstVirtcamSearch *self);

G_END_DECLS
