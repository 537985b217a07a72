/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What the application wants of an element, from any thread; looked at when it
 * matters, not when it is set. */
typedef struct _GstVirtcamSettings GstVirtcamSettings;

/* Of the properties with the numbers 1 to n - 1, which outlive it; they begin with
 * their defaults. */
GstVirtcamSettings *gst_virtcam_settings_new (
    GParamSpec *const *properties, guint n);
void gst_virtcam_settings_free (GstVirtcamSettings *self);

/* FALSE: the property is no setting. */
gboolean gst_virtcam_settings_set (
    GstVirtcamSettings *self, guint id, const GValue *value);
gboolean gst_virtcam_settings_get (
    GstVirtcamSettings *self, guint id, GValue *value);

/* All of them, by property, until they are unlocked; for no call out. */
const GValue *gst_virtcam_settings_lock (GstVirtcamSettings *self);
void gst_virtcam_settings_unlock (GstVirtcamSettings *self);
