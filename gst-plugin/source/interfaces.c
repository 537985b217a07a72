/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The element as GStreamer's interfaces have it, apart from its URI, which is in
 * session/uri-handler.c. */

#include <string.h>

#include "source/src.h"

static GstVirtcamPanel *
panel_of (gpointer element)
{
  return gst_virtcam_src_get_panel (GST_VIRTCAM_SRC (element));
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
