/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The controls of a node, as V4L2 describes them. */
#pragma once

#include "v4l2/node.h"

typedef struct {
  guint32 index;
  gint64 value;   /* of an integer menu */
  gchar name[32]; /* of any other menu; UTF-8 */
} GstVirtcamMenuItem;

/* What does not change while the device is there; query.flags' INACTIVE and
 * GRABBED may, and with some drivers the range. */
typedef struct {
  struct v4l2_query_ext_ctrl query;
  GArray *menu; /* of GstVirtcamMenuItem; NULL if it is no menu */
} GstVirtcamControl;

/* All controls but headings and disabled ones, in the order of their ids; an
 * array that owns them, empty when the device has none. One that goes away
 * meanwhile has told only some of them. */
GPtrArray *gst_virtcam_node_list_controls (GstVirtcamNode *self);

/* These give 0 or a number of errno. control->id and, with a payload, size and
 * ptr are the caller's to set; set leaves in control what the driver made of
 * the value. */
gint gst_virtcam_node_query_control (
    GstVirtcamNode *self, guint32 id, struct v4l2_query_ext_ctrl *query);
gint gst_virtcam_node_get_control (
    GstVirtcamNode *self, struct v4l2_ext_control *control);
gint gst_virtcam_node_set_controls (
    GstVirtcamNode *self, struct v4l2_ext_control *controls, guint n);
