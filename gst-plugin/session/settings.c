/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/settings.h"

struct _GstVirtcamSettings {
  GMutex lock; /* guards the values; held for no call out */
  guint n;
  GValue values[]; /* by property; the first is none */
};

GstVirtcamSettings *
gst_virtcam_settings_new (GParamSpec *const *properties, guint n)
{
  GstVirtcamSettings *self =
      g_malloc0 (sizeof *self + n * sizeof self->values[0]);

  g_mutex_init (&self->lock);
  self->n = n;
  for (guint id = 1; id < n; id++)
    g_value_copy (g_param_spec_get_default_value (properties[id]),
        g_value_init (&self->values[id], properties[id]->value_type));
  return self;
}

void
gst_virtcam_settings_free (GstVirtcamSettings *self)
{
  for (guint id = 1; id < self->n; id++)
    g_value_unset (&self->values[id]);
  g_mutex_clear (&self->lock);
  g_free (self);
}

gboolean
gst_virtcam_settings_set (
    GstVirtcamSettings *self, guint id, const GValue *value)
{
  if (id >= self->n)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_value_copy (value, &self->values[id]);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

gboolean
gst_virtcam_settings_get (GstVirtcamSettings *self, guint id, GValue *value)
{
  if (id >= self->n)
    return FALSE;
  g_mutex_lock (&self->lock);
  g_value_copy (&self->values[id], value);
  g_mutex_unlock (&self->lock);
  return TRUE;
}

const GValue *
gst_virtcam_settings_lock (GstVirtcamSettings *self)
{
  g_mutex_lock (&self->lock);
  return self->values;
}

void
gst_virtcam_settings_unlock (GstVirtcamSettings *self)
{
  g_mutex_unlock (&self->lock);
}
