/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/target.h"

/* Whether the camera is ours, and since when in which mode:
 *
 *          set_target           make               give
 *     NONE ----------> FREE <----------> CLAIMED -------> CLAIMED, with buffers
 *                           release
 *
 * While it is claimed viewers have our mode only. Any thread. */
typedef struct _GstVirtcamClaim GstVirtcamClaim;

/* What became of a frame. */
typedef enum {
  GST_VIRTCAM_GIVEN,          /* as it was: in the camera's memory */
  GST_VIRTCAM_GIVEN_COPIED,   /* into the camera's memory */
  GST_VIRTCAM_GIVEN_IMPORTED, /* as the dma-buf that it was */
  GST_VIRTCAM_NOT_GIVEN,      /* there is no buffer, or an error */
} GstVirtcamGiven;

GstVirtcamClaim *gst_virtcam_claim_new (void);
void gst_virtcam_claim_free (GstVirtcamClaim *self);
void gst_virtcam_claim_open (GstVirtcamClaim *self, GstVirtcamNode *node);
void gst_virtcam_claim_close (GstVirtcamClaim *self);

gboolean gst_virtcam_claim_set_target (
    GstVirtcamClaim *self, const GstVirtcamTarget *target, GError **error);
void gst_virtcam_claim_forget_target (GstVirtcamClaim *self);
gboolean gst_virtcam_claim_make (GstVirtcamClaim *self, GError **error);
void gst_virtcam_claim_release (GstVirtcamClaim *self);

gboolean gst_virtcam_claim_get_frames (
    GstVirtcamClaim *self, GstVirtcamFrames *frames);
GstBuffer *gst_virtcam_claim_take (
    GstVirtcamClaim *self, const GstVirtcamFrames *frames, GError **error);
GstBuffer *gst_virtcam_claim_take_exported (
    GstVirtcamClaim *self, const GstVirtcamFrames *frames, GError **error);
/* Whether upstream has to wait for one. */
gboolean gst_virtcam_claim_is_exported (GstVirtcamClaim *self);
guint gst_virtcam_claim_get_max (GstVirtcamClaim *self);
void gst_virtcam_claim_wait (GstVirtcamClaim *self);
GstVirtcamGiven gst_virtcam_claim_give (GstVirtcamClaim *self,
    GstBuffer *buffer, GstClockTime time, GError **error);
