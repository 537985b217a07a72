/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"
#include "v4l2/node.h"

/* A camera that goes away, and perhaps comes back:
 *
 *            lose            look             see
 *     HERE --------> AWAY --------> BACK -----------> HERE
 *                      ^------------/ lose
 *
 * It is lost where a call to the device fails because it is gone. It is here
 * again when a frame of it is there; if it leaves before, it has not been back.
 * The streaming thread's. */
typedef struct _GstVirtcamAbsence GstVirtcamAbsence;

GstVirtcamAbsence *gst_virtcam_absence_new (GstVirtcamReport *report);
void gst_virtcam_absence_free (GstVirtcamAbsence *self);
void gst_virtcam_absence_forget (GstVirtcamAbsence *self);

gboolean gst_virtcam_absence_lose (
    GstVirtcamAbsence *self, GstVirtcamNode *node);
void gst_virtcam_absence_tell (GstVirtcamAbsence *self);
GstVirtcamNode *gst_virtcam_absence_look (GstVirtcamAbsence *self);
void gst_virtcam_absence_see (GstVirtcamAbsence *self);

/* AWAY: there is no node. */
gboolean gst_virtcam_absence_is_away (const GstVirtcamAbsence *self);
/* ns since it was lost. */
GstClockTime gst_virtcam_absence_get_age (const GstVirtcamAbsence *self);
const GstVirtcamIdentity *gst_virtcam_absence_get_camera (
    const GstVirtcamAbsence *self);

/* What a function of the streaming thread returns beside GStreamer's: the camera
 * is gone, and nobody was told. With GST_FLOW_ERROR an error has been posted. */
#define GST_VIRTCAM_FLOW_GONE GST_FLOW_CUSTOM_ERROR

GstFlowReturn gst_virtcam_flow_fail (GstVirtcamReport *report,
    gboolean returned, const gchar *doing, const GError *error);
