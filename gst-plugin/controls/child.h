/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "v4l2/controls.h"

G_BEGIN_DECLS

/* the child's name */
#define GST_VIRTCAM_CONTROLS_NAME "controls"

#define GST_TYPE_VIRTCAM_CONTROLS (gst_virtcam_controls_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    GstVirtcamControls, gst_virtcam_controls, GST, VIRTCAM_CONTROLS, GstObject)

/* What all instances of one class have; it lives forever, as types do. */
typedef struct {
  GPtrArray
      *controls; /* of GstVirtcamControl; a property's id is its place + 1 */
  GParamSpec **specs;
} GstVirtcamControlSet;

struct _GstVirtcamControlsClass {
  GstObjectClass parent_class;

  const GstVirtcamControlSet *set;
};

/* What became of a value for a control. */
typedef enum {
  GST_VIRTCAM_WRITTEN,
  GST_VIRTCAM_KEPT, /* for when there is a camera */
  GST_VIRTCAM_REFUSED,
  GST_VIRTCAM_CLOSED, /* no camera was asked */
} GstVirtcamWritten;

/* A value that a control is to have. */
typedef struct {
  const GstVirtcamControl *control;
  GParamSpec *spec;
  const GValue *value;
  GstVirtcamWritten written;
  gchar *refusal; /* the end of a sentence that begins with the control */
} GstVirtcamSetting;

/* The way to the camera; while the child has a parent, from any thread. */
typedef struct {
  /* Fills in written and refusal of all n. */
  void (*write) (gpointer owner, GstVirtcamSetting *settings, guint n);
  /* FALSE: the camera is closed, gone, or does not say. */
  gboolean (*read) (
      gpointer owner, const GstVirtcamControl *control, GValue *value);
  /* The control has a new value, or another range; or, where there is a refusal,
   * has not. */
  void (*tell) (gpointer owner, GstVirtcamControls *child,
      const GstVirtcamControl *control, GParamSpec *spec, const gchar *refusal);
} GstVirtcamControlCalls;

/* controls/type.c */
GType gst_virtcam_controls_type_for (GPtrArray *controls);

/* controls/child.c */
void gst_virtcam_controls_init_class (gpointer klass, gpointer data);
GstVirtcamControls *gst_virtcam_controls_new (
    GPtrArray *controls, const GstVirtcamControlCalls *calls, gpointer owner);

GParamSpec *gst_virtcam_controls_find (
    GstVirtcamControls *self, guint32 id, const GstVirtcamControl **control);
guint gst_virtcam_controls_count (GstVirtcamControls *self);
const GstVirtcamControl *gst_virtcam_controls_get (
    GstVirtcamControls *self, guint index);

gboolean gst_virtcam_controls_get_number (
    GstVirtcamControls *self, guint32 id, gint *number);
gboolean gst_virtcam_controls_set_number (
    GstVirtcamControls *self, guint32 id, gint number);
void gst_virtcam_controls_notify (GstVirtcamControls *self, guint32 id);
void gst_virtcam_controls_sync (GstVirtcamControls *self, GstClockTime time);
void gst_virtcam_controls_hold (GstVirtcamControls *self);
void gst_virtcam_controls_release (GstVirtcamControls *self);
void gst_virtcam_controls_repeat (GstVirtcamControls *self);
gchar *gst_virtcam_controls_inherit (
    GstVirtcamControls *self, GstVirtcamControls *older);

G_END_DECLS
