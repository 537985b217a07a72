/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/chain.h"

#include <gst/video/video.h>

/* Who has come, and watches alone, has seen no frame yet. Upstream that is no encoder
 * goes on as before: its next key frame will do. */
gboolean
gst_virtcam_chain_continues (GstVirtcamChain *self, GstPad *pad,
    GstVirtcamAudience *audience, GstBuffer *buffer)
{
  gboolean newcomer = gst_virtcam_audience_has_newcomer (audience);

  if (!GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT)) {
    *self = GST_VIRTCAM_CHAIN_WHOLE;
    return TRUE;
  }
  if (newcomer && gst_virtcam_audience_get_viewers (audience) == 1)
    *self = GST_VIRTCAM_CHAIN_BROKEN;
  if (newcomer || *self == GST_VIRTCAM_CHAIN_BROKEN)
    gst_pad_push_event (pad, gst_video_event_new_upstream_force_key_unit (
                                 GST_CLOCK_TIME_NONE, TRUE, 0));
  if (*self == GST_VIRTCAM_CHAIN_BROKEN)
    *self = GST_VIRTCAM_CHAIN_ASKED;
  return *self == GST_VIRTCAM_CHAIN_WHOLE;
}
