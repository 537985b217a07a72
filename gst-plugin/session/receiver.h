/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "session/absence.h"
#include "session/mode.h"

/* Follows the signal that a receiver gets (HDMI, analogue television), and knows
 * whether the user was told that there is none. The streaming thread's. */
typedef struct {
  GstVirtcamNode *node; /* the session's */
  gboolean met;         /* the driver tells of changes */
  gboolean changed;     /* it is not set to what it is given */
  gboolean lost;        /* there is no signal, which was told */
} GstVirtcamReceiver;

GstFlowReturn gst_virtcam_receiver_meet (
    GstVirtcamReceiver *self, GstVirtcamReport *report);
gboolean gst_virtcam_receiver_has_changed (GstVirtcamReceiver *self,
    GstVirtcamReport *report, const GstVirtcamMode *mode);
GstFlowReturn gst_virtcam_receiver_follow (
    GstVirtcamReceiver *self, GstVirtcamReport *report);
