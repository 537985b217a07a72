/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/gst.h>

/* What becomes of the frames of virtcamvmsink, counted by any thread. */
typedef struct _GstVirtcamVmTally GstVirtcamVmTally;

typedef enum {
  GST_VIRTCAM_VM_GIVEN,
  GST_VIRTCAM_VM_COPIED,
  GST_VIRTCAM_VM_UNWATCHED,
  GST_VIRTCAM_VM_UNFIT,
  GST_VIRTCAM_VM_NO_BUFFER,
  GST_VIRTCAM_VM_PLACEHOLDERS,
  GST_VIRTCAM_VM_N_COUNTS,
} GstVirtcamVmCount;

GstVirtcamVmTally *gst_virtcam_vm_tally_new (void);
void gst_virtcam_vm_tally_free (GstVirtcamVmTally *self);
void gst_virtcam_vm_tally_reset (GstVirtcamVmTally *self);

void gst_virtcam_vm_tally_add (GstVirtcamVmTally *self, GstVirtcamVmCount what);
/* A guest has begun to wait for frames. */
void gst_virtcam_vm_tally_begin (GstVirtcamVmTally *self);
/* ns since that, or since a guest was given the last frame. */
guint64 gst_virtcam_vm_tally_get_age (GstVirtcamVmTally *self);

void gst_virtcam_vm_tally_fill (
    GstVirtcamVmTally *self, GstStructure *structure);
