/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An element as a GstURIHandler: its properties "device" and "camera". */

#include "session/uri-handler.h"

#include <gst/base/gstbasesink.h>

#include "v4l2/find.h"

static GstURIType
get_type (GType type)
{
  return g_type_is_a (type, GST_TYPE_BASE_SINK) ? GST_URI_SINK : GST_URI_SRC;
}

static const gchar *const *
get_protocols (GType type)
{
  static const gchar *const protocols[] = { GST_VIRTCAM_URI_PROTOCOL, NULL };

  return protocols;
}

static gchar *
get_uri (GstURIHandler *handler)
{
  g_autofree gchar *device = NULL;
  g_autofree gchar *camera = NULL;

  g_object_get (handler, "device", &device, "camera", &camera, NULL);
  return gst_virtcam_uri_new (device, camera);
}

/* In other states than NULL the present camera would stay. */
static gboolean
set_uri (GstURIHandler *handler, const gchar *uri, GError **error)
{
  g_autofree gchar *device = NULL;
  g_autofree gchar *camera = NULL;

  if (!gst_virtcam_uri_parse (uri, &device, &camera, error))
    return FALSE;
  if (GST_STATE (handler) != GST_STATE_NULL) {
    g_set_error (error, GST_URI_ERROR, GST_URI_ERROR_BAD_STATE,
        "the camera cannot be changed to \"%s\" while another one is open: "
        "set %s to NULL first",
        uri, GST_OBJECT_NAME (gst_element_get_factory (GST_ELEMENT (handler))));
    return FALSE;
  }
  if (device)
    g_object_set (handler, "device", device, NULL);
  g_object_set (handler, "camera", camera, NULL);
  return TRUE;
}

void
gst_virtcam_uri_handler_init (gpointer interface, gpointer data)
{
  GstURIHandlerInterface *handler = interface;

  handler->get_type = get_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}
