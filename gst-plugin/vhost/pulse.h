/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* A thread that does something again and again. */
typedef struct _GstVirtcamVmPulse GstVirtcamVmPulse;

/* tick: returns after how many ns it is to be called again; G_MAXUINT64: not before
 * gst_virtcam_vm_pulse_poke(). */
GstVirtcamVmPulse *gst_virtcam_vm_pulse_start (
    guint64 (*tick) (gpointer data), gpointer data);
/* tick is not called any more when it returns. Takes NULL; not from tick. */
void gst_virtcam_vm_pulse_stop (GstVirtcamVmPulse *self);
/* Any thread: tick is called at once. */
void gst_virtcam_vm_pulse_poke (GstVirtcamVmPulse *self);
