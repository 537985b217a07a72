/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "sink/audience.h"

/* Most frames of coded video say only what has changed since the frame before
 * (GST_BUFFER_FLAG_DELTA_UNIT). Without that frame they cannot be decoded until a
 * key frame comes. Of the streaming thread. */
typedef enum {
  GST_VIRTCAM_CHAIN_BROKEN, /* the frame before was dropped */
  GST_VIRTCAM_CHAIN_ASKED,  /* upstream, for a key frame */
  GST_VIRTCAM_CHAIN_WHOLE,
} GstVirtcamChain;

/* FALSE: none of those who watch can decode the frame. Asks upstream for a key frame
 * that somebody needs. */
gboolean gst_virtcam_chain_continues (GstVirtcamChain *self, GstPad *pad,
    GstVirtcamAudience *audience, GstBuffer *buffer);
