/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From what the device enumerates and what the peer takes to a mode that is set,
 * and the caps that describe it. */

#include "session/negotiation.h"

#include "v4l2/modes.h"

/* The mode that runs is as good as any other that the peer takes. */
static gboolean
keeps_mode (const GstVirtcamNegotiation *self, GstCaps *peer)
{
  g_autoptr (GstCaps) current = gst_pad_get_current_caps (self->pad);

  return current && gst_virtcam_supply_get_stream (self->supply) &&
         gst_caps_can_intersect (current, peer);
}

/* What the next element takes of what may be offered. */
static GstCaps *
query_peer (const GstVirtcamNegotiation *self)
{
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (self->pad, NULL);

  return self->form == GST_VIRTCAM_FORM_PLAIN ? gst_virtcam_drm_strip (peer)
                                              : g_steal_pointer (&peer);
}

/* A camera that came back goes on as it was, if it still can and the next
 * element still takes that. */
static void
prefer_last_caps (const GstVirtcamNegotiation *self, GstCaps **peer)
{
  g_autoptr (GstCaps) last = gst_pad_get_current_caps (self->pad);
  g_autoptr (GstCaps) able = NULL;

  if (last == NULL || !gst_caps_can_intersect (last, *peer))
    return;
  able = gst_virtcam_offer_caps (
      gst_virtcam_node_get_modes (self->node), last, self->form);
  if (gst_caps_can_intersect (last, able))
    gst_caps_take (peer, g_steal_pointer (&last));
}

/* A device that is gone enumerates nothing, which is another matter. */
static GstFlowReturn
explain_no_choice (const GstVirtcamNegotiation *self, GstCaps *peer)
{
  GstVirtcamModes *modes = gst_virtcam_node_get_modes (self->node);
  g_autoptr (GArray) formats = gst_virtcam_modes_get_formats (modes);
  g_autoptr (GstCaps) all = gst_virtcam_offer_raw (modes, NULL);
  g_autoptr (GError) error = NULL;

  if (!gst_virtcam_node_check_present (self->node, &error))
    return gst_virtcam_flow_fail (
        self->report, self->returned, "negotiate", error);
  if (GST_PAD_IS_FLUSHING (self->pad))
    return GST_FLOW_FLUSHING;
  if (gst_caps_is_empty (all))
    GST_ELEMENT_ERROR (gst_virtcam_report_get_element (self->report), RESOURCE,
        SETTINGS,
        ("%s has no video in a format that GStreamer knows. Set the property "
         "\"device\" to another camera.",
            gst_virtcam_node_get_path (self->node)),
        ("\"%s\" enumerates %u formats",
            gst_virtcam_node_get_identity (self->node)->card, formats->len));
  else
    gst_virtcam_report_no_caps (self->report, all, peer);
  return GST_FLOW_ERROR;
}

/* Setting the mode */

/* A driver that cannot leave old buffers to their holders says EBUSY until
 * these have let go, and a peer does when it is asked to drain. Without buffers
 * of this element's it is another program that has some. */
static gboolean
drain (const GstVirtcamNegotiation *self, GError **error)
{
  g_autoptr (GstQuery) query = NULL;
  guint none = 0;

  if (!g_error_matches (
          *error, GST_VIRTCAM_NODE_ERROR, GST_VIRTCAM_NODE_ERROR_BUSY) ||
      self->returned || !gst_pad_has_current_caps (self->pad) ||
      gst_virtcam_node_request_buffers (
          self->node, V4L2_MEMORY_MMAP, &none, NULL))
    return FALSE;
  query = gst_query_new_drain ();
  gst_pad_peer_query (self->pad, query);
  none = 0;
  if (gst_virtcam_node_request_buffers (
          self->node, V4L2_MEMORY_MMAP, &none, NULL)) {
    g_clear_error (error);
    return TRUE;
  }
  (*error)->code = GST_VIRTCAM_NODE_ERROR_FAILED;
  g_prefix_error (error,
      "its driver needs every buffer back first, and downstream holds some: ");
  return FALSE;
}

