/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesrc.h>

#include "report/report.h"
#include "time/clock.h"
#include "v4l2/node.h"

/* When a frame was captured, which one it is, and what was lost before it. The
 * streaming thread's. */
typedef struct _GstVirtcamStamper GstVirtcamStamper;

/* What the caps say of frames. */
typedef struct {
  GstClockTime duration; /* NONE if unknown */
  guint32 field;         /* a V4L2_FIELD_*: the order of interleaved fields */
} GstVirtcamPace;

/* base, clock and report outlive the stamper. */
GstVirtcamStamper *gst_virtcam_stamper_new (
    GstBaseSrc *base, GstVirtcamClock *clock, GstVirtcamReport *report);
void gst_virtcam_stamper_free (GstVirtcamStamper *self);

void gst_virtcam_stamper_reset (GstVirtcamStamper *self);
void gst_virtcam_stamper_continue (GstVirtcamStamper *self, GstClockTime since);

GstClockTime gst_virtcam_stamper_judge (GstVirtcamStamper *self,
    const GstVirtcamFrame *frame, const GstVirtcamPace *pace);
gboolean gst_virtcam_stamper_is_stale (
    GstVirtcamStamper *self, GstClockTime captured);
void gst_virtcam_stamper_stamp (GstVirtcamStamper *self, GstBuffer *buffer,
    const GstVirtcamFrame *frame, const GstVirtcamPace *pace,
    GstClockTime captured);
