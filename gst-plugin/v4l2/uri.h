/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#define GST_VIRTCAM_URI_PROTOCOL "virtcam"

/* virtcam:///dev/video2 names a device, virtcam://Front%20Door a camera by its
 * card name or bus_info. One of the two results is NULL, the other is to be
 * freed. FALSE with GST_URI_ERROR if uri is neither. */
gboolean gst_virtcam_uri_parse (
    const gchar *uri, gchar **device, gchar **camera, GError **error);

/* The other way; camera may be NULL or empty. To be freed. */
gchar *gst_virtcam_uri_new (const gchar *device, const gchar *camera);
