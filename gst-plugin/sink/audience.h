/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report/report.h"
#include "sink/claim.h"

/* Who watches, and in which mode; what upstream is asked for that, and when the
 * camera is claimed. Any thread. */
typedef struct _GstVirtcamAudience GstVirtcamAudience;

GstVirtcamAudience *gst_virtcam_audience_new (
    GstPad *pad, GstVirtcamClaim *claim, GstVirtcamReport *report);
void gst_virtcam_audience_free (GstVirtcamAudience *self);
void gst_virtcam_audience_open (GstVirtcamAudience *self, GstVirtcamNode *node);
void gst_virtcam_audience_close (GstVirtcamAudience *self);
void gst_virtcam_audience_stop (GstVirtcamAudience *self);

void gst_virtcam_audience_hear (GstVirtcamAudience *self, GstVirtcamNode *node,
    const struct v4l2_event *event);
void gst_virtcam_audience_follow (
    GstVirtcamAudience *self, GstVirtcamNode *node);
gboolean gst_virtcam_audience_set_target (GstVirtcamAudience *self,
    GstVirtcamNode *node, const GstVirtcamTarget *target);
void gst_virtcam_audience_review_claim (GstVirtcamAudience *self);
void gst_virtcam_audience_refuse (
    GstVirtcamAudience *self, GstVirtcamNode *node, const gchar *why);
void gst_virtcam_audience_tell_busy (
    GstVirtcamAudience *self, const GError *error);
void gst_virtcam_audience_forget_busy (GstVirtcamAudience *self);
void gst_virtcam_audience_tell_misfit (
    GstVirtcamAudience *self, const GError *error);

gint gst_virtcam_audience_get_viewers (GstVirtcamAudience *self);
gboolean gst_virtcam_audience_is_there (GstVirtcamAudience *self);
gboolean gst_virtcam_audience_has_newcomer (GstVirtcamAudience *self);
gboolean gst_virtcam_audience_fits (GstVirtcamAudience *self);
