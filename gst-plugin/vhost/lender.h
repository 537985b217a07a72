/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "time/clock.h"
#include "vhost/settings.h"

/* Lends a camera to a virtual machine: all of virtcamvmsink but its GObject. */
typedef struct _GstVirtcamVmLender GstVirtcamVmLender;

/* All outlive it. */
GstVirtcamVmLender *gst_virtcam_vm_lender_new (
    GstBaseSink *base, GstVirtcamSettings *settings, GstVirtcamClock *clock);
void gst_virtcam_vm_lender_free (GstVirtcamVmLender *self);

/* FALSE: it could not, and an error has been posted. */
gboolean gst_virtcam_vm_lender_open (GstVirtcamVmLender *self);
void gst_virtcam_vm_lender_close (GstVirtcamVmLender *self);
/* Upstream is linked, as far as it is. */
void gst_virtcam_vm_lender_start (GstVirtcamVmLender *self);
void gst_virtcam_vm_lender_stop (GstVirtcamVmLender *self);
/* A wish has changed, or the state. */
void gst_virtcam_vm_lender_review (GstVirtcamVmLender *self);

GstCaps *gst_virtcam_vm_lender_get_caps (
    GstVirtcamVmLender *self, GstCaps *filter);
gboolean gst_virtcam_vm_lender_accepts (
    GstVirtcamVmLender *self, GstCaps *caps);
gboolean gst_virtcam_vm_lender_set_caps (
    GstVirtcamVmLender *self, GstCaps *caps);
gboolean gst_virtcam_vm_lender_propose (
    GstVirtcamVmLender *self, GstQuery *query);
GstFlowReturn gst_virtcam_vm_lender_render (
    GstVirtcamVmLender *self, GstBuffer *buffer);

gint gst_virtcam_vm_lender_get_viewers (GstVirtcamVmLender *self);
GstStructure *gst_virtcam_vm_lender_make_stats (GstVirtcamVmLender *self);
