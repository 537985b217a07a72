/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstColorBalance: four of the camera's controls, as players know them. */

#include "gstvirtcamsrc.h"

#include <string.h>

static const struct {
  guint32 id;
  const gchar *label;
} balance_controls[] = {
  { V4L2_CID_BRIGHTNESS, "BRIGHTNESS" },
  { V4L2_CID_CONTRAST, "CONTRAST" },
  { V4L2_CID_HUE, "HUE" },
  { V4L2_CID_SATURATION, "SATURATION" },
};

static guint32
id_of_label (const gchar *label)
{
  for (guint i = 0; label && i < G_N_ELEMENTS (balance_controls); i++) {
    if (strcmp (balance_controls[i].label, label) == 0)
      return balance_controls[i].id;
  }
  return 0;
}

static GList *
make_channels (GstVirtcamControls *controls)
{
  GList *channels = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (balance_controls); i++) {
    const VirtcamControl *control;
    GstColorBalanceChannel *channel;

    if (!gst_virtcam_controls_find (
            controls, balance_controls[i].id, &control) ||
        control->query.type != V4L2_CTRL_TYPE_INTEGER)
      continue;
    channel = g_object_new (GST_TYPE_COLOR_BALANCE_CHANNEL, NULL);
    channel->label = g_strdup (balance_controls[i].label);
    channel->min_value = control->query.minimum;
    channel->max_value = control->query.maximum;
    channels = g_list_append (channels, channel);
  }
  return channels;
}

static void
free_channels (gpointer channels)
{
  g_list_free_full (channels, g_object_unref);
}

/* Who got a list may still read it while another camera is opened: lists stay
 * until the element goes. There is one for each kind of camera it had. */
static const GList *
channels_of (GstVirtcamSrc *self, GstVirtcamControls *controls)
{
  gpointer type = GSIZE_TO_POINTER (G_OBJECT_TYPE (controls));
  GList *channels;

  GST_OBJECT_LOCK (self);
  if (self->channels == NULL)
    self->channels = g_hash_table_new_full (NULL, NULL, NULL, free_channels);
  if (!g_hash_table_lookup_extended (
          self->channels, type, NULL, (gpointer *) &channels)) {
    channels = make_channels (controls);
    g_hash_table_insert (self->channels, type, channels);
  }
  GST_OBJECT_UNLOCK (self);
  return channels;
}

static const GList *
list_channels (GstColorBalance *balance)
{
  GstVirtcamSrc *self = GST_VIRTCAM_SRC (balance);
  g_autoptr (GstVirtcamControls) controls = NULL;

  if (!gst_virtcam_src_is_open (self))
    return NULL;
  controls = gst_virtcam_src_get_controls (self);
  return controls ? channels_of (self, controls) : NULL;
}

static void
set_value (
    GstColorBalance *balance, GstColorBalanceChannel *channel, gint value)
{
  g_autoptr (GstVirtcamControls) controls =
      gst_virtcam_src_get_controls (GST_VIRTCAM_SRC (balance));

  if (controls)
    gst_virtcam_controls_set_number (
        controls, id_of_label (channel->label), value);
}

static gint
get_value (GstColorBalance *balance, GstColorBalanceChannel *channel)
{
  g_autoptr (GstVirtcamControls) controls =
      gst_virtcam_src_get_controls (GST_VIRTCAM_SRC (balance));
  gint value = 0;

  if (controls)
    gst_virtcam_controls_get_number (
        controls, id_of_label (channel->label), &value);
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

/* Nobody who has not seen a channel waits for its value. */
void
gst_virtcam_src_balance_changed (GstVirtcamSrc *self,
    GstVirtcamControls *controls, const VirtcamControl *control)
{
  const GList *channels = NULL;
  gint value;

  GST_OBJECT_LOCK (self);
  if (self->channels)
    channels = g_hash_table_lookup (
        self->channels, GSIZE_TO_POINTER (G_OBJECT_TYPE (controls)));
  GST_OBJECT_UNLOCK (self);
  for (; channels; channels = channels->next) {
    GstColorBalanceChannel *channel = channels->data;

    if (id_of_label (channel->label) == control->query.id &&
        gst_virtcam_controls_get_number (controls, control->query.id, &value))
      gst_color_balance_value_changed (
          GST_COLOR_BALANCE (self), channel, value);
  }
}