static gboolean
apply_anew (const GstVirtcamNegotiation *self, const GstVirtcamOffer *choice,
    GstCaps *caps, GError **error)
{
  /* the format of buffers in use cannot be changed */
  gst_virtcam_supply_drop (self->supply);
  return gst_virtcam_mode_apply (self->mode, self->node, choice, caps, error) ||
         (drain (self, error) && gst_virtcam_mode_apply (self->mode, self->node,
                                     choice, caps, error));
}

static gboolean
peer_takes (const GstVirtcamNegotiation *self, GstCaps *agreed, GstCaps *final)
{
  return gst_caps_is_subset (final, agreed) ||
         gst_pad_peer_query_accept_caps (self->pad, final);
}

/* The rate may be another one while buffers remain: a driver that says so may
 * keep it just because it streams. */
static gboolean
apply_rate (const GstVirtcamNegotiation *self, const GstVirtcamOffer *choice,
    GstCaps **caps)
{
  g_autoptr (GstCaps) final = gst_caps_copy (choice->caps);

  if (!gst_virtcam_mode_change_rate (self->mode, self->node, choice, final) ||
      !peer_takes (self, choice->caps, final))
    return FALSE;
  gst_caps_take (caps, g_steal_pointer (&final));
  return TRUE;
}

/* What the device made of the choice is more than was agreed. A peer that is
 * flushing takes nothing, which is nobody's fault. */
static GstFlowReturn
refuse_caps (const GstVirtcamNegotiation *self, GstCaps *caps)
{
  g_autoptr (GstCaps) peer = gst_pad_peer_query_caps (self->pad, NULL);

  if (GST_PAD_IS_FLUSHING (self->pad))
    return GST_FLOW_FLUSHING;
  gst_virtcam_report_no_caps (self->report, caps, peer);
  return GST_FLOW_ERROR;
}

/* caps: of the mode that is set then. */
static GstFlowReturn
apply (const GstVirtcamNegotiation *self, const GstVirtcamOffer *choice,
    GstCaps **caps)
{
  g_autoptr (GError) error = NULL;

  if (gst_virtcam_supply_get_stream (self->supply) &&
      gst_virtcam_mode_is_picture_of (self->mode, choice) &&
      apply_rate (self, choice, caps))
    return GST_FLOW_OK;
  gst_caps_take (caps, gst_caps_copy (choice->caps));
  if (!apply_anew (self, choice, *caps, &error))
    return gst_virtcam_flow_fail (
        self->report, self->returned, "set the format", error);
  return peer_takes (self, choice->caps, *caps) ? GST_FLOW_OK
                                                : refuse_caps (self, *caps);
}

/* caps: what was agreed and is to be set; NULL: what is set stays. */
GstFlowReturn
gst_virtcam_negotiate (const GstVirtcamNegotiation *self, GstCaps **caps)
{
  g_autoptr (GstCaps) peer = query_peer (self);
  g_autoptr (GstCaps) plain = NULL;
  g_autoptr (GstCaps) raw = NULL;
  g_auto (GstVirtcamOffer) choice = { 0 };
  GstFlowReturn flow;

  if (keeps_mode (self, peer))
    return GST_FLOW_OK;
  if (self->returned)
    prefer_last_caps (self, &peer);
  plain = gst_virtcam_drm_to_raw (peer);
  if (!gst_virtcam_offer_choose (
          gst_virtcam_node_get_modes (self->node), plain, &choice))
    return explain_no_choice (self, plain);
  flow = apply (self, &choice, &raw);
  if (flow != GST_FLOW_OK)
    return flow;
  *caps = self->form == GST_VIRTCAM_FORM_PLAIN
              ? g_steal_pointer (&raw)
              : gst_virtcam_drm_choose (
                    raw, peer, self->form == GST_VIRTCAM_FORM_DRM_FIRST);
  return GST_FLOW_OK;
}
