/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "virtcam-controls.h"

G_BEGIN_DECLS

/* the child's name */
#define GST_VIRTCAM_CONTROLS_NAME "controls"

#define GST_TYPE_VIRTCAM_CONTROLS (gst_virtcam_controls_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    GstVirtcamControls, gst_virtcam_controls, GST, VIRTCAM_CONTROLS, GstObject)

/* What all instances of one class have; it lives forever, as types do. */
typedef struct {
  GPtrArray *controls; /* of VirtcamControl; a property's id is its place + 1 */
  GParamSpec **specs;
} GstVirtcamControlSet;

struct _GstVirtcamControlsClass {
  GstObjectClass parent_class;

  const GstVirtcamControlSet *set;
};

/* gstvirtcamcontrols-type.c */
GType gst_virtcam_controls_type_for (GPtrArray *controls);

/* gstvirtcamcontrols.c */
void gst_virtcam_controls_init_class (gpointer klass, gpointer data);
gchar *gst_virtcam_controls_list_names (GstVirtcamControls *self);
GParamSpec *gst_virtcam_controls_find (
    GstVirtcamControls *self, guint32 id, const VirtcamControl **control);
guint gst_virtcam_controls_count (GstVirtcamControls *self);
const VirtcamControl *gst_virtcam_controls_get (
    GstVirtcamControls *self, guint index);

gboolean gst_virtcam_controls_get_number (
    GstVirtcamControls *self, guint32 id, gint *number);
gboolean gst_virtcam_controls_set_number (
    GstVirtcamControls *self, guint32 id, gint number);
void gst_virtcam_controls_notify (GstVirtcamControls *self, guint32 id);
void gst_virtcam_controls_sync (GstVirtcamControls *self, GstClockTime time);
void gst_virtcam_controls_repeat (GstVirtcamControls *self);
gchar *gst_virtcam_controls_inherit (
    GstVirtcamControls *self, GstVirtcamControls *older);

G_END_DECLS
