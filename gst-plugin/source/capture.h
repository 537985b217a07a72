/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesrc.h>

#include "controls/panel.h"
#include "report/report.h"
#include "session/session.h"
#include "source/settings.h"
#include "time/clock.h"
#include "v4l2/camera.h"

/* A frame's way from the driver to the pad, with all that may come between: an
 * event of the driver's, a pause, an absence. The streaming thread's, and while
 * there is none, that of whoever changes the state; what other threads may call
 * says so. */
typedef struct _GstVirtcamCapture GstVirtcamCapture;

/* What it works with; all of it outlives the capture. */
typedef struct {
  GstBaseSrc *base;
  GstVirtcamSettings *settings;
  GstVirtcamCamera *camera;
  GstVirtcamPanel *panel;
  GstVirtcamClock *clock;
  GstVirtcamReport *report;
} GstVirtcamCaptureParts;

GstVirtcamCapture *gst_virtcam_capture_new (
    const GstVirtcamCaptureParts *parts);
void gst_virtcam_capture_free (GstVirtcamCapture *self);

void gst_virtcam_capture_open (GstVirtcamCapture *self, GstVirtcamNode *node);
void gst_virtcam_capture_close (GstVirtcamCapture *self);
void gst_virtcam_capture_start (GstVirtcamCapture *self);
void gst_virtcam_capture_stop (GstVirtcamCapture *self);

gboolean gst_virtcam_capture_negotiate (GstVirtcamCapture *self);
gboolean gst_virtcam_capture_decide (GstVirtcamCapture *self, GstQuery *query);
GstFlowReturn gst_virtcam_capture_create (
    GstVirtcamCapture *self, GstBuffer **buffer);

/* Any thread. */
void gst_virtcam_capture_interrupt (GstVirtcamCapture *self);
void gst_virtcam_capture_resume (GstVirtcamCapture *self);
void gst_virtcam_capture_make_way (GstVirtcamCapture *self, gboolean begin);
GstCaps *gst_virtcam_capture_get_caps (
    GstVirtcamCapture *self, GstCaps *filter);
/* FALSE: no mode is agreed on. */
gboolean gst_virtcam_capture_answer_latency (
    GstVirtcamCapture *self, GstQuery *query);

/* source/segment.c */
gboolean gst_virtcam_segment_ensure (GstBaseSrc *base);
