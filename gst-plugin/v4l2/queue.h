/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/video/video.h>

#include "v4l2/node.h"

G_BEGIN_DECLS

/* One filled buffer: the driver's values, unchecked. */
typedef struct {
  guint index;
  /* of each piece of memory: bytes before the picture, and with these all */
  guint32 data_offset[GST_VIDEO_MAX_PLANES], bytesused[GST_VIDEO_MAX_PLANES];
  guint32 sequence;
  guint32 field;
  guint64 time_ns;    /* the driver's time stamp */
  gboolean monotonic; /* it is of CLOCK_MONOTONIC */
  gboolean damaged;
  gboolean delta; /* of coded video: it needs others */
} GstVirtcamFrame;

/* One thread streams (dequeue); any may queue. */
gboolean gst_virtcam_node_request_buffers (
    GstVirtcamNode *self, guint32 memory, guint *count, GError **error);
gboolean gst_virtcam_node_create_buffers (
    GstVirtcamNode *self, guint index, guint *count, GError **error);
gboolean gst_virtcam_node_remove_buffers (
    GstVirtcamNode *self, guint index, guint count);
gpointer gst_virtcam_node_map_buffer (GstVirtcamNode *self, guint index,
    guint plane, gsize *length, GError **error);
void gst_virtcam_node_unmap (gpointer data, gsize length);
gint gst_virtcam_node_export_buffer (GstVirtcamNode *self, guint index,
    guint plane, gsize *length, GError **error);
gboolean gst_virtcam_node_queue (
    GstVirtcamNode *self, guint index, GError **error);
gboolean gst_virtcam_node_queue_dmabuf (
    GstVirtcamNode *self, guint index, gint fd, gsize length, GError **error);
gboolean gst_virtcam_node_dequeue (GstVirtcamNode *self, guint32 memory,
    GstVirtcamFrame *frame, GError **error);
gboolean gst_virtcam_node_stream_on (GstVirtcamNode *self, GError **error);
void gst_virtcam_node_stream_off (GstVirtcamNode *self);

G_END_DECLS
