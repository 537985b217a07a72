/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/absence.h"
#include "session/offer.h"
#include "session/supply.h"
#include "v4l2/waiter.h"

/* What was agreed between a node and the peer of a pad, and the stream that
 * follows from it. The streaming thread's, and while there is none, that of
 * whoever opens and closes; what other threads may call says so. */
typedef struct _GstVirtcamSession GstVirtcamSession;

/* pad and report outlive the session. */
GstVirtcamSession *gst_virtcam_session_new (
    GstPad *pad, GstVirtcamReport *report);
void gst_virtcam_session_free (GstVirtcamSession *self);

/* Any thread. */
GstVirtcamForm gst_virtcam_session_get_form (GstVirtcamSession *self,
    const GstVirtcamNode *node, GstVirtcamIOMode io_mode);
gboolean gst_virtcam_session_get_latency (
    GstVirtcamSession *self, GstClockTime *min, GstClockTime *max);

/* open: another camera may be next; resume: the one that was away is back. */
void gst_virtcam_session_open (GstVirtcamSession *self, GstVirtcamNode *node);
void gst_virtcam_session_resume (GstVirtcamSession *self, GstVirtcamNode *node);
void gst_virtcam_session_close (GstVirtcamSession *self);

GstFlowReturn gst_virtcam_session_negotiate (
    GstVirtcamSession *self, GstVirtcamIOMode io_mode, GstCaps **caps);
GstFlowReturn gst_virtcam_session_decide (
    GstVirtcamSession *self, GstVirtcamIOMode io_mode, GstQuery *query);
gboolean gst_virtcam_session_has_stream (GstVirtcamSession *self);
GstFlowReturn gst_virtcam_session_start (
    GstVirtcamSession *self, GstClockTime *since);
void gst_virtcam_session_stop (GstVirtcamSession *self);

GstFlowReturn gst_virtcam_session_wait (
    GstVirtcamSession *self, GstVirtcamWaiter *waiter, GstVirtcamWait *wait);
GstFlowReturn gst_virtcam_session_take (
    GstVirtcamSession *self, GstVirtcamTaken *taken, GstBuffer **buffer);
GstFlowReturn gst_virtcam_session_follow_source (GstVirtcamSession *self);

/* Of the mode of now. */
GstClockTime gst_virtcam_session_get_duration (GstVirtcamSession *self);
guint32 gst_virtcam_session_get_field (GstVirtcamSession *self);
