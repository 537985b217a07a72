/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "session/receiver.h"

#include "v4l2/modes.h"

static void
tell (GstVirtcamReceiver *self, GstVirtcamReport *report, gboolean lost)
{
  GstElement *element = gst_virtcam_report_get_element (report);
  const gchar *camera = gst_virtcam_node_get_path (self->node);

  if (lost && !self->lost)
    GST_ELEMENT_WARNING (element, RESOURCE, READ,
        ("Camera %s gets no signal. It goes on when there is one.", camera),
        (NULL));
  if (!lost && self->lost)
    GST_ELEMENT_INFO (element, RESOURCE, READ,
        ("Camera %s has a signal again.", camera), (NULL));
  self->lost = lost;
}

/* Before the first negotiation: a receiver may still be set to what it was
 * given last. */
GstFlowReturn
gst_virtcam_receiver_meet (GstVirtcamReceiver *self, GstVirtcamReport *report)
{
  GstVirtcamSignal signal;

  if (self->met)
    return GST_FLOW_OK;
  self->met = TRUE;
  signal = gst_virtcam_signal_check (self->node, TRUE);
  if (signal == GST_VIRTCAM_SIGNAL_LOST)
    tell (self, report, TRUE);
  self->changed = signal == GST_VIRTCAM_SIGNAL_CHANGED;
  if (self->changed)
    gst_virtcam_modes_forget (gst_virtcam_node_get_modes (self->node));
  return gst_virtcam_receiver_follow (self, report);
}

/* After the driver told of a change: whether the mode is over. What the device
 * enumerates has changed too; while there is no signal, pictures go on as they
 * are. */
gboolean
gst_virtcam_receiver_has_changed (GstVirtcamReceiver *self,
    GstVirtcamReport *report, const GstVirtcamMode *mode)
{
  GstVirtcamSignal signal = gst_virtcam_signal_check (self->node, FALSE);

  gst_virtcam_modes_forget (gst_virtcam_node_get_modes (self->node));
  tell (self, report, signal == GST_VIRTCAM_SIGNAL_LOST);
  self->changed = signal == GST_VIRTCAM_SIGNAL_CHANGED;
  return self->changed || (signal == GST_VIRTCAM_SIGNAL_STEADY &&
                              !gst_virtcam_mode_is_current (mode, self->node));
}

/* Sets the receiver to what it is given. There must be no buffers. */
GstFlowReturn
gst_virtcam_receiver_follow (GstVirtcamReceiver *self, GstVirtcamReport *report)
{
  g_autoptr (GError) error = NULL;

  if (!self->changed)
    return GST_FLOW_OK;
  self->changed = FALSE;
  if (gst_virtcam_signal_follow (self->node, &error))
    return GST_FLOW_OK;
  return gst_virtcam_flow_fail (report, FALSE, "follow its source", error);
}
