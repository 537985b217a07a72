/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "sink/audience.h"
#include "sink/settings.h"
#include "v4l2/camera.h"

/* What upstream is offered, and what becomes of the caps that it sends: which are put
 * off while the camera is away. */
typedef struct _GstVirtcamSinkNegotiation GstVirtcamSinkNegotiation;

/* All outlive it. */
GstVirtcamSinkNegotiation *gst_virtcam_sink_negotiation_new (GstBaseSink *base,
    GstVirtcamCamera *camera, GstVirtcamSettings *settings,
    GstVirtcamAudience *audience);
void gst_virtcam_sink_negotiation_free (GstVirtcamSinkNegotiation *self);

/* The streaming thread's. */
gboolean gst_virtcam_sink_negotiation_set_caps (
    GstVirtcamSinkNegotiation *self, GstCaps *caps);
gboolean gst_virtcam_sink_negotiation_take_up_caps (
    GstVirtcamSinkNegotiation *self);
void gst_virtcam_sink_negotiation_stop (GstVirtcamSinkNegotiation *self);

/* Any thread. */
GstCaps *gst_virtcam_sink_negotiation_get_caps (
    GstVirtcamSinkNegotiation *self, GstCaps *filter);
gboolean gst_virtcam_sink_negotiation_accepts (
    GstVirtcamSinkNegotiation *self, GstCaps *caps);
gboolean gst_virtcam_sink_negotiation_is_put_off (
    GstVirtcamSinkNegotiation *self);
