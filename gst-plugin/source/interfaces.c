/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element as GStreamer's interfaces have it. */

#include <string.h>

#include "source/src.h"
#include "v4l2/find.h"

static GstVirtcamPanel *
panel_of (gpointer element)
{
  return gst_virtcam_src_get_panel (GST_VIRTCAM_SRC (element));
}

/* GstURIHandler */

static GstURIType
get_type (GType type)
{
  return GST_URI_SRC;
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
        "set virtcamsrc to NULL first",
        uri);
    return FALSE;
  }
  if (device)
    g_object_set (handler, "device", device, NULL);
  g_object_set (handler, "camera", camera, NULL);
  return TRUE;
}

void
gst_virtcam_src_uri_handler_init (gpointer interface, gpointer data)
{
  GstURIHandlerInterface *handler = interface;

  handler->get_type = get_type;
  handler->get_protocols = get_protocols;
  handler->get_uri = get_uri;
  handler->set_uri = set_uri;
}

/* GstChildProxy: the child is made when somebody wants to have it. */

static guint
get_children_count (GstChildProxy *proxy)
{
  g_autoptr (GstVirtcamControls) child =
      gst_virtcam_panel_peek_child (panel_of (proxy));

  return child || gst_virtcam_panel_is_open (panel_of (proxy)) ? 1 : 0;
}

static GObject *
get_child_by_index (GstChildProxy *proxy, guint index)
{
  if (index > 0)
    return NULL;
  return (GObject *) gst_virtcam_panel_get_child (panel_of (proxy));
}

static GObject *
get_child_by_name (GstChildProxy *proxy, const gchar *name)
{
  if (strcmp (name, GST_VIRTCAM_CONTROLS_NAME) != 0)
    return NULL;
  return (GObject *) gst_virtcam_panel_get_child (panel_of (proxy));
}

void
gst_virtcam_src_child_proxy_init (gpointer interface, gpointer data)
{
  GstChildProxyInterface *proxy = interface;

  proxy->get_children_count = get_children_count;
  proxy->get_child_by_index = get_child_by_index;
  proxy->get_child_by_name = get_child_by_name;
}

/* GstColorBalance */

static const GList *
list_channels (GstColorBalance *balance)
{
  return gst_virtcam_balance_list (panel_of (balance));
}

static void
set_value (
    GstColorBalance *balance, GstColorBalanceChannel *channel, gint value)
{
  gst_virtcam_panel_set_number (
      panel_of (balance), gst_virtcam_balance_get_id (channel), value);
}

static gint
get_value (GstColorBalance *balance, GstColorBalanceChannel *channel)
{
  gint value = 0;

  gst_virtcam_panel_get_number (
      panel_of (balance), gst_virtcam_balance_get_id (channel), &value);
  return value;
}

static GstColorBalanceType
get_balance_type (GstColorBalance *balance)
{
  return GST_COLOR_BALANCE_HARDWARE;
}

void
gst_virtcam_src_color_balance_init (gpointer interface, gpointer data)
{
  GstColorBalanceInterface *balance = interface;

  balance->list_channels = list_channels;
  balance->set_value = set_value;
  balance->get_value = get_value;
  balance->get_balance_type = get_balance_type;
}

/* GstVideoOrientation; what it calls centring no V4L2 camera has any more */

static gboolean
get_hflip (GstVideoOrientation *orientation, gboolean *flip)
{
  return gst_virtcam_panel_get_number (
      panel_of (orientation), V4L2_CID_HFLIP, flip);
}

static gboolean
get_vflip (GstVideoOrientation *orientation, gboolean *flip)
{
  return gst_virtcam_panel_get_number (
      panel_of (orientation), V4L2_CID_VFLIP, flip);
}

static gboolean
set_hflip (GstVideoOrientation *orientation, gboolean flip)
{
  return gst_virtcam_panel_set_number (
      panel_of (orientation), V4L2_CID_HFLIP, flip);
}

static gboolean
set_vflip (GstVideoOrientation *orientation, gboolean flip)
{
  return gst_virtcam_panel_set_number (
      panel_of (orientation), V4L2_CID_VFLIP, flip);
}

void
gst_virtcam_src_video_orientation_init (gpointer interface, gpointer data)
{
  GstVideoOrientationInterface *orientation = interface;

  orientation->get_hflip = get_hflip;
  orientation->get_vflip = get_vflip;
  orientation->set_hflip = set_hflip;
  orientation->set_vflip = set_vflip;
}
