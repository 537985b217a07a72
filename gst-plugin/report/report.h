/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

#include "report/stats.h"
#include "v4l2/node.h"

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_src_debug);

/* What an element says to its user. It words, and decides nothing. From any
 * thread. */
typedef struct _GstVirtcamReport GstVirtcamReport;

/* Why a frame was copied. */
typedef enum {
  GST_VIRTCAM_COPY_NONE,
  GST_VIRTCAM_COPY_FOR_LAYOUT,
  GST_VIRTCAM_COPY_FOR_MEMORY,
  GST_VIRTCAM_COPY_FOR_DRIVER,
  GST_VIRTCAM_COPY_FOR_CONVERSION,
} GstVirtcamCopyReason;

/* element, which captures or puts out, and stats outlive the report. */
GstVirtcamReport *gst_virtcam_report_new (
    GstElement *element, GstVirtcamDirection direction, GstVirtcamStats *stats);
void gst_virtcam_report_free (GstVirtcamReport *self);

/* The element that posts, for GST_ELEMENT_ERROR() and its like. */
GstElement *gst_virtcam_report_get_element (GstVirtcamReport *self);
GstVirtcamStats *gst_virtcam_report_get_stats (GstVirtcamReport *self);
GstVirtcamDirection gst_virtcam_report_get_direction (GstVirtcamReport *self);

/* What an element message is called, "virtcamsrc-" or "virtcamsink-" and what; to
 * be freed. */
gchar *gst_virtcam_report_name (GstVirtcamReport *self, const gchar *what);

/* What the messages call the camera: the path of its node. */
void gst_virtcam_report_set_camera (
    GstVirtcamReport *self, const gchar *camera);
gchar *gst_virtcam_report_dup_camera (GstVirtcamReport *self);

/* What happens to buffers is counted always, and told as an element message once
 * in a stream, which begins with the first of these. */
void gst_virtcam_report_stream (GstVirtcamReport *self);
void gst_virtcam_report_grown (GstVirtcamReport *self, guint count);
void gst_virtcam_report_copy (
    GstVirtcamReport *self, GstVirtcamCopyReason reason);
void gst_virtcam_report_lent_twice (
    GstVirtcamReport *self, const GError *error);

/* report/error.c */
void gst_virtcam_report_error (
    GstVirtcamReport *self, const gchar *doing, const GError *error);
void gst_virtcam_report_not_found (GstVirtcamReport *self, const GError *error);
void gst_virtcam_report_unwanted (
    GstVirtcamReport *self, GstCaps *offered, const gchar *why);
void gst_virtcam_report_no_caps (
    GstVirtcamReport *self, GstCaps *camera, GstCaps *peer);
