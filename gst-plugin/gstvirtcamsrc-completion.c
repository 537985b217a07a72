/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The first frame does not wait for every buffer to be made: the stream starts
 * with what the driver needs and one, and the rest comes
 *
 *  1. when the first frame has been pushed, before the second is waited for; or
 *  2. if downstream keeps the streaming thread with the first frame, half an
 *     interval later, by another thread: the driver, which has a buffer for the
 *     second frame, gets one for the third in time.
 *
 * A driver that says it makes buffers while it streams, and then does not, would
 * be left with too few. It is stopped and asked for all of them at once, unless
 * it has no memory for them, or cannot free those that downstream still has.
 *
 * What another thread has to do is in the allocator; all else is the streaming
 * thread's, which is downstream while the other one works, or waits for it. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

/* a rate that the driver does not say */
#define DELAY_UNSAID (10 * GST_MSECOND)

static void
complete (gpointer allocator, gpointer unused)
{
  gst_virtcam_allocator_complete (allocator);
}

/* To be called with a frame that is about to be pushed. */
void
gst_virtcam_src_plan_completion (GstVirtcamSrc *self)
{
  GstClockTime interval = self->mode.duration;

  if (self->allocator == NULL || self->completion ||
      gst_virtcam_allocator_is_complete (self->allocator))
    return;
  self->completion = gst_virtcam_later_new (
      GST_CLOCK_TIME_IS_VALID (interval) ? interval / 2 : DELAY_UNSAID,
      complete, self->allocator, NULL);
}

/* To be called when the streaming thread is back. */
void
gst_virtcam_src_complete_buffers (GstVirtcamSrc *self)
{
  if (self->completion == NULL)
    return;
  g_clear_pointer (&self->completion, gst_virtcam_later_free);
  gst_virtcam_allocator_complete (self->allocator);
  self->makes_no_more = gst_virtcam_allocator_was_refused (self->allocator);
  if (self->makes_no_more &&
      gst_virtcam_allocator_can_be_replaced (self->allocator)) {
    GST_INFO_OBJECT (self, "starts anew, with all buffers at once");
    gst_virtcam_src_drop_buffers (self);
    return;
  }
  /* the driver may have made fewer than were promised */
  gst_virtcam_src_note_buffers (self);
  gst_virtcam_src_announce_latency (self);
}
