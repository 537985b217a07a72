/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gst/base/gstbasesink.h>

#include "pixel/layout.h"

/* Whose buffers a sink hands upstream. */
typedef struct {
  /* What is wanted now. FALSE: upstream is handed nothing at all. */
  gboolean (*get_frames) (gpointer lender, GstVirtcamFrames *frames);
  /* An empty buffer for such frames; NULL: there is none. */
  GstBuffer *(*take) (gpointer lender, const GstVirtcamFrames *frames);

  /* NULL: upstream can always write into other memory. */
  gboolean (*is_only) (gpointer lender);
  /* The same as take for an upstream that cannot, which may have to wait. GST_FLOW_EOS:
   * there is none without a wait. NOT_NEGOTIATED: upstream is to make another mode
   * first; its frames are dropped, and may be in any memory. */
  GstFlowReturn (*wait) (gpointer lender, GstBufferPool *pool,
      const GstVirtcamFrames *frames, gboolean may_wait, GstBuffer **buffer);
} GstVirtcamLender;

/* Hands upstream the lender's buffers; where there is none for its frames, buffers
 * of ours, which are copied, so that upstream never waits unless the lender's are
 * the only ones. owner, which has the lender, is kept. */
GstBufferPool *gst_virtcam_sink_pool_new (
    GstBaseSink *owner, const GstVirtcamLender *kind, gpointer lender);
