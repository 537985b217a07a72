/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "pixel/layout.h"
#include "report/stats.h"
#include "vhost/camera.h"

/* The camera of a virtual machine as GStreamer has it: what its guest wants, and its
 * memory. Any thread. */
typedef struct _GstVirtcamVmMachine GstVirtcamVmMachine;

/* From the camera's thread. */
typedef struct {
  /* a guest streams, or does no more */
  void (*streaming) (gpointer data);
  /* why: NULL, or what the virtual machine monitor did wrong */
  void (*connected) (gpointer data, gboolean is_there, const gchar *why);
} GstVirtcamVmMachineCalls;

GstVirtcamVmMachine *gst_virtcam_vm_machine_new (
    const GstVirtcamVmMachineCalls *calls, gpointer data);
void gst_virtcam_vm_machine_free (GstVirtcamVmMachine *self);

/* modes: VmModes. pages_only: guests lend pages of theirs, and nothing else is offered.
 * Returns 0 or a negative errno. */
gint gst_virtcam_vm_machine_open (GstVirtcamVmMachine *self,
    const gchar *socket, const gchar *card, GArray *modes, gboolean pages_only);
void gst_virtcam_vm_machine_close (GstVirtcamVmMachine *self);
void gst_virtcam_vm_machine_set_modes (
    GstVirtcamVmMachine *self, GArray *modes);

/* What the guest streams. FALSE: none does. */
gboolean gst_virtcam_vm_machine_get_format (
    GstVirtcamVmMachine *self, VmFormat *format);
gboolean gst_virtcam_vm_machine_get_frames (
    GstVirtcamVmMachine *self, GstVirtcamFrames *frames);
void gst_virtcam_vm_machine_get_counts (
    GstVirtcamVmMachine *self, VmCameraCounts *counts);

/* An empty buffer in the guest's memory, for such frames; NULL: there is none. */
GstBuffer *gst_virtcam_vm_machine_take (
    GstVirtcamVmMachine *self, const GstVirtcamFrames *frames);
/* Whether a frame is in such memory. */
gboolean gst_virtcam_vm_machine_has_made (
    GstVirtcamVmMachine *self, GstBuffer *buffer);
/* Hands a buffer that was taken to the guest. captured: on CLOCK_MONOTONIC. FALSE: the
 * guest does not want it any more. */
gboolean gst_virtcam_vm_machine_give (
    GstVirtcamVmMachine *self, GstBuffer *buffer, GstClockTime captured);
/* A frame that there is no buffer for: its number is left out. */
void gst_virtcam_vm_machine_skip (GstVirtcamVmMachine *self);
