/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "v4l2/node.h"

/* Finding cameras among the V4L2 devices in /dev, by QUERYCAP alone. */

GPtrArray *gst_virtcam_find_nodes (void);
gchar *gst_virtcam_find_camera (GstVirtcamDirection direction,
    const gchar *camera, guint *n_alike, GError **error);
gchar *gst_virtcam_find_first (GstVirtcamDirection direction, GError **error);
gchar *gst_virtcam_find_hint (const gchar *device);
gchar *gst_virtcam_find_lost (GstVirtcamDirection direction,
    const GstVirtcamIdentity *lost, GHashTable *others);

/* v4l2/uri.c */

#define GST_VIRTCAM_URI_PROTOCOL "virtcam"

/* virtcam:///dev/video2 names a device, virtcam://Front%20Door a camera by its
 * card name or bus_info. One of the two results is NULL, the other is to be
 * freed. FALSE with GST_URI_ERROR if uri is neither. */
gboolean gst_virtcam_uri_parse (
    const gchar *uri, gchar **device, gchar **camera, GError **error);

/* The other way; camera may be NULL or empty. To be freed. */
gchar *gst_virtcam_uri_new (const gchar *device, const gchar *camera);
