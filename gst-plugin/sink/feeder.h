/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "report/report.h"
#include "sink/settings.h"
#include "time/clock.h"
#include "v4l2/camera.h"

/* A frame's way from the pad to the camera, and all that the camera tells
 * meanwhile: who watches, in which mode, and that it is gone. */
typedef struct _GstVirtcamFeeder GstVirtcamFeeder;

/* What it works with; all of it outlives the feeder. */
typedef struct {
  GstBaseSink *base;
  GstVirtcamSettings *settings;
  GstVirtcamCamera *camera;
  GstVirtcamClock *clock;
  GstVirtcamReport *report;
} GstVirtcamFeederParts;

GstVirtcamFeeder *gst_virtcam_feeder_new (const GstVirtcamFeederParts *parts);
void gst_virtcam_feeder_free (GstVirtcamFeeder *self);

/* By whoever changes the state. */
void gst_virtcam_feeder_open (GstVirtcamFeeder *self, GstVirtcamNode *node);
void gst_virtcam_feeder_close (GstVirtcamFeeder *self);
gboolean gst_virtcam_feeder_start (GstVirtcamFeeder *self);
void gst_virtcam_feeder_stop (GstVirtcamFeeder *self);
void gst_virtcam_feeder_play (GstVirtcamFeeder *self, gboolean playing);

/* The streaming thread's. */
gboolean gst_virtcam_feeder_set_caps (GstVirtcamFeeder *self, GstCaps *caps);
gboolean gst_virtcam_feeder_propose (GstVirtcamFeeder *self, GstQuery *query);
GstFlowReturn gst_virtcam_feeder_render (
    GstVirtcamFeeder *self, GstBuffer *buffer);

/* Any thread. */
gint gst_virtcam_feeder_get_viewers (GstVirtcamFeeder *self);
GstCaps *gst_virtcam_feeder_get_caps (GstVirtcamFeeder *self, GstCaps *filter);
gboolean gst_virtcam_feeder_accepts (GstVirtcamFeeder *self, GstCaps *caps);
void gst_virtcam_feeder_review (GstVirtcamFeeder *self);
