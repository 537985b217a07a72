/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* GstColorBalance: four of the camera's controls, as players know them. */

#include <string.h>

#include "controls/balance.h"

struct _GstVirtcamBalance {
  GstVirtcamPanel *panel;

  GMutex lock;          /* guards the rest */
  GHashTable *channels; /* type of the child -> list */
};

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
    GParamSpec *spec =
        gst_virtcam_controls_find (controls, balance_controls[i].id);
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

GstVirtcamBalance *
gst_virtcam_balance_new (GstVirtcamPanel *panel)
{
  GstVirtcamBalance *self = g_new0 (GstVirtcamBalance, 1);

  self->panel = panel;
  g_mutex_init (&self->lock);
  self->channels = g_hash_table_new_full (NULL, NULL, NULL, free_channels);
  return self;
}

void
gst_virtcam_balance_free (GstVirtcamBalance *self)
{
  g_hash_table_unref (self->channels);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/* Who got a list may still read it while another camera is opened: lists stay
 * until the element goes. There is one for each kind of camera it had. */
static const GList *
channels_of (GstVirtcamBalance *self, GstVirtcamControls *child)
{
  gpointer type = GSIZE_TO_POINTER (G_OBJECT_TYPE (child));
  GList *channels;

  g_mutex_lock (&self->lock);
  if (!g_hash_table_lookup_extended (
          self->channels, type, NULL, (gpointer *) &channels)) {
    channels = make_channels (child);
    g_hash_table_insert (self->channels, type, channels);
  }
  g_mutex_unlock (&self->lock);
  return channels;
}

const GList *
gst_virtcam_balance_list (GstVirtcamBalance *self)
{
  g_autoptr (GstVirtcamControls) child = NULL;

  if (!gst_virtcam_panel_is_open (self->panel))
    return NULL;
  child = gst_virtcam_panel_get_child (self->panel);
  return child ? channels_of (self, child) : NULL;
}

void
gst_virtcam_balance_set (
    GstVirtcamBalance *self, GstColorBalanceChannel *channel, gint value)
{
  g_autoptr (GstVirtcamControls) child =
      gst_virtcam_panel_get_child (self->panel);

  if (child)
    gst_virtcam_controls_set_number (
        child, id_of_label (channel->label), value);
}

gint
gst_virtcam_balance_get (
    GstVirtcamBalance *self, GstColorBalanceChannel *channel)
{
  g_autoptr (GstVirtcamControls) child =
      gst_virtcam_panel_get_child (self->panel);
  gint value = 0;

  if (child)
    gst_virtcam_controls_get_number (
        child, id_of_label (channel->label), &value);
  return value;
}

/* The control has another value. Nobody who has not seen a channel waits for
 * it. */
void
gst_virtcam_balance_tell (
    GstVirtcamBalance *self, GstVirtcamControls *child, guint32 id)
{
  GstElement *element = gst_virtcam_panel_get_element (self->panel);
  const GList *channels;
  gint value;

  g_mutex_lock (&self->lock);
  channels = g_hash_table_lookup (
      self->channels, GSIZE_TO_POINTER (G_OBJECT_TYPE (child)));
  g_mutex_unlock (&self->lock);
  for (; channels; channels = channels->next) {
    GstColorBalanceChannel *channel = channels->data;

    if (id_of_label (channel->label) == id &&
        gst_virtcam_controls_get_number (child, id, &value))
      gst_color_balance_value_changed (
          GST_COLOR_BALANCE (element), channel, value);
  }
}
