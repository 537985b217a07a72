/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstColorBalance: four of the camera's controls, as players know them. */

#include "controls/panel.h"

static const struct {
  guint32 id;
  const gchar *label;
} balance_controls[] = {
  { V4L2_CID_BRIGHTNESS, "BRIGHTNESS" },
  { V4L2_CID_CONTRAST, "CONTRAST" },
  { V4L2_CID_HUE, "HUE" },
  { V4L2_CID_SATURATION, "SATURATION" },
};

/* The V4L2_CID_* of a channel. */
guint32
gst_virtcam_balance_get_id (const GstColorBalanceChannel *channel)
{
  for (guint i = 0; i < G_N_ELEMENTS (balance_controls); i++) {
    if (g_strcmp0 (balance_controls[i].label, channel->label) == 0)
      return balance_controls[i].id;
  }
  return 0;
}

static GList *
make_channels (GstVirtcamControls *child)
{
  GList *channels = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (balance_controls); i++) {
    GParamSpec *spec =
        gst_virtcam_controls_find (child, balance_controls[i].id);
    GstColorBalanceChannel *channel;

    if (spec == NULL || !G_IS_PARAM_SPEC_INT (spec))
      continue;
    channel = g_object_new (GST_TYPE_COLOR_BALANCE_CHANNEL, NULL);
    channel->label = g_strdup (balance_controls[i].label);
    channel->min_value = G_PARAM_SPEC_INT (spec)->minimum;
    channel->max_value = G_PARAM_SPEC_INT (spec)->maximum;
    channels = g_list_append (channels, channel);
  }
  return channels;
}

static void
free_channels (gpointer channels)
{
  g_list_free_full (channels, g_object_unref);
}

/* Whoever got a list may still read it while another camera is opened: lists
 * stay until the element goes. There is one for each kind of camera it had. */
static GQuark
key_of (GstVirtcamControls *child)
{
  return g_type_qname (G_OBJECT_TYPE (child));
}

/* Empty while the camera is closed. */
const GList *
gst_virtcam_balance_list (GstVirtcamPanel *panel)
{
  GObject *element = G_OBJECT (gst_virtcam_panel_get_element (panel));
  g_autoptr (GstVirtcamControls) child = NULL;
  GList *fresh;

  if (gst_virtcam_panel_is_open (panel))
    child = gst_virtcam_panel_get_child (panel);
  if (child == NULL)
    return NULL;
  if (g_object_get_qdata (element, key_of (child)) == NULL) {
    fresh = make_channels (child);
    /* another thread may have been quicker */
    if (!g_object_replace_qdata (
            element, key_of (child), NULL, fresh, free_channels, NULL))
      free_channels (fresh);
  }
  return g_object_get_qdata (element, key_of (child));
}

/* The control has another value. Nobody who has not seen a channel waits for
 * it. */
void
gst_virtcam_balance_tell (
    GstElement *element, GstVirtcamControls *child, guint32 id)
{
  const GList *channels =
      g_object_get_qdata (G_OBJECT (element), key_of (child));
  gint value;

  for (; channels; channels = channels->next) {
    if (gst_virtcam_balance_get_id (channels->data) == id &&
        gst_virtcam_controls_get_number (child, id, &value))
      gst_color_balance_value_changed (
          GST_COLOR_BALANCE (element), channels->data, value);
  }
}
