/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Changes that the driver tells of: another resolution at an HDMI input, no
 * signal, other colours. All in the streaming thread. */

#include "gstvirtcamsrc.h"

#define GST_CAT_DEFAULT gst_virtcam_src_debug

static void
tell_lost (GstVirtcamSrc *self)
{
  if (!self->signal_lost)
    GST_ELEMENT_WARNING (self, RESOURCE, READ,
        ("Camera %s gets no signal. It goes on when there is one.",
            virtcam_node_get_path (self->node)),
        (NULL));
  self->signal_lost = TRUE;
}

static void
tell_found (GstVirtcamSrc *self)
{
  if (self->signal_lost)
    GST_ELEMENT_INFO (self, RESOURCE, READ,
        ("Camera %s has a signal again.", virtcam_node_get_path (self->node)),
        (NULL));
  self->signal_lost = FALSE;
}

static gboolean
follow_signal (GstVirtcamSrc *self)
{
  g_autoptr (GError) error = NULL;

  if (virtcam_node_follow_signal (self->node, &error))
    return TRUE;
  gst_virtcam_src_post_error (self, "follow its source", error);
  return FALSE;
}

/* Before the first negotiation: a receiver may still be set to what it was
 * given last. */
gboolean
gst_virtcam_src_meet_source (GstVirtcamSrc *self)
{
  VirtcamSignal signal;

  if (!virtcam_node_watch_source (self->node))
    return TRUE;
  self->signal_lost = FALSE;
  signal = virtcam_node_check_signal (self->node, TRUE);
  if (signal == VIRTCAM_SIGNAL_LOST)
    tell_lost (self);
  if (signal != VIRTCAM_SIGNAL_CHANGED)
    return TRUE;
  virtcam_node_forget_modes (self->node);
  return follow_signal (self);
}

/* Whether frames still are what the caps say. */
static gboolean
is_same_picture (GstVirtcamSrc *self)
{
  const struct v4l2_pix_format *was = &self->mode.picture;
  struct v4l2_pix_format now;

  return virtcam_node_get_format (self->node, &now, NULL) &&
         now.pixelformat == was->pixelformat && now.width == was->width &&
         now.height == was->height && now.bytesperline == was->bytesperline &&
         now.colorspace == was->colorspace && now.ycbcr_enc == was->ycbcr_enc &&
         now.xfer_func == was->xfer_func &&
         now.quantization == was->quantization;
}

static GstFlowReturn
start_over (GstVirtcamSrc *self, gboolean follow)
{
  gst_virtcam_src_drop_buffers (self);
  if (follow && !follow_signal (self))
    return GST_FLOW_ERROR;
  if (!gst_base_src_negotiate (GST_BASE_SRC (self)))
    return GST_FLOW_NOT_NEGOTIATED;
  return GST_FLOW_OK;
}

/* After the driver told of a change. What the device enumerates has changed
 * too; while there is no signal, pictures go on as they are. */
GstFlowReturn
gst_virtcam_src_follow_source (GstVirtcamSrc *self)
{
  VirtcamSignal signal;

  if (!self->source_changed)
    return GST_FLOW_OK;
  self->source_changed = FALSE;
  virtcam_node_forget_modes (self->node);
  signal = virtcam_node_check_signal (self->node, FALSE);
  if (signal == VIRTCAM_SIGNAL_LOST) {
    tell_lost (self);
    return GST_FLOW_OK;
  }
  tell_found (self);
  if (signal == VIRTCAM_SIGNAL_STEADY && is_same_picture (self))
    return GST_FLOW_OK;
  GST_INFO_OBJECT (self, "the source has changed");
  return start_over (self, signal == VIRTCAM_SIGNAL_CHANGED);
}
