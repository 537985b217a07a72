/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "controls/child.h"

/* The controls of an element's camera: the child "controls", when there is one,
 * and what else shows them. From any thread but where it says otherwise. */
typedef struct _GstVirtcamPanel GstVirtcamPanel;

/* element, camera and report outlive the panel. */
GstVirtcamPanel *gst_virtcam_panel_new (
    GstElement *element, GstVirtcamCamera *camera, GstVirtcamReport *report);
void gst_virtcam_panel_dispose (GstVirtcamPanel *self);
void gst_virtcam_panel_free (GstVirtcamPanel *self);

GstElement *gst_virtcam_panel_get_element (GstVirtcamPanel *self);
gboolean gst_virtcam_panel_is_open (GstVirtcamPanel *self);
GstVirtcamControls *gst_virtcam_panel_get_child (GstVirtcamPanel *self);
GstVirtcamControls *gst_virtcam_panel_peek_child (GstVirtcamPanel *self);
gboolean gst_virtcam_panel_get_number (
    GstVirtcamPanel *self, guint32 id, gint *number);
gboolean gst_virtcam_panel_set_number (
    GstVirtcamPanel *self, guint32 id, gint number);

void gst_virtcam_panel_open (GstVirtcamPanel *self);
void gst_virtcam_panel_restore (GstVirtcamPanel *self);
void gst_virtcam_panel_notify (GstVirtcamPanel *self, guint32 id);
void gst_virtcam_panel_sync (GstVirtcamPanel *self, GstBuffer *buffer);

/* controls/balance.c: four of the controls as GstColorBalance has them */
const GList *gst_virtcam_balance_list (GstVirtcamPanel *panel);
guint32 gst_virtcam_balance_get_id (const GstColorBalanceChannel *channel);
void gst_virtcam_balance_tell (
    GstElement *element, GstVirtcamControls *child, guint32 id);

/* controls/direction.c: the two flips as GstVideoDirection has them */
void gst_virtcam_direction_set (
    GstVirtcamPanel *panel, GstVideoOrientationMethod method);
GstVideoOrientationMethod gst_virtcam_direction_get (GstVirtcamPanel *panel);
void gst_virtcam_direction_open (GstVirtcamPanel *panel);
