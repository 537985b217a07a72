/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/latest.h"

void
gst_virtcam_latest_init (GstVirtcamLatest *self)
{
  g_mutex_init (&self->lock);
  self->frame = NULL;
  self->given = FALSE;
}

void
gst_virtcam_latest_clear (GstVirtcamLatest *self)
{
  gst_clear_buffer (&self->frame);
  g_mutex_clear (&self->lock);
}

void
gst_virtcam_latest_set (GstVirtcamLatest *self, GstBuffer *frame)
{
  GstBuffer *before;

  g_mutex_lock (&self->lock);
  before = self->frame;
  self->frame = frame ? gst_buffer_ref (frame) : NULL;
  self->given = FALSE;
  g_mutex_unlock (&self->lock);
  if (before)
    gst_buffer_unref (before);
}

gboolean
gst_virtcam_latest_was_given (GstVirtcamLatest *self)
{
  gboolean given;

  g_mutex_lock (&self->lock);
  given = self->given;
  g_mutex_unlock (&self->lock);
  return given;
}

GstVirtcamGiven
gst_virtcam_latest_give (GstVirtcamLatest *self, GstVirtcamClaim *claim,
    GstVirtcamAudience *audience)
{
  GstVirtcamGiven given = GST_VIRTCAM_NOT_GIVEN;
  g_autoptr (GstBuffer) frame = NULL;

  g_mutex_lock (&self->lock);
  if (self->frame && gst_virtcam_audience_is_there (audience) &&
      gst_virtcam_audience_fits (audience)) {
    frame = g_steal_pointer (&self->frame);
    given = gst_virtcam_claim_give (claim, frame, GST_CLOCK_TIME_NONE, NULL);
    self->given = given != GST_VIRTCAM_NOT_GIVEN;
  }
  g_mutex_unlock (&self->lock);
  return given;
}
