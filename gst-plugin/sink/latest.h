/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/audience.h"

/* The frame that was due while nobody watched, for whoever comes: it may be the last
 * one for long, as in a pause, or in a row of slides. Any thread. */
typedef struct {
  /* guards the rest; held while the frame is given */
  GMutex lock;
  GstBuffer *frame; /* or NULL */
  gboolean given;   /* the one that was set last */
} GstVirtcamLatest;

void gst_virtcam_latest_init (GstVirtcamLatest *self);
void gst_virtcam_latest_clear (GstVirtcamLatest *self);

/* Whether the frame that was set last was given. */
gboolean gst_virtcam_latest_was_given (GstVirtcamLatest *self);
/* frame may be NULL. Whoever gives a later one sets it first. */
void gst_virtcam_latest_set (GstVirtcamLatest *self, GstBuffer *frame);
/* To those who watch by now. NOT_GIVEN: nobody does, or the camera does not take it,
 * of which the next frame finds out why. */
GstVirtcamGiven gst_virtcam_latest_give (GstVirtcamLatest *self,
    GstVirtcamClaim *claim, GstVirtcamAudience *audience);
