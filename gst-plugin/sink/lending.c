/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "sink/lending.h"

#include <gst/allocators/gstdmabuf.h>

GST_DEBUG_CATEGORY_EXTERN (gst_virtcam_sink_debug);
#define GST_CAT_DEFAULT gst_virtcam_sink_debug

static gboolean
get_frames (gpointer lender, GstVirtcamFrames *frames)
{
  GstVirtcamLending *self = lender;

  return gst_virtcam_claim_get_frames (self->claim, frames);
}

static GstBuffer *
take (gpointer lender, const GstVirtcamFrames *frames)
{
  GstVirtcamLending *self = lender;
  g_autoptr (GError) error = NULL;
  GstBuffer *buffer = gst_virtcam_claim_take (self->claim, frames, &error);

  if (error)
    GST_INFO_OBJECT (
        self->base, "no buffer of the camera's: %s", error->message);
  return buffer;
}

static gboolean
is_exported (gpointer lender)
{
  GstVirtcamLending *self = lender;

  return gst_virtcam_claim_is_exported (self->claim);
}

static gboolean
is_asked_to_change (GstVirtcamLending *self)
{
  g_autoptr (GstPad) peer = gst_pad_get_peer (GST_BASE_SINK_PAD (self->base));

  return peer && gst_pad_needs_reconfigure (peer);
}

/* NULL: nothing but a lack of buffers. */
static GstFlowReturn
flow_of (GstVirtcamLending *self, const GError *error)
{
  switch (error ? error->code : GST_VIRTCAM_NODE_ERROR_GONE) {
  case GST_VIRTCAM_NODE_ERROR_GONE:
  case GST_VIRTCAM_NODE_ERROR_BUSY:
    return GST_FLOW_EOS;
  case GST_VIRTCAM_NODE_ERROR_OTHER_MODE:
  case GST_VIRTCAM_NODE_ERROR_LOST_MODE:
    return is_asked_to_change (self) ? GST_FLOW_NOT_NEGOTIATED : GST_FLOW_EOS;
  case GST_VIRTCAM_NODE_ERROR_FLUSHING:
    return GST_FLOW_FLUSHING;
  default:
    gst_virtcam_report_error (
        self->report, "lend its memory to upstream", error);
    return GST_FLOW_ERROR;
  }
}

/* Of a driver that exports nothing they are mapped, which is good for copies only. */
static GstFlowReturn
take_exported (
    GstVirtcamLending *self, const GstVirtcamFrames *frames, GstBuffer **buffer)
{
  g_autoptr (GError) error = NULL;

  *buffer = gst_virtcam_claim_take_exported (self->claim, frames, &error);
  if (*buffer && !gst_is_dmabuf_memory (gst_buffer_peek_memory (*buffer, 0))) {
    gst_clear_buffer (buffer);
    g_set_error (&error, GST_VIRTCAM_NODE_ERROR,
        GST_VIRTCAM_NODE_ERROR_UNSUPPORTED,
        "its driver exports no dma-bufs; with io-mode=auto upstream can have "
        "mapped buffers");
  }
  return *buffer ? GST_FLOW_OK : flow_of (self, error);
}

/* A flush of upstream's reaches the sink, and not each pool. */
static gboolean
is_flushing (GstVirtcamLending *self, GstBufferPool *pool)
{
  return GST_BUFFER_POOL_IS_FLUSHING (pool) ||
         GST_PAD_IS_FLUSHING (GST_BASE_SINK_PAD (self->base));
}

/* Also while the camera is away. */
static GstFlowReturn
wait_exported (gpointer lender, GstBufferPool *pool,
    const GstVirtcamFrames *frames, gboolean may_wait, GstBuffer **buffer)
{
  GstVirtcamLending *self = lender;

  while (!is_flushing (self, pool)) {
    GstFlowReturn flow = take_exported (self, frames, buffer);

    if (flow != GST_FLOW_EOS || !may_wait)
      return flow;
    gst_virtcam_claim_wait (self->claim);
  }
  return GST_FLOW_FLUSHING;
}

static const GstVirtcamLender kind = {
  .get_frames = get_frames,
  .take = take,
  .is_only = is_exported,
  .wait = wait_exported,
};

GstBufferPool *
gst_virtcam_lending_new_pool (GstVirtcamLending *self)
{
  return gst_virtcam_sink_pool_new (self->base, &kind, self);
}
