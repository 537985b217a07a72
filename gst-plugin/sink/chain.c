/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/chain.h"

#include <gst/video/video.h>

/* What was asked for may have been lost on its way, as to a camera over the network. */
#define PATIENCE (1 * G_TIME_SPAN_SECOND)

static gboolean
is_delta (GstBuffer *buffer)
{
  return GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT);
}

void
gst_virtcam_chain_see (GstVirtcamChain *self, GstBuffer *buffer)
{
  self->has_keys |= !is_delta (buffer);
}

void
gst_virtcam_chain_break (GstVirtcamChain *self)
{
  self->whole = FALSE;
}

static void
ask (GstVirtcamChain *self, GstPad *pad)
{
  self->asked = g_get_monotonic_time ();
  gst_pad_push_event (pad, gst_video_event_new_upstream_force_key_unit (
                               GST_CLOCK_TIME_NONE, TRUE, 0));
}

gboolean
gst_virtcam_chain_continues (GstVirtcamChain *self, GstPad *pad,
    gboolean newcomer, gboolean alone, GstBuffer *buffer)
{
  if (!is_delta (buffer)) {
    self->whole = TRUE;
    self->asked = 0;
    return TRUE;
  }
  if (newcomer && alone)
    self->whole = FALSE;
  if (newcomer ||
      (!self->whole && g_get_monotonic_time () >= self->asked + PATIENCE))
    ask (self, pad);
  return self->whole || !self->has_keys;
}
